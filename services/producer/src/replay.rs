//! Quarantined messages go through the intake again, as operators ask: the same triage, by the settings of now, and the
//! same record. What a message comes to and the end of its item are one transaction of the store.

use std::sync::Arc;
use std::time::Duration;

use relay_amqp::Delivery;
use relay_domain::{FieldError, JobState};
use relay_proto::{Cancel, CancelTarget, address, codes};
use relay_service::announce::Addressee;
use relay_service::crash;
use relay_service::hold::every;
use relay_store::{Intake, JobName, NewJob, ReplayOf, ReplayRefusal, ReplayRequest, Store, StoreError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::cancel::{NO_SUCH_JOB, Standing, TOO_LATE, standing};
use crate::kept;
use crate::metrics::Metrics;
use crate::release::unsent;
use crate::triage::{Finding, Triage};

/// A message that ended every process which took it must not do so for ever.
const MOST_TRIES: i32 = 3;

/// Carries replays out.
pub(crate) struct Replayer {
    pub(crate) triage: Triage,
    pub(crate) store: Store,
    /// Between two looks for replays.
    pub(crate) pause: Duration,
    /// Told when there are new jobs.
    pub(crate) due: Arc<Notify>,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
}

/// What became of a replay.
enum Replayed {
    /// The item is settled; the word for the counter.
    Settled(&'static str),
    /// The item waits on.
    Refused(ReplayRefusal),
    /// Another process, or a discard, was first.
    Over,
}

impl Replayer {
    /// Carries replays out until stopped.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        Ok(every(self.pause, &self.stop, || self.sweep()).await?)
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        while !self.stop.is_cancelled() {
            let Some(request) = self.store.next_replay(ReplayOf::Deliveries).await? else {
                return Ok(());
            };
            match self.replay(&request).await {
                Ok(replayed) => self.end(&request, replayed).await?,
                // Begun, and not ended: it is found again.
                Err(error) if error.is_transient() => {
                    warn!(quarantine.id = %request.quarantine_id, %error, "a replay is to be tried again");
                }
                Err(error) => {
                    error!(quarantine.id = %request.quarantine_id, %error, "a replayed message cannot be recorded; it waits on");
                    let refusal = ReplayRefusal::of_replay("unrecordable");
                    self.end(&request, Replayed::Refused(refusal)).await?;
                }
            }
        }
        Ok(())
    }

    async fn end(&self, request: &ReplayRequest, replayed: Replayed) -> Result<(), StoreError> {
        let outcome = match replayed {
            Replayed::Settled(outcome) => outcome,
            Replayed::Over => return Ok(()),
            Replayed::Refused(refusal) => {
                let (replay, item) = (request.replay_id, request.quarantine_id);
                if !self.store.refuse_replay(replay, item, &refusal).await? {
                    return Ok(());
                }
                info!(
                    quarantine.id = %item,
                    quarantine.cause = refusal.cause,
                    "a replayed message stays in quarantine"
                );
                "refused"
            }
        };
        self.metrics.replays.with_label_values(&[outcome]).inc();
        Ok(())
    }

    async fn replay(&self, request: &ReplayRequest) -> Result<Replayed, StoreError> {
        if request.tries > MOST_TRIES {
            error!(quarantine.id = %request.quarantine_id, "a replayed message ended the processes that took it");
            return Ok(Replayed::Refused(ReplayRefusal::of_replay("crashes")));
        }
        let Some(delivery) = as_asked(request) else {
            return Ok(Replayed::Refused(ReplayRefusal::of_replay("damaged")));
        };
        match self.triage.look(&delivery) {
            Finding::Job(job, addressee) => self.submission(request, &job, &addressee).await,
            Finding::Cancel(cancel, user, addressee) => {
                self.cancel(request, &cancel, &user, &addressee).await
            }
            Finding::Rejected(addressee, errors) => Ok(rejected(&addressee, &errors)),
            Finding::Quarantined {
                cause,
                position,
                organisation,
            } => Ok(Replayed::Refused(ReplayRefusal {
                cause,
                byte_position: position.map(|position| position as u64),
                organisation: organisation.map(|id| id.as_str().to_owned()),
                codes: Vec::new(),
                of_message: true,
            })),
        }
    }

    async fn submission(
        &self,
        request: &ReplayRequest,
        job: &NewJob,
        addressee: &Addressee,
    ) -> Result<Replayed, StoreError> {
        let announcer = &self.triage.announcer;
        let outcome = self
            .store
            .replay_submission(
                request,
                job,
                |work, sequence, state| announcer.duplicate(addressee, work, sequence, state),
                before_settle,
            )
            .await?;
        let Some(outcome) = outcome else {
            return Ok(Replayed::Over);
        };
        let answer = match outcome {
            Intake::Accepted => {
                self.due.notify_one();
                "accepted"
            }
            Intake::Duplicate { .. } => "duplicate",
            Intake::NoSuchJob => {
                let error = FieldError::new("afterJob", codes::JOB_NOT_FOUND, NO_SUCH_JOB);
                return Ok(rejected(addressee, &[error]));
            }
            Intake::Conflict => {
                return Ok(Replayed::Refused(ReplayRefusal {
                    cause: "conflict",
                    ..of_message(addressee)
                }));
            }
        };
        let service = addressee.service.as_deref().unwrap_or(address::UNKNOWN_SERVICE);
        self.metrics
            .submissions
            .with_label_values(&[service, addressee.organisation.as_str(), answer])
            .inc();
        Ok(Replayed::Settled(answer))
    }

    async fn cancel(
        &self,
        request: &ReplayRequest,
        cancel: &Cancel,
        user: &str,
        addressee: &Addressee,
    ) -> Result<Replayed, StoreError> {
        let announcer = &self.triage.announcer;
        let name = match &cancel.target {
            CancelTarget::Job(id) => JobName::Id(id.0),
            CancelTarget::Key(key) => JobName::Key(key.as_str()),
        };
        loop {
            let refused = |code: &'static str, text: &str| {
                let error = FieldError::new("jobId", code, text);
                Ok(rejected(addressee, &[error]))
            };
            let Some((job, state)) = self.store.find_job(&cancel.organisation, &name).await? else {
                return refused(codes::JOB_NOT_FOUND, NO_SUCH_JOB);
            };
            match standing(state) {
                Standing::TooLate => return refused(codes::TOO_LATE, TOO_LATE),
                Standing::Withdrawn => {
                    let known = announcer.duplicate(addressee, job.work, job.sequence, state.as_str());
                    let store = &self.store;
                    let first = store
                        .replay_duplicate(request, job.work, known, before_settle)
                        .await?;
                    return Ok(if first {
                        Replayed::Settled("duplicate")
                    } else {
                        Replayed::Over
                    });
                }
                Standing::Open => {}
            }
            let settlement = unsent(announcer, &job, JobState::Cancelled, None);
            let sender = (user, &cancel.requester);
            let store = &self.store;
            match store
                .replay_withdrawal(request, &job, settlement, sender, before_settle)
                .await?
            {
                Some(true) => {
                    let (service, organisation) = (&job.service, &job.organisation);
                    self.metrics
                        .ends
                        .count(service, organisation, JobState::Cancelled, "");
                    return Ok(Replayed::Settled("cancelled"));
                }
                // Released, begun or withdrawn by another meanwhile: what it is now decides.
                Some(false) => {}
                None => return Ok(Replayed::Over),
            }
        }
    }
}

fn before_settle() {
    crash::point("replay.before_settle");
}

/// The delivery as it was kept, or as it was repaired. Whose it is, the broker has said; only a message of which it has
/// not said so takes the name that a security advisor vouches for.
fn as_asked(request: &ReplayRequest) -> Option<Delivery> {
    let mut delivery = kept::from_bytes(&request.message)?;
    let properties = &mut delivery.properties;
    if let Some(message_type) = &request.message_type {
        properties.message_type = Some(message_type.clone());
    }
    if let Some(content_type) = &request.content_type {
        properties.content_type = Some(content_type.clone());
    }
    if properties.user_id.is_none() {
        properties.user_id.clone_from(&request.upstream_user);
    }
    if let Some(body) = &request.body {
        delivery.body = body.to_vec().into();
    }
    Some(delivery)
}

fn of_message(addressee: &Addressee) -> ReplayRefusal {
    ReplayRefusal {
        organisation: Some(addressee.organisation.as_str().to_owned()),
        of_message: true,
        ..ReplayRefusal::of_replay("rejected")
    }
}

/// Upstream is not told: the item waits for a person, who repairs or discards it.
fn rejected(addressee: &Addressee, errors: &[FieldError]) -> Replayed {
    Replayed::Refused(ReplayRefusal {
        codes: errors.iter().map(|error| error.code).collect(),
        ..of_message(addressee)
    })
}

#[cfg(test)]
mod tests {
    use relay_amqp::{Delivery, Properties};
    use relay_store::ReplayRequest;
    use uuid::Uuid;

    use super::as_asked;
    use crate::kept;

    fn request(user_id: Option<&str>) -> ReplayRequest {
        let delivery = Delivery {
            exchange: String::new(),
            routing_key: "cbss.intake".to_owned(),
            redelivered: false,
            delivery_count: None,
            properties: Properties {
                message_type: Some("cbss.submission.v9".to_owned()),
                user_id: user_id.map(str::to_owned),
                ..Properties::default()
            },
            body: b"kept".to_vec().into(),
        };
        ReplayRequest {
            replay_id: Uuid::nil(),
            quarantine_id: Uuid::nil(),
            tries: 1,
            message: kept::as_bytes(&delivery).into(),
            body: None,
            message_type: None,
            content_type: None,
            upstream_user: None,
            attempt: None,
        }
    }

    #[test]
    fn what_is_not_repaired_stays_as_it_was_kept() {
        let delivery = as_asked(&request(Some("eupen"))).expect("a delivery");
        assert_eq!(delivery.body, "kept");
        assert_eq!(
            delivery.properties.message_type.as_deref(),
            Some("cbss.submission.v9")
        );
        let repaired = ReplayRequest {
            body: Some(b"repaired".to_vec().into()),
            message_type: Some("cbss.submission.v1".to_owned()),
            content_type: Some("application/json".to_owned()),
            ..request(Some("eupen"))
        };
        let delivery = as_asked(&repaired).expect("a delivery");
        assert_eq!(delivery.body, "repaired");
        let properties = delivery.properties;
        assert_eq!(properties.message_type.as_deref(), Some("cbss.submission.v1"));
        assert_eq!(properties.content_type.as_deref(), Some("application/json"));
        assert_eq!(properties.user_id.as_deref(), Some("eupen"));
    }

    #[test]
    fn a_name_is_given_to_who_has_none_and_taken_from_nobody() {
        for (kept, user) in [(None, "vouched"), (Some("eupen"), "eupen")] {
            let request = ReplayRequest {
                upstream_user: Some("vouched".to_owned()),
                ..request(kept)
            };
            let delivery = as_asked(&request).expect("a delivery");
            assert_eq!(delivery.properties.user_id.as_deref(), Some(user));
        }
    }
}
