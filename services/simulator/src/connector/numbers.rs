//! Whose number it is.

use super::{Finding, Severity};
use crate::population::{Found, Person, Population, Ssin};

/// Made up, like most reason codes here.
const WRONG_CHECK_DIGITS: &str = "31001004";
const UNKNOWN: &str = "31001001";
const REPLACED: &str = "31001002";
const CANCELLED: &str = "31001003";

/// The person whose number in force it is; otherwise what the reply says.
pub(crate) fn in_force<'p>(population: &'p Population, number: &str) -> Result<&'p Person, Finding> {
    let asked = ("SSIN", number.to_owned());
    let error = |code, diagnostic, information| Finding::new(Severity::Error, code, diagnostic, information);
    let Ok(ssin) = number.parse::<Ssin>() else {
        return Err(error(WRONG_CHECK_DIGITS, "The SSIN is not valid.", vec![asked]));
    };
    match population.find(ssin) {
        None => Err(error(UNKNOWN, "The SSIN does not exist.", vec![asked])),
        Some(Found::Cancelled) => Err(error(CANCELLED, "The SSIN was cancelled.", vec![asked])),
        Some(Found::Replaced(person)) => {
            let information = vec![asked, ("New SSIN", person.ssin.to_string())];
            Err(error(REPLACED, "The SSIN was replaced.", information))
        }
        Some(Found::Person(person)) => Ok(person),
    }
}
