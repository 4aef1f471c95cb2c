//! The request.

use relay_domain::{Language, RetrieveTiGroups, Ssin};

use crate::soap::{BuildError, CallContext, PreparedCall, Writer};

/// The namespace of version 2 of the service; only this and the URL tell it from version 1.
const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2";
const SOAP_ACTION: &str = "http://kszbcss.fgov.be/RetrieveTIGroupsService/retrieveTI";

/// Builds a `retrieveTIGroupsRequest`, valid by RetrieveTIGroupsV2.xsd (for the one exception see
/// [`ssin_fits_schema`]).
///
/// The CBSS speaks Dutch, French and German; for English the labels are asked for in French, which is what
/// the schema's default would give.
///
/// ```
/// use relay_cbss::{CallContext, tx25};
/// use relay_domain::{Language, RetrieveTiGroups, Ssin, SsinCheck};
///
/// let request = RetrieveTiGroups {
///     ssin: Ssin::parse("80010100136", SsinCheck::Error)?,
///     language: Language::De,
///     history: false,
/// };
/// let mut context = CallContext {
///     cbe_number: "0200000043",
///     legal_context: "PCSA:SOCIAL_INQUIRY",
///     ticket: "0195b5ac-7b1e-7000-8000-00805f9b34fb",
///     sent_at: time::macros::datetime!(2026-11-23 17:05:09 UTC),
/// };
/// let call = tx25::build(&request, &context)?;
/// let body = std::str::from_utf8(&call.body)?;
/// assert!(body.contains("<ssin>80010100136</ssin><language>de</language><history>false</history>"));
///
/// context.cbe_number = "200";
/// assert_eq!(
///     tx25::build(&request, &context).unwrap_err().to_string(),
///     "cbeNumber: expected ten digits"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn build(request: &RetrieveTiGroups, context: &CallContext<'_>) -> Result<PreparedCall, BuildError> {
    let mut envelope = Writer::envelope("svc:retrieveTIGroupsRequest", NAMESPACE);
    envelope.customer(context)?;
    envelope.legal_context(context)?;
    envelope.open("searchInformation");
    envelope.leaf("ssin", request.ssin.digits())?;
    envelope.leaf("language", label_language(request.language))?;
    envelope.leaf("history", if request.history { "true" } else { "false" })?;
    Ok(envelope.into_call(SOAP_ACTION))
}

fn label_language(language: Language) -> &'static str {
    match language {
        Language::Nl => "nl",
        Language::De => "de",
        Language::Fr | Language::En => "fr",
    }
}

/// Does the number match the pattern of `SsinType` (CommonV3.xsd 3.3-45)?
///
/// Numbers of exhausted counters (day above 31, month between 12 and 20 or above 52) are in circulation and
/// are accepted by the CBSS's own library, but not by its schema. So this is a warning to give, not a
/// reason to refuse: the CBSS judges.
#[must_use]
pub fn ssin_fits_schema(ssin: &Ssin) -> bool {
    let part = |from: usize, to: usize| ssin.digits()[from..to].parse::<u16>().unwrap_or(u16::MAX);
    let (month, day, counter, check) = (part(2, 4), part(4, 6), part(6, 9), part(9, 11));
    let national = month <= 12 && counter != 0;
    let bis = (20..=32).contains(&month) || (40..=52).contains(&month);
    (national || bis) && day <= 31 && check <= 97
}
