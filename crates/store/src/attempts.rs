//! Attempts: on record before they leave, fenced when they come back. A look at a change of unknown outcome is an
//! attempt as well.

use std::time::Duration;

use relay_domain::classify::FailureCause;
use relay_domain::retry::Spent;
use relay_vault::Context;
use sqlx::types::Uuid;

use crate::events::EventColumns;
use crate::payload::opened;
use crate::release::millis;
use crate::{JobPayload, NewEvent, Store, StoreError, WorkRef};

/// A worker's wish to begin an attempt.
#[derive(Clone, Debug)]
pub struct BeginAttempt {
    /// The work item that entitles to it.
    pub work: WorkRef,
    /// Our ticket.
    pub ticket: Uuid,
    /// How long the attempt may take before it is taken over.
    pub lease: Duration,
}

/// What became of a wish to begin.
#[derive(Clone, Debug)]
pub enum Begun {
    /// It is on record and may be sent.
    Started(Box<StartedAttempt>),
    /// There is no room in a quota yet: ask again after this wait. The job is still released.
    Wait(Duration),
    /// The lane is closed (circuit, maintenance): the job went back, to be released when it opens.
    SentBack,
    /// The job is not waiting for this attempt any more: a duplicate, a latecomer, a passed deadline.
    Stale,
}

/// An attempt that is on record and may be sent.
#[derive(Clone, Debug)]
pub struct StartedAttempt {
    /// Job, round and number.
    pub work: WorkRef,
    /// Our ticket.
    pub ticket: Uuid,
    /// Whose job.
    pub organisation: String,
    /// The service's name.
    pub service: String,
    /// The sealed part, opened.
    pub payload: JobPayload,
    /// What the round has used up, this attempt included.
    pub spent: Spent,
    /// The sequence of the job's newest event.
    pub sequence: i32,
    /// How long the job was due before this attempt began.
    pub waited: Duration,
    /// Is it a look whether the job's change was made, instead of the request itself?
    pub look: bool,
    /// Its slot, where a rate paces the lane: not to be sent before this much time has passed since the database
    /// decided.
    pub slot: Option<Duration>,
}

/// What a worker reports.
#[derive(Clone, Debug)]
pub struct FinishAttempt {
    /// Job, round and number.
    pub work: WorkRef,
    /// The word for the ledger.
    pub class: &'static str,
    /// The HTTP status, if an answer came.
    pub http_status: Option<u16>,
    /// The wait that `Retry-After` asked for.
    pub retry_after: Option<Duration>,
    /// From the first look-up to the last byte.
    pub duration: Duration,
    /// What becomes of the job.
    pub after: AfterAttempt,
}

/// What becomes of the job after an attempt.
#[derive(Clone, Debug)]
pub enum AfterAttempt {
    /// A complete answer: it is kept as it came.
    Answered {
        /// The `Content-Type` header.
        content_type: Option<String>,
        /// The body.
        body: Vec<u8>,
    },
    /// It is tried again after this wait.
    TryAgain {
        /// The wait.
        delay: Duration,
        /// Was the outcome unknown?
        unknown: bool,
    },
    /// Handed back before the first byte; the attempt does not count.
    HandedBack,
    /// Not sent, or not answered for a reason that is not the request's: the lane's circuit decides when it is tried
    /// again, and the attempt does not count.
    Held,
    /// A change of unknown outcome: to be looked up when its lease has ended and this much time has passed.
    Reconcile {
        /// How long the CBSS is given to finish what it may be doing.
        settle: Duration,
    },
    /// A person must decide.
    Park(NewEvent),
    /// Built and checked, not sent.
    Validated(NewEvent),
    /// It ends without an answer.
    GiveUp(FailureCause, NewEvent),
}

impl AfterAttempt {
    fn state(&self) -> &'static str {
        match self {
            Self::Answered { .. } => "answered",
            Self::TryAgain { .. } | Self::HandedBack | Self::Held => "accepted",
            Self::Reconcile { .. } => "reconciling",
            Self::Park(_) => "uncertain",
            Self::Validated(_) => "validated",
            Self::GiveUp(..) => "failed",
        }
    }

    fn event(&self) -> Option<&NewEvent> {
        match self {
            Self::Answered { .. } | Self::TryAgain { .. } | Self::HandedBack => None,
            Self::Held | Self::Reconcile { .. } => None,
            Self::Validated(event) | Self::GiveUp(_, event) | Self::Park(event) => Some(event),
        }
    }
}

#[derive(Default)]
struct FinishColumns {
    job_id: Vec<Uuid>,
    number: Vec<i32>,
    class: Vec<String>,
    http_status: Vec<Option<i16>>,
    retry_after_ms: Vec<Option<i64>>,
    duration_ms: Vec<i32>,
    state: Vec<String>,
    delay_ms: Vec<i64>,
    unknown: Vec<i32>,
    uncounted: Vec<i32>,
    held: Vec<bool>,
    cause: Vec<Option<String>>,
    content_type: Vec<Option<String>>,
    answer_bytes: Vec<Option<i32>>,
    body: Vec<Option<Vec<u8>>>,
    event: EventColumns,
}

impl Store {
    /// Begins attempts: one outcome per wish, in order. Room is taken in all quotas of the lane, or in none; a slot
    /// may lie up to `horizon` ahead.
    pub async fn begin_attempts(
        &self,
        worker: &str,
        wishes: &[BeginAttempt],
        horizon: Duration,
    ) -> Result<Vec<Begun>, StoreError> {
        let jobs: Vec<Uuid> = wishes.iter().map(|wish| wish.work.job_id).collect();
        let rounds: Vec<i32> = wishes.iter().map(|wish| wish.work.round).collect();
        let numbers: Vec<i32> = wishes.iter().map(|wish| wish.work.attempt).collect();
        let tickets: Vec<Uuid> = wishes.iter().map(|wish| wish.ticket).collect();
        let leases: Vec<i64> = wishes.iter().map(|wish| millis(wish.lease)).collect();
        let rows = sqlx::query_file!(
            "queries/begin.sql",
            &jobs,
            &rounds,
            &numbers,
            &tickets,
            &leases,
            worker,
            millis(horizon),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("beginning attempts", source))?;

        let mut outcomes = vec![Begun::Stale; wishes.len()];
        for row in rows {
            let Some(index) = tickets.iter().position(|ticket| *ticket == row.wished) else {
                continue;
            };
            let begun = (
                row.job_id,
                row.round,
                row.attempt,
                row.organisation,
                row.service,
                row.payload,
            );
            let (Some(job_id), Some(round), Some(attempt), Some(organisation), Some(service), Some(payload)) =
                begun
            else {
                outcomes[index] = match (row.refused.as_deref(), row.wait_ms) {
                    (Some("circuit"), _) => Begun::SentBack,
                    (Some(_), Some(wait_ms)) => Begun::Wait(seconds(wait_ms / 1000.0)),
                    _ => Begun::Stale,
                };
                continue;
            };
            // On record already: its lease ends, and nobody sends it.
            let Some(payload) = opened(job_id, JobPayload::open(&self.vault, job_id, &payload)) else {
                continue;
            };
            outcomes[index] = Begun::Started(Box::new(StartedAttempt {
                work: WorkRef {
                    job_id,
                    round,
                    attempt,
                },
                ticket: row.wished,
                organisation,
                service,
                payload,
                spent: Spent {
                    attempts: count(row.attempts_counted.unwrap_or_default()),
                    unknown_outcomes: count(row.unknown_outcomes.unwrap_or_default()),
                    server_faults: count(row.server_faults.unwrap_or_default()),
                    elapsed: from_millis(row.spent_ms.unwrap_or_default()),
                    looks: count(row.looks.unwrap_or_default()),
                },
                sequence: row.event_sequence.unwrap_or_default(),
                waited: seconds(row.waited_s.unwrap_or_default()),
                look: row.look_step.is_some(),
                slot: row
                    .slot_ms
                    .filter(|_| row.paced == Some(true))
                    .map(|slot_ms| seconds(slot_ms / 1000.0)),
            }));
        }
        Ok(outcomes)
    }

    /// Records what attempts came to, and moves their jobs where the attempt is still the newest: one
    /// `bool` per report, in order, `false` where the job had moved on. An answer is kept in either case,
    /// and an answer that comes late still settles a job of which nothing newer was sent, also while that is being
    /// looked up or waits for a person.
    pub async fn finish_attempts(&self, reports: &[FinishAttempt]) -> Result<Vec<bool>, StoreError> {
        let columns = self.finish_columns(reports);
        let moved = sqlx::query_file_scalar!(
            "queries/finish.sql",
            &columns.job_id,
            &columns.number,
            &columns.class,
            &columns.http_status as &[Option<i16>],
            &columns.retry_after_ms as &[Option<i64>],
            &columns.duration_ms,
            &columns.state,
            &columns.delay_ms,
            &columns.unknown,
            &columns.uncounted,
            &columns.cause as &[Option<String>],
            &columns.content_type as &[Option<String>],
            &columns.answer_bytes as &[Option<i32>],
            &columns.body as &[Option<Vec<u8>>],
            &columns.event.event_id as &[Option<Uuid>],
            &columns.event.sequence as &[Option<i32>],
            &columns.event.kind as &[Option<String>],
            &columns.event.organisation as &[Option<String>],
            &columns.event.service as &[Option<String>],
            &columns.event.wants_reply,
            &columns.event.envelope as &[Option<Vec<u8>>],
            &columns.held,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("finishing attempts", source))?;
        Ok(reports
            .iter()
            .map(|report| moved.contains(&report.work.job_id))
            .collect())
    }

    fn finish_columns(&self, reports: &[FinishAttempt]) -> FinishColumns {
        let mut columns = FinishColumns::default();
        for report in reports {
            let (delay, unknown, uncounted) = match &report.after {
                AfterAttempt::TryAgain { delay, unknown } => (*delay, i32::from(*unknown), 0),
                AfterAttempt::HandedBack | AfterAttempt::Held => (Duration::ZERO, 0, 1),
                AfterAttempt::Reconcile { settle } => (*settle, 1, 0),
                AfterAttempt::Answered { .. } | AfterAttempt::Validated(_) => (Duration::ZERO, 0, 0),
                AfterAttempt::GiveUp(..) | AfterAttempt::Park(_) => (Duration::ZERO, 0, 0),
            };
            let cause = if let AfterAttempt::GiveUp(cause, _) = &report.after {
                Some(cause.as_str())
            } else {
                None
            };
            let (content_type, body) = match &report.after {
                AfterAttempt::Answered { content_type, body } => (content_type.clone(), Some(body)),
                AfterAttempt::TryAgain { .. } | AfterAttempt::HandedBack => (None, None),
                AfterAttempt::Held | AfterAttempt::Reconcile { .. } => (None, None),
                AfterAttempt::Validated(_) | AfterAttempt::GiveUp(..) | AfterAttempt::Park(_) => (None, None),
            };
            let row = answer_row(report.work.job_id, report.work.attempt);
            columns.job_id.push(report.work.job_id);
            columns.number.push(report.work.attempt);
            columns.class.push(report.class.to_owned());
            columns
                .http_status
                .push(report.http_status.and_then(|status| i16::try_from(status).ok()));
            columns.retry_after_ms.push(report.retry_after.map(millis));
            columns
                .duration_ms
                .push(i32::try_from(report.duration.as_millis()).unwrap_or(i32::MAX));
            columns.state.push(report.after.state().to_owned());
            columns.delay_ms.push(millis(delay));
            columns.unknown.push(unknown);
            columns.uncounted.push(uncounted);
            columns.held.push(matches!(report.after, AfterAttempt::Held));
            columns.cause.push(cause.map(str::to_owned));
            columns.content_type.push(content_type);
            columns
                .answer_bytes
                .push(body.map(|body| i32::try_from(body.len()).unwrap_or(i32::MAX)));
            columns
                .body
                .push(body.map(|body| self.vault.seal_compressed(answer_context(&row), body)));
            columns.event.push(&self.vault, report.after.event());
        }
        columns
    }
}

/// The key of a row of `answer`, as bytes.
pub(crate) fn answer_row(job_id: Uuid, number: i32) -> [u8; 20] {
    let mut row = [0; 20];
    row[..16].copy_from_slice(job_id.as_bytes());
    row[16..].copy_from_slice(&number.to_be_bytes());
    row
}

pub(crate) fn answer_context(row: &[u8]) -> Context<'_> {
    Context {
        place: "answer.body",
        row,
    }
}

/// A counter of the database; the schema keeps it from going below zero in any sequence of statements.
pub(crate) fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

pub(crate) fn from_millis(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()
}
