//! Events: what the relay tells upstream systems.

use relay_domain::submission::IdempotencyKey;
use relay_domain::{FieldError, JobId, JobState, OrganisationId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::address;
use crate::encoding::Encoding;
use crate::error::{DecodeCause, DecodeError};
use crate::read::read;
use crate::shape::EVENT;
use crate::time::{from_timestamp, to_timestamp};
use crate::wire;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A submission became a job, or was one already.
    Accepted,
    /// A submission became no job, or a cancellation is of no effect.
    Rejected,
    /// A job waits for a person's decision.
    Parked,
    /// An operator opened a new round.
    Reopened,
    /// A round ended.
    Finished,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Accepted,
        Self::Rejected,
        Self::Parked,
        Self::Reopened,
        Self::Finished,
    ];

    /// The name in messages and routing keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Parked => "parked",
            Self::Reopened => "reopened",
            Self::Finished => "finished",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// An event. Its parts hold no personal data and no text of the CBSS, except that a sender may have put
/// personal data into the key, which goes back to that sender and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMessage {
    /// The same when the event is sent again.
    pub event_id: Uuid,
    /// Counts the events of one job from 1. The answer to a duplicate repeats the newest one's; 0 for an event that
    /// belongs to no job.
    pub sequence: i32,
    /// When it happened; 2000 to 2099.
    pub occurred_at: OffsetDateTime,
    /// What happened.
    pub kind: EventKind,
    /// The job; none when a submission or a cancellation was rejected.
    pub job_id: Option<JobId>,
    /// The organisation; none when a rejected message named none that is well formed.
    pub organisation: Option<OrganisationId>,
    /// The sender's own name for the request.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The service, such as `retrieve-ti-groups`.
    pub service: Option<String>,
    /// The round of the job's life, from 1; 0 for an event that belongs to no job.
    pub round: i32,
    /// The job's state at this event.
    pub state: Option<JobState>,
    /// What came of it, beyond the state: `empty`, `partial`, `reconciled`, or the cause of a failure or of an end,
    /// such as `prerequisite`.
    pub outcome: Option<String>,
    /// The CBSS's own codes.
    pub codes: Vec<String>,
    /// The tickets of the attempt that brought the answer.
    pub tickets: Tickets,
    /// The submission had been accepted before; this is the same job.
    pub duplicate: bool,
    /// Why a submission or a cancellation was rejected.
    pub errors: Vec<EventError>,
}

/// The numbers under which an exchange with the CBSS is on record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tickets {
    /// Ours.
    pub ours: Option<Uuid>,
    /// The CBSS's.
    pub cbss: Option<String>,
}

/// One thing that is wrong with a submission or a cancellation, as an event carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventError {
    /// Where: a path such as `request.retrieveTiGroups.ssin`; empty when it concerns the whole.
    pub path: String,
    /// What, for programs.
    pub code: String,
    /// What, for people.
    pub text: String,
}

impl From<FieldError> for EventError {
    fn from(error: FieldError) -> Self {
        Self {
            path: error.path,
            code: error.code.to_owned(),
            text: error.text,
        }
    }
}

impl EventMessage {
    /// An event of this kind with the parts that every event has, and nothing else.
    #[must_use]
    pub fn new(event_id: Uuid, occurred_at: OffsetDateTime, kind: EventKind) -> Self {
        Self {
            event_id,
            sequence: 0,
            occurred_at,
            kind,
            job_id: None,
            organisation: None,
            idempotency_key: None,
            service: None,
            round: 0,
            state: None,
            outcome: None,
            codes: Vec::new(),
            tickets: Tickets::default(),
            duplicate: false,
            errors: Vec::new(),
        }
    }

    /// Where it is published; `None` for an event that belongs to no organisation.
    #[must_use]
    pub fn routing_key(&self) -> Option<String> {
        let organisation = self.organisation.as_ref()?;
        Some(address::routing_key(
            organisation,
            self.service.as_deref(),
            self.kind,
        ))
    }

    /// Writes it.
    #[must_use]
    pub fn encode(&self, encoding: Encoding) -> Vec<u8> {
        crate::encode(&wire::Event::from(self), encoding)
    }

    /// Reads it. Unknown fields are passed over: an older reader must understand a newer relay.
    pub fn decode(encoding: Encoding, bytes: &[u8]) -> Result<Self, DecodeError> {
        let (event, findings): (wire::Event, _) = read(encoding, bytes, &EVENT)?;
        let foreign = |error: &FieldError| error.code == crate::codes::UNKNOWN_FIELD;
        if !findings.errors().iter().all(foreign) {
            return Err(DecodeCause::BrokenContent.somewhere());
        }
        Self::from_wire(event).ok_or(DecodeCause::BrokenContent.somewhere())
    }

    fn from_wire(event: wire::Event) -> Option<Self> {
        let tickets = event.tickets.unwrap_or_default();
        Some(Self {
            event_id: Uuid::parse_str(&event.event_id).ok()?,
            sequence: event.sequence,
            occurred_at: from_timestamp(event.occurred_at?)?,
            kind: EventKind::from_name(&event.kind)?,
            job_id: parsed(&event.job_id, |text| Uuid::parse_str(text).ok().map(JobId))?,
            organisation: parsed(&event.organisation, |text| OrganisationId::parse(text).ok())?,
            idempotency_key: parsed(&event.idempotency_key, IdempotencyKey::parse)?,
            service: filled(event.service),
            round: event.round,
            state: parsed(&event.state, JobState::from_name)?,
            outcome: filled(event.outcome),
            codes: event.codes,
            tickets: Tickets {
                ours: parsed(&tickets.ours, |text| Uuid::parse_str(text).ok())?,
                cbss: filled(tickets.cbss),
            },
            duplicate: event.duplicate,
            errors: event.errors.into_iter().map(EventError::from).collect(),
        })
    }
}

impl From<wire::event::Error> for EventError {
    fn from(error: wire::event::Error) -> Self {
        Self {
            path: error.path,
            code: error.code,
            text: error.text,
        }
    }
}

impl From<&EventMessage> for wire::Event {
    fn from(event: &EventMessage) -> Self {
        let tickets = (event.tickets != Tickets::default()).then(|| wire::event::Tickets {
            ours: event
                .tickets
                .ours
                .map(|ticket| ticket.to_string())
                .unwrap_or_default(),
            cbss: event.tickets.cbss.clone().unwrap_or_default(),
        });
        let error = |error: &EventError| wire::event::Error {
            path: error.path.clone(),
            code: error.code.clone(),
            text: error.text.clone(),
        };
        Self {
            event_id: event.event_id.to_string(),
            sequence: event.sequence,
            occurred_at: Some(to_timestamp(event.occurred_at)),
            kind: event.kind.as_str().to_owned(),
            job_id: event.job_id.map(|id| id.to_string()).unwrap_or_default(),
            organisation: event
                .organisation
                .as_ref()
                .map(|id| id.as_str().to_owned())
                .unwrap_or_default(),
            idempotency_key: event
                .idempotency_key
                .as_ref()
                .map(|key| key.as_str().to_owned())
                .unwrap_or_default(),
            service: event.service.clone().unwrap_or_default(),
            round: event.round,
            state: event
                .state
                .map(|state| state.as_str().to_owned())
                .unwrap_or_default(),
            outcome: event.outcome.clone().unwrap_or_default(),
            codes: event.codes.clone(),
            tickets,
            duplicate: event.duplicate,
            errors: event.errors.iter().map(error).collect(),
        }
    }
}

/// Nothing for an empty text; else what it means. The outer `None`: it means nothing.
fn parsed<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() {
        Some(None)
    } else {
        parse(text).map(Some)
    }
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
