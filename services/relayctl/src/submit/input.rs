//! Submissions from a file.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use relay_domain::{Language, SsinCheck};
use relay_proto::{CheckContext, Encoding, decode_submission, encode_submission};
use relay_runtime::Clock;
use serde_json::Value;

use crate::failure::Failure;

/// A submission, ready to be sent.
pub(super) struct Submission {
    /// Its idempotency key, by which its events are known.
    pub(super) key: String,
    /// The message.
    pub(super) body: Vec<u8>,
}

/// Reads one object, an array of them, or one object a line.
pub(super) fn read(file: Option<&Path>, encoding: Encoding) -> Result<Vec<Submission>, Failure> {
    let (name, text) = match file {
        Some(file) => (file.display().to_string(), fs::read_to_string(file)),
        None => {
            let mut text = String::new();
            (
                "standard input".to_owned(),
                io::stdin().read_to_string(&mut text).map(|_| text),
            )
        }
    };
    let text = text.map_err(|error| Failure::NotFound(format!("{name}: {error}")))?;
    let values = values(&text).map_err(|error| Failure::Invalid(format!("{name}: {error}")))?;
    if values.is_empty() {
        return Err(Failure::Invalid(format!("{name}: there is no submission in it")));
    }
    values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            submission(value, encoding)
                .map_err(|text| Failure::Invalid(format!("{name}, submission {}: {text}", index + 1)))
        })
        .collect()
}

fn values(text: &str) -> Result<Vec<Value>, serde_json::Error> {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value?;
        if let Value::Array(items) = value {
            values.extend(items);
        } else {
            values.push(value);
        }
    }
    Ok(values)
}

/// JSON goes out as it is, faults included: what is wrong is for the relay to say. Protobuf cannot carry every
/// fault, so there it is checked first.
fn submission(value: &Value, encoding: Encoding) -> Result<Submission, String> {
    let key = value
        .get("idempotencyKey")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let json = value.to_string().into_bytes();
    let body = match encoding {
        Encoding::Json => json,
        Encoding::Protobuf => {
            let raw = decode_submission(Encoding::Json, &json).map_err(|error| error.to_string())?;
            let context = CheckContext {
                ssin_check: SsinCheck::Warn,
                default_language: Language::default(),
                now: Clock::system().now(),
                entitled: &|_| true,
                // The producer knows the organisation's.
                has_purpose: &|_, _| true,
            };
            let checked = raw.check(&context).map_err(|errors| {
                errors
                    .iter()
                    .map(|error| format!("{}: {}", error.path, error.text))
                    .collect::<Vec<_>>()
                    .join("; ")
            })?;
            encode_submission(&checked, Encoding::Protobuf)
        }
    };
    Ok(Submission { key, body })
}
