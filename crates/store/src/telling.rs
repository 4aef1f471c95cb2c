//! What operators did and upstream has not been told of: only a service can open the sealed part of a job.

use relay_domain::JobState;
use sqlx::types::Uuid;

use crate::events::EventColumns;
use crate::rescue::EndedRow;
use crate::{EndedLease, NewEvent, Store, StoreError};

/// What an operator brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UntoldKind {
    /// A new round.
    Reopened,
    /// A person must decide: after a restore.
    Parked,
    /// An end.
    Finished,
}

impl UntoldKind {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "reopened" => Some(Self::Reopened),
            "parked" => Some(Self::Parked),
            "finished" => Some(Self::Finished),
            _ => None,
        }
    }
}

/// Something that an operator brought about and upstream does not know.
#[derive(Clone, Debug)]
pub struct Untold {
    /// The job; its round is the one to tell of.
    pub job: EndedLease,
    /// What.
    pub kind: UntoldKind,
    /// The state to tell.
    pub state: JobState,
    /// The outcome to tell.
    pub outcome: String,
}

impl Store {
    /// What is to be told, oldest first.
    pub async fn untold(&self, limit: i64) -> Result<Vec<Untold>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT u.job_id, u.round, u.kind, u.state, u.outcome, s.attempt, s.rescues, s.event_sequence,
                j.organisation, j.service, j.payload
               FROM relay.untold AS u JOIN relay.job_state AS s USING (job_id) JOIN relay.job AS j USING (job_id)
               ORDER BY u.created_at LIMIT $1"#,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("looking for what is to be told", source))?;
        let mut untold = Vec::with_capacity(rows.len());
        for row in rows {
            let state = JobState::from_name(&row.state).ok_or(StoreError::Shape {
                place: "untold.state",
            })?;
            let job = EndedRow {
                job_id: row.job_id,
                round: row.round,
                attempt: row.attempt,
                rescues: row.rescues,
                event_sequence: row.event_sequence,
                organisation: row.organisation,
                service: row.service,
                payload: row.payload,
                ticket: None,
                look: false,
            };
            let kind = UntoldKind::from_name(&row.kind).ok_or(StoreError::Shape { place: "untold.kind" })?;
            untold.extend(job.open(&self.vault).map(|job| Untold {
                job,
                kind,
                state,
                outcome: row.outcome,
            }));
        }
        Ok(untold)
    }

    /// Writes the event that tells of it, unless something else has been said about the job meanwhile; a new round
    /// becomes due with it. `false` where it is to be tried again.
    pub async fn tell(&self, untold: &Untold, event: &NewEvent) -> Result<bool, StoreError> {
        let mut columns = EventColumns::default();
        columns.push(&self.vault, Some(event));
        let told = sqlx::query_scalar!(
            r#"WITH bumped AS (
                UPDATE relay.job_state AS s
                SET event_sequence = $3, due_at = CASE WHEN $2 = 'reopened' AND s.state = 'accepted'
                    AND s.round = $9 THEN now() ELSE s.due_at END
                WHERE s.job_id = $1 AND s.event_sequence = $3 - 1
                  AND EXISTS (SELECT FROM relay.untold AS u WHERE u.job_id = $1 AND u.round = $9 AND u.kind = $2)
                RETURNING s.job_id
            ), gone AS (
                DELETE FROM relay.untold AS u USING bumped
                WHERE u.job_id = bumped.job_id AND u.round = $9 AND u.kind = $2
                RETURNING u.job_id
            ), said AS (
                INSERT INTO relay.event (event_id, job_id, sequence, kind, organisation, service, envelope)
                SELECT $4, job_id, $3, $2, $5, $6, $8 FROM gone
            ), pending AS (
                INSERT INTO relay.outbox (event_id, destination)
                SELECT $4, d.destination
                FROM gone, LATERAL (VALUES ('events', true), ('reply', $7::boolean)) AS d (destination, wanted)
                WHERE d.wanted
            )
            SELECT job_id AS "job_id!" FROM gone"#,
            untold.job.work.job_id,
            event.kind,
            event.sequence,
            event.event_id,
            event.organisation,
            event.service,
            event.reply_to.is_some(),
            columns.envelope[0].as_deref(),
            untold.job.work.round,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(|source| StoreError::database("telling of an operator's act", source))?;
        let told: Option<Uuid> = told;
        Ok(told.is_some())
    }
}
