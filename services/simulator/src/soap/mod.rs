//! SOAP 1.1: reading envelopes strictly, writing replies and faults.

mod envelope;
mod tree;
mod write;

pub use self::envelope::{EnvelopeError, open};
pub(crate) use self::tree::is_space;
pub use self::tree::{Attribute, Element, MalformedXml, parse};
pub use self::write::{FaultCode, enclose, escape_into, fault, text_element};

/// Namespace of the SOAP 1.1 envelope.
pub const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

#[cfg(test)]
mod tests;
