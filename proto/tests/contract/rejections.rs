//! Every kind of bad message: what is named, where, and that nothing of it is repeated.

use relay_domain::{FieldError, JobId, Language, SsinCheck};
use relay_proto::{CheckContext, Encoding, RawSubmission, codes, decode_cancel, decode_submission};
use serde_json::{Value, json};
use uuid::uuid;

use crate::bytes::{Extra, field, number, submission};
use crate::{context, named};

const JOB: JobId = JobId(uuid!("0190f3a2-5c1e-7000-8000-00000000000a"));

fn good() -> Value {
    json!({
        "organisation": "eupen-test", "idempotencyKey": "7f3c-1",
        "requester": {"userId": "user-1", "reason": "file 4711"}, "language": "de",
        "retrieveTiGroups": {"ssin": "80010100136", "history": false},
    })
}

fn read_json(message: &Value) -> RawSubmission {
    decode_submission(Encoding::Json, &serde_json::to_vec(message).unwrap()).unwrap()
}

/// The errors of a good submission in which these places hold something else.
fn errors_with(changes: &[(&str, Value)]) -> Vec<FieldError> {
    let mut message = good();
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        message.pointer_mut(parent).unwrap()[key] = value.clone();
    }
    read_json(&message).check(&context()).unwrap_err()
}

/// Where | what | the path that is named | the code.
const WRONG: &str = r#"
/organisation              | ""                         | organisation                        | required
/organisation              | null                       | organisation                        | required
/organisation              | "Eupen.Test"               | organisation                        | invalid
/organisation              | 7                          | organisation                        | wrong_type
/idempotencyKey            | null                       | idempotencyKey                      | required
/idempotencyKey            | "é"                        | idempotencyKey                      | invalid
/idempotencyKey            | "a\nb"                     | idempotencyKey                      | invalid
/idempotencyKey            | ["k"]                      | idempotencyKey                      | wrong_type
/requester                 | "user-1"                   | requester                           | wrong_type
/requester/userId          | " "                        | requester.userId                    | required
/requester/userId          | true                       | requester.userId                    | wrong_type
/requester/reason          | null                       | requester.reason                    | required
/requester/reason          | "file\u00004711"           | requester.reason                    | invalid
/requester/role            | "clerk"                    | requester.role                      | unknown_field
/language                  | "DE"                       | language                            | invalid
/priority                  | "urgent"                   | priority                            | invalid
/priority                  | 1                          | priority                            | wrong_type
/notBefore                 | "tomorrow"                 | notBefore                           | invalid
/notBefore                 | "2100-01-01T00:00:00Z"     | notBefore                           | invalid
/notBefore                 | 1896000000                 | notBefore                           | wrong_type
/deadline                  | "1999-12-31T23:59:59Z"     | deadline                            | invalid
/deadline                  | "2030-01-01T00:00:00Z"     | deadline                            | deadline_passed
/deadline                  | "2030-01-01T00:30:00+01:00"| deadline                            | deadline_passed
/afterJob                  | "4711"                     | afterJob                            | invalid
/afterJob                  | "0190f3a25c1e70008000000000000001" | afterJob                    | invalid
/afterJob                  | "{0190f3a2-5c1e-7000-8000-000000000001}" | afterJob              | invalid
/afterJob                  | "0190f3a2-5c1e-7000-8000-00000000000g" | afterJob                | invalid
/afterJob                  | 4711                       | afterJob                            | wrong_type
/purpose                   | "debt"                     | purpose                             | unknown_field
/purpose                   | null                       | purpose                             | unknown_field
/request                   | {}                         | request                             | unknown_field
/80010100136               | 1                          | ?                                   | unknown_field
/retrieveTiGroups          | null                       | request                             | exactly_one_request
/retrieveTiGroups          | []                         | request.retrieveTiGroups            | wrong_type
/retrieveTiGroups/ssin     | null                       | request.retrieveTiGroups.ssin       | required
/retrieveTiGroups/ssin     | "8001010013"               | request.retrieveTiGroups.ssin       | invalid
/retrieveTiGroups/ssin     | "80010l00136"              | request.retrieveTiGroups.ssin       | invalid
/retrieveTiGroups/ssin     | "80010100137"              | request.retrieveTiGroups.ssin       | checksum
/retrieveTiGroups/ssin     | 80010100136                | request.retrieveTiGroups.ssin       | wrong_type
/retrieveTiGroups/history  | "no"                       | request.retrieveTiGroups.history    | wrong_type
/retrieveTiGroups/language | "it"                       | request.retrieveTiGroups.language   | invalid
/retrieveTiGroups/until    | 1                          | request.retrieveTiGroups.until      | unknown_field
"#;

#[test]
fn one_thing_wrong() {
    for line in WRONG.trim().lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [pointer, value, path, code] = cells[..] else {
            panic!("four cells: {line}")
        };
        let errors = errors_with(&[(pointer, serde_json::from_str(value).unwrap())]);
        assert_eq!(named(&errors), [(path, code)], "{line}");
    }
}

#[test]
fn lengths_are_counted_in_characters() {
    let cases = [
        ("/idempotencyKey", "k", 128, "idempotencyKey"),
        ("/requester/userId", "é", 128, "requester.userId"),
        ("/requester/reason", "é", 500, "requester.reason"),
    ];
    for (pointer, character, longest, path) in cases {
        let mut message = good();
        *message.pointer_mut(pointer).unwrap() = json!(character.repeat(longest));
        assert!(read_json(&message).check(&context()).is_ok(), "{pointer}");
        let errors = errors_with(&[(pointer, json!(character.repeat(longest + 1)))]);
        assert_eq!(named(&errors), [(path, codes::TOO_LONG)]);
    }
}

#[test]
fn everything_wrong_is_named_at_once() {
    let errors = errors_with(&[
        ("/organisation", json!("E")),
        ("/idempotencyKey", json!(3)),
        ("/requester", json!({"userID": "user-1"})),
        ("/language", json!("it")),
        ("/priority", json!("soon")),
        ("/notBefore", json!("2030-03-01T00:00:00Z")),
        ("/deadline", json!("2030-02-01T00:00:00Z")),
        ("/afterJob", json!("x")),
        ("/loi65Df", json!({"socialSecurityUser": "80010100136"})),
        ("/retrieveTiGroups", json!({"ssin": "80010100137", "purpose": 1})),
    ]);
    let mut found = named(&errors);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("afterJob", codes::INVALID),
            ("idempotencyKey", codes::WRONG_TYPE),
            ("language", codes::INVALID),
            ("notBefore", codes::NOT_BEFORE_AFTER_DEADLINE),
            ("organisation", codes::INVALID),
            ("priority", codes::INVALID),
            ("request", codes::EXACTLY_ONE_REQUEST),
            ("request.loi65Df.socialSecurityUser", codes::UNKNOWN_FIELD),
            ("request.retrieveTiGroups.purpose", codes::UNKNOWN_FIELD),
            ("request.retrieveTiGroups.ssin", codes::CHECKSUM),
            ("requester.reason", codes::REQUIRED),
            ("requester.userID", codes::UNKNOWN_FIELD),
            ("requester.userId", codes::REQUIRED),
        ]
    );
}

#[test]
fn the_job_before_may_be_written_in_capitals() {
    let mut message = good();
    assert_eq!(read_json(&message).check(&context()).unwrap().after_job, None);
    for (text, id) in [
        (json!("0190F3A2-5C1E-7000-8000-00000000000a"), Some(JOB)),
        (json!(""), None),
        (Value::Null, None),
    ] {
        message["afterJob"] = text;
        let submission = read_json(&message).check(&context()).unwrap();
        assert_eq!(submission.after_job, id);
    }
}

#[test]
fn two_requests_are_one_too_many() {
    let errors = errors_with(&[("/manageAccess", json!({}))]);
    assert!(
        named(&errors).contains(&("request", codes::EXACTLY_ONE_REQUEST)),
        "{errors:?}"
    );
}

#[test]
fn a_request_in_an_object_of_its_own_is_a_mistake_that_is_explained() {
    let request = good()["retrieveTiGroups"].clone();
    let errors = errors_with(&[
        ("/retrieveTiGroups", json!(null)),
        ("/request", json!({"retrieveTiGroups": request})),
    ]);
    assert_eq!(
        named(&errors),
        [
            ("request", codes::UNKNOWN_FIELD),
            ("request", codes::EXACTLY_ONE_REQUEST)
        ]
    );
}

#[test]
fn an_empty_message_lacks_everything_in_both_encodings() {
    for (encoding, bytes) in [(Encoding::Json, &b"{}"[..]), (Encoding::Protobuf, b"")] {
        let errors = decode_submission(encoding, bytes)
            .unwrap()
            .check(&context())
            .unwrap_err();
        assert_eq!(
            named(&errors),
            [
                ("organisation", codes::REQUIRED),
                ("idempotencyKey", codes::REQUIRED),
                ("requester.userId", codes::REQUIRED),
                ("requester.reason", codes::REQUIRED),
                ("request", codes::EXACTLY_ONE_REQUEST),
            ]
        );
    }
}

#[test]
fn what_protobuf_would_merge_or_overwrite_is_refused() {
    let requester = field(3, &[field(1, b"mallory"), field(2, b"x")].concat());
    let cases = [
        (field(1, b"ghent"), "organisation", codes::DUPLICATE_FIELD),
        (requester, "requester", codes::DUPLICATE_FIELD),
        (number(4, 1), "language", codes::WRONG_TYPE),
        (
            field(12, &field(1, b"80010100136")),
            "request.retrieveTiGroups",
            codes::DUPLICATE_FIELD,
        ),
    ];
    for (root, path, code) in cases {
        let bytes = submission(&Extra {
            root,
            ..Extra::default()
        });
        let errors = decode_submission(Encoding::Protobuf, &bytes)
            .unwrap()
            .check(&context())
            .unwrap_err();
        assert_eq!(named(&errors), [(path, code)]);
    }
    let both_names = errors_with(&[("/idempotency_key", json!("another"))]);
    assert_eq!(named(&both_names), [("idempotencyKey", codes::DUPLICATE_FIELD)]);
}

#[test]
fn the_organisation_decides_about_services_check_digits_and_language() {
    let wrong_digits = {
        let mut message = good();
        message["retrieveTiGroups"]["ssin"] = json!("80.01.01-001 37");
        message.as_object_mut().unwrap().remove("language");
        read_json(&message)
    };
    let lenient = CheckContext {
        ssin_check: SsinCheck::Warn,
        ..context()
    };
    let submission = wrong_digits.check(&lenient).unwrap();
    assert_eq!(submission.request.ssin().unwrap().digits(), "80010100137");
    assert_eq!(submission.request.language(), Language::Fr);

    let closed = CheckContext {
        entitled: &|_| false,
        ..lenient
    };
    let errors = wrong_digits.check(&closed).unwrap_err();
    assert_eq!(
        named(&errors),
        [("request.retrieveTiGroups", codes::SERVICE_NOT_ENABLED)]
    );
}

#[test]
fn the_answer_is_bounded() {
    let mut message = good();
    for index in 0..20_000 {
        let name: String = format!("{index:05}")
            .bytes()
            .map(|digit| char::from(digit - b'0' + b'a'))
            .collect();
        message[&name] = json!(1);
    }
    let errors = read_json(&message).check(&context()).unwrap_err();
    assert_eq!(errors.len(), 101);
    assert_eq!(errors[100].code, codes::TOO_MANY_ERRORS);
}

#[test]
fn no_error_repeats_what_was_sent() {
    let secret = "80010100137";
    let errors = errors_with(&[
        ("/organisation", json!(secret.to_owned() + ".")),
        ("/idempotencyKey", json!(secret.to_owned() + "é")),
        (
            "/requester",
            json!({"userId": secret.to_owned() + "\n", "reason": secret.repeat(50), secret: secret}),
        ),
        ("/language", json!(secret)),
        ("/priority", json!(secret)),
        ("/notBefore", json!(secret)),
        (
            "/retrieveTiGroups",
            json!({"ssin": secret, "language": secret, secret: secret}),
        ),
    ]);
    assert!(errors.len() >= 9, "{errors:?}");
    assert!(!format!("{errors:?}").contains(secret), "{errors:?}");
}

#[test]
fn cancellations() {
    let requester = json!({"userId": "user-1", "reason": "file 4711"});
    let errors = |message: Value| {
        let raw = decode_cancel(Encoding::Json, &serde_json::to_vec(&message).unwrap()).unwrap();
        raw.check().unwrap_err()
    };
    let job = "0190f3a2-5c1e-7000-8000-000000000001";
    let cases = [
        (
            json!({"organisation": "e", "requester": requester}),
            "jobId",
            codes::EXACTLY_ONE_TARGET,
        ),
        (
            json!({"organisation": "e", "requester": requester, "jobId": job, "idempotencyKey": "k"}),
            "jobId",
            codes::EXACTLY_ONE_TARGET,
        ),
        (
            json!({"organisation": "e", "requester": requester, "jobId": "4711"}),
            "jobId",
            codes::INVALID,
        ),
        (
            json!({"organisation": "e", "requester": requester, "jobId": job.replace('-', "")}),
            "jobId",
            codes::INVALID,
        ),
        (
            json!({"requester": requester, "jobId": job}),
            "organisation",
            codes::REQUIRED,
        ),
        (
            json!({"organisation": "e", "requester": requester, "jobId": job, "force": true}),
            "force",
            codes::UNKNOWN_FIELD,
        ),
    ];
    for (message, path, code) in cases {
        assert_eq!(named(&errors(message)), [(path, code)]);
    }
}
