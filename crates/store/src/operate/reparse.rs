//! Asking for stored answers to be read again, and what came of it.

use serde::Serialize;
use sqlx::types::Uuid;
use time::OffsetDateTime;

use crate::operate::Acted;
use crate::{Store, StoreError};

/// Which results. What is not given does not limit.
#[derive(Clone, Debug, Default)]
pub struct ReparseSelection {
    /// Of this organisation.
    pub organisation: Option<String>,
    /// Of this service.
    pub service: Option<String>,
    /// Of this job.
    pub job_id: Option<Uuid>,
    /// Of answers that were processed from then on.
    pub since: Option<OffsetDateTime>,
    /// And before this; without it, before the run was asked for.
    pub until: Option<OffsetDateTime>,
}

/// A run that was asked for, now or before.
#[derive(Clone, Copy, Debug)]
pub struct ReparseBegun {
    /// Its number.
    pub number: i64,
    /// How many results it is about.
    pub results: i64,
    /// How many have been read again.
    pub looked: i64,
}

/// A run as it stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReparseLine {
    /// Its number.
    pub number: i64,
    /// Of this organisation only.
    pub organisation: Option<String>,
    /// Of this service only.
    pub service: Option<String>,
    /// Of this job only.
    pub job_id: Option<Uuid>,
    /// Of answers that were processed from then on.
    #[serde(with = "time::serde::rfc3339::option")]
    pub since: Option<OffsetDateTime>,
    /// And before this.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// Only says what would change.
    pub dry_run: bool,
    /// The login of the database server that asked.
    pub login: String,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
    /// How many results it is about.
    pub results: i64,
    /// How many have been read again.
    pub looked: i64,
    /// When it had ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
    /// `done` or `stopped`; empty: it goes on.
    pub outcome: Option<String>,
}

/// What reading an answer again found that its result did not say.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingLine {
    /// Whose result.
    pub job_id: Uuid,
    /// Of which round.
    pub round: i32,
    /// Whose job.
    pub organisation: String,
    /// The service's name.
    pub service: String,
    /// `changed`, `status`, `unreadable`, `no_answer`, `damaged` or `crashes`.
    pub finding: String,
    /// In what.
    pub differences: Vec<String>,
    /// How the job ended.
    pub status_before: String,
    /// How it would end now.
    pub status_after: Option<String>,
    /// The outcome that was stored.
    pub outcome_before: String,
    /// The outcome of now.
    pub outcome_after: Option<String>,
    /// How many rows were stored.
    pub rows_before: i32,
    /// How many there are now.
    pub rows_after: Option<i32>,
    /// The result has been replaced.
    pub applied: bool,
}

impl Store {
    /// Asks for stored answers to be read again, or finds the run that was asked for the same and is not finished.
    pub async fn begin_reparse(
        &self,
        selection: &ReparseSelection,
        dry_run: bool,
        reason: &str,
    ) -> Result<ReparseBegun, StoreError> {
        let scope = [selection.organisation.as_deref(), selection.service.as_deref()];
        let scope: Vec<&str> = scope.into_iter().flatten().collect();
        let row = match &selection.job_id {
            Some(job_id) => job_id.as_bytes().to_vec(),
            None if scope.is_empty() => b"reparse".to_vec(),
            None => scope.join("/").into_bytes(),
        };
        sqlx::query_as!(
            ReparseBegun,
            r#"SELECT reparse_id AS "number!", results AS "results!", looked AS "looked!"
               FROM cbss_api.begin_reparse($1, $2, $3, $4, $5, $6, $7)"#,
            selection.organisation,
            selection.service,
            selection.job_id,
            selection.since,
            selection.until,
            dry_run,
            &self.sealed_reason(&row, reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("asking for answers to be read again", source))
    }

    /// Ends a run where it is.
    pub async fn stop_reparse(&self, number: i64, reason: &str) -> Result<Acted, StoreError> {
        let answer = sqlx::query_scalar!(
            r#"SELECT cbss_api.stop_reparse($1, $2) AS "answer!""#,
            number,
            &self.sealed_reason(b"reparse_stop", reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("stopping a run", source))?;
        Acted::from_name(&answer)
    }

    /// A run, or the newest ones.
    pub async fn reparses(&self, number: Option<i64>) -> Result<Vec<ReparseLine>, StoreError> {
        sqlx::query_as!(
            ReparseLine,
            r#"SELECT reparse_id AS number, organisation, service, job_id, since, until, dry_run, login, requested_at,
                results, looked, finished_at, outcome
               FROM relay.reparse WHERE $1::bigint IS NULL OR reparse_id = $1
               ORDER BY reparse_id DESC LIMIT 100"#,
            number,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("listing runs", source))
    }

    /// What a run found, in the order of the jobs.
    pub async fn reparse_findings(&self, number: i64) -> Result<Vec<FindingLine>, StoreError> {
        sqlx::query_as!(
            FindingLine,
            r#"SELECT f.job_id, f.round, j.organisation, j.service, f.finding, f.differences, f.status_before,
                f.status_after, f.outcome_before, f.outcome_after, f.rows_before, f.rows_after, f.applied
               FROM relay.reparse_finding AS f JOIN relay.job AS j ON j.job_id = f.job_id
               WHERE f.reparse_id = $1 ORDER BY f.job_id, f.round"#,
            number,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("listing what a run found", source))
    }
}
