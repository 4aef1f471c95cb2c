//! What operators look at beside jobs: the record of acts, maintenance, lanes.

use serde::Serialize;
use sqlx::types::Uuid;
use time::OffsetDateTime;

use crate::{Store, StoreError};

/// An act on record; its reason is sealed and stays in the database.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationLine {
    /// Its number.
    pub operation_id: i64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The login of the database server that acted.
    pub login: String,
    /// Of a cancellation: the broker's user that sent it.
    pub upstream_user: Option<String>,
    /// What was done.
    pub action: String,
    /// With which job.
    pub job_id: Option<Uuid>,
    /// With which quarantined item.
    pub quarantine_id: Option<Uuid>,
    /// In which environment.
    pub environment: Option<String>,
    /// To whose jobs, or `*`.
    pub organisation: Option<String>,
    /// Of which service, or `*`.
    pub service: Option<String>,
    /// What was set, in words and numbers.
    pub detail: Option<String>,
}

/// A window in which an environment is not called.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MaintenanceLine {
    /// Its id.
    pub maintenance_id: i64,
    /// Which CBSS.
    pub environment: String,
    /// From when on.
    #[serde(with = "time::serde::rfc3339")]
    pub starts_at: OffsetDateTime,
    /// Until when.
    #[serde(with = "time::serde::rfc3339")]
    pub ends_at: OffsetDateTime,
    /// Is it now?
    pub current: bool,
}

/// The open jobs of a lane.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LaneLine {
    /// Which CBSS.
    pub environment: String,
    /// Whose jobs.
    pub organisation: String,
    /// Which service.
    pub service: String,
    /// Waiting.
    pub accepted: i64,
    /// On their way to a worker.
    pub released: i64,
    /// Being sent.
    pub sending: i64,
    /// With an answer that is not processed yet.
    pub answered: i64,
    /// Changes that are being looked up.
    pub reconciling: i64,
    /// Changes about which a person must decide.
    pub uncertain: i64,
    /// The due time of the accepted job that has been due for longest.
    #[serde(with = "time::serde::rfc3339::option")]
    pub oldest_due: Option<OffsetDateTime>,
}

impl Store {
    /// The newest acts.
    pub async fn operations(&self, limit: i64) -> Result<Vec<OperationLine>, StoreError> {
        sqlx::query_as!(
            OperationLine,
            r#"SELECT operation_id, at, login, upstream_user, action, job_id, quarantine_id, environment, organisation,
                service, detail
               FROM relay.operation ORDER BY operation_id DESC LIMIT $1"#,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the record of operations", source))
    }

    /// The acts on one job or one quarantined item, in their order.
    pub async fn operations_on(&self, id: Uuid) -> Result<Vec<OperationLine>, StoreError> {
        sqlx::query_as!(
            OperationLine,
            r#"SELECT operation_id, at, login, upstream_user, action, job_id, quarantine_id, environment, organisation,
                service, detail
               FROM relay.operation WHERE job_id = $1 OR quarantine_id = $1 ORDER BY operation_id"#,
            id,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the operations on an item", source))
    }

    /// Windows that are not over.
    pub async fn maintenance(&self) -> Result<Vec<MaintenanceLine>, StoreError> {
        // A coming window that was taken back is one of a millisecond.
        sqlx::query_as!(
            MaintenanceLine,
            r#"SELECT maintenance_id, environment, starts_at, ends_at, starts_at <= clock_timestamp() AS "current!"
               FROM relay.maintenance
               WHERE ends_at > clock_timestamp() AND ends_at > starts_at + interval '1 ms'
               ORDER BY starts_at, maintenance_id"#
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the maintenance windows", source))
    }

    /// The lanes that have open jobs.
    pub async fn lanes(&self) -> Result<Vec<LaneLine>, StoreError> {
        sqlx::query_as!(
            LaneLine,
            r#"SELECT environment, organisation, service,
                count(*) FILTER (WHERE state = 'accepted') AS "accepted!",
                count(*) FILTER (WHERE state = 'released') AS "released!",
                count(*) FILTER (WHERE state = 'sending') AS "sending!",
                count(*) FILTER (WHERE state = 'answered') AS "answered!",
                count(*) FILTER (WHERE state = 'reconciling') AS "reconciling!",
                count(*) FILTER (WHERE state = 'uncertain') AS "uncertain!",
                min(due_at) FILTER (WHERE state = 'accepted' AND due_at <= now()) AS oldest_due
               FROM relay.job_state WHERE ended_at IS NULL
               GROUP BY environment, organisation, service
               ORDER BY environment, organisation, service"#
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("counting open jobs", source))
    }
}
