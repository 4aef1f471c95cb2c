//! The reply.

use relay_domain::Language;
use relay_domain::manage_access::AccessAction;

use super::{RECORD, SERVICE_ID, text};
use crate::ParseOptions;
use crate::dates::day_of;
use crate::fields::collect;
use crate::reply::{Message, Outcome, Reply, Row, StatusKind};
use crate::ssdn::{self, Content};
use crate::xml::{Element, ParseError, Scanner};

/// Reads a reply of the service, or a SOAP fault in its place: a row for each registration.
///
/// What else the reply holds, which is first of all the copy of the request, stands in a message of severity
/// `INFORMATION` without code behind the others (fields such as `OriginalRequest/SSIN`). `content_type` is
/// the header of that name, as for [`crate::tx25::parse()`].
pub fn parse(body: &[u8], content_type: Option<&str>, options: &ParseOptions) -> Result<Reply, ParseError> {
    let service = Some((SERVICE_ID, "ManageAccessReply"));
    ssdn::read(body, content_type, options.limits, service, |reply, scanner| {
        read_content(reply, scanner, options.language)
    })
}

fn read_content(
    reply: Element<'_, '_>,
    scanner: &mut Scanner<'_>,
    language: Language,
) -> Result<Content, ParseError> {
    let around = collect(scanner, |collector| collector.around(reply, &[RECORD]))?;
    let mut rows = Vec::new();
    for record in reply.elements().filter(|element| element.name() == RECORD) {
        rows.push(read_record(record, scanner, language)?);
    }
    let asked = reply
        .child("OriginalRequest")
        .and_then(|request| request.child_text("Action"))
        .and_then(AccessAction::from_name);
    let outcome = match asked {
        _ if !rows.is_empty() => Outcome::Data,
        Some(AccessAction::List) | None => Outcome::Empty,
        // That it was made is the result; what overlaps with it would be extra.
        Some(AccessAction::Register | AccessAction::Unregister) => Outcome::Data,
    };
    Ok(Content {
        rows,
        remarks: Message::remark(around).into_iter().collect(),
        status: StatusKind::Ok,
        outcome,
    })
}

fn read_record(
    record: Element<'_, '_>,
    scanner: &mut Scanner<'_>,
    language: Language,
) -> Result<Row, ParseError> {
    scanner.count_row()?;
    let fields = collect(scanner, |collector| collector.collect(record, true))?;
    let mut row = Row {
        ordinal: record.number(),
        group: RECORD.to_owned(),
        title: text::title(language).to_owned(),
        information_type: None,
        since: None,
        until: None,
        text: String::new(),
        fields,
    };
    row.since = row.field("Period/StartDate").and_then(day_of).map(str::to_owned);
    row.until = row.field("Period/EndDate").and_then(day_of).map(str::to_owned);
    row.text = text::render(&row, language);
    scanner.count_text(row.text.len() + row.title.len())?;
    Ok(row)
}
