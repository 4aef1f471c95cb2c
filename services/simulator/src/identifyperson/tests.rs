use proptest::prelude::*;

use super::request::PersonData;
use super::search::{born_about, search, sound};
use super::*;
use crate::connector::{Asked, SERVICE, document};
use crate::population::{Sex, Standing};
use crate::register::Day;

const SENDER: &str = "<RequestContext><AuthorizedUser><UserID>80010100136</UserID><Email>a@b</Email>\
    <OrgUnit>0212344876</OrgUnit><MatrixID>17</MatrixID></AuthorizedUser></RequestContext>";
const CRITERIA: &str = "<i:LastName> De \n Wael</i:LastName><i:FirstName>A B</i:FirstName><i:MiddleName>C</i:MiddleName>\
    <i:BirthDate>2080-01-00</i:BirthDate><i:Gender>2</i:Gender><i:Tolerance>3</i:Tolerance><i:Maximum>80</i:Maximum>";
const PERSON: &str = "<i:LastName>X</i:LastName><i:BirthDate>2080-01-01</i:BirthDate>";

fn whole(request: &str) -> String {
    format!(
        "<SSDNRequest xmlns=\"{SERVICE}\" xmlns:i=\"{IDENTIFY_PERSON}\">{SENDER}<ServiceRequest>\
         <ServiceId>{SERVICE_ID}</ServiceId><Version>{VERSION}</Version><i:IdentifyPersonRequest>{request}\
         </i:IdentifyPersonRequest></ServiceRequest></SSDNRequest>"
    )
}

fn read(request: &str) -> Result<Request, String> {
    let read = document::read(&whole(request)).map_err(|rejected| {
        assert_eq!(rejected.service, Some(crate::service::Service::IdentifyPerson));
        rejected.violation.to_string()
    })?;
    match read.asked {
        Asked::IdentifyPerson(request) => Ok(request),
        Asked::ManageAccess(_) | Asked::PerformInvestigation(_) | Asked::Loi65(..) => {
            Err("another service".to_owned())
        }
    }
}

fn by(criteria: &str) -> String {
    format!("<i:SearchCriteria>{criteria}</i:SearchCriteria>")
}

fn by_name(criteria: &str) -> String {
    by(&format!("<i:PhoneticCriteria>{criteria}</i:PhoneticCriteria>"))
}

#[test]
fn everything_that_may_be_said_is_read() {
    let request = read(&format!(
        "{}<i:VerificationData><i:SISCardNumber>0123456789</i:SISCardNumber><i:IdentityCardNumber> 012345678901 \
         </i:IdentityCardNumber><i:PersonData>{PERSON}</i:PersonData></i:VerificationData>",
        by(&format!(
            "<i:SSIN>80010100136</i:SSIN><i:PhoneticCriteria>{CRITERIA}</i:PhoneticCriteria>"
        ))
    ))
    .expect("it fits");
    let expected = Request {
        ssin: Some("80010100136".to_owned()),
        criteria: Some(Criteria {
            last_name: "De Wael".to_owned(),
            given_names: ["A", "B", "C"].map(str::to_owned).to_vec(),
            birth_date: "2080-01-00".to_owned(),
            gender: Some(2),
            tolerance: Some(3),
            maximum: Some(80),
        }),
        verification: Some(Verification {
            card: true,
            person: Some(PersonData {
                last_name: "X".to_owned(),
                given_names: Vec::new(),
                birth_date: "2080-01-01".to_owned(),
            }),
        }),
    };
    assert_eq!(request, expected);
    // The schema is content with next to nothing.
    let nothing = read(&format!("{}<i:VerificationData/>", by(""))).expect("it fits");
    assert!(nothing.ssin.is_none() && nothing.criteria.is_none());
    assert!(
        nothing
            .verification
            .is_some_and(|verification| verification.is_empty())
    );
}

#[test]
fn the_request_is_checked() {
    let good = by_name(CRITERIA);
    assert!(read(&good).is_ok());
    for (from, to, part_of_error) in [
        (
            "i:SearchCriteria",
            "i:Criteria",
            "expected SearchCriteria, found Criteria",
        ),
        (
            "<i:LastName> De \n Wael</i:LastName>",
            "",
            "expected LastName, found FirstName",
        ),
        (
            "<i:BirthDate>2080-01-00</i:BirthDate>",
            "",
            "expected BirthDate, found Gender",
        ),
        ("2080-01-00", "2080-01", "BirthDate: the value"),
        ("2080-01-00", "3080-01-00", "BirthDate: the value"),
        ("<i:Gender>2", "<i:Gender>3", "Gender: the value"),
        ("<i:Gender>2", "<i:Gender>F", "Gender: the value"),
        ("<i:Tolerance>3", "<i:Tolerance>3.5", "Tolerance: the value"),
        ("<i:Maximum>80", "<i:Maximum>81", "Maximum: the value"),
        ("<i:Maximum>80", "<i:Maximum>0", "Maximum: the value"),
        (
            "</i:PhoneticCriteria>",
            "</i:PhoneticCriteria><i:SSIN>80010100136</i:SSIN>",
            "SSIN is unknown, repeated or out of order",
        ),
        (
            "</i:SearchCriteria>",
            "</i:SearchCriteria><i:VerificationData><i:SISCardNumber>1</i:SISCardNumber></i:VerificationData>",
            "SISCardNumber: the value",
        ),
        (
            "</i:SearchCriteria>",
            "</i:SearchCriteria><i:VerificationData><i:PersonData/></i:VerificationData>",
            "expected LastName, found the end",
        ),
    ] {
        let error = read(&good.replace(from, to)).err().unwrap_or_default();
        assert!(error.contains(part_of_error), "{error} for {to}");
    }
}

#[test]
fn names_sound_alike_by_their_consonants() {
    for (one, other) in [
        ("Müllender", "MULLENDER"),
        ("Müllender", "Muellender"),
        ("De Wael", "Dewael"),
        ("Thönnissen", "Tonisen"),
        ("Lefèbvre-Roux", "Lefevre Roux"),
        ("Abelmans", "Obelmans"),
    ] {
        assert_eq!(sound(one), sound(other), "{one}, {other}");
    }
    for (one, other) in [("Müllender", "Möller"), ("De Wael", "Wael"), ("Tychon", "Lychon")] {
        assert_ne!(sound(one), sound(other), "{one}, {other}");
    }
    assert_eq!(sound("日本 -"), "");
}

#[test]
fn the_tolerance_counts_what_the_date_is_precise_to() {
    let born = Day::new(2080, 3, 1);
    for (date, tolerance, expected) in [
        ("2080-03-01", 0, true),
        ("2080-02-29", 0, false),
        ("2080-02-29", 1, true),
        ("2080-02-31", 1, true),
        ("2079-03-01", 366, true),
        ("2079-03-01", 365, false),
        ("2080-03-00", 0, true),
        ("2080-05-00", 1, false),
        ("2079-12-00", 3, true),
        ("2080-00-00", 0, true),
        ("2083-00-00", 2, false),
        ("2083-00-00", 3, true),
        ("2080-13-01", 9999, false),
    ] {
        assert_eq!(
            born_about(born, date, tolerance),
            expected,
            "{date} within {tolerance}"
        );
    }
}

/// What is found: the numbers of people, whether all is told, the codes of the details.
fn ask(population: &Population, request: &Request) -> (Vec<(String, bool)>, Vec<String>) {
    let mut findings = Vec::new();
    let told = match find(population, request, &mut findings) {
        Ok(told) => told
            .iter()
            .map(|told| (told.person.ssin.to_string(), told.extended))
            .collect(),
        Err(error) => {
            findings.push(error);
            Vec::new()
        }
    };
    let codes = findings.iter().map(|finding| finding.code.clone().into_owned());
    (told, codes.collect())
}

fn number(person: &Person) -> Request {
    Request {
        ssin: Some(person.ssin.to_string()),
        criteria: None,
        verification: None,
    }
}

fn name(person: &Person) -> Criteria {
    Criteria {
        last_name: person.last_name.to_owned(),
        given_names: Vec::new(),
        birth_date: person.born.to_string(),
        gender: None,
        tolerance: None,
        maximum: None,
    }
}

#[test]
fn a_number_tells_more_to_whoever_knows_the_person() {
    let population = Population::generate(1, 200);
    let person = &population.people()[0];
    let alone = (person.ssin.to_string(), false);
    assert_eq!(ask(&population, &number(person)), (vec![alone.clone()], vec![]));
    let verified = |card: bool, last_name: &str, given: &[&str], birth_date: &str| {
        let person_data = PersonData {
            last_name: last_name.to_owned(),
            given_names: given.iter().map(|name| (*name).to_owned()).collect(),
            birth_date: birth_date.to_owned(),
        };
        let verification = Some(Verification {
            card,
            person: Some(person_data),
        });
        ask(
            &population,
            &Request {
                verification,
                ..number(person)
            },
        )
    };
    let born = person.born.to_string();
    let first = person.first_names[0].to_uppercase();
    let all = (vec![(alone.0.clone(), true)], vec![VALIDATED.to_owned()]);
    assert_eq!(
        verified(false, &person.last_name.to_lowercase(), &[&first], &born),
        all
    );
    assert_eq!(verified(true, "Nobody", &[], &born), all, "a card is enough");
    let nothing = (vec![alone], vec![NO_MATCH.to_owned()]);
    for (last_name, given, birth_date) in [
        ("Nobody", &[][..], &born[..]),
        (person.last_name, &["Nobody"], &born),
        (person.last_name, &[], "2080-00-00"),
    ] {
        assert_eq!(verified(false, last_name, given, birth_date), nothing);
    }
}

#[test]
fn what_cannot_be_answered_has_its_code() {
    let population = Population::generate(1, 200);
    let person = &population.people()[0];
    let nobody = |request: Request| {
        let (told, codes) = ask(&population, &request);
        assert!(told.is_empty());
        codes
    };
    let empty = Request {
        ssin: None,
        criteria: None,
        verification: None,
    };
    assert_eq!(nobody(empty.clone()), [LACKING]);
    let with = |criteria| Request {
        criteria: Some(criteria),
        ..empty.clone()
    };
    let nameless = Criteria {
        last_name: String::new(),
        ..name(person)
    };
    assert_eq!(nobody(with(nameless)), [LACKING]);
    for birth_date in ["2080-01-00", "2080-00-00"] {
        let vague = Criteria {
            birth_date: birth_date.to_owned(),
            ..name(person)
        };
        assert_eq!(nobody(with(vague)), [NO_TOLERANCE]);
    }
    let unproved = Request {
        verification: Some(Verification {
            card: false,
            person: None,
        }),
        ..number(person)
    };
    assert_eq!(nobody(unproved), [LACKING]);
    let unknown = Request {
        ssin: Some("85073003357".to_owned()),
        criteria: Some(name(person)),
        verification: None,
    };
    assert_eq!(nobody(unknown), [CRITERIA_PASSED_OVER, "31001001"]);
    let both = Request {
        criteria: Some(name(person)),
        ..number(person)
    };
    let (told, codes) = ask(&population, &both);
    assert_eq!((told.len(), codes), (1, vec![CRITERIA_PASSED_OVER.to_owned()]));
}

#[test]
fn a_search_finds_everybody_and_tells_as_many_as_wanted() {
    let population = Population::generate(1, 5_000);
    let person = &population.people()[0];
    let wide = Criteria {
        birth_date: "2085-00-00".to_owned(),
        tolerance: Some(10),
        ..name(person)
    };
    let everybody = search(&population, &wide);
    assert!(everybody.len() > MOST, "{}", everybody.len());
    assert!(everybody.is_sorted_by_key(|person| person.born));
    let told = |maximum: Option<u8>| {
        let request = Request {
            ssin: None,
            criteria: Some(Criteria {
                maximum,
                ..wide.clone()
            }),
            verification: None,
        };
        ask(&population, &request).0.len()
    };
    assert_eq!((told(None), told(Some(3))), (MOST, 3));
    for (code, sex) in [(1, Sex::Male), (2, Sex::Female)] {
        let gender = Some(code);
        let some = search(
            &population,
            &Criteria {
                gender,
                ..wide.clone()
            },
        );
        assert!(!some.is_empty() && some.iter().all(|person| person.sex == sex));
    }
    let given_names = vec![person.first_names[0].to_owned()];
    let namesakes = search(
        &population,
        &Criteria {
            given_names,
            ..name(person)
        },
    );
    assert!(namesakes.iter().any(|found| found.ssin == person.ssin));
    let strangers = Criteria {
        last_name: "Zzyzx".to_owned(),
        ..wide
    };
    assert!(search(&population, &strangers).is_empty());
}

#[test]
fn what_is_told_is_what_the_file_says() {
    let population = Population::generate(1, 2_000);
    let mut abroad = 0;
    for person in population.people() {
        let told = [Told {
            person,
            extended: true,
        }];
        let reply = reply::content(&population, &told);
        let reply = reply.replace(&format!(" xmlns:i=\"{IDENTIFY_PERSON}\""), "");
        let home = ["<i:Address>", "<i:DiplomaticPost>"].map(|part| reply.contains(part));
        assert!(home[0] != home[1], "one home: {reply}");
        abroad += usize::from(home[1]);
        for part in [
            "CivilState",
            "BirthLocation ",
            "InscriptionRegister",
            "NationalityCode",
        ] {
            assert!(reply.contains(&format!("<i:{part}")), "{part} in {reply}");
        }
        assert_eq!(
            reply.contains("DeceaseDate"),
            person.standing == Standing::Deceased
        );
    }
    assert!(abroad > 0);
    let alone = reply::content(&population, &[]);
    assert!(!alone.contains("SearchResults"));
}

proptest! {
    /// Cutting, doubling or replacing any part of a good document makes no panic, and what is taken fits its types.
    #[test]
    fn a_mangled_document_is_taken_rightly_or_refused(
        from in 0_usize..1200, length in 0_usize..80, insert in "[<>/a-z0-9 &;\"]{0,12}",
    ) {
        let good = whole(&by_name(CRITERIA));
        let from = from.min(good.len());
        let to = (from + length).min(good.len());
        let mangled = format!("{}{insert}{}", &good[..from], &good[to..]);
        if let Ok(read) = document::read(&mangled) {
            let Asked::IdentifyPerson(request) = read.asked else { panic!("another service") };
            if let Some(criteria) = request.criteria {
                prop_assert_eq!(criteria.birth_date.len(), 10);
                prop_assert!(criteria.maximum.is_none_or(|maximum| (1..=80).contains(&maximum)));
            }
        }
    }
}
