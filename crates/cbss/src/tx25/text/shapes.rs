//! The shapes that values come in, and the words that go with them.

use crate::words::Words;
use crate::xml::Element;

impl Words {
    /// A value of one of the few code lists that the schema itself explains; any other as it is.
    pub(crate) fn decoded<'v>(&self, parent: &str, name: &str, value: &'v str) -> &'v str
    where
        Self: 'static,
    {
        let list = match (parent, name) {
            (_, "Sex") | ("Gender", "Code") => [("1", self.sexes[0]), ("2", self.sexes[1])],
            (_, "Fusion") => [("0", self.no_yes[0]), ("1", self.no_yes[1])],
            ("Residences", "Language") => [("1", self.languages[0]), ("2", self.languages[1])],
            _ => return value,
        };
        list.into_iter()
            .find(|(code, _)| *code == value)
            .map_or(value, |(_, word)| word)
    }
}

/// The number and the name of the person that an element describes by both, or by a number with more than
/// digits.
pub(super) fn person<'t, 'a>(
    element: Element<'t, 'a>,
) -> Option<(Option<Element<'t, 'a>>, Option<Element<'t, 'a>>)> {
    let number = element.child("NationalNumber").filter(|number| !number.is_leaf());
    let name = element.child("Name").filter(|name| is_name(*name));
    (number.is_some() || name.is_some()).then_some((number, name))
}

/// One of the two parts that [`person`] puts together; a repeated one is on its own.
pub(super) fn is_person_part(element: Element<'_, '_>) -> bool {
    element.number() == 1
        && match element.name() {
            "NationalNumber" => !element.is_leaf(),
            "Name" => is_name(element),
            _ => false,
        }
}

/// Is it a code or a label of the element that it is in?
pub(super) fn is_code_part(element: Element<'_, '_>) -> bool {
    matches!(element.name(), "Code" | "Label") && element.is_leaf()
}

pub(super) fn is_name(element: Element<'_, '_>) -> bool {
    let mut parts = element.elements().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part.name(), "LastName" | "FirstName"))
}

/// `Last Last, First First`, by labels; by codes where a label is missing.
pub(super) fn push_name(text: &mut String, name: Element<'_, '_>) {
    let start = text.len();
    let mut firsts = false;
    for kind in ["LastName", "FirstName"] {
        for part in name.elements().filter(|part| part.name() == kind) {
            let word = part
                .child_text("Label")
                .or_else(|| part.child_text("Code"))
                .unwrap_or_else(|| part.text());
            if word.is_empty() {
                continue;
            }
            if text.len() > start {
                text.push_str(if kind == "FirstName" && !std::mem::replace(&mut firsts, true) {
                    ", "
                } else {
                    " "
                });
            }
            firsts |= kind == "FirstName";
            text.push_str(word);
        }
    }
}

pub(super) fn is_address(element: Element<'_, '_>) -> bool {
    let mut parts = element.elements().peekable();
    parts.peek().is_some() && parts.all(|p| matches!(p.name(), "ZipCode" | "Street" | "HouseNumber" | "Box"))
}

pub(super) fn is_time(element: Element<'_, '_>) -> bool {
    element.name() == "Time"
        && element
            .elements()
            .all(|p| matches!(p.name(), "HH" | "MM" | "SS" | "Graphic"))
}

/// `HH:MM:SS`, as far as it is known, then the register's own words.
pub(super) fn push_time(text: &mut String, time: Element<'_, '_>) {
    let start = text.len();
    for part in ["HH", "MM", "SS"]
        .into_iter()
        .map_while(|name| time.child_text(name))
    {
        text.push_str(if text.len() > start { ":" } else { "" });
        text.push_str(part);
    }
    if let Some(graphic) = time.child_text("Graphic") {
        text.push_str(if text.len() > start { " " } else { "" });
        text.push_str(graphic);
    }
}

/// Elements of IT206 that are empty and mean something.
pub(super) fn speaks_by_being_there(name: &str) -> bool {
    matches!(name, "Escape" | "UnrestrictedStay" | "ApplicationRenounced")
}
