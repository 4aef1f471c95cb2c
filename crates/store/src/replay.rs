//! What is in quarantine goes through the intake, or through the reading of answers, again.
//!
//! An operator asks for it (`operate/repair.rs`); a service carries it out. What the message comes to and the end of the
//! replay are one transaction under the lock of the item's row, so that a replay happens once, however many services
//! hold it and wherever they die. A replay that is refused leaves its item waiting.

mod carry;
mod reread;

use relay_vault::Context;
use sqlx::types::Uuid;
use sqlx::{Postgres, Transaction};
use tracing::error;
use zeroize::Zeroizing;

use crate::quarantine::message_context;
use crate::{Store, StoreError};

/// Where a quarantined message came from decides who carries its replay out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayOf {
    /// From a queue: it goes through the intake.
    Deliveries,
    /// From the CBSS: it is read again.
    Answers,
}

/// A replay that an operator has asked for.
#[derive(Clone, Debug)]
pub struct ReplayRequest {
    /// Its id.
    pub replay_id: Uuid,
    /// The item.
    pub quarantine_id: Uuid,
    /// How often a service has begun it, this time included.
    pub tries: i32,
    /// The message as it was kept: properties and body.
    pub message: Zeroizing<Vec<u8>>,
    /// Another body.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// Another AMQP `type`.
    pub message_type: Option<String>,
    /// Another AMQP `content_type`.
    pub content_type: Option<String>,
    /// Of a message without a sender: the broker's user for whom a security advisor vouches.
    pub upstream_user: Option<String>,
    /// Of an answer: the job and the attempt.
    pub attempt: Option<(Uuid, i32)>,
}

/// Why a replay settles nothing.
#[derive(Clone, Debug)]
pub struct ReplayRefusal {
    /// In a word.
    pub cause: &'static str,
    /// Where decoding stopped.
    pub byte_position: Option<u64>,
    /// Whose it is, where that is certain.
    pub organisation: Option<String>,
    /// Of a rejected one: the codes of its errors.
    pub codes: Vec<&'static str>,
    /// Is it the message's own fault? Then, of one that was replayed as it was kept, it is why the item waits from now on.
    pub of_message: bool,
}

impl ReplayRefusal {
    /// Something that says nothing of the message.
    #[must_use]
    pub fn of_replay(cause: &'static str) -> Self {
        Self {
            cause,
            byte_position: None,
            organisation: None,
            codes: Vec::new(),
            of_message: false,
        }
    }
}

/// How a replay settles its item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    Accepted,
    Duplicate,
    Cancelled,
    Reread,
}

impl Settled {
    fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Cancelled => "cancelled",
            Self::Reread => "reread",
        }
    }
}

impl Store {
    /// The replay that has been asked for longest ago, and that no service has begun within the last seconds; it counts
    /// as begun. One whose message does not open is refused here, and the next one is taken.
    pub async fn next_replay(&self, of: ReplayOf) -> Result<Option<ReplayRequest>, StoreError> {
        loop {
            let row = sqlx::query!(
                r#"UPDATE relay.replay AS r SET tries = r.tries + 1, tried_at = clock_timestamp()
                   FROM (
                    SELECT o.replay_id, q.message_hash, q.message, q.job_id, q.attempt
                    FROM relay.replay AS o JOIN relay.quarantine AS q USING (quarantine_id)
                    WHERE o.finished_at IS NULL AND (q.source = 'answer') = $1
                      AND (o.tried_at IS NULL OR o.tried_at < clock_timestamp() - interval '5 s')
                    ORDER BY o.requested_at LIMIT 1 FOR UPDATE OF o SKIP LOCKED) AS i
                   WHERE r.replay_id = i.replay_id
                   RETURNING r.replay_id, r.quarantine_id, r.tries, r.body, r.message_type, r.content_type,
                    r.upstream_user, i.message_hash, i.message, i.job_id, i.attempt"#,
                of == ReplayOf::Answers,
            )
            .fetch_optional(&self.pool)
            .await
            .map_err(|source| StoreError::database("looking for replays", source))?;
            let Some(row) = row else { return Ok(None) };
            let message = self.vault.open(message_context(&row.message_hash), &row.message);
            let body = row
                .body
                .map(|body| self.vault.open(body_context(&row.replay_id), &body))
                .transpose();
            let (message, body) = match (message, body) {
                (Ok(message), Ok(body)) => (message, body),
                (Err(error), _) | (_, Err(error)) => {
                    error!(quarantine.id = %row.quarantine_id, %error, "a quarantined message does not open; it waits on");
                    let refusal = ReplayRefusal::of_replay("damaged");
                    self.refuse_replay(row.replay_id, row.quarantine_id, &refusal)
                        .await?;
                    continue;
                }
            };
            return Ok(Some(ReplayRequest {
                replay_id: row.replay_id,
                quarantine_id: row.quarantine_id,
                tries: row.tries,
                message,
                body,
                message_type: row.message_type,
                content_type: row.content_type,
                upstream_user: row.upstream_user,
                attempt: row.job_id.zip(row.attempt),
            }));
        }
    }

    /// Ends a replay without settling its item. `false` where it had ended already.
    pub async fn refuse_replay(
        &self,
        replay_id: Uuid,
        quarantine_id: Uuid,
        refusal: &ReplayRefusal,
    ) -> Result<bool, StoreError> {
        let failed = |source| StoreError::database("refusing a replay", source);
        let Some(mut transaction) = self.begin_replay(replay_id, quarantine_id).await? else {
            return Ok(false);
        };
        let codes: Vec<String> = refusal.codes.iter().map(|code| (*code).to_owned()).collect();
        let position = refusal
            .byte_position
            .and_then(|position| i64::try_from(position).ok());
        sqlx::query!(
            r#"WITH ended AS (
                UPDATE relay.replay SET finished_at = clock_timestamp(), outcome = 'refused', cause = $2,
                    byte_position = $3, codes = $4
                WHERE replay_id = $1 RETURNING quarantine_id, repaired)
               UPDATE relay.quarantine AS q
               SET cause = $2, byte_position = $3, organisation = coalesce($5, q.organisation)
               FROM ended AS e
               WHERE q.quarantine_id = e.quarantine_id AND $6 AND NOT e.repaired"#,
            replay_id,
            refusal.cause,
            position,
            &codes,
            refusal.organisation,
            refusal.of_message,
        )
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Locks the item, under which its replays begin and end; nothing where this one has ended.
    async fn begin_replay(
        &self,
        replay_id: Uuid,
        quarantine_id: Uuid,
    ) -> Result<Option<Transaction<'static, Postgres>>, StoreError> {
        let failed = |source| StoreError::database("beginning a replay", source);
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        sqlx::query_scalar!(
            "SELECT quarantine_id FROM relay.quarantine WHERE quarantine_id = $1 FOR UPDATE",
            quarantine_id
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        // A statement of its own: it sees what was committed while this one waited for the lock.
        let open = sqlx::query_scalar!(
            "SELECT replay_id FROM relay.replay WHERE replay_id = $1 AND finished_at IS NULL",
            replay_id
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        Ok(open.map(|_| transaction))
    }

    /// Ends a replay and settles its item with it: the last step of its transaction.
    async fn settle_replay(
        &self,
        mut transaction: Transaction<'static, Postgres>,
        request: &ReplayRequest,
        settled: Settled,
        job_id: Uuid,
    ) -> Result<(), StoreError> {
        let failed = |source| StoreError::database("settling a replayed item", source);
        sqlx::query!(
            r#"WITH ended AS (
                UPDATE relay.replay SET finished_at = clock_timestamp(), outcome = $2, job_id = $3
                WHERE replay_id = $1 RETURNING quarantine_id, repaired, login)
               UPDATE relay.quarantine AS q
               SET settled_at = now(), settled_as = CASE WHEN e.repaired THEN 'repaired' ELSE 'replayed' END,
                   settled_by = e.login
               FROM ended AS e WHERE q.quarantine_id = e.quarantine_id"#,
            request.replay_id,
            settled.as_str(),
            job_id,
        )
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}

pub(crate) fn body_context(replay_id: &Uuid) -> Context<'_> {
    Context {
        place: "replay.body",
        row: replay_id.as_bytes(),
    }
}
