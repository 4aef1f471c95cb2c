//! Quotas as the CBSS sees them, turns of organisations, priorities, and the order of changes.

use std::collections::{BTreeMap, BTreeSet};

use relay_domain::JobState;
use relay_testkit::InstallationOptions;
use relay_testkit::installation::{OPERATOR, submission};
use serde_json::{Value, json};

use crate::changes::access;
use crate::harness::upstream::Upstream;
use crate::harness::{FAST, Relay, SHORT_CALLS, fast};

/// How long after its slot a request may leave, seconds: `worker.slot_validity_ms`.
const VALIDITY_S: f64 = 0.25;

/// The most calls in any window of `length` seconds.
pub(crate) fn most(mut received_ms: Vec<u64>, length_s: f64) -> usize {
    received_ms.sort_unstable();
    let length = length_s * 1000.0;
    let mut first = 0;
    let mut most = 0;
    for (last, time) in received_ms.iter().enumerate() {
        while (time - received_ms[first]) as f64 >= length {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

/// Promise 7: at most ⌈R·(T+V)⌉ + burst calls in each window of length T.
fn assert_bound(received_ms: &[u64], rate: f64, burst: usize) {
    for length in [0.1, 0.25, 0.5, 1.0, 2.0, 5.0] {
        let bound = (rate * (length + VALIDITY_S)).ceil() as usize + burst;
        let found = most(received_ms.to_vec(), length);
        assert!(
            found <= bound,
            "{found} calls within {length} s, where {bound} are allowed"
        );
    }
}

fn service(quota: &str) -> InstallationOptions {
    InstallationOptions {
        service: format!("{SHORT_CALLS}\n{quota}"),
        ..fast()
    }
}

async fn received(relay: &Relay) -> Vec<u64> {
    let calls = relay.simulator().calls().await;
    calls.iter().map(|call| call.received.ms).collect()
}

#[tokio::test]
async fn a_rate_holds_over_workers_and_is_used_up() {
    let relay = Relay::new(&service("quota = { requests_per_second = 20.0, burst = 3 }")).await;
    let services = relay.start_all().await;
    let second = relay.start_as("relay-worker", "worker-2", &[]).await;
    let upstream = relay.upstream().await;
    let submissions = relay.submissions("paced", 120).await;
    upstream.submit(&submissions).await;
    // One of them dies in the middle, with slots in its hands.
    upstream.wait_finished(30).await;
    let mut second = second;
    second.service.kill().await.expect("a killed worker");
    let _third = relay.start_as("relay-worker", "worker-3", &[]).await;
    upstream.wait_finished(submissions.len()).await;
    let calls = received(&relay).await;
    assert_bound(&calls, 20.0, 3);
    drop(services);
}

#[tokio::test]
async fn calls_open_at_once_are_limited() {
    let relay = Relay::new(&InstallationOptions {
        simulator: vec!["--latency-ms".into(), "100".into()],
        ..service("quota = { concurrent_requests = 2 }")
    })
    .await;
    let _services = relay.start_all().await;
    let _second = relay.start_as("relay-worker", "worker-2", &[]).await;
    let upstream = relay.upstream().await;
    let submissions = relay.submissions("two", 20).await;
    upstream.submit(&submissions).await;
    upstream.wait_finished(submissions.len()).await;
    let calls = relay.simulator().calls().await;
    for call in &calls {
        let open = calls.iter().filter(|other| {
            other.received.ms <= call.received.ms
                && other
                    .answered
                    .as_ref()
                    .is_none_or(|answered| answered.ms > call.received.ms)
        });
        assert!(open.count() <= 2, "three calls at once");
    }
}

#[tokio::test]
async fn an_operator_changes_a_quota_at_run_time() {
    let relay = Relay::new(&fast()).await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let set = |rate: &'static str| {
        [
            "quota",
            "set",
            "--environment",
            "test",
            "--rate",
            rate,
            "--burst",
            "0",
            "--reason",
            "agreed",
        ]
    };
    let refused = relay.installation.relayctl_as("login_other", &set("5")).await;
    assert_eq!(refused.expect("relayctl").code, 4);
    let limited = relay.installation.relayctl_as(OPERATOR, &set("5")).await;
    limited.expect("relayctl").succeeded().expect("a quota");
    let submissions = relay.submissions("changing", 40).await;
    upstream.submit(&submissions).await;
    upstream.wait_finished(5).await;
    let job = relay
        .value("SELECT job_id FROM relay.job_state WHERE state = 'accepted' ORDER BY job_id DESC LIMIT 1")
        .await;
    let why = relay
        .installation
        .relayctl_as(OPERATOR, &["job", "show", &job, "--json"])
        .await;
    let why = why.expect("relayctl");
    assert!(why.stdout.contains("quota"), "{why:?}");
    assert_bound(&received(&relay).await, 5.0, 0);
    let wider = relay.installation.relayctl_as(OPERATOR, &set("200")).await;
    wider.expect("relayctl").succeeded().expect("a quota");
    upstream.wait_finished(submissions.len()).await;
    let acts = "SELECT string_agg(login || ' ' || detail, '; ' ORDER BY operation_id) FROM relay.operation";
    assert_eq!(
        relay.value(acts).await,
        "login_operator rate 5, burst 0, concurrent none; login_operator rate 200, burst 0, concurrent none"
    );
}

#[tokio::test]
async fn organisations_take_turns_where_a_limit_is_shared() {
    let relay = Relay::new(&fast()).await;
    relay.add_organisation("eupen-second", |first| first);
    let set = [
        "quota",
        "set",
        "--environment",
        "test",
        "--rate",
        "20",
        "--burst",
        "0",
        "--reason",
        "agreed",
    ];
    let limited = relay.installation.relayctl_as(OPERATOR, &set).await;
    limited.expect("relayctl").succeeded().expect("a quota");
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let second = Upstream::open(relay.installation.vhost(), "eupen", "eupen-second").await;
    let submissions = relay.submissions("many", 200).await;
    upstream.submit(&submissions).await;
    upstream.wait_finished(10).await;
    let people = relay.people(1).await;
    let mut single = submission("single", &people[0]);
    single["organisation"] = "eupen-second".into();
    second.submit(&[single]).await;
    assert_eq!(second.wait_end("single").await.state, Some(JobState::Ok));
    // n/R + 2W: two organisations, 20 a second, a window of 2 s.
    let waited = "SELECT extract(epoch FROM a.began_at - j.accepted_at) < 2 / 20.0 + 2 * 2 + 0.5
        FROM relay.attempt AS a JOIN relay.job AS j USING (job_id) WHERE j.organisation = 'eupen-second'";
    assert_eq!(relay.value(waited).await, "t");
    let left = "SELECT count(*) > 50 FROM relay.job_state WHERE ended_at IS NULL";
    assert_eq!(
        relay.value(left).await,
        "t",
        "it did not wait for the others to end"
    );
}

#[tokio::test]
async fn within_an_organisation_priority_decides() {
    let relay = Relay::new(&service("quota = { requests_per_second = 10.0 }")).await;
    let upstream = relay.upstream_before_services().await;
    let producer = relay.start("relay-producer").await;
    let mut submissions = relay.submissions("job", 30).await;
    for (n, submission) in submissions.iter_mut().enumerate() {
        submission["priority"] = ["batch", "normal", "interactive"][n % 3].into();
    }
    // Nothing is released before all of them are there.
    let pause = [
        "lane",
        "pause",
        "--environment",
        "test",
        "--reason",
        "first things first",
    ];
    let paused = relay.installation.relayctl_as(OPERATOR, &pause).await;
    paused.expect("relayctl").succeeded().expect("a pause");
    upstream.submit(&submissions).await;
    relay.wait_value("SELECT count(*) FROM relay.job", "30").await;
    let _worker = relay.start("relay-worker").await;
    let _results = relay.start("relay-results").await;
    let resume = ["lane", "resume", "--environment", "test", "--reason", "ready now"];
    let resumed = relay.installation.relayctl_as(OPERATOR, &resume).await;
    resumed.expect("relayctl").succeeded().expect("a resumption");
    upstream.wait_finished(30).await;
    // What had been released together is begun together: a release holds up to two seconds of work.
    let late = "SELECT count(*) FROM relay.attempt AS a JOIN relay.job_state AS s USING (job_id)
        WHERE s.priority = 2 AND a.began_at < (
            SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY b.began_at) FROM relay.attempt AS b
            JOIN relay.job_state AS t USING (job_id) WHERE t.priority = 0)";
    assert_eq!(relay.number(late).await, 0, "batch jobs before interactive ones");
    drop(producer);
}

#[tokio::test]
async fn changes_of_a_person_keep_their_order_and_questions_pass_by() {
    let relay = Relay::new(&InstallationOptions {
        organisation: "registration_units = [\"0212344876\"]".to_owned(),
        access: Some(
            "http_connect_timeout_ms = 500\nhttp_total_timeout_ms = 1500\nsettle_ms = 500".to_owned(),
        ),
        settings: FAST.replace("permits = 10", "permits = 20"),
        ..fast()
    })
    .await;
    let _services = relay.start_all().await;
    let _second = relay.start_as("relay-worker", "worker-2", &[]).await;
    let _third = relay.start_as("relay-producer", "producer-2", &[]).await;
    let upstream = relay.upstream().await;
    let people = relay.people(4).await;
    for ssin in &people {
        let slow = json!({"match": {"ssin": ssin, "action": "REGISTER"}, "latency_ms": 100});
        relay.simulator().fault(&slow).await;
    }
    // One in the middle is lost, and the others wait until that is known.
    let lost = json!({"match": {"ssin": people[0], "action": "UNREGISTER", "times": 1}, "action": {"type": "drop_request"}});
    relay.simulator().fault(&lost).await;
    let mut submissions: Vec<Value> = Vec::new();
    for round in 0..4 {
        for (n, ssin) in people.iter().enumerate() {
            let action = if round % 2 == 0 { "REGISTER" } else { "UNREGISTER" };
            submissions.push(access(&format!("change-{n}-{round}"), ssin, action, "2026-01-01"));
            submissions.push(submission(&format!("question-{n}-{round}"), ssin));
        }
    }
    upstream.submit(&submissions).await;
    upstream.wait_finished(submissions.len()).await;
    // Begun, and done at the CBSS, in the order of acceptance, one at a time.
    let overlapping = "SELECT count(*) FROM relay.attempt AS a
        JOIN relay.job_state AS s USING (job_id)
        JOIN relay.job_state AS t ON t.order_hash = s.order_hash AND t.order_number > s.order_number
        JOIN relay.attempt AS b ON b.job_id = t.job_id
        WHERE b.began_at < coalesce(a.finished_at, a.rescued_at)";
    assert_eq!(relay.number(overlapping).await, 0);
    let sent = "SELECT ticket, encode(order_hash, 'hex'), order_number FROM relay.attempt JOIN relay.job_state USING (job_id)
        WHERE kind = 'send' AND order_hash IS NOT NULL";
    let sent: BTreeMap<String, (String, i64)> = relay
        .rows(sent)
        .await
        .into_iter()
        .map(|row| {
            let text = |column: usize| row[column].clone().expect("a value");
            (text(0), (text(1), text(2).parse().expect("a number")))
        })
        .collect();
    let mut done: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    let changes = relay.simulator().changes().await;
    for change in &changes {
        let (person, number) = &sent[change["ticket"].as_str().expect("a ticket")];
        done.entry(person).or_default().push(*number);
    }
    assert_eq!(done.len(), people.len());
    for numbers in done.values() {
        assert!(numbers.is_sorted(), "{numbers:?}");
    }
    // Done once each, or found done: the lost one, where it had been accepted before its REGISTER. (One that was done,
    // but answered too late on a busy machine, is both.)
    let found =
        "SELECT order_number, encode(order_hash, 'hex') FROM relay.job_state JOIN relay.result USING (job_id)
        WHERE order_hash IS NOT NULL AND outcome = 'reconciled'";
    let found = relay.rows(found).await;
    let mut known: BTreeSet<(String, i64)> = BTreeSet::new();
    for row in &found {
        let text = |column: usize| row[column].clone().expect("a value");
        known.insert((text(1), text(0).parse().expect("a number")));
    }
    for (person, numbers) in &done {
        assert!(
            numbers.windows(2).all(|pair| pair[0] < pair[1]),
            "done twice: {numbers:?}"
        );
        known.extend(numbers.iter().map(|number| ((*person).to_owned(), *number)));
    }
    assert_eq!(known.len(), 4 * people.len());
    // A question of the person with the lost change did not wait for it.
    let passed = "SELECT count(*) > 0 FROM relay.job_state AS q, relay.job_state AS c
        WHERE q.service = 'retrieve-ti-groups' AND c.unknown_outcomes > 0 AND q.ended_at < c.ended_at";
    assert_eq!(relay.value(passed).await, "t");
}

#[test]
fn windows_are_half_open() {
    assert_eq!(most(vec![0, 100, 200, 300], 0.3), 3);
    assert_eq!(most(vec![0, 0, 0], 0.1), 3);
}
