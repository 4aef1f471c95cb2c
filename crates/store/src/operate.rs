//! Acts of operators: one call of a function of `cbss_api` each, which puts it on record with the login of this
//! connection. The reason that is given is sealed here.

mod dead;
mod events;
mod explain;
mod record;
mod repair;
mod reparse;

use relay_domain::CbssEnvironment;
use relay_vault::Context;
use sqlx::types::Uuid;
use time::OffsetDateTime;

use crate::{Store, StoreError};

pub use dead::{DeadFilter, DeadGroup, DeadItem, DeadMatch, QuarantineLine};
pub use events::{EventReplay, EventSelection, SaidEvent};
pub use explain::WaitsFor;
pub use record::{LaneLine, MaintenanceLine, OperationLine};
pub use repair::{Asked, Opened, OpenedItem, Repair, ReplayLine, ReplayMatch};
pub use reparse::{FindingLine, ReparseBegun, ReparseLine, ReparseSelection};

/// What an operator may do with one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobAct {
    /// An uncertain change was made: it ends well.
    Done,
    /// An uncertain change was not made: it is sent again, in a new round.
    NotDone,
    /// A job that ended badly is tried again, in a new round.
    Retry,
    /// A job that ended badly, or is uncertain, is put aside.
    Discard,
}

impl JobAct {
    fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotDone => "not_done",
            Self::Retry => "retry",
            Self::Discard => "discard",
        }
    }
}

/// What came of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acted {
    /// It is done and on record.
    Done,
    /// Nothing was done: the thing is not, or no longer, where the act has a place.
    Moved,
    /// There is no such thing.
    NotFound,
}

impl Acted {
    fn from_name(name: &str) -> Result<Self, StoreError> {
        match name {
            "done" => Ok(Self::Done),
            "moved" => Ok(Self::Moved),
            "not_found" => Ok(Self::NotFound),
            _ => Err(StoreError::Shape {
                place: "the answer of a function of cbss_api",
            }),
        }
    }
}

/// Where a limit or a pause holds: a lane, or several together (`*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Which CBSS.
    pub environment: CbssEnvironment,
    /// Whose calls, or `*`.
    pub organisation: String,
    /// Of which service, or `*`.
    pub service: String,
}

impl Scope {
    fn text(&self) -> String {
        format!(
            "{}/{}/{}",
            self.environment.as_str(),
            self.organisation,
            self.service
        )
    }
}

/// What a scope is limited to; one of `rate` and `concurrent` is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuotaLimit {
    /// Requests per second.
    pub rate: Option<f64>,
    /// Requests beyond the rate after a pause.
    pub burst: i32,
    /// Calls open at once.
    pub concurrent: Option<i32>,
}

/// What was done after a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The epoch from now on.
    pub epoch: i64,
    /// Changes that became uncertain.
    pub uncertain: i64,
    /// Questions that are released again.
    pub released: i64,
}

impl Store {
    /// The associated data of a reason name what the act was about, as the line of `relay.operation` tells it: the
    /// quarantined item or the job (16 bytes), else environment, organisation and service as far as the line has
    /// them with `/` between, else the action.
    pub(crate) fn sealed_reason(&self, row: &[u8], reason: &str) -> Vec<u8> {
        self.vault.seal(
            Context {
                place: "operation.reason",
                row,
            },
            reason.as_bytes(),
        )
    }

    /// Settles, retries or discards a job.
    pub async fn operate_job(&self, job_id: Uuid, act: JobAct, reason: &str) -> Result<Acted, StoreError> {
        let answer = sqlx::query_scalar!(
            r#"SELECT cbss_api.operate_job($1, $2, $3) AS "answer!""#,
            job_id,
            act.as_str(),
            &self.sealed_reason(job_id.as_bytes(), reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("operating on a job", source))?;
        Acted::from_name(&answer)
    }

    /// Marks a quarantined item as dealt with; the item stays.
    pub async fn discard_quarantined(&self, id: Uuid, reason: &str) -> Result<Acted, StoreError> {
        let answer = sqlx::query_scalar!(
            r#"SELECT cbss_api.settle_quarantine($1, 'discarded', $2) AS "answer!""#,
            id,
            &self.sealed_reason(id.as_bytes(), reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("settling a quarantined item", source))?;
        Acted::from_name(&answer)
    }

    /// Limits a scope instead of what it was limited to. Without a limit, takes its row away: it is not limited until
    /// a producer starts whose settings limit it.
    pub async fn set_quota(
        &self,
        scope: &Scope,
        limit: Option<QuotaLimit>,
        reason: &str,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            r#"SELECT cbss_api.set_quota($1, $2, $3, $4, $5, $6, $7)::text AS nothing"#,
            scope.environment.as_str(),
            scope.organisation,
            scope.service,
            limit.and_then(|limit| limit.rate),
            limit.map_or(0, |limit| limit.burst),
            limit.and_then(|limit| limit.concurrent),
            &self.sealed_reason(scope.text().as_bytes(), reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("setting a quota", source))?;
        Ok(())
    }

    /// Pauses a lane or an environment, or resumes it by steps. `false` where there was nothing to resume.
    pub async fn set_lane(&self, scope: &Scope, paused: bool, reason: &str) -> Result<bool, StoreError> {
        sqlx::query_scalar!(
            r#"SELECT cbss_api.set_lane($1, $2, $3, $4, $5) AS "known!""#,
            scope.environment.as_str(),
            scope.organisation,
            scope.service,
            paused,
            &self.sealed_reason(scope.text().as_bytes(), reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("pausing or resuming a lane", source))
    }

    /// Announces a window in which an environment is not called; gives its id.
    pub async fn add_maintenance(
        &self,
        environment: CbssEnvironment,
        from: OffsetDateTime,
        until: OffsetDateTime,
        reason: &str,
    ) -> Result<i64, StoreError> {
        sqlx::query_scalar!(
            r#"SELECT cbss_api.add_maintenance($1, $2, $3, $4) AS "id!""#,
            environment.as_str(),
            from,
            until,
            &self.sealed_reason(environment.as_str().as_bytes(), reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("announcing a maintenance window", source))
    }

    /// Ends a window now, or takes a coming one back.
    pub async fn end_maintenance(&self, id: i64, reason: &str) -> Result<Acted, StoreError> {
        let found = sqlx::query_scalar!(
            "SELECT environment FROM relay.maintenance WHERE maintenance_id = $1",
            id
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading a maintenance window", source))?;
        let Some(environment) = found else {
            return Ok(Acted::NotFound);
        };
        let ended = sqlx::query_scalar!(
            r#"SELECT cbss_api.end_maintenance($1, $2) AS "ended!""#,
            id,
            &self.sealed_reason(environment.as_bytes(), reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("ending a maintenance window", source))?;
        Ok(if ended { Acted::Done } else { Acted::Moved })
    }

    /// To be called once after the database was restored to an older state, before the services start.
    pub async fn restored(&self, reason: &str) -> Result<Restored, StoreError> {
        sqlx::query_as!(
            Restored,
            r#"SELECT epoch AS "epoch!", uncertain AS "uncertain!", released AS "released!"
               FROM cbss_api.restored($1)"#,
            &self.sealed_reason(b"restored", reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("raising the epoch", source))
    }
}
