//! Jobs that a process left behind, and jobs whose time is over.

use std::time::Duration;

use relay_domain::JobState;
use relay_vault::Vault;
use sqlx::PgExecutor;
use sqlx::types::Uuid;

use crate::attempts::count;
use crate::events::EventColumns;
use crate::payload::opened;
use crate::release::millis;
use crate::{JobPayload, NewEvent, Store, StoreError, WorkRef};

/// A job whose lease or deadline has ended.
#[derive(Clone, Debug)]
pub struct EndedLease {
    /// Job, round and newest attempt.
    pub work: WorkRef,
    /// Whose job.
    pub organisation: String,
    /// The service's name.
    pub service: String,
    /// The sealed part, opened.
    pub payload: JobPayload,
    /// How often this round was rescued before.
    pub rescues: u32,
    /// The sequence of the job's newest event.
    pub sequence: i32,
    /// Our ticket of the attempt, if there was one.
    pub ticket: Option<Uuid>,
    /// Was it a look at a change of unknown outcome?
    pub look: bool,
}

/// What becomes of such a job.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// Job, round and attempt: the job is moved only if it still stands there.
    pub work: WorkRef,
    /// The states of which it must be in one; a job that is being looked up counts as where its look stands.
    pub from: &'static [JobState],
    /// The next state.
    pub to: JobState,
    /// The wait before it is due again, or looked up: from now on, for a look from the end of its lease on.
    pub delay: Duration,
    /// Why it failed.
    pub cause: Option<&'static str>,
    /// Does this take an attempt over from a process that died?
    pub rescued: bool,
    /// What is said about it.
    pub event: Option<NewEvent>,
}

/// Such a job as it stands in the database.
pub(crate) struct EndedRow {
    pub(crate) job_id: Uuid,
    pub(crate) round: i32,
    pub(crate) attempt: i32,
    pub(crate) rescues: i32,
    pub(crate) event_sequence: i32,
    pub(crate) organisation: String,
    pub(crate) service: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) ticket: Option<Uuid>,
    pub(crate) look: bool,
}

impl EndedRow {
    pub(crate) fn open(self, vault: &Vault) -> Option<EndedLease> {
        let payload = opened(self.job_id, JobPayload::open(vault, self.job_id, &self.payload))?;
        Some(EndedLease {
            work: WorkRef {
                job_id: self.job_id,
                round: self.round,
                attempt: self.attempt,
            },
            organisation: self.organisation,
            service: self.service,
            payload,
            rescues: count(self.rescues),
            sequence: self.event_sequence,
            ticket: self.ticket,
            look: self.look,
        })
    }
}

impl Store {
    /// Attempts whose lease ended without a report, oldest first. None are given while the server itself has
    /// been up for less than `grace`: workers that could not reach it may still hold answers.
    pub async fn ended_leases(&self, grace: Duration, limit: i64) -> Result<Vec<EndedLease>, StoreError> {
        let rows = sqlx::query_as!(
            EndedRow,
            r#"SELECT s.job_id, s.round, s.attempt, s.rescues, s.event_sequence, j.organisation, j.service, j.payload,
                a.ticket AS "ticket?", s.look_step IS NOT NULL AS "look!"
               FROM relay.job_state AS s
               JOIN relay.job AS j USING (job_id)
               JOIN relay.attempt AS a ON a.job_id = s.job_id AND a.number = s.attempt
               WHERE coalesce(s.look_step, s.state) = 'sending' AND s.lease_until < now()
                 AND pg_postmaster_start_time() < now() - $1::bigint * interval '1 ms'
               ORDER BY s.lease_until LIMIT $2"#,
            millis(grace),
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("looking for ended leases", source))?;
        Ok(rows.into_iter().filter_map(|row| row.open(&self.vault)).collect())
    }

    /// Waiting jobs whose deadline has passed.
    pub async fn passed_deadlines(&self, limit: i64) -> Result<Vec<EndedLease>, StoreError> {
        let rows = sqlx::query_as!(
            EndedRow,
            r#"SELECT s.job_id, s.round, s.attempt, s.rescues, s.event_sequence, j.organisation, j.service, j.payload,
                NULL::uuid AS ticket, false AS "look!"
               FROM relay.job_state AS s JOIN relay.job AS j USING (job_id)
               WHERE s.state IN ('accepted', 'released') AND s.deadline IS NOT NULL AND s.deadline <= now()
               ORDER BY s.deadline LIMIT $1"#,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("looking for passed deadlines", source))?;
        Ok(rows.into_iter().filter_map(|row| row.open(&self.vault)).collect())
    }

    /// Moves jobs that still stand where they are expected, and writes their events with it. One
    /// `bool` per settlement, in order, `false` where the job had moved on.
    pub async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<bool>, StoreError> {
        self.settle_on(&self.pool, settlements).await
    }

    /// As [`Store::settle`], as a part of what else is done on that connection.
    pub(crate) async fn settle_on(
        &self,
        executor: impl PgExecutor<'_>,
        settlements: &[Settlement],
    ) -> Result<Vec<bool>, StoreError> {
        let mut events = EventColumns::default();
        for settlement in settlements {
            events.push(&self.vault, settlement.event.as_ref());
        }
        let column = |value: fn(&Settlement) -> i32| settlements.iter().map(value).collect::<Vec<_>>();
        let jobs: Vec<Uuid> = settlements
            .iter()
            .map(|settlement| settlement.work.job_id)
            .collect();
        let from: Vec<String> = settlements
            .iter()
            .map(|settlement| {
                settlement
                    .from
                    .iter()
                    .map(|state| state.as_str())
                    .collect::<Vec<_>>()
                    .join(",")
            })
            .collect();
        let to: Vec<String> = settlements
            .iter()
            .map(|settlement| settlement.to.as_str().to_owned())
            .collect();
        let ended: Vec<bool> = settlements
            .iter()
            .map(|settlement| settlement.to.is_terminal())
            .collect();
        let delays: Vec<i64> = settlements
            .iter()
            .map(|settlement| millis(settlement.delay))
            .collect();
        let causes: Vec<Option<String>> = settlements
            .iter()
            .map(|settlement| settlement.cause.map(str::to_owned))
            .collect();
        let moved = sqlx::query_file_scalar!(
            "queries/settle.sql",
            &jobs,
            &column(|settlement| settlement.work.round),
            &column(|settlement| settlement.work.attempt),
            &from,
            &to,
            &ended,
            &delays,
            &causes as &[Option<String>],
            &column(|settlement| i32::from(settlement.rescued)),
            &events.event_id as &[Option<Uuid>],
            &events.sequence as &[Option<i32>],
            &events.kind as &[Option<String>],
            &events.organisation as &[Option<String>],
            &events.service as &[Option<String>],
            &events.wants_reply,
            &events.envelope as &[Option<Vec<u8>>],
        )
        .fetch_all(executor)
        .await
        .map_err(|source| StoreError::database("settling jobs", source))?;
        Ok(settlements
            .iter()
            .map(|settlement| moved.contains(&settlement.work.job_id))
            .collect())
    }
}
