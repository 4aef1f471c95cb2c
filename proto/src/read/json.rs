//! Protobuf's JSON mapping.

use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::findings::Findings;
use super::tree::{self, Json};
use super::{Path, Step, write_nested};
use crate::codes;
use crate::error::{DecodeCause, DecodeError};
use crate::shape::{Field, Kind, Message};

/// Reads a JSON object and writes what fits the table as protobuf.
pub(super) fn read(
    bytes: &[u8],
    shape: &'static Message,
    findings: &mut Findings,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    match tree::parse(bytes)? {
        Json::Object(object) => message(&object, shape, None, findings, out),
        Json::Null | Json::Flag(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => {
            return Err(DecodeCause::NotAnObject.at(0));
        }
    }
    Ok(())
}

fn message(
    object: &[(impl AsRef<str>, Json<'_>)],
    shape: &'static Message,
    parent: Option<&Path<'_>>,
    findings: &mut Findings,
    out: &mut Vec<u8>,
) {
    let mut seen = 0u64;
    for (key, json) in object {
        let key = key.as_ref();
        let found = shape
            .fields
            .iter()
            .enumerate()
            .find(|(_, field)| field.json == key || field.proto == key);
        let Some((index, field)) = found else {
            let path = Path {
                parent,
                step: Step::Unknown(presentable(key)),
            };
            findings.report(
                path.to_string(),
                codes::UNKNOWN_FIELD,
                "this version of the message has no such field",
            );
            continue;
        };
        // The mapping writes "not there" as null, too.
        if matches!(json, Json::Null) {
            continue;
        }
        let path = Path {
            parent,
            step: Step::Field(field),
        };
        if seen & (1 << index) != 0 {
            findings.report(
                path.to_string(),
                codes::DUPLICATE_FIELD,
                "this field stands there under both its names",
            );
            continue;
        }
        seen |= 1 << index;
        if field.choice.is_some() {
            findings.choose(field);
        }
        if !field.repeated {
            value(json, field, &path, findings, out);
        } else if let Json::List(list) = json {
            for (index, element) in list.iter().enumerate() {
                let path = Path {
                    parent: Some(&path),
                    step: Step::Element(index),
                };
                value(element, field, &path, findings, out);
            }
        } else {
            wrong_type("a list is expected", &path, findings);
        }
    }
}

fn value(
    json: &Json<'_>,
    field: &'static Field,
    path: &Path<'_>,
    findings: &mut Findings,
    out: &mut Vec<u8>,
) {
    match (field.kind, json) {
        (Kind::Text, Json::Text(text)) => {
            encode_key(field.number, WireType::LengthDelimited, out);
            encode_varint(text.len() as u64, out);
            out.extend_from_slice(text.as_bytes());
        }
        (Kind::Flag, Json::Flag(flag)) => {
            encode_key(field.number, WireType::Varint, out);
            encode_varint(u64::from(*flag), out);
        }
        (Kind::Integer, Json::Number(_) | Json::Text(_)) => match integer(json) {
            Some(integer) => {
                encode_key(field.number, WireType::Varint, out);
                // Negative numbers are sign-extended to 64 bits on the wire.
                encode_varint(i64::from(integer) as u64, out);
            }
            None => wrong_type("an integer of 32 bits is expected", path, findings),
        },
        (Kind::Unsigned, Json::Number(_) | Json::Text(_)) => match unsigned(json) {
            Some(number) => {
                encode_key(field.number, WireType::Varint, out);
                encode_varint(u64::from(number), out);
            }
            None => wrong_type(
                "a whole number from 0 on, of 32 bits, is expected",
                path,
                findings,
            ),
        },
        (Kind::Time, Json::Text(text)) => match OffsetDateTime::parse(text, &Rfc3339) {
            Ok(moment) => {
                write_nested(
                    field.number,
                    &crate::time::to_timestamp(moment).encode_to_vec(),
                    out,
                );
            }
            Err(_) => findings.report(
                path.to_string(),
                codes::INVALID,
                "a time is written as in RFC 3339, for instance 2030-01-31T08:00:00Z",
            ),
        },
        (Kind::Message(shape), Json::Object(object)) => {
            let mut nested = Vec::new();
            message(object, shape, Some(path), findings, &mut nested);
            write_nested(field.number, &nested, out);
        }
        (Kind::Text, _) => wrong_type("a text is expected", path, findings),
        (Kind::Flag, _) => wrong_type("true or false is expected", path, findings),
        (Kind::Integer | Kind::Unsigned, _) => wrong_type("a number is expected", path, findings),
        (Kind::Time, _) => wrong_type("a time is expected, as a text", path, findings),
        (Kind::Message(_), _) => wrong_type("an object is expected", path, findings),
    }
}

fn wrong_type(text: &str, path: &Path<'_>, findings: &mut Findings) {
    findings.report(path.to_string(), codes::WRONG_TYPE, text);
}

/// The mapping takes integers as numbers and as decimal texts.
fn integer(json: &Json<'_>) -> Option<i32> {
    match json {
        Json::Number(number) => {
            let integer = *number as i32;
            (f64::from(integer) == *number).then_some(integer)
        }
        Json::Text(text) => text.parse().ok(),
        Json::Null | Json::Flag(_) | Json::List(_) | Json::Object(_) => None,
    }
}

/// As [`integer`], from 0 on.
fn unsigned(json: &Json<'_>) -> Option<u32> {
    match json {
        Json::Number(number) => {
            let unsigned = *number as u32;
            (f64::from(unsigned) == *number).then_some(unsigned)
        }
        // `parse` would take a plus sign.
        Json::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        Json::Text(_) | Json::Null | Json::Flag(_) | Json::List(_) | Json::Object(_) => None,
    }
}

/// The key itself if it is likely a field's name; else `?`. A key may be anything, also a person's number,
/// and paths are sent around.
fn presentable(key: &str) -> &str {
    let name = (1..=64).contains(&key.len())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && key.bytes().filter(u8::is_ascii_digit).count() < 6;
    if name { key } else { "?" }
}
