//! Dead letters: what ended badly or came to nothing, and waits for a person.

use relay_domain::JobState;
use serde::Serialize;
use sqlx::types::Uuid;
use time::OffsetDateTime;

use crate::{Store, StoreError};

/// Which dead letters; what is not given is not asked.
#[derive(Clone, Debug, Default)]
pub struct DeadFilter {
    /// Of this organisation.
    pub organisation: Option<String>,
    /// Of this service.
    pub service: Option<String>,
    /// With this cause.
    pub cause: Option<String>,
}

/// Dead letters of a kind.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadGroup {
    /// `failed`, `uncertain` or `quarantined`.
    pub kind: String,
    /// Whose, where that is known.
    pub organisation: Option<String>,
    /// Which service, where that is known.
    pub service: Option<String>,
    /// Why.
    pub cause: Option<String>,
    /// How many.
    pub count: i64,
    /// When the oldest came.
    #[serde(with = "time::serde::rfc3339")]
    pub oldest: OffsetDateTime,
    /// When the newest came.
    #[serde(with = "time::serde::rfc3339")]
    pub newest: OffsetDateTime,
}

/// One dead letter.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadItem {
    /// `failed`, `uncertain` or `quarantined`.
    pub kind: String,
    /// The job's id, or the quarantined item's.
    pub id: Uuid,
    /// Whose, where that is known.
    pub organisation: Option<String>,
    /// Which service, where that is known.
    pub service: Option<String>,
    /// Why.
    pub cause: Option<String>,
    /// When it came.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A job that an act in bulk would be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadMatch {
    /// Its id.
    pub job_id: Uuid,
    /// Why it ended.
    pub cause: Option<String>,
}

/// An item in quarantine: what it is, never what it says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuarantineLine {
    /// Its id.
    pub quarantine_id: Uuid,
    /// Why it is there.
    pub cause: String,
    /// Where it came from.
    pub source: String,
    /// Where decoding stopped.
    pub byte_position: Option<i64>,
    /// Whose it is, where that is certain.
    pub organisation: Option<String>,
    /// Of an answer: the job.
    pub job_id: Option<Uuid>,
    /// Of an answer: the attempt.
    pub attempt: Option<i32>,
    /// Its size.
    pub message_bytes: i64,
    /// How often it came.
    pub seen: i32,
    /// When it came first.
    #[serde(with = "time::serde::rfc3339")]
    pub first_seen_at: OffsetDateTime,
    /// When it came last.
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen_at: OffsetDateTime,
    /// When an operator had dealt with it.
    #[serde(with = "time::serde::rfc3339::option")]
    pub settled_at: Option<OffsetDateTime>,
    /// `discarded`, `replayed` or `repaired`.
    pub settled_as: Option<String>,
    /// The login of the database server that discarded it, or asked for its replay.
    pub settled_by: Option<String>,
}

impl Store {
    /// Dead letters, counted; those first of which the oldest has waited for longest.
    pub async fn dead_groups(&self, filter: &DeadFilter) -> Result<Vec<DeadGroup>, StoreError> {
        sqlx::query_as!(
            DeadGroup,
            r#"SELECT kind AS "kind!", organisation, service, cause, count(*) AS "count!", min(at) AS "oldest!",
                max(at) AS "newest!"
               FROM (
                SELECT s.state AS kind, s.organisation, s.service, s.cause, j.accepted_at AS at
                FROM relay.job_state AS s JOIN relay.job AS j USING (job_id)
                WHERE s.state IN ('uncertain', 'failed') AND s.discarded_at IS NULL
                UNION ALL
                SELECT 'quarantined', q.organisation, NULL, q.cause, q.first_seen_at
                FROM relay.quarantine AS q WHERE q.settled_at IS NULL
               ) AS dead
               WHERE ($1::text IS NULL OR organisation = $1) AND ($2::text IS NULL OR service = $2)
                 AND ($3::text IS NULL OR cause = $3)
               GROUP BY kind, organisation, service, cause
               ORDER BY min(at), kind, organisation, service, cause"#,
            filter.organisation,
            filter.service,
            filter.cause,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("counting dead letters", source))
    }

    /// Dead letters one by one, the oldest first.
    pub async fn dead_items(&self, filter: &DeadFilter, limit: i64) -> Result<Vec<DeadItem>, StoreError> {
        sqlx::query_as!(
            DeadItem,
            r#"SELECT kind AS "kind!", id AS "id!", organisation, service, cause, at AS "at!"
               FROM (
                SELECT s.state AS kind, s.job_id AS id, s.organisation, s.service, s.cause, j.accepted_at AS at
                FROM relay.job_state AS s JOIN relay.job AS j USING (job_id)
                WHERE s.state IN ('uncertain', 'failed') AND s.discarded_at IS NULL
                UNION ALL
                SELECT 'quarantined', q.quarantine_id, q.organisation, NULL, q.cause, q.first_seen_at
                FROM relay.quarantine AS q WHERE q.settled_at IS NULL
               ) AS dead
               WHERE ($1::text IS NULL OR organisation = $1) AND ($2::text IS NULL OR service = $2)
                 AND ($3::text IS NULL OR cause = $3)
               ORDER BY at, id LIMIT $4"#,
            filter.organisation,
            filter.service,
            filter.cause,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("listing dead letters", source))
    }

    /// The jobs in a state that an act in bulk would be about, in the order in which they came.
    pub async fn dead_jobs(
        &self,
        state: JobState,
        filter: &DeadFilter,
    ) -> Result<Vec<DeadMatch>, StoreError> {
        sqlx::query_as!(
            DeadMatch,
            r#"SELECT s.job_id, s.cause
               FROM relay.job_state AS s JOIN relay.job AS j USING (job_id)
               WHERE s.state = $4 AND s.discarded_at IS NULL
                 AND ($1::text IS NULL OR s.organisation = $1) AND ($2::text IS NULL OR s.service = $2)
                 AND ($3::text IS NULL OR s.cause = $3)
               ORDER BY j.accepted_at, s.job_id"#,
            filter.organisation,
            filter.service,
            filter.cause,
            state.as_str(),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("looking for dead letters", source))
    }

    /// Items in quarantine, the newest first; with `all`, those that were dealt with as well.
    pub async fn quarantined(
        &self,
        organisation: Option<&str>,
        cause: Option<&str>,
        all: bool,
        limit: i64,
    ) -> Result<Vec<QuarantineLine>, StoreError> {
        sqlx::query_as!(
            QuarantineLine,
            r#"SELECT quarantine_id, cause, source, byte_position, organisation, job_id, attempt, message_bytes, seen,
                first_seen_at, last_seen_at, settled_at, settled_as, settled_by
               FROM relay.quarantine
               WHERE ($3 OR settled_at IS NULL) AND ($1::text IS NULL OR organisation = $1)
                 AND ($2::text IS NULL OR cause = $2)
               ORDER BY last_seen_at DESC, quarantine_id LIMIT $4"#,
            organisation,
            cause,
            all,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("listing the quarantine", source))
    }

    /// One item in quarantine.
    pub async fn show_quarantined(&self, id: Uuid) -> Result<Option<QuarantineLine>, StoreError> {
        sqlx::query_as!(
            QuarantineLine,
            r#"SELECT quarantine_id, cause, source, byte_position, organisation, job_id, attempt, message_bytes, seen,
                first_seen_at, last_seen_at, settled_at, settled_as, settled_by
               FROM relay.quarantine WHERE quarantine_id = $1"#,
            id,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(|source| StoreError::database("showing a quarantined item", source))
    }
}
