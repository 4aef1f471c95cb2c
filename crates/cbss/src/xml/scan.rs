//! A document as a stream of elements and text, under limits.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;

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
    reader: Reader<&'a [u8]>,
    limits: Limits,
    attributes: Vec<(&'a str, Cow<'a, str>)>,
    depth: usize,
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
            reader: Reader::from_str(text),
            limits,
            attributes: Vec::with_capacity(8),
            depth: 0,
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
            position: self.reader.buffer_position(),
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
            self.depth -= 1;
            return Ok(Token::End);
        }
        loop {
            let before = self.position();
            // Looked at where it is: moving it costs as much as making it.
            let event = self.reader.read_event();
            let (text, after) = (self.text, self.position());
            let raw = || &text[before..after];
            match &event {
                Ok(Event::Start(start)) => {
                    let name_length = start.name().as_ref().len();
                    return self.open(raw(), 1, name_length).map(Token::Start);
                }
                Ok(Event::Empty(start)) => {
                    let name_length = start.name().as_ref().len();
                    let name = self.open(raw(), 2, name_length)?;
                    self.close_pending = true;
                    return Ok(Token::Start(name));
                }
                Ok(Event::End(_)) => {
                    // The reader has checked that the names agree.
                    self.depth -= 1;
                    return Ok(Token::End);
                }
                Ok(Event::Text(_)) if self.depth > 0 => {
                    return Ok(Token::Text(Cow::Borrowed(raw())));
                }
                Ok(Event::Text(_)) if raw().trim_ascii().is_empty() => {}
                Ok(Event::CData(_)) if self.depth > 0 => {
                    let inner = raw()
                        .strip_prefix("<![CDATA[")
                        .and_then(|raw| raw.strip_suffix("]]>"));
                    return Ok(Token::Text(Cow::Borrowed(inner.unwrap_or_default())));
                }
                Ok(Event::GeneralRef(_)) if self.depth > 0 => {
                    return self.resolve(raw(), before).map(Token::Text);
                }
                Ok(Event::Text(_) | Event::CData(_) | Event::GeneralRef(_)) => {
                    return Err(ParseError::new(ParseErrorKind::Malformed, before));
                }
                Ok(Event::DocType(_)) => return Err(ParseError::new(ParseErrorKind::DocumentType, before)),
                Ok(Event::Decl(_)) if before == 0 => {}
                Ok(Event::Decl(_)) => return Err(ParseError::new(ParseErrorKind::Malformed, before)),
                Ok(Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::Eof) if self.depth > 0 || !self.root_seen => {
                    return Err(self.error(ParseErrorKind::Truncated));
                }
                Ok(Event::Eof) => return Ok(Token::Eof),
                Err(error) => return Err(self.refuse(error)),
            }
        }
    }

    /// Passes over the rest of the innermost open element.
    pub(crate) fn skip(&mut self) -> Result<(), ParseError> {
        let outside = self.depth - 1;
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }

    fn position(&self) -> usize {
        // The document is in memory, so its length is a usize.
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// Opens the element whose tag is `raw`; `closing` is the length of `>` or `/>`.
    fn open(&mut self, raw: &'a str, closing: usize, name_length: usize) -> Result<&'a str, ParseError> {
        let content = &raw[1..raw.len() - closing];
        let name =
            local_name(&content[..name_length]).ok_or_else(|| self.error(ParseErrorKind::Malformed))?;
        if self.depth == 0 && std::mem::replace(&mut self.root_seen, true) {
            return Err(self.error(ParseErrorKind::Malformed));
        }
        self.depth += 1;
        self.nodes += 1;
        if self.depth > self.limits.max_depth {
            return Err(self.error(ParseErrorKind::TooDeep));
        }
        self.attributes.clear();
        // Most elements have none.
        let attributes = if content.len() == name_length {
            Attributes::new("", 0)
        } else {
            Attributes::new(content, name_length)
        };
        for (count, attribute) in attributes.enumerate() {
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
            self.attributes.push((key, super::collapse(value)));
        }
        if self.nodes > self.limits.max_nodes {
            return Err(self.error(ParseErrorKind::TooMany));
        }
        Ok(name)
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
            plain.push_str(&self.resolve(&reference[..end], self.position())?);
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

    /// Our cause for the reader's error, whose own text may quote the document.
    fn refuse(&self, error: &quick_xml::Error) -> ParseError {
        let kind = match error {
            quick_xml::Error::Syntax(_) => ParseErrorKind::Truncated,
            quick_xml::Error::IllFormed(_)
            | quick_xml::Error::InvalidAttr(_)
            | quick_xml::Error::Encoding(_)
            | quick_xml::Error::Escape(_)
            | quick_xml::Error::Namespace(_)
            | quick_xml::Error::Io(_) => ParseErrorKind::Malformed,
        };
        ParseError {
            kind,
            position: self.reader.error_position(),
            inner: false,
        }
    }
}

/// XML 1.0 `Char`.
pub(crate) fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
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
