//! From deliveries to jobs, answers and quarantine: a batch at a time.

use std::sync::Arc;

use relay_amqp::{BatchHandler, Decision, Delivery};
use relay_domain::{FieldError, JobState};
use relay_proto::{Cancel, CancelTarget, address, codes};
use relay_service::announce::Addressee;
use relay_service::crash;
use relay_service::hold::until_settled;
use relay_store::{Intake, JobName, NewEvent, NewJob, NewQuarantine, Store, StoreError, WorkRef};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use uuid::Uuid;

use crate::cancel::{NO_SUCH_JOB, Standing, TOO_LATE, standing};
use crate::kept;
use crate::metrics::Metrics;
use crate::release::unsent;
use crate::triage::{Finding, Triage};

/// Handles `cbss.intake`.
pub(crate) struct IntakeHandler {
    pub(crate) triage: Triage,
    pub(crate) store: Store,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
    /// Told when there are new jobs.
    pub(crate) due: Arc<Notify>,
}

/// What a batch asks of the record.
#[derive(Default)]
struct Work {
    jobs: Vec<NewJob>,
    addressees: Vec<Addressee>,
    answers: Vec<(Option<Uuid>, NewEvent)>,
    quarantine: Vec<NewQuarantine>,
    cancels: Vec<(Cancel, String, Addressee)>,
}

impl BatchHandler for IntakeHandler {
    async fn handle(&self, batch: Vec<Delivery>) -> Vec<Decision> {
        let timer = self.metrics.stages.with_label_values(&["intake"]).start_timer();
        let whole = self.settle(&batch).await;
        timer.observe_duration();
        match whole {
            Ok(()) => batch.iter().map(|_| Decision::Done(Vec::new())).collect(),
            Err(error) if error.is_transient() => batch.iter().map(|_| Decision::Requeue).collect(),
            // One of them does not go in: find out which, and let the others pass.
            Err(error) if batch.len() > 1 => {
                warn!(messages = batch.len(), %error, "a batch failed; trying its messages one by one");
                let mut decisions = Vec::with_capacity(batch.len());
                for delivery in &batch {
                    decisions.push(self.settle_alone(delivery).await);
                }
                decisions
            }
            Err(error) => vec![set_aside(&error)],
        }
    }
}

/// What cannot even be kept goes to the dead letters, where nothing is lost.
fn set_aside(error: &StoreError) -> Decision {
    error!(%error, "a message cannot be recorded; it goes to the dead letters");
    Decision::DeadLetter {
        cause: "unrecordable",
    }
}

impl IntakeHandler {
    async fn settle_alone(&self, delivery: &Delivery) -> Decision {
        match self.settle(std::slice::from_ref(delivery)).await {
            Ok(()) => Decision::Done(Vec::new()),
            Err(error) if error.is_transient() => Decision::Requeue,
            Err(error) => set_aside(&error),
        }
    }

    /// Records everything that a batch comes to. May be repeated: keys, event ids and message hashes make the
    /// second time find what the first one wrote.
    async fn settle(&self, batch: &[Delivery]) -> Result<(), StoreError> {
        let mut work = Work::default();
        for delivery in batch {
            self.look(delivery, &mut work);
        }
        crash::point("producer.before_accept");
        if !work.jobs.is_empty() {
            let outcomes = until_settled("accept", &self.stop, || self.store.accept(&work.jobs)).await?;
            crash::point("producer.after_accept");
            for (index, outcome) in outcomes.into_iter().enumerate() {
                self.answer(
                    &work.jobs[index],
                    &work.addressees[index],
                    outcome,
                    &mut work.answers,
                );
            }
            self.due.notify_one();
        }
        // After the submissions: a batch may hold a job and its cancellation.
        for (cancel, user, addressee) in &work.cancels {
            if let Some(answer) = self.cancel(cancel, user, addressee).await? {
                work.answers.push(answer);
            }
        }
        if !work.answers.is_empty() {
            until_settled("answer", &self.stop, || self.store.record_answers(&work.answers)).await?;
        }
        if !work.quarantine.is_empty() {
            until_settled("quarantine", &self.stop, || {
                self.store.quarantine(&work.quarantine)
            })
            .await?;
        }
        Ok(())
    }

    fn look(&self, delivery: &Delivery, work: &mut Work) {
        match self.triage.look(delivery) {
            Finding::Job(job, addressee) => {
                work.jobs.push(*job);
                work.addressees.push(addressee);
            }
            Finding::Cancel(cancel, user, addressee) => work.cancels.push((*cancel, user, addressee)),
            Finding::Rejected(addressee, errors) => {
                self.count(&addressee, "rejected");
                work.answers
                    .push((None, self.triage.announcer.rejected(&addressee, errors)));
            }
            Finding::Quarantined {
                cause,
                position,
                organisation,
            } => {
                let label = organisation.as_ref().map_or("unknown", |id| id.as_str());
                self.metrics
                    .submissions
                    .with_label_values(&[address::UNKNOWN_SERVICE, label, "quarantined"])
                    .inc();
                warn!(
                    quarantine.cause = cause,
                    message.bytes = delivery.body.len(),
                    "keeping a message in quarantine"
                );
                work.quarantine.push(NewQuarantine {
                    quarantine_id: self.triage.entropy.uuid_v7(&self.triage.clock),
                    cause,
                    source: address::INTAKE,
                    byte_position: position.map(|position| position as u64),
                    organisation: organisation.map(|id| id.as_str().to_owned()),
                    attempt: None,
                    message: kept::as_bytes(delivery),
                });
            }
        }
    }

    /// Withdraws a job of which no attempt has started. `None` where its own `finished` event tells of it; else what the
    /// sender is answered. May be repeated: a job that is withdrawn already stays so.
    async fn cancel(
        &self,
        cancel: &Cancel,
        user: &str,
        addressee: &Addressee,
    ) -> Result<Option<(Option<Uuid>, NewEvent)>, StoreError> {
        let announcer = &self.triage.announcer;
        let name = match &cancel.target {
            CancelTarget::Job(id) => JobName::Id(id.0),
            CancelTarget::Key(key) => JobName::Key(key.as_str()),
        };
        let refused = |code: &'static str, text: &str| {
            self.count(addressee, "rejected");
            let error = FieldError::new("jobId", code, text);
            Ok(Some((None, announcer.rejected(addressee, vec![error]))))
        };
        loop {
            let find = || self.store.find_job(&cancel.organisation, &name);
            let Some((job, state)) = until_settled("find", &self.stop, find).await? else {
                return refused(codes::JOB_NOT_FOUND, NO_SUCH_JOB);
            };
            match standing(state) {
                Standing::Withdrawn => {
                    let known = announcer.duplicate(addressee, job.work, job.sequence, state.as_str());
                    return Ok(Some((Some(job.work.job_id), known)));
                }
                Standing::Open => {}
                Standing::TooLate => return refused(codes::TOO_LATE, TOO_LATE),
            }
            let withdraw = || {
                let settlement = unsent(announcer, &job, JobState::Cancelled, None);
                self.store.withdraw(&job, settlement, user, &cancel.requester)
            };
            if until_settled("withdraw", &self.stop, withdraw).await? {
                crash::point("cancel.after_withdraw");
                self.metrics
                    .ends
                    .count(&job.service, &job.organisation, JobState::Cancelled, "");
                return Ok(None);
            }
            // Released, begun or withdrawn by another meanwhile: what it is now decides.
        }
    }

    fn answer(
        &self,
        job: &NewJob,
        addressee: &Addressee,
        outcome: Intake,
        answers: &mut Vec<(Option<Uuid>, NewEvent)>,
    ) {
        let announcer = &self.triage.announcer;
        match outcome {
            // Its event was written with it.
            Intake::Accepted => self.count(addressee, "accepted"),
            Intake::Duplicate {
                job_id,
                state,
                round,
                sequence,
            } => {
                self.count(addressee, "duplicate");
                let work = WorkRef {
                    job_id,
                    round,
                    attempt: 0,
                };
                answers.push((
                    Some(job_id),
                    announcer.duplicate(addressee, work, sequence, &state),
                ));
            }
            Intake::NoSuchJob => {
                self.count(addressee, "rejected");
                let error = FieldError::new("afterJob", codes::JOB_NOT_FOUND, NO_SUCH_JOB);
                answers.push((None, announcer.rejected(addressee, vec![error])));
            }
            Intake::Conflict => {
                self.count(addressee, "rejected");
                let text =
                    "another submission, or another requester's, has this key: a key names one request";
                let error = FieldError::new("idempotencyKey", "conflict", text);
                answers.push((None, announcer.rejected(addressee, vec![error])));
                // The job's own id stays unsaid: who sent this may have nothing to do with it.
                tracing::info!(job.organisation = %job.submission.organisation, "a key came with another request");
            }
        }
    }

    fn count(&self, addressee: &Addressee, answer: &str) {
        let service = addressee.service.as_deref().unwrap_or(address::UNKNOWN_SERVICE);
        self.metrics
            .submissions
            .with_label_values(&[service, addressee.organisation.as_str(), answer])
            .inc();
    }
}
