//! From stored answers to results.

use std::sync::Arc;
use std::time::Duration;

use relay_cbss::{Limits, Outcome as ReplyOutcome, ParseError, ParseOptions, Reply, StatusKind};
use relay_domain::classify::{Answer, Body, Codes, FailureCause, Happening, Usable, Verdict, classify};
use relay_domain::reconcile::{Conclusion, Finding, conclude};
use relay_domain::retry::{NextStep, RetryPolicy, Spent, next_step, wait_before_look};
use relay_domain::{JobState, Language, OperationKind, Request};
use relay_proto::Tickets;
use relay_runtime::{Clock, Entropy};
use relay_service::announce::{Announcer, JobFacts, Outcome};
use relay_service::hold::until_settled;
use relay_service::{Circuits, Organisations, crash, looking};
use relay_store::{
    AfterAnswer, AnsweredAttempt, LookSoFar, NewEvent, NewMessage, NewQuarantine, NewResult, NewRow,
    ProcessedAnswer, Store, StoreError,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use uuid::Uuid;

use crate::metrics::Metrics;

/// Processes answers.
pub(crate) struct Processor {
    pub(crate) store: Store,
    pub(crate) announcer: Announcer,
    pub(crate) entropy: Entropy,
    pub(crate) clock: Clock,
    pub(crate) policy: RetryPolicy,
    pub(crate) codes: Codes,
    pub(crate) organisations: Organisations,
    pub(crate) circuits: Circuits,
    /// The largest answer that workers keep.
    pub(crate) max_answer_bytes: usize,
    pub(crate) stop: CancellationToken,
    /// Told when there are new events.
    pub(crate) said: Arc<Notify>,
    pub(crate) metrics: Metrics,
}

/// An answer, read.
struct Read {
    answer: AnsweredAttempt,
    reply: Result<Reply, ParseError>,
}

impl Processor {
    /// Processes the answers of these attempts, as far as they still wait for it. What fails is logged and
    /// stays where it is, for the sweep to find.
    pub(crate) async fn process(self: &Arc<Self>, attempts: &[(Uuid, i32)]) {
        if attempts.is_empty() {
            return;
        }
        let timer = self.metrics.stages.with_label_values(&["results"]).start_timer();
        match self.try_process(attempts).await {
            Ok(()) => {}
            Err(error) if error.is_transient() => {
                info!(%error, answers = attempts.len(), "left to the next process");
            }
            Err(error) if attempts.len() == 1 => {
                error!(%error, job.id = %attempts[0].0, "an answer cannot be processed; it is kept");
            }
            Err(error) => {
                warn!(%error, answers = attempts.len(), "a batch failed; processing its answers one by one");
                for attempt in attempts {
                    if let Err(error) = self.try_process(std::slice::from_ref(attempt)).await {
                        error!(%error, job.id = %attempt.0, "an answer cannot be processed; it is kept");
                    }
                }
            }
        }
        timer.observe_duration();
    }

    async fn try_process(self: &Arc<Self>, attempts: &[(Uuid, i32)]) -> Result<(), StoreError> {
        let answers = until_settled("load", &self.stop, || self.store.load_answers(attempts)).await?;
        if answers.is_empty() {
            return Ok(());
        }
        // Parsing is all computation, and a large answer takes its time: not on a thread that others wait for.
        let max_bytes = self.max_answer_bytes;
        let read = tokio::task::spawn_blocking(move || {
            answers
                .into_iter()
                .map(|answer| read(answer, max_bytes))
                .collect::<Vec<_>>()
        })
        .await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
        let mut processed = Vec::with_capacity(read.len());
        let mut unreadable = Vec::new();
        let verdicts: Vec<Verdict> = read
            .iter()
            .map(|Read { answer, reply }| verdict(&self.codes, answer, reply))
            .collect();
        let lanes = read.iter().zip(&verdicts).map(|(Read { answer, .. }, verdict)| {
            (answer.organisation.as_str(), answer.service.as_str(), *verdict)
        });
        self.circuits.note(lanes).await;
        for (Read { answer, reply }, verdict) in read.iter().zip(verdicts) {
            let outcome = self.decide(answer, reply, verdict);
            // A 401 or a redirect is no reply either, but its status says what it means.
            if let (Err(error), AfterAnswer::GiveUp(FailureCause::Unreadable, _)) = (reply, &outcome.after) {
                unreadable.push(self.quarantined(answer, error));
            }
            processed.push(outcome);
        }
        crash::point("results.before_record");
        if !unreadable.is_empty() {
            until_settled("quarantine", &self.stop, || self.store.quarantine(&unreadable)).await?;
        }
        let moved = until_settled("record", &self.stop, || self.store.record_results(&processed)).await?;
        crash::point("results.after_record");
        for ((Read { answer, reply }, outcome), moved) in read.iter().zip(&processed).zip(moved) {
            if moved {
                self.count(answer, outcome);
                if let Ok(reply) = reply {
                    self.count_unknown(answer, reply);
                }
            }
        }
        self.said.notify_one();
        Ok(())
    }

    fn decide(
        &self,
        answer: &AnsweredAttempt,
        reply: &Result<Reply, ParseError>,
        verdict: Verdict,
    ) -> ProcessedAnswer {
        let after = match answer.look {
            Some(so_far) => self.after_look(answer, so_far, reply, verdict),
            None => self.after_answer(answer, reply, verdict),
        };
        ProcessedAnswer {
            work: answer.work,
            class: verdict.class(),
            cbss_ticket: cbss_ticket(reply),
            duration: answer.duration,
            after,
        }
    }

    fn after_answer(
        &self,
        answer: &AnsweredAttempt,
        reply: &Result<Reply, ParseError>,
        verdict: Verdict,
    ) -> AfterAnswer {
        let spent = Spent {
            elapsed: answer.spent.elapsed + answer.duration,
            ..answer.spent
        };
        // What comes late of a decision that was sent again meanwhile settles nothing, unless it says what was decided: the
        // repetition may have been.
        let repeated = answer.spent.looks > 0 && matches!(answer.payload.request, Request::Form(_));
        if repeated && decided(verdict, reply).is_none() {
            return self.reconcile(answer, reply);
        }
        let troubled = self.circuits.is_troubled(&answer.organisation, &answer.service);
        let step = next_step(
            &self.policy,
            answer.payload.request.operation(),
            verdict,
            spent,
            troubled,
            self.entropy.unit_f64(),
        );
        match (step, reply) {
            (NextStep::Finish(usable), Ok(reply)) => {
                let state = match usable {
                    Usable::Ok => JobState::Ok,
                    Usable::Warnings => JobState::Warnings,
                    Usable::Errors => JobState::Errors,
                };
                self.finished(answer, state, reply.outcome.as_str(), reply)
            }
            (NextStep::TryAgain(delay), _) => AfterAnswer::TryAgain {
                delay,
                unknown: matches!(verdict, Verdict::Unknown(_)),
                server_fault: verdict == Verdict::ServerFault,
            },
            (NextStep::Hold, _) => AfterAnswer::Held,
            (NextStep::Reconcile, reply) => self.reconcile(answer, reply),
            (NextStep::GiveUp(cause), reply) => {
                let codes = reply
                    .as_ref()
                    .map(|reply| reply.codes.clone())
                    .unwrap_or_default();
                self.give_up(answer, cause, codes, cbss_ticket(reply))
            }
            // Nothing to finish with.
            (NextStep::Finish(_), Err(_)) => {
                self.give_up(answer, FailureCause::UnknownOutcome, Vec::new(), None)
            }
        }
    }

    /// It is looked up, or left to a person where that cannot be.
    fn reconcile(&self, answer: &AnsweredAttempt, reply: &Result<Reply, ParseError>) -> AfterAnswer {
        match looking::settle(&self.organisations, &answer.organisation, &answer.payload.request) {
            Some(settle) => AfterAnswer::Reconcile { settle },
            None => AfterAnswer::Park(self.parked(answer, cbss_ticket(reply))),
        }
    }

    /// What a look at a change says: two in a row must find the same.
    fn after_look(
        &self,
        answer: &AnsweredAttempt,
        so_far: LookSoFar,
        reply: &Result<Reply, ParseError>,
        verdict: Verdict,
    ) -> AfterAnswer {
        let cbss_ticket = cbss_ticket(reply);
        if matches!(verdict, Verdict::Configuration(_)) {
            return AfterAnswer::Held;
        }
        if matches!(answer.payload.request, Request::Form(_)) {
            // A fault, or a message that was refused as a whole, tells of the repetition only.
            return match decided(verdict, reply) {
                Some(reply) => self.finished(answer, state(reply.status), reply.outcome.as_str(), reply),
                None => self.look_again(answer, None, 0, cbss_ticket),
            };
        }
        let (Verdict::Done(Usable::Ok | Usable::Warnings), Ok(reply), Request::ManageAccess(change)) =
            (verdict, reply, &answer.payload.request)
        else {
            return self.look_again(answer, so_far.finding, so_far.agreed, cbss_ticket);
        };
        // A reply without the service's own part shows nothing, least of all that nothing is registered.
        if !matches!(reply.outcome, ReplyOutcome::Data | ReplyOutcome::Empty) {
            return self.look_again(answer, so_far.finding, so_far.agreed, cbss_ticket);
        }
        let registrations = relay_cbss::manage_access::registrations(reply);
        let found = looking::found(&self.organisations, &answer.organisation, change, &registrations);
        let Some(finding) = found else {
            return AfterAnswer::Park(self.parked(answer, cbss_ticket));
        };
        let agreed = if so_far.finding == Some(finding) {
            so_far.agreed + 1
        } else {
            1
        };
        match conclude(change.action, finding, agreed) {
            Some(Conclusion::Done) => self.finished(answer, JobState::Ok, RECONCILED, reply),
            Some(Conclusion::NotDone) => AfterAnswer::TryAgain {
                delay: Duration::ZERO,
                unknown: false,
                server_fault: false,
            },
            Some(Conclusion::Uncertain) => AfterAnswer::Park(self.parked(answer, cbss_ticket)),
            None => self.look_again(answer, Some(finding), agreed, cbss_ticket),
        }
    }

    /// The job ends with what the reply says.
    fn finished(
        &self,
        answer: &AnsweredAttempt,
        state: JobState,
        outcome: &str,
        reply: &Reply,
    ) -> AfterAnswer {
        let event = self.event(
            answer,
            state,
            Some(outcome.to_owned()),
            reply.codes.clone(),
            reply.ticket.clone(),
        );
        AfterAnswer::Finished(Box::new(result(state, outcome.to_owned(), reply)), event)
    }

    fn look_again(
        &self,
        answer: &AnsweredAttempt,
        finding: Option<Finding>,
        agreed: u32,
        cbss_ticket: Option<String>,
    ) -> AfterAnswer {
        if answer.spent.looks >= self.policy.max_looks {
            return AfterAnswer::Park(self.parked(answer, cbss_ticket));
        }
        AfterAnswer::LookAgain {
            delay: wait_before_look(&self.policy, answer.spent.looks, self.entropy.unit_f64()),
            finding,
            agreed,
        }
    }

    fn parked(&self, answer: &AnsweredAttempt, cbss_ticket: Option<String>) -> NewEvent {
        self.announcer.parked(facts(answer), tickets(answer, cbss_ticket))
    }

    fn give_up(
        &self,
        answer: &AnsweredAttempt,
        cause: FailureCause,
        codes: Vec<String>,
        cbss_ticket: Option<String>,
    ) -> AfterAnswer {
        let outcome = Some(cause.as_str().to_owned());
        AfterAnswer::GiveUp(
            cause,
            self.event(answer, JobState::Failed, outcome, codes, cbss_ticket),
        )
    }

    fn event(
        &self,
        answer: &AnsweredAttempt,
        state: JobState,
        outcome: Option<String>,
        codes: Vec<String>,
        cbss_ticket: Option<String>,
    ) -> NewEvent {
        self.announcer.finished(
            facts(answer),
            Outcome {
                state,
                outcome,
                codes,
                tickets: tickets(answer, cbss_ticket),
            },
        )
    }

    /// The answer itself stays in its row; this makes it one of the things that wait for a person.
    fn quarantined(&self, answer: &AnsweredAttempt, error: &ParseError) -> NewQuarantine {
        let mut message = format!("{} attempt {}\n", answer.work.job_id, answer.work.attempt).into_bytes();
        message.extend_from_slice(&answer.body);
        NewQuarantine {
            quarantine_id: self.entropy.uuid_v7(&self.clock),
            cause: "unreadable_answer",
            source: "answer",
            byte_position: Some(error.position),
            organisation: Some(answer.organisation.clone()),
            attempt: Some((answer.work.job_id, answer.work.attempt)),
            message,
        }
    }

    fn count_unknown(&self, answer: &AnsweredAttempt, reply: &Reply) {
        let service = answer.payload.request.service();
        for (part, count) in relay_cbss::unknown_parts(service, reply) {
            if count == 0 {
                continue;
            }
            let labels = [service.as_str(), answer.organisation.as_str(), part.as_str()];
            self.metrics
                .unknown_parts
                .with_label_values(&labels)
                .inc_by(count as u64);
            warn!(
                job.id = %answer.work.job_id,
                service.name = service.as_str(),
                reply.part = part.as_str(),
                "the CBSS says something that this version does not know; it is kept"
            );
        }
    }

    fn count(&self, answer: &AnsweredAttempt, outcome: &ProcessedAnswer) {
        let (service, organisation) = (answer.service.as_str(), answer.organisation.as_str());
        self.metrics
            .attempts
            .with_label_values(&[service, organisation, outcome.class])
            .inc();
        let end = match &outcome.after {
            AfterAnswer::Finished(result, _) => Some((result.status, "")),
            AfterAnswer::GiveUp(cause, _) => Some((JobState::Failed, cause.as_str())),
            AfterAnswer::TryAgain { delay, .. } => {
                log_retry(answer, outcome.class, *delay);
                None
            }
            AfterAnswer::Park(_) => {
                error!(job.id = %answer.work.job_id, "whether a change was made is unknown; a person must decide");
                None
            }
            AfterAnswer::Held | AfterAnswer::Reconcile { .. } | AfterAnswer::LookAgain { .. } => None,
        };
        if let Some((state, cause)) = end {
            self.metrics.ends.count(service, organisation, state, cause);
        }
    }
}

/// The outcome of a change that was found to have been made.
const RECONCILED: &str = "reconciled";

fn facts(answer: &AnsweredAttempt) -> JobFacts<'_> {
    JobFacts {
        work: answer.work,
        organisation: &answer.organisation,
        service: &answer.service,
        sequence: answer.sequence,
        payload: &answer.payload,
    }
}

fn tickets(answer: &AnsweredAttempt, cbss: Option<String>) -> Tickets {
    Tickets {
        ours: Some(answer.ticket),
        cbss,
    }
}

fn cbss_ticket(reply: &Result<Reply, ParseError>) -> Option<String> {
    reply.as_ref().ok()?.ticket.clone()
}

/// The answer of Loi65, if it says what was decided.
fn decided(verdict: Verdict, reply: &Result<Reply, ParseError>) -> Option<&Reply> {
    let reply = reply.as_ref().ok().filter(|reply| !reply.rows.is_empty())?;
    let decided = matches!(
        (verdict, reply.outcome),
        (
            Verdict::Done(_),
            ReplyOutcome::Data | ReplyOutcome::Partial | ReplyOutcome::Refused
        )
    );
    decided.then_some(reply)
}

/// What an answer says about the request. A look only reads, whatever it is looking for.
fn verdict(codes: &Codes, answer: &AnsweredAttempt, reply: &Result<Reply, ParseError>) -> Verdict {
    let operation = if answer.look.is_some() {
        OperationKind::Question
    } else {
        answer.payload.request.operation()
    };
    let body = match reply {
        // A status that nobody knows does not say whether a change was made.
        Ok(reply) if operation == OperationKind::Change && reply.outcome == ReplyOutcome::Unknown => {
            Body::Unreadable
        }
        Ok(reply) if reply.fault => Body::Fault {
            codes: reply.codes.clone(),
        },
        Ok(reply) => Body::Reply {
            usable: usable(reply.status),
            codes: reply.codes.clone(),
        },
        Err(_) => Body::Unreadable,
    };
    let happening = Happening::Answer(Answer {
        http_status: answer.http_status,
        retry_after: answer.retry_after,
        body,
    });
    classify(codes, operation, &happening)
}

fn log_retry(answer: &AnsweredAttempt, class: &str, delay: Duration) {
    info!(
        job.id = %answer.work.job_id,
        attempt.number = answer.work.attempt,
        attempt.class = class,
        http.status = answer.http_status,
        retry.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        "to be tried again"
    );
}

fn read(answer: AnsweredAttempt, max_bytes: usize) -> Read {
    let reply = parse(&answer, max_bytes);
    Read { answer, reply }
}

/// Reads an answer by the rules of the service that was asked.
pub(crate) fn parse(answer: &AnsweredAttempt, max_bytes: usize) -> Result<Reply, ParseError> {
    let content_type = answer.content_type.as_deref();
    parse_body(
        &answer.payload.request,
        &answer.body,
        content_type,
        answer.language,
        max_bytes,
    )
}

/// Reads what answered a request, for people of that language.
pub(crate) fn parse_body(
    request: &Request,
    body: &[u8],
    content_type: Option<&str>,
    language: Language,
    max_bytes: usize,
) -> Result<Reply, ParseError> {
    let options = ParseOptions {
        limits: Limits::for_reply_size(max_bytes),
        ..ParseOptions::new(language)
    };
    relay_cbss::parse(request.service(), body, content_type, &options)
}

/// The state in which a reply of that status ends a job.
pub(crate) fn state(status: StatusKind) -> JobState {
    match status {
        StatusKind::Ok => JobState::Ok,
        StatusKind::Warnings => JobState::Warnings,
        StatusKind::Errors => JobState::Errors,
    }
}

fn usable(status: StatusKind) -> Usable {
    match status {
        StatusKind::Ok => Usable::Ok,
        StatusKind::Warnings => Usable::Warnings,
        StatusKind::Errors => Usable::Errors,
    }
}

pub(crate) fn result(state: JobState, outcome: String, reply: &Reply) -> NewResult {
    let pairs = |fields: &[relay_cbss::Field]| {
        fields
            .iter()
            .map(|field| (field.path.clone(), field.value.clone()))
            .collect::<Vec<_>>()
    };
    NewResult {
        status: state,
        outcome,
        codes: reply.codes.clone(),
        rows: reply
            .rows
            .iter()
            .map(|row| NewRow {
                ordinal: row.ordinal,
                group: row.group.clone(),
                title: row.title.clone(),
                information_type: row.information_type.clone(),
                since: row.since.clone(),
                until: row.until.clone(),
                text: row.text.clone(),
                fields: pairs(&row.fields),
            })
            .collect(),
        messages: reply
            .messages
            .iter()
            .map(|message| NewMessage {
                severity: message.severity.clone(),
                code: message.code.clone(),
                author: message.author.clone(),
                diagnostic: message.diagnostic.clone(),
                fields: pairs(&message.fields),
            })
            .collect(),
    }
}
