//! SOAP faults: of the CBSS in both generations, of application servers, of gateways on the way.

use crate::reply::{Field, Message, Outcome, Reply, StatusKind, codes_of, is_ticket};
use crate::xml::Element;

/// A fault as a reply: SOAP 1.1, and 1.2 where a gateway speaks that.
///
/// The CBSS puts its ticket and its messages into `detail`, as `error` (version 1 of its services) or
/// `detail` (version 2) elements of the same content. Without any, the fault's own code and words are the
/// message.
pub(crate) fn read_fault(fault: Element<'_, '_>) -> Reply {
    let ticket = fault
        .descendant("ticketCBSS")
        .map(Element::text)
        .filter(|ticket| is_ticket(ticket));
    let mut messages = Vec::new();
    if let Some(detail) = fault.child("detail").or_else(|| fault.child("Detail")) {
        for kind in detail.elements() {
            messages.extend(
                kind.elements()
                    .filter(|e| matches!(e.name(), "error" | "detail"))
                    .map(read_message),
            );
        }
    }
    // A `retrieveTIGroupsFault` straight in the body has its messages one level higher.
    messages.extend(
        fault
            .elements()
            .filter(|e| e.child("reasonCode").is_some())
            .map(read_message),
    );
    if messages.is_empty() {
        messages.push(own_words(fault));
    }
    Reply {
        status: StatusKind::Errors,
        outcome: Outcome::Fault,
        ticket: ticket.map(str::to_owned),
        cbss_status: None,
        codes: codes_of(&messages),
        messages,
        rows: Vec::new(),
        fault: true,
    }
}

/// `MessageType` (CommonV3.xsd).
fn read_message(message: Element<'_, '_>) -> Message {
    let text = |name| message.child_text(name).map(str::to_owned);
    Message {
        severity: text("severity").unwrap_or_else(|| "FATAL".to_owned()),
        code: text("reasonCode"),
        author: text("authorCode"),
        diagnostic: text("diagnostic"),
        fields: read_information(message),
    }
}

/// The `information` pairs of a status or a message.
pub(crate) fn read_information(holder: Element<'_, '_>) -> Vec<Field> {
    read_pairs(holder, ["information", "fieldName", "fieldValue"])
}

/// The pairs of name and value that a remark may have: the names of a pair's element, of its name, of its
/// value.
pub(crate) fn read_pairs(holder: Element<'_, '_>, [pair, name, value]: [&str; 3]) -> Vec<Field> {
    holder
        .elements()
        .filter(|element| element.name() == pair)
        .map(|pair| Field {
            path: pair.child_text(name).unwrap_or_default().to_owned(),
            value: pair.child_text(value).unwrap_or_default().to_owned(),
        })
        .collect()
}

/// What the fault itself says; the prefix of its code means nothing outside the document.
fn own_words(fault: Element<'_, '_>) -> Message {
    let code = fault
        .child_text("faultcode")
        .or_else(|| fault.child("Code").and_then(|code| code.child_text("Value")))
        .map(|code| code.rsplit_once(':').map_or(code, |(_, local)| local).to_owned());
    let diagnostic = fault
        .child_text("faultstring")
        .or_else(|| fault.child("Reason").and_then(|reason| reason.child_text("Text")))
        .map(str::to_owned);
    let author = fault
        .child_text("faultactor")
        .or_else(|| fault.child_text("Role"))
        .map(str::to_owned);
    Message {
        severity: "FATAL".to_owned(),
        code,
        author,
        diagnostic,
        fields: Vec::new(),
    }
}
