//! What a process left behind: answers that nobody gave notice of, and attempts whose lease has ended.

use std::sync::Arc;
use std::time::Duration;

use relay_domain::classify::FailureCause;
use relay_domain::retry::RetryPolicy;
use relay_domain::{JobState, OperationKind};
use relay_proto::Tickets;
use relay_service::announce::{Announcer, JobFacts, Outcome};
use relay_service::hold::every;
use relay_service::settings::ResultsSettings;
use relay_service::{Organisations, crash, looking};
use relay_store::{EndedLease, Settlement, Store, StoreError};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::metrics::Metrics;
use crate::process::Processor;

/// Most jobs of one sweep; the next one takes the rest.
const SWEEP: i64 = 200;

/// Sweeps.
pub(crate) struct Rescuer {
    pub(crate) store: Store,
    pub(crate) processor: Arc<Processor>,
    pub(crate) announcer: Announcer,
    pub(crate) policy: RetryPolicy,
    pub(crate) organisations: Organisations,
    pub(crate) settings: ResultsSettings,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
}

impl Rescuer {
    /// Sweeps until stopped.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let pause = Duration::from_millis(self.settings.sweep_ms);
        Ok(every(pause, &self.stop, || self.sweep()).await?)
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        let forgotten = self
            .store
            .unprocessed(Duration::from_millis(self.settings.sweep_older_than_ms), SWEEP)
            .await?;
        if !forgotten.is_empty() {
            warn!(
                answers = forgotten.len(),
                "processing answers that nobody gave notice of"
            );
            self.processor.process(&forgotten).await;
        }
        let ended = self
            .store
            .ended_leases(Duration::from_millis(self.settings.rescue_grace_ms), SWEEP)
            .await?;
        if ended.is_empty() {
            return Ok(());
        }
        warn!(
            attempts = ended.len(),
            "taking over attempts whose lease has ended"
        );
        let settlements: Vec<Settlement> = ended.iter().map(|attempt| self.take_over(attempt)).collect();
        crash::point("results.before_rescue");
        let moved = self.store.settle(&settlements).await?;
        for ((attempt, settlement), moved) in ended.iter().zip(&settlements).zip(moved) {
            if !moved {
                continue;
            }
            let (service, organisation) = (attempt.service.as_str(), attempt.organisation.as_str());
            self.metrics
                .attempts
                .with_label_values(&[service, organisation, "lease_ended"])
                .inc();
            if let Some(cause) = settlement.cause {
                self.metrics
                    .ends
                    .count(service, organisation, JobState::Failed, cause);
            }
        }
        Ok(())
    }

    /// Whether the request left before the process died is unknown. A question may be asked again, a few times; a
    /// request that kills every worker must not do so for ever. A change is looked up, or left to a person.
    fn take_over(&self, attempt: &EndedLease) -> Settlement {
        let request = &attempt.payload.request;
        let again = attempt.rescues < self.policy.max_rescues;
        let (to, delay) = if attempt.look {
            let to = if again {
                JobState::Reconciling
            } else {
                JobState::Uncertain
            };
            (to, Duration::ZERO)
        } else if request.operation() == OperationKind::Change {
            match looking::settle(&self.organisations, &attempt.organisation, request) {
                Some(settle) if again => (JobState::Reconciling, settle),
                Some(_) | None => (JobState::Uncertain, Duration::ZERO),
            }
        } else if again {
            (JobState::Accepted, Duration::ZERO)
        } else {
            (JobState::Failed, Duration::ZERO)
        };
        let facts = JobFacts {
            work: attempt.work,
            organisation: &attempt.organisation,
            service: &attempt.service,
            sequence: attempt.sequence,
            payload: &attempt.payload,
        };
        let tickets = Tickets {
            ours: attempt.ticket,
            cbss: None,
        };
        let cause = (to == JobState::Failed).then_some(FailureCause::Crashes.as_str());
        let event = if to == JobState::Uncertain {
            Some(self.announcer.parked(facts, tickets))
        } else {
            cause.map(|cause| {
                let outcome = Outcome {
                    state: JobState::Failed,
                    outcome: Some(cause.to_owned()),
                    codes: Vec::new(),
                    tickets,
                };
                self.announcer.finished(facts, outcome)
            })
        };
        Settlement {
            work: attempt.work,
            from: &[JobState::Sending],
            to,
            delay,
            cause,
            rescued: true,
            event,
        }
    }
}
