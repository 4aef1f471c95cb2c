//! Why a job is not further than it is.

mod words;

use relay_domain::JobState;
use serde::Serialize;
use sqlx::types::Uuid;
use time::OffsetDateTime;

use crate::{CircuitLine, Store, StoreError};

/// Ahead of a job, counted no further.
const COUNTED_AHEAD: i64 = 1000;

/// One reason why a job waits.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitsFor {
    /// In a word.
    pub reason: &'static str,
    /// In a sentence.
    pub detail: String,
    /// Until when, where that is known.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
}

/// Where the job stands.
struct Standing {
    job_id: Uuid,
    environment: String,
    organisation: String,
    service: String,
    state: String,
    wait_reason: Option<String>,
    due_at: OffsetDateTime,
    deadline: Option<OffsetDateTime>,
    lease_until: Option<OffsetDateTime>,
    priority: i16,
    attempt: i32,
    class: Option<String>,
    look_step: Option<String>,
    looks: i32,
    looks_agreed: i32,
    look_finding: Option<String>,
    prerequisite: Option<Uuid>,
    prerequisite_state: Option<String>,
    behind: Option<Uuid>,
    behind_state: Option<String>,
    now: OffsetDateTime,
}

/// A quota of which the job's lane is a part.
struct Room {
    organisation: String,
    service: String,
    rate: Option<f64>,
    concurrent: Option<i32>,
    /// Calls that are open in its scope.
    sending: i64,
    /// When its rate lets the next one go; empty: now.
    free_at: Option<OffsetDateTime>,
}

/// What holds the job's lane.
#[derive(Default)]
struct Limits {
    /// Circuits that are not closed.
    circuits: Vec<CircuitLine>,
    /// The end of the maintenance that is under way.
    maintenance: Option<OffsetDateTime>,
    quotas: Vec<Room>,
    /// Due jobs of the lane that come first, counted up to [`COUNTED_AHEAD`].
    ahead: i64,
}

impl Store {
    /// Why a job is not further than it is: nothing for one that has ended or is not there.
    pub async fn explain(&self, job_id: Uuid) -> Result<Vec<WaitsFor>, StoreError> {
        let Some(standing) = self.standing(job_id).await? else {
            return Ok(Vec::new());
        };
        let state = JobState::from_name(&standing.state).ok_or(StoreError::Shape {
            place: "job_state.state",
        })?;
        if state.is_terminal() {
            return Ok(Vec::new());
        }
        let limits = self.limits_of(&standing).await?;
        Ok(words::reasons(state, &standing, &limits))
    }

    async fn standing(&self, job_id: Uuid) -> Result<Option<Standing>, StoreError> {
        sqlx::query_as!(
            Standing,
            r#"SELECT s.job_id, s.environment, s.organisation, s.service, s.state, s.wait_reason, s.due_at, s.deadline,
                s.lease_until, s.priority, s.attempt, a.class AS "class?", s.look_step, s.looks, s.looks_agreed,
                s.look_finding, s.waits_for AS prerequisite, p.state AS "prerequisite_state?",
                o.job_id AS "behind?", o.state AS "behind_state?", clock_timestamp() AS "now!"
               FROM relay.job_state AS s
               LEFT JOIN relay.attempt AS a ON a.job_id = s.job_id AND a.number = s.attempt
               LEFT JOIN relay.job_state AS p ON p.job_id = s.waits_for
               LEFT JOIN LATERAL (
                SELECT c.job_id, c.state FROM relay.job_state AS c
                WHERE s.state = 'accepted' AND c.order_hash = s.order_hash AND c.ended_at IS NULL
                  AND c.job_id <> s.job_id AND (c.order_number < s.order_number OR c.state <> 'accepted')
                ORDER BY c.state = 'accepted', c.order_number LIMIT 1
               ) AS o ON true
               WHERE s.job_id = $1"#,
            job_id,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(|source| StoreError::database("looking where a job stands", source))
    }

    async fn limits_of(&self, standing: &Standing) -> Result<Limits, StoreError> {
        let mut circuits = self.circuits(false).await?;
        circuits.retain(|circuit| {
            circuit.environment == standing.environment
                && (circuit.organisation == "*" || circuit.organisation == standing.organisation)
                && (circuit.service == "*" || circuit.service == standing.service)
        });
        let maintenance = sqlx::query_scalar!(
            r#"SELECT max(ends_at) FROM relay.maintenance
               WHERE environment = $1 AND starts_at <= clock_timestamp() AND ends_at > clock_timestamp()"#,
            standing.environment,
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the maintenance windows", source))?;
        Ok(Limits {
            circuits,
            maintenance,
            quotas: self.room(standing).await?,
            ahead: self.ahead(standing).await?,
        })
    }

    async fn room(&self, standing: &Standing) -> Result<Vec<Room>, StoreError> {
        // As relay.admit() reckons: full_at less the burst is when the next call may go.
        sqlx::query_as!(
            Room,
            r#"SELECT q.organisation, q.service, q.rate, q.concurrent,
                (SELECT count(*) FROM relay.job_state AS s
                 WHERE (s.state = 'sending' OR s.look_step = 'sending') AND s.environment = q.environment
                   AND q.organisation IN ('*', s.organisation) AND q.service IN ('*', s.service)) AS "sending!",
                CASE WHEN q.full_at - q.burst * interval '1 s' / q.rate > clock_timestamp()
                    THEN q.full_at - q.burst * interval '1 s' / q.rate END AS free_at
               FROM relay.quota AS q
               WHERE q.environment = $1 AND q.organisation IN ('*', $2) AND q.service IN ('*', $3)
               ORDER BY q.organisation, q.service"#,
            standing.environment,
            standing.organisation,
            standing.service,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the quotas of a lane", source))
    }

    async fn ahead(&self, standing: &Standing) -> Result<i64, StoreError> {
        sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM (
                SELECT FROM relay.job_state AS s
                WHERE s.state = 'accepted' AND s.waits_for IS NULL AND s.environment = $1 AND s.organisation = $2
                  AND s.service = $3 AND s.due_at <= now() AND s.job_id <> $4
                  AND (s.priority < $5 OR (s.priority = $5 AND s.due_at < $6))
                LIMIT $7) AS ahead"#,
            standing.environment,
            standing.organisation,
            standing.service,
            standing.job_id,
            standing.priority,
            standing.due_at,
            COUNTED_AHEAD,
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("counting the jobs that come first", source))
    }
}
