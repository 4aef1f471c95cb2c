//! Planned crash points: the process stops dead between two durable steps, a fresh one is started, and every
//! job ends once, with one result, without asking for an answer again that had been stored.

use std::os::unix::process::ExitStatusExt;

use relay_domain::JobState;
use relay_proto::{Encoding, EventKind};
use relay_service::crash::POINTS;
use relay_testkit::installation::{OPERATOR, Running, submission};
use serde_json::{Value, json};

use crate::cancel::{cancel, tomorrow};
use crate::harness::check::{self, Calls};
use crate::harness::upstream::{From, Upstream};
use crate::harness::{LONG, Relay, fast, keys};

pub(crate) const VARIABLE: &str = "CBSS_RELAY_CRASH_AT";
/// Jobs for each crash point.
const JOBS: usize = 8;
/// `abort(3)` ends a process with this signal.
const SIGABRT: i32 = 6;

/// A relay of which one service crashes again and again.
struct Crashing {
    relay: Relay,
    upstream: Upstream,
    people: Vec<String>,
    keys: Vec<String>,
}

impl Crashing {
    async fn new(points: usize) -> Self {
        let relay = Relay::new(&fast()).await;
        let upstream = relay.upstream().await;
        let people = relay.people(points * JOBS).await;
        Self {
            relay,
            upstream,
            people,
            keys: Vec::new(),
        }
    }

    /// Submits the jobs of the next point; gives the people asked about.
    async fn submit(&mut self, point: &str) -> Vec<String> {
        let people = self.people.split_off(self.people.len() - JOBS);
        let numbered = people.iter().enumerate();
        let submissions: Vec<Value> = numbered
            .map(|(n, ssin)| submission(&format!("{point}-{n}"), ssin))
            .collect();
        self.upstream.submit(&submissions).await;
        self.keys.extend(keys(&submissions));
        people
    }

    /// The service starts, gets work, and dies at the point.
    async fn crash(&mut self, service: &str, point: &str) -> Vec<String> {
        let mut doomed = self.relay.start_with(service, &[(VARIABLE, point)]).await;
        let people = self.submit(point).await;
        died(&mut doomed, point).await;
        people
    }

    /// How often the CBSS worked on questions about each of these people.
    async fn executed(&self, people: &[String]) -> Vec<usize> {
        let calls = self.relay.simulator().calls_by_person().await;
        let executed = |person| {
            let calls = calls.get(person).into_iter().flatten();
            calls.filter(|call| call.executed.is_some()).count()
        };
        people.iter().map(executed).collect()
    }
}

pub(crate) async fn died(doomed: &mut Running, point: &str) {
    let status = doomed
        .service
        .wait(LONG)
        .await
        .expect("the end of a doomed process");
    assert_eq!(status.signal(), Some(SIGABRT), "{point}: {status}");
    assert!(
        doomed.service.log().contains(&format!("\"{point}\"")),
        "{point} is in the log"
    );
}

pub(crate) fn points_of(prefixes: &[&str]) -> Vec<&'static str> {
    let own = |point: &&str| prefixes.iter().any(|prefix| point.starts_with(prefix));
    POINTS.into_iter().filter(own).collect()
}

#[test]
fn every_point_is_visited() {
    let visited = points_of(&[
        "producer.",
        "worker.",
        "results.",
        "outbox.",
        "cancel.",
        "operator.",
        "replay.",
        // In `reparse`.
        "reparse.",
    ]);
    assert_eq!(visited, POINTS, "a point of a service that no test here crashes");
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn the_producer_dies_at_each_of_its_points() {
    let points = points_of(&["producer."]);
    let mut crashing = Crashing::new(points.len()).await;
    let _worker = crashing.relay.start("relay-worker").await;
    let _results = crashing.relay.start("relay-results").await;
    for point in points {
        let people = crashing.crash("relay-producer", point).await;
        let mut fresh = crashing.relay.start("relay-producer").await;
        check::all_ok_once(&crashing.relay, &crashing.upstream, &crashing.keys, Calls::Once).await;
        assert_eq!(crashing.executed(&people).await, [1; JOBS], "{point}");
        fresh.service.stop(LONG).await.expect("an end");
    }
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn the_worker_dies_at_each_of_its_points() {
    let points = points_of(&["worker."]);
    let mut crashing = Crashing::new(points.len()).await;
    let _producer = crashing.relay.start("relay-producer").await;
    let _results = crashing.relay.start("relay-results").await;
    for point in points {
        let people = crashing.crash("relay-worker", point).await;
        let mut fresh = crashing.relay.start("relay-worker").await;
        let calls = Calls::OnceAndRescues;
        check::all_ok_once(&crashing.relay, &crashing.upstream, &crashing.keys, calls).await;
        let executed = crashing.executed(&people).await;
        match point {
            // Nothing had left: an attempt that was on record is taken over, and its question asked once.
            "worker.before_begin" | "worker.after_begin" => assert_eq!(executed, [1; JOBS], "{point}"),
            // Received and not stored: nothing of it survives, so a question is asked again, once. Those whose
            // answers were stored are not; the check of all jobs has seen to that.
            "worker.after_answer" | "worker.after_finish" => {
                assert!(
                    executed.iter().all(|calls| (1..=2).contains(calls)),
                    "{point}: {executed:?}"
                );
            }
            other => panic!("{other}: how often may it ask?"),
        }
        fresh.service.stop(LONG).await.expect("an end");
    }
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn results_dies_at_each_of_its_points() {
    let points = points_of(&["results.", "outbox."]);
    let mut crashing = Crashing::new(points.len()).await;
    let _producer = crashing.relay.start("relay-producer").await;
    let mut worker = crashing.relay.start("relay-worker").await;
    for point in points {
        let repeated = crashing.upstream.deliveries().len()
            - crashing.upstream.events(From::Events).len()
            - crashing.upstream.events(From::Reply).len();
        let mut calls = Calls::Once;
        let people = if point == "results.before_rescue" {
            // There must be something to rescue: the worker dies first.
            calls = Calls::OnceAndRescues;
            worker.service.stop(LONG).await.expect("an end");
            let people = crashing.crash("relay-worker", "worker.after_begin").await;
            let mut doomed = crashing
                .relay
                .start_with("relay-results", &[(VARIABLE, point)])
                .await;
            died(&mut doomed, point).await;
            worker = crashing.relay.start("relay-worker").await;
            people
        } else {
            crashing.crash("relay-results", point).await
        };
        let mut fresh = crashing.relay.start("relay-results").await;
        check::all_ok_once(&crashing.relay, &crashing.upstream, &crashing.keys, calls).await;
        assert_eq!(crashing.executed(&people).await, [1; JOBS], "{point}");
        if point == "outbox.after_publish" {
            // Said, and not noted: said again under the same ids.
            let twice = crashing.upstream.deliveries().len()
                - crashing.upstream.events(From::Events).len()
                - crashing.upstream.events(From::Reply).len();
            assert!(twice > repeated, "events were published twice");
        }
        fresh.service.stop(LONG).await.expect("an end");
    }
}

/// Kinds, sequences and states of a key's events.
fn told(upstream: &Upstream, key: &str) -> Vec<(EventKind, i32, Option<JobState>)> {
    let events = upstream.of_key(key);
    events
        .iter()
        .map(|event| (event.kind, event.sequence, event.state))
        .collect()
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_cancellation_survives_the_producer_that_had_taken_it() {
    let point = "cancel.after_withdraw";
    let relay = Relay::new(&fast()).await;
    let upstream = relay.upstream_before_services().await;
    let _results = relay.start("relay-results").await;
    let mut doomed = relay.start_with("relay-producer", &[(VARIABLE, point)]).await;
    let ssin = relay.people(1).await.remove(0);
    upstream.submit(&[tomorrow(point, &ssin)]).await;
    relay.wait_value("SELECT count(*) FROM relay.job", "1").await;
    upstream
        .send(&[cancel(&upstream, ("idempotencyKey", point))])
        .await;
    died(&mut doomed, point).await;
    let standing = "SELECT state || ' ' || (SELECT count(*) FROM relay.operation) FROM relay.job_state";
    assert_eq!(relay.value(standing).await, "cancelled 1");
    let _fresh = relay.start("relay-producer").await;
    upstream
        .wait("the answer to the cancellation that came twice", |events| {
            events.iter().find(|seen| seen.event.duplicate).map(|_| ())
        })
        .await;
    relay.wait_said().await;
    assert_eq!(relay.value(standing).await, "cancelled 1");
    assert_eq!(
        told(&upstream, point),
        [
            (EventKind::Accepted, 1, Some(JobState::Accepted)),
            (EventKind::Finished, 2, Some(JobState::Cancelled)),
            // The message came again: it stays withdrawn, and that is what is said.
            (EventKind::Accepted, 2, Some(JobState::Cancelled)),
        ]
    );
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_new_round_survives_the_producer_that_was_to_tell_of_it() {
    let point = "operator.before_tell";
    let relay = Relay::new(&fast()).await;
    let mut services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    let gone = json!({"type": "http_status", "code": 404});
    relay.simulator().fault_times(&ssin, 1, &gone).await;
    upstream.submit(&[submission(point, &ssin)]).await;
    assert_eq!(upstream.wait_end(point).await.state, Some(JobState::Failed));
    services[0].service.stop(LONG).await.expect("an end");
    let job = relay.value("SELECT job_id FROM relay.job").await;
    let retry = ["job", "retry", &job, "--reason", "repaired there"];
    let retried = relay.installation.relayctl_as(OPERATOR, &retry).await;
    retried.expect("relayctl").succeeded().expect("a new round");
    let mut doomed = relay
        .command("relay-producer", "producer", &[(VARIABLE, point)])
        .start()
        .expect("a process");
    let status = doomed.wait(LONG).await.expect("the end of a doomed process");
    assert_eq!(status.signal(), Some(SIGABRT), "{status}");
    assert_eq!(
        relay
            .value("SELECT state || ' ' || attempt FROM relay.job_state")
            .await,
        "accepted 1",
        "nothing goes on before it is told"
    );
    let _fresh = relay.start("relay-producer").await;
    relay
        .wait_value("SELECT state || ' ' || round FROM relay.job_state", "ok 2")
        .await;
    relay.wait_said().await;
    upstream.wait_finished(2).await;
    assert_eq!(
        told(&upstream, point),
        [
            (EventKind::Accepted, 1, Some(JobState::Accepted)),
            (EventKind::Finished, 2, Some(JobState::Failed)),
            (EventKind::Reopened, 3, Some(JobState::Accepted)),
            (EventKind::Finished, 4, Some(JobState::Ok)),
        ]
    );
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_replay_survives_the_producer_that_was_to_settle_it() {
    let point = "replay.before_settle";
    let relay = Relay::new(&fast()).await;
    let mut services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    // Nobody may submit for it, yet.
    let mut body = submission(point, &ssin);
    body["organisation"] = "later-test".into();
    upstream
        .send(&[upstream.message(body.to_string(), Encoding::Json)])
        .await;
    relay
        .wait_value("SELECT cause FROM relay.quarantine", "unauthorised")
        .await;
    services[0].service.stop(LONG).await.expect("an end");
    relay.add_organisation("later-test", |first| first);
    let id = relay.value("SELECT quarantine_id FROM relay.quarantine").await;
    let replay = ["quarantine", "replay", &id, "--reason", "registered now"];
    let asked = relay.installation.relayctl_as(OPERATOR, &replay).await;
    asked.expect("relayctl").succeeded().expect("a replay");
    let standing =
        "SELECT (SELECT count(*) FROM relay.job) || ' ' || (SELECT count(*) FROM relay.event WHERE kind = 'accepted')
        || ' ' || coalesce((SELECT outcome FROM relay.replay), 'open') || ' ' || coalesce(settled_as, 'waits')
        FROM relay.quarantine";
    // A second time as well: whoever comes next finds it as it was.
    for _ in 0..2 {
        let mut doomed = relay
            .command("relay-producer", "producer", &[(VARIABLE, point)])
            .start()
            .expect("a process");
        let status = doomed.wait(LONG).await.expect("the end of a doomed process");
        assert_eq!(status.signal(), Some(SIGABRT), "{status}");
        assert_eq!(
            relay.value(standing).await,
            "0 0 open waits",
            "all of it or nothing"
        );
    }
    let [_first, _second] = [
        relay.start("relay-producer").await,
        relay.start_as("relay-producer", "second", &[]).await,
    ];
    relay.wait_value(standing, "1 1 accepted replayed").await;
    assert_eq!(relay.number("SELECT tries FROM relay.replay").await, 3);
}
