//! Answers become results.

mod columns;

use std::time::Duration;

use relay_domain::JobState;
use relay_domain::classify::FailureCause;
use relay_domain::reconcile::Finding;
use serde::{Deserialize, Serialize};
use sqlx::types::Uuid;

use crate::events::EventColumns;
use crate::release::millis;
use crate::{NewEvent, Store, StoreError, WorkRef};

use columns::join;
pub(crate) use columns::{ResultColumns, SEPARATOR, StoredColumns};

/// What processing an answer came to.
#[derive(Clone, Debug)]
pub struct ProcessedAnswer {
    /// Job, round and number.
    pub work: WorkRef,
    /// The word for the ledger.
    pub class: &'static str,
    /// The CBSS's ticket.
    pub cbss_ticket: Option<String>,
    /// How long the call took.
    pub duration: Duration,
    /// What becomes of the job.
    pub after: AfterAnswer,
}

/// What becomes of a job after its answer was processed.
#[derive(Clone, Debug)]
pub enum AfterAnswer {
    /// The round ends with this result, in the state that its status names.
    Finished(Box<NewResult>, NewEvent),
    /// It is tried again after this wait.
    TryAgain {
        /// The wait.
        delay: Duration,
        /// Was the outcome unknown?
        unknown: bool,
        /// Was it a fault of the CBSS's own?
        server_fault: bool,
    },
    /// Not the request's fault: the lane's circuit decides when it is tried again, and the attempt does not count.
    Held,
    /// A change of unknown outcome: to be looked up when this much time has passed.
    Reconcile {
        /// How long the CBSS is given to finish what it may be doing.
        settle: Duration,
    },
    /// It has been looked up and needs another look.
    LookAgain {
        /// The wait.
        delay: Duration,
        /// What this look found, if it found anything.
        finding: Option<Finding>,
        /// How many looks in a row have found that.
        agreed: u32,
    },
    /// A person must decide.
    Park(NewEvent),
    /// It ends without a result.
    GiveUp(FailureCause, NewEvent),
}

/// A parsed answer.
#[derive(Clone, Debug)]
pub struct NewResult {
    /// `ok`, `warnings` or `errors`.
    pub status: JobState,
    /// The outcome in one word.
    pub outcome: String,
    /// The CBSS's codes.
    pub codes: Vec<String>,
    /// The rows, in the document's order.
    pub rows: Vec<NewRow>,
    /// The CBSS's messages.
    pub messages: Vec<NewMessage>,
}

/// One row of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRow {
    /// Its place among the rows of its group, from 1.
    pub ordinal: u32,
    /// The element that holds it.
    pub group: String,
    /// The group's name for people.
    pub title: String,
    /// The information type, three digits.
    #[serde(rename = "type")]
    pub information_type: Option<String>,
    /// `YYYY-MM-DD`, 00 for unknown parts.
    pub since: Option<String>,
    /// `YYYY-MM-DD`, 00 for unknown parts.
    pub until: Option<String>,
    /// What a person reads.
    pub text: String,
    /// Path and value of each field, in the document's order.
    pub fields: Vec<(String, String)>,
}

/// One message of the CBSS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMessage {
    /// `INFORMATION`, `WARNING`, `ERROR` or `FATAL`, as it came.
    pub severity: String,
    /// The code.
    pub code: Option<String>,
    /// Whose code it is.
    pub author: Option<String>,
    /// The text, which may quote personal data.
    pub diagnostic: Option<String>,
    /// Name and value of each information field.
    pub fields: Vec<(String, String)>,
}

#[derive(Default)]
struct Columns {
    job_id: Vec<Uuid>,
    number: Vec<i32>,
    round: Vec<i32>,
    class: Vec<String>,
    cbss_ticket: Vec<Option<String>>,
    state: Vec<String>,
    delay_ms: Vec<i64>,
    unknown: Vec<i32>,
    server_fault: Vec<i32>,
    cause: Vec<Option<String>>,
    result: ResultColumns,
    event: EventColumns,
    spent_ms: Vec<i64>,
    held: Vec<bool>,
    look_finding: Vec<Option<String>>,
    looks_agreed: Vec<i32>,
}

impl Store {
    /// Writes results, next states and events, all of one answer or nothing of it: one `bool` per answer, in
    /// order, `false` where it had been processed or overtaken before.
    pub async fn record_results(&self, answers: &[ProcessedAnswer]) -> Result<Vec<bool>, StoreError> {
        let columns = self.result_columns(answers)?;
        let moved = sqlx::query_file_scalar!(
            "queries/record.sql",
            &columns.job_id,
            &columns.number,
            &columns.round,
            &columns.class,
            &columns.cbss_ticket as &[Option<String>],
            &columns.state,
            &columns.delay_ms,
            &columns.unknown,
            &columns.server_fault,
            &columns.cause as &[Option<String>],
            &columns.result.outcome as &[Option<String>],
            &columns.result.codes,
            &columns.result.row_group,
            &columns.result.row_ordinal,
            &columns.result.row_type,
            &columns.result.row_since,
            &columns.result.row_until,
            &columns.result.message_severity,
            &columns.result.message_code,
            &columns.result.content as &[Option<Vec<u8>>],
            &columns.event.event_id as &[Option<Uuid>],
            &columns.event.sequence as &[Option<i32>],
            &columns.event.kind as &[Option<String>],
            &columns.event.organisation as &[Option<String>],
            &columns.event.service as &[Option<String>],
            &columns.event.wants_reply,
            &columns.event.envelope as &[Option<Vec<u8>>],
            SEPARATOR,
            &columns.spent_ms,
            &columns.held,
            &columns.look_finding as &[Option<String>],
            &columns.looks_agreed,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("recording results", source))?;
        Ok(answers
            .iter()
            .map(|answer| moved.contains(&answer.work.job_id))
            .collect())
    }

    fn result_columns(&self, answers: &[ProcessedAnswer]) -> Result<Columns, StoreError> {
        let mut columns = Columns::default();
        for answer in answers {
            let moved = answer.after.moved(answer.duration);
            let (result, event) = match &answer.after {
                AfterAnswer::Finished(result, event) => (Some(&**result), Some(event)),
                AfterAnswer::GiveUp(_, event) | AfterAnswer::Park(event) => (None, Some(event)),
                AfterAnswer::TryAgain { .. } | AfterAnswer::Held => (None, None),
                AfterAnswer::Reconcile { .. } | AfterAnswer::LookAgain { .. } => (None, None),
            };
            columns.spent_ms.push(moved.spent_ms);
            columns.held.push(moved.held);
            columns
                .look_finding
                .push(moved.finding.map(|finding| finding.as_str().to_owned()));
            columns.looks_agreed.push(moved.agreed);
            columns.job_id.push(answer.work.job_id);
            columns.number.push(answer.work.attempt);
            columns.round.push(answer.work.round);
            columns.class.push(answer.class.to_owned());
            columns.cbss_ticket.push(
                answer
                    .cbss_ticket
                    .as_ref()
                    .map(|ticket| join([ticket].into_iter())),
            );
            columns.state.push(moved.state.to_owned());
            columns.delay_ms.push(millis(moved.delay));
            columns.unknown.push(moved.unknown.into());
            columns.server_fault.push(moved.server_fault.into());
            columns.cause.push(moved.cause.map(str::to_owned));
            columns.result.push(&self.vault, answer.work, result)?;
            columns.event.push(&self.vault, event);
        }
        Ok(columns)
    }
}

/// What an answer changes in its job's row.
#[derive(Default)]
struct Moved {
    state: &'static str,
    delay: Duration,
    unknown: bool,
    server_fault: bool,
    held: bool,
    cause: Option<&'static str>,
    spent_ms: i64,
    finding: Option<Finding>,
    agreed: i32,
}

impl AfterAnswer {
    fn moved(&self, duration: Duration) -> Moved {
        match self {
            Self::Finished(result, _) => Moved {
                state: result.status.as_str(),
                ..Moved::default()
            },
            Self::TryAgain {
                delay,
                unknown,
                server_fault,
            } => Moved {
                state: "accepted",
                delay: *delay,
                unknown: *unknown,
                server_fault: *server_fault,
                spent_ms: millis(duration + *delay),
                ..Moved::default()
            },
            Self::Held => Moved {
                state: "accepted",
                held: true,
                ..Moved::default()
            },
            Self::Reconcile { settle } => Moved {
                state: "reconciling",
                delay: *settle,
                unknown: true,
                ..Moved::default()
            },
            Self::LookAgain {
                delay,
                finding,
                agreed,
            } => Moved {
                state: "reconciling",
                delay: *delay,
                finding: *finding,
                agreed: i32::try_from(*agreed).unwrap_or(i32::MAX),
                ..Moved::default()
            },
            Self::Park(_) => Moved {
                state: "uncertain",
                ..Moved::default()
            },
            Self::GiveUp(cause, _) => Moved {
                state: "failed",
                cause: Some(cause.as_str()),
                ..Moved::default()
            },
        }
    }
}
