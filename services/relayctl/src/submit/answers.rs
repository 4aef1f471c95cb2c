//! Answers from the reply queue.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use relay_amqp::{Batches, Decision, Settler};
use relay_domain::JobState;
use relay_proto::{Encoding, EventKind, EventMessage};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::table;

/// What came of the submissions.
pub(super) struct Answers {
    /// The keys, in the order of the submissions.
    keys: Vec<String>,
    /// The last word on each key, and its bytes where they are JSON.
    last: HashMap<String, EventMessage>,
    timed_out: bool,
}

/// Collects until every key has its last word, or time is up.
pub(super) async fn collect(
    mut batches: Batches,
    settler: Settler,
    stop: CancellationToken,
    keys: Vec<String>,
    limit: Duration,
) -> Answers {
    let bar = table::progress(keys.len(), "waiting");
    let mut open: HashSet<String> = keys.iter().cloned().collect();
    let mut last = HashMap::new();
    let work = async {
        while !open.is_empty() {
            let Some(batch) = batches.next(200).await else {
                break;
            };
            let mut decisions = Vec::with_capacity(batch.len());
            for held in batch {
                let encoding = held
                    .delivery
                    .properties
                    .content_type
                    .as_deref()
                    .and_then(Encoding::from_content_type);
                let event =
                    encoding.and_then(|encoding| EventMessage::decode(encoding, &held.delivery.body).ok());
                if let Some(event) = event {
                    note(event, &mut open, &mut last);
                }
                decisions.push((held.token, Decision::Done(Vec::new())));
            }
            settler.settle(decisions).await;
            bar.set_position((keys.len() - open.len()) as u64);
        }
    };
    let timed_out = tokio::time::timeout(limit, work).await.is_err();
    bar.finish_and_clear();
    stop.cancel();
    batches.close().await;
    Answers {
        keys,
        last,
        timed_out,
    }
}

/// A job that ended, a rejection, and a duplicate of a job that ended before are last words.
fn note(event: EventMessage, open: &mut HashSet<String>, last: &mut HashMap<String, EventMessage>) {
    let Some(key) = event.idempotency_key.as_ref().map(|key| key.as_str().to_owned()) else {
        return;
    };
    let over = match event.kind {
        EventKind::Finished | EventKind::Rejected => true,
        EventKind::Accepted => event.duplicate && event.state.is_some_and(JobState::is_terminal),
        EventKind::Parked | EventKind::Reopened => false,
    };
    if over {
        open.remove(&key);
    }
    // Deliveries repeat themselves and an older one may come after a newer.
    let newer = last
        .get(&key)
        .is_none_or(|known| over || known.sequence <= event.sequence);
    if newer {
        last.insert(key, event);
    }
}

impl Answers {
    /// Prints them, and says how it went.
    pub(super) fn report(self, json: bool) -> Result<(), Failure> {
        if json {
            for event in self.keys.iter().filter_map(|key| self.last.get(key)) {
                let value: Value = serde_json::from_slice(&event.encode(Encoding::Json))
                    .map_err(|error| Failure::NotFound(error.to_string()))?;
                table::json(&value)?;
            }
        } else {
            self.print();
        }
        let state = |key: &String| self.last.get(key).and_then(|event| event.state);
        let rejected = self
            .last
            .values()
            .filter(|event| event.kind == EventKind::Rejected)
            .count();
        let good = |key: &&String| matches!(state(key), Some(JobState::Ok | JobState::Warnings));
        let good = self.keys.iter().filter(good).count();
        if self.timed_out {
            let waiting = self.keys.len()
                - self
                    .keys
                    .iter()
                    .filter(|key| state(key).is_some_and(JobState::is_terminal))
                    .count()
                - rejected;
            return Err(Failure::TimeOut(format!(
                "{waiting} jobs have not ended in time; they go on"
            )));
        }
        if rejected > 0 {
            return Err(Failure::Invalid(format!(
                "{rejected} of {} submissions were rejected",
                self.keys.len()
            )));
        }
        if good < self.keys.len() {
            let bad = self.keys.len() - good;
            return Err(Failure::Negative(format!(
                "{bad} of {} jobs ended neither ok nor with warnings",
                self.keys.len()
            )));
        }
        Ok(())
    }

    fn print(&self) {
        let header = [
            "Key",
            "Job",
            "State",
            "Outcome",
            "Codes",
            "CBSS ticket",
            "What is wrong",
        ];
        table::print(
            &header,
            self.keys.iter().map(|key| {
                let Some(event) = self.last.get(key) else {
                    return vec![key.clone(), String::new(), "no answer".to_owned()];
                };
                let errors: Vec<String> = event
                    .errors
                    .iter()
                    .map(|error| format!("{}: {}", error.path, error.text))
                    .collect();
                let state = if event.kind == EventKind::Rejected {
                    "rejected".to_owned()
                } else {
                    event.state.map(JobState::as_str).unwrap_or_default().to_owned()
                };
                vec![
                    key.clone(),
                    event.job_id.map(|job| job.to_string()).unwrap_or_default(),
                    state,
                    event.outcome.clone().unwrap_or_default(),
                    event.codes.join(" "),
                    event.tickets.cbss.clone().unwrap_or_default(),
                    errors.join("; "),
                ]
            }),
        );
    }
}
