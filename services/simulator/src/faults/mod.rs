//! Scripted faults: which call goes wrong, and how.
//!
//! A rule is posted as JSON to `/_sim/faults`; the answer is `{"id": 1}`. `GET` lists the rules with how often each
//! was applied, `DELETE /_sim/faults` removes all, `DELETE /_sim/faults/1` one. The oldest rule that matches a call
//! is applied to it, and only that one. A call that fails authentication or the schema is refused before any rule.
//!
//! ```json
//! {"match": {"ssin": "80010100156", "nth": 1}, "action": {"type": "drop_reply"}}
//! {"match": {"cbe_number": "0212344876", "times": 3}, "action": {"type": "http_503", "retry_after_s": 2}}
//! {"match": {"probability": 0.05}, "latency_ms": 800}
//! {"action": {"type": "execute_after_client_gave_up", "delay_ms": 15000}}
//! {"match": {"times": 1}, "action": {"type": "status", "value": "INCOMPLETE_DATA", "code": "HAN20200", "with_data": true}}
//! {"match": {"service": "manage-access", "action": "REGISTER", "times": 1}, "action": {"type": "drop_reply"}}
//! {"action": {"type": "wrong_charset", "encoding": "latin1"}}
//! {"action": {"type": "huge_body", "bytes": 50000000}}
//! ```
//!
//! `match`: all of `service` (`retrieve-ti-groups`, `manage-access`, `identify-person`), `action` (`REGISTER`,
//! `UNREGISTER`, `LIST`), `ssin`, `cbe_number`, `nth` (the nth call for this person since the rule exists; searches by
//! name are counted together), `times` (only the next n calls that match otherwise) and `probability` (0 to 1, by dice
//! from the seed); empty means every call.
//! `latency_ms` waits before anything else and may stand alone or beside any action. [`Action`] lists the actions.

mod script;

use serde::{Deserialize, Serialize};

pub use self::script::{Asked, Chosen, Listed, Script};
use crate::service::{AccessAction, Service};

/// A rule as it is posted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Which calls.
    pub r#match: Match,
    /// Milliseconds to wait before anything else.
    pub latency_ms: u64,
    /// What to do.
    pub action: Action,
}

/// Which calls a rule is for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// The service called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// What ManageAccess is asked to do; no other service has actions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<AccessAction>,
    /// The person asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssin: Option<String>,
    /// The asking organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cbe_number: Option<String>,
    /// Only the nth call (from 1) for a person since the rule exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// At most that many calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Part of the calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

/// What happens to a call. "Executed" means that the CBSS worked on the question, and the ledger
/// says when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// The usual answer.
    #[default]
    None,
    /// Not executed; the connection is closed without an answer.
    DropRequest,
    /// Executed; the connection is closed without an answer, or in the middle of the body.
    DropReply {
        /// Bytes of the body to send first; without it not even the head is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_bytes: Option<usize>,
    },
    /// Executed after the delay, whether or not the client still waits; answered if it does.
    ExecuteAfterClientGaveUp {
        /// Milliseconds.
        delay_ms: u64,
    },
    /// Not executed; status 500 with a page in HTML.
    #[serde(rename = "http_500")]
    Http500,
    /// Not executed; status 503.
    #[serde(rename = "http_503")]
    Http503 {
        /// Seconds for the header `Retry-After`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_s: Option<u64>,
    },
    /// Not executed; this status with an empty body.
    HttpStatus {
        /// From 200 to 599.
        code: u16,
    },
    /// Not executed; a SOAP fault of the service with status 500.
    SoapFault {
        /// Reason code in the fault's detail.
        #[serde(default = "internal_error")]
        code: String,
    },
    /// Executed; this status instead of the usual one. A registration or its end takes effect all the same.
    Status {
        /// For instance `NO_RESULT`; unknown ones may be tried. For the services of the older dialect the
        /// severity of the result, for instance `WARNING`.
        value: String,
        /// For instance `MSG00002`; for the others the reason code.
        code: String,
        /// Whether the person's file, the list of registrations, or the people found go with it all the same.
        #[serde(default)]
        with_data: bool,
    },
    /// Executed; the answer with an end tag too many.
    MalformedXml,
    /// Executed; the first half of the answer, as a complete HTTP message.
    TruncatedBody,
    /// Executed; the answer in other bytes than the header says (UTF-8). As ISO 8859-1 an answer of ManageAccess
    /// differs only where the client's own reference has letters beyond ASCII.
    WrongCharset {
        /// Which bytes.
        encoding: Encoding,
    },
    /// Not executed; status 200 with a page in HTML.
    HtmlPage,
    /// Executed; status 200 and nothing.
    EmptyBody,
    /// Executed; the answer, made that long by blanks that mean nothing.
    HugeBody {
        /// Length of the body.
        bytes: u64,
    },
    /// Executed; the answer, at this pace.
    SlowBody {
        /// Bytes a second, from 1.
        bytes_per_s: u64,
    },
    /// Not executed; status 307.
    Redirect {
        /// The header `Location`.
        to: String,
    },
}

/// Encodings for [`Action::WrongCharset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// One byte a character, as ISO 8859-1 has it; `?` for what it lacks.
    Latin1,
    /// Two bytes a character, little end first, after a byte order mark.
    Utf16,
}

fn internal_error() -> String {
    "MSG00003".to_owned()
}

/// Why a rule is not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadRule {
    /// Not from 0 to 1.
    #[error("match.probability must be from 0 to 1")]
    Probability,
    /// Calls are counted from 1.
    #[error("match.nth and match.times count from 1")]
    Count,
    /// No such HTTP status.
    #[error("action.code must be from 200 to 599")]
    HttpStatus,
    /// Would never end.
    #[error("action.bytes_per_s must be at least 1")]
    Pace,
    /// Would break the header.
    #[error("action.to must be printable ASCII")]
    Location,
}

impl Rule {
    /// Refuses a rule that could not be carried out.
    ///
    /// # Errors
    /// Names the member that is wrong.
    pub fn check(&self) -> Result<(), BadRule> {
        if self
            .r#match
            .probability
            .is_some_and(|part| !(0.0..=1.0).contains(&part))
        {
            return Err(BadRule::Probability);
        }
        if self.r#match.nth == Some(0) || self.r#match.times == Some(0) {
            return Err(BadRule::Count);
        }
        self.action.check()
    }
}

impl Action {
    fn check(&self) -> Result<(), BadRule> {
        match self {
            Self::HttpStatus { code } if !(200..=599).contains(code) => Err(BadRule::HttpStatus),
            Self::SlowBody { bytes_per_s: 0 } => Err(BadRule::Pace),
            Self::Redirect { to } if !to.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err(BadRule::Location)
            }
            Self::None
            | Self::DropRequest
            | Self::DropReply { .. }
            | Self::ExecuteAfterClientGaveUp { .. }
            | Self::Http500
            | Self::Http503 { .. }
            | Self::HttpStatus { .. }
            | Self::SoapFault { .. }
            | Self::Status { .. }
            | Self::MalformedXml
            | Self::TruncatedBody
            | Self::WrongCharset { .. }
            | Self::HtmlPage
            | Self::EmptyBody
            | Self::HugeBody { .. }
            | Self::SlowBody { .. }
            | Self::Redirect { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
