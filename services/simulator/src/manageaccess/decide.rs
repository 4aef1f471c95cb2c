//! Whether the business takes a request: is the number one in force, and does the proof hold?

use super::request::{PersonData, Request};
use crate::connector::{Finding, Severity, in_force};
use crate::population::{Person, Population};

/// Made up, after the warning 22007007 of IdentifyPerson, which says the same.
const NO_MATCH: &str = "32007007";

/// Refuses with what the reply says.
pub(super) fn decide(population: &Population, request: &Request) -> Result<(), Finding> {
    let person = in_force(population, &request.ssin)?;
    match &request.person {
        Some(data) if !is_of(data, person) => Err(Finding::new(
            Severity::Error,
            NO_MATCH,
            "The proof of authentication does not match the person.",
            vec![("SSIN", request.ssin.clone())],
        )),
        Some(_) | None => Ok(()),
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
