//! Answers that could not be read are read again, as operators ask. One that can be read now opens a new round of its
//! job, in which it is processed like any other.

use std::sync::Arc;
use std::time::Duration;

use relay_service::announce::{Announcer, JobFacts};
use relay_service::crash;
use relay_service::hold::every;
use relay_store::{ReplayOf, ReplayRefusal, ReplayRequest, Store, StoreError, WorkRef};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::metrics::Metrics;
use crate::process::{Processor, parse};

/// An answer that ended every process which read it must not do so for ever.
const MOST_TRIES: i32 = 3;
/// What the new round is told to be.
const OUTCOME: &str = "reread";

/// Reads again.
pub(crate) struct Rereader {
    pub(crate) store: Store,
    pub(crate) processor: Arc<Processor>,
    pub(crate) announcer: Announcer,
    /// Between two looks for replays.
    pub(crate) pause: Duration,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
}

impl Rereader {
    /// Reads again until stopped.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        Ok(every(self.pause, &self.stop, || self.sweep()).await?)
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        while !self.stop.is_cancelled() {
            let Some(request) = self.store.next_replay(ReplayOf::Answers).await? else {
                return Ok(());
            };
            let refusal = match self.reread(&request).await {
                Ok(None) => continue,
                Ok(Some(refusal)) => refusal,
                // Begun, and not ended: it is found again.
                Err(error) if error.is_transient() => {
                    warn!(quarantine.id = %request.quarantine_id, %error, "a replay is to be tried again");
                    continue;
                }
                Err(error) => {
                    error!(quarantine.id = %request.quarantine_id, %error, "an answer cannot be read again; it waits on");
                    ReplayRefusal::of_replay("damaged")
                }
            };
            let (replay, item) = (request.replay_id, request.quarantine_id);
            if self.store.refuse_replay(replay, item, &refusal).await? {
                info!(quarantine.id = %item, quarantine.cause = refusal.cause, "a replayed answer stays in quarantine");
                self.metrics.replays.with_label_values(&["refused"]).inc();
            }
        }
        Ok(())
    }

    /// Nothing to refuse where it has been read, or somebody else was first.
    async fn reread(&self, request: &ReplayRequest) -> Result<Option<ReplayRefusal>, StoreError> {
        if request.tries > MOST_TRIES {
            return Ok(Some(ReplayRefusal::of_replay("crashes")));
        }
        let overtaken = || Ok(Some(ReplayRefusal::of_replay("overtaken")));
        let Some(attempt) = request.attempt else {
            return Ok(Some(ReplayRefusal::of_replay("damaged")));
        };
        let Some(answer) = self.store.load_unreadable(attempt).await? else {
            return overtaken();
        };
        let max_bytes = self.processor.max_answer_bytes;
        // Parsing is all computation: not on a thread that others wait for.
        let (answer, reply) = tokio::task::spawn_blocking(move || {
            let reply = parse(&answer, max_bytes);
            (answer, reply)
        })
        .await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
        if let Err(error) = reply {
            return Ok(Some(ReplayRefusal {
                byte_position: Some(error.position),
                of_message: true,
                ..ReplayRefusal::of_replay("unreadable_answer")
            }));
        }
        let facts = JobFacts {
            work: WorkRef {
                round: answer.work.round + 1,
                ..answer.work
            },
            organisation: &answer.organisation,
            service: &answer.service,
            sequence: answer.sequence,
            payload: &answer.payload,
        };
        let reopened = self.announcer.reopened(facts, OUTCOME.to_owned());
        let before_settle = || crash::point("replay.before_settle");
        match self
            .store
            .reread(request, answer.work, &reopened, before_settle)
            .await?
        {
            Some(true) => {
                self.metrics.replays.with_label_values(&["reread"]).inc();
                self.processor.process(&[attempt]).await;
                Ok(None)
            }
            Some(false) => overtaken(),
            None => Ok(None),
        }
    }
}
