//! Carrying decisions out: publish, await the confirms, then acknowledge.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::message::Outgoing;
use crate::publisher::Publisher;
use crate::session::{Session, Token};

/// What is to become of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Publish these, and when all are confirmed acknowledge the delivery. If one is not, it goes back to the
    /// queue, and whoever handles it again publishes again.
    Done(Vec<Outgoing>),
    /// Back to the queue, after a pause.
    Requeue,
    /// To the queue's dead-letter queue.
    DeadLetter {
        /// A code for the log; a literal, so that nobody's data gets there.
        cause: &'static str,
    },
}

/// How deliveries were settled since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Acknowledged.
    pub acked: u64,
    /// Given back to the queue: decided so, or a publish was not confirmed.
    pub requeued: u64,
    /// Given to the dead-letter queue.
    pub dead_lettered: u64,
    /// Of a lost connection: the broker delivers them again, whatever was decided.
    pub stale: u64,
}

/// Carries decisions out. Clones share the publisher and the counts.
#[derive(Clone)]
pub struct Settler {
    shared: Arc<Shared>,
}

struct Shared {
    publisher: Publisher,
    queue: String,
    requeue_pause: Duration,
    stop: CancellationToken,
    acked: AtomicU64,
    requeued: AtomicU64,
    dead_lettered: AtomicU64,
    stale: AtomicU64,
}

impl Settler {
    pub(crate) fn new(
        publisher: Publisher,
        queue: String,
        requeue_pause: Duration,
        stop: CancellationToken,
    ) -> Self {
        let (acked, requeued, dead_lettered, stale) = Default::default();
        let shared = Shared {
            publisher,
            queue,
            requeue_pause,
            stop,
            acked,
            requeued,
            dead_lettered,
            stale,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Publishes all that the decisions name as one batch, awaits the confirms, then acknowledges, requeues and
    /// dead-letters. Returns when that is written; a requeue is written after its pause, later.
    ///
    /// What belongs to a lost connection is published all the same, for the work is done; only its
    /// acknowledgement is void.
    pub async fn settle(&self, decisions: Vec<(Token, Decision)>) {
        let mut outgoing = Vec::new();
        let mut planned = Vec::with_capacity(decisions.len());
        for (token, decision) in decisions {
            let step = match decision {
                Decision::Done(messages) => {
                    let first = outgoing.len();
                    outgoing.extend(messages);
                    Step::AckIf(first..outgoing.len())
                }
                Decision::Requeue => Step::Requeue,
                Decision::DeadLetter { cause } => Step::DeadLetter(cause),
            };
            planned.push((token, step));
        }
        let outcomes = self.shared.publisher.publish_batch(&outgoing).await;

        let mut groups: Vec<Group> = Vec::new();
        for (Token { session, tag }, step) in planned {
            let at = groups
                .iter()
                .position(|group| Arc::ptr_eq(&group.session, &session))
                .unwrap_or_else(|| {
                    groups.push(Group::new(session));
                    groups.len() - 1
                });
            let group = &mut groups[at];
            match step {
                Step::AckIf(range)
                    if outcomes[range.clone()]
                        .iter()
                        .all(|outcome| outcome.is_confirmed()) =>
                {
                    group.ack.push(tag);
                }
                Step::AckIf(_) | Step::Requeue => group.requeue.push(tag),
                Step::DeadLetter(cause) => {
                    warn!(amqp.queue = self.shared.queue, cause, "dead-lettered");
                    group.dead_letter.push(tag);
                }
            }
        }
        for group in groups {
            self.write(group).await;
        }
    }

    /// How deliveries were settled since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            acked: read(&self.shared.acked),
            requeued: read(&self.shared.requeued),
            dead_lettered: read(&self.shared.dead_lettered),
            stale: read(&self.shared.stale),
        }
    }

    async fn write(&self, group: Group) {
        let Group {
            session,
            ack,
            requeue,
            dead_letter,
        } = group;
        let shared = &self.shared;
        if !ack.is_empty() {
            let count = ack.len();
            shared.note(&shared.acked, count, session.ack(ack).await);
        }
        if !dead_letter.is_empty() {
            let count = dead_letter.len();
            shared.note(
                &shared.dead_lettered,
                count,
                session.nack(dead_letter, false).await,
            );
        }
        if !requeue.is_empty() {
            // In a task, so that the pause holds up nothing else; if it is lost with the process, the end of
            // the connection requeues all the same.
            let shared = Arc::clone(shared);
            tokio::spawn(async move {
                tokio::select! {
                    () = shared.stop.cancelled() => {}
                    () = sleep(shared.requeue_pause) => {}
                }
                let count = requeue.len();
                shared.note(&shared.requeued, count, session.nack(requeue, true).await);
            });
        }
    }
}

impl Shared {
    fn note(&self, counter: &AtomicU64, deliveries: usize, written: lapin::Result<()>) {
        let deliveries = deliveries as u64;
        match written {
            Ok(()) => counter.fetch_add(deliveries, Ordering::Relaxed),
            Err(error) => {
                debug!(amqp.queue = self.queue, deliveries, %error, "settled on a lost connection");
                self.stale.fetch_add(deliveries, Ordering::Relaxed)
            }
        };
    }
}

enum Step {
    /// If these of the batch's messages are confirmed.
    AckIf(std::ops::Range<usize>),
    Requeue,
    DeadLetter(&'static str),
}

/// Tags of one session by what is to be written.
struct Group {
    session: Arc<Session>,
    ack: Vec<u64>,
    requeue: Vec<u64>,
    dead_letter: Vec<u64>,
}

impl Group {
    fn new(session: Arc<Session>) -> Self {
        Self {
            session,
            ack: Vec::new(),
            requeue: Vec::new(),
            dead_letter: Vec::new(),
        }
    }
}

impl fmt::Debug for Settler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settler")
            .field("queue", &self.shared.queue)
            .field("counts", &self.counts())
            .finish()
    }
}
