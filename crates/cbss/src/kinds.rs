//! The kinds of records in a reply, as one table a service: where they stand, what they are called, since when they are
//! valid, and what a person reads of them. What no kind has is kept beside the records.

mod text;

use std::collections::HashMap;
use std::rc::Rc;

use relay_domain::Language;

use crate::dates::day_of;
use crate::fields::collect;
use crate::reply::{Field, Outcome, Row};
use crate::xml::{Element, ParseError, Scanner};

/// In Dutch, French, German, English.
pub(crate) type Names = [&'static str; 4];

/// One kind of record.
pub(crate) struct Kind {
    /// From the reply to the record, name by name.
    pub(crate) path: &'static [&'static str],
    /// The element that holds the records.
    pub(crate) group: &'static str,
    pub(crate) titles: Names,
    /// Where it says since when, and until when, it is valid; the first that is there counts.
    pub(crate) since: &'static [&'static str],
    pub(crate) until: &'static [&'static str],
    /// What a person reads, in this order.
    pub(crate) parts: &'static [Part],
}

/// A value for people.
pub(crate) struct Part {
    /// Names separated by `/`; `@` before an attribute, `.` for the record itself.
    pub(crate) path: &'static str,
    /// What stands before it where something is there already.
    pub(crate) before: &'static str,
    /// What it is called; empty where that goes without saying.
    pub(crate) label: Names,
    pub(crate) show: Show,
}

/// How a value is shown.
#[derive(Clone, Copy)]
pub(crate) enum Show {
    /// As it came.
    Value,
    /// As a date of the language.
    Date,
    /// `LocationType`: its description, else its code.
    Place,
    /// 1 and 2; 0 is not known and not shown.
    Gender,
    /// `t_CivilStateCode`.
    CivilState,
    /// Yes or no.
    Flag,
    /// Cents, as euro.
    Cents,
    /// Hundredths of a percent.
    Percentage,
    /// A word of the schema, in the reader's language; as it came if it is none of these.
    Word(&'static [(&'static str, Names)]),
    /// An attribute of the record.
    Attribute,
    /// Nothing but its label, where it is there.
    Presence,
    /// All elements of that name, the values in each tied by colons.
    All,
}

pub(crate) const NONE: Names = ["", "", "", ""];

pub(crate) const fn part(path: &'static str, before: &'static str, show: Show) -> Part {
    Part {
        path,
        before,
        label: NONE,
        show,
    }
}

pub(crate) const fn called(path: &'static str, show: Show, label: Names) -> Part {
    Part {
        path,
        before: ", ",
        label,
        show,
    }
}

/// What a reply holds: a row for each record, and the fields around them.
pub(crate) struct Records {
    pub(crate) rows: Vec<Row>,
    pub(crate) around: Vec<Field>,
}

impl Records {
    /// Are there any?
    pub(crate) fn outcome(&self) -> Outcome {
        if self.rows.is_empty() {
            Outcome::Empty
        } else {
            Outcome::Data
        }
    }
}

/// Reads the records of these kinds in a reply. Elements that `known` leads to are dealt with elsewhere.
pub(crate) fn read(
    kinds: &[Kind],
    known: &[&[&str]],
    reply: Element<'_, '_>,
    scanner: &mut Scanner<'_>,
    language: Language,
) -> Result<Records, ParseError> {
    let records: Vec<&[&str]> = kinds
        .iter()
        .map(|kind| kind.path)
        .chain(known.iter().copied())
        .collect();
    let around = collect(scanner, |collector| collector.around_all(reply, &records))?;
    let mut rows: Vec<Row> = Vec::new();
    // Records of one group may stand in several places.
    let mut counted: HashMap<&str, u32> = HashMap::new();
    for kind in kinds {
        let mut found = Vec::new();
        let mut holders = Vec::new();
        find(reply, kind.path, &mut holders, &mut found);
        let ordinal = counted.entry(kind.group).or_default();
        for (holders, record) in found {
            *ordinal += 1;
            rows.push(read_record(kind, *ordinal, &holders, record, scanner, language)?);
        }
    }
    Ok(Records { rows, around })
}

/// What an element that holds records says by itself: attributes and single values.
struct Holder(Vec<Field>);

impl Holder {
    fn of(element: Element<'_, '_>) -> Self {
        let attributes = element.attributes().iter().map(|(name, value)| Field {
            path: format!("@{name}"),
            value: value.to_string(),
        });
        let leaves = element
            .elements()
            .filter(|leaf| leaf.is_leaf() && leaf.number() == 1)
            .map(|leaf| Field {
                path: leaf.name().to_owned(),
                value: leaf.text().to_owned(),
            });
        let fields = attributes.chain(leaves);
        Self(fields.filter(|field| !field.value.is_empty()).collect())
    }
}

/// Records with what is around them, the outermost first, the reply left out. Many records share a holder.
type Found<'t, 'a> = Vec<(Vec<Rc<Holder>>, Element<'t, 'a>)>;

fn find<'t, 'a>(
    holder: Element<'t, 'a>,
    path: &[&str],
    holders: &mut Vec<Rc<Holder>>,
    found: &mut Found<'t, 'a>,
) {
    let Some((next, rest)) = path.split_first() else {
        return;
    };
    for child in holder.elements().filter(|element| element.name() == *next) {
        if rest.is_empty() {
            found.push((holders.clone(), child));
        } else {
            holders.push(Rc::new(Holder::of(child)));
            find(child, rest, holders, found);
            holders.pop();
        }
    }
}

fn read_record(
    kind: &Kind,
    ordinal: u32,
    holders: &[Rc<Holder>],
    record: Element<'_, '_>,
    scanner: &mut Scanner<'_>,
    language: Language,
) -> Result<Row, ParseError> {
    scanner.count_row()?;
    let mut fields = of_holders(holders);
    scanner.count_text(
        fields
            .iter()
            .map(|field| field.path.len() + field.value.len())
            .sum(),
    )?;
    fields.extend(collect(scanner, |collector| collector.collect(record, true))?);
    let mut row = Row {
        ordinal,
        group: kind.group.to_owned(),
        title: text::name(&kind.titles, language).to_owned(),
        information_type: None,
        since: None,
        until: None,
        text: text::render(kind, record, language),
        fields,
    };
    let day = |paths: &[&str]| {
        paths
            .iter()
            .filter_map(|path| row.field(path))
            .find_map(day_or_month)
    };
    (row.since, row.until) = (day(kind.since), day(kind.until));
    scanner.count_text(row.text.len() + row.title.len())?;
    Ok(row)
}

/// A day (`xs:date`), or a month (`xs:gYearMonth`) whose day is then not known; zones left out.
fn day_or_month(text: &str) -> Option<String> {
    if let Some(day) = day_of(text) {
        return Some(day.to_owned());
    }
    let (month, zone) = text.split_at_checked(7)?;
    (zone.is_empty() || zone.starts_with(['Z', '+', '-']))
        .then(|| format!("{month}-00"))
        .filter(|day| day_of(day).is_some())
}

/// What the elements around a record say.
fn of_holders(holders: &[Rc<Holder>]) -> Vec<Field> {
    let mut fields = Vec::new();
    for (place, holder) in holders.iter().enumerate() {
        let up = vec![".."; holders.len() - place].join("/");
        fields.extend(holder.0.iter().map(|field| Field {
            path: format!("{up}/{}", field.path),
            value: field.value.clone(),
        }));
    }
    fields
}
