//! The request of ManageAccess: what is refused, where, and what passes.

use relay_domain::manage_access::{AccessAction, ManageAccess};
use relay_domain::{FieldError, Language, Request, Service, SsinCheck, Submission};
use relay_proto::{CheckContext, Encoding, RawSubmission, codes, decode_submission};
use serde_json::{Value, json};

use crate::bytes::{field, number};
use crate::{context, named};

/// A change with everything that a change may have.
fn register() -> Value {
    json!({
        "organisation": "eupen-test", "idempotencyKey": "7f3c-1",
        "requester": {"userId": "user-1", "reason": "file 4711"}, "language": "de",
        "manageAccess": {
            "ssin": "80010100136", "action": "REGISTER", "purpose": 902,
            "period": {"startDate": "2030-02-01", "endDate": "2030-07-31"},
            "proofOfAuthentication": {
                "sisCardNumber": "0123456789", "identityCardNumber": "012345678901",
                "personData": {"lastName": "Müller", "firstName": "Änne", "birthDate": "2080-01-01"},
            },
        },
    })
}

/// A list with everything that a list may have.
fn list() -> Value {
    let mut message = register();
    let request = &mut message["manageAccess"];
    request["action"] = json!("LIST");
    request["sector"] = json!(17);
    request["queryRegister"] = json!("ALL");
    message
}

fn read_json(message: &Value) -> RawSubmission {
    decode_submission(Encoding::Json, &serde_json::to_vec(message).unwrap()).unwrap()
}

fn check(message: &Value) -> Result<Submission, Vec<FieldError>> {
    read_json(message).check(&context())
}

fn passed(message: &Value) -> ManageAccess {
    match check(message).unwrap().request {
        Request::ManageAccess(request) => request,
        Request::RetrieveTiGroups(_)
        | Request::IdentifyPerson(_)
        | Request::PerformInvestigation(_)
        | Request::TestConnection(_)
        | Request::Form(_) => {
            panic!("another request")
        }
    }
}

/// With something else at a place below `manageAccess`.
fn with(mut message: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    message
        .pointer_mut(&format!("/manageAccess{parent}"))
        .expect("there")[key] = value;
    message
}

/// Where below `manageAccess` | what | the path that is named, below `request.manageAccess` | the code.
const WRONG: &str = r#"
/ssin                  | null                  | .ssin                  | required
/ssin                  | "80010100137"         | .ssin                  | checksum
/ssin                  | "8001010013"          | .ssin                  | invalid
/action                | null                  | .action                | required
/action                | "register"            | .action                | invalid
/action                | 1                     | .action                | wrong_type
/purpose               | null                  | .purpose               | required
/purpose               | 1000                  | .purpose               | invalid
/purpose               | "70000"               | .purpose               | invalid
/purpose               | -1                    | .purpose               | wrong_type
/purpose               | 1.5                   | .purpose               | wrong_type
/purpose               | 4294967296            | .purpose               | wrong_type
/purpose               | "+902"                | .purpose               | wrong_type
/purpose               | ""                    | .purpose               | wrong_type
/purpose               | "debt"                | .purpose               | wrong_type
/purpose               | true                  | .purpose               | wrong_type
/period                | null                  | .period.startDate      | required
/period                | {"endDate":"2030-07-31"} | .period.startDate   | required
/period                | "2030"                | .period                | wrong_type
/period/startDate      | "2030-02-00"          | .period.startDate      | invalid
/period/startDate      | "2030-02-30"          | .period.startDate      | invalid
/period/startDate      | "2030-13-01"          | .period.startDate      | invalid
/period/startDate      | "0000-01-01"          | .period.startDate      | invalid
/period/startDate      | "01.02.2030"          | .period.startDate      | invalid
/period/startDate      | 20300201              | .period.startDate      | wrong_type
/period/endDate        | "2030-01-31"          | .period.endDate        | invalid
/period/endDate        | "2031-02-29"          | .period.endDate        | invalid
/period/endDate        | "2030-07"             | .period.endDate        | invalid
/period/until          | "2030-07-31"          | .period.until          | unknown_field
/sector                | 17                    | .sector                | invalid
/sector                | [17]                  | .sector                | wrong_type
/queryRegister         | "ALL"                 | .queryRegister         | invalid
/queryRegister         | "all"                 | .queryRegister         | invalid
/queryRegister         | 1                     | .queryRegister         | wrong_type
/proofOfAuthentication | null                  | .proofOfAuthentication | required
/proofOfAuthentication | {}                    | .proofOfAuthentication | required
/proofOfAuthentication | {"sisCardNumber":""}  | .proofOfAuthentication | required
/proofOfAuthentication | "0123456789"          | .proofOfAuthentication | wrong_type
/proofOfAuthentication | {"sisCardNumber":1}   | .proofOfAuthentication.sisCardNumber | wrong_type
/proofOfAuthentication/passport | "EM123456"   | .proofOfAuthentication.passport | unknown_field
/proofOfAuthentication/sisCardNumber | "012345678"   | .proofOfAuthentication.sisCardNumber | invalid
/proofOfAuthentication/sisCardNumber | "01234567890" | .proofOfAuthentication.sisCardNumber | invalid
/proofOfAuthentication/sisCardNumber | "012345678x"  | .proofOfAuthentication.sisCardNumber | invalid
/proofOfAuthentication/sisCardNumber | "012/3456789" | .proofOfAuthentication.sisCardNumber | invalid
/proofOfAuthentication/sisCardNumber | "٠123456789"  | .proofOfAuthentication.sisCardNumber | invalid
/proofOfAuthentication/sisCardNumber | " - "         | .proofOfAuthentication.sisCardNumber | invalid
/proofOfAuthentication/identityCardNumber | "01234567890" | .proofOfAuthentication.identityCardNumber | invalid
/proofOfAuthentication/identityCardNumber | 12345678901   | .proofOfAuthentication.identityCardNumber | wrong_type
/proofOfAuthentication/personData | []                | .proofOfAuthentication.personData | wrong_type
/proofOfAuthentication/personData/nickname | "A"       | .proofOfAuthentication.personData.nickname | unknown_field
/proofOfAuthentication/personData/lastName | null      | .proofOfAuthentication.personData.lastName | required
/proofOfAuthentication/personData/lastName | " "       | .proofOfAuthentication.personData.lastName | invalid
/proofOfAuthentication/personData/lastName | "a\tb"    | .proofOfAuthentication.personData.lastName | invalid
/proofOfAuthentication/personData/lastName | "\uffff"  | .proofOfAuthentication.personData.lastName | invalid
/proofOfAuthentication/personData/firstName | " "      | .proofOfAuthentication.personData.firstName | invalid
/proofOfAuthentication/personData/firstName | "a\u0000" | .proofOfAuthentication.personData.firstName | invalid
/proofOfAuthentication/personData/birthDate | null     | .proofOfAuthentication.personData.birthDate | required
/proofOfAuthentication/personData/birthDate | "0980-01-01" | .proofOfAuthentication.personData.birthDate | invalid
/proofOfAuthentication/personData/birthDate | "3080-01-01" | .proofOfAuthentication.personData.birthDate | invalid
/proofOfAuthentication/personData/birthDate | "2080-13-01" | .proofOfAuthentication.personData.birthDate | invalid
/proofOfAuthentication/personData/birthDate | "2080-01-32" | .proofOfAuthentication.personData.birthDate | invalid
/proofOfAuthentication/personData/birthDate | "2080-00-01" | .proofOfAuthentication.personData.birthDate | invalid
/proofOfAuthentication/personData/birthDate | "2080"       | .proofOfAuthentication.personData.birthDate | invalid
/language              | "it"                  | .language              | invalid
/history               | false                 | .history               | unknown_field
"#;

#[test]
fn one_thing_wrong() {
    for line in WRONG.trim().lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [pointer, value, path, code] = cells[..] else {
            panic!("four cells: {line}")
        };
        let value = serde_json::from_str(value).unwrap();
        let errors = check(&with(register(), pointer, value)).unwrap_err();
        let path = format!("request.manageAccess{path}");
        assert_eq!(named(&errors), [(path.as_str(), code)], "{line}");
    }
}

#[test]
fn a_list_may_say_where_to_look_and_needs_no_purpose() {
    let listed = passed(&list());
    assert_eq!(listed.action, AccessAction::List);
    assert_eq!(listed.sector, Some(17));
    for name in ["/purpose", "/sector", "/queryRegister"] {
        let request = passed(&with(list(), name, Value::Null));
        let parts = (
            request.purpose.is_none(),
            request.sector.is_none(),
            request.query_register.is_none(),
        );
        assert_eq!(
            parts,
            (name == "/purpose", name == "/sector", name == "/queryRegister")
        );
    }
    for (pointer, value, code) in [
        ("/purpose", json!(1000), codes::INVALID),
        ("/sector", json!(65_536), codes::INVALID),
        ("/sector", json!(-17), codes::WRONG_TYPE),
        ("/queryRegister", json!("TERTIARY"), codes::INVALID),
    ] {
        let path = format!("request.manageAccess.{}", pointer.trim_start_matches('/'));
        let errors = check(&with(list(), pointer, value)).unwrap_err();
        assert_eq!(named(&errors), [(path.as_str(), code)]);
    }
}

#[test]
fn what_belongs_to_a_list_is_refused_with_a_change_and_the_text_says_so() {
    for action in ["REGISTER", "UNREGISTER"] {
        let errors = check(&with(list(), "/action", json!(action))).unwrap_err();
        assert_eq!(
            named(&errors),
            [
                ("request.manageAccess.sector", codes::INVALID),
                ("request.manageAccess.queryRegister", codes::INVALID),
            ]
        );
        assert!(
            errors.iter().all(|error| error.text.contains("LIST")),
            "{errors:?}"
        );
    }
    // Without a good action nobody knows what belongs to it.
    for action in [Value::Null, json!("DELETE"), json!(1)] {
        for message in [list(), with(register(), "/purpose", Value::Null)] {
            let errors = check(&with(message, "/action", action.clone())).unwrap_err();
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!(errors[0].path, "request.manageAccess.action");
        }
    }
}

#[test]
fn numbers_may_be_texts_and_their_bounds_pass() {
    for (value, purpose) in [
        (json!(0), 0),
        (json!(-0.0), 0),
        (json!(999), 999),
        (json!(902.0), 902),
        (json!("902"), 902),
        (json!("010"), 10),
    ] {
        assert_eq!(
            passed(&with(register(), "/purpose", value)).purpose,
            Some(purpose)
        );
    }
    assert_eq!(
        passed(&with(list(), "/sector", json!("65535"))).sector,
        Some(65_535)
    );
}

#[test]
fn separators_are_taken_away() {
    let proof = json!({"sisCardNumber": "012.345-67 89", "identityCardNumber": "012-3456789-01"});
    let request = passed(&with(register(), "/proofOfAuthentication", proof));
    assert_eq!(request.proof.sis_card_number.as_deref(), Some("0123456789"));
    assert_eq!(
        request.proof.identity_card_number.as_deref(),
        Some("012345678901")
    );
    assert_eq!(request.proof.person_data, None);
    let request = passed(&with(register(), "/ssin", json!("80.01.01-001/36")));
    assert_eq!(request.ssin.digits(), "80010100136");
}

#[test]
fn each_part_is_proof_enough_and_dates_may_be_incomplete() {
    for part in [
        json!({"sisCardNumber": "0123456789"}),
        json!({"identityCardNumber": "012345678901"}),
        json!({"personData": {"lastName": "Müller", "birthDate": "2080-00-00"}}),
        json!({"personData": {"lastName": "é".repeat(100), "firstName": "é".repeat(100), "birthDate": "2080-02-00"}}),
        // The register has such days, and a proof repeats it.
        json!({"personData": {"lastName": "Müller", "birthDate": "2080-02-31"}}),
    ] {
        let request = passed(&with(register(), "/proofOfAuthentication", part));
        assert!(request.proof.is_given());
    }
    for name in ["lastName", "firstName"] {
        let place = format!("/proofOfAuthentication/personData/{name}");
        let errors = check(&with(register(), &place, json!("é".repeat(101)))).unwrap_err();
        let path = format!("request.manageAccess.proofOfAuthentication.personData.{name}");
        assert_eq!(named(&errors), [(path.as_str(), codes::TOO_LONG)]);
    }
    let one_day = json!({"startDate": "2032-02-29", "endDate": "2032-02-29"});
    let request = passed(&with(register(), "/period", one_day));
    assert_eq!(request.end_date, Some(request.start_date));
}

#[test]
fn everything_wrong_is_named_at_once_and_nothing_of_it_is_repeated() {
    let secret = "80010100137";
    let secret_name = format!("{secret}\n");
    let mut message = register();
    message["manageAccess"] = json!({
        "ssin": secret, "action": secret, "purpose": secret, "period": {"startDate": secret, "endDate": secret},
        "sector": secret, "queryRegister": secret, "language": secret, secret: secret,
        "proofOfAuthentication": {
            "sisCardNumber": secret, "identityCardNumber": secret, secret: 1,
            "personData": {"lastName": secret_name, "firstName": secret.repeat(10), "birthDate": secret, secret: {}},
        },
    });
    let errors = check(&message).unwrap_err();
    let mut found: Vec<_> = errors
        .iter()
        .map(|error| {
            (
                error.path.strip_prefix("request.manageAccess.").unwrap(),
                error.code,
            )
        })
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("?", codes::UNKNOWN_FIELD),
            ("action", codes::INVALID),
            ("language", codes::INVALID),
            ("period.endDate", codes::INVALID),
            ("period.startDate", codes::INVALID),
            ("proofOfAuthentication.?", codes::UNKNOWN_FIELD),
            ("proofOfAuthentication.identityCardNumber", codes::INVALID),
            ("proofOfAuthentication.personData.?", codes::UNKNOWN_FIELD),
            ("proofOfAuthentication.personData.birthDate", codes::INVALID),
            ("proofOfAuthentication.personData.firstName", codes::TOO_LONG),
            ("proofOfAuthentication.personData.lastName", codes::INVALID),
            ("proofOfAuthentication.sisCardNumber", codes::INVALID),
            ("purpose", codes::WRONG_TYPE),
            ("queryRegister", codes::INVALID),
            ("sector", codes::WRONG_TYPE),
            ("ssin", codes::CHECKSUM),
        ]
    );
    assert!(!format!("{errors:?}").contains(secret), "{errors:?}");
}

#[test]
fn an_empty_request_lacks_everything_in_both_encodings() {
    let mut message = register();
    message["manageAccess"] = json!({});
    for raw in [read_json(&message), on_the_wire(&[])] {
        let errors = raw.check(&context()).unwrap_err();
        assert_eq!(
            named(&errors),
            [
                ("request.manageAccess.ssin", codes::REQUIRED),
                ("request.manageAccess.action", codes::REQUIRED),
                ("request.manageAccess.period.startDate", codes::REQUIRED),
                ("request.manageAccess.proofOfAuthentication", codes::REQUIRED),
            ]
        );
        assert_eq!(raw.service_name(), Some("manage-access"));
    }
    message["manageAccess"] = json!({"proofOfAuthentication": {"personData": {}}});
    let errors = check(&message).unwrap_err();
    let person = [
        (
            "request.manageAccess.proofOfAuthentication.personData.lastName",
            codes::REQUIRED,
        ),
        (
            "request.manageAccess.proofOfAuthentication.personData.birthDate",
            codes::REQUIRED,
        ),
    ];
    assert_eq!(named(&errors)[3..], person);
}

fn on_the_wire(request: &[u8]) -> RawSubmission {
    let message = [
        field(1, b"eupen-test"),
        field(2, b"k"),
        field(3, &[field(1, b"user-1"), field(2, b"file 4711")].concat()),
        field(11, request),
    ];
    decode_submission(Encoding::Protobuf, &message.concat()).unwrap()
}

#[test]
fn protobuf_is_read_as_strictly() {
    let person = [field(1, b"M"), field(3, b"2080-01-01")].concat();
    let good = [
        field(1, b"80010100136"),
        field(2, b"LIST"),
        field(4, &field(1, b"2030-02-01")),
    ]
    .concat();
    let proof = field(7, &field(3, &person));
    let with = |more: &[Vec<u8>]| on_the_wire(&[good.clone(), more.concat()].concat());
    let passed = with(&[proof.clone(), number(3, 0)]).check(&context()).unwrap();
    match passed.request {
        Request::ManageAccess(request) => assert_eq!(request.purpose, Some(0)),
        Request::RetrieveTiGroups(_)
        | Request::IdentifyPerson(_)
        | Request::PerformInvestigation(_)
        | Request::TestConnection(_)
        | Request::Form(_) => {
            panic!("another request")
        }
    }
    let cases = [
        // 2³² + 902: 902 for who looks at 32 bits only.
        (
            vec![proof.clone(), number(3, 4_294_968_198)],
            "purpose",
            codes::WRONG_TYPE,
        ),
        (
            vec![proof.clone(), number(3, u64::MAX)],
            "purpose",
            codes::WRONG_TYPE,
        ),
        (
            vec![proof.clone(), field(3, b"902")],
            "purpose",
            codes::WRONG_TYPE,
        ),
        (
            vec![proof.clone(), number(3, 1), number(3, 2)],
            "purpose",
            codes::DUPLICATE_FIELD,
        ),
        (
            vec![proof.clone(), field(4, &field(2, b"2030-03-01"))],
            "period",
            codes::DUPLICATE_FIELD,
        ),
        (vec![number(7, 1)], "proofOfAuthentication", codes::WRONG_TYPE),
        (
            vec![field(7, &number(1, 1))],
            "proofOfAuthentication.sisCardNumber",
            codes::WRONG_TYPE,
        ),
        (
            vec![field(7, &field(3, &[person.clone(), field(4, b"x")].concat()))],
            "proofOfAuthentication.personData.#4",
            codes::UNKNOWN_FIELD,
        ),
        (
            vec![field(7, &field(3, &[person.clone(), person.clone()].concat()))],
            "proofOfAuthentication.personData.lastName",
            codes::DUPLICATE_FIELD,
        ),
        (vec![proof, number(9, 1)], "#9", codes::UNKNOWN_FIELD),
    ];
    for (more, path, code) in cases {
        let errors = with(&more).check(&context()).unwrap_err();
        let path = format!("request.manageAccess.{path}");
        assert_eq!(named(&errors)[0], (path.as_str(), code));
        assert!(errors.len() <= 2, "{errors:?}");
    }
}

#[test]
fn a_purpose_must_be_one_of_the_sector_in_question() {
    // Of the own sector: 902; of sector 19: 2.
    let has_purpose = |sector, purpose| matches!((sector, purpose), (None, 902) | (Some(19), 2));
    let context = CheckContext {
        has_purpose: &has_purpose,
        ..context()
    };
    let list = |sector: Value, purpose: u16| {
        let message = with(register(), "/action", json!("LIST"));
        with(with(message, "/sector", sector), "/purpose", json!(purpose))
    };
    for (message, good) in [
        (register(), true),
        (with(register(), "/purpose", json!(2)), false),
        (list(json!(19), 2), true),
        (list(json!(19), 902), false),
    ] {
        let errors = read_json(&message).check(&context).err().unwrap_or_default();
        let wanted: &[_] = if good {
            &[]
        } else {
            &[("request.manageAccess.purpose", codes::UNKNOWN_PURPOSE)]
        };
        assert_eq!(named(&errors), wanted, "{message}");
    }
}

#[test]
fn the_organisation_decides_about_the_service_check_digits_and_language() {
    let mut message = with(register(), "/ssin", json!("80010100137"));
    message.as_object_mut().unwrap().remove("language");
    let only_tx25 = CheckContext {
        ssin_check: SsinCheck::Warn,
        entitled: &|service| service == Service::RetrieveTiGroups,
        ..context()
    };
    let errors = read_json(&message).check(&only_tx25).unwrap_err();
    assert_eq!(
        named(&errors),
        [("request.manageAccess", codes::SERVICE_NOT_ENABLED)]
    );
    let lenient = CheckContext {
        entitled: &|service| service == Service::ManageAccess,
        ..only_tx25
    };
    let language = |message: &Value| {
        let submission = read_json(message).check(&lenient).unwrap();
        assert_eq!(submission.request.ssin().unwrap().digits(), "80010100137");
        submission.request.language()
    };
    assert_eq!(language(&message), Language::Fr);
    message["language"] = json!("de");
    assert_eq!(language(&message), Language::De);
    message["manageAccess"]["language"] = json!("nl");
    assert_eq!(language(&message), Language::Nl);
}
