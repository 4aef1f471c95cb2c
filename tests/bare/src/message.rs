//! The messages: a submission in, an event out, as the relay's contract has them.

use serde::{Deserialize, Serialize};

/// A submission (`cbss.submission.v1`), as far as the benchmark uses it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Submission {
    /// For whom.
    pub organisation: String,
    /// The sender's own name for it.
    pub idempotency_key: String,
    /// Who asks, and why.
    pub requester: Requester,
    /// The question.
    pub retrieve_ti_groups: Question,
}

/// Who asks, and why.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requester {
    /// The person.
    pub user_id: String,
    /// The purpose.
    pub reason: String,
}

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
pub struct Question {
    /// About whom, eleven digits.
    pub ssin: String,
    /// With what is no longer valid?
    pub history: bool,
}

/// An event (`cbss.event.v1`), as far as the benchmark looks at it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// What happened.
    pub kind: String,
    /// Of which submission.
    pub idempotency_key: Option<String>,
    /// The job's state.
    pub state: Option<String>,
}
