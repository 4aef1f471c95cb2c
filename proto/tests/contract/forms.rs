//! The requests of services with a table: the messages and the document say what the tables say, and everything that is
//! wrong is named.

use std::collections::BTreeSet;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use relay_domain::form::{Holds, Part, Rule, Simple, operations};
use relay_domain::{FieldError, Form, Request, Service, SsinCheck};
use relay_proto::{CheckContext, Encoding, codes, decode_submission, encode_submission};
use serde_json::{Value, json};

use crate::asyncapi::{at, document, keys, texts};
use crate::bytes::{field, number, varint};
use crate::{context, descriptors, named};

const SERVICES: [(Service, &str, &str); 5] = [
    (Service::Loi65Ab, "loi65Ab", "Loi65Ab"),
    (Service::Loi65C, "loi65C", "Loi65C"),
    (Service::Loi65Df, "loi65Df", "Loi65Df"),
    (
        Service::HealthCareInsurance,
        "healthCareInsurance",
        "HealthCareInsurance",
    ),
    (Service::UnemploymentData, "unemploymentData", "UnemploymentData"),
];

/// A message that a table describes, and what may be called for in it; of operations with different parts all of them.
fn compare(
    message: &MessageDescriptor,
    parts: &[&'static Part],
    roots: &[&str],
    seen: &mut BTreeSet<String>,
) {
    let names: BTreeSet<&str> = parts
        .iter()
        .map(|part| part.name)
        .chain(roots.iter().copied())
        .collect();
    let fields: Vec<FieldDescriptor> = message.fields().collect();
    assert_eq!(
        fields
            .iter()
            .map(FieldDescriptor::json_name)
            .collect::<BTreeSet<_>>(),
        names,
        "{}",
        message.full_name()
    );
    seen.insert(message.full_name().to_owned());
    for field in &fields {
        for part in parts.iter().filter(|part| part.name == field.json_name()) {
            assert_eq!(field.is_list(), part.is_list(), "{}", field.full_name());
            let expected = match &part.holds {
                Holds::Group(inner) => {
                    let kind = field.kind();
                    compare(
                        kind.as_message().expect("a message"),
                        &inner.parts_in_message(),
                        &[],
                        seen,
                    );
                    continue;
                }
                Holds::Value(Simple::Integer { .. }) => Kind::Uint32,
                Holds::Value(Simple::Flag | Simple::FlagAsNumber) => Kind::Bool,
                Holds::Value(_) => Kind::String,
                Holds::OwnNumber => panic!("not in messages"),
            };
            assert_eq!(field.kind(), expected, "{}", field.full_name());
            // A number or flag that is not there is told from 0 and false, but for those that must be there.
            let told = field.is_list() || field.supports_presence() || expected == Kind::String;
            assert!(
                told || (expected == Kind::Bool && part.least == 1),
                "{}",
                field.full_name()
            );
        }
    }
}

#[test]
fn messages_have_the_parts_of_the_tables() {
    let pool = descriptors();
    let mut seen = BTreeSet::new();
    for (service, _, message) in SERVICES {
        let message = pool
            .get_message_by_name(&format!("cbss.relay.v1.{message}"))
            .unwrap();
        let operations = operations(service).unwrap();
        let mut roots = vec!["language"];
        if operations.len() > 1 {
            roots.push("operation");
        }
        let all = operations
            .iter()
            .flat_map(|operation| operation.content.parts_in_message())
            .collect::<Vec<_>>();
        compare(&message, &all, &roots, &mut seen);
    }
    let ours = pool.all_messages().filter(|message| {
        let name = message.full_name().trim_start_matches("cbss.relay.v1.");
        SERVICES.iter().any(|(_, _, own)| name.starts_with(own)) || name.starts_with("Loi65")
    });
    assert_eq!(
        ours.map(|message| message.full_name().to_owned())
            .collect::<BTreeSet<_>>(),
        seen
    );
}

fn describe(schema: &Value, parts: &[&'static Part], rules: &[Rule], schemas: &Value) {
    let required: BTreeSet<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for part in parts {
        let mut property = &schema["properties"][part.name];
        let at = format!("{} of {schema}", part.name);
        let flag_with_default = matches!(part.holds, Holds::Value(Simple::Flag))
            && part.least == 1
            && schema["anyOf"][9].is_object();
        assert_eq!(
            required.contains(part.name),
            part.least > 0 && part.name != "date" && !flag_with_default,
            "{at}"
        );
        if part.is_list() {
            assert_eq!(property["maxItems"], part.most, "{at}");
            assert_eq!(
                property["minItems"].as_u64().unwrap_or(0),
                u64::from(part.least),
                "{at}"
            );
            property = &property["items"];
        }
        let simple = match &part.holds {
            Holds::Group(inner) => {
                let name = property["$ref"].as_str().unwrap().rsplit_once('/').unwrap().1;
                describe(&schemas[name], &inner.parts_in_message(), inner.rules, schemas);
                continue;
            }
            Holds::OwnNumber => continue,
            Holds::Value(simple) => simple,
        };
        match simple {
            Simple::Text { least, most, .. } => {
                assert_eq!(
                    (&property["minLength"], &property["maxLength"]),
                    (&json!(least), &json!(most)),
                    "{at}"
                );
            }
            Simple::Integer { least, most, .. } => {
                assert_eq!(
                    (&property["minimum"], &property["maximum"]),
                    (&json!(least), &json!(most)),
                    "{at}"
                );
            }
            Simple::OneOf { words, .. } => assert_eq!(property["enum"], json!(words), "{at}"),
            Simple::Digits { most, .. } => {
                assert_eq!(property["pattern"], format!("^[0-9]{{1,{most}}}$"), "{at}")
            }
            Simple::Date { .. } | Simple::DateOrToday => assert_eq!(property["format"], "date", "{at}"),
            Simple::Decimal | Simple::IncompleteDate | Simple::Month | Simple::Ssin => {
                assert!(property["pattern"].is_string(), "{at}");
            }
            Simple::Flag | Simple::FlagAsNumber => {}
        }
    }
    for rule in rules {
        if let Rule::SomeOf(names) | Rule::SomeTrue(names) = rule {
            let choices: Vec<&str> = schema["anyOf"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|choice| texts(&choice["required"]))
                .collect();
            assert_eq!(&choices, names);
        }
    }
}

#[test]
fn the_document_has_the_limits_of_the_tables() {
    let document = document();
    let schemas = at(&document, "/components/schemas");
    for (service, _, name) in &SERVICES[..4] {
        let operation = &operations(*service).unwrap()[0];
        describe(
            &schemas[name],
            &operation.content.parts_in_message(),
            operation.content.rules,
            schemas,
        );
    }
    let schema = &schemas["UnemploymentData"];
    let ways = schema["oneOf"].as_array().unwrap();
    for operation in operations(Service::UnemploymentData).unwrap() {
        let way = |way: &&Value| texts(&way["properties"]["operation"]["enum"]).contains(operation.name);
        let way = ways.iter().find(way).unwrap();
        let mut allowed = keys(&schema["properties"]);
        allowed.retain(|name| way["properties"][name] != false);
        let parts = operation.content.parts_in_message();
        let own: BTreeSet<&str> = parts
            .iter()
            .map(|part| part.name)
            .chain(["language", "operation"])
            .collect();
        assert_eq!(allowed, own, "{}", operation.name);
        let mut required: BTreeSet<&str> = texts(&schema["required"]);
        required.extend(
            way["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str),
        );
        let needed = parts
            .iter()
            .filter(|part| part.least > 0)
            .map(|part| part.name)
            .chain(["operation"]);
        assert_eq!(required, needed.collect(), "{}", operation.name);
    }
    for (service, _, name) in &SERVICES[3..] {
        let names: Vec<&str> = operations(*service)
            .unwrap()
            .iter()
            .map(|operation| operation.name)
            .collect();
        assert_eq!(schemas[name]["properties"]["operation"]["enum"], json!(names));
    }
}

/// The example of the document with such a request.
fn example(field: &str) -> Value {
    let document = document();
    let examples = at(&document, "/components/messages/submission/examples")
        .as_array()
        .unwrap();
    let found = examples
        .iter()
        .find(|example| example["payload"][field].is_object());
    found.unwrap_or_else(|| panic!("an example of {field}"))["payload"].clone()
}

fn errors(message: &Value) -> Vec<FieldError> {
    let raw = decode_submission(Encoding::Json, &serde_json::to_vec(message).unwrap()).unwrap();
    raw.check(&context()).err().unwrap_or_default()
}

fn with(field: &str, pointer: &str, value: Value) -> Vec<FieldError> {
    let mut message = example(field);
    let pointer = format!("/{field}{pointer}");
    match message.pointer_mut(&pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            message.pointer_mut(parent).unwrap()[key] = value;
        }
    }
    errors(&message)
}

const WRONG: &str = r#"
loi65Ab | /fileId                                                        | null          | fileId | required
loi65Ab | /fileId                                                        | "4711"        | fileId | invalid
loi65Ab | /fileId                                                        | "FILE00047112" | fileId | too_long
loi65Ab | /fileId                                                        | "FILE\n004711" | fileId | invalid
loi65Ab | /identificationA/entryDate                                     | "2001-12-31"  | identificationA.entryDate | invalid
loi65Ab | /identificationA/entryDate                                     | "2081-02-30"  | identificationA.entryDate | invalid
loi65Ab | /identificationA/primaryBeneficiary/beneficiary/ssin           | "80010100137" | identificationA.primaryBeneficiary.beneficiary.ssin | checksum
loi65Ab | /identificationA/primaryBeneficiary/beneficiary/birthDate      | "2080-13-01"  | identificationA.primaryBeneficiary.beneficiary.birthDate | invalid
loi65Ab | /identificationA/primaryBeneficiary/gender                     | "X"           | identificationA.primaryBeneficiary.gender | invalid
loi65Ab | /identificationA/primaryBeneficiary/nationality                | 1000          | identificationA.primaryBeneficiary.nationality | invalid
loi65Ab | /identificationA/primaryBeneficiary/nationality                | "many"        | identificationA.primaryBeneficiary.nationality | wrong_type
loi65Ab | /identificationA/primaryBeneficiary/integrations/0/endDate     | "2080-12-31"  | identificationA.primaryBeneficiary.integrations[0].endDate | invalid
loi65Ab | /identificationA/secondaryBeneficiaries/0/suffix               | null          | identificationA.secondaryBeneficiaries[0].suffix | required
loi65Ab | /identificationA/secondaryBeneficiaries/0/nationality          | 99            | identificationA.secondaryBeneficiaries[0].nationality | invalid
loi65Ab | /identificationA/secondaryBeneficiaries/0/hobby                | "x"           | identificationA.secondaryBeneficiaries[0].hobby | unknown_field
loi65Ab | /commonDecisionB1/duration                                     | {}            | commonDecisionB1.duration | required
loi65Ab | /commonDecisionB1/duration/months                              | 13            | commonDecisionB1.duration.months | invalid
loi65Ab | /commonDecisionB1/juridicalProcedure                           | null          | commonDecisionB1.juridicalProcedure | required
loi65Ab | /individualDecisionsB2/0/decision                              | 5             | individualDecisionsB2[0].decision | wrong_type
loi65C  | /cancellationFormsC                                            | []            | cancellationFormsC | required
loi65C  | /cancellationFormsC/0/aidCancellation/cancellationReason       | "1"           | cancellationFormsC[0].aidCancellation.cancellationReason | invalid
loi65Df | /refundFormD1/referenceMonth                                   | "2001-12"     | refundFormD1.referenceMonth | invalid
loi65Df | /refundFormD1/deliveredAmounts/medicalCostsAmounts             | [1,2,3,4,5,6] | refundFormD1.deliveredAmounts.medicalCostsAmounts | invalid
loi65Df | /refundFormD1/deliveredAmounts/medicalCostsAmounts/1           | 100000000     | refundFormD1.deliveredAmounts.medicalCostsAmounts[1] | invalid
loi65Df | /refundFormD1/deliveredAmounts/financialAid/monthlyIncome      | "12,50"       | refundFormD1.deliveredAmounts.financialAid.monthlyIncome | invalid
loi65Df | /refundFormsD2/0/careProvidingInstitution/cbeNumber            | "BE0200"      | refundFormsD2[0].careProvidingInstitution.cbeNumber | invalid
loi65Df | /recoveringFormsF/0/recoveringDetails/periodOfRecovering       | {}            | recoveringFormsF[0].recoveringDetails.periodOfRecovering | required
healthCareInsurance | /operation                                         | null          | operation | required
healthCareInsurance | /operation                                         | "consultAll"  | operation | invalid
healthCareInsurance | /date                                              | "2081-02-00"  | date | invalid
healthCareInsurance | /desiredData                                       | {"ct1ct2":false} | desiredData | required
healthCareInsurance | /desiredData                                       | null          | desiredData | required
healthCareInsurance | /language                                          | "it"          | language | invalid
unemploymentData | /period                                               | null          | period | required
unemploymentData | /period/endDate                                       | "2080-01-01"  | period.endDate | invalid
unemploymentData | /date                                                 | "2081-01-01"  | date | invalid
unemploymentData | /quarter                                              | {"quarter":1,"year":2081} | quarter | invalid
unemploymentData | /allAllowance                                         | "yes"         | allAllowance | wrong_type
"#;

#[test]
fn everything_that_is_wrong_is_named() {
    for line in WRONG.trim().lines() {
        let columns: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let [service, pointer, value, path, code] = columns[..] else {
            panic!("{line}")
        };
        let errors = with(service, pointer, serde_json::from_str(value).unwrap());
        let path = format!("request.{service}.{path}");
        assert_eq!(named(&errors), [(path.as_str(), code)], "{line}");
        let text = serde_json::to_string(&errors).unwrap();
        assert!(
            !text.contains("80010100137") && !text.contains("BE0200"),
            "{text}"
        );
    }
}

#[test]
fn all_errors_are_named_at_once() {
    let mut message = example("loi65Ab");
    message["loi65Ab"]["fileId"] = json!("x");
    message["loi65Ab"]["identificationA"]["primaryBeneficiary"]["beneficiary"]["ssin"] = json!("1");
    message["loi65Ab"]["individualDecisionsB2"][0]["suffix"] = json!(100);
    assert_eq!(
        named(&errors(&message)),
        [
            ("request.loi65Ab.fileId", codes::INVALID),
            (
                "request.loi65Ab.identificationA.primaryBeneficiary.beneficiary.ssin",
                codes::INVALID
            ),
            ("request.loi65Ab.individualDecisionsB2[0].suffix", codes::INVALID),
        ]
    );
    for field in ["identificationA", "commonDecisionB1", "individualDecisionsB2"] {
        message["loi65Ab"].as_object_mut().unwrap().remove(field);
    }
    assert!(named(&errors(&message)).contains(&("request.loi65Ab", codes::REQUIRED)));
}

#[test]
fn who_may_not_is_told_so() {
    fn nothing(_: Service) -> bool {
        false
    }
    for (_, field, _) in SERVICES {
        let raw = decode_submission(Encoding::Json, &serde_json::to_vec(&example(field)).unwrap()).unwrap();
        let context = CheckContext {
            entitled: &nothing,
            ..context()
        };
        let path = format!("request.{field}");
        assert_eq!(
            named(&raw.check(&context).unwrap_err()),
            [(path.as_str(), codes::SERVICE_NOT_ENABLED)]
        );
    }
}

#[test]
fn wrong_check_digits_may_pass() {
    let mut message = example("unemploymentData");
    message["unemploymentData"]["ssin"] = json!("80.01.01-001.37");
    let raw = decode_submission(Encoding::Json, &serde_json::to_vec(&message).unwrap()).unwrap();
    let context = CheckContext {
        ssin_check: SsinCheck::Warn,
        ..context()
    };
    let request = raw.check(&context).unwrap().request;
    assert_eq!(
        request.ssin().map(|ssin| ssin.digits().to_owned()).as_deref(),
        Some("80010100137")
    );
}

#[test]
fn the_examples_are_the_same_in_both_encodings() {
    for (service, field, _) in SERVICES {
        let raw = decode_submission(Encoding::Json, &serde_json::to_vec(&example(field)).unwrap()).unwrap();
        let submission = raw.check(&context()).unwrap();
        assert_eq!(submission.request.service(), service);
        for encoding in Encoding::ALL {
            let bytes = encode_submission(&submission, encoding);
            let again = decode_submission(encoding, &bytes).unwrap().check(&context());
            assert_eq!(again.as_ref(), Ok(&submission));
        }
    }
}

/// Numbers in a list are packed by most writers, and not by some.
#[test]
fn a_list_of_numbers_may_be_packed() {
    let submission = |amounts: &[u8]| {
        let delivered = [amounts.to_vec(), number(13, 0)].concat();
        let form = [
            field(1, b"2081-02"),
            field(2, b"ATTEST000000005"),
            field(3, b"80010100136"),
            field(4, &delivered),
            number(8, 1_500),
        ];
        let request = [field(1, b"FILE0004711"), field(2, &form.concat())].concat();
        let requester = [field(1, b"user-1"), field(2, b"file 4711")].concat();
        let root = [
            field(1, b"eupen-test"),
            field(2, b"k"),
            field(3, &requester),
            field(16, &request),
        ];
        let raw = decode_submission(Encoding::Protobuf, &root.concat()).unwrap();
        raw.check(&context()).map(|submission| submission.request)
    };
    let packed = field(2, &[varint(1_200), varint(300)].concat());
    let loose = [number(2, 1_200), number(2, 300)].concat();
    let both = submission(&packed).unwrap();
    assert_eq!(submission(&loose).as_ref(), Ok(&both));
    let Request::Form(form) = &both else {
        panic!("another request")
    };
    assert!(count(form) > 0);
    let errors = submission(&field(2, &varint(100_000_000))).unwrap_err();
    assert_eq!(
        errors[0].path,
        "request.loi65Df.refundFormD1.deliveredAmounts.medicalCostsAmounts[0]"
    );
    // More than 32 bits; and a varint that does not end.
    assert_eq!(
        submission(&field(2, &varint(1 << 40))).unwrap_err()[0].code,
        codes::WRONG_TYPE
    );
}

fn count(form: &Form) -> usize {
    form.parts().len()
}
