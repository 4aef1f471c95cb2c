//! A delivery as it is kept in quarantine.

use relay_amqp::Delivery;
use serde_json::json;

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
