//! The messages themselves.

use relay_testkit::installation::USER_ID;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Submitted;
use crate::script::{Kind, Organisation, Priority};

/// What was decided about it, as a message.
pub(super) fn submission(submitted: &Submitted, ssin: &str, after: Option<String>) -> Value {
    let mut body = match submitted.kind {
        Kind::Question => question(submitted.organisation, &submitted.key, ssin, after),
        Kind::Register => access(submitted, ssin, "REGISTER", after),
        Kind::Unregister => access(submitted, ssin, "UNREGISTER", after),
        Kind::List => access(submitted, ssin, "LIST", after),
        Kind::Decision => decision(submitted, ssin, after),
    };
    if submitted.priority != Priority::Normal {
        body["priority"] = submitted.priority.word().into();
    }
    for (name, time) in [
        ("notBefore", submitted.not_before_us),
        ("deadline", submitted.deadline_us),
    ] {
        if let Some(time) = time {
            body[name] = written(time).into();
        }
    }
    body
}

fn written(us: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(us) * 1000).expect("a time in this era");
    time.format(&Rfc3339).expect("a time that can be written")
}

/// The same key, and another person or requester.
pub(super) fn conflicting(submitted: &Submitted, people: &[String], requester: bool) -> Value {
    let mut body = submitted.body.clone();
    if requester {
        body["requester"]["reason"] = "file 4712".into();
    } else {
        let other = people[(submitted.person + 1) % people.len()].as_str();
        match submitted.kind {
            Kind::Question => body["retrieveTiGroups"]["ssin"] = other.into(),
            Kind::Register | Kind::Unregister | Kind::List => body["manageAccess"]["ssin"] = other.into(),
            Kind::Decision => body["loi65C"]["cancellationFormsC"][0]["ssin"] = other.into(),
        }
    }
    // It is refused for its key, not for its time.
    for name in ["deadline", "notBefore"] {
        body.as_object_mut().map(|fields| fields.remove(name));
    }
    body
}

pub(super) fn cancellation(organisation: Organisation, key: &str) -> Value {
    json!({
        "organisation": organisation.id(),
        "idempotencyKey": key,
        "requester": { "userId": USER_ID, "reason": "entered by mistake" },
    })
}

pub(super) fn question(organisation: Organisation, key: &str, ssin: &str, after: Option<String>) -> Value {
    let mut body = relay_testkit::installation::submission(key, ssin);
    body["organisation"] = organisation.id().into();
    if let Some(job) = after {
        body["afterJob"] = job.into();
    }
    body
}

fn access(submitted: &Submitted, ssin: &str, action: &str, after: Option<String>) -> Value {
    let start = if submitted.other_period {
        "2026-06-01"
    } else {
        "2026-01-01"
    };
    let mut request = json!({
        "ssin": ssin,
        "action": action,
        "period": { "startDate": start, "endDate": "2026-12-31" },
        "proofOfAuthentication": { "identityCardNumber": "591000000000" },
    });
    if submitted.kind.is_change() {
        request["purpose"] = 1.into();
    }
    asking(submitted, "manageAccess", request, after)
}

/// A form with a number of its own: of the organisation's forms, that of its key.
fn decision(submitted: &Submitted, ssin: &str, after: Option<String>) -> Value {
    let digits = submitted.key.trim_start_matches("key-");
    let request = json!({ "fileId": "FILE0004711", "cancellationFormsC": [{
        "entryDate": "2081-05-01",
        "uniqueAttestId": format!("ATTEST{digits:0>9}"),
        "ssin": ssin,
        "suffix": 0,
        "aidCancellation": { "decisionDate": "2081-04-30", "decisionNature": "1", "cancellationReason": "12" },
    }] });
    asking(submitted, "loi65C", request, after)
}

fn asking(submitted: &Submitted, service: &str, request: Value, after: Option<String>) -> Value {
    let mut body = json!({
        "organisation": submitted.organisation.id(),
        "idempotencyKey": submitted.key,
        "requester": { "userId": USER_ID, "reason": "file 4711" },
    });
    body[service] = request;
    if let Some(job) = after {
        body["afterJob"] = job.into();
    }
    body
}
