//! What the simulated CBSS has on record.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::harness::simulator::{CHANGES, LEDGER};
use crate::stage::Stage;

/// The service of decisions.
pub(crate) const DECISIONS: &str = "loi65-c";
/// What a decision is as a change.
const DECISION: &str = "DECISION";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Moment {
    pub(crate) at: String,
    pub(crate) ms: u64,
}

impl Moment {
    pub(crate) fn us(&self) -> i64 {
        let at = OffsetDateTime::parse(&self.at, &Rfc3339).expect("a time of the simulator");
        i64::try_from(at.unix_timestamp_nanos() / 1000).expect("a time in this era")
    }
}

/// A line of the simulator's ledger.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) sequence: u64,
    pub(crate) received: Moment,
    pub(crate) executed: Option<Moment>,
    pub(crate) ended: Option<Moment>,
    /// Null where only the head of a message came.
    pub(crate) service: Option<String>,
    pub(crate) cbe_number: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) ticket: Option<Uuid>,
    pub(crate) ticket_cbss: String,
    pub(crate) ssin: Option<String>,
}

/// A line of its log of changes, or a decision by the ledger.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) ticket: Uuid,
    pub(crate) ssin: String,
    pub(crate) cbe_number: String,
    /// `REGISTER`, `UNREGISTER` or [`DECISION`].
    pub(crate) action: String,
    pub(crate) executed: Moment,
}

pub(crate) async fn calls(stage: &Stage) -> anyhow::Result<Vec<Call>> {
    stage.relay().simulator().get(LEDGER).await
}

/// What was changed at the CBSS, in the order of its execution. The simulator's log has the registrations; that a form
/// was decided on is in the ledger.
pub(crate) async fn changes(stage: &Stage, calls: &[Call]) -> anyhow::Result<Vec<Change>> {
    let mut changes: Vec<Change> = stage.relay().simulator().get(CHANGES).await?;
    let decisions = calls
        .iter()
        .filter(|call| call.service.as_deref() == Some(DECISIONS));
    changes.extend(decisions.filter_map(|call| {
        Some(Change {
            ticket: call.ticket?,
            ssin: call.ssin.clone()?,
            cbe_number: call.cbe_number.clone()?,
            action: DECISION.to_owned(),
            executed: call.executed.clone()?,
        })
    }));
    changes.sort_by_key(|change| change.executed.us());
    Ok(changes)
}
