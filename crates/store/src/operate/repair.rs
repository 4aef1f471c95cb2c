//! Opening, repairing and replaying what is in quarantine, as far as people do it; `replay` is what services do.

use relay_vault::Context;
use serde::Serialize;
use sqlx::types::Uuid;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::quarantine::message_context;
use crate::replay::body_context;
use crate::{Store, StoreError};

/// What a look at a quarantined message came to.
#[derive(Clone, Debug)]
pub enum Opened {
    /// There is no such item.
    NotFound,
    /// This login may not see it.
    Denied,
    /// The item.
    Found(OpenedItem),
}

/// A quarantined message, opened.
#[derive(Clone, Debug)]
pub struct OpenedItem {
    /// Why it is there.
    pub cause: String,
    /// Where it came from.
    pub source: String,
    /// Where decoding stopped.
    pub byte_position: Option<i64>,
    /// One line that describes it, then the body as it came.
    pub message: Zeroizing<Vec<u8>>,
}

/// What is to go through the intake instead of what was kept; what is not given stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Repair {
    /// The body.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// AMQP `type`.
    pub message_type: Option<&'static str>,
    /// AMQP `content_type`.
    pub content_type: Option<&'static str>,
    /// Of a message without a sender: the broker's user for whom the login of this connection vouches.
    pub upstream_user: Option<String>,
}

/// What came of asking for a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is on record, and a service will carry it out.
    Done,
    /// The item is dealt with, or being replayed, already.
    Moved,
    /// There is no such item.
    NotFound,
    /// This login may not repair: it is no security advisor's.
    Denied,
    /// An answer is read again as it came; nobody repairs it.
    IsAnAnswer,
    /// The message has a sender, whose name the broker has validated.
    HasASender,
}

/// A replay: what was asked, and what came of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayLine {
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
    /// The login of the database server that asked.
    pub login: String,
    /// Not as the message was kept.
    pub repaired: bool,
    /// When it had ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
    /// `accepted`, `duplicate`, `cancelled`, `reread`, `refused` or `discarded`; empty: a service has yet to do it.
    pub outcome: Option<String>,
    /// Why it was refused.
    pub cause: Option<String>,
    /// Where decoding stopped.
    pub byte_position: Option<i64>,
    /// Of a rejected one: the codes of its errors.
    pub codes: Option<Vec<String>>,
    /// The job that it became, found, withdrew or gave a result to.
    pub job_id: Option<Uuid>,
}

/// An item that a replay in bulk would be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayMatch {
    /// Its id.
    pub quarantine_id: Uuid,
    /// Why it is there.
    pub cause: String,
    /// It was replayed since it came last, and refused.
    pub refused_before: bool,
}

impl Store {
    /// Opens a quarantined message as the login of this connection. The look is on record, whatever comes of it; the
    /// reason is sealed here.
    pub async fn open_quarantined(&self, id: Uuid, reason: &str) -> Result<Opened, StoreError> {
        let sealed_reason = self.vault.seal(
            Context {
                place: "audit.reason",
                row: id.as_bytes(),
            },
            reason.as_bytes(),
        );
        let row = sqlx::query!(
            r#"SELECT decision AS "decision!", cause, source, byte_position, message_hash, message
               FROM cbss_api.open_quarantined($1, $2)"#,
            id,
            &sealed_reason[..],
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("opening a quarantined message", source))?;
        match row.decision.as_str() {
            "granted" => {}
            "not_found" => return Ok(Opened::NotFound),
            _ => return Ok(Opened::Denied),
        }
        let hash = row.message_hash.unwrap_or_default();
        Ok(Opened::Found(OpenedItem {
            cause: row.cause.unwrap_or_default(),
            source: row.source.unwrap_or_default(),
            byte_position: row.byte_position,
            message: self
                .vault
                .open(message_context(&hash), &row.message.unwrap_or_default())?,
        }))
    }

    /// Asks for a quarantined message to be replayed as it was kept. `replay_id` is the replay's id, if it becomes one.
    pub async fn ask_replay(&self, id: Uuid, replay_id: Uuid, reason: &str) -> Result<Asked, StoreError> {
        let answer = sqlx::query_scalar!(
            r#"SELECT cbss_api.replay_quarantined($1, $2, $3) AS "answer!""#,
            id,
            replay_id,
            &self.sealed_reason(id.as_bytes(), reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("asking for a replay", source))?;
        asked(&answer)
    }

    /// Asks for a quarantined message to be replayed with something else instead, sealed here. A refusal is on record.
    pub async fn ask_repair(
        &self,
        id: Uuid,
        replay_id: Uuid,
        repair: &Repair,
        reason: &str,
    ) -> Result<Asked, StoreError> {
        let body = repair
            .body
            .as_ref()
            .map(|body| self.vault.seal_compressed(body_context(&replay_id), body));
        let answer = sqlx::query_scalar!(
            r#"SELECT cbss_api.repair_quarantined($1, $2, $3, $4, $5, $6, $7) AS "answer!""#,
            id,
            replay_id,
            body,
            repair.message_type,
            repair.content_type,
            repair.upstream_user,
            &self.sealed_reason(id.as_bytes(), reason),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("asking for the replay of a repaired message", source))?;
        asked(&answer)
    }

    /// The replays of an item, the first one first.
    pub async fn replays_of(&self, id: Uuid) -> Result<Vec<ReplayLine>, StoreError> {
        sqlx::query_as!(
            ReplayLine,
            r#"SELECT requested_at, login, repaired, finished_at, outcome, cause, byte_position, codes, job_id
               FROM relay.replay WHERE quarantine_id = $1 ORDER BY requested_at"#,
            id,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading the replays of an item", source))
    }

    /// The items that wait and are not being replayed, those that came first first.
    pub async fn replayable(
        &self,
        cause: Option<&str>,
        organisation: Option<&str>,
    ) -> Result<Vec<ReplayMatch>, StoreError> {
        sqlx::query_as!(
            ReplayMatch,
            r#"SELECT q.quarantine_id, q.cause, EXISTS (
                SELECT FROM relay.replay AS r
                WHERE r.quarantine_id = q.quarantine_id AND r.outcome = 'refused' AND r.requested_at > q.last_seen_at
               ) AS "refused_before!"
               FROM relay.quarantine AS q
               WHERE q.settled_at IS NULL AND ($1::text IS NULL OR q.cause = $1)
                 AND ($2::text IS NULL OR q.organisation = $2)
                 AND NOT EXISTS (
                SELECT FROM relay.replay AS r WHERE r.quarantine_id = q.quarantine_id AND r.finished_at IS NULL)
               ORDER BY q.first_seen_at, q.quarantine_id"#,
            cause,
            organisation,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("looking for items to replay", source))
    }
}

fn asked(answer: &str) -> Result<Asked, StoreError> {
    match answer {
        "done" => Ok(Asked::Done),
        "moved" => Ok(Asked::Moved),
        "not_found" => Ok(Asked::NotFound),
        "denied" => Ok(Asked::Denied),
        "is_an_answer" => Ok(Asked::IsAnAnswer),
        "has_a_sender" => Ok(Asked::HasASender),
        _ => Err(StoreError::Shape {
            place: "the answer of a function of cbss_api",
        }),
    }
}
