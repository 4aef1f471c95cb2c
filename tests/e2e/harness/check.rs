//! What must hold whatever has happened meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use relay_domain::JobState;
use relay_proto::EventKind;

use super::Relay;
use super::upstream::{From, Seen, Upstream};

/// How often the CBSS worked on a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Calls {
    /// Once.
    Once,
    /// Once more for each attempt whose process died, or lost the database, before it could report.
    OnceAndRescues,
}

/// Waits until these jobs (all that the relay has) have ended `ok`, and holds record, events and the CBSS's
/// ledger against each other.
pub(crate) async fn all_ok_once(relay: &Relay, upstream: &Upstream, keys: &[String], calls: Calls) {
    relay.wait_ended(keys.len()).await;
    relay.wait_said().await;
    record(relay, keys.len()).await;
    assert_eq!(
        relay.number("SELECT count(*) FROM relay.outbox").await,
        0,
        "parked events"
    );
    ledger(relay, calls).await;
    upstream.wait_finished(keys.len()).await;
    events(upstream, keys);
}

/// Each job is there once, ended `ok`, with one result, two events and one answer; the outbox is empty.
pub(crate) async fn record(relay: &Relay, jobs: usize) {
    let facts = relay
        .rows(
            "SELECT (SELECT count(*) FROM relay.job),
                (SELECT count(*) FROM relay.job_state WHERE state = 'ok' AND ended_at IS NOT NULL),
                (SELECT count(*) FROM relay.result),
                (SELECT count(DISTINCT job_id) FROM relay.result),
                (SELECT count(DISTINCT job_id) FROM relay.event WHERE kind = 'accepted' AND sequence = 1),
                (SELECT count(*) FROM relay.event WHERE kind = 'finished' AND sequence = 2),
                (SELECT count(DISTINCT job_id) FROM relay.event WHERE kind = 'finished'),
                (SELECT count(DISTINCT job_id) FROM relay.answer)",
        )
        .await;
    assert_eq!(
        facts[0],
        vec![Some(jobs.to_string()); 8],
        "jobs, states, results, events, answers"
    );
    // An answer that is stored was never asked for again.
    let twice =
        "SELECT count(*) FROM (SELECT job_id FROM relay.answer GROUP BY job_id HAVING count(*) > 1) AS twice";
    assert_eq!(relay.number(twice).await, 0, "jobs with two answers");
    // Only who has lost its reply queue with a broker's disk may have missed something, and that is set aside.
    let waiting = "SELECT count(*) FROM relay.outbox WHERE parked_at IS NULL OR destination <> 'reply'";
    assert_eq!(relay.number(waiting).await, 0, "events that wait");
}

/// Every call is an attempt on record, and no call was made but for a reason.
pub(crate) async fn ledger(relay: &Relay, expected: Calls) {
    let sql = "SELECT job_id, ticket, rescued_at IS NOT NULL FROM relay.attempt";
    let mut jobs = BTreeMap::new();
    let mut lost: BTreeMap<String, usize> = BTreeMap::new();
    for row in relay.rows(sql).await {
        let [Some(job), Some(ticket), Some(rescued)] = &row[..] else {
            panic!("an attempt without {row:?}")
        };
        jobs.insert(ticket.clone(), job.clone());
        *lost.entry(job.clone()).or_default() += usize::from(rescued == "t");
    }
    let mut executed: BTreeMap<String, usize> = BTreeMap::new();
    for call in relay.simulator().calls().await {
        let ticket = call.ticket.expect("a ticket");
        let job = jobs
            .get(&ticket)
            .unwrap_or_else(|| panic!("a call with ticket {ticket} is not on record"));
        *executed.entry(job.clone()).or_default() += usize::from(call.executed.is_some());
    }
    for (job, calls) in &executed {
        let lost = lost.get(job).copied().unwrap_or_default();
        match expected {
            Calls::Once => assert_eq!(
                *calls, 1,
                "calls of job {job}, of which {lost} attempts were lost"
            ),
            Calls::OnceAndRescues => {
                assert!(
                    (1..=1 + lost).contains(calls),
                    "{calls} calls of job {job}, {lost} attempts lost"
                );
            }
        }
    }
    assert_eq!(executed.len(), lost.len(), "jobs that were asked about");
}

/// Each key has one `accepted` event that is no duplicate's and one `finished`, in that order, under stable ids.
pub(crate) fn events(upstream: &Upstream, keys: &[String]) {
    let events = upstream.events(From::Events);
    let mut by_key: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for seen in &events {
        let key = seen.event.idempotency_key.as_ref().expect("a key");
        by_key.entry(key.as_str()).or_default().push(seen);
    }
    let wanted: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
    assert_eq!(
        by_key.keys().copied().collect::<BTreeSet<_>>(),
        wanted,
        "keys with events"
    );
    for (key, of_key) in by_key {
        let own: Vec<_> = of_key
            .iter()
            .map(|seen| &seen.event)
            .filter(|event| !event.duplicate)
            .map(|event| (event.kind, event.sequence, event.round, event.state))
            .collect();
        assert_eq!(
            own,
            [
                (EventKind::Accepted, 1, 1, Some(JobState::Accepted)),
                (EventKind::Finished, 2, 1, Some(JobState::Ok)),
            ],
            "events of {key}"
        );
        let jobs: BTreeSet<_> = of_key.iter().map(|seen| seen.event.job_id).collect();
        assert_eq!(jobs.len(), 1, "jobs of {key}: {jobs:?}");
    }
    for seen in &events {
        assert_eq!(seen.properties.message_id, Some(seen.event.event_id.to_string()));
    }
}
