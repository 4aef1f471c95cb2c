//! Times that submissions name, and organisations that are not live.

use relay_domain::JobState;
use relay_proto::EventKind;
use relay_runtime::Clock;
use relay_testkit::InstallationOptions;
use relay_testkit::installation::{REQUESTER, submission};
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::harness::{Relay, fast};

fn after(now: OffsetDateTime, wait: Duration) -> String {
    (now + wait).format(&Rfc3339).expect("a time")
}

#[tokio::test]
async fn an_organisation_that_is_not_live_sends_nothing() {
    let relay = Relay::new(&InstallationOptions {
        organisation: "live = false".to_owned(),
        ..fast()
    })
    .await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    upstream.submit(&[submission("built", &ssin)]).await;
    let end = upstream.wait_end("built").await;
    assert_eq!((end.state, end.sequence), (Some(JobState::Validated), 2));
    assert!(relay.simulator().calls().await.is_empty());
    relay.wait_ended(1).await;
    relay.wait_said().await;
    let classes = "SELECT string_agg(class, ' ') FROM relay.attempt";
    assert_eq!(relay.value(classes).await, "validated");
    let job = end.job_id.expect("a job").to_string();
    let arguments = ["result", "show", &job, "--reason", "file 4711"];
    let shown = relay
        .installation
        .relayctl_as(REQUESTER, &arguments)
        .await
        .expect("relayctl");
    assert_eq!(shown.code, 3, "{shown:?}");
}

#[tokio::test]
async fn a_job_is_not_sent_before_its_time() {
    let relay = Relay::new(&fast()).await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let people = relay.people(2).await;
    let not_before = Clock::system().now() + Duration::seconds(3);
    let mut early = submission("early", &people[0]);
    early["notBefore"] = json!(after(not_before, Duration::ZERO));
    upstream.submit(&[early, submission("now", &people[1])]).await;
    assert_eq!(upstream.wait_end("now").await.state, Some(JobState::Ok));
    let waiting = "SELECT concat_ws(' ', state, wait_reason) FROM relay.job_state WHERE ended_at IS NULL";
    assert_eq!(relay.value(waiting).await, "accepted not_before");
    let end = upstream.wait_end("early").await;
    assert_eq!(end.state, Some(JobState::Ok));
    let began =
        "SELECT count(*) FROM relay.attempt JOIN relay.job_state USING (job_id) WHERE began_at < due_at";
    assert_eq!(relay.number(began).await, 0);
    assert!(end.occurred_at >= not_before);
}

#[tokio::test]
async fn a_deadline_ends_what_waits_and_nothing_is_sent_after_it() {
    let relay = Relay::new(&fast()).await;
    let [_producer, mut worker, _results] = relay.start_all().await;
    let upstream = relay.upstream().await;
    let people = relay.people(3).await;
    let now = Clock::system().now();

    // While a fault keeps it waiting.
    relay
        .simulator()
        .fault_for(&people[0], &json!({"type": "http_503", "retry_after_s": 4}))
        .await;
    let mut refused = submission("refused", &people[0]);
    refused["deadline"] = json!(after(now, Duration::seconds(3)));
    upstream.submit(&[refused]).await;
    let end = upstream.wait_end("refused").await;
    assert_eq!(
        (end.kind, end.state),
        (EventKind::Finished, Some(JobState::Expired))
    );

    // While no worker is there: its work item comes late.
    worker.service.kill().await.expect("a killed worker");
    let mut unheard = submission("unheard", &people[1]);
    let deadline = Clock::system().now() + Duration::seconds(2);
    unheard["deadline"] = json!(after(deadline, Duration::ZERO));
    upstream.submit(&[unheard]).await;
    relay
        .wait_value(
            "SELECT count(*) FROM relay.job_state WHERE state = 'released'",
            "1",
        )
        .await;
    let end = upstream.wait_end("unheard").await;
    assert_eq!(end.state, Some(JobState::Expired));
    assert!(end.occurred_at >= deadline);
    let _worker = relay.start("relay-worker").await;
    upstream.submit(&[submission("behind", &people[2])]).await;
    assert_eq!(upstream.wait_end("behind").await.state, Some(JobState::Ok));

    relay.wait_ended(3).await;
    relay.wait_said().await;
    let calls = relay.simulator().calls_by_person().await;
    let count = |person: &String| calls.get(person).map_or(0, Vec::len);
    assert_eq!(
        (count(&people[0]), count(&people[1]), count(&people[2])),
        (1, 0, 1)
    );
}
