//! Changes: done at most once, sent again only where it is safe, and done if the relay says so.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::Sorted;
use super::results::{NOT_EXECUTED, is};
use crate::facts::{Attempt, DECISIONS, Job};
use crate::figures::Figures;
use crate::script::{Kind, SETTLE_MS};

pub(super) fn check(sorted: &Sorted<'_>, figures: &mut Figures, problems: &mut Vec<String>) {
    let mut executed: BTreeMap<Uuid, usize> = BTreeMap::new();
    let too_late = too_late(sorted);
    figures.executed_too_late += too_late.len() as u64;
    for change in &sorted.facts.changes {
        match sorted.by_ticket.get(&change.ticket) {
            // The same number once more: it counts once.
            Some(attempt) if sorted.is_repeated(attempt.job_id) => {
                executed.insert(attempt.job_id, 1);
            }
            Some(attempt) if attempt.kind == "send" => *executed.entry(attempt.job_id).or_default() += 1,
            _ => problems.push(format!("(3) a change that nobody has sent: {change:?}")),
        }
    }
    let changes = sorted.facts.jobs.values().filter(|job| job.order_hash.is_some());
    for job in changes {
        let times = executed.get(&job.job_id).copied().unwrap_or_default();
        if times > 1 && !too_late.contains(&job.job_id) {
            problems.push(format!("(3) done {times} times: {}", sorted.story(job)));
        }
        sent_again(sorted, job, figures, problems);
        let wrong = match job.state.as_str() {
            "ok" | "warnings" => !is_as_wanted(sorted, job, times),
            // Nobody knew, and an operator wished to hear no more of it.
            "failed" if job.cause.as_deref() == Some("discarded") => false,
            // All of these say that nothing was done.
            "errors" | "failed" | "cancelled" | "expired" => times > 0 && !too_late.contains(&job.job_id),
            _ => false,
        };
        if wrong {
            problems.push(format!(
                "(3) at the CBSS it was done {times} times: {}",
                sorted.story(job)
            ));
        }
    }
}

/// Jobs of which a change was executed when the time to settle was over. "What cannot be promised is said."
pub(super) fn too_late(sorted: &Sorted<'_>) -> BTreeSet<Uuid> {
    let settle_us = i64::try_from(SETTLE_MS * 1000).unwrap_or(i64::MAX);
    let late = sorted.facts.changes.iter().filter_map(|change| {
        let attempt = sorted.by_ticket.get(&change.ticket)?;
        (change.executed.us() > attempt.lease_until_us + settle_us).then_some(attempt.job_id)
    });
    late.collect()
}

/// Between an attempt that may have been executed and the next one, two looks; none where there is nothing to look at.
fn sent_again(sorted: &Sorted<'_>, job: &Job, figures: &mut Figures, problems: &mut Vec<String>) {
    let attempts = sorted.attempts_of(job);
    let nothing_to_look_at = job.service == DECISIONS && !sorted.is_repeated(job.job_id);
    if nothing_to_look_at && attempts.iter().any(|attempt| attempt.kind == "look") {
        problems.push(format!("(3) looked for a decision: {}", sorted.story(job)));
    }
    let sends: Vec<&&Attempt> = attempts.iter().filter(|attempt| attempt.kind == "send").collect();
    for pair in sends.windows(2) {
        let [before, after] = pair else { continue };
        if is(before, &NOT_EXECUTED) || opened_with_evidence(sorted, job, before, after) {
            continue;
        }
        let between = attempts.iter().filter(|attempt| {
            attempt.kind == "look" && attempt.number > before.number && attempt.number < after.number
        });
        if between.filter(|look| is(look, &["ok"])).count() >= 2 {
            figures.sent_again_with_evidence += 1;
        } else {
            problems.push(format!(
                "(3) attempt {} was sent blindly: {}",
                after.number,
                sorted.story(job)
            ));
        }
    }
}

/// An operator has seen that it was not made, or the CBSS had said so.
fn opened_with_evidence(sorted: &Sorted<'_>, job: &Job, before: &Attempt, after: &Attempt) -> bool {
    sorted.rounds_of(job).iter().any(|round| {
        let between = before.round < round.number && round.number <= after.round;
        between
            && match round.opened_by.as_deref() {
                Some("job_not_done") => true,
                Some("job_retry") => is(before, &["errors"]),
                _ => false,
            }
    })
}

/// A change that ended well was done by its own attempt, or was found as it should be.
fn is_as_wanted(sorted: &Sorted<'_>, job: &Job, times: usize) -> bool {
    if times > 0 {
        return true;
    }
    let reconciled = sorted
        .facts
        .results
        .iter()
        .any(|result| result.job_id == job.job_id && result.outcome == "reconciled");
    let Some(submitted) = sorted.submitted.get(&job.job_id) else {
        return false;
    };
    if !reconciled {
        return false;
    }
    // Found so: what earlier changes of the person had left. Only one period is asked for, or nothing is said.
    let mixed = sorted.facts.record.submissions.iter().any(|other| {
        (other.organisation, other.person) == (submitted.organisation, submitted.person) && other.other_period
    });
    let ssin = &sorted.facts.people[submitted.person];
    let mut registered = BTreeSet::new();
    for change in sorted
        .facts
        .changes
        .iter()
        .filter(|change| change.cbe_number == submitted.organisation.cbe_number())
        .filter(|change| Some(change.executed.us()) < job.ended_us)
    {
        match change.action.as_str() {
            "REGISTER" => registered.insert(&change.ssin),
            "UNREGISTER" => registered.remove(&change.ssin),
            _ => false,
        };
    }
    match submitted.kind {
        Kind::Register => mixed || registered.contains(ssin),
        Kind::Unregister => mixed || !registered.contains(ssin),
        // There is nothing in which it could be found.
        Kind::Decision | Kind::Question | Kind::List => false,
    }
}
