//! Changes of one person and organisation: in order of acceptance, one at a time.

use std::collections::BTreeMap;

use super::Sorted;
use super::changes::too_late;
use crate::facts::Job;

pub(super) fn check(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    let mut lines: BTreeMap<&str, Vec<&Job>> = BTreeMap::new();
    for job in sorted.facts.jobs.values() {
        if let Some(hash) = &job.order_hash {
            lines.entry(hash).or_default().push(job);
        }
    }
    for jobs in lines.values_mut() {
        jobs.sort_by_key(|job| job.order_number);
        for (n, job) in jobs.iter().enumerate() {
            for later in &jobs[n + 1..] {
                overlap(sorted, job, later, problems);
            }
        }
    }
    executed(sorted, problems);
}

/// An attempt of the later one begins when all that the earlier one sends is over. Its looks change nothing, and one
/// that is under way when a late answer settles its job is waited for by nobody.
fn overlap(sorted: &Sorted<'_>, earlier: &Job, later: &Job, problems: &mut Vec<String>) {
    let Some(begin) = sorted
        .attempts_of(later)
        .iter()
        .map(|attempt| attempt.began_us)
        .min()
    else {
        return;
    };
    if earlier.ended_us.is_none_or(|ended| ended > begin) {
        problems.push(format!(
            "(4) begun before the earlier one had ended: {} after {}",
            sorted.story(later),
            sorted.story(earlier)
        ));
        return;
    }
    for attempt in sorted.attempts_of(earlier) {
        let over = match (attempt.finished_us, attempt.rescued_us) {
            (Some(finished), Some(rescued)) => Some(finished.min(rescued)),
            (one, other) => one.or(other),
        };
        if attempt.kind == "send" && over.is_none_or(|over| over > begin) {
            problems.push(format!(
                "(4) overlapping: {} with attempt {} of {}",
                sorted.story(later),
                attempt.number,
                sorted.story(earlier)
            ));
        }
    }
}

/// The same, as the CBSS has seen it.
fn executed(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    let mut last: BTreeMap<&str, (i64, &Job)> = BTreeMap::new();
    let too_late = too_late(sorted);
    for change in &sorted.facts.changes {
        let job = sorted
            .by_ticket
            .get(&change.ticket)
            .and_then(|attempt| sorted.facts.jobs.get(&attempt.job_id));
        let Some((job, number)) = job.and_then(|job| Some((job, job.order_number?))) else {
            continue;
        };
        match last.get(change.ssin.as_str()) {
            Some((before, other)) if *before > number && !too_late.contains(&job.job_id) => {
                problems.push(format!(
                    "(4) done after a later one: {} after {}",
                    sorted.story(job),
                    sorted.story(other)
                ))
            }
            _ => {
                last.insert(&change.ssin, (number, job));
            }
        }
    }
}
