//! A document as a stream of elements and text, under limits.
//!
//! The text is in memory and known to be UTF-8, there are no document types and so no entities, and of comments and
//! instructions nobody wants to know: what is left of XML is small, and this is the inner loop of everything that is
//! read. So the markup is found here; attributes are quick-xml's. quick-xml's reader is the other opinion that tests
//! and fuzzers compare it with (ADR 0018).

mod markup;

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::{Limits, ParseError, ParseErrorKind};

/// Attributes of one element; the schemas know three.
const MAX_ATTRIBUTES: usize = 64;
/// Bytes of one name; the longest of the schemas has 29.
const MAX_NAME: usize = 256;

/// What comes next in a document. Comments and processing instructions are passed over.
pub(crate) enum Token<'a> {
    /// An element opens; its name without prefix. Its attributes are [`Scanner::attributes`].
    Start(&'a str),
    /// The innermost open element closes.
    End,
    /// Text, references resolved; adjacent tokens belong together.
    Text(Cow<'a, str>),
    /// The document is complete.
    Eof,
}

/// Reads a document token by token.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    /// Up to where it has been read.
    at: usize,
    limits: Limits,
    attributes: Vec<(&'a str, Cow<'a, str>)>,
    /// The open elements, as they are written.
    open: Vec<&'a str>,
    root_seen: bool,
    /// An element written `<a/>` has been opened and is to be closed next.
    close_pending: bool,
    nodes: usize,
    rows: usize,
    written: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str, limits: Limits) -> Result<Self, ParseError> {
        let forbidden = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\n');
        // Without a way out in the middle, this looks at many bytes at once.
        if text.bytes().fold(false, |found, byte| found | forbidden(byte)) {
            let position = text.bytes().position(forbidden).unwrap_or_default();
            return Err(ParseError::new(ParseErrorKind::ForbiddenCharacter, position));
        }
        if text.trim_ascii().is_empty() {
            return Err(ParseError::new(ParseErrorKind::Empty, 0));
        }
        // A second byte order mark is text, and text before the root is none of XML. The reader would pass
        // over it without counting it.
        if text.starts_with('\u{FEFF}') {
            return Err(ParseError::new(ParseErrorKind::Malformed, 0));
        }
        Ok(Self {
            text,
            at: 0,
            limits,
            attributes: Vec::with_capacity(8),
            open: Vec::with_capacity(16),
            root_seen: false,
            close_pending: false,
            nodes: 0,
            rows: 0,
            written: 0,
        })
    }

    /// The attributes of the element that opened last, namespace declarations excepted, without prefixes.
    pub(crate) fn attributes(&mut self) -> &mut Vec<(&'a str, Cow<'a, str>)> {
        &mut self.attributes
    }

    /// An error at the present position.
    pub(crate) fn error(&self, kind: ParseErrorKind) -> ParseError {
        ParseError {
            kind,
            position: self.at as u64,
            inner: false,
        }
    }

    /// Accounts for one row of the result.
    pub(crate) fn count_row(&mut self) -> Result<(), ParseError> {
        self.rows += 1;
        if self.rows > self.limits.max_rows {
            Err(self.error(ParseErrorKind::TooMany))
        } else {
            Ok(())
        }
    }

    /// Accounts for so many bytes of the result.
    pub(crate) fn count_text(&mut self, bytes: usize) -> Result<(), ParseError> {
        self.written = self.written.saturating_add(bytes);
        if self.written > self.limits.max_text {
            Err(self.error(ParseErrorKind::TooMany))
        } else {
            Ok(())
        }
    }

    /// How many bytes of result are still allowed.
    pub(crate) fn text_left(&self) -> usize {
        self.limits.max_text - self.written
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Result<Token<'a>, ParseError> {
        if std::mem::take(&mut self.close_pending) {
            self.open.pop();
            return Ok(Token::End);
        }
        loop {
            let (text, from) = (self.text, self.at);
            let bytes = text.as_bytes();
            match bytes.get(from) {
                None if self.open.is_empty() && self.root_seen => return Ok(Token::Eof),
                None => return Err(self.error(ParseErrorKind::Truncated)),
                Some(b'<') => {
                    if let Some(token) = self.markup(from)? {
                        return Ok(token);
                    }
                }
                Some(b'&') => {
                    let end = memchr(b';', &bytes[from..]).map(|length| from + length + 1);
                    self.at = end.ok_or_else(|| ParseError::new(ParseErrorKind::Malformed, from))?;
                    self.only_inside(from)?;
                    return self.resolve(&text[from..self.at], from).map(Token::Text);
                }
                Some(_) => {
                    let length = memchr2(b'<', b'&', &bytes[from..]);
                    self.at = length.map_or(bytes.len(), |length| from + length);
                    let found = &text[from..self.at];
                    if !self.open.is_empty() {
                        return Ok(Token::Text(Cow::Borrowed(found)));
                    }
                    if !super::is_blank(found) {
                        return Err(ParseError::new(ParseErrorKind::Malformed, from));
                    }
                }
            }
        }
    }

    /// Passes over the rest of the innermost open element.
    pub(crate) fn skip(&mut self) -> Result<(), ParseError> {
        let outside = self.open.len() - 1;
        while self.open.len() > outside {
            self.next()?;
        }
        Ok(())
    }

    /// Text and references stand in an element.
    fn only_inside(&self, position: usize) -> Result<(), ParseError> {
        if self.open.is_empty() {
            return Err(ParseError::new(ParseErrorKind::Malformed, position));
        }
        Ok(())
    }

    fn unescape(&self, value: &str) -> Result<String, ParseError> {
        let mut plain = String::with_capacity(value.len());
        let mut rest = value;
        while let Some(start) = rest.find('&') {
            let (before, reference) = rest.split_at(start);
            let end = reference
                .find(';')
                .ok_or_else(|| self.error(ParseErrorKind::Malformed))?
                + 1;
            plain.push_str(before);
            plain.push_str(&self.resolve(&reference[..end], self.at)?);
            rest = &reference[end..];
        }
        plain.push_str(rest);
        Ok(plain)
    }

    /// What a reference, `&` and `;` included, stands for.
    fn resolve(&self, reference: &str, position: usize) -> Result<Cow<'static, str>, ParseError> {
        let name = reference
            .strip_prefix('&')
            .and_then(|r| r.strip_suffix(';'))
            .unwrap_or_default();
        if let Some(number) = name.strip_prefix('#') {
            let code = match number.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            // A sign would have been taken for part of the number.
            let code = code.ok().filter(|_| !number.contains(['+', '-']));
            let character = code.and_then(char::from_u32).filter(|c| is_xml_character(*c));
            return match character {
                Some(character) => Ok(Cow::Owned(character.to_string())),
                None => Err(ParseError::new(ParseErrorKind::ForbiddenCharacter, position)),
            };
        }
        match name {
            "lt" => Ok(Cow::Borrowed("<")),
            "gt" => Ok(Cow::Borrowed(">")),
            "amp" => Ok(Cow::Borrowed("&")),
            "apos" => Ok(Cow::Borrowed("'")),
            "quot" => Ok(Cow::Borrowed("\"")),
            _ => Err(ParseError::new(ParseErrorKind::UndefinedEntity, position)),
        }
    }
}

/// XML 1.0 `Char`.
pub(crate) fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod compare;
