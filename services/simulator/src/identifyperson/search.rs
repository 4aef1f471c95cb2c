//! Who sounds like that, and was born about then.

use time::{Date, Month};

use super::request::Criteria;
use crate::population::{Person, Population};
use crate::register::Day;

/// Everybody whom the criteria fit, the oldest first.
pub(super) fn search<'p>(population: &'p Population, criteria: &Criteria) -> Vec<&'p Person> {
    let last_name = sound(&criteria.last_name);
    let given_names: Vec<String> = criteria.given_names.iter().map(|name| sound(name)).collect();
    let fits = |person: &&Person| {
        let has_name = |wanted: &String| person.first_names.iter().any(|name| sound(name) == *wanted);
        let gender = criteria.gender.filter(|gender| *gender != 0);
        gender.is_none_or(|gender| gender.to_string() == person.sex.digit())
            && born_about(person.born, &criteria.birth_date, criteria.tolerance.unwrap_or(0))
            && sound(person.last_name) == last_name
            && given_names.iter().all(has_name)
    };
    let mut found: Vec<&Person> = population.people().iter().filter(fits).collect();
    found.sort_by_key(|person| (person.born, person.ssin));
    found
}

/// What is heard of a name: its first letter (any vowel is the same one), then the groups of its consonants, each once
/// where it is heard twice in a row. Accents, spaces and signs are not heard.
pub(super) fn sound(name: &str) -> String {
    let mut heard = String::new();
    let mut before = None;
    for letter in name.chars().flat_map(char::to_uppercase).filter_map(plain) {
        let group = group(letter);
        match group {
            Some(group) if before != Some(group) => heard.push(group),
            None if heard.is_empty() => heard.push('A'),
            Some(_) | None => {}
        }
        before = group;
    }
    heard
}

/// The letter without its accent; none for what is no letter of the alphabet.
fn plain(letter: char) -> Option<char> {
    Some(match letter {
        'A'..='Z' => letter,
        'À'..='Æ' => 'A',
        'Ç' => 'C',
        'È'..='Ë' => 'E',
        'Ì'..='Ï' => 'I',
        'Ñ' => 'N',
        'Ò'..='Ö' | 'Ø' => 'O',
        'Ù'..='Ü' => 'U',
        'Ý' => 'Y',
        'Ł' => 'L',
        _ => return None,
    })
}

/// The group of a consonant; vowels, and what is hardly heard, have none.
fn group(letter: char) -> Option<char> {
    match letter {
        'B' | 'F' | 'P' | 'V' | 'W' => Some('1'),
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => Some('2'),
        'D' | 'T' => Some('3'),
        'L' => Some('4'),
        'M' | 'N' => Some('5'),
        'R' => Some('6'),
        _ => None,
    }
}

/// Is the birth within the tolerance, which counts what the date is precise to? The date has the shape of a date.
pub(super) fn born_about(born: Day, date: &str, tolerance: i64) -> bool {
    let mut numbers = date.split('-').map(|part| part.parse::<i64>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let (year, month, day) = (next(), next(), next());
    let (own_year, own_month) = (i64::from(born.year), i64::from(born.month));
    let apart = match (month, day) {
        (0, _) => year - own_year,
        (_, 0) => (year - own_year) * 12 + month - own_month,
        _ => match (
            day_number(year, month, day),
            day_number(own_year, own_month, i64::from(born.day)),
        ) {
            (Some(one), Some(other)) => one - other,
            (None, _) | (_, None) => return false,
        },
    };
    apart.abs() <= tolerance
}

/// Days since a day long ago; none for a month that no calendar has. A day that the month does not have counts as its
/// last one.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = i32::try_from(year).ok()?;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let day = u8::try_from(day).ok()?.min(month.length(year));
    let date = Date::from_calendar_date(year, month, day).ok()?;
    Some(i64::from(date.to_julian_day()))
}
