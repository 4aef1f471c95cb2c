//! The wording of events.

use relay_domain::submission::IdempotencyKey;
use relay_domain::{FieldError, JobId, JobState, OrganisationId};
use relay_proto::{Encoding, EventKind, EventMessage, Tickets, address};
use relay_runtime::{Clock, Entropy};
use relay_store::{JobPayload, NewEvent, WorkRef};
use uuid::Uuid;

use crate::organisations::Organisations;

/// Makes events: gives them ids and times, and the encoding that their organisation wants.
#[derive(Clone, Debug)]
pub struct Announcer {
    clock: Clock,
    entropy: Entropy,
    organisations: Organisations,
}

/// The job that an event is about.
#[derive(Clone, Copy, Debug)]
pub struct JobFacts<'a> {
    /// Job, round and attempt.
    pub work: WorkRef,
    /// Whose job.
    pub organisation: &'a str,
    /// The service's name.
    pub service: &'a str,
    /// The sequence of the job's newest event so far.
    pub sequence: i32,
    /// The sealed part, opened.
    pub payload: &'a JobPayload,
}

/// How a job ended, or what it came to so far.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// In which state.
    pub state: JobState,
    /// In a word: the reply's outcome, or the cause of a failure.
    pub outcome: Option<String>,
    /// The CBSS's codes.
    pub codes: Vec<String>,
    /// Both tickets of the attempt that settled it.
    pub tickets: Tickets,
}

/// Who submitted, and where answers go.
#[derive(Clone, Debug)]
pub struct Addressee {
    /// The organisation, which the sender was found to submit for.
    pub organisation: OrganisationId,
    /// The service's name, if exactly one is asked.
    pub service: Option<String>,
    /// The key, if it is well formed.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The reply queue, if it is the sender's own.
    pub reply_to: Option<String>,
    /// The sender's correlation id.
    pub correlation_id: Option<String>,
}

impl Announcer {
    /// An announcer for these organisations.
    #[must_use]
    pub fn new(clock: Clock, entropy: Entropy, organisations: Organisations) -> Self {
        Self {
            clock,
            entropy,
            organisations,
        }
    }

    /// A new job: the first event of it.
    #[must_use]
    pub fn accepted(&self, to: &Addressee, job_id: Uuid) -> NewEvent {
        let mut event = self.event(to, EventKind::Accepted);
        event.job_id = Some(JobId(job_id));
        (event.sequence, event.round, event.state) = (1, 1, Some(JobState::Accepted));
        self.finish(to, event)
    }

    /// The same submission again: where its job stands. It repeats the sequence of the job's newest event.
    #[must_use]
    pub fn duplicate(&self, to: &Addressee, job: WorkRef, sequence: i32, state: &str) -> NewEvent {
        let mut event = self.event(to, EventKind::Accepted);
        event.job_id = Some(JobId(job.job_id));
        (event.sequence, event.round, event.state) = (sequence, job.round, JobState::from_name(state));
        event.duplicate = true;
        self.finish(to, event)
    }

    /// No job: everything that is wrong.
    #[must_use]
    pub fn rejected(&self, to: &Addressee, errors: Vec<FieldError>) -> NewEvent {
        let mut event = self.event(to, EventKind::Rejected);
        event.errors = errors.into_iter().map(Into::into).collect();
        self.finish(to, event)
    }

    /// The end of a job's round.
    #[must_use]
    pub fn finished(&self, job: JobFacts<'_>, outcome: Outcome) -> NewEvent {
        self.about(EventKind::Finished, job, outcome)
    }

    /// A person must decide about a job.
    #[must_use]
    pub fn parked(&self, job: JobFacts<'_>, tickets: Tickets) -> NewEvent {
        let outcome = Outcome {
            state: JobState::Uncertain,
            outcome: Some("unknown_outcome".to_owned()),
            codes: Vec::new(),
            tickets,
        };
        self.about(EventKind::Parked, job, outcome)
    }

    /// An operator has opened a new round.
    #[must_use]
    pub fn reopened(&self, job: JobFacts<'_>, outcome: String) -> NewEvent {
        let outcome = Outcome {
            state: JobState::Accepted,
            outcome: Some(outcome),
            codes: Vec::new(),
            tickets: Tickets::default(),
        };
        self.about(EventKind::Reopened, job, outcome)
    }

    fn about(&self, kind: EventKind, job: JobFacts<'_>, outcome: Outcome) -> NewEvent {
        let to = Addressee {
            // The id was checked when the job came in; a table that says otherwise gives an empty event queue
            // nothing, and the event is parked.
            organisation: OrganisationId::parse(job.organisation)
                .unwrap_or_else(|_| unreachable!("job.organisation holds organisation ids")),
            service: Some(job.service.to_owned()),
            idempotency_key: Some(job.payload.idempotency_key.clone()),
            reply_to: job.payload.reply_to.clone(),
            correlation_id: job.payload.correlation_id.clone(),
        };
        let mut event = self.event(&to, kind);
        event.job_id = Some(JobId(job.work.job_id));
        (event.sequence, event.round) = (job.sequence + 1, job.work.round);
        event.state = Some(outcome.state);
        event.outcome = outcome.outcome;
        event.codes = outcome.codes;
        event.tickets = outcome.tickets;
        self.finish(&to, event)
    }

    fn event(&self, to: &Addressee, kind: EventKind) -> EventMessage {
        let event_id = self.entropy.uuid_v7(&self.clock);
        let mut event = EventMessage::new(event_id, self.clock.now(), kind);
        event.organisation = Some(to.organisation.clone());
        event.idempotency_key = to.idempotency_key.clone();
        event.service = to.service.clone();
        event
    }

    fn finish(&self, to: &Addressee, event: EventMessage) -> NewEvent {
        let encoding = self
            .organisations
            .get(to.organisation.as_str())
            .map_or(Encoding::Json, crate::Organisation::event_encoding);
        NewEvent {
            event_id: event.event_id,
            sequence: event.sequence,
            kind: event.kind.as_str(),
            organisation: to.organisation.as_str().to_owned(),
            service: to
                .service
                .clone()
                .unwrap_or_else(|| address::UNKNOWN_SERVICE.to_owned()),
            content_type: encoding.content_type(),
            body: event.encode(encoding),
            reply_to: to.reply_to.clone(),
            correlation_id: to.correlation_id.clone(),
        }
    }
}
