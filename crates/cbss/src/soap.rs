//! SOAP 1.1, document/literal: what goes out, and the envelope of what comes in.

mod fault;
mod read;
mod response;
mod write;

use std::fmt;

use bytes::Bytes;
use thiserror::Error;
use time::OffsetDateTime;

pub(crate) use fault::{read_fault, read_information, read_pairs};
pub(crate) use read::{expect_end, next_element, read_envelope, text_of};
pub(crate) use response::{Response, judge, read_response, read_status, read_ticket};
pub(crate) use write::{Writer, check_characters, check_digits, within};

/// The namespace of SOAP 1.1 envelopes.
pub(crate) const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// `Content-Type` of every request.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// What a call says about its caller: the part of a request that its organisation and its attempt decide.
#[derive(Clone, Copy)]
pub struct CallContext<'a> {
    /// The organisation's number in the enterprise register: ten digits.
    pub cbe_number: &'a str,
    /// Under which legal context the organisation asks: 1 to 64 characters. A free string of the service's
    /// agreement with that organisation, so it comes from its settings.
    pub legal_context: &'a str,
    /// Our ticket: 1 to 36 characters, a UUID for preference (of others the CBSS keeps 32 characters).
    pub ticket: &'a str,
    /// When it is sent; goes out in UTC, with milliseconds.
    pub sent_at: OffsetDateTime,
}

/// A request that is ready to be sent, wherever to.
#[derive(Clone, PartialEq, Eq)]
pub struct PreparedCall {
    /// The value of the `SOAPAction` header, without its quotes.
    pub soap_action: &'static str,
    /// The value of the `Content-Type` header.
    pub content_type: &'static str,
    /// The document, UTF-8.
    pub body: Bytes,
}

/// Why a request cannot be built: a value that the schema, or XML, does not allow. Quotes no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BuildError {
    /// The value is not what the schema asks for.
    #[error("{field}: expected {expected}")]
    Facet {
        /// The element.
        field: &'static str,
        /// What the schema allows there.
        expected: &'static str,
    },
    /// A character that XML 1.0 cannot carry.
    #[error("{field}: character {position} is one that XML forbids")]
    ForbiddenCharacter {
        /// The element.
        field: &'static str,
        /// Which character, counted from 1.
        position: usize,
    },
}

impl fmt::Debug for CallContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallContext")
            .field("cbe_number", &self.cbe_number)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PreparedCall {
    /// The body names a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedCall")
            .field("soap_action", &self.soap_action)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
