//! Exchanges, queues and bindings, declared identically each time.

use std::time::Duration;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, Connection};

use crate::error::{AmqpError, reply};

/// AMQP's code for "exists with other arguments" (PRECONDITION_FAILED).
const PRECONDITION_FAILED: u16 = 406;

/// What must stand on a broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// Declared first.
    pub exchanges: Vec<Exchange>,
    /// Declared second; a dead-letter queue may come after the queues that name it.
    pub queues: Vec<Queue>,
    /// Made last.
    pub bindings: Vec<Binding>,
}

/// A durable exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Its name.
    pub name: String,
    /// How it routes.
    pub kind: ExchangeKind,
}

/// How an exchange routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeKind {
    /// By the exact routing key.
    Direct,
    /// To every bound queue.
    Fanout,
    /// By patterns of words with `*` and `#`.
    Topic,
}

impl From<ExchangeKind> for lapin::ExchangeKind {
    fn from(kind: ExchangeKind) -> Self {
        match kind {
            ExchangeKind::Direct => Self::Direct,
            ExchangeKind::Fanout => Self::Fanout,
            ExchangeKind::Topic => Self::Topic,
        }
    }
}

/// A durable queue, the same on RabbitMQ 3.10 and 4.
///
/// Overflow of a quorum queue is always `reject-publish`: a full queue says so to the publisher instead of
/// dropping its oldest message; at-least-once dead-lettering requires it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    name: String,
    kind: QueueKind,
    dead_letter_to: Option<String>,
    max_length: Option<u32>,
    message_ttl: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum QueueKind {
    Quorum { delivery_limit: u32 },
    Expiring { after: Duration },
}

impl Queue {
    /// A queue whose messages are dead-lettered, or dropped where there is no dead-letter queue, after
    /// `delivery_limit` returns. The limit is always explicit, for the default differs: none in 3.10, 20 in 4.0.
    /// 3.10 refuses -1 for "none"; a large number means the same.
    #[must_use]
    pub fn quorum(name: impl Into<String>, delivery_limit: u32) -> Self {
        Self {
            name: name.into(),
            kind: QueueKind::Quorum { delivery_limit },
            dead_letter_to: None,
            max_length: None,
            message_ttl: None,
        }
    }

    /// A classic queue that the broker deletes once nobody has used it for `after`: for the answers of one
    /// conversation, over a lost connection too.
    #[must_use]
    pub fn expiring(name: impl Into<String>, after: Duration) -> Self {
        Self {
            name: name.into(),
            kind: QueueKind::Expiring { after },
            dead_letter_to: None,
            max_length: None,
            message_ttl: None,
        }
    }

    /// Messages older than this are dropped: for messages that lose their meaning.
    #[must_use]
    pub fn message_ttl(mut self, ttl: Duration) -> Self {
        self.message_ttl = Some(ttl);
        self
    }

    /// Dead letters go to `queue` through the default exchange, confirmed by it before they are removed here.
    #[must_use]
    pub fn dead_letter_to(mut self, queue: impl Into<String>) -> Self {
        self.dead_letter_to = Some(queue.into());
        self
    }

    /// Most messages; publishers of more are refused.
    #[must_use]
    pub fn max_length(mut self, messages: u32) -> Self {
        self.max_length = Some(messages);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn arguments(&self) -> FieldTable {
        let mut arguments = FieldTable::default();
        let mut text = |name: &str, value: &str| {
            arguments.insert(name.into(), AMQPValue::LongString(LongString::from(value)));
        };
        match self.kind {
            QueueKind::Quorum { .. } => {
                text("x-queue-type", "quorum");
                text("x-overflow", "reject-publish");
            }
            QueueKind::Expiring { .. } => text("x-queue-type", "classic"),
        }
        if let Some(queue) = &self.dead_letter_to {
            text("x-dead-letter-exchange", "");
            text("x-dead-letter-routing-key", queue);
            text("x-dead-letter-strategy", "at-least-once");
        }
        let mut number = |name: &str, value: i64| {
            arguments.insert(name.into(), AMQPValue::LongLongInt(value));
        };
        match self.kind {
            QueueKind::Quorum { delivery_limit } => number("x-delivery-limit", i64::from(delivery_limit)),
            QueueKind::Expiring { after } => number("x-expires", millis(after)),
        }
        if let Some(messages) = self.max_length {
            number("x-max-length", i64::from(messages));
        }
        if let Some(ttl) = self.message_ttl {
            number("x-message-ttl", millis(ttl));
        }
        arguments
    }
}

/// Milliseconds as RabbitMQ takes them.
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A route from an exchange to a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Name of the exchange.
    pub exchange: String,
    /// Name of the queue.
    pub queue: String,
    /// Routing key, or a topic exchange's pattern.
    pub routing_key: String,
}

impl Topology {
    /// Everything of `self` and of `other`; what both name is declared once.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        fn add<T: PartialEq>(to: &mut Vec<T>, from: Vec<T>) {
            for item in from {
                if !to.contains(&item) {
                    to.push(item);
                }
            }
        }
        add(&mut self.exchanges, other.exchanges);
        add(&mut self.queues, other.queues);
        add(&mut self.bindings, other.bindings);
        self
    }

    /// Declares all of it on a channel of its own, for a refusal closes the channel.
    pub(crate) async fn declare(&self, connection: &Connection) -> Result<(), AmqpError> {
        if self == &Self::default() {
            return Ok(());
        }
        let channel = connection
            .create_channel()
            .await
            .map_err(AmqpError::protocol("opening a channel"))?;
        for exchange in &self.exchanges {
            declare_exchange(&channel, exchange).await?;
        }
        for queue in &self.queues {
            declare_queue(&channel, queue).await?;
        }
        for binding in &self.bindings {
            bind(&channel, binding).await?;
        }
        channel
            .close(200, "declared".into())
            .await
            .map_err(AmqpError::protocol("closing a channel"))
    }
}

async fn declare_exchange(channel: &Channel, exchange: &Exchange) -> Result<(), AmqpError> {
    let entity = || format!("exchange {}", exchange.name);
    let options = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    let name = short(&exchange.name, entity)?;
    channel
        .exchange_declare(name, exchange.kind.into(), options, FieldTable::default())
        .await
        .map_err(|error| refused(&error, entity()))
}

async fn declare_queue(channel: &Channel, queue: &Queue) -> Result<(), AmqpError> {
    let entity = || format!("queue {}", queue.name);
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let name = short(&queue.name, entity)?;
    channel
        .queue_declare(name, options, queue.arguments())
        .await
        .map_err(|error| refused(&error, entity()))?;
    Ok(())
}

async fn bind(channel: &Channel, binding: &Binding) -> Result<(), AmqpError> {
    let entity = || format!("binding of {} to {}", binding.queue, binding.exchange);
    let queue = short(&binding.queue, entity)?;
    let exchange = short(&binding.exchange, entity)?;
    let routing_key = short(&binding.routing_key, entity)?;
    channel
        .queue_bind(
            queue,
            exchange,
            routing_key,
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
        .map_err(|error| refused(&error, entity()))
}

fn short(text: &str, entity: impl Fn() -> String) -> Result<ShortString, AmqpError> {
    ShortString::try_new(text).map_err(|_| AmqpError::Declare {
        entity: entity(),
        detail: "a name is longer than 255 bytes".to_owned(),
    })
}

fn refused(error: &lapin::Error, entity: String) -> AmqpError {
    match reply(error) {
        Some((PRECONDITION_FAILED, detail)) => AmqpError::ArgumentsDiffer { entity, detail },
        Some((_, detail)) => AmqpError::Declare { entity, detail },
        None => AmqpError::Declare {
            entity,
            detail: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merged_topology_names_each_part_once() {
        let one = Topology {
            queues: vec![Queue::quorum("a", 5), Queue::quorum("b", 5)],
            ..Topology::default()
        };
        let other = Topology {
            queues: vec![Queue::quorum("b", 5), Queue::quorum("c", 5)],
            ..Topology::default()
        };
        let merged = one.merge(other);
        let names: Vec<_> = merged.queues.iter().map(Queue::name).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }
}
