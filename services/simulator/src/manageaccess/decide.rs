//! Whether the business takes a request: is the number one in force, and does the proof hold?

use super::reply::{Finding, Severity};
use super::request::{PersonData, Request};
use crate::population::{Found, Person, Population, Ssin};

/// Made up, like all reason codes here.
const WRONG_CHECK_DIGITS: &str = "31001004";
const UNKNOWN: &str = "31001001";
const REPLACED: &str = "31001002";
const CANCELLED: &str = "31001003";
/// After the warning 22007007 of IdentifyPerson, which says the same.
const NO_MATCH: &str = "32007007";

/// Refuses with what the reply says.
pub(super) fn decide(population: &Population, request: &Request) -> Result<(), Finding> {
    let asked = ("SSIN", request.ssin.clone());
    let Ok(ssin) = request.ssin.parse::<Ssin>() else {
        return Err(error(WRONG_CHECK_DIGITS, "The SSIN is not valid.", vec![asked]));
    };
    let person = match population.find(ssin) {
        None => return Err(error(UNKNOWN, "The SSIN does not exist.", vec![asked])),
        Some(Found::Cancelled) => return Err(error(CANCELLED, "The SSIN was cancelled.", vec![asked])),
        Some(Found::Replaced(person)) => {
            let information = vec![asked, ("New SSIN", person.ssin.to_string())];
            return Err(error(REPLACED, "The SSIN was replaced.", information));
        }
        Some(Found::Person(person)) => person,
    };
    match &request.person {
        Some(data) if !is_of(data, person) => Err(error(
            NO_MATCH,
            "The proof of authentication does not match the person.",
            vec![asked],
        )),
        Some(_) | None => Ok(()),
    }
}

fn error(code: &'static str, diagnostic: &'static str, information: Vec<(&'static str, String)>) -> Finding {
    Finding {
        severity: Severity::Error,
        code: code.into(),
        diagnostic: diagnostic.into(),
        information,
    }
}

fn is_of(data: &PersonData, person: &Person) -> bool {
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let last_name = data.last_name.split_whitespace().collect::<Vec<_>>().join(" ");
    let first_names_match = data.first_name.iter().all(|given| {
        given
            .split_whitespace()
            .all(|word| person.first_names.iter().any(|name| same(name, word)))
    });
    let born = person.born.to_string();
    let birth_date_matches = data
        .birth_date
        .split('-')
        .zip(born.split('-'))
        .all(|(given, own)| given == "00" || given == own);
    same(&last_name, person.last_name) && first_names_match && birth_date_matches
}
