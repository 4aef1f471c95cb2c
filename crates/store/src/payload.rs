//! The sealed part of a job.

use relay_domain::{Request, Requester};
use relay_vault::{Context, Vault};
use serde::{Deserialize, Serialize};
use tracing::error;
use uuid::Uuid;

use crate::StoreError;

/// What a job knows about people: sealed in `job.payload`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPayload {
    /// The sender's own name for the request.
    pub idempotency_key: relay_domain::submission::IdempotencyKey,
    /// Who asks, and why.
    pub requester: Requester,
    /// The broker's user that submitted.
    pub upstream_user: String,
    /// The queue that wants answers, beside the organisation's events.
    pub reply_to: Option<String>,
    /// The sender's correlation id, given back with answers.
    pub correlation_id: Option<String>,
    /// What is asked.
    pub request: Request,
}

impl JobPayload {
    pub(crate) fn seal(&self, vault: &Vault, job_id: Uuid) -> Result<Vec<u8>, StoreError> {
        let json = serde_json::to_vec(self).map_err(|_| StoreError::Shape { place: "job.payload" })?;
        Ok(vault.seal(context(job_id.as_bytes()), &json))
    }

    pub(crate) fn open(vault: &Vault, job_id: Uuid, sealed: &[u8]) -> Result<Self, StoreError> {
        let json = vault.open(context(job_id.as_bytes()), sealed)?;
        serde_json::from_slice(&json).map_err(|_| StoreError::Shape { place: "job.payload" })
    }
}

/// What does not open, for want of its key or because its row was damaged, is one job's trouble: it is said, the
/// job stays where it stands until somebody mends it, and the others of its batch go on.
pub(crate) fn opened<T>(job_id: Uuid, opened: Result<T, StoreError>) -> Option<T> {
    opened
        .inspect_err(
            |error| error!(job.id = %job_id, %error, "a job does not open; it is left where it stands"),
        )
        .ok()
}

fn context(row: &[u8]) -> Context<'_> {
    Context {
        place: "job.payload",
        row,
    }
}
