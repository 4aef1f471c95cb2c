//! The service's own part of the document.

use super::MANAGE_ACCESS;
use crate::connector::COMMON;
use crate::registrations::{Period, Register};
use crate::schema::{Children, Part, Violation, facets};
use crate::service::AccessAction;

/// Which registers a LIST is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueryRegister {
    One(Register),
    All,
}

impl QueryRegister {
    pub(crate) fn registers(self) -> &'static [Register] {
        match self {
            Self::One(Register::Primary) => &[Register::Primary],
            Self::One(Register::Secondary) => &[Register::Secondary],
            Self::All => &Register::BOTH,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::One(register) => register.word(),
            Self::All => "ALL",
        }
    }

    fn of(word: &str) -> Option<Self> {
        let all = [
            Self::One(Register::Primary),
            Self::One(Register::Secondary),
            Self::All,
        ];
        all.into_iter().find(|register| register.word() == word)
    }
}

/// What is asked, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) ssin: String,
    pub(crate) purpose: Option<i64>,
    pub(crate) period: Period,
    pub(crate) action: AccessAction,
    /// As written; what is left out means all.
    pub(crate) query_register: QueryRegister,
    /// The only part of the proof that is held against anything.
    pub(crate) person: Option<PersonData>,
}

/// What the organisation knows of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PersonData {
    pub(crate) last_name: String,
    pub(crate) first_name: Option<String>,
    /// `YYYY-MM-DD`, with 00 for what is unknown.
    pub(crate) birth_date: String,
}

/// Reads the children of `ManageAccessRequest`.
pub(crate) fn read(mut parts: Children<'_>) -> Result<Request, Violation> {
    let ssin = parts.required("SSIN")?.value(|text| facets::digits(text, 11))?;
    let purpose = parts.optional("Purpose")?;
    let purpose = purpose.map(|part| part.value(facets::integer)).transpose()?;
    let period = period(parts.required("Period")?.children(COMMON)?)?;
    let action = parts.required("Action")?;
    let lacks_purpose = action.broken("a purpose is mandatory for this action").lacking();
    let action = action.value(|text| AccessAction::of(facets::collapse(text)))?;
    match (action, purpose) {
        (AccessAction::Register | AccessAction::Unregister, None) => return Err(lacks_purpose),
        (AccessAction::List, _) | (AccessAction::Register | AccessAction::Unregister, Some(_)) => {}
    }
    // Its use is not known; the answer does not depend on it.
    let sector = parts.optional("Sector")?;
    sector.map(|part| part.value(facets::integer)).transpose()?;
    let query_register = parts.optional("QueryRegister")?;
    let query_register = query_register
        .map(|part| part.value(|text| QueryRegister::of(facets::collapse(text))))
        .transpose()?;
    let proof = parts.required("ProofOfAuthentication")?;
    let lacks_proof = proof.broken("at least one part is mandatory").lacking();
    let (any, person) = proof_parts(proof.children(MANAGE_ACCESS)?)?;
    parts.finish()?;
    if !any {
        return Err(lacks_proof);
    }
    Ok(Request {
        ssin,
        purpose,
        period,
        action,
        query_register: query_register.unwrap_or(QueryRegister::All),
        person,
    })
}

fn period(mut parts: Children<'_>) -> Result<Period, Violation> {
    let start = parts.required("StartDate")?.value(facets::date)?;
    let end = parts.optional("EndDate")?;
    let before_start = end.as_ref().map(|part| part.broken("is before StartDate"));
    let end = end.map(|part| part.value(facets::date)).transpose()?;
    parts.finish()?;
    match before_start {
        Some(violation) if end.is_some_and(|end| end < start) => Err(violation),
        Some(_) | None => Ok(Period { start, end }),
    }
}

/// Whether there is any proof, and the part that is about the person.
fn proof_parts(mut parts: Children<'_>) -> Result<(bool, Option<PersonData>), Violation> {
    let card = |part: Option<Part<'_>>, length| {
        part.map(|part| part.value(|text| facets::digits(text, length)))
            .transpose()
    };
    let sis = card(parts.optional("SISCardNumber")?, 10)?;
    let identity = card(parts.optional("IdentityCardNumber")?, 12)?;
    let person = parts.optional("PersonData")?;
    let person = person
        .map(|part| person_data(part.children(MANAGE_ACCESS)?))
        .transpose()?;
    parts.finish()?;
    Ok((sis.is_some() || identity.is_some() || person.is_some(), person))
}

fn person_data(mut parts: Children<'_>) -> Result<PersonData, Violation> {
    let last_name = parts.required("LastName")?.text(|_| true)?;
    let first_name = parts.optional("FirstName")?;
    let first_name = first_name.map(|part| part.text(|_| true)).transpose()?;
    let birth_date = parts.required("BirthDate")?.value(facets::incomplete_date)?;
    parts.finish()?;
    Ok(PersonData {
        last_name,
        first_name,
        birth_date,
    })
}
