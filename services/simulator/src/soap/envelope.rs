//! The envelope around a request.

use super::tree::{Element, is_space};
use super::{ENVELOPE, FaultCode};

/// Why an envelope is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EnvelopeError {
    /// Another SOAP version, or no SOAP.
    #[error("the root is not a SOAP 1.1 Envelope")]
    Version,
    /// A header entry that must be understood, and is not.
    #[error("a header entry has mustUnderstand=\"1\", and no header is understood here")]
    MustUnderstand,
    /// Something else than one Header at most and one Body, in this order.
    #[error("the Envelope does not hold an optional Header and then one Body")]
    Parts,
    /// The body of a document/literal request is one element.
    #[error("the Body holds {0} elements instead of one")]
    Body(usize),
    /// Text where only elements belong.
    #[error("text between the elements of the envelope")]
    Text,
}

impl EnvelopeError {
    /// The fault code of SOAP 1.1 for it.
    #[must_use]
    pub fn fault_code(&self) -> FaultCode {
        match self {
            Self::Version => FaultCode::VersionMismatch,
            Self::MustUnderstand => FaultCode::MustUnderstand,
            Self::Parts | Self::Body(_) | Self::Text => FaultCode::Client,
        }
    }
}

/// The only element of the body.
///
/// # Errors
/// When the envelope is not one of SOAP 1.1 that the simulator can obey.
pub fn open(envelope: Element) -> Result<Element, EnvelopeError> {
    if !envelope.is(ENVELOPE, "Envelope") {
        return Err(EnvelopeError::Version);
    }
    only_elements(&envelope)?;
    let mut parts = envelope.children;
    if parts.first().is_some_and(|part| part.is(ENVELOPE, "Header")) {
        let header = parts.remove(0);
        only_elements(&header)?;
        if header.children.iter().any(must_be_understood) {
            return Err(EnvelopeError::MustUnderstand);
        }
    }
    let (Some(mut body), true) = (parts.pop(), parts.is_empty()) else {
        return Err(EnvelopeError::Parts);
    };
    if !body.is(ENVELOPE, "Body") {
        return Err(EnvelopeError::Parts);
    }
    only_elements(&body)?;
    match (body.children.pop(), body.children.len()) {
        (Some(element), 0) => Ok(element),
        (None, _) => Err(EnvelopeError::Body(0)),
        (Some(_), others) => Err(EnvelopeError::Body(others + 1)),
    }
}

fn must_be_understood(entry: &Element) -> bool {
    let flags = entry
        .attributes
        .iter()
        .filter(|flag| flag.namespace == ENVELOPE && flag.local == "mustUnderstand");
    flags.into_iter().any(|flag| flag.value == "1")
}

fn only_elements(element: &Element) -> Result<(), EnvelopeError> {
    if element.text.trim_matches(is_space).is_empty() {
        Ok(())
    } else {
        Err(EnvelopeError::Text)
    }
}
