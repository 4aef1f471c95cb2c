//! Bytes to text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{ParseError, ParseErrorKind};

/// The text of a document, without its byte order mark.
///
/// Who says what the encoding is, in this order (RFC 7303): a byte order mark, the `charset` of the
/// `Content-Type` header, the XML declaration; without any of them it is UTF-8. UTF-8 is borrowed.
pub(crate) fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Result<Cow<'a, str>, ParseError> {
    let (encoding, mark) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        None => (declared(bytes, content_type)?, 0),
    };
    let body = &bytes[mark..];
    if encoding == UTF_8 {
        return std::str::from_utf8(body)
            .map(Cow::Borrowed)
            .map_err(|e| ParseError::new(ParseErrorKind::NotInEncoding, mark + e.valid_up_to()));
    }
    encoding
        .decode_without_bom_handling_and_without_replacement(body)
        .ok_or(ParseError::new(ParseErrorKind::NotInEncoding, 0))
}

fn declared(bytes: &[u8], content_type: Option<&str>) -> Result<&'static Encoding, ParseError> {
    let unknown = ParseError::new(ParseErrorKind::UnknownEncoding, 0);
    // An XML document starts with '<', which shows the width and order of its characters.
    let wide = match bytes {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    };
    if let Some(label) = content_type.and_then(charset) {
        let named = Encoding::for_label(label.as_bytes()).ok_or(unknown)?;
        // "UTF-16" alone leaves the byte order to the document.
        return Ok(if named == UTF_16LE || named == UTF_16BE {
            wide.unwrap_or(named)
        } else {
            named
        });
    }
    if let Some(wide) = wide {
        return Ok(wide);
    }
    match declaration_encoding(bytes) {
        Some(label) => match Encoding::for_label(label).ok_or(unknown)? {
            // A declaration that could be read byte by byte is not in UTF-16, whatever it says.
            named if named == UTF_16LE || named == UTF_16BE => {
                Err(ParseError::new(ParseErrorKind::NotInEncoding, 0))
            }
            named => Ok(named),
        },
        None => Ok(UTF_8),
    }
}

/// The value of the `charset` parameter, without quotes.
fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches(['"', '\'']))
    })
}

/// The value of `encoding` in `<?xml … ?>`.
fn declaration_encoding(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(b"<?xml")?;
    // Declarations are short; a document without "?>" near its start has none that counts.
    let rest = &rest[..rest.len().min(256)];
    let declaration = &rest[..rest.windows(2).position(|pair| pair == b"?>")?];
    let start = declaration.windows(8).position(|window| window == b"encoding")? + 8;
    let value = declaration[start..]
        .trim_ascii_start()
        .strip_prefix(b"=")?
        .trim_ascii_start();
    let (quote, value) = value.split_first()?;
    matches!(quote, b'"' | b'\'')
        .then(|| value.split(|byte| byte == quote).next())
        .flatten()
}
