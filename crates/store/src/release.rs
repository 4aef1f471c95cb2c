//! Due jobs are let go.

use std::time::Duration;

use relay_domain::{CbssEnvironment, Service};
use sqlx::types::Uuid;

use crate::{Store, StoreError};

/// Where quotas, circuits and fairness live: one organisation's use of one service in one environment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lane {
    /// Which CBSS.
    pub environment: CbssEnvironment,
    /// Whose jobs.
    pub organisation: String,
    /// Which service.
    pub service: Service,
}

/// A work item: the id of a job and the attempt that it entitles to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkRef {
    /// The job.
    pub job_id: Uuid,
    /// Its round.
    pub round: i32,
    /// The number that the attempt will have.
    pub attempt: i32,
}

/// How far a release may go.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseLimits {
    /// Jobs of one lane on their way to workers at once.
    pub per_lane: i32,
    /// Where a quota limits the calls: no more than it allows in this time.
    pub window: Duration,
    /// A released job that no worker begins within this goes back ([`Store::take_back_released`]).
    pub lease: Duration,
}

impl Store {
    /// Releases due jobs of these lanes, as far as their quotas and circuits let them go: round-robin over the
    /// organisations, within one by priority, then first attempts and repeated ones (and looks at changes of unknown
    /// outcome) in turn, then by due time. Of the changes of one person and organisation only the one that was
    /// accepted first is released, and only when none is under way.
    pub async fn release(&self, lanes: &[Lane], limits: ReleaseLimits) -> Result<Vec<WorkRef>, StoreError> {
        let environments: Vec<String> = lanes
            .iter()
            .map(|lane| lane.environment.as_str().to_owned())
            .collect();
        let organisations: Vec<String> = lanes.iter().map(|lane| lane.organisation.clone()).collect();
        let services: Vec<String> = lanes
            .iter()
            .map(|lane| lane.service.as_str().to_owned())
            .collect();
        let released = sqlx::query_file!(
            "queries/release.sql",
            &environments,
            &organisations,
            &services,
            limits.per_lane,
            millis(limits.lease),
            millis(limits.window),
        )
        .fetch_all(&self.pool)
        .await;
        match released {
            Ok(rows) => Ok(rows
                .into_iter()
                .map(|row| WorkRef {
                    job_id: row.job_id,
                    round: row.round,
                    attempt: row.attempt,
                })
                .collect()),
            // Another producer has just released an earlier change of the same person: the next round sees it.
            Err(error) if violates(&error, "one_change_at_a_time") => Ok(Vec::new()),
            Err(error) => Err(StoreError::database("releasing jobs", error)),
        }
    }

    /// Takes back jobs whose work items did not reach the broker: they are due at once.
    pub async fn unrelease(&self, items: &[WorkRef]) -> Result<u64, StoreError> {
        let jobs: Vec<Uuid> = items.iter().map(|item| item.job_id).collect();
        let attempts: Vec<i32> = items.iter().map(|item| item.attempt).collect();
        let done = sqlx::query!(
            r#"UPDATE relay.job_state AS s
               SET state = CASE WHEN s.look_step IS NULL THEN 'accepted' ELSE s.state END,
                   look_step = CASE WHEN s.look_step IS NOT NULL THEN 'waiting' END,
                   wait_reason = CASE WHEN s.look_step IS NULL THEN 'retry' END, lease_until = NULL
               FROM unnest($1::uuid[], $2::integer[]) AS i (job_id, attempt)
               WHERE s.job_id = i.job_id AND coalesce(s.look_step, s.state) = 'released'
                 AND s.attempt + 1 = i.attempt"#,
            &jobs,
            &attempts,
        )
        .execute(&self.pool)
        .await
        .map_err(|source| StoreError::database("taking back jobs", source))?;
        Ok(done.rows_affected())
    }

    /// Takes back jobs that no worker began within their lease. Returns how many.
    pub async fn take_back_released(&self, limit: i64) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            r#"UPDATE relay.job_state AS s
               SET state = CASE WHEN s.look_step IS NULL THEN 'accepted' ELSE s.state END,
                   look_step = CASE WHEN s.look_step IS NOT NULL THEN 'waiting' END,
                   wait_reason = CASE WHEN s.look_step IS NULL THEN 'retry' END, lease_until = NULL
               FROM (SELECT job_id FROM relay.job_state
                     WHERE coalesce(look_step, state) = 'released' AND lease_until < now()
                     ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED) AS lost
               WHERE s.job_id = lost.job_id AND coalesce(s.look_step, s.state) = 'released'"#,
            limit,
        )
        .execute(&self.pool)
        .await
        .map_err(|source| StoreError::database("taking back jobs", source))?;
        Ok(done.rows_affected())
    }
}

fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.constraint() == Some(constraint))
}

/// A duration for a statement.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
