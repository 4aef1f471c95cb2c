//! The request's envelope: `SSDNRequest`, and the string that carries it.

use std::borrow::Cow;

use time::OffsetDateTime;

use super::ClassicContext;
use crate::soap::{BuildError, PreparedCall, Writer, check_characters, check_digits, within};
use crate::xml::collapse;

const CONNECTOR: &str = "http://ksz-bcss.fgov.be/connectors/WebServiceConnector";
const SOAP_ACTION: &str = "http://ksz-bcss.fgov.be/connectors/WebServiceConnector/sendXML";
const SERVICE: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/Service";

/// A service as the envelope names it.
pub(crate) struct ServiceName<'a> {
    /// `ServiceId`.
    pub(crate) id: &'a str,
    /// `Version`: eight digits.
    pub(crate) version: &'a str,
}

/// What the schema or XML forbids in a context: all of it, in the order in which it would be written.
#[must_use]
pub fn problems(context: &ClassicContext<'_>) -> Vec<BuildError> {
    let checks = [
        check_digits("UserID", context.user_id, 11, "eleven digits"),
        check_email(&collapse(Cow::Borrowed(context.email))),
        check_digits("OrgUnit", context.cbe_number, 10, "ten digits"),
        within("Reference", context.reference, usize::MAX, "some text").map(|_| ()),
        check_characters("Reference", context.reference),
        time_request(context.sent_at).map(|_| ()),
    ];
    checks.into_iter().filter_map(Result::err).collect()
}

/// The whole `SSDNRequest` for one service; `write_content` writes that service's own element.
pub(crate) fn build_inner(
    context: &ClassicContext<'_>,
    service: &ServiceName<'_>,
    write_content: impl FnOnce(&mut Writer) -> Result<(), BuildError>,
) -> Result<String, BuildError> {
    if let Some(first) = problems(context).into_iter().next() {
        return Err(first);
    }
    let mut writer = Writer::document("ssdn:SSDNRequest", &[("ssdn", SERVICE)]);
    writer.open("ssdn:RequestContext");
    writer.open("ssdn:AuthorizedUser");
    writer.leaf("ssdn:UserID", context.user_id)?;
    writer.leaf("ssdn:Email", &collapse(Cow::Borrowed(context.email)))?;
    writer.leaf("ssdn:OrgUnit", context.cbe_number)?;
    writer.leaf("ssdn:MatrixID", &context.sector.to_string())?;
    writer.leaf("ssdn:MatrixSubID", &context.subsector.to_string())?;
    writer.close();
    writer.open("ssdn:Message");
    writer.leaf("ssdn:Reference", context.reference)?;
    writer.leaf("ssdn:TimeRequest", &time_request(context.sent_at)?)?;
    writer.close();
    writer.close();
    writer.open("ssdn:ServiceRequest");
    writer.leaf("ssdn:ServiceId", service.id)?;
    writer.leaf("ssdn:Version", service.version)?;
    write_content(&mut writer)?;
    Ok(writer.finish())
}

/// The document as the text of `xmlString`: escaped once more.
pub(crate) fn wrap(inner: &str) -> Result<PreparedCall, BuildError> {
    let mut envelope = Writer::envelope("svc:xmlString", CONNECTOR);
    envelope.text(inner)?;
    Ok(envelope.into_call(SOAP_ACTION))
}

/// `t_EmailAddress`: at most 100 characters, an `@` with something before and behind it.
fn check_email(email: &str) -> Result<(), BuildError> {
    let mut inside = email.chars();
    let ends = (inside.next(), inside.next_back());
    let fits = matches!(ends, (Some(_), Some(_))) && inside.as_str().contains('@');
    if !fits || email.chars().count() > 100 {
        return Err(BuildError::Facet {
            field: "Email",
            expected: "an address with an @, at most 100 characters",
        });
    }
    check_characters("Email", email)
}

/// `t_DateTimeUTC`.
fn time_request(at: OffsetDateTime) -> Result<String, BuildError> {
    const FORMAT: &[time::format_description::BorrowedFormatItem<'_>] =
        time::macros::format_description!("[year][month][day]T[hour][minute][second]");
    at.checked_to_offset(time::UtcOffset::UTC)
        .filter(|utc| (1000..=2999).contains(&utc.year()))
        .and_then(|utc| utc.format(FORMAT).ok())
        .ok_or(BuildError::Facet {
            field: "TimeRequest",
            expected: "a time in the years 1000 to 2999",
        })
}
