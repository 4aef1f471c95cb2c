//! Changes of one person and organisation: in order of acceptance, one at a time. An operator who opens a new round puts
//! an early change behind those that are under way meanwhile; one that was found not done and waits to be sent again is
//! not under way.

use std::collections::{BTreeMap, BTreeSet};

use super::Sorted;
use super::changes::too_late;
use crate::facts::Job;

/// From the first attempt on until it is over. Rounds that an operator opened because the change was not made are one with
/// the round before: it was uncertain in between, and the others waited.
#[derive(Clone, Copy, Debug)]
struct Span {
    begin_us: Option<i64>,
    end_us: i64,
}

fn spans(sorted: &Sorted<'_>, job: &Job) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for round in sorted.rounds_of(job) {
        let own = sorted
            .attempts_of(job)
            .iter()
            .filter(|attempt| attempt.round == round.number);
        let begin_us = own.map(|attempt| attempt.began_us).min();
        let end_us = round.over_us.unwrap_or(i64::MAX);
        match spans.last_mut() {
            Some(last) if round.opened_by.as_deref() == Some("job_not_done") => last.end_us = end_us,
            _ => spans.push(Span { begin_us, end_us }),
        }
    }
    spans
}

/// The parts of a job's rounds in which it is under way: from each send until its outcome is known, the looks at it
/// included. The last one of a round lasts until the round is over.
fn under_way(sorted: &Sorted<'_>, job: &Job) -> Vec<Span> {
    let mut parts: Vec<Span> = Vec::new();
    for round in sorted.rounds_of(job) {
        let before = parts.len();
        let own = sorted.attempts_of(job).iter();
        for attempt in own.filter(|attempt| attempt.round == round.number) {
            let over = [attempt.finished_us, attempt.rescued_us]
                .into_iter()
                .flatten()
                .min();
            let end_us = over.unwrap_or(i64::MAX);
            match parts.get_mut(before..).and_then(<[Span]>::last_mut) {
                Some(part) if attempt.kind == "look" => part.end_us = part.end_us.max(end_us),
                _ => parts.push(Span {
                    begin_us: Some(attempt.began_us),
                    end_us,
                }),
            }
        }
        if let Some(last) = parts.get_mut(before..).and_then(<[Span]>::last_mut) {
            last.end_us = round.over_us.unwrap_or(i64::MAX);
        }
    }
    parts
}

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
                in_line(sorted, job, later, problems);
            }
        }
    }
    executed(sorted, problems);
}

/// The later one begins when the earlier one's first round is over, and they are never under way together.
fn in_line(sorted: &Sorted<'_>, earlier: &Job, later: &Job, problems: &mut Vec<String>) {
    let (early, late) = (spans(sorted, earlier), spans(sorted, later));
    let first_end = early.first().map_or(i64::MAX, |span| span.end_us);
    let (early_parts, late_parts) = (under_way(sorted, earlier), under_way(sorted, later));
    let together = |part: &Span| {
        early_parts.iter().any(|other| {
            let begun = |one: &Span, other: &Span| one.begin_us.is_some_and(|begin| begin < other.end_us);
            begun(other, part) && begun(part, other)
        })
    };
    if late
        .iter()
        .filter_map(|span| span.begin_us)
        .any(|begin| begin < first_end)
    {
        problems.push(format!(
            "(4) begun before the earlier one had ended: {} after {}",
            sorted.story(later),
            sorted.story(earlier)
        ));
        return;
    }
    if late_parts.iter().any(together) {
        problems.push(format!(
            "(4) under way together: {} and {}",
            sorted.story(later),
            sorted.story(earlier)
        ));
        return;
    }
    for begin in late.iter().filter_map(|span| span.begin_us) {
        sends_are_over(sorted, begin, (later, earlier), problems);
    }
    for begin in early.iter().skip(1).filter_map(|span| span.begin_us) {
        sends_are_over(sorted, begin, (earlier, later), problems);
    }
}

/// When one begins, all that the other one has sent is over. Its looks change nothing, and one that is under way when a
/// late answer settles its job is waited for by nobody.
fn sends_are_over(sorted: &Sorted<'_>, begin: i64, (job, other): (&Job, &Job), problems: &mut Vec<String>) {
    let sent = sorted.attempts_of(other).iter();
    for attempt in sent.filter(|attempt| attempt.kind == "send" && attempt.began_us < begin) {
        let over = [attempt.finished_us, attempt.rescued_us]
            .into_iter()
            .flatten()
            .min();
        if over.is_none_or(|over| over > begin) {
            problems.push(format!(
                "(4) overlapping: {} with attempt {} of {}",
                sorted.story(job),
                attempt.number,
                sorted.story(other)
            ));
        }
    }
}

/// The same, as the CBSS has seen it. What was sent in a later round has lost its place; a decision that comes once more
/// changes nothing.
fn executed(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    let mut last: BTreeMap<(&str, &str), (i64, &Job)> = BTreeMap::new();
    let too_late = too_late(sorted);
    let mut decided = BTreeSet::new();
    for change in &sorted.facts.changes {
        let attempt = sorted.by_ticket.get(&change.ticket);
        let job = attempt
            .filter(|attempt| attempt.round == 1)
            .and_then(|attempt| sorted.facts.jobs.get(&attempt.job_id));
        let Some((job, number)) = job.and_then(|job| Some((job, job.order_number?))) else {
            continue;
        };
        if sorted.is_repeated(job.job_id) && !decided.insert(job.job_id) {
            continue;
        }
        let line = (change.cbe_number.as_str(), change.ssin.as_str());
        match last.get(&line) {
            Some((before, other)) if *before > number && !too_late.contains(&job.job_id) => {
                problems.push(format!(
                    "(4) done after a later one: {} after {}",
                    sorted.story(job),
                    sorted.story(other)
                ));
            }
            _ => {
                last.insert(line, (number, job));
            }
        }
    }
}
