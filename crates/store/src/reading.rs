//! Reading a result: one function of the database decides who may, for everyone.

use relay_vault::Context;
use sqlx::types::Uuid;

use crate::results::{NewMessage, NewRow, StoredColumns};
use crate::{Store, StoreError};

/// What a look at a result came to.
#[derive(Clone, Debug)]
pub enum Looked {
    /// There is no such job.
    NotFound,
    /// This login may not see it.
    Denied,
    /// It may, and the job has no result (yet): this is where it stands.
    NoResult {
        /// The job's state.
        state: String,
    },
    /// The result.
    Found(Box<ReadResult>),
}

/// A row as it was written.
pub type ResultRow = NewRow;

/// A result, opened.
#[derive(Clone, Debug)]
pub struct ReadResult {
    /// Whose job.
    pub organisation: String,
    /// The service's name.
    pub service: String,
    /// The job's state.
    pub state: String,
    /// `ok`, `warnings` or `errors`.
    pub status: String,
    /// The outcome in one word.
    pub outcome: String,
    /// The CBSS's codes.
    pub codes: Vec<String>,
    /// The CBSS's ticket.
    pub ticket: Option<String>,
    /// The rows, in the document's order.
    pub rows: Vec<ResultRow>,
    /// The CBSS's messages.
    pub messages: Vec<NewMessage>,
}

impl Store {
    /// Looks at a result as the login of this connection. The look is on record, whatever comes of it; the
    /// reason is sealed here.
    pub async fn read_result(&self, job_id: Uuid, reason: &str) -> Result<Looked, StoreError> {
        let sealed_reason = self.vault.seal(
            Context {
                place: "audit.reason",
                row: job_id.as_bytes(),
            },
            reason.as_bytes(),
        );
        let row = sqlx::query!(
            r#"SELECT decision AS "decision!", organisation, service, state, round, status, outcome, codes, cbss_ticket,
                row_group, row_ordinal, row_type AS "row_type: Vec<Option<String>>",
                row_since AS "row_since: Vec<Option<String>>", row_until AS "row_until: Vec<Option<String>>", content
               FROM cbss_api.read_result($1, $2)"#,
            job_id,
            &sealed_reason[..],
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|source| StoreError::database("reading a result", source))?;
        match row.decision.as_str() {
            "granted" => {}
            "not_found" => return Ok(Looked::NotFound),
            _ => return Ok(Looked::Denied),
        }
        let state = row.state.unwrap_or_default();
        let (Some(round), Some(content)) = (row.round, row.content) else {
            return Ok(Looked::NoResult { state });
        };
        let stored = StoredColumns {
            groups: row.row_group.unwrap_or_default(),
            ordinals: row.row_ordinal.unwrap_or_default(),
            types: row.row_type.unwrap_or_default(),
            since: row.row_since.unwrap_or_default(),
            until: row.row_until.unwrap_or_default(),
            content,
        };
        let (rows, messages) = stored.open(&self.vault, job_id, round)?;
        Ok(Looked::Found(Box::new(ReadResult {
            organisation: row.organisation.unwrap_or_default(),
            service: row.service.unwrap_or_default(),
            state,
            status: row.status.unwrap_or_default(),
            outcome: row.outcome.unwrap_or_default(),
            codes: row.codes.unwrap_or_default(),
            ticket: row.cbss_ticket,
            rows,
            messages,
        })))
    }

    /// Says which upstream user a login of the server is. Only who may write `reader_login` can.
    pub async fn add_reader(&self, login: &str, organisation: &str, user_id: &str) -> Result<(), StoreError> {
        sqlx::query!(
            r#"INSERT INTO relay.reader_login (login, organisation, user_hash) VALUES ($1, $2, $3)
               ON CONFLICT DO NOTHING"#,
            login,
            organisation,
            &self.requester_hash(organisation, user_id)[..],
        )
        .execute(&self.pool)
        .await
        .map_err(|source| StoreError::database("adding a reader", source))?;
        Ok(())
    }
}
