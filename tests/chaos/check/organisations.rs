//! Organisations see nothing of each other: no event, no job, no call in the other's name.

use super::Sorted;
use crate::script::Organisation;

pub(super) fn check(sorted: &Sorted<'_>, problems: &mut Vec<String>) {
    for heard in &sorted.facts.seen {
        let named = heard.event.organisation.as_ref().map(|id| id.as_str());
        if named != Some(heard.by.id()) {
            problems.push(format!(
                "(8) {} heard of {named:?}: {:?}",
                heard.by.id(),
                heard.event
            ));
        }
        let job = heard.event.job_id.and_then(|job| sorted.facts.jobs.get(&job.0));
        if job.is_some_and(|job| job.organisation != heard.by.id()) {
            problems.push(format!(
                "(8) {} heard of another's job: {:?}",
                heard.by.id(),
                heard.event
            ));
        }
    }
    for call in &sorted.facts.calls {
        let attempt = call.ticket.and_then(|ticket| sorted.by_ticket.get(&ticket));
        let job = attempt.and_then(|attempt| sorted.facts.jobs.get(&attempt.job_id));
        let (Some(job), Some(number)) = (job, call.cbe_number.as_deref()) else {
            continue;
        };
        let own = Organisation::ALL
            .into_iter()
            .find(|one| one.id() == job.organisation);
        if own.map(Organisation::cbe_number) != Some(number) {
            problems.push(format!("(8) called as {number}: {}", sorted.story(job)));
        }
    }
    // Hashes of order: the same person is another line in each organisation.
    for job in sorted.facts.jobs.values().filter(|job| job.order_hash.is_some()) {
        let shared = sorted
            .facts
            .jobs
            .values()
            .any(|other| other.order_hash == job.order_hash && other.organisation != job.organisation);
        if shared {
            problems.push(format!(
                "(8) in line with another organisation's: {}",
                sorted.story(job)
            ));
        }
    }
}
