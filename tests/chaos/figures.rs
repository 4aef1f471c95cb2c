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
    /// Jobs of the second organisation.
    pub(crate) second: u64,
    /// Decisions, and attempts that sent one again under its number.
    pub(crate) decisions: u64,
    pub(crate) repetitions: u64,
    /// Submissions with a deadline, and those that came too late to be jobs.
    pub(crate) deadlines: u64,
    pub(crate) too_late: u64,
    /// Jobs that name another one; those of them that ended with it.
    pub(crate) followers: u64,
    pub(crate) followers_cancelled: u64,
    pub(crate) not_before: u64,
    /// Submissions under a used key, and after another organisation's job, refused.
    pub(crate) conflicts: u64,
    pub(crate) foreign: u64,
    /// Acts of operators on jobs.
    pub(crate) acts: BTreeMap<String, u64>,
    /// Jobs withdrawn in a later round, and cancellations refused because no event told of the round yet, or for any other
    /// reason.
    pub(crate) withdrawn_later: u64,
    pub(crate) cancellations_refused: u64,
    /// Workers killed while they looked.
    pub(crate) killed_looking: u64,
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
    /// The most calls open at once, as a part of what is allowed.
    pub(crate) most_open: f64,
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
            (&mut self.acts, &other.acts),
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
        self.second += other.second;
        self.decisions += other.decisions;
        self.repetitions += other.repetitions;
        self.deadlines += other.deadlines;
        self.too_late += other.too_late;
        self.followers += other.followers;
        self.followers_cancelled += other.followers_cancelled;
        self.not_before += other.not_before;
        self.conflicts += other.conflicts;
        self.foreign += other.foreign;
        self.withdrawn_later += other.withdrawn_later;
        self.cancellations_refused += other.cancellations_refused;
        self.killed_looking += other.killed_looking;
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
        self.most_open = self.most_open.max(other.most_open);
        self.calls_not_timed += other.calls_not_timed;
    }
}
