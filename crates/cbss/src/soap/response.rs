//! Responses of the newer services: what they say about themselves, and what that means.

use super::{next_element, read_envelope, read_fault, read_information, text_of};
use crate::ParseOptions;
use crate::kinds::{self, Kind};
use crate::reply::{CbssStatus, Field, Message, Outcome, Reply, Row, StatusKind, is_code, is_ticket};
use crate::xml::{Element, ParseError, ParseErrorKind, Scanner, Tree};

/// A status, and the pairs of name and value with it.
pub(crate) type Status = (CbssStatus, Vec<Field>);

/// What a service answers with.
pub(crate) struct Response {
    /// The elements that a body may have, one for each operation.
    pub(crate) names: &'static [&'static str],
    /// The elements in it that say the request back.
    pub(crate) said_back: &'static [&'static str],
    /// Its records.
    pub(crate) kinds: &'static [Kind],
}

/// Reads a response with records of several kinds, or a fault in its place. What has no place elsewhere is kept in a
/// message of severity `INFORMATION` without code.
pub(crate) fn read_response(
    body: &[u8],
    content_type: Option<&str>,
    options: &ParseOptions,
    response: &Response,
) -> Result<Reply, ParseError> {
    let text = text_of(body, content_type, options.limits)?;
    let mut scanner = Scanner::new(&text, options.limits)?;
    let root = next_element(&mut scanner)?;
    read_envelope(&mut scanner, root, |scanner, name| {
        let name = name.ok_or_else(|| scanner.error(ParseErrorKind::UnexpectedBody))?;
        let mut tree = Tree::default();
        if response.names.contains(&name) {
            tree.read(scanner, name)?;
            read_parts(tree.root(), scanner, options, response)
        } else if name.ends_with("Fault") {
            tree.read(scanner, name)?;
            Ok(read_fault(tree.root()))
        } else {
            Err(scanner.error(ParseErrorKind::UnexpectedBody))
        }
    })
}

fn read_parts(
    content: Element<'_, '_>,
    scanner: &mut Scanner<'_>,
    options: &ParseOptions,
    response: &Response,
) -> Result<Reply, ParseError> {
    let elsewhere = ["informationCustomer", "informationCBSS", "legalContext", "status"];
    let elsewhere: Vec<[&str; 1]> = elsewhere
        .into_iter()
        .chain(response.said_back.iter().copied())
        .map(|name| [name])
        .collect();
    let elsewhere: Vec<&[&str]> = elsewhere.iter().map(<[&str; 1]>::as_slice).collect();
    let records = kinds::read(response.kinds, &elsewhere, content, scanner, options.language)?;
    let ticket = content.child("informationCBSS").and_then(read_ticket);
    let status = content.child("status").map(read_status);
    let mut reply = judge(ticket, status, records.rows);
    reply.messages.extend(Message::remark(records.around));
    Ok(reply)
}

/// The ticket in `informationCBSS`.
pub(crate) fn read_ticket(information: Element<'_, '_>) -> Option<String> {
    information
        .child_text("ticketCBSS")
        .filter(|ticket| is_ticket(ticket))
        .map(str::to_owned)
}

/// `StatusType` (CommonV3.xsd).
pub(crate) fn read_status(status: Element<'_, '_>) -> Status {
    let text = |name| status.child_text(name).map(str::to_owned);
    let cbss_status = CbssStatus {
        value: text("value").unwrap_or_default(),
        code: text("code").unwrap_or_default(),
        description: text("description"),
    };
    (cbss_status, read_information(status))
}

/// What the status means: the table of outcomes.
pub(crate) fn judge(ticket: Option<String>, status: Option<Status>, rows: Vec<Row>) -> Reply {
    let value = status.as_ref().map_or("", |(status, _)| status.value.as_str());
    let (kind, outcome, severity) = match value {
        "DATA_FOUND" => (StatusKind::Ok, Outcome::Data, "INFORMATION"),
        "NO_DATA_FOUND" => (StatusKind::Ok, Outcome::Empty, "INFORMATION"),
        "INCOMPLETE_DATA" => (StatusKind::Warnings, Outcome::Partial, "WARNING"),
        "NO_RESULT" => (StatusKind::Errors, Outcome::Refused, "ERROR"),
        _ if rows.is_empty() => (StatusKind::Errors, Outcome::Unknown, "ERROR"),
        _ => (StatusKind::Warnings, Outcome::Unknown, "WARNING"),
    };
    let mut messages = Vec::new();
    let mut codes = Vec::new();
    let mut cbss_status = None;
    if let Some((status, fields)) = status {
        // "Treatment completed successfully" is no news; anything else is.
        if outcome != Outcome::Data || !fields.is_empty() || status.code != "MSG00000" {
            messages.push(Message {
                severity: severity.to_owned(),
                code: Some(status.code.clone()).filter(|code| !code.is_empty()),
                author: None,
                diagnostic: status.description.clone(),
                fields,
            });
        }
        codes.extend(Some(status.code.clone()).filter(|code| is_code(code)));
        cbss_status = Some(status);
    }
    Reply {
        status: kind,
        outcome,
        ticket,
        cbss_status,
        codes,
        messages,
        rows,
        fault: false,
    }
}
