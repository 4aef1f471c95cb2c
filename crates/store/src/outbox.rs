//! The outbox: events that the broker has not confirmed yet.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::types::Uuid;
use sqlx::{Connection, Postgres};
use tracing::error;

use crate::attempts::seconds;
use crate::events::{Destination, Envelope};
use crate::{Store, StoreError};

/// The advisory lock of the one process that publishes ("cbssrela" as a number).
const LEADERSHIP: i64 = 0x6362_7373_7265_6c61;

/// An event to be published.
#[derive(Clone, Debug)]
pub struct PendingEvent {
    /// Its place in the outbox.
    pub outbox_id: i64,
    /// Its id, stable over all deliveries.
    pub event_id: Uuid,
    /// The job that it is about.
    pub job_id: Option<Uuid>,
    /// Where to.
    pub destination: Destination,
    /// Whose event.
    pub organisation: String,
    /// The service's name.
    pub service: String,
    /// `accepted`, `rejected`, `parked`, `reopened` or `finished`.
    pub kind: String,
    /// How the body is encoded.
    pub content_type: String,
    /// The encoded message.
    pub body: Vec<u8>,
    /// The reply queue, for [`Destination::Reply`].
    pub reply_to: Option<String>,
    /// The sender's correlation id.
    pub correlation_id: Option<String>,
}

/// Held by the one process that publishes events, so that those of a job go out in order. It rests on a
/// session lock: when the holder dies, the server lets the lock go with its connection.
#[derive(Debug)]
pub struct OutboxLeadership(PoolConnection<Postgres>);

impl OutboxLeadership {
    /// Is the connection that holds the lock still there?
    pub async fn holds(&mut self) -> bool {
        self.0.ping().await.is_ok()
    }
}

impl Store {
    /// Becomes the one that publishes; `None` while another is.
    pub async fn lead_outbox(&self) -> Result<Option<OutboxLeadership>, StoreError> {
        let failed = |source| StoreError::database("taking the outbox's lock", source);
        let mut connection = self.pool.acquire().await.map_err(failed)?;
        let locked = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "locked!""#, LEADERSHIP)
            .fetch_one(&mut *connection)
            .await
            .map_err(failed)?;
        if !locked {
            return Ok(None);
        }
        // Closed, not returned to the pool, when dropped: the lock ends with the session.
        connection.close_on_drop();
        Ok(Some(OutboxLeadership(connection)))
    }

    /// The oldest events that wait to be published. One that does not open is parked: it blocks no other.
    pub async fn pending_events(&self, limit: i64) -> Result<Vec<PendingEvent>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT o.outbox_id, o.destination, e.event_id, e.job_id, e.organisation, e.service, e.kind, e.envelope
               FROM (SELECT * FROM relay.outbox WHERE parked_at IS NULL ORDER BY outbox_id LIMIT $1) AS o
               JOIN relay.event AS e USING (event_id)
               ORDER BY o.outbox_id"#,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the outbox", source))?;
        let mut pending = Vec::with_capacity(rows.len());
        let mut damaged = Vec::new();
        for row in rows {
            let envelope = match Envelope::open(&self.vault, &row.event_id, &row.envelope) {
                Ok(envelope) => envelope,
                Err(error) => {
                    error!(event.id = %row.event_id, %error, "an event does not open; it is set aside");
                    damaged.push(row.outbox_id);
                    continue;
                }
            };
            let destination = if row.destination == "reply" {
                Destination::Reply
            } else {
                Destination::Events
            };
            pending.push(PendingEvent {
                outbox_id: row.outbox_id,
                event_id: row.event_id,
                job_id: row.job_id,
                destination,
                organisation: row.organisation,
                service: row.service,
                kind: row.kind,
                content_type: envelope.content_type,
                body: envelope.body,
                reply_to: envelope.reply_to,
                correlation_id: envelope.correlation_id,
            });
        }
        if !damaged.is_empty() {
            self.park_events(&damaged, "does not open").await?;
        }
        Ok(pending)
    }

    /// The broker has confirmed these.
    pub async fn events_published(&self, outbox_ids: &[i64]) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM relay.outbox WHERE outbox_id = ANY ($1)", outbox_ids)
            .execute(&self.pool)
            .await
            .map_err(|source| StoreError::database("clearing the outbox", source))?;
        Ok(())
    }

    /// The broker gave these back: nobody listens there. They are set aside and block no other.
    pub async fn park_events(&self, outbox_ids: &[i64], reason: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE relay.outbox SET parked_at = now(), park_reason = $2 WHERE outbox_id = ANY ($1)",
            outbox_ids,
            reason,
        )
        .execute(&self.pool)
        .await
        .map_err(|source| StoreError::database("parking events", source))?;
        Ok(())
    }

    /// How long the oldest event has waited, and how many are parked.
    pub async fn outbox_age(&self) -> Result<(Duration, i64), StoreError> {
        let row = sqlx::query!(
            r#"SELECT coalesce(extract(epoch FROM now() - (
                    SELECT created_at FROM relay.outbox WHERE parked_at IS NULL ORDER BY outbox_id LIMIT 1)), 0)::float8
                    AS "age_s!",
                (SELECT count(*) FROM relay.outbox WHERE parked_at IS NOT NULL) AS "parked!""#
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("measuring the outbox", source))?;
        Ok((seconds(row.age_s), row.parked))
    }
}
