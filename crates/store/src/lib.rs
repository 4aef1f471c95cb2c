//! The only crate with SQL: the record of the relay in PostgreSQL.
//!
//! # How data moves
//!
//! Each step of a job is one statement over many jobs (arrays in, rows out), so that a step costs one round
//! trip and one commit for a whole batch. Every statement that moves a job names the state, round and
//! attempt that it expects; rows that are elsewhere by now are left alone and reported as such, which is
//! how duplicates and latecomers end. What a step writes beside the job (attempt, answer, result, event)
//! is written in the same statement, or not at all.
//!
//! Personal data are sealed here, on the way in, and opened here, on the way out: no caller can forget it.
//!
//! # What can fail
//!
//! [`StoreError::is_transient`] tells a lost connection or a deadlock, after which the same call may be made
//! again (all of them are idempotent), from a mistake that will not go away.

mod answers;
mod attempts;
mod catalogue;
mod error;
mod events;
mod gauges;
mod intake;
mod jobs;
mod lanes;
mod operate;
mod outbox;
mod pack;
mod payload;
mod pulse;
mod quarantine;
mod reading;
mod release;
mod reparse;
mod replay;
mod rescue;
mod results;
mod telling;
mod withdraw;

use std::sync::Arc;
use std::time::Duration;

use relay_vault::Vault;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::pulse::Seen;

pub use answers::{AnsweredAttempt, LookSoFar};
pub use attempts::{AfterAttempt, BeginAttempt, Begun, FinishAttempt, StartedAttempt};
pub use catalogue::{CatalogueList, Loaded, Purpose, Sector};
pub use error::StoreError;
pub use events::{Destination, NewEvent};
pub use gauges::{JobsGauge, LaneGauge, QuarantineGauge};
pub use intake::{Intake, NewJob};
pub use jobs::{AttemptLine, JobLine};
pub use lanes::{CallNotes, CircuitLine, CircuitPolicy, QuotaLine, QuotaSetting};
pub use operate::{
    Acted, Asked, DeadFilter, DeadGroup, DeadItem, DeadMatch, EventReplay, EventSelection, FindingLine,
    JobAct, LaneLine, MaintenanceLine, Opened, OpenedItem, OperationLine, QuarantineLine, QuotaLimit, Repair,
    ReparseBegun, ReparseLine, ReparseSelection, ReplayLine, ReplayMatch, Restored, SaidEvent, Scope,
    WaitsFor,
};
pub use outbox::{OutboxLeadership, PendingEvent};
pub use payload::JobPayload;
pub use pulse::Pulse;
pub use quarantine::NewQuarantine;
pub use reading::{Looked, ReadResult, ResultRow};
pub use release::{Lane, ReleaseLimits, WorkRef};
pub use reparse::{ReparseFinding, ReparseFound, ReparseRun, StoredAnswer, StoredResult};
pub use replay::{ReplayOf, ReplayRefusal, ReplayRequest};
pub use rescue::{EndedLease, Settlement};
pub use results::{AfterAnswer, NewMessage, NewResult, NewRow, ProcessedAnswer};

pub use telling::{Untold, UntoldKind};
pub use withdraw::JobName;

/// The migrations, embedded; applied by `relayctl migrate` only.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// A pool of connections, and the vault that seals what goes through them.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    vault: Arc<Vault>,
    seen: Seen,
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct Connect<'a> {
    /// `postgres://user@host:port/database`.
    pub url: &'a str,
    /// How the server lists these connections (`pg_stat_activity.application_name`).
    pub application_name: &'a str,
    /// The most connections at once.
    pub max_connections: u32,
    /// How long a connection may take, queueing for one included.
    pub connect_timeout: Duration,
    /// How long a statement may take.
    pub statement_timeout: Duration,
}

impl Store {
    /// Prepares the pool. Connections are opened when needed, so a database that is away is no error here.
    pub fn connect(connect: &Connect<'_>, vault: Arc<Vault>) -> Result<Self, StoreError> {
        let options = connect
            .url
            .parse::<PgConnectOptions>()
            .map_err(|source| StoreError::database("reading the database URL", source))?
            .application_name(connect.application_name)
            .options([
                (
                    "statement_timeout",
                    format!("{}ms", connect.statement_timeout.as_millis()),
                ),
                // The statements are long, their tables small or found by key: planning them anew for each
                // batch would cost more than running them.
                ("plan_cache_mode", "force_generic_plan".to_owned()),
            ]);
        let seen = Seen::default();
        let watch = seen.clone();
        let pool = PgPoolOptions::new()
            .after_connect(move |connection, _| {
                let watch = watch.clone();
                Box::pin(async move { watch.admit(connection).await })
            })
            .max_connections(connect.max_connections)
            .acquire_timeout(connect.connect_timeout)
            .connect_lazy_with(options);
        Ok(Self { pool, vault, seen })
    }

    /// Is the database there?
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query_scalar!(r#"SELECT 1 AS "one!""#)
            .fetch_one(&self.pool)
            .await
            .map_err(|source| StoreError::database("reaching the database", source))?;
        Ok(())
    }

    /// Brings the schema up to date. Returns how many migrations it has now.
    pub async fn migrate(&self) -> Result<usize, StoreError> {
        // So that a database that is away is called that, and not a failed migration.
        self.ping().await?;
        MIGRATIONS.run(&self.pool).await.map_err(StoreError::Migrate)?;
        Ok(MIGRATIONS
            .iter()
            .filter(|migration| migration.migration_type.is_up_migration())
            .count())
    }

    /// What a service must know before it starts: is a commit durable on this server, and is the schema the
    /// one that this binary was built for?
    pub async fn check(&self) -> Result<(), StoreError> {
        let unsafe_settings = sqlx::query!(
            r#"SELECT name AS "name!", setting AS "setting!" FROM pg_settings
               WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = 'off'
               ORDER BY name"#
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the server's settings", source))?;
        if let Some(bad) = unsafe_settings.first() {
            return Err(StoreError::NotDurable {
                name: bad.name.clone(),
                setting: bad.setting.clone(),
            });
        }
        let wanted: Vec<i64> = MIGRATIONS
            .iter()
            .filter(|migration| migration.migration_type.is_up_migration())
            .map(|migration| migration.version)
            .collect();
        // Not query!: the table belongs to the migrator and is not there while queries are prepared.
        let found: Vec<i64> =
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
                .fetch_all(&self.pool)
                .await
                .or_else(
                    |source| match source.as_database_error().and_then(|error| error.code()) {
                        Some(code) if code == "42P01" => Ok(Vec::new()),
                        _ => Err(StoreError::database("reading the schema's version", source)),
                    },
                )?;
        if found == wanted {
            return Ok(());
        }
        let newest = |versions: &[i64]| versions.last().copied().unwrap_or_default();
        Err(StoreError::SchemaVersion {
            wanted: newest(&wanted),
            found: if newest(&found) > newest(&wanted) {
                newest(&found)
            } else {
                // Up to the first gap: a migration may be older than one that was applied before it.
                let complete = wanted
                    .iter()
                    .zip(&found)
                    .take_while(|(wanted, found)| wanted == found);
                complete.last().map_or(0, |(version, _)| *version)
            },
        })
    }

    /// How far this clock is ahead of the server's, in seconds. `now` is read by the caller just before.
    pub async fn clock_lead_s(&self, now: time::OffsetDateTime) -> Result<f64, StoreError> {
        sqlx::query_scalar!(
            r#"SELECT extract(epoch FROM $1::timestamptz - clock_timestamp())::float8 AS "lead_s!""#,
            now,
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the server's clock", source))
    }

    /// The vault that seals for this store.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
