//! Due jobs go to the workers; jobs that reached none come back.

use std::sync::Arc;
use std::time::Duration;

use relay_amqp::{Outgoing, Properties, PublishOutcome, Publisher};
use relay_domain::{JobId, JobState};
use relay_proto::{Tickets, WorkItem, address, message_type};
use relay_service::announce::{Announcer, JobFacts, Outcome};
use relay_service::crash;
use relay_service::hold::every;
use relay_service::settings::ProducerSettings;
use relay_store::{EndedLease, Lane, ReleaseLimits, Settlement, Store, StoreError, UntoldKind, WorkRef};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::metrics::Metrics;

/// Most jobs that one sweep moves; the next one takes the rest.
const SWEEP: i64 = 500;

/// Releases and takes back.
#[derive(Clone)]
pub(crate) struct Releaser {
    pub(crate) store: Store,
    pub(crate) publisher: Publisher,
    pub(crate) announcer: Announcer,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) settings: ProducerSettings,
    /// Told when there are new jobs.
    pub(crate) due: Arc<Notify>,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
}

impl Releaser {
    /// Releases until stopped: at once after new jobs, soon again while there is work.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let mut away = false;
        while !self.stop.is_cancelled() {
            let released = self.release().await;
            if away && released.is_ok() {
                info!("the database is back");
                away = false;
            }
            let pause = match released {
                Ok(0) => self.settings.release_idle_ms,
                Ok(_) => self.settings.release_busy_ms,
                Err(error) if error.is_transient() => {
                    if !away {
                        warn!(%error, "waiting for the database");
                        away = true;
                    }
                    self.settings.release_idle_ms
                }
                Err(error) => return Err(error.into()),
            };
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = self.due.notified() => {}
                () = tokio::time::sleep(Duration::from_millis(pause)) => {}
            }
        }
        Ok(())
    }

    /// One round. Nothing is released while the broker is away: it would only have to be taken back.
    async fn release(&self) -> Result<usize, StoreError> {
        if !self.publisher.is_connected() {
            return Ok(0);
        }
        let timer = self.metrics.stages.with_label_values(&["release"]).start_timer();
        let limits = ReleaseLimits {
            per_lane: self.settings.release_per_lane,
            window: Duration::from_millis(self.settings.release_window_ms),
            lease: Duration::from_millis(self.settings.release_lease_ms),
        };
        let released = self.store.release(&self.lanes, limits).await?;
        if released.is_empty() {
            timer.stop_and_discard();
            return Ok(0);
        }
        crash::point("producer.after_release");
        let messages: Vec<Outgoing> = released.iter().map(work_message).collect();
        let outcomes = self.publisher.publish_batch(&messages).await;
        crash::point("producer.after_work_published");
        let lost: Vec<WorkRef> = released
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| !outcome.is_confirmed())
            .map(|(item, _)| *item)
            .collect();
        if let Some(outcome) = outcomes.iter().find(|outcome| !outcome.is_confirmed()) {
            warn!(
                items = lost.len(),
                reason = reason(outcome),
                "work items did not reach the broker; taking the jobs back"
            );
            self.store.unrelease(&lost).await?;
        }
        timer.observe_duration();
        Ok(released.len() - lost.len())
    }

    /// Looks for jobs whose release or deadline has ended, or that may or may not follow another one now, and for
    /// circuits to be probed, until stopped.
    pub(crate) async fn sweep(self) -> anyhow::Result<()> {
        let pause = Duration::from_millis(self.settings.sweep_ms);
        Ok(every(pause, &self.stop, || self.sweep_once()).await?)
    }

    async fn sweep_once(&self) -> Result<(), StoreError> {
        let back = self.store.take_back_released(SWEEP).await?;
        if back > 0 {
            info!(jobs = back, "took back jobs that no worker had begun");
            self.due.notify_one();
        }
        if self.store.probe_circuits().await? > 0 || self.store.meet_prerequisites().await? > 0 {
            self.due.notify_one();
        }
        self.tell().await?;
        let passed = self.store.passed_deadlines(SWEEP).await?;
        self.end(&passed, JobState::Expired, None).await?;
        let lost = self.store.failed_prerequisites(SWEEP).await?;
        self.end(&lost, JobState::Cancelled, Some("prerequisite")).await
    }

    /// Tells upstream what operators did.
    async fn tell(&self) -> Result<(), StoreError> {
        for untold in self.store.untold(SWEEP).await? {
            let job = facts(&untold.job);
            let event = match untold.kind {
                UntoldKind::Reopened => self.announcer.reopened(job, untold.outcome.clone()),
                UntoldKind::Parked => self.announcer.parked(job, Tickets::default()),
                UntoldKind::Finished => {
                    let outcome = Outcome {
                        state: untold.state,
                        outcome: Some(untold.outcome.clone()),
                        codes: Vec::new(),
                        tickets: Tickets::default(),
                    };
                    self.announcer.finished(job, outcome)
                }
            };
            crash::point("operator.before_tell");
            if self.store.tell(&untold, &event).await? {
                self.due.notify_one();
            }
        }
        Ok(())
    }

    /// Ends jobs of which no attempt is under way.
    async fn end(
        &self,
        jobs: &[EndedLease],
        state: JobState,
        cause: Option<&'static str>,
    ) -> Result<(), StoreError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let settlements: Vec<Settlement> = jobs
            .iter()
            .map(|job| unsent(&self.announcer, job, state, cause))
            .collect();
        let moved = self.store.settle(&settlements).await?;
        for (job, _) in jobs.iter().zip(moved).filter(|(_, moved)| *moved) {
            self.metrics
                .ends
                .count(&job.service, &job.organisation, state, cause.unwrap_or_default());
        }
        Ok(())
    }
}

/// The end of a job of which no attempt is under way.
pub(crate) fn unsent(
    announcer: &Announcer,
    job: &EndedLease,
    state: JobState,
    cause: Option<&'static str>,
) -> Settlement {
    let outcome = Outcome {
        state,
        outcome: cause.map(str::to_owned),
        codes: Vec::new(),
        tickets: Tickets::default(),
    };
    Settlement {
        work: job.work,
        from: &[JobState::Accepted, JobState::Released],
        to: state,
        delay: Duration::ZERO,
        cause,
        rescued: false,
        event: Some(announcer.finished(facts(job), outcome)),
    }
}

fn facts(job: &EndedLease) -> JobFacts<'_> {
    JobFacts {
        work: job.work,
        organisation: &job.organisation,
        service: &job.service,
        sequence: job.sequence,
        payload: &job.payload,
    }
}

fn work_message(item: &WorkRef) -> Outgoing {
    let body = WorkItem {
        job_id: JobId(item.job_id),
        round: item.round,
        attempt: item.attempt,
    }
    .encode();
    Outgoing {
        exchange: String::new(),
        routing_key: address::WORK.to_owned(),
        properties: Properties {
            message_type: Some(message_type::WORK.to_owned()),
            ..Properties::default()
        },
        body: body.into(),
    }
}

fn reason(outcome: &PublishOutcome) -> &str {
    match outcome {
        PublishOutcome::Confirmed => "confirmed",
        PublishOutcome::Returned { text, .. } => text,
        PublishOutcome::Nacked => "the queue is full",
        PublishOutcome::Refused(text) | PublishOutcome::Lost(text) => text,
    }
}
