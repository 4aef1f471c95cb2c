//! Whatever goes out to IdentifyPerson reads back through both layers, by a reading of our own and by the official
//! schema; and what is refused is what the schema or its comments forbid.

use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use relay_cbss::identify_person;
use relay_domain::IncompleteDate;
use relay_domain::identify_person::{
    Gender, IdentifyPerson, PersonData, PhoneticCriteria, Search, Verification,
};

use crate::classic_round_trip::{leaves, text};
use crate::identify_requests::{number, own};
use crate::support::dom::Node;
use crate::support::{by_name, classic_context, reference_dir, xmllint_is_there};

fn words(text: &str) -> String {
    let words = text
        .split([' ', '\t', '\r', '\n'])
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// What the schema wants of a request, as paths below its root: written apart from the code under test.
fn expected(request: &IdentifyPerson) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut add = |path: &str, value: Option<String>| {
        found.extend(value.map(|value| (format!("/IdentifyPersonRequest/{path}"), value)));
    };
    match &request.search {
        Search::Number(asked) => {
            add("SearchCriteria/SSIN", Some(asked.ssin.digits().to_owned()));
            let Some(verification) = &asked.verification else {
                return found;
            };
            let path = |name: &str| format!("VerificationData/{name}");
            add(&path("SISCardNumber"), verification.sis_card_number.clone());
            add(
                &path("IdentityCardNumber"),
                verification.identity_card_number.clone(),
            );
            if let Some(person) = &verification.person_data {
                let path = |name: &str| path(&format!("PersonData/{name}"));
                add(&path("LastName"), Some(words(&person.last_name)));
                add(&path("FirstName"), person.first_name.as_deref().map(words));
                add(&path("MiddleName"), person.middle_name.as_deref().map(words));
                add(&path("BirthDate"), Some(person.birth_date.to_string()));
            }
        }
        Search::Phonetic(asked) => {
            let path = |name: &str| format!("SearchCriteria/PhoneticCriteria/{name}");
            add(&path("LastName"), Some(words(&asked.last_name)));
            add(&path("FirstName"), asked.first_name.as_deref().map(words));
            add(&path("MiddleName"), asked.middle_name.as_deref().map(words));
            add(&path("BirthDate"), Some(asked.birth_date.to_string()));
            let gender = asked.gender.map(|gender| match gender {
                Gender::Unknown => "0",
                Gender::Male => "1",
                Gender::Female => "2",
            });
            add(&path("Gender"), gender.map(str::to_owned));
            add(
                &path("Tolerance"),
                asked.tolerance.map(|number| number.to_string()),
            );
            add(&path("Maximum"), asked.maximum.map(|number| number.to_string()));
        }
    }
    found
}

/// May it be sent? By the schema and its comments, written apart from the code under test.
fn may_be_sent(request: &IdentifyPerson) -> bool {
    let character = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    // White space by Unicode says nothing either, though the schema would take it.
    let name = |name: &str| !name.trim().is_empty() && name.chars().all(character);
    let optional = |text: &Option<String>| text.as_deref().is_none_or(name);
    let date = |date: IncompleteDate| {
        let (month, day) = (date.month().unwrap_or(0), date.day().unwrap_or(0));
        (1000..3000).contains(&date.year()) && month <= 12 && day <= 31 && (month != 0 || day == 0)
    };
    let digits = |text: &Option<String>, length| {
        text.as_deref()
            .is_none_or(|text| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match &request.search {
        Search::Number(asked) => asked.verification.as_ref().is_none_or(|verification| {
            let parts = [
                verification.sis_card_number.is_some(),
                verification.identity_card_number.is_some(),
                verification.person_data.is_some(),
            ];
            parts.contains(&true)
                && digits(&verification.sis_card_number, 10)
                && digits(&verification.identity_card_number, 12)
                && verification.person_data.as_ref().is_none_or(|person| {
                    name(&person.last_name)
                        && optional(&person.first_name)
                        && optional(&person.middle_name)
                        && date(person.birth_date)
                })
        }),
        Search::Phonetic(asked) => {
            let complete = asked.birth_date.month().is_some() && asked.birth_date.day().is_some();
            name(&asked.last_name)
                && optional(&asked.first_name)
                && optional(&asked.middle_name)
                && date(asked.birth_date)
                && (complete || asked.tolerance.is_some())
                && asked.maximum.is_none_or(|maximum| maximum != 0 && maximum <= 80)
        }
    }
}

fn any_date() -> impl Strategy<Value = IncompleteDate> {
    let odd = (0..10_000u16, 0..100u8, 0..100u8);
    let usual = (1900..2100u16, 0..13u8, 0..32u8);
    prop_oneof![1 => odd, 4 => usual].prop_map(|(year, month, day)| IncompleteDate::new(year, month, day))
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![2 => text(), 3 => "[A-Zé𝄞]\\PC{0,20}"]
}

type AnyNames = (String, Option<String>, Option<String>, IncompleteDate);

fn any_names() -> impl Strategy<Value = AnyNames> {
    use proptest::option::of;
    (any_name(), of(any_name()), of(any_name()), any_date())
}

fn any_request() -> impl Strategy<Value = IdentifyPerson> {
    use proptest::option::of;
    let person = any_names().prop_map(|(last_name, first_name, middle_name, birth_date)| PersonData {
        last_name,
        first_name,
        middle_name,
        birth_date,
    });
    let verification = (of("[0-9]{9,10}"), of("[0-9]{12}|[0-9]{3}٣"), of(person));
    let by_number = of(verification).prop_map(|verification| {
        number(verification.map(
            |(sis_card_number, identity_card_number, person_data)| Verification {
                sis_card_number,
                identity_card_number,
                person_data,
            },
        ))
    });
    let gender = of(prop::sample::select(Gender::ALL.as_slice()));
    let maximum = of(prop_oneof![1 => any::<u8>(), 3 => 1..=80u8]);
    let by_criteria = (any_names(), gender, of(any::<u16>()), maximum).prop_map(
        |((last_name, first_name, middle_name, birth_date), gender, tolerance, maximum)| {
            by_name(PhoneticCriteria {
                last_name,
                first_name,
                middle_name,
                birth_date,
                gender,
                tolerance,
                maximum,
            })
        },
    );
    prop_oneof![by_number, by_criteria]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_built_reads_back_through_both_layers(request in any_request()) {
        let problems = identify_person::problems(&request);
        prop_assert_eq!(problems.is_empty(), may_be_sent(&request), "{:?}", problems);
        match identify_person::build(&request, &classic_context()) {
            Err(error) => prop_assert_eq!(Some(&error), problems.first()),
            Ok(call) => {
                prop_assert!(problems.is_empty());
                let outer = Node::parse(std::str::from_utf8(&call.body).unwrap());
                let string = &outer.child("Body").unwrap().child("xmlString").unwrap();
                prop_assert!(string.children.is_empty());
                prop_assert_eq!(&string.text, &identify_person::build_inner(&request, &classic_context()).unwrap());
                let document = Node::parse(&string.text);
                let own = document.child("ServiceRequest").unwrap().child("IdentifyPersonRequest").unwrap();
                let mut found = Vec::new();
                leaves(own, "", &mut found);
                prop_assert!(found.iter().all(|(_, value)| !value.is_empty()), "nothing is sent empty");
                prop_assert_eq!(found, expected(&request));
            }
        }
    }
}

/// One run of xmllint over many: it takes longer to start than to judge.
#[test]
fn what_is_built_is_valid_by_the_official_schema() {
    let test = "what_is_built_is_valid_by_the_official_schema";
    let Some(folder) = reference_dir(test) else { return };
    if !xmllint_is_there(test) {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::default();
    let mut files = Vec::new();
    while files.len() < 500 {
        let request = any_request().new_tree(&mut runner).unwrap().current();
        if let Ok(document) = identify_person::build_inner(&request, &classic_context()) {
            let file = work.path().join(format!("{}.xml", files.len()));
            std::fs::write(&file, own(&document)).unwrap();
            files.push(file);
        }
    }
    let output = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(folder.join("xsd/SSDN/OCMW_CPAS/IdentifyPerson/NamespaceRoot.xsd"))
        .args(&files)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let wrong: Vec<&str> = said
        .lines()
        .filter(|line| !line.ends_with("validates"))
        .take(5)
        .collect();
    assert!(output.status.success(), "{wrong:?}");
}
