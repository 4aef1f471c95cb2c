//! Confirmed publishing on a connection of its own.

mod link;
mod outcome;
#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{MaybeDone, maybe_done};
use futures_util::{FutureExt, poll};
use lapin::options::BasicPublishOptions;
use lapin::{Channel, PublisherConfirm};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use self::link::Link;
pub use self::link::PublisherLink;
use self::outcome::Fate;
use crate::broker::Broker;
use crate::message::{Outgoing, TooLong, short};

/// Batches that may be on their way at once; further ones wait. Each has a channel for itself: see
/// [`Publisher::publish_batch`].
const CHANNELS: usize = 8;

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishOutcome {
    /// It is in every queue that it was routed to, and safe there.
    Confirmed,
    /// It reached no queue (the broker acknowledges such a message too).
    Returned {
        /// AMQP reply code, 312 for "no route".
        code: u16,
        /// The broker's words.
        text: String,
    },
    /// A queue would not take it, for instance because it is full.
    Nacked,
    /// It will never be taken as it is: no such exchange, not permitted, a text of more than 255 bytes.
    Refused(String),
    /// Nobody knows: the connection broke, or no confirm came in time. It may arrive all the same.
    Lost(String),
}

impl PublishOutcome {
    /// The message is safe.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        matches!(self, Self::Confirmed)
    }
}

/// Publishes durable, mandatory messages and awaits their confirms. Clones share one connection.
#[derive(Clone)]
pub struct Publisher {
    shared: Arc<Shared>,
}

struct Shared {
    broker: Broker,
    link: watch::Sender<Option<Arc<Link>>>,
    permits: Semaphore,
    /// What keeps those waiting who wait in vain.
    trouble: Mutex<String>,
}

impl Publisher {
    /// A publisher, and the task that keeps its connection: nothing is published unless someone runs it.
    #[must_use]
    pub fn new(broker: Broker) -> (Self, PublisherLink) {
        let shared = Shared {
            broker,
            link: watch::Sender::new(None),
            permits: Semaphore::new(CHANNELS),
            trouble: Mutex::new("its link does not run".to_owned()),
        };
        let publisher = Self {
            shared: Arc::new(shared),
        };
        (publisher.clone(), PublisherLink(publisher.shared))
    }

    /// Connected, and not blocked by the broker for lack of memory or disk: for readiness.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.shared
            .link
            .borrow()
            .as_ref()
            .is_some_and(|link| link.is_usable())
    }

    /// Publishes all of `batch`, in its order, then awaits the confirms: one outcome per message, in order,
    /// within the confirm time-out of the options. Waits for a connection meanwhile, if there is none.
    ///
    /// Calls may run side by side. Each uses a channel for itself, because the client library hands a returned
    /// message to whichever confirm of the channel comes next: within one batch we can find its true owner.
    pub async fn publish_batch(&self, batch: &[Outgoing]) -> Vec<PublishOutcome> {
        if batch.is_empty() {
            return Vec::new();
        }
        let confirm_timeout = self.shared.broker.options.confirm_timeout;
        let deadline = Instant::now() + confirm_timeout;
        let ready = timeout_at(deadline, self.ready()).await.unwrap_or_else(|_| {
            let trouble = self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner);
            Err(format!(
                "not sent within {} ms: {trouble}",
                confirm_timeout.as_millis()
            ))
        });
        let (_permit, link, channel) = match ready {
            Ok(ready) => ready,
            Err(reason) => return lost(batch, &reason),
        };

        let mut progress = Progress::new(batch.len());
        // A time-out leaves what is known by then.
        let in_time = timeout_at(deadline, progress.publish(&channel, batch)).await;
        if in_time.is_err() {
            progress.take_what_is_there();
        }
        if progress.fates.iter().any(Fate::is_confirm) {
            link.heard();
        } else if in_time.is_err() {
            link.unheard();
        }
        if progress.fates.iter().all(Fate::is_settled) && channel.status().connected() {
            link.give_back(channel);
        } else if !progress.written {
            link.park(channel);
        }
        let outcomes = outcome::resolve(batch, progress.fates);
        report(batch, &outcomes);
        outcomes
    }

    async fn ready(&self) -> Result<(SemaphorePermit<'_>, Arc<Link>, Channel), String> {
        let permit = self
            .shared
            .permits
            .acquire()
            .await
            .map_err(|error| error.to_string())?;
        let (link, channel) = self.channel().await.map_err(|error| error.to_string())?;
        Ok((permit, link, channel))
    }

    async fn channel(&self) -> lapin::Result<(Arc<Link>, Channel)> {
        let mut links = self.shared.link.subscribe();
        loop {
            let Some(link) = usable(&mut links).await else {
                continue;
            };
            match link.channel().await {
                Ok(channel) => return Ok((link, channel)),
                Err(error) if link.is_usable() => return Err(error),
                Err(_) => {}
            }
        }
    }
}

/// The next link that takes messages.
async fn usable(links: &mut watch::Receiver<Option<Arc<Link>>>) -> Option<Arc<Link>> {
    let usable = links
        .wait_for(|link| link.as_ref().is_some_and(|link| link.is_usable()))
        .await;
    // Waiting fails only without a sender, and the publisher that waits holds it.
    usable.ok().and_then(|link| link.clone())
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("connected", &self.is_connected())
            .finish_non_exhaustive()
    }
}

/// How far a batch has come.
struct Progress {
    fates: Vec<Fate>,
    written: bool,
    confirms: Vec<(usize, PublisherConfirm)>,
}

type Write<F> = Pin<Box<MaybeDone<F>>>;

impl Progress {
    fn new(messages: usize) -> Self {
        Self {
            fates: vec![Fate::Unknown; messages],
            written: false,
            confirms: Vec::new(),
        }
    }

    async fn publish(&mut self, channel: &Channel, batch: &[Outgoing]) {
        let mut writes = Vec::with_capacity(batch.len());
        for (index, message) in batch.iter().enumerate() {
            match write(channel, message) {
                // The first poll queues the frames, so that the messages go out in order and back to back.
                Ok(mut write) => {
                    let _ = poll!(write.as_mut());
                    writes.push((index, write));
                }
                Err(TooLong(field)) => {
                    self.fates[index] = Fate::Refused(format!("{field} is longer than 255 bytes"));
                }
            }
        }
        self.confirms.reserve(writes.len());
        for (index, mut write) in writes {
            write.as_mut().await;
            match write.as_mut().take_output() {
                Some(Ok(confirm)) => self.confirms.push((index, confirm)),
                Some(Err(error)) => self.fates[index] = Fate::failed(&error),
                None => {}
            }
        }
        self.written = true;
        for (index, confirm) in &mut self.confirms {
            self.fates[*index] = Fate::told(confirm.await);
        }
    }

    /// Confirms come in any order: behind one that a queue owes lie others that have come.
    fn take_what_is_there(&mut self) {
        for (index, confirm) in &mut self.confirms {
            if matches!(self.fates[*index], Fate::Unknown)
                && let Some(told) = confirm.now_or_never()
            {
                self.fates[*index] = Fate::told(told);
            }
        }
    }
}

fn write<'a>(
    channel: &'a Channel,
    message: &'a Outgoing,
) -> Result<Write<impl Future<Output = lapin::Result<PublisherConfirm>> + use<'a>>, TooLong> {
    let exchange = short("exchange", &message.exchange)?;
    let routing_key = short("routing_key", &message.routing_key)?;
    let properties = message.properties.to_wire()?;
    let options = BasicPublishOptions {
        mandatory: true,
        ..BasicPublishOptions::default()
    };
    let publishing = channel.basic_publish(exchange, routing_key, options, &message.body, properties);
    Ok(Box::pin(maybe_done(publishing)))
}

fn lost(batch: &[Outgoing], reason: &str) -> Vec<PublishOutcome> {
    let outcomes = vec![PublishOutcome::Lost(reason.to_owned()); batch.len()];
    report(batch, &outcomes);
    outcomes
}

/// One line for each message that the broker turned down, one for all that are lost.
fn report(batch: &[Outgoing], outcomes: &[PublishOutcome]) {
    let mut lost = 0;
    let mut why = "";
    let mut exchange_of_first = "";
    for (message, outcome) in batch.iter().zip(outcomes) {
        let (exchange, routing_key) = (&message.exchange, &message.routing_key);
        match outcome {
            PublishOutcome::Confirmed => {}
            PublishOutcome::Returned { code, text } => {
                warn!(
                    amqp.exchange = exchange,
                    amqp.routing_key = routing_key,
                    code,
                    text,
                    "publish returned"
                );
            }
            PublishOutcome::Nacked => {
                warn!(
                    amqp.exchange = exchange,
                    amqp.routing_key = routing_key,
                    "publish nacked"
                );
            }
            PublishOutcome::Refused(text) => {
                warn!(
                    amqp.exchange = exchange,
                    amqp.routing_key = routing_key,
                    text,
                    "publish refused"
                );
            }
            PublishOutcome::Lost(text) => {
                if lost == 0 {
                    exchange_of_first = exchange;
                }
                lost += 1;
                why = text;
            }
        }
    }
    if lost > 0 {
        warn!(
            messages = lost,
            batch.messages = batch.len(),
            amqp.exchange = exchange_of_first,
            reason = why,
            "publishes unconfirmed"
        );
    }
}
