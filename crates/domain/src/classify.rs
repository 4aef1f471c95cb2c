//! What an attempt meant: one pure function from what happened to what it says about the request.

use std::time::Duration;

use serde::Deserialize;

use crate::service::OperationKind;

/// What happened to an attempt, as far as this side can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It failed, and provably no byte of the request left: name resolution, connection, TLS handshake.
    NotSent,
    /// A byte may have left, and no complete answer came: time-out, reset, answer cut off or too large.
    NoAnswer,
    /// A complete HTTP answer came.
    Answer(Answer),
}

/// A complete HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status code.
    pub http_status: u16,
    /// The wait that `Retry-After` asks for.
    pub retry_after: Option<Duration>,
    /// What the body is.
    pub body: Body,
}

/// What the body of an answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A reply of the service with a status.
    Reply {
        /// How usable it is.
        usable: Usable,
        /// The CBSS's codes, as they came.
        codes: Vec<String>,
    },
    /// A SOAP fault.
    Fault {
        /// The CBSS's codes, as they came; none when the fault is not the CBSS's own.
        codes: Vec<String>,
    },
    /// Not a reply of the service: HTML, nothing, broken XML.
    Unreadable,
}

/// How usable a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usable {
    /// Usable.
    Ok,
    /// Usable, with warnings.
    Warnings,
    /// The CBSS answered; there is no usable result.
    Errors,
}

/// What an attempt says about the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The CBSS has dealt with it.
    Done(Usable),
    /// It was not executed; it may be sent again.
    Retry(RetryCause, Option<Duration>),
    /// The CBSS failed while working on it (a fault of its own): a question may be asked again.
    ServerFault,
    /// Nobody knows whether it was executed.
    Unknown(UnknownCause),
    /// Sending it again as it is will not help.
    Permanent(FailureCause),
    /// The organisation's access is not set up right; no request of this lane will pass.
    Configuration(FailureCause),
}

/// Why a request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryCause {
    /// No byte left.
    NotSent,
    /// The CBSS, or a gateway before it, said that it is not available.
    Unavailable,
}

/// Why the outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownCause {
    /// No complete answer.
    NoAnswer,
    /// An answer that is not the service's.
    Unreadable,
    /// A failure of a server that did not say whether it had worked.
    ServerError,
}

/// Why the relay gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureCause {
    /// The budget of attempts is spent.
    Attempts,
    /// The budget of time is spent.
    Time,
    /// The outcome stayed unknown, and the budget for asking again is spent.
    UnknownOutcome,
    /// The answer could not be read, and the budget for asking again is spent.
    Unreadable,
    /// Refused for a reason that lies in the request.
    Refused,
    /// The organisation's access is not set up right.
    Configuration,
    /// The process that sent it died too often.
    Crashes,
}

impl FailureCause {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Attempts,
        Self::Time,
        Self::UnknownOutcome,
        Self::Unreadable,
        Self::Refused,
        Self::Configuration,
        Self::Crashes,
    ];

    /// The word in the database, in events and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attempts => "attempts",
            Self::Time => "time",
            Self::UnknownOutcome => "unknown_outcome",
            Self::Unreadable => "unreadable",
            Self::Refused => "refused",
            Self::Configuration => "configuration",
            Self::Crashes => "crashes",
        }
    }
}

impl Verdict {
    /// The word for the `class` label of attempts.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Done(Usable::Ok) => "ok",
            Self::Done(Usable::Warnings) => "warnings",
            Self::Done(Usable::Errors) => "errors",
            Self::Retry(RetryCause::NotSent, _) => "not_sent",
            Self::Retry(RetryCause::Unavailable, _) => "unavailable",
            Self::ServerFault => "server_fault",
            Self::Unknown(UnknownCause::NoAnswer) => "no_answer",
            Self::Unknown(UnknownCause::Unreadable) => "unreadable",
            Self::Unknown(UnknownCause::ServerError) => "server_error",
            Self::Permanent(_) => "refused",
            Self::Configuration(_) => "configuration",
        }
    }
}

/// What the CBSS's codes say beyond the status they come with. Data, so that an installation can follow the CBSS.
///
/// The defaults are those of the CBSS's status lists as gathered in the protocol notes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Codes {
    /// The CBSS, or the source behind it, is not available: not executed.
    pub unavailable: Vec<String>,
    /// An internal error of the CBSS: whether it had worked is not said.
    pub internal: Vec<String>,
    /// Access is not allowed with this legal context and these credentials: not executed.
    pub access: Vec<String>,
}

impl Default for Codes {
    fn default() -> Self {
        let list = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        Self {
            unavailable: list(&["MSG00001", "MSG00002", "HAN00031"]),
            internal: list(&["MSG00003"]),
            access: list(&["MSG00013"]),
        }
    }
}

/// Classifies one attempt.
///
/// | what happened | question | change |
/// |---|---|---|
/// | no byte left | retry | retry |
/// | MSG00001, MSG00002, HAN00031 | retry | retry |
/// | 429 | retry | retry |
/// | 503, no readable reply | retry | unknown |
/// | no complete answer, unreadable answer, other 5xx | unknown | unknown |
/// | fault MSG00003 | server fault | unknown |
/// | 401, 403, 407, MSG00013 | configuration | configuration |
/// | 1xx, 3xx | configuration: an endpoint does not answer so | configuration |
/// | other 4xx | refused | refused |
/// | a reply with a status, a fault with another code | done | done |
///
/// Codes: the CBSS's status lists as gathered in the protocol notes; HTTP: RFC 9110 §15, RFC 6585 §4.
#[must_use]
pub fn classify(codes: &Codes, operation: OperationKind, happening: &Happening) -> Verdict {
    let answer = match happening {
        Happening::NotSent => return Verdict::Retry(RetryCause::NotSent, None),
        Happening::NoAnswer => return Verdict::Unknown(UnknownCause::NoAnswer),
        Happening::Answer(answer) => answer,
    };
    let has = |found: &[String], list: &[String]| found.iter().any(|code| list.contains(code));
    match &answer.body {
        Body::Reply { codes: found, .. } | Body::Fault { codes: found } if has(found, &codes.unavailable) => {
            Verdict::Retry(RetryCause::Unavailable, answer.retry_after)
        }
        Body::Reply { codes: found, .. } | Body::Fault { codes: found } if has(found, &codes.access) => {
            Verdict::Configuration(FailureCause::Configuration)
        }
        Body::Reply { codes: found, .. } | Body::Fault { codes: found } if has(found, &codes.internal) => {
            match operation {
                OperationKind::Question => Verdict::ServerFault,
                OperationKind::Change => Verdict::Unknown(UnknownCause::ServerError),
            }
        }
        Body::Reply { usable, .. } => Verdict::Done(*usable),
        Body::Fault { codes: found } if !found.is_empty() => Verdict::Done(Usable::Errors),
        Body::Fault { .. } | Body::Unreadable => by_http_status(operation, answer),
    }
}

/// An answer that is not the CBSS's own word is judged by its HTTP status.
fn by_http_status(operation: OperationKind, answer: &Answer) -> Verdict {
    let bare_fault = matches!(answer.body, Body::Fault { .. });
    match answer.http_status {
        429 => Verdict::Retry(RetryCause::Unavailable, answer.retry_after),
        503 if operation == OperationKind::Question => {
            Verdict::Retry(RetryCause::Unavailable, answer.retry_after)
        }
        401 | 403 | 407 => Verdict::Configuration(FailureCause::Configuration),
        100..=199 | 300..=399 => Verdict::Configuration(FailureCause::Configuration),
        400..=499 => Verdict::Permanent(FailureCause::Refused),
        500.. if bare_fault && operation == OperationKind::Question => Verdict::ServerFault,
        500.. => Verdict::Unknown(UnknownCause::ServerError),
        _ => Verdict::Unknown(UnknownCause::Unreadable),
    }
}

#[cfg(test)]
mod tests;
