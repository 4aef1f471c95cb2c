//! What went wrong, and whether the CBSS may know of it.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use thiserror::Error;

use super::timely::TooLate;

/// Why there is no answer. Carries nothing of request or answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// Not one byte of the request has left: sending it again repeats nothing.
    #[error("not sent: {cause} while {stage}: {detail}")]
    NotSent {
        /// How far it came.
        stage: ConnectStage,
        /// What happened.
        cause: SendCause,
        /// The words of the library that noticed, for operators.
        detail: String,
    },
    /// The request, or part of it, may have reached the CBSS, which may have acted on it.
    #[error("outcome unknown: {cause} while {stage}: {detail}")]
    Unknown {
        /// How far it came.
        stage: ExchangeStage,
        /// What happened.
        cause: SendCause,
        /// The HTTP status, when the head of an answer had come.
        status: Option<u16>,
        /// The words of the library that noticed, for operators.
        detail: String,
    },
}

/// The steps before the first byte of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectStage {
    /// Putting the request together.
    Prepare,
    /// Keeping the time until which it had to leave.
    Slot,
    /// Finding the host's address.
    Dns,
    /// Opening the connection. A time-out while connecting is counted here, whichever step took the time.
    Connect,
    /// Agreeing on TLS.
    Tls,
}

/// The steps from the first byte on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExchangeStage {
    /// Writing the request and waiting for the head of the answer: from outside they look alike.
    Exchange,
    /// Reading the answer's body.
    Body,
}

/// The ways in which it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendCause {
    /// Time was up.
    Timeout,
    /// Nobody listens there.
    Refused,
    /// The connection was closed or reset.
    Closed,
    /// The answer is longer than `max_response_bytes`.
    TooLarge,
    /// The other side does not speak HTTP or TLS as we do, or is not whom we trust.
    Protocol,
    /// Anything else.
    Other,
}

/// Why a client cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SetupError {
    /// `connect` is longer than `total`.
    #[error("the connect time-out is longer than the total time-out")]
    Timeouts,
    /// A PEM text without what is expected of it.
    #[error("{what}: no usable PEM: {detail}")]
    Pem {
        /// Which one.
        what: &'static str,
        /// Why.
        detail: String,
    },
    /// TLS refuses the material.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// The HTTP library refuses.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

impl ConnectStage {
    /// A word for metric labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Slot => "slot",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
        }
    }
}

impl ExchangeStage {
    /// A word for metric labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Body => "body",
        }
    }
}

impl SendCause {
    /// A word for metric labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::Closed => "closed",
            Self::TooLarge => "too_large",
            Self::Protocol => "protocol",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for ConnectStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ExchangeStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for SendCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl SendError {
    /// An error before the head of an answer.
    ///
    /// Nothing has left only where the library says that it was still connecting (or had not begun). A
    /// connection from the pool that dies under the request is not that: the request may have been written.
    pub(super) fn before_answer(error: &reqwest::Error) -> Self {
        let cause = cause_of(error);
        let detail = innermost(error);
        if error.is_builder() {
            return Self::NotSent {
                stage: ConnectStage::Prepare,
                cause,
                detail,
            };
        }
        if chain(error).any(|source| source.is::<TooLate>()) {
            return Self::NotSent {
                stage: ConnectStage::Slot,
                cause: SendCause::Timeout,
                detail,
            };
        }
        if error.is_connect() {
            let stage = if error.is_dns() {
                ConnectStage::Dns
            } else if chain(error).any(is_tls) {
                ConnectStage::Tls
            } else {
                ConnectStage::Connect
            };
            return Self::NotSent { stage, cause, detail };
        }
        Self::Unknown {
            stage: ExchangeStage::Exchange,
            cause,
            status: None,
            detail,
        }
    }

    /// An error after the head of an answer.
    pub(super) fn in_answer(error: &reqwest::Error, status: u16) -> Self {
        Self::Unknown {
            stage: ExchangeStage::Body,
            cause: cause_of(error),
            status: Some(status),
            detail: innermost(error),
        }
    }

    /// A longer answer than is read.
    pub(super) fn too_large(status: u16) -> Self {
        Self::Unknown {
            stage: ExchangeStage::Body,
            cause: SendCause::TooLarge,
            status: Some(status),
            detail: "the answer is longer than max_response_bytes".to_owned(),
        }
    }

    /// May the CBSS have received the request?
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::NotSent { .. } => false,
            Self::Unknown { .. } => true,
        }
    }

    /// Was it kept back because the time until which it had to leave had passed?
    #[must_use]
    pub fn is_late(&self) -> bool {
        matches!(
            self,
            Self::NotSent {
                stage: ConnectStage::Slot,
                ..
            }
        )
    }

    /// What happened.
    #[must_use]
    pub fn cause(&self) -> SendCause {
        match self {
            Self::NotSent { cause, .. } | Self::Unknown { cause, .. } => *cause,
        }
    }

    /// Where it happened, as a word for metric labels.
    #[must_use]
    pub fn stage(&self) -> &'static str {
        match self {
            Self::NotSent { stage, .. } => stage.as_str(),
            Self::Unknown { stage, .. } => stage.as_str(),
        }
    }
}

fn cause_of(error: &reqwest::Error) -> SendCause {
    if error.is_timeout() {
        return SendCause::Timeout;
    }
    if chain(error).any(is_tls) {
        return SendCause::Protocol;
    }
    let kind = chain(error)
        .filter_map(|source| source.downcast_ref::<io::Error>())
        .last()
        .map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => SendCause::Refused,
        Some(
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected
            | io::ErrorKind::UnexpectedEof,
        ) => SendCause::Closed,
        _ => match chain(error).find_map(|source| source.downcast_ref::<hyper::Error>()) {
            Some(hyper) if hyper.is_incomplete_message() || hyper.is_canceled() || hyper.is_closed() => {
                SendCause::Closed
            }
            Some(hyper) if hyper.is_parse() => SendCause::Protocol,
            _ => SendCause::Other,
        },
    }
}

fn is_tls(source: &(dyn StdError + 'static)) -> bool {
    source.is::<rustls::Error>()
}

/// An error and its sources, outermost first.
fn chain<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn StdError + 'static)| {
        // The source of an I/O error is the source of what it wraps; what it wraps is what we are after.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => (*error).source(),
        }
    })
}

/// The words of the innermost source; the outer ones name the URL.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    match chain(error).last() {
        Some(source) if source.is::<reqwest::Error>() => {
            "the request was refused by the HTTP library".to_owned()
        }
        Some(source) => source.to_string(),
        None => String::new(),
    }
}
