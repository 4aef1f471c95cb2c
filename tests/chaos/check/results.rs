//! Results and calls: what the record says is what happened at the CBSS.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Sorted;
use crate::facts::{Attempt, Call};

/// Classes that say: not executed.
pub(super) const NOT_EXECUTED: [&str; 3] = ["not_sent", "handed_back", "unavailable"];
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

/// One result for each round that ended with an answer, of the attempt that brought it.
fn rows(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    for job in sorted.facts.jobs.values() {
        let own: Vec<_> = sorted
            .facts
            .results
            .iter()
            .filter(|result| result.job_id == job.job_id)
            .collect();
        let answered = FINAL.contains(&job.state.as_str());
        match (&own[..], answered) {
            ([], false) => {}
            ([result], true) => {
                let attempts = sorted.attempts_of(job);
                let attempt = attempts.iter().find(|attempt| attempt.number == result.attempt);
                let fits = attempt.is_some_and(|attempt| attempt.answered && is(attempt, &FINAL));
                if !fits || result.status != job.state {
                    problems.push(format!(
                        "(2) {result:?} has no answer that says so: {}",
                        sorted.story(job)
                    ));
                }
            }
            (own, _) => problems.push(format!("(2) {} results: {}", own.len(), sorted.story(job))),
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
            if is(attempt, &FINAL) && !later.is_empty() {
                problems.push(format!(
                    "(2) sent again after answer {}: {}",
                    attempt.number,
                    sorted.story(job)
                ));
            }
            // An answer that came when the next attempt had begun is kept, and read by nobody.
            let begun = later
                .first()
                .is_some_and(|next| Some(next.began_us) <= attempt.finished_us.map(|at| at + 1_000_000));
            let moved_on = begun || job.state == "cancelled" || is_settled_otherwise(sorted, job.job_id);
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
