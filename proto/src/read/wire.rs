//! Protobuf's wire format.

use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};

use super::findings::Findings;
use super::{DEEPEST, Path, Step, write_nested};
use crate::codes;
use crate::error::{DecodeCause, DecodeError};
use crate::shape::{Field, Kind, MOST_FIELDS, Message, TIMESTAMP};

/// Reads a message and writes what fits the table again.
pub(super) fn read(
    bytes: &[u8],
    shape: &'static Message,
    findings: &mut Findings,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    Input {
        rest: bytes,
        length: bytes.len(),
    }
    .message(shape, None, findings, out)
}

/// What is still to be read of a message, and where that is in the whole.
struct Input<'a> {
    rest: &'a [u8],
    /// The length of the whole up to the end of `rest`.
    length: usize,
}

/// One field's value as it stands on the wire.
enum Value<'a> {
    Varint(u64),
    Bytes(Input<'a>),
    /// Of a kind that none of our fields has.
    Other,
}

impl<'a> Input<'a> {
    fn message(
        mut self,
        shape: &'static Message,
        parent: Option<&Path<'_>>,
        findings: &mut Findings,
        out: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        let mut seen = 0u64;
        let mut elements = [0; MOST_FIELDS];
        while !self.rest.is_empty() {
            let (number, wire_type) = self.key()?;
            let value = self.value(number, wire_type, 0)?;
            let Some((index, field)) = shape
                .fields
                .iter()
                .enumerate()
                .find(|(_, field)| field.number == number)
            else {
                let name = format!("#{number}");
                let path = Path {
                    parent,
                    step: Step::Unknown(&name),
                };
                findings.report(
                    path.to_string(),
                    codes::UNKNOWN_FIELD,
                    "this version of the message has no such field",
                );
                continue;
            };
            let path = Path {
                parent,
                step: Step::Field(field),
            };
            if field.repeated {
                let mut put_next = |value| {
                    let path = Path {
                        parent: Some(&path),
                        step: Step::Element(elements[index]),
                    };
                    elements[index] += 1;
                    put(value, field, &path, findings, out)
                };
                match (field.kind, value) {
                    // Lists of numbers are packed, or not.
                    (Kind::Integer | Kind::Unsigned | Kind::Flag, Value::Bytes(mut packed)) => {
                        while !packed.rest.is_empty() {
                            put_next(Value::Varint(packed.varint()?))?;
                        }
                    }
                    (_, value) => put_next(value)?,
                }
                continue;
            }
            // The last one would win, or the two would be merged: neither is what was meant.
            if seen & (1 << index) != 0 {
                findings.report(
                    path.to_string(),
                    codes::DUPLICATE_FIELD,
                    "this field stands there more than once",
                );
                continue;
            }
            seen |= 1 << index;
            if field.choice.is_some() {
                findings.choose(field);
            }
            put(value, field, &path, findings, out)?;
        }
        Ok(())
    }

    fn position(&self) -> usize {
        self.length - self.rest.len()
    }

    fn broken(&self) -> DecodeError {
        DecodeCause::BrokenWire.at(self.position())
    }

    fn key(&mut self) -> Result<(u32, WireType), DecodeError> {
        let error = self.broken();
        decode_key(&mut self.rest).map_err(|_| error)
    }

    fn varint(&mut self) -> Result<u64, DecodeError> {
        let error = self.broken();
        decode_varint(&mut self.rest).map_err(|_| error)
    }

    fn take(&mut self, length: u64) -> Result<Input<'a>, DecodeError> {
        let length = usize::try_from(length).map_err(|_| self.broken())?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.broken())?;
        let end = self.position() + length;
        self.rest = rest;
        Ok(Input {
            rest: taken,
            length: end,
        })
    }

    fn value(&mut self, number: u32, wire_type: WireType, depth: usize) -> Result<Value<'a>, DecodeError> {
        match wire_type {
            WireType::Varint => self.varint().map(Value::Varint),
            WireType::LengthDelimited => {
                let length = self.varint()?;
                self.take(length).map(Value::Bytes)
            }
            WireType::ThirtyTwoBit => self.take(4).map(|_| Value::Other),
            WireType::SixtyFourBit => self.take(8).map(|_| Value::Other),
            WireType::StartGroup => self.skip_group(number, depth).map(|()| Value::Other),
            WireType::EndGroup => Err(self.broken()),
        }
    }

    fn skip_group(&mut self, number: u32, depth: usize) -> Result<(), DecodeError> {
        if depth == DEEPEST {
            return Err(DecodeCause::TooDeep.at(self.position()));
        }
        loop {
            let (inner, wire_type) = self.key()?;
            if wire_type == WireType::EndGroup {
                return if inner == number {
                    Ok(())
                } else {
                    Err(self.broken())
                };
            }
            self.value(inner, wire_type, depth + 1)?;
        }
    }
}

fn put(
    value: Value<'_>,
    field: &'static Field,
    path: &Path<'_>,
    findings: &mut Findings,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    match (field.kind, value) {
        (Kind::Text, Value::Bytes(input)) => {
            std::str::from_utf8(input.rest)
                .map_err(|error| DecodeCause::InvalidUtf8.at(input.position() + error.valid_up_to()))?;
            write_nested(field.number, input.rest, out);
        }
        (Kind::Flag | Kind::Integer, Value::Varint(number)) => {
            encode_key(field.number, WireType::Varint, out);
            encode_varint(number, out);
        }
        (Kind::Unsigned, Value::Varint(number)) => {
            // prost would cut off the upper bits, and so make another number of it.
            if u32::try_from(number).is_err() {
                findings.report(
                    path.to_string(),
                    codes::WRONG_TYPE,
                    "a whole number from 0 on, of 32 bits, is expected",
                );
                return Ok(());
            }
            encode_key(field.number, WireType::Varint, out);
            encode_varint(number, out);
        }
        (Kind::Time, Value::Bytes(input)) => {
            let mut nested = Vec::new();
            input.message(&TIMESTAMP, Some(path), findings, &mut nested)?;
            write_nested(field.number, &nested, out);
        }
        (Kind::Message(shape), Value::Bytes(input)) => {
            let mut nested = Vec::new();
            input.message(shape, Some(path), findings, &mut nested)?;
            write_nested(field.number, &nested, out);
        }
        (
            Kind::Text | Kind::Flag | Kind::Integer | Kind::Unsigned | Kind::Time | Kind::Message(_),
            Value::Varint(_) | Value::Bytes(_) | Value::Other,
        ) => findings.report(
            path.to_string(),
            codes::WRONG_TYPE,
            "on the wire this value is of another type than the field's",
        ),
    }
    Ok(())
}
