//! Why a reply could not be read.

use thiserror::Error;

/// A reply that cannot be read: what is wrong, and where.
///
/// Carries no text of the document, which is personal data: the cause and the position are enough to find
/// the spot in the sealed original.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("unreadable reply at byte {position}{}: {kind}", if *.inner { " of the document in its string" } else { "" })]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// Where: bytes from the start of the document, counted in UTF-8 (after decoding, without byte order
    /// mark); for bytes that are no text in their encoding, in the original where known, else 0.
    pub position: u64,
    /// Is it the document inside the string of a classic reply (SSDN) that has this position, counted after
    /// its references have been resolved?
    pub inner: bool,
}

impl ParseError {
    pub(crate) fn new(kind: ParseErrorKind, position: usize) -> Self {
        Self {
            kind,
            position: position as u64,
            inner: false,
        }
    }

    /// The same, in the document inside the string.
    pub(crate) fn in_string(self) -> Self {
        Self { inner: true, ..self }
    }

    /// The cause as a word for metrics, quarantine and programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// The causes of a [`ParseError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ParseErrorKind {
    /// The reply is longer than [`Limits::max_bytes`](crate::Limits).
    #[error("it is longer than the limit allows")]
    TooLarge,
    /// Nothing, or only white space.
    #[error("it is empty")]
    Empty,
    /// The charset of the header or the XML declaration is not known.
    #[error("its character encoding is not known")]
    UnknownEncoding,
    /// The bytes are no text in their encoding.
    #[error("its bytes are no text in the encoding that it claims")]
    NotInEncoding,
    /// A character that XML 1.0 forbids, literally or as a reference.
    #[error("it has a character that XML forbids")]
    ForbiddenCharacter,
    /// A document type declaration: SOAP forbids it, and entities are what attacks are made of.
    #[error("it has a document type declaration, which SOAP forbids")]
    DocumentType,
    /// A reference to an entity other than `lt`, `gt`, `amp`, `apos`, `quot`.
    #[error("it refers to an entity that is not defined")]
    UndefinedEntity,
    /// Not well-formed XML.
    #[error("it is not well-formed XML")]
    Malformed,
    /// It ends too early.
    #[error("it ends before its last element is closed")]
    Truncated,
    /// Elements nested too deep.
    #[error("its elements are nested deeper than the limit allows")]
    TooDeep,
    /// Too many elements, attributes, rows, or too much text for their limits.
    #[error("it has more elements, attributes, rows or text than the limit allows")]
    TooMany,
    /// XML, but no SOAP envelope with a body.
    #[error("it is no SOAP envelope")]
    NotSoap,
    /// A SOAP body with something other than this service's reply or a fault.
    #[error("its SOAP body is neither a reply of this service nor a fault")]
    UnexpectedBody,
}

impl ParseErrorKind {
    /// A word for programs; these words are an interface.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Empty => "empty",
            Self::UnknownEncoding => "unknown_encoding",
            Self::NotInEncoding => "not_in_encoding",
            Self::ForbiddenCharacter => "forbidden_character",
            Self::DocumentType => "document_type",
            Self::UndefinedEntity => "undefined_entity",
            Self::Malformed => "malformed",
            Self::Truncated => "truncated",
            Self::TooDeep => "too_deep",
            Self::TooMany => "too_many",
            Self::NotSoap => "not_soap",
            Self::UnexpectedBody => "unexpected_body",
        }
    }
}
