//! The reply as rows, with quick-xml.

use anyhow::{Context as _, bail};
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

/// What a job's rows say, a column a field: as `unnest` takes them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The element that holds the items.
    pub group: Vec<String>,
    /// The information type.
    pub kind: Vec<String>,
    /// The parts of the item's date, as they stand.
    pub since: Vec<String>,
    /// All of its text.
    pub text: Vec<String>,
}

impl Rows {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.group.len()
    }

    /// None at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.group.is_empty()
    }
}

/// Where in the record the reader is.
#[derive(Default)]
struct Place {
    /// The container, and whether it is the row itself.
    container: Option<String>,
    /// Elements open below the record.
    depth: usize,
    /// The depth of the open row.
    row: Option<usize>,
    /// The depth of the row's own date, while it is open.
    date: Option<usize>,
}

/// Reads a reply's rows: every element of the record that carries an information type (`@Type`) at the first
/// level, and every item below a first-level element that carries none.
///
/// # Errors
/// When it is not well-formed, or has no record.
pub fn rows(body: &[u8]) -> anyhow::Result<Rows> {
    let text = std::str::from_utf8(body).context("the reply is not UTF-8")?;
    let mut reader = Reader::from_str(text);
    let mut rows = Rows::default();
    let mut place: Option<Place> = None;
    loop {
        match reader.read_event()? {
            Event::Start(start) => match &mut place {
                Some(place) => place.open(&start, &mut rows)?,
                None if start.local_name().as_ref() == "rrn_it_implicit" => place = Some(Place::default()),
                None => {}
            },
            Event::End(_) => {
                if let Some(open) = &mut place
                    && !open.close()
                {
                    return Ok(rows);
                }
            }
            Event::Text(text) => {
                if let Some(place) = &place {
                    place.text(&text.xml10_content(), &mut rows);
                }
            }
            Event::CData(text) => {
                if let Some(place) = &place {
                    place.text(&text.xml10_content(), &mut rows);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(place) = &place {
                    match reference.resolve_char_ref()? {
                        Some(character) => place.text(character.encode_utf8(&mut [0; 4]), &mut rows),
                        None => place.text(
                            resolve_xml_entity(&reference).context("an unknown entity")?,
                            &mut rows,
                        ),
                    }
                }
            }
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => bail!("the reply has no record"),
        }
    }
}

impl Place {
    fn open(&mut self, start: &BytesStart<'_>, rows: &mut Rows) -> anyhow::Result<()> {
        self.depth += 1;
        if let Some(row) = self.row {
            if self.depth == row + 1 && start.local_name().as_ref() == "Date" {
                self.date = Some(self.depth);
            }
            return Ok(());
        }
        let kind = start.try_get_attribute("Type")?;
        if self.depth == 1 {
            self.container = Some(start.local_name().as_ref().to_owned());
            if kind.is_none() {
                return Ok(());
            }
        }
        self.row = Some(self.depth);
        rows.group.push(self.container.clone().unwrap_or_default());
        rows.kind
            .push(kind.map(|kind| kind.value.into_owned()).unwrap_or_default());
        rows.since.push(String::new());
        rows.text.push(String::new());
        Ok(())
    }

    /// False when the record itself is closed.
    fn close(&mut self) -> bool {
        if self.depth == 0 {
            return false;
        }
        if self.date == Some(self.depth) {
            self.date = None;
        }
        if self.row == Some(self.depth) {
            self.row = None;
        }
        self.depth -= 1;
        true
    }

    fn text(&self, text: &str, rows: &mut Rows) {
        let text = text.trim();
        let column = if self.date.is_some() {
            &mut rows.since
        } else {
            &mut rows.text
        };
        if let (Some(_), false, Some(last)) = (self.row, text.is_empty(), column.last_mut()) {
            if !last.is_empty() {
                last.push(if self.date.is_some() { '-' } else { ' ' });
            }
            last.push_str(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rows, rows};

    #[test]
    fn items_and_single_groups_are_rows() {
        let reply = "<e><b><rrn_it_implicit>\n<r:NationalNumber xmlns:r=\"x\" Type=\"000\"><r:Sex>1</r:Sex></r:NationalNumber>\
             <Names><Name Type=\"010\"><Date><Century>20</Century><Year>81</Year></Date><Label>A &amp; B&#233;</Label></Name>\
             <Name Type=\"010\"><Label>C</Label></Name></Names></rrn_it_implicit></b></e>";
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let expected = Rows {
            group: texts(&["NationalNumber", "Names", "Names"]),
            kind: texts(&["000", "010", "010"]),
            since: texts(&["", "20-81", ""]),
            text: texts(&["1", "A & B é", "C"]),
        };
        assert_eq!(rows(reply.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn a_reply_without_a_record_is_an_error() {
        assert!(rows(b"<e><status>NO_RESULT</status></e>").is_err());
        assert!(rows(b"<e><rrn_it_implicit>").is_err());
    }
}
