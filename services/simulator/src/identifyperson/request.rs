//! The service's own part of the document.

use super::IDENTIFY_PERSON;
use crate::population::Person;
use crate::schema::{Children, Part, Violation, facets};

/// What is asked, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) ssin: Option<String>,
    pub(crate) criteria: Option<Criteria>,
    pub(crate) verification: Option<Verification>,
}

/// `PhoneticCriteria`; names collapsed, empty ones as if they were not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Criteria {
    pub(crate) last_name: String,
    /// The words of first and middle name.
    pub(crate) given_names: Vec<String>,
    /// `YYYY-MM-DD`, with 00 for what is unknown.
    pub(crate) birth_date: String,
    /// 0, 1 or 2.
    pub(crate) gender: Option<i64>,
    pub(crate) tolerance: Option<i64>,
    pub(crate) maximum: Option<u8>,
}

/// `VerificationData`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verification {
    /// Is there a number of any card?
    pub(crate) card: bool,
    pub(crate) person: Option<PersonData>,
}

/// What the organisation knows of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PersonData {
    pub(crate) last_name: String,
    pub(crate) given_names: Vec<String>,
    pub(crate) birth_date: String,
}

impl Verification {
    pub(super) fn is_empty(&self) -> bool {
        !self.card && self.person.is_none()
    }

    /// Does any part of it hold?
    pub(super) fn holds(&self, person: &Person) -> bool {
        self.card || self.person.as_ref().is_some_and(|data| data.is_of(person))
    }
}

impl PersonData {
    fn is_of(&self, person: &Person) -> bool {
        let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let is_first_name = |word: &String| person.first_names.iter().any(|name| same(name, word));
        same(&self.last_name, person.last_name)
            && self.given_names.iter().all(is_first_name)
            && self.birth_date == person.born.to_string()
    }
}

/// Reads the children of `IdentifyPersonRequest`.
pub(crate) fn read(mut parts: Children<'_>) -> Result<Request, Violation> {
    let mut by = parts.required("SearchCriteria")?.children(IDENTIFY_PERSON)?;
    let ssin = by.optional("SSIN")?;
    let ssin = ssin
        .map(|part| part.value(|text| facets::digits(text, 11)))
        .transpose()?;
    let criteria = by.optional("PhoneticCriteria")?;
    let criteria = criteria
        .map(|part| self::criteria(part.children(IDENTIFY_PERSON)?))
        .transpose()?;
    by.finish()?;
    let verification = parts.optional("VerificationData")?;
    let verification = verification
        .map(|part| self::verification(part.children(IDENTIFY_PERSON)?))
        .transpose()?;
    parts.finish()?;
    Ok(Request {
        ssin,
        criteria,
        verification,
    })
}

fn criteria(mut parts: Children<'_>) -> Result<Criteria, Violation> {
    let last_name = name(parts.required("LastName")?)?;
    let given_names = given_names(&mut parts)?;
    let birth_date = parts.required("BirthDate")?.value(facets::incomplete_date)?;
    let mut number = |name: &str, lowest: i64, highest: i64| {
        let in_range = |text: &str| facets::integer(text).filter(|n| (lowest..=highest).contains(n));
        let part = parts.optional(name)?;
        part.map(|part| part.value(in_range)).transpose()
    };
    let gender = number("Gender", 0, 2)?;
    // Below zero it says no more than zero.
    let tolerance = number("Tolerance", i64::MIN, i64::MAX)?.map(|tolerance| tolerance.max(0));
    let maximum = number("Maximum", 1, 80)?.and_then(|maximum| u8::try_from(maximum).ok());
    parts.finish()?;
    Ok(Criteria {
        last_name,
        given_names,
        birth_date,
        gender,
        tolerance,
        maximum,
    })
}

fn verification(mut parts: Children<'_>) -> Result<Verification, Violation> {
    let mut card = false;
    for (name, length) in [("SISCardNumber", 10), ("IdentityCardNumber", 12)] {
        if let Some(part) = parts.optional(name)? {
            part.value(|text| facets::digits(text, length))?;
            card = true;
        }
    }
    let person = parts.optional("PersonData")?;
    let person = person
        .map(|part| person_data(part.children(IDENTIFY_PERSON)?))
        .transpose()?;
    parts.finish()?;
    Ok(Verification { card, person })
}

fn person_data(mut parts: Children<'_>) -> Result<PersonData, Violation> {
    let last_name = name(parts.required("LastName")?)?;
    let given_names = given_names(&mut parts)?;
    let birth_date = parts.required("BirthDate")?.value(facets::incomplete_date)?;
    parts.finish()?;
    Ok(PersonData {
        last_name,
        given_names,
        birth_date,
    })
}

/// `FirstName` and `MiddleName`, word by word.
fn given_names(parts: &mut Children<'_>) -> Result<Vec<String>, Violation> {
    let mut words = Vec::new();
    for element in ["FirstName", "MiddleName"] {
        if let Some(part) = parts.optional(element)? {
            words.extend(name(part)?.split(' ').map(str::to_owned));
        }
    }
    words.retain(|word| !word.is_empty());
    Ok(words)
}

/// White space collapsed.
fn name(part: Part<'_>) -> Result<String, Violation> {
    part.value(|text| {
        let words = text.split(crate::soap::is_space).filter(|word| !word.is_empty());
        Some(words.collect::<Vec<_>>().join(" "))
    })
}
