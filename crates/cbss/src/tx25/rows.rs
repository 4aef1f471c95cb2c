//! The record of a person (`rrn_it_implicit`, `FileInfoType` of xm25.xsd) as rows.
//!
//! The record is an `xs:all` of containers. Most hold items, some are one; each item is a row. What the
//! schema does not know is read by the same rules, told apart by shape.

use std::borrow::Cow;
use std::collections::HashMap;

use relay_domain::Language;

use super::groups::{self, Group};
use super::text;
use crate::fields::{Collector, date_value};
use crate::reply::{Field, Row};
use crate::xml::{Element, Node, ParseError, Scanner, Token, Tree, collapse};

/// Reads the record that has just been opened and adds its rows.
///
/// Text and attributes of the record itself go to its first row (paths `../@Language`, or `../../@Language`
/// for items of a container). A record without any row has none to carry them, and they say nothing then.
pub(super) fn read_record<'a>(
    scanner: &mut Scanner<'a>,
    language: Language,
    rows: &mut Vec<Row>,
) -> Result<(), ParseError> {
    let mut reader = RecordReader {
        language,
        ordinals: HashMap::new(),
        record: Around::of(scanner),
        record_path: "../..",
        container: Around::default(),
        tree: Tree::default(),
        fields: Vec::with_capacity(32),
        line: String::with_capacity(256),
        rows,
    };
    loop {
        match scanner.next()? {
            Token::Start(name) => reader.read_container(scanner, name)?,
            Token::Text(text) => reader.record.add_text(text),
            Token::End | Token::Eof => break,
        }
    }
    // Text behind the last item: to the last row.
    if let Some(row) = reader.rows.last_mut() {
        reader.record.drain_into(reader.record_path, &mut row.fields);
    }
    Ok(())
}

/// What stands around items: attributes and text of the elements that hold them.
#[derive(Default)]
struct Around<'a> {
    attributes: Vec<(&'a str, Cow<'a, str>)>,
    texts: Vec<Cow<'a, str>>,
}

impl<'a> Around<'a> {
    /// The attributes of the element that has just been opened.
    fn of(scanner: &mut Scanner<'a>) -> Self {
        Self {
            // The scanner keeps its own room for the next.
            attributes: scanner.attributes().drain(..).collect(),
            texts: Vec::new(),
        }
    }

    fn add_text(&mut self, text: Cow<'a, str>) {
        let text = collapse(text);
        if !text.is_empty() {
            self.texts.push(text);
        }
    }

    fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.texts.is_empty()
    }

    fn drain_into(&mut self, path: &str, fields: &mut Vec<Field>) {
        for (name, value) in self.attributes.drain(..) {
            fields.push(Field {
                path: format!("{path}/@{name}"),
                value: value.into_owned(),
            });
        }
        for text in self.texts.drain(..) {
            fields.push(Field {
                path: path.to_owned(),
                value: text.into_owned(),
            });
        }
    }
}

struct RecordReader<'a, 'r> {
    language: Language,
    ordinals: HashMap<&'a str, u32>,
    record: Around<'a>,
    /// How the record is reached from the row that was added last.
    record_path: &'static str,
    container: Around<'a>,
    tree: Tree<'a>,
    /// Room to collect the fields of a row, and its text: what is kept of them is as large as it must be.
    fields: Vec<Field>,
    line: String,
    rows: &'r mut Vec<Row>,
}

/// A row's place: which container it is in, and whether it is that container.
#[derive(Clone, Copy)]
struct Place<'a> {
    name: &'a str,
    group: Option<&'static Group>,
    is_container: bool,
}

impl<'a> RecordReader<'a, '_> {
    fn read_container(&mut self, scanner: &mut Scanner<'a>, name: &'a str) -> Result<(), ParseError> {
        let group = groups::group(name);
        // The schema gives an information type to items only.
        let has_type = scanner.attributes().iter().any(|(name, _)| *name == "Type");
        let single = group.map_or(has_type, |group| group.single || has_type);
        if single {
            self.tree.read(scanner, name)?;
            return self.push_row(
                scanner,
                Place {
                    name,
                    group,
                    is_container: true,
                },
            );
        }
        if group.is_none() {
            return self.read_unknown(scanner, name);
        }
        let place = Place {
            name,
            group,
            is_container: false,
        };
        self.container = Around::of(scanner);
        let first = self.rows.len();
        loop {
            match scanner.next()? {
                Token::Start(item) => {
                    self.tree.read(scanner, item)?;
                    self.push_row(scanner, place)?;
                }
                Token::Text(text) => self.container.add_text(text),
                Token::End | Token::Eof => break,
            }
        }
        if !self.container.is_empty() {
            if self.rows.len() == first {
                // A container without items that says something all the same.
                self.push_empty(scanner, place)?;
            } else if let Some(row) = self.rows.last_mut() {
                self.container.drain_into("..", &mut row.fields);
            }
        }
        Ok(())
    }

    /// A group that the schema did not have: one item if it has a date or nothing but values, else a
    /// container of items.
    fn read_unknown(&mut self, scanner: &mut Scanner<'a>, name: &'a str) -> Result<(), ParseError> {
        let mut tree = std::mem::take(&mut self.tree);
        tree.read(scanner, name)?;
        let root = tree.root();
        let is_item = root.child("Date").is_some() || root.elements().all(Element::is_leaf);
        let place = Place {
            name,
            group: None,
            is_container: is_item,
        };
        let result = if is_item {
            self.push_item(scanner, place, root)
        } else {
            self.container = Around::default();
            self.container.attributes = root.attributes().to_vec();
            let mut result = Ok(());
            for node in root.nodes() {
                match node {
                    Node::Element(item) => {
                        result = result.and_then(|()| self.push_item(scanner, place, item))
                    }
                    Node::Text(text) => self.container.add_text(Cow::Owned(text.to_owned())),
                }
            }
            if let Some(row) = self.rows.last_mut() {
                self.container.drain_into("..", &mut row.fields);
            }
            result
        };
        self.tree = tree;
        result
    }

    fn push_row(&mut self, scanner: &mut Scanner<'a>, place: Place<'a>) -> Result<(), ParseError> {
        let tree = std::mem::take(&mut self.tree);
        let result = self.push_item(scanner, place, tree.root());
        self.tree = tree;
        result
    }

    fn push_item(
        &mut self,
        scanner: &mut Scanner<'a>,
        place: Place<'a>,
        item: Element<'_, 'a>,
    ) -> Result<(), ParseError> {
        let mut row = self.start_row(scanner, place)?;
        row.information_type = item
            .attribute("Type")
            .filter(|number| is_number(number))
            .map(|number| match number.len() {
                3 => number.to_owned(),
                _ => format!("{number:0>3}"),
            })
            .or_else(|| place.group.map(|group| group.number.to_owned()));
        let date = |name| {
            item.child(name)
                .and_then(date_value)
                .filter(|date| !date.is_empty())
        };
        // IT000 has its date one level deeper.
        let inner = || item.child("NationalNumber")?.child("Date").and_then(date_value);
        let is_number = row.information_type.as_deref() == Some("000");
        row.since = date("Date").or_else(|| inner().filter(|date| is_number && !date.is_empty()));
        row.until = date("DelDate");
        let mut collector = Collector::new(&mut self.fields, scanner.text_left());
        if collector.collect(item, true).is_none() {
            return Err(scanner.error(crate::ParseErrorKind::TooMany));
        }
        let used = scanner.text_left() - collector.left();
        row.fields = self.fields.drain(..).collect();
        row.text = text::render(item, place.group, self.language, &mut self.line);
        scanner.count_text(used + row.text.len() + row.title.len())?;
        self.rows.push(row);
        Ok(())
    }

    fn push_empty(&mut self, scanner: &mut Scanner<'a>, place: Place<'a>) -> Result<(), ParseError> {
        let place = Place {
            is_container: true,
            ..place
        };
        let mut row = self.start_row(scanner, place)?;
        row.fields = self.fields.drain(..).collect();
        for (name, value) in self.container.attributes.drain(..) {
            row.fields.push(Field {
                path: format!("@{name}"),
                value: value.into_owned(),
            });
        }
        for text in self.container.texts.drain(..) {
            row.fields.push(Field {
                path: ".".to_owned(),
                value: text.into_owned(),
            });
        }
        row.information_type = place.group.map(|group| group.number.to_owned());
        self.rows.push(row);
        Ok(())
    }

    /// A row; what stands around it, as far as no earlier row has that, is in `self.fields`.
    fn start_row(&mut self, scanner: &mut Scanner<'a>, place: Place<'a>) -> Result<Row, ParseError> {
        scanner.count_row()?;
        let ordinal = self.ordinals.entry(place.name).or_insert(0);
        *ordinal += 1;
        self.fields.clear();
        self.record_path = if place.is_container { ".." } else { "../.." };
        self.record.drain_into(self.record_path, &mut self.fields);
        if !place.is_container {
            self.container.drain_into("..", &mut self.fields);
        }
        Ok(Row {
            ordinal: *ordinal,
            group: place.name.to_owned(),
            title: groups::title(place.name, place.group, self.language).into_owned(),
            information_type: None,
            since: None,
            until: None,
            text: String::new(),
            fields: Vec::new(),
        })
    }
}

/// Is it the number of an information type? The number of a row is stored in clear, so nothing else passes
/// for one.
fn is_number(text: &str) -> bool {
    (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
