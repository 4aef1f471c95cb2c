//! What waits: for its time, its deadline, another job, or until a lane is open again.

use super::Sorted;
use crate::facts::{Attempt, Job};
use crate::sender::Submitted;

/// A worker that looked just before a lane was closed may begin just after; the two are not in one line.
const DECIDING_US: i64 = 250_000;

pub(super) fn check(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    for job in sorted.facts.jobs.values() {
        match sorted.submitted.get(&job.job_id) {
            Some(submitted) => {
                times(sorted, job, submitted, problems);
                prerequisite(sorted, job, submitted, problems);
            }
            None if job.state == "expired" || job.cause.as_deref() == Some("prerequisite") => {
                problems.push(format!("(9) nobody asked for that: {}", sorted.story(job)));
            }
            None => {}
        }
    }
    for attempt in &sorted.facts.attempts {
        closed(sorted, attempt, problems);
    }
}

fn times(sorted: &Sorted<'_>, job: &Job, submitted: &Submitted, problems: &mut Vec<String>) {
    let attempts = sorted.attempts_of(job);
    let early = |attempt: &&&Attempt| {
        submitted
            .not_before_us
            .is_some_and(|from| attempt.began_us < from)
    };
    if let Some(attempt) = attempts.iter().find(early) {
        problems.push(format!(
            "(9) attempt {} began before its time: {}",
            attempt.number,
            sorted.story(job)
        ));
    }
    // A new round has no deadline, and looks send nothing.
    let late = |attempt: &&&Attempt| {
        let counts = attempt.round == 1 && attempt.kind == "send";
        counts
            && submitted
                .deadline_us
                .is_some_and(|deadline| attempt.began_us >= deadline)
    };
    if let Some(attempt) = attempts.iter().find(late) {
        problems.push(format!(
            "(9) attempt {} began after the deadline: {}",
            attempt.number,
            sorted.story(job)
        ));
    }
    if job.state != "expired" {
        return;
    }
    let passed = submitted
        .deadline_us
        .zip(job.ended_us)
        .is_some_and(|(deadline, ended)| deadline <= ended);
    if !passed || job.round != 1 {
        problems.push(format!("(9) expired before its deadline: {}", sorted.story(job)));
    }
    let open = |attempt: &&&Attempt| {
        let over = [attempt.finished_us, attempt.rescued_us]
            .into_iter()
            .flatten()
            .min();
        job.ended_us
            .is_some_and(|ended| attempt.began_us <= ended && over.is_none_or(|over| over > ended))
    };
    if let Some(attempt) = attempts.iter().find(open) {
        problems.push(format!(
            "(9) expired during attempt {}: {}",
            attempt.number,
            sorted.story(job)
        ));
    }
}

/// A follower runs when the other job has ended well, and ends with it when it has not, in whichever round.
fn prerequisite(sorted: &Sorted<'_>, job: &Job, submitted: &Submitted, problems: &mut Vec<String>) {
    let ended_with_it = job.cause.as_deref() == Some("prerequisite");
    let first = submitted
        .after
        .as_ref()
        .and_then(|key| sorted.job_of(submitted.organisation, key));
    let Some(first) = first else {
        if ended_with_it {
            problems.push(format!("(9) it followed nothing: {}", sorted.story(job)));
        }
        return;
    };
    let well = |state: &str| matches!(state, "ok" | "warnings");
    let met_us = first.ended_us.filter(|_| well(&first.state));
    let begun = sorted.attempts_of(job).first().map(|attempt| attempt.began_us);
    if begun.is_some_and(|begun| met_us.is_none_or(|met| met > begun)) {
        problems.push(format!(
            "(9) run before {}: {}",
            sorted.story(first),
            sorted.story(job)
        ));
    }
    let ended_us = job.ended_us.unwrap_or(i64::MAX);
    let failed = sorted.rounds_of(first).iter().any(|round| {
        let open = matches!(round.state.as_str(), "accepted" | "uncertain");
        !well(&round.state) && !open && round.over_us.is_some_and(|over| over <= ended_us)
    });
    if ended_with_it && !failed {
        problems.push(format!(
            "(9) ended with what did not fail, {}: {}",
            sorted.story(first),
            sorted.story(job)
        ));
    }
    if ended_with_it && job.state != "cancelled" {
        problems.push(format!(
            "(9) its prerequisite failed, and it is no cancelled job: {}",
            sorted.story(job)
        ));
    }
}

/// Nothing begins in a lane or an environment that is closed.
fn closed(sorted: &Sorted<'_>, attempt: &Attempt, problems: &mut Vec<String>) {
    let Some(job) = sorted.facts.jobs.get(&attempt.job_id) else {
        return;
    };
    let within = sorted.facts.closures.iter().find(|closure| {
        let concerned = closure.lane.is_none_or(|(organisation, service)| {
            organisation.id() == job.organisation && service == job.service
        });
        let from = closure.from_us + DECIDING_US;
        concerned && attempt.began_us > from && closure.until_us.is_none_or(|until| attempt.began_us < until)
    });
    if let Some(closure) = within {
        problems.push(format!(
            "(9) attempt {} began while {closure:?}: {}",
            attempt.number,
            sorted.story(job)
        ));
    }
}
