//! What a person reads of a record, after the table of kinds.

use relay_domain::Language;

use super::kinds::{Kind, Names, Part, Show};
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
        if !label.is_empty() {
            text.push_str(label);
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
            let mut date = String::with_capacity(10);
            push_date(&mut date, at(record, part.path)?.text(), language);
            date
        }
        Show::Gender => match at(record, part.path)?.text() {
            "1" => Words::of(language).sexes[0].to_owned(),
            "2" => Words::of(language).sexes[1].to_owned(),
            "0" => String::new(),
            other => other.to_owned(),
        },
        Show::CivilState => civil_state(at(record, part.path)?.text(), language).to_owned(),
    };
    (!value.is_empty()).then_some(value)
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
