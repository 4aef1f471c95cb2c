//! A reply of the CBSS, whatever the service.

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

/// How a reply counts for the job, the best first: the words that the welfare applications know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusKind {
    /// A usable result, which may be "nothing is known".
    Ok,
    /// A usable result with a reservation.
    Warnings,
    /// The CBSS answered without a usable result.
    Errors,
}

impl StatusKind {
    /// The word in JSON, events and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warnings => "warnings",
            Self::Errors => "errors",
        }
    }
}

/// What kind of result it is: finer than [`StatusKind`], coarser than the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// `DATA_FOUND`: data.
    Data,
    /// `NO_DATA_FOUND`: the sources know nothing. A good answer.
    Empty,
    /// `INCOMPLETE_DATA`: some source could not be consulted.
    Partial,
    /// `NO_RESULT`: the request was refused; the codes say why.
    Refused,
    /// A SOAP fault.
    Fault,
    /// A status that is not in the documentation, or none.
    Unknown,
}

impl Outcome {
    /// The word in JSON, events and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Empty => "empty",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Fault => "fault",
            Self::Unknown => "unknown",
        }
    }
}

/// A reply that was understood. Its JSON is that of `relayctl cbss parse --json`.
///
/// `Debug` shows its shape only: rows and messages are personal data (messages may echo an SSIN).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// How it counts.
    pub status: StatusKind,
    /// What kind of result it is.
    pub outcome: Outcome,
    /// The CBSS's own ticket (`informationCBSS/ticketCBSS`, classic `Message/Ticket`), of a fault as well:
    /// one half of the audit key.
    pub ticket: Option<String>,
    /// The status as the CBSS worded it; none in a fault.
    #[serde(skip)]
    pub cbss_status: Option<CbssStatus>,
    /// The codes of status or fault, each once, in document order. Only what has the shape of a code is let
    /// in, since codes go into events and metrics.
    pub codes: Vec<String>,
    /// What the CBSS says about the request. Free text: personal data.
    pub messages: Vec<Message>,
    /// The records.
    pub rows: Vec<Row>,
    /// Was it a SOAP fault?
    #[serde(skip)]
    pub fault: bool,
}

/// `StatusType` of CommonV3.xsd; of the classic generation `ResultSummary`.
#[derive(Clone, PartialEq, Eq)]
pub struct CbssStatus {
    /// `DATA_FOUND`, `NO_DATA_FOUND`, `NO_RESULT`, `INCOMPLETE_DATA`, or what else may come; a classic
    /// reply's return code.
    pub value: String,
    /// For instance `MSG00000`; of a classic reply the code of its first remark, if any.
    pub code: String,
    /// Free text.
    pub description: Option<String>,
}

/// One remark of the CBSS about a request.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// As it came with a fault or a classic reply (`INFORMATION`, `WARNING`, `ERROR`, `FATAL`); for a status `INFORMATION`, `WARNING`
    /// or `ERROR` after its value.
    pub severity: String,
    /// The reason code.
    pub code: Option<String>,
    /// Whose code that is.
    pub author: Option<String>,
    /// Free text.
    pub diagnostic: Option<String>,
    /// The `information` pairs; `path` is their `fieldName`.
    pub fields: Vec<Field>,
}

/// One record of a reply.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its place among the rows of its group, from 1.
    pub ordinal: u32,
    /// The element that holds the records of this kind.
    pub group: String,
    /// What a person calls the group.
    pub title: String,
    /// The information type, three digits; none where the service has none or it is not known.
    #[serde(rename = "type")]
    pub information_type: Option<String>,
    /// Valid from: `YYYY-MM-DD`, `00` for unknown parts.
    pub since: Option<String>,
    /// Valid until, alike.
    pub until: Option<String>,
    /// What a person reads.
    pub text: String,
    /// Everything in the record, in document order.
    pub fields: Vec<Field>,
}

/// A value and where it stands.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Where, relative to the record's element: local names separated by `/`; the second and later ones of
    /// the same name carry their number (`FirstName[2]`); an attribute is `@Name` at the end; `.` is the
    /// record's own text; what belongs to the elements around it starts with `..`.
    pub path: String,
    /// The text, white space collapsed; a date as `YYYY-MM-DD`.
    pub value: String,
}

impl Row {
    /// The value at a path.
    #[must_use]
    pub fn field(&self, path: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|field| field.path == path)
            .map(|field| field.value.as_str())
    }
}

impl Message {
    /// What a reply holds besides its records: a message of severity `INFORMATION` without code. None where that says
    /// nothing.
    pub(crate) fn remark(fields: Vec<Field>) -> Option<Self> {
        let says_something = fields.iter().any(|field| !field.value.is_empty());
        says_something.then(|| Self {
            severity: "INFORMATION".to_owned(),
            code: None,
            author: None,
            diagnostic: None,
            fields,
        })
    }
}

/// What codes messages have, each once, in their order; without what does not have the shape of a code.
pub(crate) fn codes_of(messages: &[Message]) -> Vec<String> {
    let mut seen = HashSet::new();
    messages
        .iter()
        .filter_map(|message| message.code.as_deref())
        .filter(|code| is_code(code) && seen.insert(*code))
        .map(str::to_owned)
        .collect()
}

/// Does a text have the shape of a code, so that it may be shown where personal data may not? Not too long,
/// no spaces, and no run of digits that could be somebody's number.
pub(crate) fn is_code(text: &str) -> bool {
    let mut digits = 0;
    let digit_run = text.bytes().any(|byte| {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        digits >= 11
    });
    is_word(text) && !digit_run
}

/// Does a text have the shape of a ticket? A UUID may well have eleven digits in a row; eleven digits and
/// nothing else are none.
pub(crate) fn is_ticket(text: &str) -> bool {
    is_word(text) && !(text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'/'))
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("outcome", &self.outcome)
            .field("ticket", &self.ticket)
            .field("codes", &self.codes)
            .field("messages", &self.messages.len())
            .field("rows", &self.rows.len())
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CbssStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CbssStatus(…)")
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Message(…)")
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({}/{} …)", self.group, self.ordinal)
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Field(…)")
    }
}
