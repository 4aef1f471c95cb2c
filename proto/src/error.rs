//! Bytes that are no message.

use std::fmt;

use thiserror::Error;

/// Why bytes are no message at all. It carries nothing of them, only the cause and the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub struct DecodeError {
    /// What is wrong.
    pub cause: DecodeCause,
    /// How many bytes before the place where it was noticed, where that is known.
    pub position: Option<usize>,
}

/// What is wrong with bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecodeCause {
    /// Not JSON.
    BrokenJson,
    /// JSON, but not an object.
    NotAnObject,
    /// A JSON object that has a key twice.
    DuplicateKey,
    /// Nested deeper than any message.
    TooDeep,
    /// Text that is not UTF-8.
    InvalidUtf8,
    /// Not protobuf's wire format.
    BrokenWire,
    /// An internal message or an event without one of its parts, or with one that makes no sense.
    BrokenContent,
}

impl DecodeCause {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::BrokenJson,
        Self::NotAnObject,
        Self::DuplicateKey,
        Self::TooDeep,
        Self::InvalidUtf8,
        Self::BrokenWire,
        Self::BrokenContent,
    ];

    /// The cause code that is stored and counted.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BrokenJson => "broken_json",
            Self::NotAnObject => "not_an_object",
            Self::DuplicateKey => "duplicate_key",
            Self::TooDeep => "too_deep",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::BrokenWire => "broken_wire",
            Self::BrokenContent => "broken_content",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::BrokenJson => "this is not JSON",
            Self::NotAnObject => "a message is a JSON object",
            Self::DuplicateKey => "a JSON object has a key twice",
            Self::TooDeep => "this is nested deeper than any message",
            Self::InvalidUtf8 => "a text is not UTF-8",
            Self::BrokenWire => "this is not protobuf's wire format",
            Self::BrokenContent => "a part of the message is missing or makes no sense",
        }
    }

    pub(crate) fn at(self, position: usize) -> DecodeError {
        DecodeError {
            cause: self,
            position: Some(position),
        }
    }

    pub(crate) fn somewhere(self) -> DecodeError {
        DecodeError {
            cause: self,
            position: None,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.cause.text())?;
        match self.position {
            Some(position) => write!(f, " (noticed after {position} bytes)"),
            None => Ok(()),
        }
    }
}
