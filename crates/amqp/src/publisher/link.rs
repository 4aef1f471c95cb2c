//! The publisher's connection, kept by a task.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use lapin::options::ConfirmSelectOptions;
use lapin::{Channel, Connection, Event};
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tracing::{info, warn};

use super::Shared;
use crate::connection::connect;

/// How often the connection's state is looked at, beside the events that the client library sends.
const LOOK: Duration = Duration::from_millis(500);

/// So many batches in a row without a word from the broker end a connection.
const UNHEARD: u32 = 2;

/// The longest wait for the end of a connection that has said nothing for so long.
const GOODBYE: Duration = Duration::from_secs(1);

/// What keeps a batch waiting while there is a connection.
const BUSY: &str = "every channel has a batch on its way";

/// One connection with its channels in confirm mode.
pub(super) struct Link {
    connection: Connection,
    idle: Mutex<Vec<Channel>>,
    parked: Mutex<Vec<Channel>>,
    /// Batches in a row of which nothing was heard in time.
    unheard: AtomicU32,
    given_up: Notify,
}

impl Link {
    fn new(connection: Connection) -> Self {
        Self {
            connection,
            idle: Mutex::default(),
            parked: Mutex::default(),
            unheard: AtomicU32::new(0),
            given_up: Notify::new(),
        }
    }

    pub(super) fn is_usable(&self) -> bool {
        self.connection.status().connected() && !self.connection.status().blocked()
    }

    /// An idle channel, or a new one; nobody else uses it meanwhile.
    pub(super) async fn channel(&self) -> lapin::Result<Channel> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(channel) = idle.filter(|channel| channel.status().connected()) {
            return Ok(channel);
        }
        let channel = self.connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    /// The broker has confirmed something, one way or the other.
    pub(super) fn heard(&self) {
        self.unheard.store(0, Ordering::Relaxed);
    }

    /// A whole batch was written, and nothing was heard of it in time, though heartbeats come. Brokers that had been killed
    /// were seen to come back like that; on a new connection everything is declared anew.
    pub(super) fn unheard(&self) {
        let unheard = self.unheard.fetch_add(1, Ordering::Relaxed) + 1;
        if unheard >= UNHEARD && self.is_usable() {
            self.given_up.notify_one();
        }
    }

    /// For the next batch; the broker owes this channel nothing.
    pub(super) fn give_back(&self, channel: Channel) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(channel);
    }

    /// Keeps a channel open until the connection ends: it has frames that are not written yet, and closing it
    /// would overtake them.
    pub(super) fn park(&self, channel: Channel) {
        self.parked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(channel);
    }
}

/// Keeps a [`super::Publisher`]'s connection: connects, declares the topology, and connects again whenever the
/// connection is lost. Run it as long as the publisher is used.
pub struct PublisherLink(pub(super) Arc<Shared>);

impl PublisherLink {
    /// Never ends; drop it to disconnect.
    pub async fn run(self) {
        let broker = &self.0.broker;
        let mut backoff = broker.options.backoff();
        loop {
            match connect(broker, "publisher").await {
                Ok(connection) => {
                    backoff.connected();
                    info!(broker.address = broker.options.address(), "publisher connected");
                    self.keep(connection).await;
                }
                Err(error) => {
                    warn!(%error, "publisher cannot connect");
                    self.trouble(&error.to_string());
                }
            }
            let pause = backoff.pause();
            info!(retry_in_ms = pause.as_millis() as u64, "publisher connects again");
            sleep(pause).await;
        }
    }

    /// Offers the connection to publishers until it is lost.
    async fn keep(&self, connection: Connection) {
        let mut events = Box::pin(connection.events_listener());
        let link = Arc::new(Link::new(connection));
        let _withdraw = Withdraw(&self.0);
        self.trouble(BUSY);
        self.0.link.send_replace(Some(Arc::clone(&link)));
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while link.connection.status().connected() {
            let event = tokio::select! {
                event = events.next() => event,
                _ = look.tick() => None,
                () = link.given_up.notified() => {
                    warn!(batches = UNHEARD, "the broker confirms nothing on this connection, leaving it");
                    self.trouble("the broker confirmed nothing on the last connection");
                    let goodbye = link.connection.close(200, "no confirms".into());
                    let _ = timeout(GOODBYE, goodbye).await;
                    return;
                }
            };
            match event {
                Some(Event::ConnectionBlocked(reason)) => {
                    warn!(
                        reason,
                        "the broker takes no messages until it has memory and disk again"
                    );
                }
                Some(Event::ConnectionUnblocked) => {
                    info!("the broker takes messages again");
                    self.trouble(BUSY);
                    // Wakes those that wait for a usable link.
                    self.0.link.send_modify(|_| {});
                }
                // An error of a channel is reported by the batch that met it. `Event` may grow.
                _ => {}
            }
        }
        warn!("publisher lost its connection");
        self.trouble("the connection was lost");
    }

    fn trouble(&self, text: &str) {
        text.clone_into(&mut self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl fmt::Debug for PublisherLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublisherLink(..)")
    }
}

/// Takes the link back when the keeping ends, also by being dropped.
struct Withdraw<'a>(&'a Shared);

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        self.0.link.send_replace(None);
    }
}
