//! Answers that are stored and wait to be processed.

use std::time::Duration;

use relay_domain::Language;
use relay_domain::reconcile::Finding;
use relay_domain::retry::Spent;
use sqlx::types::Uuid;
use zeroize::Zeroizing;

use crate::attempts::{answer_context, answer_row, count, from_millis, seconds};
use crate::release::millis;
use crate::{JobPayload, Store, StoreError, WorkRef};

/// An answer that is stored and waits to be processed.
#[derive(Clone, Debug)]
pub struct AnsweredAttempt {
    /// Job, round and number.
    pub work: WorkRef,
    /// Our ticket.
    pub ticket: Uuid,
    /// Whose job.
    pub organisation: String,
    /// The service's name.
    pub service: String,
    /// The language of the text that a person reads.
    pub language: Language,
    /// The sealed part of the job, opened.
    pub payload: JobPayload,
    /// The HTTP status.
    pub http_status: u16,
    /// The wait that `Retry-After` asked for.
    pub retry_after: Option<Duration>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The body, as it came.
    pub body: Zeroizing<Vec<u8>>,
    /// What the round has used up, this attempt included.
    pub spent: Spent,
    /// How long the call took.
    pub duration: Duration,
    /// Set where it answers a look at a change of unknown outcome.
    pub look: Option<LookSoFar>,
    /// The sequence of the job's newest event.
    pub sequence: i32,
    /// How long ago the worker reported.
    pub waited: Duration,
}

/// What earlier looks at a change found.
#[derive(Clone, Copy, Debug)]
pub struct LookSoFar {
    /// What the newest ones found.
    pub finding: Option<Finding>,
    /// How many of them found that, one after the other.
    pub agreed: u32,
}

impl Store {
    /// Answers that wait to be processed, of these attempts. Attempts that are processed or overtaken are
    /// left out.
    pub async fn load_answers(&self, attempts: &[(Uuid, i32)]) -> Result<Vec<AnsweredAttempt>, StoreError> {
        self.answers(attempts, false).await
    }

    /// The answer of an attempt whose job failed because it could not be read, as long as nothing else has become of
    /// the job since. (Of a change, such an answer leaves the outcome unknown: it never fails for that.)
    pub async fn load_unreadable(&self, attempt: (Uuid, i32)) -> Result<Option<AnsweredAttempt>, StoreError> {
        Ok(self.answers(&[attempt], true).await?.pop())
    }

    async fn answers(
        &self,
        attempts: &[(Uuid, i32)],
        unreadable: bool,
    ) -> Result<Vec<AnsweredAttempt>, StoreError> {
        let jobs: Vec<Uuid> = attempts.iter().map(|attempt| attempt.0).collect();
        let numbers: Vec<i32> = attempts.iter().map(|attempt| attempt.1).collect();
        let rows = sqlx::query!(
            r#"SELECT j.job_id, j.organisation, j.service, j.language, j.payload, s.round, a.number,
                s.attempts_counted, s.unknown_outcomes, s.server_faults, s.spent_ms, s.look_step, s.looks,
                s.looks_agreed, s.look_finding, s.event_sequence, a.ticket, a.http_status, a.retry_after_ms,
                a.duration_ms, w.content_type, w.body,
                extract(epoch FROM now() - a.finished_at)::float8 AS "waited_s"
               FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::integer[]) AS t (job_id, number)) AS i
               JOIN relay.job_state AS s ON s.job_id = i.job_id AND CASE WHEN $3
                    THEN s.sent_attempt = i.number AND s.state = 'failed' AND s.cause = 'unreadable'
                        AND s.order_hash IS NULL
                    ELSE coalesce(s.answer_attempt, s.attempt) = i.number
                        AND coalesce(s.look_step, s.state) = 'answered' END
               JOIN relay.job AS j ON j.job_id = i.job_id
               JOIN relay.attempt AS a ON a.job_id = i.job_id AND a.number = i.number
               JOIN relay.answer AS w ON w.job_id = i.job_id AND w.number = i.number"#,
            &jobs,
            &numbers,
            unreadable,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("loading answers", source))?;
        rows.into_iter()
            .map(|row| {
                let key = answer_row(row.job_id, row.number);
                let language = Language::from_code(&row.language).ok_or(StoreError::Shape {
                    place: "job.language",
                })?;
                Ok(AnsweredAttempt {
                    work: WorkRef {
                        job_id: row.job_id,
                        round: row.round,
                        attempt: row.number,
                    },
                    ticket: row.ticket,
                    organisation: row.organisation,
                    service: row.service,
                    language,
                    payload: JobPayload::open(&self.vault, row.job_id, &row.payload)?,
                    http_status: row
                        .http_status
                        .and_then(|status| u16::try_from(status).ok())
                        .unwrap_or_default(),
                    retry_after: row
                        .retry_after_ms
                        .and_then(|ms| u64::try_from(ms).ok())
                        .map(Duration::from_millis),
                    content_type: row.content_type,
                    body: self.vault.open(answer_context(&key), &row.body)?,
                    spent: Spent {
                        attempts: count(row.attempts_counted),
                        unknown_outcomes: count(row.unknown_outcomes),
                        server_faults: count(row.server_faults),
                        elapsed: from_millis(row.spent_ms),
                        looks: count(row.looks),
                    },
                    duration: from_millis(row.duration_ms.unwrap_or_default().into()),
                    look: row.look_step.is_some().then(|| LookSoFar {
                        finding: row.look_finding.as_deref().and_then(Finding::from_name),
                        agreed: count(row.looks_agreed),
                    }),
                    sequence: row.event_sequence,
                    waited: seconds(row.waited_s.unwrap_or_default()),
                })
            })
            .collect()
    }

    /// Attempts whose answers have waited longer than `older_than`: their notices were lost.
    pub async fn unprocessed(
        &self,
        older_than: Duration,
        limit: i64,
    ) -> Result<Vec<(Uuid, i32)>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT s.job_id, a.number
               FROM relay.job_state AS s
               JOIN relay.attempt AS a ON a.job_id = s.job_id AND a.number = coalesce(s.answer_attempt, s.attempt)
               WHERE (s.state = 'answered' OR s.look_step = 'answered') AND a.finished_at < now() - $1::bigint * interval '1 ms'
               ORDER BY s.job_id LIMIT $2"#,
            millis(older_than),
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("looking for unprocessed answers", source))?;
        Ok(rows.into_iter().map(|row| (row.job_id, row.number)).collect())
    }
}
