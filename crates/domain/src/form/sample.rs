//! Forms by chance, for tests and fuzzers: anything that a table allows, its limits more often than not.

use super::{Form, Given, GivenValue, Group, Holds, Part, Rule, Simple, operations};
use crate::language::Language;
use crate::service::Service;

/// Where chance comes from: a number below the given one.
pub type Chance<'c> = &'c mut dyn FnMut(u32) -> u32;

/// What is hard to carry: XML's own characters, quotes, characters outside the basic plane, letters that combine.
const HARD: [char; 16] = [
    '<',
    '>',
    '&',
    '"',
    '\'',
    ']',
    'é',
    'ß',
    'Ł',
    '\u{301}',
    '\u{1f600}',
    '\u{10348}',
    '\u{200b}',
    '-',
    ' ',
    '7',
];

/// Belongs to nobody: born in the 2080s.
const SSINS: [&str; 3] = ["80010100136", "81020300203", "82123199705"];

/// A form of the service that fits its table.
#[must_use]
pub fn any(service: Service, chance: Chance<'_>) -> Option<Form> {
    let operations = operations(service)?;
    let operation = operations.get(pick(operations.len(), chance))?;
    let mut given = Vec::new();
    fill(&operation.content, chance, &mut given);
    let language = Language::ALL.get(pick(Language::ALL.len(), chance)).copied()?;
    Some(Form::new(service, operation.name, given, language))
}

fn pick(count: usize, chance: Chance<'_>) -> usize {
    usize::try_from(chance(u32::try_from(count).unwrap_or(u32::MAX))).unwrap_or_default()
}

fn fill(group: &Group, chance: Chance<'_>, given: &mut Vec<Given>) {
    for part in group.parts_in_message() {
        for _ in 0..count(part, chance) {
            given.push(one(part, chance));
        }
    }
    for rule in group.rules {
        keep(rule, group, chance, given);
    }
}

fn count(part: &Part, chance: Chance<'_>) -> u8 {
    match chance(8) {
        0 => part.least,
        // So many of each part of each part would be too much.
        1 if part.most <= 17 => part.most,
        _ => part.least.max(u8::from(chance(2) == 0)),
    }
}

fn one(part: &Part, chance: Chance<'_>) -> Given {
    let value = match &part.holds {
        Holds::Group(inner) => {
            let mut parts = Vec::new();
            fill(inner, chance, &mut parts);
            GivenValue::Parts(parts)
        }
        Holds::Value(simple) => GivenValue::Text(text(simple, chance)),
        // Not in messages.
        Holds::OwnNumber => GivenValue::Text(String::new()),
    };
    Given {
        name: part.name.to_owned(),
        value,
    }
}

fn text(simple: &Simple, chance: Chance<'_>) -> String {
    match simple {
        Simple::Text { least, most, .. } => {
            let length = match chance(3) {
                0 => *least,
                1 => *most,
                _ => (*least).max((*most).min(12)),
            };
            let mut text: String = (0..length).map(|_| HARD[pick(HARD.len(), chance)]).collect();
            // Blanks alone say nothing.
            if text.trim().is_empty() {
                text = "x".repeat(usize::from(length));
            }
            text
        }
        Simple::Digits { most, .. } => (0..1 + chance(u32::from(*most)))
            .map(|_| char::from(b'0' + u8::try_from(chance(10)).unwrap_or_default()))
            .collect(),
        Simple::OneOf { words, .. } => words[pick(words.len(), chance)].to_owned(),
        Simple::Integer { least, most, .. } => match chance(3) {
            0 => least.to_string(),
            1 => most.to_string(),
            _ => (least + i32::try_from(chance(most.abs_diff(*least))).unwrap_or_default()).to_string(),
        },
        Simple::Decimal => ["0", "999999.99", "12.5", "100"][pick(4, chance)].to_owned(),
        Simple::Flag | Simple::FlagAsNumber => ["true", "false"][pick(2, chance)].to_owned(),
        Simple::Date { .. } | Simple::DateOrToday => {
            format!(
                "20{:02}-{:02}-{:02}",
                2 + chance(90),
                1 + chance(12),
                1 + chance(28)
            )
        }
        Simple::IncompleteDate => [
            "2080-00-00",
            "2081-02-00",
            "2082-12-31",
            "1000-01-01",
            "2999-12-31",
        ][pick(5, chance)]
        .to_owned(),
        Simple::Month => format!("20{:02}-{:02}", 2 + chance(90), 1 + chance(12)),
        Simple::Ssin => SSINS[pick(SSINS.len(), chance)].to_owned(),
    }
}

fn keep(rule: &Rule, group: &Group, chance: Chance<'_>, given: &mut Vec<Given>) {
    match rule {
        Rule::SomeOf(names) => {
            if given.iter().any(|given| names.contains(&given.name.as_str())) {
                return;
            }
            let name = names[pick(names.len(), chance)];
            let parts = group.parts_in_message();
            if let Some(place) = parts.iter().position(|part| part.name == name) {
                // In the table's order.
                let earlier = |given: &&Given| parts[..place].iter().any(|part| part.name == given.name);
                let at = given.iter().filter(earlier).count();
                given.insert(at, one(parts[place], chance));
            }
        }
        Rule::SomeTrue(names) => {
            let name = names[pick(names.len(), chance)];
            for given in given.iter_mut().filter(|given| given.name == name) {
                given.value = GivenValue::Text("true".to_owned());
            }
        }
        Rule::InOrder(first, last) => {
            let place = |given: &[Given], name: &str| given.iter().position(|given| given.name == name);
            let Some((first, last)) = place(given, first).zip(place(given, last)) else {
                return;
            };
            if let (GivenValue::Text(one), GivenValue::Text(other)) =
                (&given[first].value, &given[last].value)
                && other < one
            {
                let swapped = (given[last].value.clone(), given[first].value.clone());
                (given[first].value, given[last].value) = swapped;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssin::{Ssin, SsinCheck};

    #[test]
    fn the_numbers_have_valid_check_digits() {
        for ssin in SSINS {
            assert!(Ssin::parse(ssin, SsinCheck::Error).is_ok(), "{ssin}");
        }
    }
}
