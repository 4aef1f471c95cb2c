//! How a service knows a database that is older than one it has worked on: one that was restored, or a stand-by server
//! that took over without the last commits.
//!
//! Each service counts in a row of its own, and remembers the last number whose commit it has seen (in memory, and in its
//! `state_dir` where it has one). No other service counts there, so a lower number is the proof that a commit is gone.
//! Only `relayctl restored` makes such a database good again, by raising the epoch. Every new connection is looked at
//! before it is used, so that nothing is done in between.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::types::Uuid;
use sqlx::{PgConnection, PgExecutor};

use crate::{Store, StoreError};

/// The last beat whose commit a service has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Whose.
    pub instance: Uuid,
    /// The epoch of the record.
    pub epoch: i64,
    /// The number of the beat; 0 before the first one.
    pub number: i64,
}

/// What the record says of a pulse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    epoch: i64,
    number: i64,
}

impl Found {
    /// Has everything that was seen: the same epoch with at least that beat, or a later one.
    fn has(self, seen: Pulse) -> bool {
        (self.epoch, self.number) >= (seen.epoch, seen.number)
    }
}

/// Shared by the connections of a pool.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    pulse: Option<Pulse>,
    /// A database that had lost it was found.
    lost: bool,
}

impl Seen {
    fn pulse(&self) -> Option<Pulse> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pulse
    }

    fn set(&self, pulse: Pulse) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pulse = Some(pulse);
    }

    fn lose(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lost = true;
    }

    fn is_lost(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lost
    }

    /// Refuses a new connection to a database that lost what was seen. Nothing is looked at before the first beat.
    pub(crate) async fn admit(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        // Before the database is asked: what is committed meanwhile may be in the answer or not.
        let Some(pulse) = self.pulse() else { return Ok(()) };
        if find(pulse, connection).await?.has(pulse) {
            return Ok(());
        }
        self.lose();
        Err(sqlx::Error::Protocol(StoreError::Older.to_string()))
    }
}

async fn find(pulse: Pulse, executor: impl PgExecutor<'_>) -> Result<Found, sqlx::Error> {
    sqlx::query_as!(
        Found,
        r#"SELECT (SELECT max(epoch) FROM relay.epoch) AS "epoch!",
            coalesce((SELECT number FROM relay.pulse WHERE instance = $1), 0) AS "number!""#,
        pulse.instance,
    )
    .fetch_one(executor)
    .await
}

impl Store {
    /// From now on, works on no database that lost `seen`. Returns the first beat.
    pub async fn begin_pulse(&self, service: &str, seen: Pulse) -> Result<Pulse, StoreError> {
        self.seen.set(seen);
        let failed = |source| StoreError::database("looking for the last pulse", source);
        // This connection may be older than what is to be seen.
        if !find(seen, &self.pool).await.map_err(failed)?.has(seen) {
            return Err(StoreError::Older);
        }
        // Of processes that had no state_dir, and of services that are long gone.
        sqlx::query!("DELETE FROM relay.pulse WHERE beat_at < now() - interval '400 days'")
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        self.beat(service).await
    }

    /// Counts one further, and remembers it. To be called by one task at a time.
    ///
    /// # Errors
    /// [`StoreError::Older`] when the database has lost what was seen before.
    pub async fn beat(&self, service: &str) -> Result<Pulse, StoreError> {
        let Some(seen) = self.seen.pulse() else {
            return Err(StoreError::Shape { place: "pulse" });
        };
        let beaten = sqlx::query!(
            r#"INSERT INTO relay.pulse AS p (instance, service, number)
               SELECT $1, $2, 1 + $3::bigint
               ON CONFLICT (instance) DO UPDATE SET number = greatest(p.number, $3) + 1, beat_at = now()
               RETURNING number, (SELECT max(epoch) FROM relay.epoch) AS "epoch!""#,
            seen.instance,
            service,
            seen.number,
        )
        .fetch_one(&self.pool)
        .await;
        match beaten {
            Ok(row) => {
                let pulse = Pulse {
                    instance: seen.instance,
                    epoch: row.epoch,
                    number: row.number,
                };
                self.seen.set(pulse);
                Ok(pulse)
            }
            // The pool gets no connection, for none is admitted.
            Err(_) if self.seen.is_lost() => Err(StoreError::Older),
            Err(source) => Err(StoreError::database("leaving a sign of life", source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Pulse};
    use sqlx::types::Uuid;

    #[test]
    fn a_record_is_older_by_epoch_or_by_number() {
        let seen = Pulse {
            instance: Uuid::nil(),
            epoch: 5,
            number: 100,
        };
        for (epoch, number, has) in [
            (5, 100, true),
            (5, 101, true),
            (5, 99, false),
            (5, 0, false),
            (4, 500, false),
            // `relayctl restored` has made it good.
            (6, 0, true),
        ] {
            assert_eq!(Found { epoch, number }.has(seen), has, "{epoch} {number}");
        }
    }
}
