//! The request.

use relay_domain::date::IncompleteDate;
use relay_domain::manage_access::{AccessAction, ManageAccess, PersonData, Proof, QueryRegister};

use super::SERVICE_ID;
use crate::soap::{BuildError, PreparedCall, Writer};
use crate::ssdn::person::{check_birth_date, check_cards, check_name, collapsed};
use crate::ssdn::{self, COMMON, ClassicContext, ServiceName};

const NAMESPACE: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/ManageAccess";

const SERVICE: ServiceName<'static> = ServiceName {
    id: SERVICE_ID,
    version: "20050930",
};

/// Builds the call: a `ManageAccessRequest` in its `SSDNRequest` in the string of `sendXML`, valid by the
/// schemas of all three.
///
/// ```
/// use relay_cbss::{ClassicContext, manage_access};
/// use relay_domain::manage_access::{AccessAction, Proof};
/// use relay_domain::{IncompleteDate, Language, ManageAccess, Ssin, SsinCheck};
///
/// let request = ManageAccess {
///     ssin: Ssin::parse("80010100136", SsinCheck::Error)?,
///     action: AccessAction::Register,
///     purpose: Some(1),
///     start_date: IncompleteDate::new(2081, 2, 3),
///     end_date: None,
///     sector: None,
///     query_register: None,
///     proof: Proof {
///         identity_card_number: Some("123456789012".to_owned()),
///         ..Proof::default()
///     },
///     language: Language::Nl,
/// };
/// let context = ClassicContext {
///     cbe_number: "0200000043",
///     sector: 17,
///     subsector: 1,
///     user_id: "80020200113",
///     email: "relay@centre.example",
///     reference: "0195b5ac-7b1e-7000-8000-00805f9b34fb",
///     sent_at: time::macros::datetime!(2026-11-23 17:05:09 UTC),
/// };
/// let inner = manage_access::build_inner(&request, &context)?;
/// assert!(inner.contains("<manage:Action>REGISTER</manage:Action>"));
/// // It travels as a text in another document, so it is escaped.
/// let call = manage_access::build(&request, &context)?;
/// assert!(std::str::from_utf8(&call.body)?.contains("&lt;manage:Action&gt;REGISTER"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn build(request: &ManageAccess, context: &ClassicContext<'_>) -> Result<PreparedCall, BuildError> {
    ssdn::wrap(&build_inner(request, context)?)
}

/// Builds the document inside the string.
///
/// `Sector` and `QueryRegister` belong to a list; with a change they are not sent. White space in names is
/// collapsed, which is what the schema has the receiver do.
pub fn build_inner(request: &ManageAccess, context: &ClassicContext<'_>) -> Result<String, BuildError> {
    if let Some(first) = problems(request).into_iter().next() {
        return Err(first);
    }
    ssdn::build_inner(context, &SERVICE, |writer| write(request, writer))
}

fn write(request: &ManageAccess, writer: &mut Writer) -> Result<(), BuildError> {
    writer.open_with(
        "manage:ManageAccessRequest",
        &[("manage", NAMESPACE), ("common", COMMON)],
    );
    writer.leaf("manage:SSIN", request.ssin.digits())?;
    if let Some(purpose) = request.purpose {
        writer.leaf("manage:Purpose", &purpose.to_string())?;
    }
    writer.open("manage:Period");
    writer.leaf("common:StartDate", &request.start_date.to_string())?;
    if let Some(end_date) = request.end_date {
        writer.leaf("common:EndDate", &end_date.to_string())?;
    }
    writer.close();
    writer.leaf("manage:Action", request.action.as_str())?;
    if request.action == AccessAction::List {
        if let Some(sector) = request.sector {
            writer.leaf("manage:Sector", &sector.to_string())?;
        }
        if let Some(register) = request.query_register.map(QueryRegister::as_str) {
            writer.leaf("manage:QueryRegister", register)?;
        }
    }
    write_proof(&request.proof, writer)?;
    writer.close();
    Ok(())
}

fn write_proof(proof: &Proof, writer: &mut Writer) -> Result<(), BuildError> {
    writer.open("manage:ProofOfAuthentication");
    if let Some(number) = &proof.sis_card_number {
        writer.leaf("manage:SISCardNumber", number)?;
    }
    if let Some(number) = &proof.identity_card_number {
        writer.leaf("manage:IdentityCardNumber", number)?;
    }
    if let Some(person) = &proof.person_data {
        writer.open("manage:PersonData");
        writer.leaf("manage:LastName", &collapsed(&person.last_name))?;
        if let Some(first_name) = &person.first_name {
            writer.leaf("manage:FirstName", &collapsed(first_name))?;
        }
        writer.leaf("manage:BirthDate", &person.birth_date.to_string())?;
        writer.close();
    }
    writer.close();
    Ok(())
}

/// What the schema or XML forbids in a request: all of it, in the order in which it would be written.
#[must_use]
pub fn problems(request: &ManageAccess) -> Vec<BuildError> {
    let mut problems = Vec::new();
    let mut refuse = |field, expected| problems.push(BuildError::Facet { field, expected });
    if request.purpose.is_none() && request.action != AccessAction::List {
        refuse("Purpose", "a purpose, to register and to unregister");
    }
    if !is_day(request.start_date) {
        refuse("StartDate", "a complete date that exists");
    }
    match request.end_date {
        Some(end_date) if !is_day(end_date) => refuse("EndDate", "a complete date that exists"),
        Some(end_date) if end_date < request.start_date => refuse("EndDate", "a date not before StartDate"),
        Some(_) | None => {}
    }
    if !request.proof.is_given() {
        refuse(
            "ProofOfAuthentication",
            "at least one of SISCardNumber, IdentityCardNumber, PersonData",
        );
    }
    let (sis, identity) = (
        &request.proof.sis_card_number,
        &request.proof.identity_card_number,
    );
    problems.extend(check_cards(sis.as_deref(), identity.as_deref()));
    let mut check = |result: Result<(), BuildError>| problems.extend(result.err());
    if let Some(PersonData {
        last_name,
        first_name,
        birth_date,
    }) = &request.proof.person_data
    {
        check(check_name("LastName", last_name));
        if let Some(first_name) = first_name {
            check(check_name("FirstName", first_name));
        }
        check(check_birth_date(*birth_date));
    }
    problems
}

/// Is it a day of the calendar (`xs:date`)?
fn is_day(date: IncompleteDate) -> bool {
    let (Some(month), Some(day)) = (date.month(), date.day()) else {
        return false;
    };
    let month = time::Month::try_from(month);
    let date = month.map(|month| time::Date::from_calendar_date(i32::from(date.year()), month, day));
    matches!(date, Ok(Ok(date)) if date.year() > 0)
}
