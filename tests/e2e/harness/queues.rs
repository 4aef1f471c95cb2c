//! The internal queues, looked at and written to as only our own services may.

use bytes::Bytes;
use relay_amqp::{Consumer, Outgoing, Properties, PublishOutcome, Publisher, Topology};
use relay_testkit::rabbitmq::RELAY;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::upstream::broker;
use super::{LONG, Relay};

/// Publishes as one of our own services would.
pub(crate) struct Insider {
    publisher: Publisher,
    link: JoinHandle<()>,
}

impl Drop for Insider {
    fn drop(&mut self) {
        self.link.abort();
    }
}

impl Insider {
    pub(crate) fn open(relay: &Relay) -> Self {
        let (publisher, link) =
            Publisher::new(broker(relay.installation.vhost(), RELAY, Topology::default()));
        let link = tokio::spawn(link.run());
        Self { publisher, link }
    }

    /// Puts messages into a queue.
    pub(crate) async fn put(
        &self,
        queue: &str,
        message_type: &str,
        bodies: impl IntoIterator<Item = Vec<u8>>,
    ) {
        let messages: Vec<_> = bodies
            .into_iter()
            .map(|body| Outgoing {
                exchange: String::new(),
                routing_key: queue.to_owned(),
                properties: Properties {
                    message_type: Some(message_type.to_owned()),
                    ..Properties::default()
                },
                body: body.into(),
            })
            .collect();
        let outcomes = self.publisher.publish_batch(&messages).await;
        assert!(outcomes.iter().all(PublishOutcome::is_confirmed), "{outcomes:?}");
    }
}

/// Looks at the first messages of a queue that nobody consumes; they stay in it.
pub(crate) async fn peek(relay: &Relay, queue: &str, count: usize) -> Vec<Bytes> {
    let broker = broker(relay.installation.vhost(), RELAY, Topology::default());
    let (publisher, _link) = Publisher::new(broker.clone());
    let prefetch = u16::try_from(count).expect("a small number");
    let stop = CancellationToken::new();
    let (mut batches, _settler) = Consumer::new(queue, prefetch).open(broker, publisher, stop);
    let mut held = Vec::new();
    while held.len() < count {
        let batch = timeout(LONG, batches.next(count)).await;
        held.extend(batch.expect("messages in time").expect("a subscription"));
    }
    // Unsettled: they go back with the connection.
    batches.close().await;
    held.into_iter().map(|held| held.delivery.body).collect()
}
