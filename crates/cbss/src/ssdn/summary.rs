//! `ResultSummary`: how something went, and the remarks about it (SSDN/Common/ResultSummary.xsd).

use crate::reply::{Message, StatusKind};
use crate::soap::read_pairs;
use crate::xml::Element;

/// By which the envelope says no more than that a service has something to say.
const SEE_SERVICE: [&str; 2] = ["30000001", "20000001"];

/// A result summary.
pub(super) struct Summary {
    /// `ReturnCode` as it came.
    pub(super) return_code: String,
    /// What it means, if it is one of the schema's.
    pub(super) kind: Option<StatusKind>,
    details: Vec<Detail>,
}

/// A remark; its severity may be missing.
struct Detail {
    severity: Option<String>,
    message: Message,
}

impl Summary {
    /// The summary in that element, if it has one.
    pub(super) fn of(holder: Element<'_, '_>) -> Option<Self> {
        let summary = holder.child("ResultSummary")?;
        let return_code = summary.child_text("ReturnCode").unwrap_or_default();
        let kind = match return_code.parse::<i64>() {
            Ok(0) => Some(StatusKind::Ok),
            Ok(1) => Some(StatusKind::Warnings),
            Ok(10_000) => Some(StatusKind::Errors),
            // The attribute says the same in a word.
            Err(_) if return_code.is_empty() => match summary.attribute("ok") {
                Some("YES") => Some(StatusKind::Ok),
                Some("WARNING") => Some(StatusKind::Warnings),
                Some("NO") => Some(StatusKind::Errors),
                Some(_) | None => None,
            },
            Ok(_) | Err(_) => None,
        };
        let details = summary
            .elements()
            .filter(|element| element.name() == "Detail")
            .map(Detail::read);
        Some(Self {
            return_code: return_code.to_owned(),
            kind,
            details: details.collect(),
        })
    }

    /// Does it say anything besides its code?
    pub(super) fn has_details(&self) -> bool {
        !self.details.is_empty()
    }

    /// Without what only points at the services.
    pub(super) fn without_pointers(mut self) -> Self {
        self.details.retain(|detail| {
            !detail
                .message
                .code
                .as_deref()
                .is_some_and(|code| SEE_SERVICE.contains(&code))
        });
        self
    }

    /// Its remarks; those without a severity have that of the result.
    pub(super) fn into_messages(self, status: StatusKind) -> impl Iterator<Item = Message> {
        self.details.into_iter().map(move |detail| Message {
            severity: detail.severity.unwrap_or_else(|| severity(status).to_owned()),
            ..detail.message
        })
    }
}

impl Detail {
    /// `DetailMessageType`.
    fn read(detail: Element<'_, '_>) -> Self {
        let text = |name| detail.child_text(name).map(str::to_owned);
        Self {
            severity: text("Severity"),
            message: Message {
                severity: String::new(),
                code: text("ReasonCode"),
                author: text("AuthorCodeList"),
                diagnostic: text("Diagnostic"),
                fields: read_pairs(detail, ["Information", "FieldName", "FieldValue"]),
            },
        }
    }
}

/// The severity that goes with a status.
pub(super) fn severity(status: StatusKind) -> &'static str {
    match status {
        StatusKind::Ok => "INFORMATION",
        StatusKind::Warnings => "WARNING",
        StatusKind::Errors => "ERROR",
    }
}
