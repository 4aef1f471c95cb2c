//! How a queue is consumed, and whether it is.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::batches::Batches;
use crate::broker::Broker;
use crate::message::Delivery;
use crate::publisher::Publisher;
use crate::session::{Session, Token};
use crate::settler::Settler;

/// How to consume a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Name of the queue.
    pub queue: String,
    /// Most deliveries held unsettled; the broker sends no more.
    pub prefetch: u16,
    /// Most deliveries of one batch.
    pub max_batch: usize,
    /// How long a batch waits to fill up once it has a first delivery; zero takes what is there.
    pub linger: Duration,
    /// Batches that [`crate::run`] handles side by side; 1 keeps the order of the queue.
    pub max_in_flight_batches: usize,
    /// How long a delivery that goes back to the queue is kept first, so as not to spin: its number of returns
    /// is limited.
    pub requeue_pause: Duration,
}

impl Consumer {
    /// One batch at a time of at most `prefetch` deliveries, no lingering, one second before a requeue.
    #[must_use]
    pub fn new(queue: impl Into<String>, prefetch: u16) -> Self {
        Self {
            queue: queue.into(),
            prefetch,
            max_batch: usize::from(prefetch),
            linger: Duration::ZERO,
            max_in_flight_batches: 1,
            requeue_pause: Duration::from_secs(1),
        }
    }

    /// The two ends of consuming: batches to take, and the settler that ends them. Nothing is connected before
    /// [`Batches::next`] is first called. Once `stop` is cancelled no batch comes any more.
    #[must_use]
    pub fn open(self, broker: Broker, publisher: Publisher, stop: CancellationToken) -> (Batches, Settler) {
        let settler = Settler::new(publisher, self.queue.clone(), self.requeue_pause, stop.clone());
        (Batches::new(self, broker, stop), settler)
    }
}

/// Whether a consumer has its subscription; for readiness. Clones look at the same consumer.
#[derive(Clone, Debug, Default)]
pub struct ConsumerStatus(Arc<RwLock<Option<Arc<Session>>>>);

impl ConsumerStatus {
    /// Subscribed on a connection that lives.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(|session| session.is_alive())
    }

    pub(crate) fn set(&self, session: Option<Arc<Session>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = session;
    }
}

/// A delivery with the token that settles it.
#[derive(Debug)]
pub struct Held {
    /// The message.
    pub delivery: Delivery,
    /// For [`Settler::settle`]. A held delivery that is dropped goes back to the queue when the connection ends.
    pub token: Token,
}
