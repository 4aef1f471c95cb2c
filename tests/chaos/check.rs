//! What must hold after every script. Each problem begins with the number of what it breaks:
//!
//! 1. every submission that got `accepted` is one job, and ended once in each round or waits for a person; what must be
//!    refused is refused;
//! 2. results are what the CBSS did: promise 3 (each call is on record) and 4 (an answer is not asked for again);
//! 3. a change is done at most once, and sent again only where that is safe;
//! 4. changes of a person run in order, one at a time;
//! 5. quotas hold at the CBSS's end, per second and at once;
//! 6. events come at least once, in order over all rounds, under stable ids, and say what the record says;
//! 7. no personal data in logs, and nobody panics;
//! 8. organisations see nothing of each other;
//! 9. nothing begins before its time, after its deadline, before its prerequisite, or where it is closed; nothing
//!    expires before.

mod changes;
pub(crate) mod events;
mod open;
mod order;
mod organisations;
mod results;
mod rounds;
mod submissions;
mod waiting;
mod window;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use self::rounds::Round;
pub(crate) use self::submissions::{is_past_its_deadline, unanswered};
use crate::facts::{Attempt, DECISIONS, Facts, Heard, Job};
use crate::figures::Figures;
use crate::harness::upstream::From;
use crate::script::{Organisation, Script};
use crate::sender::Submitted;

/// The facts, sorted by what is asked of them.
pub(crate) struct Sorted<'f> {
    pub(crate) facts: &'f Facts,
    pub(crate) script: &'f Script,
    /// The attempts of each job, in order.
    attempts: BTreeMap<Uuid, Vec<&'f Attempt>>,
    by_ticket: BTreeMap<Uuid, &'f Attempt>,
    submitted: BTreeMap<Uuid, &'f Submitted>,
    /// The jobs that events name, of each organisation's keys.
    of_key: BTreeMap<(Organisation, &'f str), BTreeSet<Uuid>>,
    /// Of each job, in order.
    rounds: BTreeMap<Uuid, Vec<Round>>,
}

impl<'f> Sorted<'f> {
    fn new(facts: &'f Facts, script: &'f Script) -> Self {
        let mut attempts: BTreeMap<Uuid, Vec<&Attempt>> = BTreeMap::new();
        for attempt in &facts.attempts {
            attempts.entry(attempt.job_id).or_default().push(attempt);
        }
        let submissions = facts.record.submissions.iter();
        let by_key: BTreeMap<(Organisation, &str), &Submitted> = submissions
            .map(|submitted| ((submitted.organisation, submitted.key.as_str()), submitted))
            .collect();
        let mut of_key: BTreeMap<(Organisation, &str), BTreeSet<Uuid>> = BTreeMap::new();
        let mut submitted = BTreeMap::new();
        for heard in &facts.seen {
            let (Some(key), Some(job)) = (&heard.event.idempotency_key, heard.event.job_id) else {
                continue;
            };
            let key = (heard.by, key.as_str());
            of_key.entry(key).or_default().insert(job.0);
            if let Some(own) = by_key.get(&key) {
                submitted.insert(job.0, *own);
            }
        }
        let tickets = facts.attempts.iter().map(|attempt| (attempt.ticket, attempt));
        let rounds = facts
            .jobs
            .values()
            .map(|job| (job.job_id, rounds::of(facts, job)));
        Self {
            facts,
            script,
            attempts,
            by_ticket: tickets.collect(),
            submitted,
            of_key,
            rounds: rounds.collect(),
        }
    }

    fn attempts_of(&self, job: &Job) -> &[&'f Attempt] {
        self.attempts.get(&job.job_id).map_or(&[], Vec::as_slice)
    }

    fn rounds_of(&self, job: &Job) -> &[Round] {
        self.rounds.get(&job.job_id).map_or(&[], Vec::as_slice)
    }

    /// The job of a key, if there is exactly one.
    fn job_of(&self, organisation: Organisation, key: &str) -> Option<&'f Job> {
        let jobs = self
            .of_key
            .get(&(organisation, key))
            .filter(|jobs| jobs.len() == 1)?;
        self.facts.jobs.get(jobs.first()?)
    }

    /// Is it a decision that is sent under its number once more, to see what was decided?
    fn is_repeated(&self, job: Uuid) -> bool {
        let job = self.facts.jobs.get(&job);
        self.script.same_attest && job.is_some_and(|job| job.service == DECISIONS)
    }

    /// How a job went, for messages.
    fn story(&self, job: &Job) -> String {
        let attempts: Vec<String> = self
            .attempts_of(job)
            .iter()
            .map(|attempt| {
                let class = attempt.class.as_deref().unwrap_or("open");
                format!("{}.{}:{}:{class}", attempt.round, attempt.number, attempt.kind)
            })
            .collect();
        let submitted = self.submitted.get(&job.job_id);
        let what = submitted.map(|submitted| (submitted.key.as_str(), submitted.kind, submitted.person));
        format!(
            "job {} of {} {what:?} {} cause {:?} finding {:?} round {} [{}]",
            job.job_id,
            job.organisation,
            job.state,
            job.cause,
            job.look_finding,
            job.round,
            attempts.join(" ")
        )
    }
}

/// All problems; the figures get what was counted on the way.
pub(crate) fn problems(facts: &Facts, script: &Script, figures: &mut Figures) -> Vec<String> {
    let sorted = Sorted::new(facts, script);
    let mut problems = Vec::new();
    submissions::check(&sorted, &mut problems);
    rounds::check(&sorted, &mut problems);
    results::check(&sorted, &mut problems);
    changes::check(&sorted, figures, &mut problems);
    order::check(&sorted, &mut problems);
    window::check(&sorted, figures, &mut problems);
    open::check(&sorted, figures, &mut problems);
    events::check(&sorted, &mut problems);
    logs(facts, &mut problems);
    organisations::check(&sorted, &mut problems);
    waiting::check(&sorted, &mut problems);
    count(&sorted, figures);
    problems
}

/// Which open jobs stand behind an uncertain change: other changes of the person (also an earlier one in a new round, for
/// never are two under way), jobs that are to follow, and later ones and followers of these.
pub(crate) fn blocked(jobs: &[&Job]) -> BTreeSet<Uuid> {
    let uncertain = jobs.iter().filter(|job| job.state == "uncertain");
    let mut held: BTreeSet<Uuid> = uncertain.map(|job| job.job_id).collect();
    let mut blocked = BTreeSet::new();
    loop {
        let behind = |job: &Job| {
            let before = |other: &&Job| {
                held.contains(&other.job_id)
                    && other.order_hash == job.order_hash
                    && (other.state == "uncertain" || other.order_number < job.order_number)
            };
            let follows = job.waits_for.is_some_and(|first| held.contains(&first));
            follows || job.order_hash.is_some() && jobs.iter().any(before)
        };
        let waiting = jobs
            .iter()
            .filter(|job| job.state == "accepted" && !held.contains(&job.job_id));
        let more: Vec<Uuid> = waiting.filter(|job| behind(job)).map(|job| job.job_id).collect();
        if more.is_empty() {
            return blocked;
        }
        held.extend(&more);
        blocked.extend(more);
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

fn count(sorted: &Sorted<'_>, figures: &mut Figures) {
    let facts = sorted.facts;
    submissions::count(sorted, figures);
    let all: Vec<&Job> = facts.jobs.values().collect();
    figures.blocked += blocked(&all).len() as u64;
    for job in all {
        *figures.jobs.entry(job.state.clone()).or_default() += 1;
        figures.second += u64::from(job.organisation == Organisation::Ghent.id());
        figures.decisions += u64::from(job.service == DECISIONS);
        figures.withdrawn_later += u64::from(job.state == "cancelled" && job.round > 1);
    }
    for attempt in &facts.attempts {
        figures.attempts += 1;
        figures.rescued += u64::from(attempt.rescued_us.is_some());
        let look = attempt.kind == "look";
        figures.looks += u64::from(look);
        figures.repetitions += u64::from(look && sorted.is_repeated(attempt.job_id));
    }
    for act in &facts.acts {
        *figures.acts.entry(act.action.clone()).or_default() += act.count as u64;
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
    let own = |heard: &&Heard| heard.from == From::Events;
    figures.events_repeated += (facts.seen.iter().filter(own).count() - heard) as u64;
}

#[cfg(test)]
mod tests;
