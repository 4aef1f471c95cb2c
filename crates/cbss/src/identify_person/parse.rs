//! The reply.

use relay_domain::Language;

use super::{RECORD, RESULTS, SERVICE_ID, text};
use crate::ParseOptions;
use crate::fields::collect;
use crate::reply::{Message, Outcome, Reply, Row, StatusKind};
use crate::ssdn::{self, Content};
use crate::xml::{Element, ParseError, Scanner};

/// Reads a reply of the service, or a SOAP fault in its place: a row for each person found.
///
/// A row has neither information type nor validity: the dates of a person are personal, and in the fields. Nobody
/// found is the outcome `Empty`. What else the reply holds stands in a message of severity `INFORMATION` without
/// code behind the others. `content_type` is the header of that name, as for [`crate::tx25::parse()`].
pub fn parse(body: &[u8], content_type: Option<&str>, options: &ParseOptions) -> Result<Reply, ParseError> {
    let service = Some((SERVICE_ID, "IdentifyPersonReply"));
    ssdn::read(body, content_type, options.limits, service, |reply, scanner| {
        read_content(reply, scanner, options.language)
    })
}

fn read_content(
    reply: Element<'_, '_>,
    scanner: &mut Scanner<'_>,
    language: Language,
) -> Result<Content, ParseError> {
    let around = collect(scanner, |collector| collector.around(reply, &[RESULTS, RECORD]))?;
    let mut rows: Vec<Row> = Vec::new();
    let results = reply.elements().filter(|element| element.name() == RESULTS);
    // The schema has one list; people in a second one would be people all the same.
    let records = results.flat_map(|results| results.elements().filter(|element| element.name() == RECORD));
    for (ordinal, record) in (1..).zip(records) {
        rows.push(read_record(record, ordinal, scanner, language)?);
    }
    Ok(Content {
        outcome: if rows.is_empty() {
            Outcome::Empty
        } else {
            Outcome::Data
        },
        rows,
        remarks: Message::remark(around).into_iter().collect(),
        status: StatusKind::Ok,
    })
}

fn read_record(
    record: Element<'_, '_>,
    ordinal: u32,
    scanner: &mut Scanner<'_>,
    language: Language,
) -> Result<Row, ParseError> {
    scanner.count_row()?;
    let fields = collect(scanner, |collector| collector.collect(record, true))?;
    let row = Row {
        ordinal,
        group: RECORD.to_owned(),
        title: text::title(language).to_owned(),
        information_type: None,
        since: None,
        until: None,
        text: text::render(record, language),
        fields,
    };
    scanner.count_text(row.text.len() + row.title.len())?;
    Ok(row)
}
