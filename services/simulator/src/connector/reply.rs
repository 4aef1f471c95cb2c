//! The replies: result summaries, and the document around a service's own part.

use std::borrow::Cow;
use std::fmt::Write as _;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use super::document::Sender;
use super::{COMMON, CONNECTOR, SERVICE};
use crate::exchange::Receipt;
use crate::schema::Violation;
use crate::soap::{self, escape_into, text_element};

const TIME: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]");

/// Something mandatory is not there or empty.
pub(crate) const LACKING: &str = "31000007";
/// Made up: anything else that breaks the rules of the document.
const INVALID: &str = "31000001";

/// How bad a result is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    Information,
    Warning,
    Error,
    /// No word of the schema; only a fault script says so, and it counts as an error.
    Other(String),
}

impl Severity {
    pub(super) fn of(word: String) -> Self {
        match word.as_str() {
            "INFORMATION" => Self::Information,
            "WARNING" => Self::Warning,
            "ERROR" => Self::Error,
            _ => Self::Other(word),
        }
    }

    fn word(&self) -> &str {
        match self {
            Self::Information => "INFORMATION",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Other(word) => word,
        }
    }

    /// The higher, the worse.
    fn rank(&self) -> u8 {
        match self {
            Self::Information => 0,
            Self::Warning => 1,
            Self::Error | Self::Other(_) => 2,
        }
    }

    /// `ok` and `ReturnCode` of a summary with it.
    fn result(&self) -> (&'static str, &'static str) {
        match self {
            Self::Information => GOOD,
            Self::Warning => ("WARNING", "1"),
            Self::Error | Self::Other(_) => ("NO", "10000"),
        }
    }

    /// What the context says about a request with it.
    fn of_context(&self) -> Option<Finding> {
        let (severity, code, diagnostic) = match self {
            Self::Information => return None,
            Self::Warning => (
                Self::Warning,
                "20000001",
                "A service request has led to a warning.",
            ),
            Self::Error | Self::Other(_) => {
                (Self::Error, "30000001", "A service request has led to an error.")
            }
        };
        Some(Finding {
            severity,
            code: code.into(),
            diagnostic: diagnostic.into(),
            information: Vec::new(),
        })
    }
}

/// `ok` and `ReturnCode` when all is well.
const GOOD: (&str, &str) = ("YES", "0");

/// A detail of a summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) code: Cow<'static, str>,
    pub(crate) diagnostic: Cow<'static, str>,
    /// Names and values of fields; an empty value is left out.
    pub(crate) information: Vec<(&'static str, String)>,
}

impl Finding {
    pub(crate) fn new(
        severity: Severity,
        code: &'static str,
        diagnostic: &'static str,
        information: Vec<(&'static str, String)>,
    ) -> Self {
        Self {
            severity,
            code: code.into(),
            diagnostic: diagnostic.into(),
            information,
        }
    }
}

/// A result with its details.
pub(super) struct Summary(Vec<Finding>);

impl Summary {
    pub(super) fn of(findings: Vec<Finding>) -> Self {
        Self(findings)
    }

    /// The worst detail, of several the first.
    fn worst(&self) -> Option<&Finding> {
        let rank = |finding: &&Finding| std::cmp::Reverse(finding.severity.rank());
        self.0.iter().min_by_key(rank)
    }

    /// For the ledger.
    pub(super) fn status(&self) -> String {
        match self.worst() {
            None => format!("{} {}", GOOD.0, GOOD.1),
            Some(finding) => format!("{} {}", finding.severity.word(), finding.code),
        }
    }

    fn of_context(&self) -> Self {
        let finding = self.worst().and_then(|finding| finding.severity.of_context());
        Self(finding.into_iter().collect())
    }

    fn write(&self, out: &mut String) {
        let (ok, return_code) = self.worst().map_or(GOOD, |finding| finding.severity.result());
        let _ = write!(out, "<c:ResultSummary xmlns:c=\"{COMMON}\" ok=\"{ok}\">");
        text_element("c:ReturnCode", return_code, out);
        for finding in &self.0 {
            out.push_str("<c:Detail>");
            text_element("c:Severity", finding.severity.word(), out);
            text_element("c:ReasonCode", &finding.code, out);
            text_element("c:Diagnostic", &finding.diagnostic, out);
            text_element("c:AuthorCodeList", "CBSS", out);
            for (name, value) in &finding.information {
                out.push_str("<c:Information>");
                text_element("c:FieldName", name, out);
                if !value.is_empty() {
                    text_element("c:FieldValue", value, out);
                }
                out.push_str("</c:Information>");
            }
            out.push_str("</c:Detail>");
        }
        out.push_str("</c:ResultSummary>");
    }
}

/// The whole reply; `content` where the service's own part is to be there.
pub(super) fn write(
    sender: &Sender,
    (service_id, version): (&str, &str),
    receipt: Receipt<'_>,
    summary: &Summary,
    content: Option<&str>,
) -> String {
    enclose(|out| {
        out.push_str("<ReplyContext>");
        summary.of_context().write(out);
        context(sender, receipt, out);
        out.push_str("</ReplyContext><ServiceReply>");
        summary.write(out);
        text_element("ServiceId", service_id, out);
        text_element("Version", version, out);
        out.push_str(content.unwrap_or_default());
        out.push_str("</ServiceReply>");
    })
}

/// The reply to a document that cannot be taken.
pub(super) fn rejection(violation: &Violation) -> String {
    let code = if violation.lacking { LACKING } else { INVALID };
    enclose(|out| {
        out.push_str("<ReplyContext>");
        Summary::of(vec![Finding {
            severity: Severity::Error,
            code: code.into(),
            diagnostic: violation.to_string().into(),
            information: Vec::new(),
        }])
        .write(out);
        out.push_str("</ReplyContext>");
    })
}

/// The document in its string in its envelope.
fn enclose(write: impl FnOnce(&mut String)) -> String {
    let mut document = String::with_capacity(4096);
    let _ = write!(
        document,
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><SSDNReply xmlns=\"{SERVICE}\">"
    );
    write(&mut document);
    document.push_str("</SSDNReply>");
    soap::enclose(8192, |out| {
        let _ = write!(out, "<con:xmlString xmlns:con=\"{CONNECTOR}\">");
        escape_into(&document, out);
        out.push_str("</con:xmlString>");
    })
}

fn context(sender: &Sender, receipt: Receipt<'_>, out: &mut String) {
    out.push_str("<AuthorizedUser>");
    text_element("UserID", &sender.user_id, out);
    text_element("Email", &sender.email, out);
    text_element("OrgUnit", &sender.org_unit, out);
    text_element("MatrixID", &sender.matrix_id.to_string(), out);
    if let Some(matrix_sub_id) = sender.matrix_sub_id {
        text_element("MatrixSubID", &matrix_sub_id.to_string(), out);
    }
    out.push_str("</AuthorizedUser><Message>");
    if let Some(reference) = &sender.reference {
        text_element("Reference", reference, out);
    }
    text_element("Ticket", receipt.ticket, out);
    if let Some(time_request) = &sender.time_request {
        text_element("TimeRequest", time_request, out);
    }
    text_element("TimeReceive", &time(receipt.received), out);
    text_element("TimeResponse", &time(receipt.replied), out);
    out.push_str("</Message>");
}

/// In UTC, without saying so.
fn time(at: OffsetDateTime) -> String {
    // Only a year beyond 9999 cannot be written; the clock of such a machine is not worth a failure here.
    at.to_offset(UtcOffset::UTC).format(TIME).unwrap_or_default()
}
