//! The reply.

use relay_domain::Language;

use super::kinds::{KINDS, Kind};
use super::{SERVICE_ID, text};
use crate::ParseOptions;
use crate::dates::day_of;
use crate::fields::collect;
use crate::reply::{Field, Message, Outcome, Reply, Row};
use crate::ssdn::{self, Content};
use crate::xml::{Element, ParseError, Scanner};

/// Reads a reply of the service, or a SOAP fault in its place: a row for each member of the family, person, address and
/// entry of the waiting register.
///
/// Of whom an address or an entry is stands in the row as well, as a field of the elements around it
/// (`../../SocialSecurityUser`). What else the reply holds is in a message of severity `INFORMATION` without code behind the
/// others. `content_type` is the header of that name, as for [`crate::tx25::parse()`].
pub fn parse(body: &[u8], content_type: Option<&str>, options: &ParseOptions) -> Result<Reply, ParseError> {
    let service = Some((SERVICE_ID, "PerformInvestigationReply"));
    ssdn::read(body, content_type, options.limits, service, |reply, scanner| {
        read_content(reply, scanner, options.language)
    })
}

fn read_content(
    reply: Element<'_, '_>,
    scanner: &mut Scanner<'_>,
    language: Language,
) -> Result<Content, ParseError> {
    let records: Vec<&[&str]> = KINDS.iter().map(|kind| kind.path).collect();
    let around = collect(scanner, |collector| collector.around_all(reply, &records))?;
    let mut rows: Vec<Row> = Vec::new();
    for kind in &KINDS {
        let mut found = Vec::new();
        let mut holders = Vec::new();
        find(reply, kind.path, &mut holders, &mut found);
        for (ordinal, (holders, record)) in (1..).zip(found) {
            rows.push(read_record(kind, ordinal, &holders, record, scanner, language)?);
        }
    }
    Ok(Content {
        outcome: if rows.is_empty() {
            Outcome::Empty
        } else {
            Outcome::Data
        },
        rows,
        remarks: Message::remark(around).into_iter().collect(),
    })
}

/// Records with the elements that hold them, the outermost first, the reply left out.
type Found<'t, 'a> = Vec<(Vec<Element<'t, 'a>>, Element<'t, 'a>)>;

fn find<'t, 'a>(
    holder: Element<'t, 'a>,
    path: &[&str],
    holders: &mut Vec<Element<'t, 'a>>,
    found: &mut Found<'t, 'a>,
) {
    let Some((next, rest)) = path.split_first() else {
        return;
    };
    for child in holder.elements().filter(|element| element.name() == *next) {
        if rest.is_empty() {
            found.push((holders.clone(), child));
        } else {
            holders.push(child);
            find(child, rest, holders, found);
            holders.pop();
        }
    }
}

fn read_record(
    kind: &Kind,
    ordinal: u32,
    holders: &[Element<'_, '_>],
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
    let day = |path: Option<&str>| {
        path.and_then(|path| row.field(path))
            .and_then(day_of)
            .map(str::to_owned)
    };
    (row.since, row.until) = (day(kind.since), day(kind.until));
    scanner.count_text(row.text.len() + row.title.len())?;
    Ok(row)
}

/// Attributes and single values of the elements around a record.
fn of_holders(holders: &[Element<'_, '_>]) -> Vec<Field> {
    let mut fields = Vec::new();
    for (place, holder) in holders.iter().enumerate() {
        let up = vec![".."; holders.len() - place].join("/");
        let mut push = |name: String, value: &str| {
            if !value.is_empty() {
                fields.push(Field {
                    path: format!("{up}/{name}"),
                    value: value.to_owned(),
                });
            }
        };
        for (name, value) in holder.attributes() {
            push(format!("@{name}"), value);
        }
        for leaf in holder
            .elements()
            .filter(|element| element.is_leaf() && element.number() == 1)
        {
            push(leaf.name().to_owned(), leaf.text());
        }
    }
    fields
}
