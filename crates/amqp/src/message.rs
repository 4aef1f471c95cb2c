//! Messages on their way out and in, free of the client library's types.

use std::collections::BTreeMap;

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};

/// Header in which a quorum queue counts earlier deliveries.
const DELIVERY_COUNT: &str = "x-delivery-count";

/// Persistent, in AMQP's numbering.
const PERSISTENT: u8 = 2;

/// A message to publish. It is always persistent and mandatory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Exchange; empty for the default exchange, where the routing key is the queue's name.
    pub exchange: String,
    /// Routing key, at most 255 bytes.
    pub routing_key: String,
    /// What describes the body.
    pub properties: Properties,
    /// The body, of any length.
    pub body: Bytes,
}

/// The AMQP properties that we use; each text is at most 255 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    /// Kind of message (AMQP `type`).
    pub message_type: Option<String>,
    /// MIME type of the body.
    pub content_type: Option<String>,
    /// The sender's identifier of the message.
    pub message_id: Option<String>,
    /// Identifier of what the message answers.
    pub correlation_id: Option<String>,
    /// Queue for answers.
    pub reply_to: Option<String>,
    /// Login of the publisher: RabbitMQ refuses any but the true one, so that readers may trust it.
    pub user_id: Option<String>,
    /// 0 to 9; quorum queues of RabbitMQ 3.10 take no notice.
    pub priority: Option<u8>,
    /// Seconds since 1970.
    pub timestamp: Option<u64>,
    /// Headers whose value is text; others are left out on the way in.
    pub headers: BTreeMap<String, String>,
}

/// A message received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Exchange it was published to.
    pub exchange: String,
    /// Its routing key.
    pub routing_key: String,
    /// It was delivered before, perhaps to another consumer.
    pub redelivered: bool,
    /// Earlier deliveries that a quorum queue counted; `None` at the first.
    pub delivery_count: Option<u64>,
    /// What describes the body.
    pub properties: Properties,
    /// The body.
    pub body: Bytes,
}

/// A text of an [`Outgoing`] that does not fit AMQP's short strings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong(pub(crate) &'static str);

pub(crate) fn short(field: &'static str, text: &str) -> Result<ShortString, TooLong> {
    ShortString::try_new(text).map_err(|_| TooLong(field))
}

impl Properties {
    pub(crate) fn to_wire(&self) -> Result<BasicProperties, TooLong> {
        let mut wire = BasicProperties::default().with_delivery_mode(PERSISTENT);
        if let Some(text) = &self.message_type {
            wire = wire.with_type(short("type", text)?);
        }
        if let Some(text) = &self.content_type {
            wire = wire.with_content_type(short("content_type", text)?);
        }
        if let Some(text) = &self.message_id {
            wire = wire.with_message_id(short("message_id", text)?);
        }
        if let Some(text) = &self.correlation_id {
            wire = wire.with_correlation_id(short("correlation_id", text)?);
        }
        if let Some(text) = &self.reply_to {
            wire = wire.with_reply_to(short("reply_to", text)?);
        }
        if let Some(text) = &self.user_id {
            wire = wire.with_user_id(short("user_id", text)?);
        }
        if let Some(priority) = self.priority {
            wire = wire.with_priority(priority);
        }
        if let Some(seconds) = self.timestamp {
            wire = wire.with_timestamp(seconds);
        }
        if !self.headers.is_empty() {
            let mut table = FieldTable::default();
            for (name, value) in &self.headers {
                let value = LongString::from(value.as_bytes());
                table.insert(short("headers", name)?, AMQPValue::LongString(value));
            }
            wire = wire.with_headers(table);
        }
        Ok(wire)
    }

    fn from_wire(wire: &BasicProperties) -> Self {
        let text = |value: &Option<ShortString>| value.as_ref().map(ToString::to_string);
        Self {
            message_type: text(wire.kind()),
            content_type: text(wire.content_type()),
            message_id: text(wire.message_id()),
            correlation_id: text(wire.correlation_id()),
            reply_to: text(wire.reply_to()),
            user_id: text(wire.user_id()),
            priority: *wire.priority(),
            timestamp: *wire.timestamp(),
            headers: wire.headers().as_ref().map(text_headers).unwrap_or_default(),
        }
    }
}

impl From<lapin::message::Delivery> for Delivery {
    fn from(wire: lapin::message::Delivery) -> Self {
        let count = wire
            .properties
            .headers()
            .as_ref()
            .and_then(|headers| headers.inner().get(DELIVERY_COUNT));
        Self {
            exchange: wire.exchange.to_string(),
            routing_key: wire.routing_key.to_string(),
            redelivered: wire.redelivered,
            delivery_count: count.and_then(whole_number),
            properties: Properties::from_wire(&wire.properties),
            body: Bytes::from(wire.data),
        }
    }
}

fn text_headers(table: &FieldTable) -> BTreeMap<String, String> {
    let text = |value: &AMQPValue| match (value.as_long_string(), value.as_short_string()) {
        (Some(long), _) => std::str::from_utf8(long.as_bytes()).ok().map(str::to_owned),
        (None, Some(short)) => Some(short.to_string()),
        (None, None) => None,
    };
    table
        .inner()
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), text(value)?)))
        .collect()
}

/// RabbitMQ has written the count with different widths over its versions.
fn whole_number(value: &AMQPValue) -> Option<u64> {
    let signed = value
        .as_long_long_int()
        .or_else(|| value.as_long_int().map(i64::from))
        .or_else(|| value.as_short_int().map(i64::from))
        .or_else(|| value.as_short_short_int().map(i64::from));
    let unsigned = value
        .as_long_uint()
        .map(u64::from)
        .or_else(|| value.as_short_uint().map(u64::from))
        .or_else(|| value.as_short_short_uint().map(u64::from));
    signed.and_then(|number| u64::try_from(number).ok()).or(unsigned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Properties {
        let text = |value: &str| Some(value.to_owned());
        Properties {
            message_type: text("type"),
            content_type: text("application/json"),
            message_id: text("m"),
            correlation_id: text("c"),
            reply_to: text("r"),
            user_id: text("u"),
            priority: Some(3),
            timestamp: Some(1_700_000_000),
            headers: BTreeMap::from([("traceparent".to_owned(), "00-é".to_owned())]),
        }
    }

    #[test]
    fn properties_survive_the_wire_and_are_persistent() {
        let wire = full().to_wire().expect("short enough");
        assert_eq!(*wire.delivery_mode(), Some(PERSISTENT));
        assert_eq!(Properties::from_wire(&wire), full());
    }

    #[test]
    fn a_text_of_more_than_255_bytes_is_named() {
        let properties = Properties {
            reply_to: Some("r".repeat(256)),
            ..Properties::default()
        };
        assert_eq!(properties.to_wire().expect_err("too long"), TooLong("reply_to"));
    }

    #[test]
    fn the_delivery_count_is_read_in_every_width_and_other_headers_are_left_out() {
        let mut table = FieldTable::default();
        table.insert(DELIVERY_COUNT.into(), AMQPValue::LongLongInt(4));
        table.insert(
            "bytes".into(),
            AMQPValue::LongString(LongString::from(vec![0xff])),
        );
        table.insert("text".into(), AMQPValue::LongString(LongString::from("yes")));
        let mut wire = lapin::message::Delivery::mock(1, "".into(), "q".into(), true, b"body".to_vec());
        wire.properties = BasicProperties::default().with_headers(table);
        let delivery = Delivery::from(wire);
        assert_eq!(delivery.delivery_count, Some(4));
        assert_eq!(
            delivery.properties.headers,
            BTreeMap::from([("text".to_owned(), "yes".to_owned())])
        );
        assert_eq!(delivery.body, "body");

        for value in [
            AMQPValue::ShortShortInt(4),
            AMQPValue::LongUInt(4),
            AMQPValue::ShortUInt(4),
        ] {
            assert_eq!(whole_number(&value), Some(4));
        }
        assert_eq!(whole_number(&AMQPValue::LongInt(-1)), None);
    }
}
