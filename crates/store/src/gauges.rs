//! What operations look at.

use std::time::Duration;

use crate::attempts::seconds;
use crate::{Store, StoreError};

/// How many jobs of a lane stand somewhere. Ended jobs are counted by the services as they end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobsGauge {
    /// Whose jobs.
    pub organisation: String,
    /// Which service.
    pub service: String,
    /// Where they stand.
    pub state: String,
    /// How many.
    pub count: i64,
}

/// How long the oldest due job of a lane has waited.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneGauge {
    /// Whose jobs.
    pub organisation: String,
    /// Which service.
    pub service: String,
    /// Since its due time.
    pub age: Duration,
}

/// How many items are in quarantine for a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineGauge {
    /// The cause.
    pub cause: String,
    /// How many.
    pub count: i64,
}

impl Store {
    /// Open jobs by lane and state.
    pub async fn jobs_by_state(&self) -> Result<Vec<JobsGauge>, StoreError> {
        // State by state, so that each part can use the partial index of its state.
        sqlx::query_as!(
            JobsGauge,
            r#"SELECT organisation AS "organisation!", service AS "service!", state AS "state!", count(*) AS "count!"
               FROM (
                   SELECT organisation, service, state FROM relay.job_state WHERE state = 'accepted'
                   UNION ALL
                   SELECT organisation, service, state FROM relay.job_state
                   WHERE (state = 'released' OR look_step = 'released') AND state = 'released'
                   UNION ALL
                   SELECT organisation, service, state FROM relay.job_state
                   WHERE (state = 'sending' OR look_step = 'sending') AND state = 'sending'
                   UNION ALL
                   SELECT organisation, service, state FROM relay.job_state
                   WHERE (state = 'answered' OR look_step = 'answered') AND state = 'answered'
                   UNION ALL
                   SELECT organisation, service, state FROM relay.job_state WHERE look_step = 'waiting'
                   UNION ALL
                   SELECT organisation, service, state FROM relay.job_state
                   WHERE (state = 'released' OR look_step = 'released') AND look_step = 'released'
                   UNION ALL
                   SELECT organisation, service, state FROM relay.job_state
                   WHERE (state = 'sending' OR look_step = 'sending') AND look_step = 'sending'
                   UNION ALL
                   SELECT organisation, service, state FROM relay.job_state
                   WHERE (state = 'answered' OR look_step = 'answered') AND look_step = 'answered'
                   UNION ALL
                   SELECT organisation, service, state FROM relay.job_state
                   WHERE state IN ('uncertain', 'failed') AND discarded_at IS NULL AND state = 'uncertain'
               ) AS open
               GROUP BY organisation, service, state"#
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("counting jobs", source))
    }

    /// The oldest due job of each lane that has one.
    pub async fn oldest_due(&self) -> Result<Vec<LaneGauge>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT organisation, service, extract(epoch FROM now() - min(due_at))::float8 AS "age_s!"
               FROM relay.job_state WHERE state = 'accepted' AND waits_for IS NULL AND due_at <= now()
               GROUP BY organisation, service"#
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("looking for the oldest due job", source))?;
        Ok(rows
            .into_iter()
            .map(|row| LaneGauge {
                organisation: row.organisation,
                service: row.service,
                age: seconds(row.age_s),
            })
            .collect())
    }

    /// Items in quarantine, by cause.
    pub async fn quarantine_by_cause(&self) -> Result<Vec<QuarantineGauge>, StoreError> {
        sqlx::query_as!(
            QuarantineGauge,
            r#"SELECT cause, count(*) AS "count!" FROM relay.quarantine WHERE settled_at IS NULL GROUP BY cause"#
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("counting quarantined items", source))
    }
}
