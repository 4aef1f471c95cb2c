//! The request of IdentifyPerson: what is refused, where, and what passes.

use relay_domain::identify_person::{Gender, IdentifyPerson, PhoneticCriteria, Search};
use relay_domain::{FieldError, Language, Request, Service, SsinCheck, Submission};
use relay_proto::{CheckContext, Encoding, RawSubmission, codes, decode_submission};
use serde_json::{Value, json};

use crate::bytes::{field, number};
use crate::{context, named};

fn around(request: Value) -> Value {
    json!({
        "organisation": "eupen-test", "idempotencyKey": "7f3c-1",
        "requester": {"userId": "user-1", "reason": "file 4711"}, "language": "de",
        "identifyPerson": request,
    })
}

/// A search by number with everything that it may have.
fn by_number() -> Value {
    around(json!({
        "ssin": "80010100136",
        "verificationData": {
            "sisCardNumber": "0123456789", "identityCardNumber": "012345678901",
            "personData": {"lastName": "Müller", "firstName": "Änne", "middleName": "Käthe", "birthDate": "2080-01-01"},
        },
    }))
}

/// A search by name with everything that it may have.
fn by_name() -> Value {
    around(json!({
        "phoneticCriteria": {
            "lastName": "Müller", "firstName": "Änne", "middleName": "Käthe", "birthDate": "2080-01-01",
            "gender": 2, "tolerance": 3, "maximum": 80,
        },
    }))
}

fn read_json(message: &Value) -> RawSubmission {
    decode_submission(Encoding::Json, &serde_json::to_vec(message).unwrap()).unwrap()
}

fn check(message: &Value) -> Result<Submission, Vec<FieldError>> {
    read_json(message).check(&context())
}

fn passed(message: &Value) -> IdentifyPerson {
    match check(message).unwrap().request {
        Request::IdentifyPerson(request) => request,
        Request::RetrieveTiGroups(_)
        | Request::ManageAccess(_)
        | Request::PerformInvestigation(_)
        | Request::TestConnection(_)
        | Request::Form(_) => {
            panic!("another request")
        }
    }
}

fn criteria(message: &Value) -> PhoneticCriteria {
    match passed(message).search {
        Search::Phonetic(criteria) => criteria,
        Search::Number(_) => panic!("by number"),
    }
}

/// With something else at a place below `identifyPerson`.
fn with(mut message: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    message
        .pointer_mut(&format!("/identifyPerson{parent}"))
        .expect("there")[key] = value;
    message
}

/// Where below `identifyPerson` of a search by number | what | the path that is named | the code.
const WRONG_BY_NUMBER: &str = r#"
/ssin                  | null                  |                        | required
/ssin                  | ""                    |                        | required
/ssin                  | 80010100136           | .ssin                  | wrong_type
/ssin                  | "80010100137"         | .ssin                  | checksum
/ssin                  | "8001010013"          | .ssin                  | invalid
/phoneticCriteria      | "Müller"              | .phoneticCriteria      | wrong_type
/phoneticCriteria      | {"lastName":"Müller","birthDate":"2080-01-01"} | .phoneticCriteria | invalid
/verificationData      | {}                    | .verificationData      | required
/verificationData      | {"sisCardNumber":""}  | .verificationData      | required
/verificationData      | "0123456789"          | .verificationData      | wrong_type
/verificationData      | {"sisCardNumber":1}   | .verificationData.sisCardNumber | wrong_type
/verificationData/passport      | "EM123456"   | .verificationData.passport | unknown_field
/verificationData/sisCardNumber | "012345678"  | .verificationData.sisCardNumber | invalid
/verificationData/sisCardNumber | "٠123456789" | .verificationData.sisCardNumber | invalid
/verificationData/identityCardNumber | "01234567890" | .verificationData.identityCardNumber | invalid
/verificationData/personData | []              | .verificationData.personData | wrong_type
/verificationData/personData/gender | 1        | .verificationData.personData.gender | unknown_field
/verificationData/personData/lastName | null   | .verificationData.personData.lastName | required
/verificationData/personData/lastName | "a\tb" | .verificationData.personData.lastName | invalid
/verificationData/personData/firstName | " "   | .verificationData.personData.firstName | invalid
/verificationData/personData/middleName | "\u0000" | .verificationData.personData.middleName | invalid
/verificationData/personData/birthDate | null  | .verificationData.personData.birthDate | required
/verificationData/personData/birthDate | "2080-00-01" | .verificationData.personData.birthDate | invalid
/language              | "it"                  | .language              | invalid
/maximum               | 1                     | .maximum               | unknown_field
"#;

/// The same of a search by name, below `phoneticCriteria`.
const WRONG_BY_NAME: &str = r#"
/lastName   | null         | .lastName   | required
/lastName   | ""           | .lastName   | required
/lastName   | " "          | .lastName   | invalid
/lastName   | "a\u0001b"   | .lastName   | invalid
/lastName   | "\uffff"     | .lastName   | invalid
/lastName   | 7            | .lastName   | wrong_type
/firstName  | "a\nb"       | .firstName  | invalid
/middleName | "\u0085"     | .middleName | invalid
/birthDate  | null         | .birthDate  | required
/birthDate  | "0980-01-01" | .birthDate  | invalid
/birthDate  | "2080-13-01" | .birthDate  | invalid
/birthDate  | "2080-00-07" | .birthDate  | invalid
/birthDate  | "2080"       | .birthDate  | invalid
/birthDate  | 2080         | .birthDate  | wrong_type
/gender     | 3            | .gender     | invalid
/gender     | "female"     | .gender     | wrong_type
/gender     | -1           | .gender     | wrong_type
/tolerance  | 65536        | .tolerance  | invalid
/tolerance  | -1           | .tolerance  | wrong_type
/tolerance  | 1.5          | .tolerance  | wrong_type
/tolerance  | "a year"     | .tolerance  | wrong_type
/maximum    | 0            | .maximum    | invalid
/maximum    | 81           | .maximum    | invalid
/maximum    | 257          | .maximum    | invalid
/maximum    | true         | .maximum    | wrong_type
/ssin       | "80010100136" | .ssin      | unknown_field
"#;

#[test]
fn one_thing_wrong() {
    for (table, message, place) in [
        (WRONG_BY_NUMBER, by_number(), ""),
        (WRONG_BY_NAME, by_name(), "/phoneticCriteria"),
    ] {
        for line in table.trim().lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [pointer, value, path, code] = cells[..] else {
                panic!("four cells: {line}")
            };
            let value = serde_json::from_str(value).unwrap();
            let errors = check(&with(message.clone(), &format!("{place}{pointer}"), value)).unwrap_err();
            let path = format!("request.identifyPerson{}{path}", place.replace('/', "."));
            assert_eq!(named(&errors), [(path.as_str(), code)], "{line}");
        }
    }
}

#[test]
fn there_is_one_way_to_search_and_the_text_says_which() {
    let nobody = check(&around(json!({}))).unwrap_err();
    assert_eq!(named(&nobody), [("request.identifyPerson", codes::REQUIRED)]);
    assert!(nobody[0].text.contains("ssin") && nobody[0].text.contains("phoneticCriteria"));
    // What is wrong inside of what is too much is told as well.
    let mut both = by_number();
    both["identifyPerson"]["phoneticCriteria"] = json!({"lastName": "\u{1}", "birthDate": "2080-01-00"});
    assert_eq!(
        named(&check(&both).unwrap_err()),
        [
            ("request.identifyPerson.phoneticCriteria", codes::INVALID),
            ("request.identifyPerson.phoneticCriteria.lastName", codes::INVALID),
        ]
    );
    let mut verified = by_name();
    verified["identifyPerson"]["verificationData"] = json!({"sisCardNumber": "0123456789"});
    let errors = check(&verified).unwrap_err();
    assert_eq!(
        named(&errors),
        [("request.identifyPerson.verificationData", codes::INVALID)]
    );
    assert!(errors[0].text.contains("ssin"), "{errors:?}");
}

#[test]
fn an_incomplete_birth_date_needs_a_tolerance() {
    for (date, needed) in [("2080-01-01", false), ("2080-01-00", true), ("2080-00-00", true)] {
        let message = with(by_name(), "/phoneticCriteria/birthDate", json!(date));
        assert_eq!(criteria(&message).tolerance, Some(3));
        let without = with(message.clone(), "/phoneticCriteria/tolerance", Value::Null);
        match check(&without) {
            Ok(_) => assert!(!needed, "{date}"),
            Err(errors) => {
                assert!(needed, "{date}");
                let path = "request.identifyPerson.phoneticCriteria.tolerance";
                assert_eq!(named(&errors), [(path, codes::REQUIRED)]);
            }
        }
        // A tolerance of nothing is one.
        let exact = with(message, "/phoneticCriteria/tolerance", json!(0));
        assert_eq!(criteria(&exact).tolerance, Some(0));
        // One that is no good is not missing as well.
        let wrong = with(without, "/phoneticCriteria/tolerance", json!(70_000));
        assert_eq!(check(&wrong).unwrap_err().len(), 1);
    }
    // Verification has no tolerance: an incomplete date there is one that the register has.
    let date = "/verificationData/personData/birthDate";
    assert!(
        passed(&with(by_number(), date, json!("2080-00-00")))
            .ssin()
            .is_some()
    );
}

#[test]
fn what_is_left_out_is_none() {
    let message =
        around(json!({"phoneticCriteria": {"lastName": "𝄞 O'Neill-Łódź", "birthDate": "2080-02-31"}}));
    let asked = criteria(&message);
    assert_eq!(asked.last_name, "𝄞 O'Neill-Łódź");
    assert_eq!(
        (
            asked.first_name,
            asked.middle_name,
            asked.gender,
            asked.tolerance,
            asked.maximum
        ),
        (None, None, None, None, None)
    );
    let unknown = with(by_name(), "/phoneticCriteria/gender", json!(0));
    assert_eq!(criteria(&unknown).gender, Some(Gender::Unknown));
    let plain = passed(&around(json!({"ssin": "80.01.01-001/36"})));
    assert_eq!(plain.ssin().unwrap().digits(), "80010100136");
    assert!(matches!(plain.search, Search::Number(asked) if asked.verification.is_none()));
}

#[test]
fn everything_wrong_is_named_at_once_and_nothing_of_it_is_repeated() {
    let secret = "80010100137";
    let person = json!({
        "lastName": format!("{secret}\n"), "firstName": secret.repeat(10), "middleName": "\u{7}", "birthDate": secret,
        secret: {},
    });
    let mut criteria = person.clone();
    for name in ["gender", "tolerance", "maximum"] {
        criteria[name] = json!(secret);
    }
    let message = around(json!({
        "ssin": secret, "phoneticCriteria": criteria, "language": secret, secret: secret,
        "verificationData": {"sisCardNumber": secret, "identityCardNumber": secret, "personData": person},
    }));
    let errors = check(&message).unwrap_err();
    let mut found: Vec<_> = errors
        .iter()
        .map(|error| {
            (
                error.path.strip_prefix("request.identifyPerson.").unwrap(),
                error.code,
            )
        })
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("?", codes::UNKNOWN_FIELD),
            ("language", codes::INVALID),
            ("phoneticCriteria", codes::INVALID),
            ("phoneticCriteria.?", codes::UNKNOWN_FIELD),
            ("phoneticCriteria.birthDate", codes::INVALID),
            ("phoneticCriteria.firstName", codes::TOO_LONG),
            ("phoneticCriteria.gender", codes::WRONG_TYPE),
            ("phoneticCriteria.lastName", codes::INVALID),
            ("phoneticCriteria.maximum", codes::WRONG_TYPE),
            ("phoneticCriteria.middleName", codes::INVALID),
            ("phoneticCriteria.tolerance", codes::WRONG_TYPE),
            ("ssin", codes::CHECKSUM),
            ("verificationData.identityCardNumber", codes::INVALID),
            ("verificationData.personData.?", codes::UNKNOWN_FIELD),
            ("verificationData.personData.birthDate", codes::INVALID),
            ("verificationData.personData.firstName", codes::TOO_LONG),
            ("verificationData.personData.lastName", codes::INVALID),
            ("verificationData.personData.middleName", codes::INVALID),
            ("verificationData.sisCardNumber", codes::INVALID),
        ]
    );
    assert!(!format!("{errors:?}").contains(secret), "{errors:?}");
}

fn on_the_wire(request: &[u8]) -> RawSubmission {
    let message = [
        field(1, b"eupen-test"),
        field(2, b"k"),
        field(3, &[field(1, b"user-1"), field(2, b"file 4711")].concat()),
        field(10, request),
    ];
    decode_submission(Encoding::Protobuf, &message.concat()).unwrap()
}

#[test]
fn protobuf_is_read_as_strictly() {
    let name = [field(1, b"M"), field(4, b"2080-01-00")].concat();
    let good = on_the_wire(&field(2, &[name.clone(), number(6, 0)].concat()));
    assert_eq!(good.service_name(), Some("identify-person"));
    assert!(good.check(&context()).is_ok());
    let cases = [
        (Vec::new(), "", codes::REQUIRED),
        (number(1, 80_010_100_136), ".ssin", codes::WRONG_TYPE),
        (field(2, &name), ".phoneticCriteria.tolerance", codes::REQUIRED),
        // 2³² + 1: 1 for who looks at 32 bits only.
        (
            field(2, &[name.clone(), number(6, 4_294_967_297)].concat()),
            ".phoneticCriteria.tolerance",
            codes::WRONG_TYPE,
        ),
        (
            [field(2, &name), field(2, &number(6, 1))].concat(),
            ".phoneticCriteria",
            codes::DUPLICATE_FIELD,
        ),
        (
            [field(1, b"80010100136"), field(3, b"")].concat(),
            ".verificationData",
            codes::REQUIRED,
        ),
        (
            [field(1, b"80010100136"), field(5, b"x")].concat(),
            ".#5",
            codes::UNKNOWN_FIELD,
        ),
    ];
    for (request, path, code) in cases {
        let errors = on_the_wire(&request).check(&context()).unwrap_err();
        let path = format!("request.identifyPerson{path}");
        assert_eq!(named(&errors), [(path.as_str(), code)]);
    }
}

#[test]
fn the_organisation_decides_about_the_service_check_digits_and_language() {
    let mut message = with(by_number(), "/ssin", json!("80010100137"));
    message.as_object_mut().unwrap().remove("language");
    let only_access = CheckContext {
        ssin_check: SsinCheck::Warn,
        entitled: &|service| service == Service::ManageAccess,
        ..context()
    };
    let errors = read_json(&message).check(&only_access).unwrap_err();
    assert_eq!(
        named(&errors),
        [("request.identifyPerson", codes::SERVICE_NOT_ENABLED)]
    );
    let lenient = CheckContext {
        entitled: &|service| service == Service::IdentifyPerson,
        ..only_access
    };
    let language = |message: &Value| {
        let submission = read_json(message).check(&lenient).unwrap();
        assert_eq!(submission.request.ssin().unwrap().digits(), "80010100137");
        submission.request.language()
    };
    assert_eq!(language(&message), Language::Fr);
    message["language"] = json!("de");
    assert_eq!(language(&message), Language::De);
    message["identifyPerson"]["language"] = json!("nl");
    assert_eq!(language(&message), Language::Nl);
    // A search by name is about nobody in particular.
    assert_eq!(check(&by_name()).unwrap().request.ssin(), None);
}
