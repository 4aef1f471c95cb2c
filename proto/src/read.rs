//! Reads a message of either encoding along the tables of [`crate::shape`].
//!
//! What fits the table is written down again, cleanly, as protobuf, and decoded by prost; what does not fit
//! is left out and noted. So nothing is dropped in silence, one wrong field hides no other, and there is one
//! list of names.

mod findings;
mod json;
mod tree;
mod wire;

pub(crate) use findings::Findings;

use crate::encoding::Encoding;
use crate::error::{DecodeCause, DecodeError};
use crate::shape::Message;

/// Deeper than any message of ours; what is deeper is an attack on the reader.
const DEEPEST: usize = 32;

/// The message, as far as its fields fit, and what did not fit.
pub(crate) fn read<M: prost::Message + Default>(
    encoding: Encoding,
    bytes: &[u8],
    shape: &'static Message,
) -> Result<(M, Findings), DecodeError> {
    let mut findings = Findings::default();
    let mut clean = Vec::with_capacity(bytes.len());
    match encoding {
        Encoding::Json => json::read(bytes, shape, &mut findings, &mut clean)?,
        Encoding::Protobuf => wire::read(bytes, shape, &mut findings, &mut clean)?,
    }
    let message = M::decode(clean.as_slice()).map_err(|_| DecodeCause::BrokenWire.somewhere())?;
    Ok((message, findings))
}

/// Where in a message: a list from the leaf to the root, on the stack.
#[derive(Clone, Copy)]
struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    /// A field; members of a `oneof` go by both names.
    Field(&'a crate::shape::Field),
    /// A key or a number that the table does not have.
    Unknown(&'a str),
    /// An element of a list, counted from 0.
    Element(usize),
}

impl Path<'_> {
    fn write(&self, text: &mut String) {
        use std::fmt::Write as _;
        if let Some(parent) = self.parent {
            parent.write(text);
        }
        if !text.is_empty() && !matches!(self.step, Step::Element(_)) {
            text.push('.');
        }
        // Writing to a `String` does not fail.
        let _ = match self.step {
            Step::Field(field) => match field.choice {
                Some(choice) => write!(text, "{}.{}", choice.group, field.json),
                None => text.write_str(field.json),
            },
            Step::Unknown(name) => text.write_str(name),
            Step::Element(index) => write!(text, "[{index}]"),
        };
    }
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

/// Puts a finished nested message into the one around it.
fn write_nested(number: u32, nested: &[u8], out: &mut Vec<u8>) {
    prost::encoding::encode_key(number, prost::encoding::WireType::LengthDelimited, out);
    prost::encoding::encode_varint(nested.len() as u64, out);
    out.extend_from_slice(nested);
}
