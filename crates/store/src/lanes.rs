//! Quotas and circuits of lanes.

use relay_domain::CbssEnvironment;
use serde::Serialize;
use time::OffsetDateTime;

use crate::release::millis;
use crate::{Lane, Store, StoreError};

/// When a circuit opens, and how it closes again.
#[derive(Clone, Copy, Debug)]
pub struct CircuitPolicy {
    /// So many failed calls of a lane in a row open its circuit; four times as many that of the environment.
    pub failures: i32,
    /// How long it stays open at first; each opening in a row doubles it, up to sixteen times.
    pub open: std::time::Duration,
    /// It is closed when so many calls at once have succeeded.
    pub closed_at: i32,
}

/// What the calls of a lane came to.
#[derive(Clone, Debug)]
pub struct CallNotes {
    /// The lane.
    pub lane: Lane,
    /// Calls that the other side answered.
    pub succeeded: i32,
    /// Calls that failed for a reason that is not the request's.
    pub failed: i32,
    /// The class of the newest failure.
    pub class: &'static str,
    /// The lane's access is not set up right: nothing more is sent until an operator says so.
    pub pause: bool,
}

/// A circuit as it stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CircuitLine {
    /// Which CBSS.
    pub environment: String,
    /// Whose lane, or `*` for the environment's own circuit.
    pub organisation: String,
    /// Which service, or `*`.
    pub service: String,
    /// `closed`, `open`, `probing`, `resuming` or `paused`.
    pub state: String,
    /// Failures in a row.
    pub failures: i32,
    /// Calls at once while probing and resuming.
    pub allowance: i32,
    /// When an open circuit lets a call through.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// The class of the failure that opened or paused it.
    pub cause: Option<String>,
    /// Since when it stands like this.
    #[serde(with = "time::serde::rfc3339")]
    pub changed_at: OffsetDateTime,
}

/// A quota as it stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotaLine {
    /// Which CBSS.
    pub environment: String,
    /// Whose calls, or `*` for all together.
    pub organisation: String,
    /// Of which service, or `*`.
    pub service: String,
    /// Requests per second.
    pub rate: Option<f64>,
    /// Requests beyond the rate after a pause.
    pub burst: i32,
    /// Calls open at once.
    pub concurrent: Option<i32>,
    /// `settings` or `operator`.
    pub source: String,
    /// Part of it that is used at the moment: of the rate, grants of the next second; of the calls, those that are
    /// open. The higher of both.
    pub used: f64,
}

/// A limit from an organisation's settings.
#[derive(Clone, Debug)]
pub struct QuotaSetting {
    /// Which CBSS.
    pub environment: CbssEnvironment,
    /// Whose calls.
    pub organisation: String,
    /// Of which service, or `*`.
    pub service: String,
    /// Requests per second.
    pub rate: Option<f64>,
    /// Requests beyond the rate after a pause.
    pub burst: i32,
    /// Calls open at once.
    pub concurrent: Option<i32>,
}

impl Store {
    /// Tells the circuits of lanes what calls came to; returns those that changed their state by it.
    pub async fn note_calls(
        &self,
        notes: &[CallNotes],
        policy: CircuitPolicy,
    ) -> Result<Vec<CircuitLine>, StoreError> {
        let mut changed = Vec::new();
        for note in notes {
            let circuits = sqlx::query_as!(
                CircuitLine,
                r#"SELECT environment AS "environment!", organisation AS "organisation!", service AS "service!",
                    state AS "state!", failures AS "failures!", allowance AS "allowance!", until, cause,
                    changed_at AS "changed_at!"
                   FROM relay.note_calls($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"#,
                note.lane.environment.as_str(),
                note.lane.organisation,
                note.lane.service.as_str(),
                note.succeeded,
                note.failed,
                note.class,
                note.pause,
                policy.failures,
                millis(policy.open),
                policy.closed_at,
            )
            .fetch_all(&self.pool)
            .await
            .map_err(|source| StoreError::database("noting what calls came to", source))?;
            changed.extend(circuits);
        }
        Ok(changed)
    }

    /// Lets one call through circuits that have been open for long enough. Returns how many circuits.
    pub async fn probe_circuits(&self) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            // Locked in the order in which admissions lock them.
            r#"UPDATE relay.circuit AS c SET state = 'probing', allowance = 1, successes = 0, until = NULL,
                    changed_at = now()
               FROM (SELECT environment, organisation, service FROM relay.circuit
                     WHERE state = 'open' AND until <= now()
                     ORDER BY environment, organisation, service FOR UPDATE) AS due
               WHERE c.environment = due.environment AND c.organisation = due.organisation
                 AND c.service = due.service"#
        )
        .execute(&self.pool)
        .await
        .map_err(|source| StoreError::database("probing circuits", source))?;
        Ok(done.rows_affected())
    }

    /// The circuits that are not closed, or, with `all`, every one that has ever been open.
    pub async fn circuits(&self, all: bool) -> Result<Vec<CircuitLine>, StoreError> {
        sqlx::query_as!(
            CircuitLine,
            r#"SELECT environment, organisation, service, state, failures, allowance, until, cause, changed_at
               FROM relay.circuit WHERE $1 OR state <> 'closed' ORDER BY environment, organisation, service"#,
            all,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the circuits", source))
    }

    /// The quotas.
    pub async fn quotas(&self) -> Result<Vec<QuotaLine>, StoreError> {
        sqlx::query_as!(
            QuotaLine,
            r#"SELECT q.environment, q.organisation, q.service, q.rate, q.burst, q.concurrent, q.source,
                greatest(
                    coalesce(least(1, greatest(0, extract(epoch FROM q.full_at - clock_timestamp())
                        / greatest(1, (q.burst + 1) / q.rate))), 0),
                    coalesce((
                        SELECT count(*) FROM relay.job_state AS s
                        WHERE (s.state = 'sending' OR s.look_step = 'sending') AND s.environment = q.environment
                          AND q.organisation IN ('*', s.organisation) AND q.service IN ('*', s.service))
                        / q.concurrent::float8, 0))::float8 AS "used!"
               FROM relay.quota AS q
               ORDER BY q.environment, q.organisation, q.service"#
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the quotas", source))
    }

    /// Makes the limits of the settings those of the database, but for scopes where an operator has set others.
    /// Scopes that the settings no longer limit are no longer limited.
    pub async fn apply_quota_settings(&self, settings: &[QuotaSetting]) -> Result<(), StoreError> {
        let column = |value: fn(&QuotaSetting) -> String| settings.iter().map(value).collect::<Vec<_>>();
        let rates: Vec<Option<f64>> = settings.iter().map(|setting| setting.rate).collect();
        let bursts: Vec<i32> = settings.iter().map(|setting| setting.burst).collect();
        let concurrent: Vec<Option<i32>> = settings.iter().map(|setting| setting.concurrent).collect();
        sqlx::query!(
            r#"WITH input AS (
                SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::integer[], $6::integer[])
                    AS t (environment, organisation, service, rate, burst, concurrent)
            ), gone AS (
                DELETE FROM relay.quota AS q WHERE q.source = 'settings' AND NOT EXISTS (
                    SELECT FROM input AS i WHERE i.environment = q.environment AND i.organisation = q.organisation
                      AND i.service = q.service)
            )
            INSERT INTO relay.quota (environment, organisation, service, rate, burst, concurrent, full_at, source)
            SELECT environment, organisation, service, rate, burst, concurrent,
                clock_timestamp() + coalesce(burst * interval '1 s' / rate, interval '0'), 'settings'
            FROM input ORDER BY environment, organisation, service
            ON CONFLICT (environment, organisation, service) DO UPDATE
            SET rate = excluded.rate, burst = excluded.burst, concurrent = excluded.concurrent, changed_at = now(),
                full_at = greatest(quota.full_at, excluded.full_at)
            WHERE quota.source = 'settings'
              AND (quota.rate, quota.burst, quota.concurrent)
                  IS DISTINCT FROM (excluded.rate, excluded.burst, excluded.concurrent)"#,
            &column(|setting| setting.environment.as_str().to_owned()),
            &column(|setting| setting.organisation.clone()),
            &column(|setting| setting.service.clone()),
            &rates as &[Option<f64>],
            &bursts,
            &concurrent as &[Option<i32>],
        )
        .execute(&self.pool)
        .await
        .map_err(|source| StoreError::database("applying the quotas of the settings", source))?;
        Ok(())
    }
}
