//! Reading XML that strangers wrote: encodings, limits, and no entity but the five that XML itself has.
//!
//! Architecture invariant: time and memory are linear in the input. Everything that could grow faster
//! (depth, attributes of one element, long paths repeated per leaf) has a limit of its own, and a document
//! type declaration is refused unread, so there is nothing to expand.

mod decode;
mod error;
mod limits;
mod scan;
mod tree;

pub(crate) use decode::decode;
pub use error::{ParseError, ParseErrorKind};
pub use limits::Limits;
pub(crate) use scan::{Scanner, Token, is_xml_character};
pub(crate) use tree::{Element, Node, Tree};

use std::borrow::Cow;

/// Replaces every run of XML white space by one space and drops it at both ends (`xs:whiteSpace`
/// "collapse"). Borrows where there is nothing to do.
pub(crate) fn collapse(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => collapse_str(text),
        Cow::Owned(text) => match collapse_str(&text) {
            Cow::Borrowed(same) if same.len() == text.len() => Cow::Owned(text),
            Cow::Borrowed(trimmed) => Cow::Owned(trimmed.to_owned()),
            Cow::Owned(collapsed) => Cow::Owned(collapsed),
        },
    }
}

/// Is there nothing but XML's white space?
pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| is_white(&byte))
}

fn is_white(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Without XML's white space at both ends, whose characters are bytes.
fn trim(text: &str) -> &str {
    let bytes = text.as_bytes();
    let Some(from) = bytes.iter().position(|byte| !is_white(byte)) else {
        return "";
    };
    let to = bytes.iter().rposition(|byte| !is_white(byte)).unwrap_or(from);
    &text[from..=to]
}

fn collapse_str(text: &str) -> Cow<'_, str> {
    let white = |character| matches!(character, ' ' | '\t' | '\r' | '\n');
    let text = trim(text);
    let mut before = b'.';
    let regular = text.bytes().all(|byte| {
        let double = std::mem::replace(&mut before, byte) == b' ' && byte == b' ';
        !double && !matches!(byte, b'\t' | b'\r' | b'\n')
    });
    if regular {
        return Cow::Borrowed(text);
    }
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split(white).filter(|word| !word.is_empty()) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    Cow::Owned(collapsed)
}
