//! Against the official schemas and sample replies, where the folder that holds them is at hand: they may not
//! be redistributed, so `CBSS_REFERENCE_DIR` names it.

use crate::support::{in_cdata, in_string, reference_dir};
use relay_cbss::{Limits, Outcome, ParseOptions, Row, StatusKind, identify_person, ssdn, tx25};
use relay_domain::Language;
use serde_json::Value;

/// Rows of the two samples: number, information type and since as an independent client reads them.
#[test]
fn samples_have_the_expected_rows() {
    let Some(folder) = reference_dir("samples_have_the_expected_rows") else {
        return;
    };
    for (sample, count) in [("tx25_1", 18), ("tx25_2", 44)] {
        let body = std::fs::read(folder.join(format!("samples/{sample}.xml"))).unwrap();
        let expected = std::fs::read(folder.join(format!("samples/expected/{sample}.json"))).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();

        let reply = tx25::parse(&body, Some("text/xml"), &ParseOptions::new(Language::En)).unwrap();

        assert_eq!(
            (reply.status, reply.outcome, reply.rows.len()),
            (StatusKind::Ok, Outcome::Data, count)
        );
        assert_eq!(reply.ticket.as_deref(), expected["ticket"].as_str());
        assert!(reply.messages.is_empty());
        for (row, expected) in reply.rows.iter().zip(expected["rows"].as_array().unwrap()) {
            let number = match expected["type"].as_str().unwrap() {
                "" => "000",
                number => number,
            };
            assert_eq!(
                u64::from(row.ordinal),
                expected["counter"].as_u64().unwrap(),
                "{}",
                row.group
            );
            assert_eq!(row.information_type.as_deref(), Some(number), "{}", row.group);
            assert_eq!(row.since.as_deref(), expected["since"].as_str(), "{}", row.group);
        }
    }
}

/// Status, ticket and messages of classic replies, as an independent client reads them.
#[test]
fn classic_samples_have_the_expected_verdicts() {
    let Some(folder) = reference_dir("classic_samples_have_the_expected_verdicts") else {
        return;
    };
    for sample in ["identify_person_1", "identify_person_2", "identify_person_3"] {
        let document = std::fs::read_to_string(folder.join(format!("samples/{sample}.xml"))).unwrap();
        let expected = std::fs::read(folder.join(format!("samples/expected/{sample}.json"))).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();

        // As it was kept, and as it came.
        for body in [document.clone(), in_string(&document), in_cdata(&document)] {
            let reply = ssdn::read_reply(body.as_bytes(), Some("text/xml"), Limits::default()).unwrap();

            assert_eq!(Some(reply.status.as_str()), expected["status"].as_str());
            assert_eq!(reply.ticket.as_deref(), expected["ticket"].as_str());
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let messages: Vec<_> = reply
                .messages
                .iter()
                .map(|message| {
                    let part = |part: &Option<String>| part.clone().unwrap_or_default();
                    let (code, author) = (part(&message.code), part(&message.author));
                    let diagnostic = part(&message.diagnostic);
                    format!("{} {code} ({author}) : {diagnostic}", message.severity)
                })
                .collect();
            let expected = expected["messages"].as_array().unwrap();
            let expected: Vec<_> = expected
                .iter()
                .map(|text| words(text.as_str().unwrap()))
                .collect();
            assert_eq!(messages, expected, "{sample}");
        }
    }
}

/// Who was found, as an independent client reads it: every part of it is in the row, as a field and in the text.
#[test]
fn samples_of_identify_person_have_the_expected_people() {
    let Some(folder) = reference_dir("samples_of_identify_person_have_the_expected_people") else {
        return;
    };
    for (sample, outcome) in [
        ("identify_person_1", Outcome::Data),
        ("identify_person_2", Outcome::Refused),
        ("identify_person_3", Outcome::Data),
    ] {
        let document = std::fs::read_to_string(folder.join(format!("samples/{sample}.xml"))).unwrap();
        let expected = std::fs::read(folder.join(format!("samples/expected/{sample}.json"))).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let people = expected["rows"].as_array().unwrap();
        for body in [document.clone(), in_string(&document), in_cdata(&document)] {
            let options = ParseOptions::new(Language::En);
            let reply = identify_person::parse(body.as_bytes(), Some("text/xml"), &options).unwrap();
            assert_eq!(Some(reply.status.as_str()), expected["status"].as_str());
            assert_eq!(reply.ticket.as_deref(), expected["ticket"].as_str());
            assert_eq!((reply.outcome, reply.rows.len()), (outcome, people.len()));
            assert_eq!(
                reply.messages.len(),
                expected["messages"].as_array().unwrap().len()
            );
            for (row, person) in reply.rows.iter().zip(people) {
                assert_person(row, person);
            }
        }
    }
}

fn assert_person(row: &Row, person: &Value) {
    let part = |name: &str| person[name].as_str().unwrap();
    for (name, path) in [
        ("national_id", "Basic/SocialSecurityUser"),
        ("last_name", "Basic/LastName"),
        ("first_name", "Basic/FirstName"),
        ("birth_date", "Basic/BirthDate"),
        ("birth_location", "Extended/BirthLocation"),
    ] {
        assert_eq!(row.field(path).unwrap_or_default(), part(name), "{path}");
        assert!(row.text.contains(part(name)), "{name} in {}", row.text);
    }
    for name in ["gender", "civil_state", "country"] {
        let word = part(name).to_lowercase();
        assert!(row.text.to_lowercase().contains(&word), "{word} in {}", row.text);
    }
    // The other client writes no word before a letter box.
    let text = row.text.replace(" box ", " ");
    assert!(text.contains(part("address")), "{} in {text}", part("address"));
    assert_eq!(
        (row.group.as_str(), row.information_type.as_deref()),
        ("LimitedLegalData", None)
    );
    assert_eq!((row.since.as_deref(), row.until.as_deref()), (None, None));
}
