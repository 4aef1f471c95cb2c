//! Reading an envelope down to what is in its body.

use std::borrow::Cow;

use crate::xml::{Limits, ParseError, ParseErrorKind, Scanner, Token, decode};

/// The text of a reply, if it is not longer than the limit allows.
pub(crate) fn text_of<'a>(
    body: &'a [u8],
    content_type: Option<&str>,
    limits: Limits,
) -> Result<Cow<'a, str>, ParseError> {
    if body.len() > limits.max_bytes {
        return Err(ParseError::new(ParseErrorKind::TooLarge, body.len()));
    }
    decode(body, content_type)
}

/// The next element within the innermost open one; none where that ends. Text in between is white space of
/// the envelope and means nothing.
pub(crate) fn next_element<'a>(scanner: &mut Scanner<'a>) -> Result<Option<&'a str>, ParseError> {
    loop {
        match scanner.next()? {
            Token::Start(name) => return Ok(Some(name)),
            Token::End | Token::Eof => return Ok(None),
            Token::Text(_) => {}
        }
    }
}

/// Reads an envelope whose root has been opened as `root`: what `read` makes of the element in its first
/// body. What stands around that is passed over, and must be well-formed.
pub(crate) fn read_envelope<'a, T>(
    scanner: &mut Scanner<'a>,
    root: Option<&'a str>,
    mut read: impl FnMut(&mut Scanner<'a>, Option<&'a str>) -> Result<T, ParseError>,
) -> Result<T, ParseError> {
    if root != Some("Envelope") {
        return Err(scanner.error(ParseErrorKind::NotSoap));
    }
    let mut content = None;
    while let Some(name) = next_element(scanner)? {
        if name == "Body" && content.is_none() {
            let element = next_element(scanner)?;
            content = Some(read(scanner, element)?);
            while next_element(scanner)?.is_some() {
                scanner.skip()?;
            }
        } else {
            scanner.skip()?;
        }
    }
    let content = content.ok_or_else(|| scanner.error(ParseErrorKind::NotSoap))?;
    expect_end(scanner)?;
    Ok(content)
}

/// The root has ended; what follows decides whether the document is well-formed.
pub(crate) fn expect_end(scanner: &mut Scanner<'_>) -> Result<(), ParseError> {
    match scanner.next()? {
        Token::Eof => Ok(()),
        Token::Start(_) | Token::End | Token::Text(_) => Err(scanner.error(ParseErrorKind::Malformed)),
    }
}
