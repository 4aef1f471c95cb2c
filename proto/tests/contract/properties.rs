//! What holds for every message.

use proptest::collection::vec;
use proptest::prelude::*;
use relay_domain::Request;
use relay_proto::{
    Encoding, EventMessage, ResponseItem, WorkItem, codes, decode_cancel, decode_submission,
    encode_submission,
};
use serde_json::{Value, json};

use crate::any::{any_event, any_submission};
use crate::bytes::{self, Extra};
use crate::context;

fn any_json() -> impl Strategy<Value = Value> {
    const NAMES: &[&str] = &[
        "organisation",
        "requester",
        "userId",
        "retrieveTiGroups",
        "manageAccess",
        "identifyPerson",
        "phoneticCriteria",
        "verificationData",
        "lastName",
        "gender",
        "tolerance",
        "maximum",
        "action",
        "purpose",
        "period",
        "startDate",
        "proofOfAuthentication",
        "personData",
        "birthDate",
        "ssin",
        "history",
        "deadline",
        "language",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![proptest::sample::select(NAMES).prop_map(str::to_owned), ".{0,8}"];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key, inner), 0..6).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn read_as_everything(encoding: Encoding, bytes: &[u8]) {
    // Either answer is fine; that there is one is the point.
    let _ = decode_submission(encoding, bytes).map(|raw| raw.check(&context()));
    let _ = decode_cancel(encoding, bytes).map(|raw| raw.check());
    let _ = EventMessage::decode(encoding, bytes);
    let _ = (WorkItem::decode(bytes), ResponseItem::decode(bytes));
}

proptest! {
    #[test]
    fn any_number_is_read_as_it_stands_or_refused(purpose in any::<u64>(), bits in 0..64u32) {
        let purpose = purpose >> bits;
        let request = [
            bytes::field(1, b"80010100136"), bytes::field(2, b"REGISTER"), bytes::number(3, purpose),
            bytes::field(4, &bytes::field(1, b"2030-02-01")), bytes::field(7, &bytes::field(1, b"0123456789")),
        ].concat();
        let wire = [
            bytes::field(1, b"eupen-test"), bytes::field(2, b"7f3c-1"),
            bytes::field(3, &[bytes::field(1, b"user-1"), bytes::field(2, b"file 4711")].concat()),
            bytes::field(11, &request),
        ].concat();
        let json = |purpose: Value| serde_json::to_vec(&json!({
            "organisation": "eupen-test", "idempotencyKey": "7f3c-1",
            "requester": {"userId": "user-1", "reason": "file 4711"},
            "manageAccess": {
                "ssin": "80010100136", "action": "REGISTER", "purpose": purpose,
                "period": {"startDate": "2030-02-01"}, "proofOfAuthentication": {"sisCardNumber": "0123456789"},
            },
        })).expect("JSON");
        let messages = [
            (Encoding::Protobuf, wire), (Encoding::Json, json(purpose.into())),
            (Encoding::Json, json(purpose.to_string().into())),
        ];
        for (encoding, message) in messages {
            let checked = decode_submission(encoding, &message).expect("a message").check(&context());
            match checked.map(|submission| submission.request) {
                Ok(Request::ManageAccess(request)) => {
                    prop_assert_eq!(request.purpose.map(u64::from), Some(purpose));
                }
                Ok(Request::RetrieveTiGroups(_) | Request::IdentifyPerson(_) | Request::PerformInvestigation(_) | Request::TestConnection(_) | Request::Form(_)) => {
                    prop_assert!(false, "another request");
                }
                Err(errors) => {
                    prop_assert!(purpose > 999 && errors.len() == 1, "{errors:?}");
                    prop_assert_eq!(&errors[0].path, "request.manageAccess.purpose");
                }
            }
        }
    }

    #[test]
    fn a_good_submission_is_the_same_in_both_encodings(submission in any_submission()) {
        for encoding in Encoding::ALL {
            let bytes = encode_submission(&submission, encoding);
            let raw = decode_submission(encoding, &bytes).expect("a message");
            prop_assert_eq!(raw.check(&context()), Ok(submission.clone()));
        }
    }

    #[test]
    fn an_event_is_the_same_in_both_encodings(event in any_event()) {
        for encoding in Encoding::ALL {
            prop_assert_eq!(EventMessage::decode(encoding, &event.encode(encoding)), Ok(event.clone()));
        }
    }

    #[test]
    fn any_bytes_get_an_answer(bytes in vec(any::<u8>(), 0..300)) {
        for encoding in Encoding::ALL {
            read_as_everything(encoding, &bytes);
        }
    }

    #[test]
    fn a_damaged_submission_gets_an_answer(
        submission in any_submission(), place in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        for encoding in Encoding::ALL {
            let mut bytes = encode_submission(&submission, encoding);
            let place = place.index(bytes.len());
            bytes[place] = byte;
            read_as_everything(encoding, &bytes);
            read_as_everything(encoding, &bytes[..place]);
        }
    }

    #[test]
    fn any_json_gets_an_answer(json in any_json()) {
        let bytes = serde_json::to_vec(&json).expect("JSON");
        let answer = decode_submission(Encoding::Json, &bytes);
        prop_assert_eq!(answer.is_ok(), json.is_object());
        read_as_everything(Encoding::Json, &bytes);
    }

    #[test]
    fn unknown_json_fields_are_found(place in 0..7usize, name in "[a-z]{3,12}Xq", value in any_json()) {
        let (pointer, path) = [
            ("", ""), ("/requester", "requester."), ("/retrieveTiGroups", "request.retrieveTiGroups."),
            ("/manageAccess", "request.manageAccess."),
            ("/manageAccess/period", "request.manageAccess.period."),
            ("/manageAccess/proofOfAuthentication", "request.manageAccess.proofOfAuthentication."),
            (
                "/manageAccess/proofOfAuthentication/personData",
                "request.manageAccess.proofOfAuthentication.personData.",
            ),
        ][place];
        let mut message = json!({
            "organisation": "eupen-test", "idempotencyKey": "7f3c-1",
            "requester": {"userId": "user-1", "reason": "file 4711"},
        });
        if pointer.starts_with("/manageAccess") {
            message["manageAccess"] = json!({
                "ssin": "80010100136", "action": "LIST", "period": {"startDate": "2030-02-01"},
                "proofOfAuthentication": {"personData": {"lastName": "M", "birthDate": "2080-01-01"}},
            });
        } else {
            message["retrieveTiGroups"] = json!({"ssin": "80010100136"});
        }
        message.pointer_mut(pointer).expect("there")[&name] = value;
        let bytes = serde_json::to_vec(&message).expect("JSON");
        let errors = decode_submission(Encoding::Json, &bytes).expect("a message").check(&context()).unwrap_err();
        let found: Vec<_> = errors.iter().map(|error| (error.path.clone(), error.code)).collect();
        prop_assert_eq!(found, [(format!("{path}{name}"), codes::UNKNOWN_FIELD)]);
    }

    #[test]
    fn unknown_protobuf_fields_are_found(
        place in 0..4usize, number in 100..536_870_911u32, kind in 0..5u64, content in vec(any::<u8>(), 0..20),
    ) {
        let mut unknown = bytes::varint(u64::from(number) << 3 | [0, 1, 2, 3, 5][kind as usize]);
        match kind {
            0 => unknown.extend(bytes::varint(u64::MAX)),
            1 => unknown.extend([7; 8]),
            2 => unknown = bytes::field(number, &content),
            3 => {
                unknown.extend(bytes::field(1, &content));
                unknown.extend(bytes::varint(u64::from(number) << 3 | 4));
            }
            _ => unknown.extend([7; 4]),
        }
        let mut extra = Extra::default();
        let (part, path) = match place {
            0 => (&mut extra.root, ""),
            1 => (&mut extra.requester, "requester."),
            2 => (&mut extra.deadline, "deadline."),
            _ => (&mut extra.request, "request.retrieveTiGroups."),
        };
        *part = unknown;
        let message = bytes::submission(&extra);
        let errors = decode_submission(Encoding::Protobuf, &message).expect("a message").check(&context()).unwrap_err();
        let found: Vec<_> = errors.iter().map(|error| (error.path.clone(), error.code)).collect();
        prop_assert_eq!(found, [(format!("{path}#{number}"), codes::UNKNOWN_FIELD)]);
    }
}
