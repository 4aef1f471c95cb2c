//! What could not be decoded, authorised or parsed.

use relay_vault::Context;
use sqlx::types::Uuid;

use crate::{Store, StoreError};

/// Something to be kept until a person decides.
#[derive(Clone, Debug)]
pub struct NewQuarantine {
    /// Its id, if it was not seen before.
    pub quarantine_id: Uuid,
    /// Why, in a word.
    pub cause: &'static str,
    /// Where it came from: a queue's name, or `answer`.
    pub source: &'static str,
    /// Where decoding stopped.
    pub byte_position: Option<u64>,
    /// Whose it is, where that is certain.
    pub organisation: Option<String>,
    /// The job and attempt, for an answer.
    pub attempt: Option<(Uuid, i32)>,
    /// Properties and body, as they came.
    pub message: Vec<u8>,
}

impl Store {
    /// Keeps items, sealed. A message that arrives twice is one item, seen twice, and waits again, with the cause that it
    /// came with, if it had been dealt with or replayed.
    pub async fn quarantine(&self, items: &[NewQuarantine]) -> Result<(), StoreError> {
        for item in items {
            let hash = self.vault.hash(
                "quarantine",
                &[item.cause.as_bytes(), item.source.as_bytes(), &item.message],
            );
            // The row's own key would do as associated data, but the id of a repeated item is the first one's.
            let sealed = self.vault.seal_compressed(message_context(&hash), &item.message);
            sqlx::query!(
                r#"INSERT INTO relay.quarantine (quarantine_id, message_hash, cause, source, byte_position,
                    organisation, job_id, attempt, message_bytes, message)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                   ON CONFLICT ON CONSTRAINT one_item_per_message
                   DO UPDATE SET seen = relay.quarantine.seen + 1, last_seen_at = now(), settled_at = NULL,
                       settled_as = NULL, settled_by = NULL, cause = excluded.cause,
                       byte_position = excluded.byte_position"#,
                item.quarantine_id,
                &hash[..],
                item.cause,
                item.source,
                item.byte_position
                    .and_then(|position| i64::try_from(position).ok()),
                item.organisation,
                item.attempt.map(|attempt| attempt.0),
                item.attempt.map(|attempt| attempt.1),
                i64::try_from(item.message.len()).unwrap_or(i64::MAX),
                &sealed[..],
            )
            .execute(&self.pool)
            .await
            .map_err(|source| StoreError::database("keeping a message in quarantine", source))?;
        }
        Ok(())
    }
}

pub(crate) fn message_context(message_hash: &[u8]) -> Context<'_> {
    Context {
        place: "quarantine.message",
        row: message_hash,
    }
}
