//! Deliveries of one queue, in batches, over whatever happens to the connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use lapin::ErrorKind;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::{FieldTable, ShortString};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::backoff::Backoff;
use crate::broker::Broker;
use crate::connection::connect;
use crate::consumer::{Consumer, ConsumerStatus, Held};
use crate::error::AmqpError;
use crate::message::Delivery;
use crate::session::{Session, Token};

/// Longest wait for the broker's goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// The deliveries of one queue.
pub struct Batches {
    pub(crate) consumer: Consumer,
    broker: Broker,
    stop: CancellationToken,
    backoff: Backoff,
    status: ConsumerStatus,
    active: Option<Active>,
    /// The connection was just lost: wait a little before the next.
    breathe: bool,
    /// Deliveries still to be taken with a prefetch of one. The client library gives up its connection over a
    /// message with a malformed property, for instance a message id that is not UTF-8, and every message that
    /// was sent ahead counts as returned; alone, it is the only one to reach the delivery limit.
    one_by_one: usize,
}

/// Why a subscription ended.
struct Loss {
    reason: String,
    unreadable: bool,
}

impl Loss {
    fn cancelled() -> Self {
        // The broker does that when the queue is deleted.
        Self {
            reason: "the broker cancelled the subscription".to_owned(),
            unreadable: false,
        }
    }
}

impl From<lapin::Error> for Loss {
    fn from(error: lapin::Error) -> Self {
        Self {
            reason: error.to_string(),
            unreadable: matches!(error.kind(), ErrorKind::ParsingError(_)),
        }
    }
}

struct Active {
    session: Arc<Session>,
    stream: lapin::Consumer,
    /// Taken from the stream for a batch that is not handed out yet; here, so that dropping the future of
    /// [`Batches::next`] loses none.
    taken: Vec<lapin::message::Delivery>,
    prefetch: u16,
}

impl Batches {
    pub(crate) fn new(consumer: Consumer, broker: Broker, stop: CancellationToken) -> Self {
        let backoff = broker.options.backoff();
        let status = ConsumerStatus::default();
        Self {
            consumer,
            broker,
            stop,
            backoff,
            status,
            active: None,
            breathe: false,
            one_by_one: 0,
        }
    }

    /// The consumer's state.
    #[must_use]
    pub fn status(&self) -> ConsumerStatus {
        self.status.clone()
    }

    /// The next deliveries, at least one and at most `max` (and `max_batch`). Connects, and connects again, for
    /// as long as it takes. `None` once stopping: the subscription is cancelled by then and what had been sent
    /// ahead has gone back to the queue; what was taken earlier can still be settled. Dropping the future
    /// loses no delivery.
    pub async fn next(&mut self, max: usize) -> Option<Vec<Held>> {
        let max = max.clamp(1, self.consumer.max_batch.max(1));
        loop {
            if self.stop.is_cancelled() {
                self.cancel().await;
                return None;
            }
            let prefetch = self.prefetch();
            let Some(active) = self.active.as_mut().filter(|active| active.prefetch == prefetch) else {
                self.reconnect().await;
                continue;
            };
            if active.taken.is_empty() {
                let first = tokio::select! {
                    biased;
                    () = self.stop.cancelled() => continue,
                    first = active.stream.next() => first,
                };
                match first {
                    Some(Ok(first)) => active.taken.push(first),
                    Some(Err(error)) => {
                        self.lost(&Loss::from(error));
                        continue;
                    }
                    None => {
                        self.lost(&Loss::cancelled());
                        continue;
                    }
                }
            }
            return Some(self.fill(max).await);
        }
    }

    /// Ends the connection, after everything is settled: what is not goes back to the queue.
    pub async fn close(mut self) {
        self.status.set(None);
        if let Some(active) = self.active.take() {
            end(active).await;
        }
    }

    async fn fill(&mut self, max: usize) -> Vec<Held> {
        let Some(Active {
            session,
            stream,
            taken,
            ..
        }) = &mut self.active
        else {
            return Vec::new();
        };
        let until = Instant::now() + self.consumer.linger;
        let mut broken = None;
        while taken.len() < max && broken.is_none() {
            let next = match stream.next().now_or_never() {
                Some(next) => next,
                None if self.consumer.linger.is_zero() => break,
                None => tokio::select! {
                    biased;
                    next = stream.next() => next,
                    () = self.stop.cancelled() => break,
                    () = sleep_until(until) => break,
                },
            };
            match next {
                Some(Ok(delivery)) => taken.push(delivery),
                Some(Err(error)) => broken = Some(Loss::from(error)),
                None => broken = Some(Loss::cancelled()),
            }
        }
        session
            .hold(taken.iter().map(|delivery| delivery.delivery_tag))
            .await;
        let held = |delivery: lapin::message::Delivery| Held {
            token: Token {
                session: Arc::clone(session),
                tag: delivery.delivery_tag,
            },
            delivery: Delivery::from(delivery),
        };
        let batch: Vec<_> = taken.drain(..).map(held).collect();
        if let Some(loss) = broken {
            self.lost(&loss);
        }
        self.one_by_one = self.one_by_one.saturating_sub(batch.len());
        batch
    }

    /// Tries once; waits before it returns if that failed.
    async fn reconnect(&mut self) {
        let stop = self.stop.clone();
        self.active = None;
        if self.breathe {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(self.broker.options.reconnect_min) => self.breathe = false,
            }
        }
        let opened = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            opened = self.subscribe() => opened,
        };
        match opened {
            Ok(active) => {
                self.backoff.connected();
                self.status.set(Some(Arc::clone(&active.session)));
                info!(
                    amqp.queue = self.consumer.queue,
                    amqp.prefetch = active.prefetch,
                    "consuming"
                );
                self.active = Some(active);
            }
            Err(error) => {
                let pause = self.backoff.pause();
                warn!(amqp.queue = self.consumer.queue, %error, retry_in_ms = pause.as_millis() as u64, "cannot consume");
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = sleep(pause) => {}
                }
            }
        }
    }

    fn prefetch(&self) -> u16 {
        if self.one_by_one > 0 {
            1
        } else {
            self.consumer.prefetch
        }
    }

    async fn subscribe(&self) -> Result<Active, AmqpError> {
        let queue = &self.consumer.queue;
        let prefetch = self.prefetch();
        let connection = connect(&self.broker, queue).await?;
        let subscribing = async {
            let channel = connection.create_channel().await?;
            channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
            let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
            let name = ShortString::try_new(queue.as_str()).map_err(std::io::Error::other)?;
            let stream = channel
                .basic_consume(name, ShortString::default(), options, arguments)
                .await?;
            Ok((channel, stream))
        };
        let (channel, stream) = timeout(self.broker.options.connect_timeout, subscribing)
            .await
            .map_err(|_| AmqpError::Protocol {
                action: "consuming",
                detail: "no answer in time".to_owned(),
            })?
            .map_err(AmqpError::protocol("consuming"))?;
        Ok(Active {
            session: Arc::new(Session::new(connection, channel)),
            stream,
            taken: Vec::new(),
            prefetch,
        })
    }

    /// Tokens keep the old session as long as they live; settling them has no effect any more.
    fn lost(&mut self, loss: &Loss) {
        warn!(
            amqp.queue = self.consumer.queue,
            reason = loss.reason,
            "subscription lost"
        );
        self.status.set(None);
        self.active = None;
        self.breathe = true;
        if loss.unreadable {
            warn!(
                amqp.queue = self.consumer.queue,
                "a message cannot be read: taking one at a time"
            );
            self.one_by_one = usize::from(self.consumer.prefetch);
        }
    }

    async fn cancel(&mut self) {
        let Some(Active {
            session,
            stream,
            taken,
            ..
        }) = &mut self.active
        else {
            return;
        };
        let cancelling = session
            .channel()
            .basic_cancel(stream.tag(), BasicCancelOptions::default());
        if !matches!(timeout(GOODBYE, cancelling).await, Ok(Ok(()))) {
            debug!(
                amqp.queue = self.consumer.queue,
                "the subscription ended without the broker's answer"
            );
        }
        // Sent ahead and not taken: others should have it now, not when this connection ends.
        let mut unseen: Vec<_> = taken.drain(..).map(|delivery| delivery.delivery_tag).collect();
        while let Some(Some(Ok(delivery))) = stream.next().now_or_never() {
            unseen.push(delivery.delivery_tag);
        }
        if let Err(error) = session.nack(unseen, true).await {
            debug!(amqp.queue = self.consumer.queue, %error, "deliveries go back with the connection");
        }
    }
}

async fn end(active: Active) {
    let Active { session, stream, .. } = active;
    drop(stream);
    if !matches!(timeout(GOODBYE, session.close()).await, Ok(Ok(()))) {
        debug!("the connection ended without the broker's answer");
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("consumer", &self.consumer)
            .field("connected", &self.status.is_connected())
            .finish_non_exhaustive()
    }
}
