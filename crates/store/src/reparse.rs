//! Stored answers are read again by the parser of now.
//!
//! An operator asks (`operate/reparse.rs`); results carries it out, a batch at a time: it loads results with their answers,
//! reads the answers, and writes what differs together with how far it came, in one statement that moves the run on from
//! where the batch began, or does nothing. So a run goes on after a kill where it was, and two services that hold the same
//! batch write it once. The answer is the record and the result what was made of it: a run replaces results and never
//! answers, events or the state of a job.

use relay_domain::{Language, Request};
use sqlx::types::Uuid;
use tracing::error;
use zeroize::Zeroizing;

use crate::attempts::{answer_context, answer_row};
use crate::results::{ResultColumns, SEPARATOR, StoredColumns};
use crate::{JobPayload, NewMessage, NewResult, NewRow, Store, StoreError, WorkRef};

/// A run, at the place where it goes on.
#[derive(Clone, Debug)]
pub struct ReparseRun {
    /// Its number.
    pub number: i64,
    /// How often a service has begun at this place, this time included.
    pub tries: i32,
    done_job: Option<Uuid>,
    done_round: Option<i32>,
}

/// A result, and what its answer was.
#[derive(Clone, Debug)]
pub struct StoredResult {
    /// Job, round and the attempt that was answered.
    pub work: WorkRef,
    /// `ok`, `warnings` or `errors`.
    pub status: String,
    /// The outcome in one word.
    pub outcome: String,
    /// The CBSS's codes.
    pub codes: Vec<String>,
    /// The CBSS's ticket.
    pub ticket: Option<String>,
    /// How many rows it has.
    pub row_count: usize,
    /// Rows and messages; none where they do not open.
    pub content: Option<(Vec<NewRow>, Vec<NewMessage>)>,
    /// The answer.
    pub answer: StoredAnswer,
}

/// An answer that was kept.
#[derive(Clone, Debug)]
pub enum StoredAnswer {
    /// It is there.
    Kept {
        /// What was asked.
        request: Box<Request>,
        /// The language of the text that a person reads.
        language: Language,
        /// The `Content-Type` header.
        content_type: Option<String>,
        /// The body, as it came.
        body: Zeroizing<Vec<u8>>,
        /// Does it answer a look at a change?
        look: bool,
    },
    /// It is not kept any more.
    Gone,
    /// It, or the request, does not open.
    Damaged,
}

/// What reading an answer again found.
#[derive(Clone, Debug)]
pub struct ReparseFinding {
    /// Of which result.
    pub stored: StoredResult,
    /// In what the result differs; nothing where the answer says nothing.
    pub differences: Vec<&'static str>,
    /// What it came to.
    pub found: ReparseFound,
}

/// What reading an answer again came to.
#[derive(Clone, Debug)]
pub enum ReparseFound {
    /// The result says something else now, and the CBSS's ticket.
    Changed(Box<NewResult>, Option<String>),
    /// It would end the job otherwise: left to a person.
    Status(Box<NewResult>),
    /// The parser of now does not read it.
    Unreadable,
    /// The answer is not kept any more.
    NoAnswer,
    /// The answer, or the request, does not open.
    Damaged,
    /// It ended every process that read it.
    Crashes,
}

impl ReparseFound {
    /// The word in the database and in metrics.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Changed(..) => "changed",
            Self::Status(_) => "status",
            Self::Unreadable => "unreadable",
            Self::NoAnswer => "no_answer",
            Self::Damaged => "damaged",
            Self::Crashes => "crashes",
        }
    }
}

impl Store {
    /// The oldest run that is not finished and that no service has begun to go on with within the last seconds; it counts
    /// as begun.
    pub async fn next_reparse(&self) -> Result<Option<ReparseRun>, StoreError> {
        sqlx::query_as!(
            ReparseRun,
            r#"UPDATE relay.reparse AS r SET tries = r.tries + 1, tried_at = clock_timestamp()
               FROM (SELECT reparse_id FROM relay.reparse
                     WHERE finished_at IS NULL
                       AND (tried_at IS NULL OR tried_at < clock_timestamp() - interval '10 s')
                     ORDER BY reparse_id LIMIT 1 FOR UPDATE SKIP LOCKED) AS o
               WHERE r.reparse_id = o.reparse_id
               RETURNING r.reparse_id AS "number", r.tries, r.done_job, r.done_round"#
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(|source| StoreError::database("looking for answers to read again", source))
    }

    /// The next results of a run, with their answers.
    pub async fn load_reparse(&self, run: &ReparseRun, limit: i64) -> Result<Vec<StoredResult>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT r.job_id, r.round, r.attempt, r.status, r.outcome, r.codes, r.cbss_ticket, r.row_group,
                r.row_ordinal, r.row_type AS "row_type: Vec<Option<String>>",
                r.row_since AS "row_since: Vec<Option<String>>", r.row_until AS "row_until: Vec<Option<String>>",
                r.content, j.language, j.payload, a.kind, w.content_type AS "content_type?", w.body AS "body?"
               FROM relay.reparse AS p
               JOIN relay.result AS r
                 ON (p.done_job IS NULL OR (r.job_id, r.round) > (p.done_job, p.done_round))
                AND (p.job_id IS NULL OR r.job_id = p.job_id)
                AND (p.since IS NULL OR r.processed_at >= p.since) AND r.processed_at < p.until
               JOIN relay.job AS j ON j.job_id = r.job_id
                AND (p.organisation IS NULL OR j.organisation = p.organisation)
                AND (p.service IS NULL OR j.service = p.service)
               JOIN relay.attempt AS a ON a.job_id = r.job_id AND a.number = r.attempt
               LEFT JOIN relay.answer AS w ON w.job_id = r.job_id AND w.number = r.attempt
               WHERE p.reparse_id = $1 AND p.finished_at IS NULL
               ORDER BY r.job_id, r.round LIMIT $2"#,
            run.number,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("loading answers to read again", source))?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let job_id = row.job_id;
                let row_count = row.row_group.len();
                let content = StoredColumns {
                    groups: row.row_group,
                    ordinals: row.row_ordinal,
                    types: row.row_type,
                    since: row.row_since,
                    until: row.row_until,
                    content: row.content,
                }
                .open(&self.vault, job_id, row.round);
                let answer = match row.body {
                    None => Ok(StoredAnswer::Gone),
                    Some(body) => {
                        self.stored_answer(job_id, row.attempt, &row.payload, &body)
                            .map(|(payload, body)| match Language::from_code(&row.language) {
                                Some(language) => StoredAnswer::Kept {
                                    request: Box::new(payload.request),
                                    language,
                                    content_type: row.content_type,
                                    body,
                                    look: row.kind == "look",
                                },
                                None => StoredAnswer::Damaged,
                            })
                    }
                };
                StoredResult {
                    work: WorkRef {
                        job_id,
                        round: row.round,
                        attempt: row.attempt,
                    },
                    status: row.status,
                    outcome: row.outcome,
                    codes: row.codes,
                    ticket: row.cbss_ticket,
                    row_count,
                    content: said(job_id, content),
                    answer: said(job_id, answer).unwrap_or(StoredAnswer::Damaged),
                }
            })
            .collect())
    }

    fn stored_answer(
        &self,
        job_id: Uuid,
        attempt: i32,
        payload: &[u8],
        body: &[u8],
    ) -> Result<(JobPayload, Zeroizing<Vec<u8>>), StoreError> {
        let payload = JobPayload::open(&self.vault, job_id, payload)?;
        let body = self
            .vault
            .open(answer_context(&answer_row(job_id, attempt)), body)?;
        Ok((payload, body))
    }

    /// Moves a run on past these results, of which those are listed in `findings` that are to be told of, and writes what
    /// changed; with none, the run is done. `false` where it had moved on, or was stopped, meanwhile: nothing was written.
    pub async fn record_reparse(
        &self,
        run: &ReparseRun,
        looked: &[WorkRef],
        findings: &[ReparseFinding],
    ) -> Result<bool, StoreError> {
        let mut columns = Columns::default();
        for finding in findings {
            columns.push(&self.vault, finding)?;
        }
        let last = looked.last();
        let count = i64::try_from(looked.len()).unwrap_or(i64::MAX);
        sqlx::query_file_scalar!(
            "queries/reparse.sql",
            run.number,
            last.map(|work| work.job_id).or(run.done_job),
            last.map(|work| work.round).or(run.done_round),
            count,
            looked.is_empty(),
            run.done_job,
            run.done_round,
            &columns.job_id,
            &columns.round,
            &columns.attempt,
            &columns.finding,
            &columns.differences,
            &columns.status_before,
            &columns.status_after as &[Option<String>],
            &columns.outcome_before,
            &columns.result.outcome as &[Option<String>],
            &columns.rows_before,
            &columns.rows_after as &[Option<i32>],
            &columns.ticket as &[Option<String>],
            &columns.result.codes,
            &columns.result.row_group,
            &columns.result.row_ordinal,
            &columns.result.row_type,
            &columns.result.row_since,
            &columns.result.row_until,
            &columns.result.message_severity,
            &columns.result.message_code,
            &columns.result.content as &[Option<Vec<u8>>],
            SEPARATOR,
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("recording answers that were read again", source))
    }
}

#[derive(Default)]
struct Columns {
    job_id: Vec<Uuid>,
    round: Vec<i32>,
    attempt: Vec<i32>,
    finding: Vec<String>,
    differences: Vec<String>,
    status_before: Vec<String>,
    status_after: Vec<Option<String>>,
    outcome_before: Vec<String>,
    rows_before: Vec<i32>,
    rows_after: Vec<Option<i32>>,
    ticket: Vec<Option<String>>,
    result: ResultColumns,
}

impl Columns {
    fn push(&mut self, vault: &relay_vault::Vault, finding: &ReparseFinding) -> Result<(), StoreError> {
        let stored = &finding.stored;
        let (result, ticket) = match &finding.found {
            ReparseFound::Changed(result, ticket) => (Some(&**result), ticket.clone()),
            ReparseFound::Status(result) => (Some(&**result), None),
            ReparseFound::Unreadable
            | ReparseFound::NoAnswer
            | ReparseFound::Damaged
            | ReparseFound::Crashes => (None, None),
        };
        self.job_id.push(stored.work.job_id);
        self.round.push(stored.work.round);
        self.attempt.push(stored.work.attempt);
        self.finding.push(finding.found.as_str().to_owned());
        self.differences.push(finding.differences.join(" "));
        self.status_before.push(stored.status.clone());
        self.status_after
            .push(result.map(|result| result.status.as_str().to_owned()));
        self.outcome_before.push(stored.outcome.clone());
        self.rows_before.push(size(stored.row_count));
        self.rows_after.push(result.map(|result| size(result.rows.len())));
        self.ticket.push(ticket);
        self.result.push(vault, stored.work, result)
    }
}

fn size(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// What does not open is one result's trouble: it is said and told of, and the run goes on.
fn said<T>(job_id: Uuid, opened: Result<T, StoreError>) -> Option<T> {
    opened
        .inspect_err(|error| error!(job.id = %job_id, %error, "a result to be read again does not open"))
        .ok()
}
