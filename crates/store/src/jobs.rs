//! Jobs as operators see them: structure, never persons.

use serde::Serialize;
use sqlx::types::Uuid;
use time::OffsetDateTime;

use crate::{Store, StoreError};

/// One job.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobLine {
    /// Its id.
    pub job_id: Uuid,
    /// Whose it is.
    pub organisation: String,
    /// Which CBSS.
    pub environment: String,
    /// Which service.
    pub service: String,
    /// Where it stands.
    pub state: String,
    /// Why it waits.
    pub wait_reason: Option<String>,
    /// Why it failed.
    pub cause: Option<String>,
    /// Its round.
    pub round: i32,
    /// Its newest attempt.
    pub attempt: i32,
    /// When it was accepted.
    #[serde(with = "time::serde::rfc3339")]
    pub accepted_at: OffsetDateTime,
    /// When it is, or was, due.
    #[serde(with = "time::serde::rfc3339")]
    pub due_at: OffsetDateTime,
    /// When the round ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// When an operator had put it aside.
    #[serde(with = "time::serde::rfc3339::option")]
    pub discarded_at: Option<OffsetDateTime>,
}

/// One attempt.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptLine {
    /// Its number.
    pub number: i32,
    /// Its round.
    pub round: i32,
    /// `send` or `look`.
    pub kind: String,
    /// Our ticket.
    pub ticket: Uuid,
    /// The CBSS's ticket.
    pub cbss_ticket: Option<String>,
    /// What it meant.
    pub class: Option<String>,
    /// The HTTP status.
    pub http_status: Option<i16>,
    /// How long it took.
    pub duration_ms: Option<i32>,
    /// The size of the answer.
    pub answer_bytes: Option<i32>,
    /// The process that sent it.
    pub worker: String,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub began_at: OffsetDateTime,
    /// When the worker reported.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
}

impl Store {
    /// The newest jobs, filtered by organisation and state where given.
    pub async fn list_jobs(
        &self,
        organisation: Option<&str>,
        state: Option<&str>,
        limit: i64,
    ) -> Result<Vec<JobLine>, StoreError> {
        sqlx::query_as!(
            JobLine,
            r#"SELECT j.job_id, j.organisation, j.environment, j.service, s.state, s.wait_reason, s.cause, s.round,
                s.attempt, j.accepted_at, s.due_at, s.ended_at, s.discarded_at
               FROM relay.job AS j JOIN relay.job_state AS s USING (job_id)
               WHERE ($1::text IS NULL OR j.organisation = $1) AND ($2::text IS NULL OR s.state = $2)
               ORDER BY j.job_id DESC LIMIT $3"#,
            organisation,
            state,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("listing jobs", source))
    }

    /// One job and its attempts.
    pub async fn show_job(&self, job_id: Uuid) -> Result<Option<(JobLine, Vec<AttemptLine>)>, StoreError> {
        let job = sqlx::query_as!(
            JobLine,
            r#"SELECT j.job_id, j.organisation, j.environment, j.service, s.state, s.wait_reason, s.cause, s.round,
                s.attempt, j.accepted_at, s.due_at, s.ended_at, s.discarded_at
               FROM relay.job AS j JOIN relay.job_state AS s USING (job_id) WHERE j.job_id = $1"#,
            job_id,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(|source| StoreError::database("showing a job", source))?;
        let Some(job) = job else { return Ok(None) };
        let attempts = sqlx::query_as!(
            AttemptLine,
            r#"SELECT number, round, kind, ticket, cbss_ticket, class, http_status, duration_ms, answer_bytes, worker,
                began_at, finished_at
               FROM relay.attempt WHERE job_id = $1 ORDER BY number"#,
            job_id,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("showing a job's attempts", source))?;
        Ok(Some((job, attempts)))
    }
}
