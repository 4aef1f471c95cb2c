//! Writing XML: escaped text, envelopes, faults.

use std::fmt::Write as _;

use super::ENVELOPE;

/// The fault codes of SOAP 1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultCode {
    /// The envelope is of another SOAP version.
    VersionMismatch,
    /// A header entry was not understood.
    MustUnderstand,
    /// The message is wrong; sending it again helps nothing.
    Client,
    /// The message is right; the server failed.
    Server,
}

impl FaultCode {
    fn local_name(self) -> &'static str {
        match self {
            Self::VersionMismatch => "VersionMismatch",
            Self::MustUnderstand => "MustUnderstand",
            Self::Client => "Client",
            Self::Server => "Server",
        }
    }
}

/// Appends `text` with the characters escaped that may not stand in element content.
pub fn escape_into(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(position) = rest.find(['<', '>', '&', '\r']) {
        let (plain, special) = rest.split_at(position);
        out.push_str(plain);
        out.push_str(match special.as_bytes()[0] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            _ => "&#13;",
        });
        rest = &special[1..];
    }
    out.push_str(rest);
}

/// Appends `<name>text</name>`.
pub fn text_element(name: &str, text: &str, out: &mut String) {
    let _ = write!(out, "<{name}>");
    escape_into(text, out);
    let _ = write!(out, "</{name}>");
}

/// An envelope whose body is what `write` appends.
pub fn enclose(capacity: usize, write: impl FnOnce(&mut String)) -> String {
    let mut out = String::with_capacity(capacity);
    let _ = write!(
        out,
        "<soapenv:Envelope xmlns:soapenv=\"{ENVELOPE}\"><soapenv:Body>"
    );
    write(&mut out);
    out.push_str("</soapenv:Body></soapenv:Envelope>");
    out
}

/// A fault in its envelope; `detail` appends the content of `detail`, which is left out when it appends nothing.
pub fn fault(code: FaultCode, reason: &str, detail: impl FnOnce(&mut String)) -> String {
    enclose(1024, |out| {
        let _ = write!(
            out,
            "<soapenv:Fault><faultcode>soapenv:{}</faultcode>",
            code.local_name()
        );
        text_element("faultstring", reason, out);
        let mut content = String::new();
        detail(&mut content);
        if !content.is_empty() {
            let _ = write!(out, "<detail>{content}</detail>");
        }
        out.push_str("</soapenv:Fault>");
    })
}
