//! RabbitMQ with lapin, as plain as it goes.

use anyhow::{Context as _, ensure};
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer};

/// Connects.
///
/// # Errors
/// When the broker is away or refuses.
pub async fn connect(url: &str) -> anyhow::Result<Connection> {
    let properties = ConnectionProperties::default();
    Connection::connect(url, properties)
        .await
        .context("connecting to the broker")
}

/// A channel in confirm mode.
///
/// # Errors
/// When the connection is lost.
pub async fn confirming(connection: &Connection) -> anyhow::Result<Channel> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}

/// A durable quorum queue.
///
/// # Errors
/// When it exists with other arguments, or the user may not.
pub async fn declare(channel: &Channel, queue: &str) -> anyhow::Result<()> {
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let mut arguments = FieldTable::default();
    arguments.insert(
        "x-queue-type".into(),
        AMQPValue::LongString(LongString::from("quorum")),
    );
    let declared = channel.queue_declare(queue.into(), options, arguments).await;
    declared.with_context(|| format!("declaring {queue}"))?;
    Ok(())
}

/// Takes messages from a queue, at most `prefetch` at once.
///
/// # Errors
/// When there is no such queue, or the user may not.
pub async fn consume(channel: &Channel, queue: &str, prefetch: u16) -> anyhow::Result<Consumer> {
    channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    let consumer = channel
        .basic_consume(queue.into(), ShortString::default(), options, arguments)
        .await;
    consumer.with_context(|| format!("consuming {queue}"))
}

/// Publishes a durable message to a queue and waits for the broker to have it. Many may wait at once.
///
/// # Errors
/// When the broker refuses it or has no such queue.
pub async fn publish(
    channel: &Channel,
    queue: &str,
    body: &[u8],
    properties: BasicProperties,
) -> anyhow::Result<()> {
    let options = BasicPublishOptions {
        mandatory: true,
        ..BasicPublishOptions::default()
    };
    let properties = properties.with_delivery_mode(2);
    let publishing = channel.basic_publish(ShortString::default(), queue.into(), options, body, properties);
    let confirmation = publishing.await?.await?;
    ensure!(
        matches!(confirmation, Confirmation::Ack(None)),
        "the broker did not take a message for {queue}: {confirmation:?}"
    );
    Ok(())
}
