//! What begins with `<`.

use std::borrow::Cow;

use memchr::{memchr, memchr3, memmem};
use quick_xml::events::attributes::Attributes;

use super::{MAX_ATTRIBUTES, MAX_NAME, Scanner, Token};
use crate::xml::{ParseError, ParseErrorKind, collapse};

impl<'a> Scanner<'a> {
    /// What begins with `<` at that place; none for what is passed over.
    pub(super) fn markup(&mut self, from: usize) -> Result<Option<Token<'a>>, ParseError> {
        let rest = &self.text[from..];
        match rest.as_bytes().get(1) {
            Some(b'/') => {
                let length = memchr(b'>', rest.as_bytes()).ok_or_else(|| truncated(from))?;
                self.at = from + length + 1;
                let name = rest[2..length].trim_ascii_end();
                if self.open.pop() != Some(name) {
                    return Err(ParseError::new(ParseErrorKind::Malformed, from));
                }
                Ok(Some(Token::End))
            }
            Some(b'!') if rest.starts_with("<!--") => {
                self.pass(from, 4, "-->")?;
                Ok(None)
            }
            Some(b'!') if rest.starts_with("<![CDATA[") => {
                let inner = self.pass(from, 9, "]]>")?;
                self.only_inside(from)?;
                Ok(Some(Token::Text(Cow::Borrowed(inner))))
            }
            Some(b'!') if is_document_type(rest) => Err(ParseError::new(ParseErrorKind::DocumentType, from)),
            Some(b'!') => Err(ParseError::new(ParseErrorKind::Malformed, from)),
            Some(b'?') => {
                let inner = self.pass(from, 2, "?>")?;
                let target = inner.split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
                // An instruction has a name; the declaration is the first of all, or is none.
                if local_name(target).is_none() || (target == "xml" && from > 0) {
                    return Err(ParseError::new(ParseErrorKind::Malformed, from));
                }
                Ok(None)
            }
            Some(_) => {
                let length = tag_length(rest.as_bytes()).ok_or_else(|| truncated(from))?;
                self.at = from + length;
                let content = &rest[1..length - 1];
                let (content, empty) = match content.strip_suffix('/') {
                    Some(content) => (content, true),
                    None => (content, false),
                };
                let name = self.open(content)?;
                self.close_pending = empty;
                Ok(Some(Token::Start(name)))
            }
            None => Err(truncated(from)),
        }
    }

    /// Passes over what ends with `end`, and gives what is between; `begin` is the length of its begin.
    fn pass(&mut self, from: usize, begin: usize, end: &str) -> Result<&'a str, ParseError> {
        let inside = &self.text[from + begin..];
        let length = memmem::find(inside.as_bytes(), end.as_bytes()).ok_or_else(|| truncated(from))?;
        self.at = from + begin + length + end.len();
        Ok(&inside[..length])
    }

    /// Opens the element with that content between `<` and `>`, an ending `/` left out.
    fn open(&mut self, content: &'a str) -> Result<&'a str, ParseError> {
        let is_white = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let name_length = content.bytes().position(is_white).unwrap_or(content.len());
        let written = &content[..name_length];
        let name = local_name(written).ok_or_else(|| self.error(ParseErrorKind::Malformed))?;
        if self.open.is_empty() && std::mem::replace(&mut self.root_seen, true) {
            return Err(self.error(ParseErrorKind::Malformed));
        }
        self.open.push(written);
        self.nodes += 1;
        if self.open.len() > self.limits.max_depth {
            return Err(self.error(ParseErrorKind::TooDeep));
        }
        self.attributes.clear();
        if content.len() > name_length {
            self.read_attributes(content, name_length)?;
        }
        if self.nodes > self.limits.max_nodes {
            return Err(self.error(ParseErrorKind::TooMany));
        }
        Ok(name)
    }

    fn read_attributes(&mut self, content: &'a str, name_length: usize) -> Result<(), ParseError> {
        for (count, attribute) in Attributes::new(content, name_length).enumerate() {
            if count == MAX_ATTRIBUTES {
                return Err(self.error(ParseErrorKind::TooMany));
            }
            let attribute = attribute.map_err(|_| self.error(ParseErrorKind::Malformed))?;
            let key = attribute.key.0;
            if key == "xmlns" || key.starts_with("xmlns:") {
                continue;
            }
            let key = local_name(key).ok_or_else(|| self.error(ParseErrorKind::Malformed))?;
            let value = match attribute.value {
                value if value.contains('<') => return Err(self.error(ParseErrorKind::Malformed)),
                value if value.contains('&') => Cow::Owned(self.unescape(&value)?),
                value => value,
            };
            self.nodes += 1;
            self.attributes.push((key, collapse(value)));
        }
        Ok(())
    }
}

fn truncated(position: usize) -> ParseError {
    ParseError::new(ParseErrorKind::Truncated, position)
}

/// How long a tag is, from `<` to the first `>` that is in no quotes; none where it does not end.
fn tag_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr3(b'>', b'"', b'\'', bytes.get(at..)?)?;
        let found = bytes[at];
        at += 1;
        if found == b'>' {
            return Some(at);
        }
        at += memchr(found, &bytes[at..])? + 1;
    }
}

/// Case does not matter: who writes it otherwise means the same.
fn is_document_type(markup: &str) -> bool {
    markup
        .as_bytes()
        .get(..9)
        .is_some_and(|begin| begin.eq_ignore_ascii_case(b"<!DOCTYPE"))
}

/// The part of a name after its prefix, if it is a name: what a path is made of must hold none of the
/// characters that a path is written with.
fn local_name(name: &str) -> Option<&str> {
    let (mut fits, mut local) = (name.len() <= MAX_NAME, 0);
    for (place, byte) in name.bytes().enumerate() {
        fits &= IN_NAMES[usize::from(byte)];
        if byte == b':' {
            local = place + 1;
        }
    }
    let local = &name[local..];
    let first = local.bytes().next()?;
    (fits && !first.is_ascii_digit() && !matches!(first, b'-' | b'.')).then_some(local)
}

/// Bytes that names are made of.
static IN_NAMES: [bool; 256] = {
    let mut known = [false; 256];
    let mut byte = 0_u8;
    loop {
        known[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':') || byte >= 0x80;
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    known
};
