//! A record's content as fields, and the one value that a date group is.

use crate::reply::Field;
use crate::xml::{Element, Node, ParseError, ParseErrorKind, Scanner};

/// The parts of a date group, in the order in which they are written.
const DATE_PARTS: [&str; 4] = ["Century", "Year", "Month", "Day"];

/// What `add` collects, counted against the scanner's limit.
pub(crate) fn collect(
    scanner: &mut Scanner<'_>,
    add: impl FnOnce(&mut Collector<'_>) -> Option<()>,
) -> Result<Vec<Field>, ParseError> {
    let mut fields = Vec::with_capacity(8);
    let mut collector = Collector::new(&mut fields, scanner.text_left());
    let fits = add(&mut collector);
    let used = scanner.text_left() - collector.left();
    fits.ok_or_else(|| scanner.error(ParseErrorKind::TooMany))?;
    scanner.count_text(used)?;
    Ok(fields)
}

/// The fields of an item, in document order.
pub(crate) struct Collector<'f> {
    path: String,
    fields: &'f mut Vec<Field>,
    /// How many more bytes may be written: a long path is repeated for each of its leaves.
    left: usize,
}

impl<'f> Collector<'f> {
    /// Adds to `fields`, at most `left` bytes.
    pub(crate) fn new(fields: &'f mut Vec<Field>, left: usize) -> Self {
        Self {
            path: String::with_capacity(64),
            fields,
            left,
        }
    }

    /// How many more bytes may be written.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Adds what is in the element. None when there is too much.
    pub(crate) fn collect(&mut self, element: Element<'_, '_>, is_item: bool) -> Option<()> {
        self.attributes(element)?;
        if let Some(date) = date_value(element) {
            self.push_owned(date)?;
            return match element.child("Graphic") {
                Some(graphic) => self.descend(graphic),
                None => Some(()),
            };
        }
        let mut empty = true;
        for node in element.nodes() {
            empty = false;
            match node {
                Node::Element(child) => self.descend(child)?,
                Node::Text(text) => self.push(text)?,
            }
        }
        // An empty element says something by being there; an empty item says it with its row.
        if empty && !is_item {
            self.push("")
        } else {
            Some(())
        }
    }

    /// Adds what is in an element that holds records, the records excepted: those elements to which `records` leads,
    /// name by name. None when there is too much.
    pub(crate) fn around(&mut self, holder: Element<'_, '_>, records: &[&str]) -> Option<()> {
        self.around_all(holder, &[records])
    }

    /// The same, of records in several places.
    pub(crate) fn around_all(&mut self, holder: Element<'_, '_>, records: &[&[&str]]) -> Option<()> {
        self.attributes(holder)?;
        for node in holder.nodes() {
            let child = match node {
                Node::Element(child) => child,
                Node::Text(text) => {
                    self.push(text)?;
                    continue;
                }
            };
            let inside: Vec<&[&str]> = records
                .iter()
                .filter_map(|path| path.split_first())
                .filter(|(next, _)| child.name() == **next)
                .map(|(_, rest)| rest)
                .collect();
            if inside.is_empty() {
                self.descend(child)?;
            } else if inside.iter().all(|rest| !rest.is_empty()) {
                let here = self.path.len();
                self.enter("", child.name(), child.number());
                self.around_all(child, &inside)?;
                self.path.truncate(here);
            }
        }
        Some(())
    }

    fn attributes(&mut self, element: Element<'_, '_>) -> Option<()> {
        let here = self.path.len();
        for (name, value) in element.attributes() {
            self.enter("@", name, 1);
            self.push(value)?;
            self.path.truncate(here);
        }
        Some(())
    }

    /// Adds what is in the element, under its name. None when there is too much.
    pub(crate) fn descend(&mut self, child: Element<'_, '_>) -> Option<()> {
        let here = self.path.len();
        self.enter("", child.name(), child.number());
        self.collect(child, false)?;
        self.path.truncate(here);
        Some(())
    }

    fn enter(&mut self, mark: &str, name: &str, number: u32) {
        if !self.path.is_empty() {
            self.path.push('/');
        }
        self.path.push_str(mark);
        self.path.push_str(name);
        if number > 1 {
            use std::fmt::Write as _;
            // Writing to a string cannot fail.
            let _ = write!(self.path, "[{number}]");
        }
    }

    fn push(&mut self, value: &str) -> Option<()> {
        self.count(value)?;
        self.push_counted(value.to_owned());
        Some(())
    }

    fn push_owned(&mut self, value: String) -> Option<()> {
        self.count(&value)?;
        self.push_counted(value);
        Some(())
    }

    fn path(&self) -> &str {
        if self.path.is_empty() { "." } else { &self.path }
    }

    fn count(&mut self, value: &str) -> Option<()> {
        self.left = self.left.checked_sub(self.path().len() + value.len())?;
        Some(())
    }

    fn push_counted(&mut self, value: String) {
        let path = self.path().to_owned();
        self.fields.push(Field { path, value });
    }
}

/// `YYYY-MM-DD` of a date group (`DateType`, `FreeDateType`), `00` for parts that are missing or empty, the
/// rest as it came; an empty string for a group without any part. None if the element is no date group, or
/// holds more than one value can carry.
pub(crate) fn date_value(element: Element<'_, '_>) -> Option<String> {
    let mut parts: [Option<&str>; 4] = [None; 4];
    let mut elements = 0;
    for node in element.nodes() {
        let Node::Element(part) = node else { return None };
        elements += 1;
        if part.name() == "Graphic" && part.number() == 1 {
            continue;
        }
        let slot = &mut parts[DATE_PARTS.iter().position(|name| *name == part.name())?];
        // Two digits each, by the schema; what is longer is no part of a date, whatever it is called.
        if slot.is_some() || !part.is_leaf() || !part.attributes().is_empty() || part.text().len() > 2 {
            return None;
        }
        *slot = Some(part.text());
    }
    // A year alone is a date only where the name says so: a military class has a year as well.
    let named = element.name().contains("Date");
    if !(elements > 0 && (named && parts.iter().any(Option::is_some) || parts[0].is_some())) {
        return None;
    }
    if parts.iter().all(|part| part.unwrap_or_default().is_empty()) {
        return Some(String::new());
    }
    let mut date = String::with_capacity(10);
    for (between, part) in ["", "", "-", "-"].into_iter().zip(parts) {
        date.push_str(between);
        date.push_str(part.filter(|text| !text.is_empty()).unwrap_or("00"));
    }
    Some(date)
}
