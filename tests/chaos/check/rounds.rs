//! Rounds: each is opened once, tells its events in order and without a gap, and ends once. What operators did is what
//! the record has of it.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Sorted;
use crate::facts::{Facts, Job, Said};

/// A round of a job.
#[derive(Clone, Debug)]
pub(super) struct Round {
    pub(super) number: i64,
    /// The act that opened it; none for the first.
    pub(super) opened_by: Option<String>,
    /// Its last state: for a round after which another one was opened, `uncertain` or an end.
    pub(super) state: String,
    /// When it ended, or an operator went on from there. None: it has not.
    pub(super) over_us: Option<i64>,
}

/// By what the record has of operators' acts.
pub(super) fn of(facts: &Facts, job: &Job) -> Vec<Round> {
    let own = facts
        .operated
        .iter()
        .filter(|operated| operated.job_id == job.job_id);
    let opened = own.filter(|operated| matches!(operated.action.as_str(), "job_retry" | "job_not_done"));
    let events = told(facts, job.job_id);
    let mut rounds = vec![Round {
        number: 1,
        opened_by: None,
        state: job.state.clone(),
        over_us: job.ended_us,
    }];
    for (before, operated) in (1_i64..).zip(opened) {
        let was = operated.detail.as_deref().unwrap_or_default();
        let was = was
            .trim_start_matches("was ")
            .split(' ')
            .next()
            .unwrap_or_default();
        if let Some(last) = rounds.last_mut() {
            was.clone_into(&mut last.state);
            let finished = events
                .get(&before)
                .and_then(|told| told.iter().find(|said| said.kind == "finished"));
            last.over_us = Some(finished.map_or(operated.at_us, |said| said.created_us));
        }
        rounds.push(Round {
            number: before + 1,
            opened_by: Some(operated.action.clone()),
            state: job.state.clone(),
            over_us: job.ended_us,
        });
    }
    rounds
}

/// A job's own events by round, answers to duplicates left out.
fn told(facts: &Facts, job: Uuid) -> BTreeMap<i64, Vec<&Said>> {
    let own = facts.said.iter().filter(|said| said.job_id == Some(job));
    let mut own: Vec<&Said> = own.filter(|said| said.kind != "accepted").collect();
    own.sort_by_key(|said| said.sequence);
    let mut rounds: BTreeMap<i64, Vec<&Said>> = BTreeMap::new();
    let mut round = 1;
    for said in own {
        round += i64::from(said.kind == "reopened");
        rounds.entry(round).or_default().push(said);
    }
    rounds
}

pub(super) fn check(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    for job in sorted.facts.jobs.values() {
        let rounds = sorted.rounds_of(job);
        if job.round != rounds.len() as i64 {
            problems.push(format!("(1) a round that nobody opened: {}", sorted.story(job)));
        }
        let told = told(sorted.facts, job.job_id);
        let sequences: Vec<i64> = told.values().flatten().map(|said| said.sequence).collect();
        let accepted = sorted
            .facts
            .said
            .iter()
            .any(|said| said.job_id == Some(job.job_id) && said.kind == "accepted" && said.sequence == 1);
        if !accepted || !sequences.iter().copied().eq(2..=job.event_sequence) {
            problems.push(format!(
                "(6) events {sequences:?} on record: {}",
                sorted.story(job)
            ));
        }
        for round in rounds {
            let kinds = told.get(&round.number).map(Vec::as_slice).unwrap_or_default();
            course(sorted, job, round, kinds, problems);
        }
        if told.keys().any(|number| *number > rounds.len() as i64) {
            problems.push(format!(
                "(6) told of a round that is not on record: {}",
                sorted.story(job)
            ));
        }
        said_so(sorted, job, &told, problems);
    }
    acts(sorted, problems);
}

/// `reopened` first, but in the first round; then `parked` any number of times; then one end, if it has one.
fn course(sorted: &Sorted<'_>, job: &Job, round: &Round, told: &[&Said], problems: &mut Vec<String>) {
    let mut kinds: Vec<&str> = told.iter().map(|said| said.kind.as_str()).collect();
    let whole = kinds.clone();
    let mut wrong = false;
    if round.number > 1 {
        wrong |= kinds.first() != Some(&"reopened");
        kinds = kinds.split_off(usize::from(!kinds.is_empty()));
    }
    let ended = match round.state.as_str() {
        "uncertain" => {
            wrong |= kinds.last() != Some(&"parked");
            false
        }
        "ok" | "warnings" | "errors" | "validated" | "failed" | "cancelled" | "expired" => true,
        _ => false,
    };
    let finished = kinds.iter().filter(|kind| **kind == "finished").count();
    wrong |= finished != usize::from(ended) || ended && kinds.last() != Some(&"finished");
    wrong |= kinds.iter().any(|kind| !matches!(*kind, "parked" | "finished"));
    if wrong {
        problems.push(format!(
            "(6) round {} told {whole:?}: {}",
            round.number,
            sorted.story(job)
        ));
    }
}

/// What senders heard names the round and its state.
fn said_so(sorted: &Sorted<'_>, job: &Job, told: &BTreeMap<i64, Vec<&Said>>, problems: &mut Vec<String>) {
    let number_of = |event: Uuid| {
        let mut rounds = told.iter();
        rounds
            .find(|(_, said)| said.iter().any(|said| said.event_id == event))
            .map(|(number, _)| *number)
    };
    for heard in sorted.facts.heard() {
        let event = &heard.event;
        let Some(number) =
            number_of(event.event_id).filter(|_| event.job_id.is_some_and(|id| id.0 == job.job_id))
        else {
            continue;
        };
        let round = sorted.rounds_of(job).iter().find(|round| round.number == number);
        let wanted = match event.kind.as_str() {
            "finished" => round.map(|round| round.state.as_str()),
            "parked" => Some("uncertain"),
            _ => Some("accepted"),
        };
        if i64::from(event.round) != number || event.state.map(|state| state.as_str()) != wanted {
            problems.push(format!(
                "(6) heard {} {:?} of round {}, which is {wanted:?} in round {number}: {}",
                event.kind.as_str(),
                event.state,
                event.round,
                sorted.story(job)
            ));
        }
    }
}

/// The record has the acts that operators remember, and no others.
fn acts(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    let mut counts: BTreeMap<(String, Option<Uuid>), i64> = BTreeMap::new();
    for operated in &sorted.facts.operated {
        // Of acts in bulk, operators remember how many.
        let job = (operated.action != "job_discard").then_some(operated.job_id);
        *counts.entry((operated.action.clone(), job)).or_default() += 1;
    }
    for act in &sorted.facts.acts {
        *counts.entry((act.action.clone(), act.job)).or_default() -= act.count as i64;
    }
    for ((action, job), count) in counts.into_iter().filter(|(_, count)| *count != 0) {
        problems.push(format!(
            "(1) {action} of {job:?} is on record {count} times more than it was done"
        ));
    }
}
