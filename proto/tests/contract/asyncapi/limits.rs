//! What the document says of a field's presence and bounds is what is checked.

use std::collections::BTreeSet;

use relay_domain::manage_access::AccessAction;
use relay_proto::{Encoding, codes, decode_submission};
use serde_json::{Value, json};

use super::{at, document, keys, texts};
use crate::context;

/// Which of the document's submissions: the smallest one, one that registers, one that lists, one that asks for the
/// person of a number, one that searches by name, one that asks for an echo, one that investigates.
pub(super) const GROUPS: usize = 1;
const REGISTER: usize = 2;
const LIST: usize = 3;
const NUMBER: usize = 4;
const NAME: usize = 5;
const TEST: usize = 6;
const INVESTIGATION: usize = 7;

/// The errors of one of the document's submissions with one place changed; null takes the place away.
pub(super) fn errors_with(example: usize, pointer: &str, value: Value) -> Vec<&'static str> {
    let document = document();
    let place = format!("/components/messages/submission/examples/{example}/payload");
    let mut message = at(&document, &place).clone();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    message.pointer_mut(parent).expect("an object")[key] = value;
    let raw = decode_submission(Encoding::Json, &serde_json::to_vec(&message).unwrap()).unwrap();
    raw.check(&context())
        .err()
        .unwrap_or_default()
        .iter()
        .map(|error| error.code)
        .collect()
}

const PERSON: &str = "/manageAccess/proofOfAuthentication/personData";
const VERIFIED: &str = "/identifyPerson/verificationData/personData";
const CRITERIA: &str = "/identifyPerson/phoneticCriteria";

#[test]
fn limits_are_those_that_are_checked() {
    let document = document();
    let schemas = at(&document, "/components/schemas");
    let limit = |schema: &str, field: &str, limit: &str| {
        let limit = &schemas[schema]["properties"][field][limit];
        limit.as_u64().expect("a number")
    };
    for (example, schema, parent, field) in [
        (REGISTER, "Requester", "/requester", "userId"),
        (REGISTER, "Requester", "/requester", "reason"),
        (REGISTER, "ManageAccessPersonData", PERSON, "lastName"),
        (REGISTER, "ManageAccessPersonData", PERSON, "firstName"),
        (NUMBER, "IdentifyPersonPersonData", VERIFIED, "lastName"),
        (NUMBER, "IdentifyPersonPersonData", VERIFIED, "firstName"),
        (NUMBER, "IdentifyPersonPersonData", VERIFIED, "middleName"),
        (NAME, "IdentifyPersonPhoneticCriteria", CRITERIA, "lastName"),
        (NAME, "IdentifyPersonPhoneticCriteria", CRITERIA, "firstName"),
        (NAME, "IdentifyPersonPhoneticCriteria", CRITERIA, "middleName"),
        (TEST, "TestConnection", "/testConnection", "echo"),
    ] {
        let longest = usize::try_from(limit(schema, field, "maxLength")).unwrap();
        assert_eq!(limit(schema, field, "minLength"), 1);
        let pointer = format!("{parent}/{field}");
        assert!(
            errors_with(example, &pointer, json!("x".repeat(longest))).is_empty(),
            "{field}"
        );
        assert_eq!(
            errors_with(example, &pointer, json!("x".repeat(longest + 1))),
            [codes::TOO_LONG],
            "{field}"
        );
    }
    const PHONETIC: &str = "IdentifyPersonPhoneticCriteria";
    for (example, schema, parent, field) in [
        (LIST, "ManageAccess", "/manageAccess", "purpose"),
        (LIST, "ManageAccess", "/manageAccess", "sector"),
        (NAME, PHONETIC, CRITERIA, "tolerance"),
        (NAME, PHONETIC, CRITERIA, "maximum"),
    ] {
        let (lowest, highest) = (limit(schema, field, "minimum"), limit(schema, field, "maximum"));
        let pointer = format!("{parent}/{field}");
        let errors = |number: u64| errors_with(example, &pointer, json!(number));
        // No number of the message is below 0.
        assert!(lowest == 0 || errors(lowest - 1) == [codes::INVALID], "{field}");
        assert!(errors(lowest).is_empty() && errors(highest).is_empty(), "{field}");
        assert_eq!(errors(highest + 1), [codes::INVALID], "{field}");
    }
}

#[test]
fn required_fields_are_those_that_are_checked() {
    let document = document();
    let schemas = at(&document, "/components/schemas");
    for (example, schema, parent) in [
        (GROUPS, "Submission", ""),
        (GROUPS, "Requester", "/requester"),
        (GROUPS, "RetrieveTiGroups", "/retrieveTiGroups"),
        (REGISTER, "Submission", ""),
        (REGISTER, "ManageAccess", "/manageAccess"),
        (LIST, "ManageAccess", "/manageAccess"),
        (LIST, "ManageAccessPeriod", "/manageAccess/period"),
        (LIST, "ManageAccessPersonData", PERSON),
        (NUMBER, "Submission", ""),
        (NUMBER, "IdentifyPerson", "/identifyPerson"),
        (NUMBER, "IdentifyPersonPersonData", VERIFIED),
        (NAME, "IdentifyPerson", "/identifyPerson"),
        (NAME, "IdentifyPersonPhoneticCriteria", CRITERIA),
        (TEST, "TestConnection", "/testConnection"),
        (INVESTIGATION, "PerformInvestigation", "/performInvestigation"),
    ] {
        let schema = &schemas[schema];
        let payload = at(
            &document,
            &format!("/components/messages/submission/examples/{example}/payload{parent}"),
        );
        // The message has one of the choices, which therefore must stay.
        let chosen = schema["oneOf"].as_array().into_iter().flatten();
        let chosen = chosen.flat_map(|choice| texts(&choice["required"]));
        let mut required: BTreeSet<&str> = chosen.filter(|field| !payload[field].is_null()).collect();
        if !schema["required"].is_null() {
            required.extend(texts(&schema["required"]));
        }
        if !schema["if"].is_null() && example != LIST {
            // The search by name has an incomplete birth date.
            let branch = if example == NAME { "then" } else { "else" };
            required.extend(texts(&schema[branch]["required"]));
        }
        for field in keys(&schema["properties"]) {
            let missed = !errors_with(example, &format!("{parent}/{field}"), Value::Null).is_empty();
            assert_eq!(
                missed,
                required.contains(field),
                "{parent}/{field} of example {example}"
            );
        }
    }
}

#[test]
fn what_the_action_decides_is_what_is_checked() {
    let document = document();
    let access = at(&document, "/components/schemas/ManageAccess");
    assert_eq!(
        access["if"]["properties"]["action"]["const"],
        AccessAction::List.as_str()
    );
    let forbidden = &access["else"]["properties"];
    let list = at(
        &document,
        &format!("/components/messages/submission/examples/{LIST}/payload/manageAccess"),
    );
    assert_eq!(keys(forbidden), ["sector", "queryRegister"].into());
    for field in keys(forbidden) {
        assert_eq!(forbidden[field], false);
        let pointer = format!("/manageAccess/{field}");
        assert_eq!(
            errors_with(REGISTER, &pointer, list[field].clone()),
            [codes::INVALID],
            "{field}"
        );
    }
}

#[test]
fn what_the_way_of_searching_forbids_is_what_is_checked() {
    let document = document();
    let ways = at(&document, "/components/schemas/IdentifyPerson/oneOf");
    let part = |example: usize, field: &str| {
        let place =
            format!("/components/messages/submission/examples/{example}/payload/identifyPerson/{field}");
        at(&document, &place).clone()
    };
    let other = [
        (NUMBER, "phoneticCriteria", NAME),
        (NAME, "verificationData", NUMBER),
    ];
    for (way, (example, field, from)) in ways.as_array().expect("a list").iter().zip(other) {
        assert_eq!(way["properties"][field], false, "{field}");
        let pointer = format!("/identifyPerson/{field}");
        assert_eq!(
            errors_with(example, &pointer, part(from, field)),
            [codes::INVALID],
            "{field}"
        );
    }
    // With a number beside it, it is the criteria that are too many.
    assert_eq!(ways[1]["properties"]["ssin"], false);
    let errors = errors_with(NAME, "/identifyPerson/ssin", part(NUMBER, "ssin"));
    assert_eq!(errors, [codes::INVALID]);
}

#[test]
fn each_part_of_a_proof_is_enough_and_one_is_needed() {
    for (example, schema, place) in [
        (
            REGISTER,
            "ManageAccessProofOfAuthentication",
            "/manageAccess/proofOfAuthentication",
        ),
        (
            NUMBER,
            "IdentifyPersonVerificationData",
            "/identifyPerson/verificationData",
        ),
    ] {
        each_part_is_enough(example, schema, place);
    }
}

#[test]
fn each_group_is_enough_and_one_is_needed() {
    let document = document();
    let groups = keys(at(
        &document,
        "/components/schemas/PerformInvestigationDataGroups/properties",
    ));
    let place = "/performInvestigation/dataGroups";
    for group in groups {
        assert!(
            errors_with(INVESTIGATION, place, json!({ group: true })).is_empty(),
            "{group}"
        );
        assert_eq!(
            errors_with(INVESTIGATION, place, json!({ group: false })),
            [codes::REQUIRED]
        );
    }
    assert_eq!(errors_with(INVESTIGATION, place, json!({})), [codes::REQUIRED]);
    assert!(errors_with(INVESTIGATION, place, Value::Null).is_empty());
}

fn each_part_is_enough(example: usize, schema: &str, place: &str) {
    let document = document();
    let schema = at(&document, &format!("/components/schemas/{schema}"));
    let choices: BTreeSet<&str> = schema["anyOf"]
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|choice| texts(&choice["required"]))
        .collect();
    assert_eq!(choices, keys(&schema["properties"]));
    let whole = at(
        &document,
        &format!("/components/messages/submission/examples/{example}/payload{place}"),
    );
    for part in choices {
        let errors = errors_with(example, place, json!({ part: whole[part] }));
        assert!(errors.is_empty(), "{part}: {errors:?}");
    }
    assert_eq!(errors_with(example, place, json!({})), [codes::REQUIRED]);
}
