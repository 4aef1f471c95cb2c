//! A delivery as it is kept in quarantine.

use std::collections::BTreeMap;

use relay_amqp::{Delivery, Properties};
use serde::Deserialize;
use serde_json::json;

/// The line that describes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    exchange: String,
    routing_key: String,
    #[serde(rename = "type")]
    message_type: Option<String>,
    content_type: Option<String>,
    message_id: Option<String>,
    correlation_id: Option<String>,
    reply_to: Option<String>,
    user_id: Option<String>,
    headers: BTreeMap<String, String>,
}

/// One line of JSON that describes the delivery, then its body as it came.
pub(crate) fn as_bytes(delivery: &Delivery) -> Vec<u8> {
    let properties = &delivery.properties;
    let description = json!({
        "exchange": delivery.exchange,
        "routingKey": delivery.routing_key,
        "type": properties.message_type,
        "contentType": properties.content_type,
        "messageId": properties.message_id,
        "correlationId": properties.correlation_id,
        "replyTo": properties.reply_to,
        "userId": properties.user_id,
        "headers": properties.headers,
    });
    let mut bytes = description.to_string().into_bytes();
    bytes.push(b'\n');
    bytes.extend_from_slice(&delivery.body);
    bytes
}

/// The delivery that was kept; nothing where the bytes are not what [`as_bytes`] writes.
pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Delivery> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let description: Description = serde_json::from_slice(&bytes[..end]).ok()?;
    Some(Delivery {
        exchange: description.exchange,
        routing_key: description.routing_key,
        redelivered: false,
        delivery_count: None,
        properties: Properties {
            message_type: description.message_type,
            content_type: description.content_type,
            message_id: description.message_id,
            correlation_id: description.correlation_id,
            reply_to: description.reply_to,
            user_id: description.user_id,
            priority: None,
            timestamp: None,
            headers: description.headers,
        },
        body: bytes[end + 1..].to_vec().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::{as_bytes, from_bytes};
    use relay_amqp::{Delivery, Properties};

    #[test]
    fn a_delivery_comes_back_as_it_was_kept() {
        let text = |value: &str| Some(value.to_owned());
        let delivery = Delivery {
            exchange: String::new(),
            routing_key: "cbss.intake".to_owned(),
            redelivered: false,
            delivery_count: None,
            properties: Properties {
                message_type: text("cbss.submission.v1"),
                content_type: None,
                message_id: text("m\n1"),
                correlation_id: text("c"),
                reply_to: text("reply.eupen.1"),
                user_id: text("eupen"),
                priority: None,
                timestamp: None,
                headers: [("a".to_owned(), "b".to_owned())].into(),
            },
            body: b"{\n\xff}\n".to_vec().into(),
        };
        assert_eq!(from_bytes(&as_bytes(&delivery)), Some(delivery));
        for bytes in [&b""[..], b"{}\n", b"no line", b"[1]\nbody"] {
            assert_eq!(from_bytes(bytes), None);
        }
    }
}
