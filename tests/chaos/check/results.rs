//! Results and calls: what the record says is what happened at the CBSS.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Sorted;
use crate::facts::{Attempt, Call, Job};

/// Classes that say: not executed. The simulated CBSS refuses without a look at the request (404), as a gateway does.
pub(super) const NOT_EXECUTED: [&str; 4] = ["not_sent", "handed_back", "unavailable", "refused"];
/// Classes of an answer that ended the job.
const FINAL: [&str; 3] = ["ok", "warnings", "errors"];

pub(super) fn is(attempt: &Attempt, classes: &[&str]) -> bool {
    attempt
        .class
        .as_deref()
        .is_some_and(|class| classes.contains(&class))
}

pub(super) fn check(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    let calls = calls(sorted, problems);
    for attempt in &sorted.facts.attempts {
        let call = calls.get(&attempt.ticket);
        let executed = call.is_some_and(|call| call.executed.is_some());
        if is(attempt, &NOT_EXECUTED) && executed {
            problems.push(format!("(2) executed, and on record as not: {attempt:?}"));
        }
        if is(attempt, &["not_sent", "handed_back"]) && call.is_some() {
            problems.push(format!("(2) sent, and on record as not: {attempt:?}"));
        }
        if is(attempt, &["ok"]) && !executed {
            problems.push(format!("(2) answered, and not executed at the CBSS: {attempt:?}"));
        }
        if let (Some(noted), Some(call)) = (&attempt.cbss_ticket, call)
            && *noted != call.ticket_cbss
        {
            problems.push(format!(
                "(2) the ticket is of another call, {}: {attempt:?}",
                call.ticket_cbss
            ));
        }
    }
    rows(sorted, problems);
    asked_again(sorted, problems);
}

/// Promise 3, and one call to an attempt.
fn calls<'f>(sorted: &Sorted<'f>, problems: &mut Vec<String>) -> BTreeMap<Uuid, &'f Call> {
    let mut calls = BTreeMap::new();
    for call in &sorted.facts.calls {
        let Some(ticket) = call.ticket else {
            // The head was there, and the client went away before the rest.
            if call.executed.is_some() {
                problems.push(format!("(2) a call without a ticket: {call:?}"));
            }
            continue;
        };
        match sorted.by_ticket.get(&ticket) {
            None => problems.push(format!("(2) a call that is not on record: {call:?}")),
            Some(attempt) if call.received.us() < attempt.began_us => {
                problems.push(format!(
                    "(2) a call from before it was on record: {call:?} {attempt:?}"
                ));
            }
            Some(_) => {}
        }
        if calls.insert(ticket, call).is_some() {
            problems.push(format!("(2) two calls of one attempt: {call:?}"));
        }
    }
    calls
}

/// One result for each round that ended with an answer, of the attempt that brought it. What an operator has settled has
/// none.
fn rows(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    for job in sorted.facts.jobs.values() {
        let mut settled = sorted.facts.operated.iter();
        let settled = settled.any(|act| act.job_id == job.job_id && act.action == "job_done");
        let rounds = sorted.rounds_of(job);
        for round in rounds {
            let own = sorted.facts.results.iter();
            let own: Vec<_> = own
                .filter(|result| result.job_id == job.job_id && result.round == round.number)
                .collect();
            let last = round.number == job.round;
            let answered = FINAL.contains(&round.state.as_str()) && !(settled && last);
            match (&own[..], answered) {
                ([], false) => {}
                ([result], true) => {
                    let mut attempts = sorted.attempts_of(job).iter();
                    let attempt = attempts.find(|attempt| attempt.number == result.attempt);
                    let fits = attempt.is_some_and(|attempt| {
                        attempt.answered && is(attempt, &FINAL) && attempt.round == round.number
                    });
                    if !fits || result.status != round.state {
                        problems.push(format!(
                            "(2) {result:?} has no answer that says so: {}",
                            sorted.story(job)
                        ));
                    }
                }
                (own, _) => problems.push(format!(
                    "(2) {} results of round {}: {}",
                    own.len(),
                    round.number,
                    sorted.story(job)
                )),
            }
        }
        refused(sorted, job, problems);
    }
}

/// What is refused (such as 404) ends its round as failed, question or change.
fn refused(sorted: &Sorted<'_>, job: &Job, problems: &mut Vec<String>) {
    for attempt in sorted.attempts_of(job) {
        if attempt.kind != "send" || !is(attempt, &["refused"]) {
            continue;
        }
        let round = sorted
            .rounds_of(job)
            .iter()
            .find(|round| round.number == attempt.round);
        let mut later = sorted.attempts_of(job).iter();
        let went_on = later.any(|later| later.round == attempt.round && later.number > attempt.number);
        if went_on || round.is_none_or(|round| round.state != "failed") {
            problems.push(format!(
                "(2) refused in {}, and not failed: {}",
                attempt.number,
                sorted.story(job)
            ));
        }
    }
}

/// Promise 4.
fn asked_again(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    for job in sorted.facts.jobs.values() {
        let sends: Vec<_> = sorted
            .attempts_of(job)
            .iter()
            .filter(|attempt| attempt.kind == "send")
            .collect();
        for (n, attempt) in sends.iter().enumerate() {
            let later = &sends[n + 1..];
            let again = later.iter().any(|later| later.round == attempt.round);
            if is(attempt, &FINAL) && again {
                problems.push(format!(
                    "(2) sent again after answer {}: {}",
                    attempt.number,
                    sorted.story(job)
                ));
            }
            // An answer that came when the next attempt had begun, or the round was over, is kept, and read by nobody.
            let came_us = attempt.finished_us.map(|at| at + 1_000_000);
            let begun = later.first().is_some_and(|next| Some(next.began_us) <= came_us);
            let mut rounds = sorted.rounds_of(job).iter();
            let round = rounds.find(|round| round.number == attempt.round);
            let over = round.is_some_and(|round| round.over_us.is_some() && round.over_us <= came_us);
            let moved_on = begun || over || is_settled_otherwise(sorted, job.job_id);
            if is(attempt, &["answered"]) && !moved_on {
                problems.push(format!(
                    "(2) answer {} was never read: {}",
                    attempt.number,
                    sorted.story(job)
                ));
            }
        }
    }
}

/// A change that was looked up and found done before its answer came.
fn is_settled_otherwise(sorted: &Sorted<'_>, job: Uuid) -> bool {
    let mut results = sorted.facts.results.iter();
    results.any(|result| result.job_id == job && result.outcome == "reconciled")
}
