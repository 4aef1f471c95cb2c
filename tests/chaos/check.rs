//! What must hold after every script. Each problem begins with the number of what it breaks:
//!
//! 1. every submission that got `accepted` is one job, and ended once in its round or waits for a person;
//! 2. results are what the CBSS did: promise 3 (each call is on record) and 4 (an answer is not asked for again);
//! 3. a change is done at most once, and sent again only where that is safe;
//! 4. changes of a person run in order, one at a time;
//! 5. quotas hold at the CBSS's end;
//! 6. events come at least once, in order, under stable ids, and say what the record says;
//! 7. no personal data in logs, and nobody panics.

mod changes;
pub(crate) mod events;
mod order;
mod results;
mod window;

use std::collections::{BTreeMap, BTreeSet};

use relay_proto::EventKind;
use uuid::Uuid;

use crate::facts::{Attempt, Facts, Job};
use crate::figures::Figures;
use crate::script::Script;
use crate::sender::Submitted;

/// Looks, and rescues, after which a person must decide: the defaults of `[retry]`.
const MAX_LOOKS: i64 = 12;
const MAX_RESCUES: i64 = 3;

/// The facts, sorted by what is asked of them.
pub(crate) struct Sorted<'f> {
    pub(crate) facts: &'f Facts,
    pub(crate) script: &'f Script,
    /// The attempts of each job, in order.
    attempts: BTreeMap<Uuid, Vec<&'f Attempt>>,
    by_ticket: BTreeMap<Uuid, &'f Attempt>,
    submitted: BTreeMap<Uuid, &'f Submitted>,
}

impl<'f> Sorted<'f> {
    fn new(facts: &'f Facts, script: &'f Script) -> Self {
        let mut attempts: BTreeMap<Uuid, Vec<&Attempt>> = BTreeMap::new();
        for attempt in &facts.attempts {
            attempts.entry(attempt.job_id).or_default().push(attempt);
        }
        let by_key: BTreeMap<&str, &Submitted> = facts
            .record
            .submissions
            .iter()
            .map(|submitted| (submitted.key.as_str(), submitted))
            .collect();
        let of_job = facts.seen.iter().filter_map(|seen| {
            let key = seen.event.idempotency_key.as_ref()?;
            Some((seen.event.job_id?.0, *by_key.get(key.as_str())?))
        });
        Self {
            facts,
            script,
            attempts,
            by_ticket: facts
                .attempts
                .iter()
                .map(|attempt| (attempt.ticket, attempt))
                .collect(),
            submitted: of_job.collect(),
        }
    }

    fn attempts_of(&self, job: &Job) -> &[&'f Attempt] {
        self.attempts.get(&job.job_id).map_or(&[], Vec::as_slice)
    }

    /// How a job went, for messages.
    fn story(&self, job: &Job) -> String {
        let attempts: Vec<String> = self
            .attempts_of(job)
            .iter()
            .map(|attempt| {
                let class = attempt.class.as_deref().unwrap_or("open");
                format!("{}:{}:{class}", attempt.number, attempt.kind)
            })
            .collect();
        let submitted = self.submitted.get(&job.job_id);
        let what = submitted.map(|submitted| (submitted.key.as_str(), submitted.kind, submitted.person));
        format!(
            "job {} {what:?} {} cause {:?} finding {:?} [{}]",
            job.job_id,
            job.state,
            job.cause,
            job.look_finding,
            attempts.join(" ")
        )
    }
}

/// All problems; the figures get what was counted on the way.
pub(crate) fn problems(facts: &Facts, script: &Script, figures: &mut Figures) -> Vec<String> {
    let sorted = Sorted::new(facts, script);
    let mut problems = Vec::new();
    jobs(&sorted, &mut problems);
    cancellations(&sorted, &mut problems);
    results::check(&sorted, &mut problems);
    changes::check(&sorted, figures, &mut problems);
    order::check(&sorted, &mut problems);
    window::check(&sorted, figures, &mut problems);
    events::check(&sorted, &mut problems);
    logs(facts, &mut problems);
    count(facts, figures);
    problems
}

/// Which open jobs stand behind an uncertain change.
pub(crate) fn blocked<'j>(jobs: &[&'j Job]) -> Vec<&'j Job> {
    let behind = |job: &Job| {
        job.state == "accepted"
            && job.order_hash.is_some()
            && jobs.iter().any(|other| {
                other.order_hash == job.order_hash
                    && other.state == "uncertain"
                    && other.order_number < job.order_number
            })
    };
    jobs.iter().copied().filter(|job| behind(job)).collect()
}

fn jobs(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    let facts = sorted.facts;
    let mut of_key: BTreeMap<&str, BTreeSet<Uuid>> = BTreeMap::new();
    let mut rejected: BTreeSet<&str> = BTreeSet::new();
    for seen in &facts.seen {
        let Some(key) = &seen.event.idempotency_key else {
            continue;
        };
        if let Some(job) = seen.event.job_id {
            of_key.entry(key.as_str()).or_default().insert(job.0);
        }
        if seen.event.kind == EventKind::Rejected {
            rejected.insert(key.as_str());
        }
    }
    let cancelled: BTreeSet<&str> = facts
        .record
        .cancellations
        .iter()
        .map(|one| one.key.as_str())
        .collect();
    for submitted in &facts.record.submissions {
        let key = submitted.key.as_str();
        match of_key.get(key).map(BTreeSet::len) {
            Some(1) => {}
            found => problems.push(format!(
                "(1) {key} is {} jobs, confirmed at {:?}",
                found.unwrap_or_default(),
                submitted.confirmed_us
            )),
        }
        if rejected.contains(key) && !cancelled.contains(key) {
            problems.push(format!(
                "(1) {key} was rejected, and nobody had tried to cancel it"
            ));
        }
    }
    if facts.jobs.len() != facts.record.submissions.len() {
        problems.push(format!(
            "(1) {} submissions are {} jobs",
            facts.record.submissions.len(),
            facts.jobs.len()
        ));
    }
    let all: Vec<&Job> = facts.jobs.values().collect();
    let blocked: BTreeSet<Uuid> = blocked(&all).iter().map(|job| job.job_id).collect();
    for job in all {
        let ended = job.ended_us.is_some();
        let evidence = job.look_finding.is_some() || job.looks >= MAX_LOOKS || job.rescues >= MAX_RESCUES;
        if job.state == "uncertain" && !evidence {
            problems.push(format!("(1) uncertain without evidence: {}", sorted.story(job)));
        } else if job.state != "uncertain" && !ended && !blocked.contains(&job.job_id) {
            problems.push(format!("(1) never ended: {}", sorted.story(job)));
        }
        if job.round != 1 {
            problems.push(format!("(1) a round that nobody opened: {}", sorted.story(job)));
        }
    }
}

/// A cancellation that was not lost with a broker's disk has an effect or an answer.
fn cancellations(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    let facts = sorted.facts;
    let wiped = facts.wiped_us.unwrap_or_default();
    let job_of = |key: &str| {
        let own = |(_, submitted): &(&Uuid, &&Submitted)| submitted.key == key;
        sorted
            .submitted
            .iter()
            .find(own)
            .and_then(|(job, _)| facts.jobs.get(job))
    };
    for cancelled in &facts.record.cancellations {
        if cancelled.confirmed_us.is_none_or(|confirmed| confirmed <= wiped) {
            continue;
        }
        let withdrawn = job_of(&cancelled.key).is_some_and(|job| job.state == "cancelled");
        let refused = facts.seen.iter().any(|seen| {
            let own = seen
                .event
                .idempotency_key
                .as_ref()
                .is_some_and(|key| key.as_str() == cancelled.key);
            own && seen.event.kind == EventKind::Rejected
        });
        if !withdrawn && !refused {
            problems.push(format!(
                "(1) the cancellation of {} had no effect and no answer",
                cancelled.key
            ));
        }
    }
}

fn logs(facts: &Facts, problems: &mut Vec<String>) {
    for (n, ssin) in facts.people.iter().enumerate() {
        if facts.logs.contains(ssin.as_str()) {
            problems.push(format!("(7) the SSIN of person {n} is in a log"));
        }
    }
    for line in facts.logs.lines().filter(|line| line.contains("panicked")) {
        problems.push(format!("(7) a service panicked: {line}"));
    }
}

fn count(facts: &Facts, figures: &mut Figures) {
    figures.submissions += facts.record.submissions.len() as u64;
    let all: Vec<&Job> = facts.jobs.values().collect();
    figures.blocked += blocked(&all).len() as u64;
    for job in all {
        *figures.jobs.entry(job.state.clone()).or_default() += 1;
    }
    for attempt in &facts.attempts {
        figures.attempts += 1;
        figures.rescued += u64::from(attempt.rescued_us.is_some());
        figures.looks += u64::from(attempt.kind == "look");
    }
    let reconciled = facts
        .results
        .iter()
        .filter(|result| result.outcome == "reconciled");
    figures.reconciled += reconciled.count() as u64;
    figures.calls += facts.calls.len() as u64;
    figures.changes_executed += facts.changes.len() as u64;
    let heard = facts.heard().len();
    figures.events += heard as u64;
    let own = |seen: &&crate::harness::upstream::Seen| seen.from == crate::harness::upstream::From::Events;
    figures.events_repeated += (facts.seen.iter().filter(own).count() - heard) as u64;
}

#[cfg(test)]
mod tests;
