//! JSON as a tree, with the checks that `serde_json::Value` does not make: no key twice, not too deep.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::DEEPEST;
use crate::error::{DecodeCause, DecodeError};

/// A JSON value; texts are borrowed where they hold no escapes.
pub(super) enum Json<'a> {
    Null,
    Flag(bool),
    /// Every integer of 32 bits is one of these exactly.
    Number(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Reads one JSON value that fills the text.
pub(super) fn parse(bytes: &[u8]) -> Result<Json<'_>, DecodeError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| DecodeCause::InvalidUtf8.at(error.valid_up_to()))?;
    let fault = Cell::new(DecodeCause::BrokenJson);
    let mut reader = serde_json::Deserializer::from_str(text);
    Node {
        depth: 0,
        fault: &fault,
    }
    .deserialize(&mut reader)
    .and_then(|json| reader.end().map(|()| json))
    .map_err(|error| fault.get().at(position(text, error.line(), error.column())))
}

/// serde_json counts lines from 1, and the bytes of a line up to and with the one at fault.
fn position(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    (before + column.saturating_sub(1)).min(text.len())
}

/// Reads a value at some depth, and says why where it refuses one.
#[derive(Clone, Copy)]
struct Node<'f> {
    depth: usize,
    fault: &'f Cell<DecodeCause>,
}

impl Node<'_> {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == DEEPEST {
            return Err(self.refuse(DecodeCause::TooDeep));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    fn refuse<E: serde::de::Error>(self, cause: DecodeCause) -> E {
        self.fault.set(cause);
        E::custom(cause.code())
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Flag(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Json<'de>, A::Error> {
        let node = self.inside()?;
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(node)? {
            list.push(element);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let node = self.inside()?;
        let mut object = Vec::new();
        while let Some(Key(key)) = entries.next_key()? {
            object.push((key, entries.next_value_seed(node)?));
        }
        let distinct: BTreeSet<&str> = object.iter().map(|(key, _)| key.as_ref()).collect();
        if distinct.len() < object.len() {
            return Err(self.refuse(DecodeCause::DuplicateKey));
        }
        Ok(Json::Object(object))
    }
}
