//! What the tests build from.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use relay_amqp::{
    BatchHandler, Batches, Broker, BrokerOptions, Consumer, Decision, Delivery, Held, Jitter, Outgoing,
    Properties, PublishOutcome, Publisher, Queue, Settler, Topology,
};
use relay_testkit::rabbitmq::RELAY;
use relay_testkit::{RabbitAccess, shared};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Far beyond what anything here takes; only a defect waits this long.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Enough for the broker to send what it is willing to send.
pub(crate) const QUIET: Duration = Duration::from_millis(400);

pub(crate) fn broker_at(url: &str, topology: Topology) -> Broker {
    let mut options = BrokerOptions::new(url, "test", Jitter::new(|| 0.5)).expect("a good URL");
    options.reconnect_min = Duration::from_millis(20);
    options.reconnect_max = Duration::from_millis(200);
    Broker::new(options, topology)
}

/// A virtual host of its own, with `topology` still to be declared.
pub(crate) async fn broker(topology: Topology) -> Broker {
    broker_on(&shared::rabbitmq(), topology).await
}

pub(crate) async fn broker_on(access: &RabbitAccess, topology: Topology) -> Broker {
    let vhost = access.vhost().await.expect("a virtual host");
    broker_at(&vhost.url(RELAY), topology)
}

pub(crate) fn queues(queues: impl IntoIterator<Item = Queue>) -> Topology {
    Topology {
        queues: queues.into_iter().collect(),
        ..Topology::default()
    }
}

/// A publisher whose link ends with the value.
pub(crate) struct Running {
    pub(crate) publisher: Publisher,
    link: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.link.abort();
    }
}

impl Running {
    pub(crate) fn start(broker: &Broker) -> Self {
        let (publisher, link) = Publisher::new(broker.clone());
        Self {
            publisher,
            link: tokio::spawn(link.run()),
        }
    }

    /// Publishes to the default exchange and insists on the confirms.
    pub(crate) async fn put(&self, queue: &str, ids: impl IntoIterator<Item = u32>) {
        let batch: Vec<_> = ids.into_iter().map(|id| to(queue, id)).collect();
        let outcomes = self.publisher.publish_batch(&batch).await;
        assert!(outcomes.iter().all(PublishOutcome::is_confirmed), "{outcomes:?}");
    }
}

/// A message with `id` as its body and message id, to `queue`.
pub(crate) fn to(queue: &str, id: u32) -> Outgoing {
    Outgoing {
        exchange: String::new(),
        routing_key: queue.to_owned(),
        properties: Properties {
            message_id: Some(id.to_string()),
            ..Properties::default()
        },
        body: Bytes::from(id.to_string()),
    }
}

pub(crate) fn id(delivery: &Delivery) -> u32 {
    std::str::from_utf8(&delivery.body)
        .ok()
        .and_then(|text| text.parse().ok())
        .expect("a number")
}

/// A consumer, its ends, and what stops it.
pub(crate) struct Reader {
    pub(crate) batches: Batches,
    pub(crate) settler: Settler,
    pub(crate) stop: CancellationToken,
}

pub(crate) fn read(broker: &Broker, running: &Running, consumer: Consumer) -> Reader {
    let stop = CancellationToken::new();
    let (batches, settler) = consumer.open(broker.clone(), running.publisher.clone(), stop.clone());
    Reader {
        batches,
        settler,
        stop,
    }
}

impl Reader {
    pub(crate) async fn take(&mut self, count: usize) -> Vec<Held> {
        let mut held = Vec::new();
        while held.len() < count {
            let batch = timeout(LONG, self.batches.next(count - held.len()))
                .await
                .expect("deliveries in time");
            held.extend(batch.expect("not stopped"));
        }
        held
    }

    /// Nothing comes while the broker has all the time it needs.
    pub(crate) async fn expect_none(&mut self) {
        if let Ok(batch) = timeout(QUIET, self.batches.next(1)).await {
            panic!("nothing should come: {batch:?}");
        }
    }

    pub(crate) async fn finish(self, held: Vec<Held>) {
        let done = held
            .into_iter()
            .map(|held| (held.token, Decision::Done(Vec::new())))
            .collect();
        self.settler.settle(done).await;
        self.batches.close().await;
    }
}

/// Takes `count` messages off a queue and acknowledges them; their ids in order of delivery.
pub(crate) async fn drain(broker: &Broker, running: &Running, queue: &str, count: usize) -> Vec<u32> {
    let mut reader = read(broker, running, Consumer::new(queue, 1000));
    let held = reader.take(count).await;
    let ids = held.iter().map(|held| id(&held.delivery)).collect();
    reader.finish(held).await;
    ids
}

/// A handler made of a function of one delivery, which remembers what it saw.
pub(crate) struct Each<F> {
    decide: F,
    pub(crate) seen: Mutex<Vec<Delivery>>,
}

impl<F> Each<F> {
    pub(crate) fn new(decide: F) -> Arc<Self> {
        Arc::new(Self {
            decide,
            seen: Mutex::default(),
        })
    }

    pub(crate) fn ids(&self) -> Vec<u32> {
        self.seen.lock().expect("no panic").iter().map(id).collect()
    }
}

impl<F: Fn(&Delivery) -> Decision + Send + Sync + 'static> BatchHandler for Each<F> {
    async fn handle(&self, batch: Vec<Delivery>) -> Vec<Decision> {
        let decisions = batch.iter().map(&self.decide).collect();
        self.seen.lock().expect("no panic").extend(batch);
        decisions
    }
}
