//! IdentifyPerson: the person of a number, or everybody whose name sounds like a given one.
//!
//! It is reached through [`crate::connector`], which says what refuses a message. A search by number takes no phonetic
//! criteria: they are passed over, with the warning 21007001. Verification data without a number are passed over in
//! silence. In a result of severity `ERROR` the service's own part is missing:
//!
//! * 31000007: neither number nor criteria; verification data without any part; no last name.
//! * 31009001: an incomplete birth date without a tolerance.
//! * The codes for numbers that are not in force, which are those of [`crate::manageaccess`].
//!
//! Verification holds when one of its parts does, exactly: 12007001, and more is told (`Extended`). Otherwise 22007007,
//! and nothing but what is told without any (`Basic`). Card numbers always hold: no cards are known here. Names must be
//! the person's in any case of letters, each word of first and middle name one of the first names, the birth date the
//! same; an incomplete one is nobody's here.
//!
//! A name sounds like another when its consonants are alike: see `search`. With first or middle names, each word of
//! them must sound like one of the person's first names. Gender 0 is everybody's. The tolerance counts days, months or
//! years, after the precision of the birth date; without one it is 0. At most `Maximum` people are told, 80 without it,
//! in the order of their birth. Nobody found is a good result without `SearchResults`.
//!
//! What is told agrees with the person's file in [`crate::register`]. What is not public was made up: what sounds alike,
//! the order, that nothing is said of people beyond the maximum, the date of death.

mod reply;
pub(crate) mod request;
mod search;

use self::request::{Criteria, Request, Verification};
use crate::connector::{Finding, LACKING, Outcome, Severity, in_force};
use crate::exchange::Context;
use crate::population::{Person, Population};

/// Namespace of this service's own part.
pub const IDENTIFY_PERSON: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/IdentifyPerson";

/// `ServiceId`.
pub const SERVICE_ID: &str = "OCMWCPASIdentifyPerson";
/// `Version`.
pub const VERSION: &str = "20050930";

/// How many people are told without a `Maximum`: the highest that it may be.
const MOST: usize = 80;

const NO_TOLERANCE: &str = "31009001";
const CRITERIA_PASSED_OVER: &str = "21007001";
const NO_MATCH: &str = "22007007";
const VALIDATED: &str = "12007001";

/// A person who is told of, and whether all of it is.
struct Told<'p> {
    person: &'p Person,
    extended: bool,
}

/// Looks people up.
pub(crate) fn answer(request: &Request, context: &Context) -> Outcome {
    context.call.execute();
    let population = &context.simulator.population;
    let mut findings = Vec::new();
    let told = match find(population, request, &mut findings) {
        Ok(told) => told,
        Err(error) => {
            findings.push(error);
            return Outcome {
                findings,
                content: None,
            };
        }
    };
    Outcome {
        findings,
        content: Some(reply::content(population, &told)),
    }
}

fn find<'p>(
    population: &'p Population,
    request: &Request,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Told<'p>>, Finding> {
    match (&request.ssin, &request.criteria) {
        (None, None) => Err(lacking("Search Criteria")),
        (Some(ssin), criteria) => {
            if criteria.is_some() {
                findings.push(Finding::new(
                    Severity::Warning,
                    CRITERIA_PASSED_OVER,
                    "There is an SSIN, so the phonetic criteria are passed over.",
                    Vec::new(),
                ));
            }
            if request.verification.as_ref().is_some_and(Verification::is_empty) {
                return Err(lacking("Verification Data"));
            }
            let person = in_force(population, ssin)?;
            let holds = request
                .verification
                .as_ref()
                .map(|verification| verification.holds(person));
            findings.extend(holds.map(verdict));
            let extended = holds == Some(true);
            Ok(vec![Told { person, extended }])
        }
        (None, Some(criteria)) => {
            check(criteria)?;
            let found = search::search(population, criteria);
            let most = criteria.maximum.map_or(MOST, usize::from);
            let told = found.into_iter().take(most);
            Ok(told
                .map(|person| Told {
                    person,
                    extended: false,
                })
                .collect())
        }
    }
}

fn check(criteria: &Criteria) -> Result<(), Finding> {
    if criteria.last_name.is_empty() {
        return Err(lacking("Phonetic Criteria: Last Name"));
    }
    if criteria.tolerance.is_none() && criteria.birth_date.ends_with("-00") {
        return Err(Finding::new(
            Severity::Error,
            NO_TOLERANCE,
            "An incomplete birth date needs a tolerance.",
            vec![
                ("Phonetic Criteria: Birth Date", criteria.birth_date.clone()),
                ("Phonetic Criteria: Birth Date Tolerance", String::new()),
            ],
        ));
    }
    Ok(())
}

fn lacking(what: &'static str) -> Finding {
    Finding::new(
        Severity::Error,
        LACKING,
        "Something mandatory is not there or empty.",
        vec![(what, String::new())],
    )
}

fn verdict(holds: bool) -> Finding {
    let (severity, code, diagnostic) = if holds {
        (
            Severity::Information,
            VALIDATED,
            "The identity of the person is validated.",
        )
    } else {
        (
            Severity::Warning,
            NO_MATCH,
            "The verification data do not match the person.",
        )
    };
    Finding::new(severity, code, diagnostic, Vec::new())
}

#[cfg(test)]
mod tests;
