//! One attempt: build, send, and what it came to.

use std::sync::Arc;
use std::time::Duration;

use relay_cbss::client::{HttpAnswer, SendError};
use relay_cbss::ssdn::ClassicContext;
use relay_cbss::{BuildError, CallContext, PreparedCall};
use relay_domain::classify::{Codes, FailureCause, Happening, Verdict, classify};
use relay_domain::retry::{NextStep, RetryPolicy, Spent, next_step, wait_before_look};
use relay_domain::{JobState, OperationKind, Request, Service};
use relay_proto::Tickets;
use relay_runtime::{Clock, Entropy};
use relay_service::announce::{Announcer, JobFacts, Outcome};
use relay_service::{Circuits, Organisations, crash, looking};
use relay_store::{AfterAttempt, FinishAttempt, NewEvent, StartedAttempt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::metrics::Metrics;
use crate::pool::Permit;
use crate::routes::{Route, Routes};

/// The longest `Content-Type` that is kept: what servers send fits, what is longer says nothing more.
const MAX_CONTENT_TYPE: usize = 200;

/// Carries attempts out.
pub(crate) struct Caller {
    pub(crate) routes: Arc<Routes>,
    pub(crate) announcer: Announcer,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) policy: RetryPolicy,
    pub(crate) codes: Codes,
    pub(crate) organisations: Organisations,
    pub(crate) circuits: Circuits,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
}

impl Caller {
    /// Sends a request that is on record, in its slot, and says what came of it. A call that might outlive its lease, or
    /// whose slot has passed, is handed back unsent.
    pub(crate) async fn carry_out(&self, permit: Permit) -> FinishAttempt {
        let Permit {
            attempt,
            lease_until,
            slot,
        } = permit;
        let lane = [attempt.service.as_str(), attempt.organisation.as_str()];
        self.metrics
            .lane_wait
            .with_label_values(&lane)
            .observe(attempt.waited.as_secs_f64());
        let Some(route) = self.routes.get(&attempt.organisation, &attempt.service) else {
            warn!(job.id = %attempt.work.job_id, "the settings have no such organisation or service any more");
            return self.unsendable(&attempt, "configuration", FailureCause::Configuration);
        };
        // The settings may have changed since: what cannot be looked up any more is left to a person.
        if attempt.look && self.settle(&attempt).is_none() {
            warn!(job.id = %attempt.work.job_id, "the settings do not say any more how to look this change up");
            return self.unsendable(&attempt, "configuration", FailureCause::Configuration);
        }
        let call = match self.build(&attempt, route) {
            Ok(call) => call,
            Err(error) => {
                warn!(job.id = %attempt.work.job_id, %error, "the request cannot be built");
                return self.unsendable(&attempt, "refused", FailureCause::Refused);
            }
        };
        if !route.live {
            let event = self.event(&attempt, JobState::Validated, None);
            return report(
                &attempt,
                "validated",
                Duration::ZERO,
                AfterAttempt::Validated(event),
            );
        }
        if let Some((not_before, _)) = slot {
            tokio::select! {
                () = tokio::time::sleep(not_before.saturating_sub(self.clock.monotonic())) => {}
                () = self.stop.cancelled() => {}
            }
        }
        let now = self.clock.monotonic();
        let late = slot.is_some_and(|(_, not_after)| now > not_after);
        // A second for the way back is part of the lease's margin.
        if late || self.stop.is_cancelled() || now + route.total_timeout > lease_until {
            return report(&attempt, "handed_back", Duration::ZERO, AfterAttempt::HandedBack);
        }
        // Checked again at the first byte: a process that stood still in between sends nothing late.
        let in_lease = lease_until.saturating_sub(route.total_timeout);
        let until = slot.map_or(in_lease, |(_, not_after)| not_after.min(in_lease));
        let not_after = Instant::now() + until.saturating_sub(now);
        let in_flight = self.metrics.in_flight.with_label_values(&lane);
        in_flight.inc();
        let began = self.clock.monotonic();
        let sent = route.client.send(&call, &route.endpoint, Some(not_after)).await;
        let duration = self.clock.monotonic().saturating_sub(began);
        in_flight.dec();
        self.metrics
            .duration
            .with_label_values(&lane)
            .observe(duration.as_secs_f64());
        crash::point("worker.after_answer");
        match sent {
            Ok(answer) => self.answered(&attempt, answer, duration),
            Err(error) if error.is_late() => {
                report(&attempt, "handed_back", duration, AfterAttempt::HandedBack)
            }
            Err(error) => self.failed(&attempt, &error, duration).await,
        }
    }

    fn build(&self, attempt: &StartedAttempt, route: &Route) -> Result<PreparedCall, BuildError> {
        let ticket = attempt.ticket.to_string();
        let sent_at = self.clock.now();
        let request = if attempt.look {
            looking::question(&attempt.payload.request)
        } else {
            attempt.payload.request.clone()
        };
        let classic = ClassicContext {
            cbe_number: &route.cbe_number,
            sector: route.user.matrix.0,
            subsector: route.user.matrix.1,
            user_id: &route.user.id,
            email: &route.user.email,
            reference: &ticket,
            sent_at,
        };
        let context = CallContext {
            cbe_number: &route.cbe_number,
            legal_context: &route.legal_context,
            ticket: &ticket,
            sent_at,
        };
        match &request {
            Request::RetrieveTiGroups(request) => relay_cbss::tx25::build(request, &context),
            Request::ManageAccess(request) => relay_cbss::manage_access::build(request, &classic),
            Request::IdentifyPerson(request) => relay_cbss::identify_person::build(request, &classic),
            Request::PerformInvestigation(request) => {
                relay_cbss::perform_investigation::build(request, &route.version, &classic)
            }
            Request::TestConnection(request) => relay_cbss::test_connection::build(request),
            Request::Form(form) if form.service() == Service::HealthCareInsurance => {
                relay_cbss::health_care_insurance::build(form, &context)
            }
            Request::Form(form) if form.service() == Service::UnemploymentData => {
                relay_cbss::unemployment_data::build(form, &context)
            }
            Request::Form(form) => {
                relay_cbss::loi65::build(form, &route.service_id, &route.version, &classic)
            }
        }
    }

    /// What an answer means is for results to say; here it is only kept.
    fn answered(&self, attempt: &StartedAttempt, answer: HttpAnswer, duration: Duration) -> FinishAttempt {
        let after = AfterAttempt::Answered {
            content_type: answer.content_type.map(|mut text| {
                text.truncate(text.floor_char_boundary(MAX_CONTENT_TYPE));
                text
            }),
            body: answer.body.into(),
        };
        FinishAttempt {
            http_status: Some(answer.status),
            retry_after: answer.retry_after.map(|wait| wait.from_now(self.clock.now())),
            ..report(attempt, "answered", duration, after)
        }
    }

    async fn failed(&self, attempt: &StartedAttempt, error: &SendError, duration: Duration) -> FinishAttempt {
        let happening = if error.may_have_arrived() {
            Happening::NoAnswer
        } else {
            Happening::NotSent
        };
        // A look only reads, whatever it is looking for.
        let operation = if attempt.look {
            OperationKind::Question
        } else {
            attempt.payload.request.operation()
        };
        let verdict = classify(&self.codes, operation, &happening);
        info!(job.id = %attempt.work.job_id, attempt.number = attempt.work.attempt, %error, "no answer");
        let (organisation, service) = (attempt.organisation.as_str(), attempt.service.as_str());
        self.circuits.note([(organisation, service, verdict)]).await;
        self.count(attempt, verdict.class());
        let after = if attempt.look {
            self.after_failed_look(attempt)
        } else {
            self.after_failure(attempt, operation, verdict, duration)
        };
        report(attempt, verdict.class(), duration, after)
    }

    fn after_failure(
        &self,
        attempt: &StartedAttempt,
        operation: OperationKind,
        verdict: Verdict,
        duration: Duration,
    ) -> AfterAttempt {
        let spent = Spent {
            elapsed: attempt.spent.elapsed + duration,
            ..attempt.spent
        };
        let troubled = self.circuits.is_troubled(&attempt.organisation, &attempt.service);
        let step = next_step(
            &self.policy,
            operation,
            verdict,
            spent,
            troubled,
            self.entropy.unit_f64(),
        );
        match step {
            NextStep::TryAgain(delay) => AfterAttempt::TryAgain {
                delay,
                unknown: matches!(verdict, Verdict::Unknown(_)),
            },
            NextStep::Hold => AfterAttempt::Held,
            NextStep::GiveUp(cause) => self.given_up(attempt, cause),
            NextStep::Reconcile => match self.settle(attempt) {
                Some(settle) => AfterAttempt::Reconcile { settle },
                None => AfterAttempt::Park(self.parked(attempt)),
            },
            // It needs an answer, and there is none.
            NextStep::Finish(_) => self.given_up(attempt, FailureCause::UnknownOutcome),
        }
    }

    /// How long to wait before it is looked up, if it can be.
    fn settle(&self, attempt: &StartedAttempt) -> Option<Duration> {
        let request = &attempt.payload.request;
        looking::settle(&self.organisations, &attempt.organisation, request)
    }

    /// A look that came to nothing is repeated, within its own budget.
    fn after_failed_look(&self, attempt: &StartedAttempt) -> AfterAttempt {
        if self.circuits.is_troubled(&attempt.organisation, &attempt.service) {
            return AfterAttempt::Held;
        }
        if attempt.spent.looks >= self.policy.max_looks {
            return AfterAttempt::Park(self.parked(attempt));
        }
        AfterAttempt::TryAgain {
            delay: wait_before_look(&self.policy, attempt.spent.looks, self.entropy.unit_f64()),
            unknown: false,
        }
    }

    /// The settings or the request itself keep it from being sent. Of a change of unknown outcome that decides
    /// nothing.
    fn unsendable(
        &self,
        attempt: &StartedAttempt,
        class: &'static str,
        cause: FailureCause,
    ) -> FinishAttempt {
        self.count(attempt, class);
        let after = if attempt.look {
            AfterAttempt::Park(self.parked(attempt))
        } else {
            self.given_up(attempt, cause)
        };
        report(attempt, class, Duration::ZERO, after)
    }

    fn given_up(&self, attempt: &StartedAttempt, cause: FailureCause) -> AfterAttempt {
        let event = self.event(attempt, JobState::Failed, Some(cause.as_str().to_owned()));
        AfterAttempt::GiveUp(cause, event)
    }

    fn count(&self, attempt: &StartedAttempt, class: &str) {
        let labels = [attempt.service.as_str(), attempt.organisation.as_str(), class];
        self.metrics.attempts.with_label_values(&labels).inc();
    }

    fn event(&self, attempt: &StartedAttempt, state: JobState, outcome: Option<String>) -> NewEvent {
        let tickets = tickets(attempt);
        self.announcer.finished(
            facts(attempt),
            Outcome {
                state,
                outcome,
                codes: Vec::new(),
                tickets,
            },
        )
    }

    fn parked(&self, attempt: &StartedAttempt) -> NewEvent {
        self.announcer.parked(facts(attempt), tickets(attempt))
    }
}

fn facts(attempt: &StartedAttempt) -> JobFacts<'_> {
    JobFacts {
        work: attempt.work,
        organisation: &attempt.organisation,
        service: &attempt.service,
        sequence: attempt.sequence,
        payload: &attempt.payload,
    }
}

fn tickets(attempt: &StartedAttempt) -> Tickets {
    Tickets {
        ours: Some(attempt.ticket),
        cbss: None,
    }
}

fn report(
    attempt: &StartedAttempt,
    class: &'static str,
    duration: Duration,
    after: AfterAttempt,
) -> FinishAttempt {
    FinishAttempt {
        work: attempt.work,
        class,
        http_status: None,
        retry_after: None,
        duration,
        after,
    }
}
