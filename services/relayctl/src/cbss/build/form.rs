//! The request messages of the services with a table: Loi65, HealthCareInsurance, UnemploymentData. They are checked as
//! those in submissions are.

use relay_cbss::{BuildError, CallContext, health_care_insurance, loi65, unemployment_data};
use relay_domain::{Form, OrganisationSettings, Request, Service, ServiceSettings, SsinCheck};
use relay_proto::{CheckContext, Encoding, decode_submission};
use serde::de::IgnoredAny;
use time::OffsetDateTime;

use super::classic;
use super::{Failure, json_error, note, own_settings};

/// What would be sent by a newer service.
pub(super) fn build_newer(
    service: Service,
    settings: &OrganisationSettings,
    check: SsinCheck,
    (ticket, sent_at): (&str, OffsetDateTime),
    input: &[u8],
) -> Result<Vec<u8>, Failure> {
    let form = read(service, settings, check, input)?;
    let own = own_settings(settings, service)?;
    let context = CallContext {
        cbe_number: settings.cbe_number.as_str(),
        legal_context: own.legal_context(service),
        ticket,
        sent_at,
    };
    let call = if service == Service::HealthCareInsurance {
        health_care_insurance::build(&form, &context)
    } else {
        unemployment_data::build(&form, &context)
    };
    Ok(call.map_err(refused)?.body.to_vec())
}

/// What would be sent by a service of Loi65.
pub(super) fn build_loi65(call: &classic::Call<'_>, input: &[u8]) -> Result<Vec<u8>, Failure> {
    let form = read(call.service, call.settings, call.check, input)?;
    let mut errors = classic::Errors::default();
    let context = call.context(&mut errors);
    errors.into_result()?;
    let own: ServiceSettings = own_settings(call.settings, call.service)?;
    let (id, version) = (own.service_id(call.service), own.version(call.service));
    if call.inner {
        let inner = loi65::build_inner(&form, id, version, &context);
        return Ok(inner.map_err(refused)?.into_bytes());
    }
    Ok(loi65::build(&form, id, version, &context)
        .map_err(refused)?
        .body
        .to_vec())
}

fn refused(error: BuildError) -> Failure {
    Failure::Invalid(error.to_string())
}

fn read(
    service: Service,
    settings: &OrganisationSettings,
    check: SsinCheck,
    input: &[u8],
) -> Result<Form, Failure> {
    // One value, so that it can stand in the frame.
    serde_json::from_slice::<IgnoredAny>(input).map_err(|e| Failure::Invalid(json_error(&e)))?;
    let request = String::from_utf8_lossy(input);
    let field = relay_proto::request_field(service);
    // The frame of a submission, of which nothing is told.
    let message = format!(
        r#"{{"organisation":"x","idempotencyKey":"x","requester":{{"userId":"x","reason":"x"}},"{field}":{request}}}"#
    );
    let context = CheckContext {
        ssin_check: check,
        default_language: settings.default_language,
        now: OffsetDateTime::UNIX_EPOCH,
        entitled: &|_| true,
        has_purpose: &|_, _| true,
    };
    let prefix = format!("request.{field}.");
    let submission = decode_submission(Encoding::Json, message.as_bytes())
        .map_err(|e| Failure::Invalid(format!("the request: {e}")))?
        .check(&context)
        .map_err(|errors| {
            let lines: Vec<String> = errors
                .iter()
                .map(|error| {
                    let path = error.path.strip_prefix(&prefix).unwrap_or("the request");
                    format!("{path}: {}", error.text)
                })
                .collect();
            Failure::Invalid(lines.join("\nerror: "))
        })?;
    let Request::Form(form) = submission.request else {
        return Err(Failure::Invalid(format!("{} has no table", service.as_str())));
    };
    if form.person().is_some_and(|ssin| !ssin.has_valid_checksum()) {
        note("warning: ssin: the check digits do not fit");
    }
    Ok(form)
}
