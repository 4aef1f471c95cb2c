//! Events: at least once, in order, under stable ids, and saying what the record says.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::Sorted;
use crate::facts::{Heard, Job, Said};

pub(super) fn check(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    let facts = sorted.facts;
    let said: BTreeMap<Uuid, &Said> = facts.said.iter().map(|said| (said.event_id, said)).collect();
    let mut first: BTreeMap<Uuid, &Heard> = BTreeMap::new();
    for seen in &facts.seen {
        let event = &seen.event;
        let known = said.get(&event.event_id).is_some_and(|said| {
            said.kind == event.kind.as_str()
                && said.sequence == i64::from(event.sequence)
                && said.job_id == event.job_id.map(|job| job.0)
        });
        if !known {
            problems.push(format!("(6) not as on record: {event:?}"));
        }
        let before = first.entry(event.event_id).or_insert(seen);
        if before.event != *event {
            problems.push(format!(
                "(6) one id, two events: {:?} and {event:?}",
                before.event
            ));
        }
    }
    missing(sorted, problems);
    for (destination, reason) in &facts.parked {
        // Whose reply queue went with the broker's disk has it again a moment later.
        if destination == "events" || facts.wiped_us.is_none() {
            problems.push(format!("(6) an event to {destination} was set aside: {reason}"));
        }
    }
    let mut of_job: BTreeMap<Uuid, Vec<&Heard>> = BTreeMap::new();
    for seen in facts.heard() {
        if let (Some(job), false) = (seen.event.job_id, seen.event.duplicate) {
            of_job.entry(job.0).or_default().push(seen);
        }
    }
    for job in facts.jobs.values() {
        in_order(
            sorted,
            job,
            of_job.get(&job.job_id).map_or(&[], Vec::as_slice),
            problems,
        );
    }
}

/// Everything that was said is heard, but for what a broker had confirmed and lost with its disk.
pub(crate) fn unheard<'s>(said: &'s [Said], heard: &[&Heard], wiped_us: Option<i64>) -> Vec<&'s Said> {
    let heard: BTreeSet<Uuid> = heard.iter().map(|seen| seen.event.event_id).collect();
    said.iter()
        .filter(|said| {
            !heard.contains(&said.event_id) && wiped_us.is_none_or(|wiped| said.created_us > wiped)
        })
        .collect()
}

fn missing(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    let facts = sorted.facts;
    for said in unheard(&facts.said, &facts.heard(), facts.wiped_us) {
        problems.push(format!("(6) never delivered: {said:?}"));
    }
}

/// By first delivery: rising, without gaps unless a disk was lost.
fn in_order(sorted: &Sorted<'_>, job: &Job, heard: &[&Heard], problems: &mut Vec<String>) {
    let sequences: Vec<i64> = heard.iter().map(|seen| i64::from(seen.event.sequence)).collect();
    let rising = sequences.windows(2).all(|pair| pair[0] < pair[1]);
    let whole = sequences.iter().copied().eq(1..=job.event_sequence);
    if !rising || (!whole && sorted.facts.wiped_us.is_none()) {
        problems.push(format!("(6) heard {sequences:?}: {}", sorted.story(job)));
    }
}
