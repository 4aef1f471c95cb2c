//! What happened, in numbers.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::script::Operation;

/// Of one script, or of all of a run.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Figures {
    pub(crate) scripts: u64,
    pub(crate) seconds: f64,
    pub(crate) operations: BTreeMap<String, u64>,
    pub(crate) submissions: u64,
    /// Repeated because the broker had lost its disk before the relay said `accepted`.
    pub(crate) resubmitted: u64,
    pub(crate) jobs: BTreeMap<String, u64>,
    /// Open behind an uncertain change.
    pub(crate) blocked: u64,
    pub(crate) attempts: u64,
    pub(crate) rescued: u64,
    pub(crate) looks: u64,
    /// Changes sent again after two looks had found them missing.
    pub(crate) sent_again_with_evidence: u64,
    /// Changes found to be done.
    pub(crate) reconciled: u64,
    pub(crate) calls: u64,
    pub(crate) changes_executed: u64,
    /// Later than the lease and `settle` allow: a worker stood still between its last look at the time and the
    /// first byte. Nothing is promised of them.
    pub(crate) executed_too_late: u64,
    /// Faults by their kind, as often as they were applied.
    pub(crate) faults: BTreeMap<String, u64>,
    pub(crate) events: u64,
    pub(crate) events_repeated: u64,
    /// Services that ended without being asked to.
    pub(crate) ended_by_themselves: u64,
    /// The fullest window of a quota, as a part of what is allowed.
    pub(crate) fullest_window: f64,
    /// Calls of workers that stood still meanwhile: they are in no window.
    pub(crate) calls_not_timed: u64,
}

impl Figures {
    /// The operation's own word.
    pub(crate) fn operation(&mut self, operation: &Operation) {
        let value = serde_json::to_value(operation).unwrap_or_default();
        let name = value["op"].as_str().unwrap_or("?").to_owned();
        *self.operations.entry(name).or_default() += 1;
    }

    /// From the simulator's list of rules.
    pub(crate) fn faults(&mut self, rules: &Value) {
        for rule in rules.as_array().into_iter().flatten() {
            let kind = match rule["action"]["type"].as_str() {
                Some("none") | None => "slow_reply",
                Some(kind) => kind,
            };
            *self.faults.entry(kind.to_owned()).or_default() += rule["applied"].as_u64().unwrap_or_default();
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.operations, &other.operations),
            (&mut self.jobs, &other.jobs),
            (&mut self.faults, &other.faults),
        ] {
            for (name, count) in theirs {
                *mine.entry(name.clone()).or_default() += count;
            }
        }
        self.scripts += other.scripts;
        self.seconds += other.seconds;
        self.submissions += other.submissions;
        self.resubmitted += other.resubmitted;
        self.blocked += other.blocked;
        self.attempts += other.attempts;
        self.rescued += other.rescued;
        self.looks += other.looks;
        self.sent_again_with_evidence += other.sent_again_with_evidence;
        self.reconciled += other.reconciled;
        self.calls += other.calls;
        self.changes_executed += other.changes_executed;
        self.executed_too_late += other.executed_too_late;
        self.events += other.events;
        self.events_repeated += other.events_repeated;
        self.ended_by_themselves += other.ended_by_themselves;
        self.fullest_window = self.fullest_window.max(other.fullest_window);
        self.calls_not_timed += other.calls_not_timed;
    }
}
