//! Writing a request: elements in the order in which they are called, text escaped.

use bytes::Bytes;
use time::OffsetDateTime;

use super::{BuildError, CONTENT_TYPE, CallContext, ENVELOPE, PreparedCall};
use crate::xml::is_xml_character;

/// XML in the making. Names are literals of this crate, with their prefix where they have one; only text
/// comes from outside. Errors name an element without its prefix.
pub(crate) struct Writer {
    xml: String,
    open: Vec<&'static str>,
}

impl Writer {
    /// A document of its own, without an XML declaration, up to its root, which declares the namespaces
    /// (prefix and URI).
    pub(crate) fn document(root: &'static str, namespaces: &[(&'static str, &'static str)]) -> Self {
        let mut writer = Self {
            xml: String::with_capacity(1_536),
            open: Vec::with_capacity(8),
        };
        writer.open_with(root, namespaces);
        writer
    }

    /// A SOAP envelope up to the element in its body: `svc:` and its name, in `namespace`; unprefixed names
    /// are unqualified.
    pub(crate) fn envelope(root: &'static str, namespace: &'static str) -> Self {
        // The longest request of the newer services, all facets exhausted, has some 1,300 bytes.
        let mut xml = String::with_capacity(1_536);
        xml.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let mut writer = Self {
            xml,
            open: Vec::with_capacity(8),
        };
        writer.open_with("soapenv:Envelope", &[("soapenv", ENVELOPE)]);
        writer.open("soapenv:Body");
        writer.open_with(root, &[("svc", namespace)]);
        writer
    }

    /// Opens an element that holds others.
    pub(crate) fn open(&mut self, name: &'static str) {
        self.open_with(name, &[]);
    }

    /// Opens an element that declares namespaces.
    pub(crate) fn open_with(&mut self, name: &'static str, namespaces: &[(&'static str, &'static str)]) {
        self.xml.push('<');
        self.xml.push_str(name);
        for (prefix, uri) in namespaces {
            for part in [" xmlns:", prefix, "=\"", uri, "\""] {
                self.xml.push_str(part);
            }
        }
        self.xml.push('>');
        self.open.push(name);
    }

    /// Opens an element with attributes.
    pub(crate) fn open_attributed(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
    ) -> Result<(), BuildError> {
        self.xml.push('<');
        self.xml.push_str(name);
        for (attribute, value) in attributes {
            check_characters(attribute, value)?;
            for part in [" ", attribute, "=\""] {
                self.xml.push_str(part);
            }
            for character in value.chars() {
                match character {
                    '<' => self.xml.push_str("&lt;"),
                    '&' => self.xml.push_str("&amp;"),
                    '"' => self.xml.push_str("&quot;"),
                    // Literally, they would arrive as spaces.
                    '\t' => self.xml.push_str("&#9;"),
                    '\n' => self.xml.push_str("&#10;"),
                    '\r' => self.xml.push_str("&#13;"),
                    _ => self.xml.push(character),
                }
            }
            self.xml.push('"');
        }
        self.xml.push('>');
        self.open.push(name);
        Ok(())
    }

    /// Closes the element that was opened last.
    pub(crate) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.xml.push_str("</");
            self.xml.push_str(name);
            self.xml.push('>');
        }
    }

    /// An element that holds text.
    pub(crate) fn leaf(&mut self, name: &'static str, text: &str) -> Result<(), BuildError> {
        self.open(name);
        self.text(text)?;
        self.close();
        Ok(())
    }

    /// Text in the element that was opened last.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), BuildError> {
        let name = self.open.last().copied().unwrap_or_default();
        check_characters(name.rsplit_once(':').map_or(name, |(_, local)| local), text)?;
        self.xml.reserve(text.len());
        for character in text.chars() {
            match character {
                '<' => self.xml.push_str("&lt;"),
                '>' => self.xml.push_str("&gt;"),
                '&' => self.xml.push_str("&amp;"),
                // Literally, it would arrive as a line feed.
                '\r' => self.xml.push_str("&#13;"),
                _ => self.xml.push(character),
            }
        }
        Ok(())
    }

    /// `informationCustomer` (CommonV3.xsd), the head of every request of the newer services.
    pub(crate) fn customer(&mut self, context: &CallContext<'_>) -> Result<(), BuildError> {
        self.open("informationCustomer");
        self.leaf(
            "ticket",
            within("ticket", context.ticket, 36, "1 to 36 characters")?,
        )?;
        self.leaf("timestampSent", &timestamp(context.sent_at)?)?;
        self.open("customerIdentification");
        check_digits("cbeNumber", context.cbe_number, 10, "ten digits")?;
        self.leaf("cbeNumber", context.cbe_number)?;
        self.close();
        self.close();
        Ok(())
    }

    /// `legalContext` (CommonV3.xsd).
    pub(crate) fn legal_context(&mut self, context: &CallContext<'_>) -> Result<(), BuildError> {
        self.leaf(
            "legalContext",
            within("legalContext", context.legal_context, 64, "1 to 64 characters")?,
        )
    }

    /// Closes everything.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.xml
    }

    /// Closes everything; the document is to be sent.
    pub(crate) fn into_call(self, soap_action: &'static str) -> PreparedCall {
        PreparedCall {
            soap_action,
            content_type: CONTENT_TYPE,
            body: Bytes::from(self.finish()),
        }
    }
}

/// Are there only characters that XML can carry?
pub(crate) fn check_characters(field: &'static str, text: &str) -> Result<(), BuildError> {
    match text.chars().position(|character| !is_xml_character(character)) {
        Some(index) => Err(BuildError::ForbiddenCharacter {
            field,
            position: index + 1,
        }),
        None => Ok(()),
    }
}

/// Are there so many digits (ASCII: the schemas' `\p{N}` admits others, which no register has), and nothing
/// else?
pub(crate) fn check_digits(
    field: &'static str,
    text: &str,
    length: usize,
    expected: &'static str,
) -> Result<(), BuildError> {
    if text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(BuildError::Facet { field, expected })
    }
}

/// `text`, if it has 1 to `most` characters; blanks alone are nothing.
pub(crate) fn within<'a>(
    field: &'static str,
    text: &'a str,
    most: usize,
    expected: &'static str,
) -> Result<&'a str, BuildError> {
    let fits = !text.trim().is_empty() && text.chars().count() <= most;
    if fits {
        Ok(text)
    } else {
        Err(BuildError::Facet { field, expected })
    }
}

/// `xs:dateTime` in UTC with milliseconds.
fn timestamp(at: OffsetDateTime) -> Result<String, BuildError> {
    const FORMAT: &[time::format_description::BorrowedFormatItem<'_>] = time::macros::format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
    );
    at.checked_to_offset(time::UtcOffset::UTC)
        .filter(|utc| (1..=9999).contains(&utc.year()))
        .and_then(|utc| utc.format(FORMAT).ok())
        .ok_or(BuildError::Facet {
            field: "timestampSent",
            expected: "a time in the years 1 to 9999",
        })
}
