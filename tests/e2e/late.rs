//! A worker that stands still longer than its leases, and goes on.

use relay_testkit::installation::{Running, submission};
use serde_json::json;

use crate::harness::check::{self, Calls};
use crate::harness::{Relay, fast, keys};

/// Jobs whose calls are under way when their worker stands still.
const HELD: usize = 4;

async fn worker(relay: &Relay, instance: &str) -> Running {
    relay.start_as("relay-worker", instance, &[]).await
}

#[tokio::test]
async fn a_worker_that_stood_still_overwrites_nothing_and_sends_nothing_late() {
    let relay = Relay::new(&fast()).await;
    let _producer = relay.start("relay-producer").await;
    let _results = relay.start("relay-results").await;
    let slow = worker(&relay, "worker-slow").await;
    let upstream = relay.upstream().await;
    let people = relay.people(10).await;
    let submissions: Vec<_> = people
        .iter()
        .enumerate()
        .map(|(n, ssin)| submission(&format!("late-{n}"), ssin))
        .collect();
    for ssin in &people[..HELD] {
        let rule = json!({"match": {"ssin": ssin, "times": 1}, "latency_ms": 1000});
        relay.simulator().fault(&rule).await;
    }
    upstream.submit(&submissions[..HELD]).await;
    let under_way = async || (relay.simulator().calls().await.len() == HELD).then_some(());
    relay_testkit::wait_for("calls under way", crate::harness::LONG, under_way).await;
    slow.service.pause();
    // More work reaches the one that stands still: items that it never begins.
    upstream.submit(&submissions[HELD..]).await;
    let _quick = worker(&relay, "worker-quick").await;
    relay.wait_ended(people.len()).await;
    let rescued = "SELECT count(*) FROM relay.attempt WHERE rescued_at IS NOT NULL";
    assert_eq!(relay.number(rescued).await, i64::try_from(HELD).expect("a count"));
    let calls = relay.simulator().calls().await.len();

    slow.service.resume();
    let open = "SELECT count(*) FROM relay.attempt WHERE finished_at IS NULL";
    relay.wait_value(open, "0").await;
    check::all_ok_once(&relay, &upstream, &keys(&submissions), Calls::OnceAndRescues).await;
    assert_eq!(
        relay.simulator().calls().await.len(),
        calls,
        "nothing was sent late"
    );
    let newest = "SELECT count(*) FROM relay.result AS r JOIN relay.job_state AS s USING (job_id) WHERE r.attempt = s.attempt";
    assert_eq!(relay.number(newest).await, 10);
}
