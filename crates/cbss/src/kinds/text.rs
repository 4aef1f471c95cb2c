//! What a person reads of a record, after the table of kinds.

use relay_domain::Language;

use super::{Kind, Names, Part, Show, day_or_month};
use crate::dates::push_date;
use crate::identify_person::civil_state;
use crate::words::Words;
use crate::xml::Element;

/// The name in that language.
pub(super) fn name(names: &Names, language: Language) -> &'static str {
    match language {
        Language::Nl => names[0],
        Language::Fr => names[1],
        Language::De => names[2],
        Language::En => names[3],
    }
}

/// The line.
pub(super) fn render(kind: &Kind, record: Element<'_, '_>, language: Language) -> String {
    let mut text = String::with_capacity(96);
    for part in kind.parts {
        let Some(value) = shown(part, record, language) else {
            continue;
        };
        if !text.is_empty() {
            text.push_str(part.before);
        }
        let label = name(&part.label, language);
        text.push_str(label);
        if !label.is_empty() && !value.is_empty() {
            text.push(' ');
        }
        text.push_str(&value);
    }
    text
}

/// The value as it is shown; nothing where it is not there.
fn shown(part: &Part, record: Element<'_, '_>, language: Language) -> Option<String> {
    let value = match part.show {
        Show::Place => place(at(record, part.path)?, language),
        Show::Value => at(record, part.path)?.text().to_owned(),
        Show::Date => {
            let value = at(record, part.path)?.text();
            let mut date = String::with_capacity(10);
            match day_or_month(value) {
                Some(day) => push_date(&mut date, &day, language),
                None => date.push_str(value),
            }
            date
        }
        Show::Gender => match at(record, part.path)?.text() {
            "1" => Words::of(language).sexes[0].to_owned(),
            "2" => Words::of(language).sexes[1].to_owned(),
            "0" => String::new(),
            other => other.to_owned(),
        },
        Show::Attribute => record
            .attribute(part.path.trim_start_matches('@'))
            .unwrap_or_default()
            .to_owned(),
        Show::Presence => {
            let there = at(record, part.path).is_some();
            return there.then(String::new);
        }
        Show::Flag => match at(record, part.path)?.text() {
            "false" | "0" => Words::of(language).no_yes[0].to_owned(),
            "true" | "1" => Words::of(language).no_yes[1].to_owned(),
            other => other.to_owned(),
        },
        Show::Word(words) => {
            let word = at(record, part.path)?.text();
            let known = words.iter().find(|(known, _)| *known == word);
            known.map_or(word, |(_, names)| name(names, language)).to_owned()
        }
        Show::Cents => hundredths(at(record, part.path)?.text(), " EUR", language),
        Show::Percentage => hundredths(at(record, part.path)?.text(), " %", language),
        Show::All => all(record, part.path),
        Show::CivilState => civil_state(at(record, part.path)?.text(), language).to_owned(),
    };
    (!value.is_empty()).then_some(value)
}

/// A number of hundredths with two decimals; as it came where it is no such number.
fn hundredths(text: &str, unit: &str, language: Language) -> String {
    let Ok(number) = text.parse::<u64>() else {
        return text.to_owned();
    };
    let point = match language {
        Language::Nl | Language::Fr | Language::De => ',',
        Language::En => '.',
    };
    format!("{}{point}{:02}{unit}", number / 100, number % 100)
}

/// What the elements of that path say, in their order.
fn all(record: Element<'_, '_>, path: &str) -> String {
    let (holder, name) = path.rsplit_once('/').unwrap_or((".", path));
    let Some(holder) = at(record, holder) else {
        return String::new();
    };
    let said: Vec<String> = holder
        .elements()
        .filter(|element| element.name() == name)
        .map(|element| {
            let inside: Vec<&str> = element.elements().map(Element::text).collect();
            if inside.is_empty() {
                element.text().to_owned()
            } else {
                inside.join(":")
            }
        })
        .filter(|text| !text.is_empty())
        .collect();
    said.join(", ")
}

/// The element at a path.
fn at<'t, 'a>(record: Element<'t, 'a>, path: &str) -> Option<Element<'t, 'a>> {
    if path == "." {
        return Some(record);
    }
    path.split('/')
        .try_fold(record, |element, name| element.child(name))
}

/// `LocationType`: the description in the reader's language, else the first one, else the code.
fn place(location: Element<'_, '_>, language: Language) -> String {
    let descriptions = || {
        location
            .elements()
            .filter(|element| element.name() == "Description" && !element.text().is_empty())
    };
    descriptions()
        .find(|description| description.attribute("lang") == Some(language.as_str()))
        .or_else(|| descriptions().next())
        .map(Element::text)
        .or_else(|| location.child_text("Code"))
        .unwrap_or_default()
        .to_owned()
}
