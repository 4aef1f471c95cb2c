//! One row that does not open, for want of its key or by a fault of the disk, is one job's trouble.

use relay_testkit::installation::submission;
use serde_json::json;
use time::Duration;
use time::format_description::well_known::Rfc3339;

use crate::harness::{Relay, fast};

/// Jobs beside the damaged one.
const OTHERS: usize = 5;

/// A damaged job that is due together with sound ones; they must end, and no service with it.
#[tokio::test]
async fn a_job_whose_payload_does_not_open_fails_alone() {
    let relay = Relay::new(&fast()).await;
    let mut services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let people = relay.people(OTHERS + 1).await;
    let due = relay_runtime::Clock::system().now() + Duration::seconds(2);
    let submissions: Vec<_> = people
        .iter()
        .enumerate()
        .map(|(n, ssin)| {
            let mut submission = submission(&format!("damage-{n}"), ssin);
            submission["notBefore"] = json!(due.format(&Rfc3339).expect("a time"));
            submission
        })
        .collect();
    upstream.submit(&submissions).await;
    relay
        .wait_value("SELECT count(*) FROM relay.job", &(OTHERS + 1).to_string())
        .await;
    let damage = "UPDATE relay.job SET payload = set_byte(payload, 40, get_byte(payload, 40) # 1)
        WHERE job_id = (SELECT min(job_id::text)::uuid FROM relay.job)";
    relay.installation.sql(damage).await.expect("a damaged row");
    let ended = "SELECT count(*) FROM relay.job_state WHERE state = 'ok'";
    relay.wait_value(ended, &OTHERS.to_string()).await;
    // Past the lease of the damaged one, too: its rescue must not take anybody down either.
    let overdue = "SELECT count(*) FROM relay.job_state WHERE state <> 'ok' AND (ended_at IS NOT NULL OR lease_until < now() - interval '1 s')";
    relay.wait_value(overdue, "1").await;
    for service in &mut services {
        assert_eq!(service.service.exited(), None, "{}", service.service.log());
    }
    let after = submission("after", &people[0]);
    upstream.submit(&[after]).await;
    upstream.wait_end("after").await;
}

/// An event whose envelope is damaged is set aside, and those of other jobs are published.
#[tokio::test]
async fn an_event_that_does_not_open_blocks_no_other() {
    let relay = Relay::new(&fast()).await;
    let mut results = relay.start("relay-results").await;
    let _producer = relay.start("relay-producer").await;
    let _worker = relay.start("relay-worker").await;
    let upstream = relay.upstream().await;
    results.service.kill().await.expect("killed results");
    let submissions = relay.submissions("event", OTHERS + 1).await;
    upstream.submit(&submissions).await;
    relay
        .wait_value(
            "SELECT count(*) FROM relay.job_state WHERE state = 'answered'",
            "6",
        )
        .await;
    let damage = "UPDATE relay.event SET envelope = '\\x00' WHERE event_id =
        (SELECT event_id FROM relay.outbox ORDER BY outbox_id LIMIT 1)";
    relay.installation.sql(damage).await.expect("a damaged row");
    let mut results = relay.start("relay-results").await;
    upstream.wait_finished(OTHERS + 1).await;
    relay.wait_said().await;
    let parked = "SELECT count(*) || ' ' || min(park_reason) FROM relay.outbox";
    assert_eq!(
        relay.value(parked).await,
        "2 does not open",
        "its two destinations"
    );
    assert_eq!(results.service.exited(), None);
}
