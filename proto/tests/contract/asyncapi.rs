//! `asyncapi.json` against reality: names, fields, types, limits, examples.

use std::collections::BTreeSet;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use relay_domain::identify_person::Gender;
use relay_domain::manage_access::{AccessAction, QueryRegister};
use relay_domain::{JobState, Language, OrganisationId, Service};
use relay_proto::{
    Encoding, EventKind, EventMessage, address, codes, decode_cancel, decode_submission, message_type,
};
use serde_json::{Value, json};

use crate::{context, descriptors};

mod limits;

const DOCUMENT: &str = include_str!("../../asyncapi.json");

/// The schemas of the document, and the messages that they describe.
const SCHEMAS: [(&str, &str); 61] = [
    ("Submission", "Submission"),
    ("Requester", "Requester"),
    ("IdentifyPerson", "IdentifyPerson"),
    (
        "IdentifyPersonPhoneticCriteria",
        "IdentifyPerson.PhoneticCriteria",
    ),
    (
        "IdentifyPersonVerificationData",
        "IdentifyPerson.VerificationData",
    ),
    ("IdentifyPersonPersonData", "IdentifyPerson.PersonData"),
    ("ManageAccess", "ManageAccess"),
    ("ManageAccessPeriod", "ManageAccess.Period"),
    (
        "ManageAccessProofOfAuthentication",
        "ManageAccess.ProofOfAuthentication",
    ),
    ("ManageAccessPersonData", "ManageAccess.PersonData"),
    ("RetrieveTiGroups", "RetrieveTiGroups"),
    ("PerformInvestigation", "PerformInvestigation"),
    (
        "PerformInvestigationDataGroups",
        "PerformInvestigation.DataGroups",
    ),
    ("TestConnection", "TestConnection"),
    ("Loi65Ab", "Loi65Ab"),
    ("Loi65C", "Loi65C"),
    ("Loi65Df", "Loi65Df"),
    ("HealthCareInsurance", "HealthCareInsurance"),
    ("UnemploymentData", "UnemploymentData"),
    ("Loi65Integration", "Loi65Integration"),
    ("Loi65Beneficiary", "Loi65Beneficiary"),
    ("Loi65Duration", "Loi65Duration"),
    ("Loi65SocialAid", "Loi65SocialAid"),
    ("Loi65SocialAidArt60p7", "Loi65SocialAid.Art60p7"),
    ("Loi65AbIdentificationA", "Loi65Ab.IdentificationA"),
    ("Loi65AbPrimaryBeneficiary", "Loi65Ab.PrimaryBeneficiary"),
    ("Loi65AbSecondaryBeneficiary", "Loi65Ab.SecondaryBeneficiary"),
    ("Loi65AbAddress", "Loi65Ab.Address"),
    ("Loi65AbCommonDecisionB1", "Loi65Ab.CommonDecisionB1"),
    (
        "Loi65AbIdentifiedPrimaryBeneficiary",
        "Loi65Ab.IdentifiedPrimaryBeneficiary",
    ),
    (
        "Loi65AbIdentifiedSecondaryBeneficiary",
        "Loi65Ab.IdentifiedSecondaryBeneficiary",
    ),
    ("Loi65AbRequestedAids", "Loi65Ab.RequestedAids"),
    ("Loi65AbSituation", "Loi65Ab.Situation"),
    ("Loi65AbHousingProvision", "Loi65Ab.HousingProvision"),
    ("Loi65AbIndividualDecisionB2", "Loi65Ab.IndividualDecisionB2"),
    ("Loi65AbDecisionB2", "Loi65Ab.DecisionB2"),
    ("Loi65CCancellationFormC", "Loi65C.CancellationFormC"),
    ("Loi65CAidCancellation", "Loi65C.AidCancellation"),
    ("Loi65CSecondaryBeneficiary", "Loi65C.SecondaryBeneficiary"),
    ("Loi65DfRefundFormD1", "Loi65Df.RefundFormD1"),
    ("Loi65DfDeliveredAmountsD1", "Loi65Df.DeliveredAmountsD1"),
    ("Loi65DfFinancialAid", "Loi65Df.FinancialAid"),
    ("Loi65DfBirthAllowance", "Loi65Df.BirthAllowance"),
    (
        "Loi65DfGuaranteedChildAllowance",
        "Loi65Df.GuaranteedChildAllowance",
    ),
    ("Loi65DfAids", "Loi65Df.Aids"),
    ("Loi65DfSocialEconomy", "Loi65Df.SocialEconomy"),
    ("Loi65DfRefundFormD2", "Loi65Df.RefundFormD2"),
    (
        "Loi65DfCareProvidingInstitution",
        "Loi65Df.CareProvidingInstitution",
    ),
    ("Loi65DfDeliveredAmountsD2", "Loi65Df.DeliveredAmountsD2"),
    (
        "Loi65DfHospitalizationCostsBill",
        "Loi65Df.HospitalizationCostsBill",
    ),
    ("Loi65DfAmbulantCosts", "Loi65Df.AmbulantCosts"),
    ("Loi65DfRecoveringFormF", "Loi65Df.RecoveringFormF"),
    ("Loi65DfRecoveringDetails", "Loi65Df.RecoveringDetails"),
    ("Loi65DfPeriod", "Loi65Df.Period"),
    (
        "HealthCareInsuranceDesiredData",
        "HealthCareInsurance.DesiredData",
    ),
    ("UnemploymentDataPeriod", "UnemploymentData.Period"),
    ("UnemploymentDataQuarter", "UnemploymentData.Quarter"),
    ("Cancel", "Cancel"),
    ("Event", "Event"),
    ("EventTickets", "Event.Tickets"),
    ("EventError", "Event.Error"),
];

pub(crate) fn document() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

pub(crate) fn at<'v>(document: &'v Value, pointer: &str) -> &'v Value {
    document
        .pointer(pointer)
        .unwrap_or_else(|| panic!("the document has no {pointer}"))
}

pub(crate) fn keys(object: &Value) -> BTreeSet<&str> {
    object
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

pub(crate) fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array()
        .expect("a list")
        .iter()
        .map(|text| text.as_str().expect("a text"))
        .collect()
}

#[test]
fn queues_and_the_exchange_have_their_names() {
    let document = document();
    let organisation = OrganisationId::parse("eupen-test").unwrap();
    let filled = |value: &Value| {
        let text = value
            .as_str()
            .expect("a text")
            .replace("{organisation}", organisation.as_str());
        text.replace("{service}", "retrieve-ti-groups")
            .replace("{kind}", "finished")
    };
    assert_eq!(filled(at(&document, "/channels/intake/address")), address::INTAKE);
    assert_eq!(
        filled(at(&document, "/channels/intake/bindings/amqp/queue/name")),
        address::INTAKE
    );
    let queue = address::events_queue(&organisation);
    assert_eq!(
        filled(at(&document, "/channels/organisationEvents/address")),
        queue
    );
    assert_eq!(
        filled(at(
            &document,
            "/channels/organisationEvents/bindings/amqp/queue/name"
        )),
        queue
    );
    let binding = filled(at(&document, "/channels/organisationEvents/description"));
    assert!(
        binding.contains(&format!("`{}`", address::events_binding(&organisation))),
        "{binding}"
    );
    let exchange = at(&document, "/channels/events/bindings/amqp/exchange");
    assert_eq!(
        (&exchange["name"], &exchange["type"]),
        (&json!(address::EVENTS), &json!("topic"))
    );
    let key = address::routing_key(&organisation, Some("retrieve-ti-groups"), EventKind::Finished);
    assert_eq!(filled(at(&document, "/channels/events/address")), key);
    let services = texts(at(&document, "/channels/events/parameters/service/examples"));
    let names: BTreeSet<_> = Service::ALL.map(Service::as_str).into();
    assert!(services.is_superset(&names) && services.contains(address::UNKNOWN_SERVICE));
}

#[test]
fn messages_have_their_types_and_encodings() {
    let document = document();
    let expected = [
        (
            "submission",
            message_type::SUBMISSION,
            "submission.proto",
            "message Submission {",
        ),
        ("cancel", message_type::CANCEL, "cancel.proto", "message Cancel {"),
        ("event", message_type::EVENT, "event.proto", "message Event {"),
    ];
    assert_eq!(
        keys(at(&document, "/components/messages")).len(),
        2 * expected.len()
    );
    for (name, message_type, file, declaration) in expected {
        for (suffix, encoding) in [("", Encoding::Json), ("Protobuf", Encoding::Protobuf)] {
            let message = at(&document, &format!("/components/messages/{name}{suffix}"));
            assert_eq!(message["name"], message_type);
            assert_eq!(message["contentType"], encoding.content_type());
            assert_eq!(message["bindings"]["amqp"]["messageType"], message_type);
            let properties = &message["x-amqp-properties"]["properties"];
            assert_eq!(properties["type"]["const"], message_type);
            let types = Encoding::ALL.map(Encoding::content_type);
            assert_eq!(texts(&properties["content_type"]["enum"]), BTreeSet::from(types));
            assert!(texts(&message["x-amqp-properties"]["required"]).is_subset(&keys(properties)));
        }
        let protobuf = at(
            &document,
            &format!("/components/messages/{name}Protobuf/payload/schema/$ref"),
        );
        let path = format!("cbss/relay/v1/{file}");
        assert_eq!(protobuf, &json!(format!("./{path}")));
        let source = std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(source.contains(declaration), "{path}");
    }
}

#[test]
fn schemas_have_the_fields_of_the_messages_and_no_others() {
    let (document, pool) = (document(), descriptors());
    assert_eq!(
        keys(at(&document, "/components/schemas")),
        SCHEMAS.map(|(schema, _)| schema).into()
    );
    for (schema, message) in SCHEMAS {
        let message = pool
            .get_message_by_name(&format!("cbss.relay.v1.{message}"))
            .expect("a message of ours");
        let schema = at(&document, &format!("/components/schemas/{schema}"));
        let fields: Vec<FieldDescriptor> = message.fields().collect();
        assert_eq!(
            keys(&schema["properties"]),
            fields.iter().map(FieldDescriptor::json_name).collect(),
            "{}",
            message.full_name()
        );
        for field in &fields {
            let property = &schema["properties"][field.json_name()];
            let value = if field.is_list() {
                assert_eq!(property["type"], "array", "{}", field.full_name());
                &property["items"]
            } else {
                property
            };
            assert_type(field, value);
        }
    }
}

fn assert_type(field: &FieldDescriptor, schema: &Value) {
    let kind = field.kind();
    if let Some(message) = kind.as_message() {
        if message.full_name() == "google.protobuf.Timestamp" {
            assert_eq!(
                (&schema["type"], &schema["format"]),
                (&json!("string"), &json!("date-time"))
            );
        } else {
            assert_eq!(
                schema["$ref"],
                format!("#/components/schemas/{}", schema_of(message))
            );
        }
        return;
    }
    let name = [
        (Kind::String, "string"),
        (Kind::Bool, "boolean"),
        (Kind::Int32, "integer"),
        (Kind::Uint32, "integer"),
    ]
    .into_iter()
    .find(|(known, _)| *known == kind)
    .map(|(_, name)| name);
    assert_eq!(schema["type"].as_str(), name, "{}", field.full_name());
}

fn schema_of(message: &MessageDescriptor) -> &'static str {
    let name = message.full_name().trim_start_matches("cbss.relay.v1.");
    SCHEMAS
        .iter()
        .find(|(_, message)| *message == name)
        .map(|(schema, _)| *schema)
        .expect("a schema for it")
}

#[test]
fn closed_lists_are_complete() {
    let document = document();
    let schemas = at(&document, "/components/schemas");
    let kinds: BTreeSet<_> = EventKind::ALL.map(EventKind::as_str).into();
    assert_eq!(texts(&schemas["Event"]["properties"]["kind"]["enum"]), kinds);
    assert_eq!(
        texts(at(&document, "/channels/events/parameters/kind/enum")),
        kinds
    );
    let states: BTreeSet<_> = JobState::ALL.map(JobState::as_str).into();
    assert_eq!(texts(&schemas["Event"]["properties"]["state"]["enum"]), states);
    let languages: BTreeSet<_> = Language::ALL.map(Language::as_str).into();
    let access = &schemas["ManageAccess"]["properties"];
    let actions: BTreeSet<_> = AccessAction::ALL.map(AccessAction::as_str).into();
    assert_eq!(texts(&access["action"]["enum"]), actions);
    let registers: BTreeSet<_> = QueryRegister::ALL.map(QueryRegister::as_str).into();
    assert_eq!(texts(&access["queryRegister"]["enum"]), registers);
    let criteria = &schemas["IdentifyPersonPhoneticCriteria"]["properties"];
    let genders = Gender::ALL.map(Gender::code);
    assert_eq!(criteria["gender"]["enum"], json!(genders));
    for schema in [
        "Submission",
        "RetrieveTiGroups",
        "ManageAccess",
        "IdentifyPerson",
        "PerformInvestigation",
        "TestConnection",
        "Loi65Ab",
        "Loi65C",
        "Loi65Df",
        "HealthCareInsurance",
        "UnemploymentData",
    ] {
        assert_eq!(
            texts(&schemas[schema]["properties"]["language"]["enum"]),
            languages
        );
    }
    assert!(texts(&schemas["EventError"]["properties"]["code"]["examples"]).is_superset(&codes::ALL.into()));
    for priority in texts(&schemas["Submission"]["properties"]["priority"]["enum"]) {
        assert!(
            limits::errors_with(limits::GROUPS, "/priority", json!(priority)).is_empty(),
            "{priority}"
        );
    }
}

#[test]
fn there_is_an_example_of_every_kind_of_event() {
    let document = document();
    let examples = at(&document, "/components/messages/event/examples");
    let shown: BTreeSet<_> = examples
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|example| example["payload"]["kind"].as_str())
        .collect();
    assert_eq!(shown, EventKind::ALL.map(EventKind::as_str).into());
    for message in ["cancel", "cancelProtobuf"] {
        let answers = at(&document, &format!("/components/messages/{message}/description"));
        let answers = answers.as_str().expect("a text");
        for word in [
            EventKind::Finished.as_str(),
            EventKind::Rejected.as_str(),
            JobState::Cancelled.as_str(),
            codes::JOB_NOT_FOUND,
            codes::TOO_LATE,
        ] {
            assert!(answers.contains(&format!("`{word}`")), "{message}: {word}");
        }
    }
}

#[test]
fn examples_are_good_messages() {
    let document = document();
    let examples = |message: &str| -> Vec<Vec<u8>> {
        let list = at(&document, &format!("/components/messages/{message}/examples"))
            .as_array()
            .expect("a list");
        assert!(!list.is_empty(), "{message}");
        list.iter()
            .map(|example| serde_json::to_vec(&example["payload"]).unwrap())
            .collect()
    };
    for bytes in examples("submission") {
        let checked = decode_submission(Encoding::Json, &bytes)
            .unwrap()
            .check(&context());
        assert!(checked.is_ok(), "{checked:?}");
    }
    for bytes in examples("cancel") {
        let checked = decode_cancel(Encoding::Json, &bytes).unwrap().check();
        assert!(checked.is_ok(), "{checked:?}");
    }
    let required = texts(at(&document, "/components/schemas/Event/required"));
    for bytes in examples("event") {
        let event = EventMessage::decode(Encoding::Json, &bytes).unwrap();
        // What the relay would write is what the example shows, with the required fields in it.
        let (written, shown): (Value, Value) = (
            serde_json::from_slice(&event.encode(Encoding::Json)).unwrap(),
            serde_json::from_slice(&bytes).unwrap(),
        );
        assert_eq!(written, shown);
        assert!(required.is_subset(&keys(&written)), "{written}");
    }
}

#[test]
fn references_lead_somewhere() {
    fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        match value {
            Value::Object(object) => {
                for (key, inner) in object {
                    match inner.as_str() {
                        Some(target) if key == "$ref" => found.push(target),
                        Some(_) | None => references(inner, found),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|inner| references(inner, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = document();
    assert_eq!(document["asyncapi"], "3.0.0");
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{}", found.len());
    for target in found.iter().filter_map(|target| target.strip_prefix('#')) {
        at(&document, target);
    }
}
