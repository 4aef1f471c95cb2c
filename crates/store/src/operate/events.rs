//! Saying events again: they go back into the outbox, under their ids.

use sqlx::types::Uuid;
use time::OffsetDateTime;

use crate::{Store, StoreError};

/// Which events.
#[derive(Clone, Debug)]
pub struct EventSelection {
    /// Of this organisation.
    pub organisation: String,
    /// Written from then on.
    pub since: OffsetDateTime,
    /// And before this; without it, before the replay begins.
    pub until: Option<OffsetDateTime>,
    /// About this job only.
    pub job_id: Option<Uuid>,
}

/// An event that would be said again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaidEvent {
    /// Its id.
    pub event_id: Uuid,
    /// The job that it is about, or itself: what has the same is said in this order.
    pub unit: Uuid,
    /// It is in the outbox still, for the organisation's exchange.
    pub waits: bool,
}

/// A replay of events that was begun, now or before.
#[derive(Clone, Debug)]
pub struct EventReplay {
    /// Its number.
    pub number: i64,
    /// Events before this are said again.
    pub until: OffsetDateTime,
    /// How far it came: units up to this one are done.
    pub done_until: Option<Uuid>,
    /// How many events were put into the outbox before.
    pub events: i64,
}

impl Store {
    /// The events of a selection, unit by unit, in the order in which they are said.
    pub async fn said_events(
        &self,
        selection: &EventSelection,
        after: Option<Uuid>,
    ) -> Result<Vec<SaidEvent>, StoreError> {
        sqlx::query_as!(
            SaidEvent,
            r#"SELECT e.event_id, coalesce(e.job_id, e.event_id) AS "unit!", o.outbox_id IS NOT NULL AS "waits!"
               FROM relay.event AS e
               LEFT JOIN relay.outbox AS o ON o.event_id = e.event_id AND o.destination = 'events'
               WHERE e.organisation = $1 AND e.created_at >= $2
                 AND e.created_at < coalesce($3, clock_timestamp()) AND ($4::uuid IS NULL OR e.job_id = $4)
                 AND ($5::uuid IS NULL OR coalesce(e.job_id, e.event_id) > $5)
               ORDER BY coalesce(e.job_id, e.event_id), e.sequence, e.created_at, e.event_id"#,
            selection.organisation,
            selection.since,
            selection.until,
            selection.job_id,
            after,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("looking for events to say again", source))
    }

    /// Begins to say events again, or goes on with what was begun for the same selection and not finished.
    pub async fn begin_event_replay(
        &self,
        selection: &EventSelection,
        reason: &str,
    ) -> Result<EventReplay, StoreError> {
        let row: &[u8] = match &selection.job_id {
            Some(job_id) => job_id.as_bytes(),
            None => selection.organisation.as_bytes(),
        };
        sqlx::query_as!(
            EventReplay,
            r#"SELECT event_replay_id AS "number!", until AS "until!", done_until, events AS "events!"
               FROM cbss_api.begin_event_replay($1, $2, $3, $4, $5)"#,
            selection.organisation,
            selection.since,
            selection.until,
            selection.job_id,
            &self.sealed_reason(row, reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("beginning to say events again", source))
    }

    /// Puts whole units back into the outbox, in their order, the last batch with `finished`. Returns how many events it
    /// were.
    pub async fn replay_events(
        &self,
        replay: &EventReplay,
        batch: &[SaidEvent],
        finished: bool,
    ) -> Result<i64, StoreError> {
        let events: Vec<Uuid> = batch.iter().map(|event| event.event_id).collect();
        let done_until = batch.last().map(|event| event.unit).or(replay.done_until);
        sqlx::query_scalar!(
            r#"SELECT cbss_api.replay_events($1, $2, $3, $4) AS "events!""#,
            replay.number,
            &events,
            done_until,
            finished,
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("saying events again", source))
    }

    /// How many entries of the outbox wait to be published.
    pub async fn outbox_waiting(&self) -> Result<i64, StoreError> {
        sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM relay.outbox WHERE parked_at IS NULL"#)
            .fetch_one(&self.pool)
            .await
            .map_err(|source| StoreError::database("measuring the outbox", source))
    }
}
