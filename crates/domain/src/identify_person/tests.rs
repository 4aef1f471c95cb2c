use super::*;
use crate::SsinCheck;

const SSIN: &str = "80010100136";

fn by_number(verification: Option<Verification>) -> IdentifyPerson {
    IdentifyPerson {
        search: Search::Number(ByNumber {
            ssin: Ssin::parse(SSIN, SsinCheck::Error).unwrap(),
            verification,
        }),
        language: Language::De,
    }
}

fn criteria() -> PhoneticCriteria {
    PhoneticCriteria {
        last_name: "Muster".to_owned(),
        first_name: Some("Anna".to_owned()),
        middle_name: None,
        birth_date: IncompleteDate::new(2080, 1, 1),
        gender: None,
        tolerance: None,
        maximum: None,
    }
}

fn by_name(criteria: PhoneticCriteria) -> IdentifyPerson {
    IdentifyPerson {
        search: Search::Phonetic(criteria),
        language: Language::De,
    }
}

fn material(request: &IdentifyPerson) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    request.fingerprint_parts(&mut |bytes| parts.push(bytes.to_vec()));
    parts
}

#[test]
fn the_precision_of_the_birth_date_decides_about_the_tolerance() {
    for (month, day, unit, lacks) in [
        (7, 2, ToleranceUnit::Days, false),
        (7, 0, ToleranceUnit::Months, true),
        (0, 0, ToleranceUnit::Years, true),
    ] {
        let birth_date = IncompleteDate::new(2080, month, day);
        let mut asked = PhoneticCriteria {
            birth_date,
            ..criteria()
        };
        assert_eq!((asked.tolerance_unit(), asked.lacks_tolerance()), (unit, lacks));
        asked.tolerance = Some(0);
        assert!(!asked.lacks_tolerance(), "none is a tolerance too");
    }
}

#[test]
fn whatever_differs_makes_another_fingerprint() {
    let person = |first: Option<&str>, middle: Option<&str>| PersonData {
        last_name: "Muster".to_owned(),
        first_name: first.map(str::to_owned),
        middle_name: middle.map(str::to_owned),
        birth_date: IncompleteDate::new(2080, 1, 1),
    };
    let with = |person_data| {
        by_number(Some(Verification {
            person_data,
            ..Verification::default()
        }))
    };
    let card = |sis: Option<&str>, identity: Option<&str>| {
        by_number(Some(Verification {
            sis_card_number: sis.map(str::to_owned),
            identity_card_number: identity.map(str::to_owned),
            person_data: None,
        }))
    };
    let requests = [
        by_number(None),
        card(Some("1"), None),
        card(None, Some("1")),
        with(Some(person(None, None))),
        with(Some(person(Some("Anna"), None))),
        with(Some(person(None, Some("Anna")))),
        by_name(criteria()),
        by_name(PhoneticCriteria {
            first_name: None,
            ..criteria()
        }),
        by_name(PhoneticCriteria {
            gender: Some(Gender::Male),
            ..criteria()
        }),
        by_name(PhoneticCriteria {
            tolerance: Some(1),
            ..criteria()
        }),
        by_name(PhoneticCriteria {
            maximum: Some(1),
            ..criteria()
        }),
        IdentifyPerson {
            language: Language::Nl,
            ..by_name(criteria())
        },
    ];
    for (index, one) in requests.iter().enumerate() {
        for other in &requests[index + 1..] {
            assert_ne!(material(one), material(other));
        }
        assert_eq!(material(one), material(&one.clone()));
    }
}

#[test]
fn a_search_by_name_names_no_number() {
    assert_eq!(by_name(criteria()).ssin(), None);
    assert_eq!(by_number(None).ssin().map(Ssin::digits), Some(SSIN));
}

#[test]
fn debug_shows_nobody() {
    let shown = format!("{:?} {:?}", by_number(None), by_name(criteria()));
    assert!(
        !shown.contains(SSIN) && !shown.contains("Muster") && !shown.contains("2080"),
        "{shown}"
    );
}

#[test]
fn genders_have_the_codes_of_the_schema() {
    for (index, gender) in Gender::ALL.into_iter().enumerate() {
        assert_eq!(usize::from(gender.code()), index);
        assert_eq!(Gender::from_code(u32::from(gender.code())), Some(gender));
    }
    assert_eq!(Gender::from_code(3), None);
}
