//! An item as a line that a person reads.
//!
//! Driven by shapes (a coded value, a name, a person, an address, a date, a time) and by a table of labels,
//! so an item that the schema did not have yet reads "Label: value" like the others. Technical attributes
//! (`Structure`, `Status`) and name codes are left to the fields.

mod labels;
mod shapes;

use relay_domain::Language;

use super::groups::{self, Group};
use crate::dates::push_date;
use crate::fields::date_value;
use crate::words::Words;
use crate::xml::Element;

/// The text of an item, made in `room`, which is used again for the next.
pub(super) fn render(
    item: Element<'_, '_>,
    group: Option<&'static Group>,
    language: Language,
    room: &mut String,
) -> String {
    room.clear();
    let mut line = Line {
        text: room,
        words: Words::of(language),
        language,
    };
    if group.is_some_and(|group| group.number == "000")
        && let Some(number) = item.child("NationalNumber")
    {
        line.person(Some(number), None);
        return line.text.clone();
    }
    if item.is_leaf() {
        line.text.push_str(item.text());
        return line.text.clone();
    }
    // Since and until have columns of their own.
    line.parts(item, &["Date", "DelDate"]);
    if line.text.is_empty() {
        // A date is all that some types say.
        if let Some(date) = item.child("Date").and_then(date_value) {
            push_date(line.text, &date, line.language);
        }
    }
    line.text.clone()
}

/// What a field is called, from its path (`Name/FirstName[2]/Label`): the labels of the elements that it leads through, as
/// far as they have one in the four languages, else their names as words. An attribute is called by its name.
///
/// ```
/// use relay_cbss::tx25::field_label;
/// use relay_domain::Language;
///
/// assert_eq!(field_label("Address/ZipCode", Language::De), "Postleitzahl");
/// assert_eq!(field_label("ForfeitureDate", Language::Fr), "déchéance le");
/// assert_eq!(field_label("BrandNew[2]/@Kind", Language::En), "Brand new 2, Kind");
/// ```
#[must_use]
pub fn field_label(path: &str, language: Language) -> String {
    let mut label = String::new();
    let mut parent = "";
    for part in path.split('/').filter(|part| !matches!(*part, "." | "..")) {
        let (name, number) = part
            .trim_start_matches('@')
            .split_once('[')
            .map_or((part.trim_start_matches('@'), ""), |(name, number)| {
                (name, number.trim_end_matches(']'))
            });
        let known = if part.starts_with('@') {
            None
        } else {
            labels::label(parent, name)
        };
        let word = match known {
            Some(labels) => labels[groups::index(language)].to_owned(),
            None => groups::words(name).into_owned(),
        };
        parent = name;
        if word.is_empty() {
            continue;
        }
        for piece in [if label.is_empty() { "" } else { ", " }, &word] {
            label.push_str(piece);
        }
        if !number.is_empty() {
            label.push(' ');
            label.push_str(number);
        }
    }
    label
}

struct Line<'r> {
    text: &'r mut String,
    words: &'static Words,
    language: Language,
}

impl Line<'_> {
    /// All children, separated by commas, except those named; how many there were to show, and whether any
    /// of them needed a label.
    fn parts(&mut self, element: Element<'_, '_>, except: &[&str]) -> (usize, bool) {
        let parent = element.name();
        let mut shown = usize::from(self.coded(element));
        let mut labelled = false;
        let person = shapes::person(element);
        let mut person_shown = false;
        for child in element.elements() {
            let name = child.name();
            if except.contains(&name) || shapes::is_code_part(child) {
                continue;
            }
            let part = if person.is_some() && shapes::is_person_part(child) {
                if std::mem::replace(&mut person_shown, true) {
                    continue;
                }
                self.part(parent, "person", &|line: &mut Self| {
                    let (number, name) = person.unwrap_or_default();
                    line.person(number, name);
                })
            } else {
                self.part(parent, name, &|line: &mut Self| line.value(parent, child))
            };
            if let Some(part_labelled) = part {
                shown += 1;
                labelled |= part_labelled;
            }
        }
        (shown, labelled)
    }

    /// `label: value`, and whether it has a label; none for a value that is empty, which leaves no label
    /// behind either, unless being there is what it says.
    fn part(&mut self, parent: &str, key: &str, value: &dyn Fn(&mut Self)) -> Option<bool> {
        let start = self.text.len();
        self.separate();
        let label_start = self.text.len();
        let known = labels::label(parent, key);
        match known {
            Some(labels) => self.text.push_str(labels[groups::index(self.language)]),
            None => self.text.push_str(&groups::words(key)),
        }
        let label_end = self.text.len();
        let labelled = label_end > label_start;
        if labelled {
            // "no. 12", and not "no.: 12".
            self.text.push_str(if self.text.ends_with(['.', '°']) {
                " "
            } else {
                ": "
            });
        }
        let value_start = self.text.len();
        value(self);
        if self.text.len() > value_start {
            return Some(labelled);
        }
        let speaks = labelled && (shapes::speaks_by_being_there(key) || known.is_none());
        self.text.truncate(if speaks { label_end } else { start });
        speaks.then_some(true)
    }

    fn separate(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with([' ', '(']) {
            self.text.push_str(", ");
        }
    }

    /// A value without its label.
    fn value(&mut self, parent: &str, element: Element<'_, '_>) {
        if let Some(date) = date_value(element) {
            push_date(self.text, &date, self.language);
            if let Some(graphic) = element.child_text("Graphic") {
                self.separate();
                self.text.push_str(graphic);
            }
        } else if element.is_leaf() {
            self.text
                .push_str(self.words.decoded(parent, element.name(), element.text()));
        } else if shapes::is_time(element) {
            shapes::push_time(self.text, element);
        } else if shapes::is_address(element) {
            self.address(element);
        } else if shapes::is_name(element) {
            shapes::push_name(self.text, element);
        } else if element.name() == "NationalNumber" {
            self.person(Some(element), None);
        } else {
            self.nested(element);
        }
    }

    /// A value made of several: in brackets when its parts have labels of their own, so that they stay
    /// together.
    fn nested(&mut self, element: Element<'_, '_>) {
        let start = self.text.len();
        let behind_label = self.text.ends_with(": ");
        let (shown, labelled) = self.parts(element, &[]);
        if shown > 1 && labelled && behind_label {
            self.text.insert(start, '[');
            self.text.push(']');
        }
    }

    /// `Label (Code)`, or the code where there is no label: labels are optional. Whether there was anything.
    fn coded(&mut self, element: Element<'_, '_>) -> bool {
        let parts = |name| {
            element
                .elements()
                .filter(move |e| e.name() == name && shapes::is_code_part(*e) && !e.text().is_empty())
        };
        let start = self.text.len();
        self.separate();
        let value_start = self.text.len();
        // More than one label: one per language.
        for (index, label) in parts("Label").enumerate() {
            self.text.push_str(if index > 0 { " / " } else { "" });
            self.text.push_str(label.text());
        }
        let labelled = self.text.len() > value_start;
        for (index, code) in parts("Code").enumerate() {
            self.text.push_str(match (labelled, index) {
                (true, 0) => " (",
                (false, 0) => "",
                _ => ", ",
            });
            let code = if labelled {
                code.text()
            } else {
                self.words.decoded(element.name(), "Code", code.text())
            };
            self.text.push_str(code);
        }
        if labelled && parts("Code").next().is_some() {
            self.text.push(')');
        }
        let some = self.text.len() > value_start;
        if !some {
            self.text.truncate(start);
        }
        some
    }

    /// `Last, First (number, sex, born on date)`.
    fn person(&mut self, number: Option<Element<'_, '_>>, name: Option<Element<'_, '_>>) {
        let start = self.text.len();
        if let Some(name) = name {
            shapes::push_name(self.text, name);
        }
        let Some(number) = number else { return };
        let named = self.text.len() > start;
        let before = self.text.len();
        self.text.push_str(if named { " (" } else { "" });
        let facts = self.text.len();
        self.text
            .push_str(number.child_text("NationalNumber").unwrap_or_default());
        let bracket = !named && self.text.len() > facts;
        let digits_end = self.text.len();
        let mut more = 0;
        let date = number
            .child("Date")
            .and_then(date_value)
            .filter(|date| !date.is_empty());
        if let Some(sex) = number.child_text("Sex") {
            self.text.push_str(if bracket {
                " ("
            } else if digits_end > facts {
                ", "
            } else {
                ""
            });
            self.text.push_str(self.words.decoded("", "Sex", sex));
            more += 1;
        }
        if let Some(date) = date {
            self.text.push_str(match (more, bracket, digits_end > facts) {
                (0, true, _) => " (",
                (0, false, false) => "",
                _ => ", ",
            });
            self.text.push_str(self.words.born);
            self.text.push(' ');
            push_date(self.text, &date, self.language);
            more += 1;
        }
        if bracket && more > 0 {
            self.text.push(')');
        }
        if named {
            if self.text.len() > facts {
                self.text.push(')')
            } else {
                self.text.truncate(before)
            }
        }
    }

    /// `Street 12 box 3, 4700`; a municipality is named by other types.
    fn address(&mut self, address: Element<'_, '_>) {
        let start = self.text.len();
        if let Some(street) = address.child("Street") {
            let label = street
                .elements()
                .filter(|e| matches!(e.name(), "Label" | "Graphic") && !e.text().is_empty());
            for (index, label) in label.enumerate() {
                self.text.push_str(if index > 0 { " / " } else { "" });
                self.text.push_str(label.text());
            }
            if self.text.len() == start {
                // No label: the code, or whatever else is there.
                self.text
                    .push_str(street.child_text("Code").unwrap_or_else(|| street.text()));
            }
        }
        if let Some(number) = address.child_text("HouseNumber") {
            self.text.push_str(if self.text.len() > start { " " } else { "" });
            self.text.push_str(number);
        }
        if let Some(mail_box) = address.child_text("Box") {
            self.text.push_str(if self.text.len() > start { " " } else { "" });
            self.text.push_str(self.words.mail_box);
            self.text.push(' ');
            self.text.push_str(mail_box);
        }
        if let Some(code) = address.child_text("ZipCode") {
            self.text
                .push_str(if self.text.len() > start { ", " } else { "" });
            self.text.push_str(code);
        }
    }
}
