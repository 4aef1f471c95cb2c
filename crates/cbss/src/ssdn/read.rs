//! The reply's envelope: the string, the document in it, and its two levels of result.
//!
//! `ReplyContext` says how the message as a whole went, each `ServiceReply` how its service did. An envelope
//! that is refused has no `ServiceReply` at all; where there is one, its word counts for more.

use std::borrow::Cow;

use super::summary::{Summary, severity};
use crate::reply::{CbssStatus, Message, Outcome, Reply, Row, StatusKind, codes_of, is_ticket};
use crate::soap::{expect_end, next_element, read_envelope, read_fault, text_of};
use crate::xml::{Element, Limits, ParseError, ParseErrorKind, Scanner, Token, Tree};

/// What is in a service's own element.
pub(crate) struct Content {
    /// Its records.
    pub(crate) rows: Vec<Row>,
    /// What it says besides them.
    pub(crate) remarks: Vec<Message>,
    /// What kind of result it is, unless the result summary says that it is none.
    pub(crate) outcome: Outcome,
    /// How it counts, where that is worse than the result summary has it.
    pub(crate) status: StatusKind,
}

/// Reads what all services share of a reply of the classic generation, or a SOAP fault in its place: status,
/// ticket, codes, messages. Records are left alone; with a usable result the outcome is `Data` wherever the
/// service's own element is there.
pub fn read_reply(body: &[u8], content_type: Option<&str>, limits: Limits) -> Result<Reply, ParseError> {
    read(body, content_type, limits, None, |_, _| {
        Ok(Content {
            rows: Vec::new(),
            remarks: Vec::new(),
            outcome: Outcome::Data,
            status: StatusKind::Ok,
        })
    })
}

/// Reads a reply of one service; `service` is its `ServiceId` and the name of its element (any, if none is
/// given), of which `read_content` makes the result.
///
/// The document inside the string is read under the same limits as the envelope. A document without its
/// envelope, as it may have been kept from a log, is read as well.
pub(crate) fn read(
    body: &[u8],
    content_type: Option<&str>,
    limits: Limits,
    service: Option<(&str, &str)>,
    read_content: impl FnOnce(Element<'_, '_>, &mut Scanner<'_>) -> Result<Content, ParseError>,
) -> Result<Reply, ParseError> {
    let text = text_of(body, content_type, limits)?;
    match unwrap(&text, limits)? {
        Carried::Fault(reply) => Ok(reply),
        Carried::Bare => read_document(&text, limits, service, read_content),
        Carried::InString(inner) => {
            let inner = inner.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
            read_document(inner, limits, service, read_content).map_err(ParseError::in_string)
        }
    }
}

/// What an answer of the connector carries.
enum Carried<'a> {
    Fault(Reply),
    /// The document itself.
    Bare,
    InString(Cow<'a, str>),
}

fn unwrap(text: &str, limits: Limits) -> Result<Carried<'_>, ParseError> {
    let mut scanner = Scanner::new(text, limits)?;
    let root = next_element(&mut scanner)?;
    if root == Some("SSDNReply") {
        return Ok(Carried::Bare);
    }
    read_envelope(&mut scanner, root, |scanner, name| match name {
        Some(name @ "Fault") => {
            let mut tree = Tree::default();
            tree.read(scanner, name)?;
            Ok(Carried::Fault(read_fault(tree.root())))
        }
        Some("xmlString") => string_content(scanner).map(Carried::InString),
        Some(_) | None => Err(scanner.error(ParseErrorKind::UnexpectedBody)),
    })
}

/// The text of the element that has just been opened, as it stands: references resolved, CDATA or not.
fn string_content<'a>(scanner: &mut Scanner<'a>) -> Result<Cow<'a, str>, ParseError> {
    let mut content = Cow::Borrowed("");
    loop {
        match scanner.next()? {
            Token::Text(text) if content.is_empty() => content = text,
            Token::Text(text) => content.to_mut().push_str(&text),
            Token::End => return Ok(content),
            Token::Start(_) | Token::Eof => return Err(scanner.error(ParseErrorKind::UnexpectedBody)),
        }
    }
}

/// What stands in an `SSDNReply`.
#[derive(Default)]
struct Document<'a> {
    ticket: Option<String>,
    context: Option<Summary>,
    service: Option<Tree<'a>>,
}

fn read_document(
    text: &str,
    limits: Limits,
    service: Option<(&str, &str)>,
    read_content: impl FnOnce(Element<'_, '_>, &mut Scanner<'_>) -> Result<Content, ParseError>,
) -> Result<Reply, ParseError> {
    if text.len() > limits.max_bytes {
        return Err(ParseError::new(ParseErrorKind::TooLarge, text.len()));
    }
    let mut scanner = Scanner::new(text, limits)?;
    let Document {
        ticket,
        context,
        service: tree,
    } = read_parts(&mut scanner, service.map(|(id, _)| id))?;
    let tree = tree.as_ref().map(Tree::root);
    let of_service = tree.and_then(Summary::of);
    let kind = of_service
        .as_ref()
        .or(context.as_ref())
        .and_then(|summary| summary.kind);
    let content = match tree.and_then(|tree| own_element(tree, service.map(|(_, element)| element))) {
        Some(Own::Asked(element)) => Some(read_content(element, &mut scanner)?),
        // A refusal is one, whatever comes with it. Of anything else nobody knows what it says.
        Some(Own::Other) if kind != Some(StatusKind::Errors) => {
            return Err(scanner.error(ParseErrorKind::UnexpectedBody));
        }
        Some(Own::Other) | None => None,
    };
    // "All went well" without the word of the service: nobody has answered.
    if tree.is_none() && matches!(kind, Some(StatusKind::Ok | StatusKind::Warnings)) {
        return Err(scanner.error(ParseErrorKind::UnexpectedBody));
    }
    Ok(judge(ticket, [of_service, context], content))
}

fn read_parts<'a>(scanner: &mut Scanner<'a>, asked: Option<&str>) -> Result<Document<'a>, ParseError> {
    if next_element(scanner)? != Some("SSDNReply") {
        return Err(scanner.error(ParseErrorKind::UnexpectedBody));
    }
    let is_asked = |tree: &Tree<'_>| tree.root().child_text("ServiceId") == asked;
    let mut document = Document::default();
    while let Some(name) = next_element(scanner)? {
        let mut tree = Tree::default();
        match name {
            "ReplyContext" => {
                tree.read(scanner, name)?;
                let message = tree.root().child("Message");
                document.ticket = message
                    .and_then(|message| message.child_text("Ticket"))
                    .filter(|ticket| is_ticket(ticket))
                    .map(str::to_owned);
                document.context = Summary::of(tree.root());
            }
            "ServiceReply" => {
                tree.read(scanner, name)?;
                // One request was made, so there is one reply; of several it is the one with the name.
                let first = document.service.as_ref();
                if first.is_none_or(|first| !is_asked(first) && is_asked(&tree)) {
                    document.service = Some(tree);
                }
            }
            _ => scanner.skip()?,
        }
    }
    expect_end(scanner)?;
    Ok(document)
}

/// The service's own element in its reply.
enum Own<'t, 'a> {
    Asked(Element<'t, 'a>),
    /// There is one, but of another name.
    Other,
}

fn own_element<'t, 'a>(service: Element<'t, 'a>, asked: Option<&str>) -> Option<Own<'t, 'a>> {
    let known = ["ResultSummary", "ServiceId", "Version"];
    let mut others = service
        .elements()
        .filter(|element| !known.contains(&element.name()));
    match asked {
        None => others.next().map(Own::Asked),
        Some(asked) => service
            .child(asked)
            .map(Own::Asked)
            .or_else(|| others.next().map(|_| Own::Other)),
    }
}

/// What the two summaries mean together: the service's outranks the envelope's.
fn judge(ticket: Option<String>, summaries: [Option<Summary>; 2], content: Option<Content>) -> Reply {
    let content = content.unwrap_or(Content {
        rows: Vec::new(),
        remarks: Vec::new(),
        // Neither data nor the word that there are none.
        outcome: Outcome::Unknown,
        status: StatusKind::Ok,
    });
    let [service, context] = summaries;
    let (first, second) = match (service, context) {
        (Some(service), Some(context)) if service.has_details() => {
            (Some(service), Some(context.without_pointers()))
        }
        (Some(service), context) => (Some(service), context),
        (None, context) => (context, None),
    };
    let kind = first.as_ref().and_then(|summary| summary.kind);
    let said = kind.unwrap_or(if content.rows.is_empty() {
        StatusKind::Errors
    } else {
        StatusKind::Warnings
    });
    let status = said.max(content.status);
    let outcome = match kind {
        Some(StatusKind::Ok | StatusKind::Warnings) => content.outcome,
        Some(StatusKind::Errors) => Outcome::Refused,
        None => Outcome::Unknown,
    };
    let return_code = first.as_ref().map(|summary| summary.return_code.clone());
    let mut messages: Vec<Message> = [first, second]
        .into_iter()
        .flatten()
        .flat_map(|summary| summary.into_messages(said))
        .collect();
    if messages.is_empty() && said != StatusKind::Ok {
        // The code is all that there is to say.
        messages.push(Message {
            severity: severity(said).to_owned(),
            code: return_code.clone().filter(|code| !code.is_empty()),
            author: None,
            diagnostic: None,
            fields: Vec::new(),
        });
    }
    let cbss_status = return_code.map(|value| CbssStatus {
        value,
        code: messages
            .first()
            .and_then(|first| first.code.clone())
            .unwrap_or_default(),
        description: messages.first().and_then(|first| first.diagnostic.clone()),
    });
    messages.extend(content.remarks);
    let codes = codes_of(&messages);
    Reply {
        status,
        outcome,
        ticket,
        cbss_status,
        codes,
        messages,
        rows: content.rows,
        fault: false,
    }
}
