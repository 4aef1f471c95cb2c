//! Submissions and cancellations: one job for each key, an effect or an answer for everything else.

use relay_proto::{EventKind, EventMessage, codes};
use std::collections::BTreeSet;
use uuid::Uuid;

use super::results::{NOT_EXECUTED, is};
use super::{Sorted, blocked};
use crate::facts::{DECISIONS, Facts, Heard, Job};
use crate::figures::Figures;
use crate::script::Organisation;
use crate::sender::Submitted;

/// Looks, and rescues, after which a person must decide: the defaults of `[retry]`.
const MAX_LOOKS: i64 = 12;
const MAX_RESCUES: i64 = 3;

/// Refused because the deadline had passed when it was looked at.
pub(crate) fn is_past_its_deadline(event: &EventMessage) -> bool {
    refused_for(event, codes::DEADLINE_PASSED)
}

fn refused_for(event: &EventMessage, code: &str) -> bool {
    event.kind == EventKind::Rejected && event.errors.iter().any(|error| error.code == code)
}

pub(super) fn check(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    let facts = sorted.facts;
    let mut expected = 0;
    for submitted in &facts.record.submissions {
        expected += one_job(sorted, submitted, problems);
    }
    if facts.jobs.len() != expected {
        problems.push(format!(
            "(1) {expected} submissions that are to be jobs are {}",
            facts.jobs.len()
        ));
    }
    for heard in facts
        .seen
        .iter()
        .filter(|heard| heard.event.kind == EventKind::Rejected)
    {
        rejection(sorted, heard, problems);
    }
    problems.extend(unanswered(facts));
    ends(sorted, problems);
}

/// How many jobs it is to be, and whether it is that many.
fn one_job(sorted: &Sorted<'_>, submitted: &Submitted, problems: &mut Vec<String>) -> usize {
    let key = (submitted.organisation, submitted.key.as_str());
    let found = sorted.of_key.get(&key).map_or(0, BTreeSet::len);
    let mut own = sorted.facts.seen.iter().filter(|heard| is_about(heard, key));
    let late = found == 0 && own.any(|heard| is_past_its_deadline(&heard.event));
    if found != 1 && !late {
        problems.push(format!(
            "(1) {} is {found} jobs, confirmed at {:?}",
            submitted.key, submitted.confirmed_us
        ));
    }
    usize::from(!late)
}

fn is_about(heard: &Heard, (organisation, key): (Organisation, &str)) -> bool {
    let own = heard.event.idempotency_key.as_ref();
    heard.by == organisation && own.is_some_and(|own| own.as_str() == key)
}

/// Each refusal has a reason that its sender gave.
fn rejection(sorted: &Sorted<'_>, heard: &Heard, problems: &mut Vec<String>) {
    let (record, event) = (&sorted.facts.record, &heard.event);
    let key = event.idempotency_key.as_ref().map(|key| key.as_str());
    let about = |organisation, of: &str| heard.by == organisation && key == Some(of);
    let deserved = |code: &str| {
        let mut wrong = record.wrong.iter();
        let mut cancellations = record.cancellations.iter();
        match code {
            codes::DEADLINE_PASSED => record.submissions.iter().any(|one| {
                let occurred = event.occurred_at.unix_timestamp_nanos() / 1000;
                about(one.organisation, &one.key)
                    && one
                        .deadline_us
                        .is_some_and(|deadline| i128::from(deadline) <= occurred)
            }),
            codes::TOO_LATE => cancellations.any(|one| about(one.organisation, &one.key)),
            // A cancellation may overtake its submission that was lost with a disk.
            codes::JOB_NOT_FOUND => {
                wrong.any(|one| one.code == code && about(one.organisation, &one.key))
                    || cancellations.any(|one| about(one.organisation, &one.key))
            }
            _ => wrong.any(|one| one.code == code && about(one.organisation, &one.key)),
        }
    };
    if event.errors.is_empty() || !event.errors.iter().all(|error| deserved(&error.code)) {
        problems.push(format!(
            "(1) {key:?} was rejected without a reason: {:?}",
            event.errors
        ));
    }
    if event.job_id.is_some() {
        problems.push(format!("(1) a rejection names a job: {event:?}"));
    }
}

/// What has neither an effect nor an answer, though it was not lost with a broker's disk.
pub(crate) fn unanswered(facts: &Facts) -> Vec<String> {
    let lost = |confirmed: Option<i64>| {
        let wiped = facts.wiped_us.unwrap_or_default();
        confirmed.is_none_or(|confirmed| confirmed <= wiped)
    };
    let heard = |key: (Organisation, &str), wanted: &dyn Fn(&EventMessage) -> bool| {
        facts
            .seen
            .iter()
            .any(|heard| is_about(heard, key) && wanted(&heard.event))
    };
    let mut problems = Vec::new();
    for cancelled in facts
        .record
        .cancellations
        .iter()
        .filter(|one| !lost(one.confirmed_us))
    {
        let key = (cancelled.organisation, cancelled.key.as_str());
        let job = facts
            .seen
            .iter()
            .find(|heard| is_about(heard, key) && heard.event.job_id.is_some());
        let job = job.and_then(|heard| facts.jobs.get(&heard.event.job_id?.0));
        let withdrawn = job.is_some_and(|job| job.state == "cancelled");
        let refused = heard(key, &|event| {
            refused_for(event, codes::TOO_LATE) || refused_for(event, codes::JOB_NOT_FOUND)
        });
        if !withdrawn && !refused {
            problems.push(format!(
                "(1) the cancellation of {} had no effect and no answer",
                cancelled.key
            ));
        }
    }
    for wrong in facts.record.wrong.iter().filter(|one| !lost(one.confirmed_us)) {
        let key = (wrong.organisation, wrong.key.as_str());
        if !heard(key, &|event| refused_for(event, wrong.code)) {
            problems.push(format!("(1) {} was not refused as {}", wrong.key, wrong.code));
        }
    }
    problems
}

/// Everything ended, is uncertain with evidence, or waits behind what is; and ended for a reason.
fn ends(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    let all: Vec<&Job> = sorted.facts.jobs.values().collect();
    let blocked: BTreeSet<Uuid> = blocked(&all);
    for job in all {
        let looked = job.look_finding.is_some() || job.looks >= MAX_LOOKS || job.rescues >= MAX_RESCUES;
        let evidence = looked || job.service == DECISIONS && may_have_been_executed(sorted, job);
        if job.state == "uncertain" && !evidence {
            problems.push(format!("(1) uncertain without evidence: {}", sorted.story(job)));
        } else if job.state != "uncertain" && job.ended_us.is_none() && !blocked.contains(&job.job_id) {
            problems.push(format!("(1) never ended: {}", sorted.story(job)));
        }
        if sorted.script.settle && job.state == "uncertain" {
            problems.push(format!(
                "(1) an operator has decided, and it waits: {}",
                sorted.story(job)
            ));
        }
        let submitted = sorted.submitted.get(&job.job_id);
        let wished = submitted.is_some_and(|submitted| {
            let mut cancellations = sorted.facts.record.cancellations.iter();
            cancellations.any(|one| one.organisation == submitted.organisation && one.key == submitted.key)
        });
        if job.state == "cancelled" && job.cause.is_none() && !wished {
            problems.push(format!("(1) withdrawn by nobody: {}", sorted.story(job)));
        }
        if submitted.is_some_and(|submitted| submitted.priority.rank() != job.priority) {
            problems.push(format!(
                "(1) of another priority than asked for: {}",
                sorted.story(job)
            ));
        }
    }
}

/// Of what cannot be looked up, the last attempt is all that is known. One whose lease had ended may say later that it
/// sent nothing.
fn may_have_been_executed(sorted: &Sorted<'_>, job: &Job) -> bool {
    let last = sorted.attempts_of(job).last();
    last.is_some_and(|last| last.rescued_us.is_some() || !is(last, &NOT_EXECUTED))
}

pub(super) fn count(sorted: &Sorted<'_>, figures: &mut Figures) {
    let facts = sorted.facts;
    let record = &facts.record;
    let counted = |condition: &dyn Fn(&Submitted) -> bool| {
        record.submissions.iter().filter(|one| condition(one)).count() as u64
    };
    figures.submissions += record.submissions.len() as u64;
    figures.deadlines += counted(&|one| one.deadline_us.is_some());
    figures.not_before += counted(&|one| one.not_before_us.is_some());
    figures.followers += counted(&|one| one.after.is_some());
    figures.too_late += counted(&|one| !sorted.of_key.contains_key(&(one.organisation, one.key.as_str())));
    let with_it = facts
        .jobs
        .values()
        .filter(|job| job.cause.as_deref() == Some("prerequisite"));
    figures.followers_cancelled += with_it.count() as u64;
    let heard = facts.heard();
    let refused = |code: &str| {
        heard
            .iter()
            .filter(|heard| refused_for(&heard.event, code))
            .count() as u64
    };
    figures.conflicts += refused("conflict");
    figures.cancellations_refused += refused(codes::TOO_LATE);
    figures.foreign += record
        .wrong
        .iter()
        .filter(|one| one.code == codes::JOB_NOT_FOUND)
        .count() as u64;
}
