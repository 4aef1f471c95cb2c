//! Is the CBSS there? As a submission, from the command line, and as a worker's probe.

use relay_domain::JobState;
use relay_testkit::InstallationOptions;
use relay_testkit::http;
use relay_testkit::installation::{ORGANISATION, REQUESTER, USER_ID};
use relay_testkit::poll_until;
use serde_json::{Value, json};

use crate::harness::{FAST, LONG, Relay, SHORT_CALLS, fast, metrics};

fn options(probe_ms: u32) -> InstallationOptions {
    InstallationOptions {
        settings: FAST.replace("[worker]", &format!("[worker]\nprobe_interval_ms = {probe_ms}")),
        test_connection: Some(SHORT_CALLS.to_owned()),
        ..fast()
    }
}

#[tokio::test]
async fn an_echo_is_a_job_like_others() {
    let relay = Relay::new(&options(0)).await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let test = |key: &str, echo: &str| {
        json!({
            "organisation": ORGANISATION, "idempotencyKey": key,
            "requester": { "userId": USER_ID, "reason": "monitoring" },
            "testConnection": { "echo": echo, "language": "nl" },
        })
    };
    upstream
        .submit(&[test("good", "are you there? é <&>"), test("empty", "")])
        .await;
    let told = upstream.wait_end("good").await;
    assert_eq!(
        (told.state, told.outcome.as_deref()),
        (Some(JobState::Ok), Some("data"))
    );
    let refused = upstream.wait_end("empty").await;
    assert_eq!(refused.errors[0].path, "request.testConnection.echo");
    let job = told.job_id.expect("a job").to_string();
    let show = ["result", "show", &job, "--reason", "file 4711", "--json"];
    let shown = relay.installation.relayctl_as(REQUESTER, &show).await;
    let shown = shown.expect("relayctl").succeeded().expect("a result");
    let result: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(result["rows"][0]["title"], "Verbindingstest");
    let fields = result["rows"][0]["fields"].as_array().expect("fields");
    assert!(
        fields.contains(&json!({ "path": "echo", "value": "are you there? é <&>" })),
        "{fields:?}"
    );
    assert_eq!(
        relay
            .number("SELECT count(*) FROM relay.job WHERE person_hash IS NOT NULL")
            .await,
        0
    );
}

#[tokio::test]
async fn ping_tells_what_stands_in_the_way() {
    let relay = Relay::new(&options(0)).await;
    let ping = async |more: &[&str]| {
        let arguments = [&["cbss", "ping", "--organisation", ORGANISATION], more].concat();
        let ran = relay.installation.relayctl_as(REQUESTER, &arguments).await;
        ran.expect("relayctl")
    };
    let good = ping(&["--json"]).await.succeeded().expect("an echo");
    let pong: Value = serde_json::from_str(&good.stdout).expect("JSON");
    assert_eq!(
        (&pong["httpStatus"], &pong["echoed"]),
        (&200.into(), &true.into())
    );
    assert_eq!(pong["certificate"], "CN=client.of.the.simulator");
    let shown = ping(&["--echo", "hello"]).await.succeeded().expect("an echo");
    assert!(shown.stdout.contains("the echo came back"), "{}", shown.stdout);
    for (action, code, said) in [
        (json!({"type": "http_status", "code": 403}), 1, "403"),
        (json!({"type": "drop_reply"}), 5, "http://"),
        (json!({"type": "soap_fault"}), 1, "not with the echo"),
    ] {
        relay.simulator().fault(&json!({ "action": action })).await;
        let failed = ping(&[]).await;
        assert_eq!(failed.code, code, "{action}: {failed:?}");
        assert!(failed.stderr.contains(said), "{action}: {failed:?}");
        relay.simulator().heal().await;
    }
    relay.simulator().fault(&json!({ "latency_ms": 20_000 })).await;
    assert_eq!(ping(&[]).await.code, 6);
    relay.simulator().heal().await;
    assert_eq!(ping(&["--echo", " "]).await.code, 2);
    let other = ["cbss", "ping", "--organisation", "nobody"];
    let other = relay.installation.relayctl_as(REQUESTER, &other).await;
    assert_eq!(other.expect("relayctl").code, 2);
}

#[tokio::test]
async fn a_worker_says_whether_an_environment_can_be_reached() {
    let relay = Relay::new(&options(1000)).await;
    let worker = relay.start("relay-worker").await;
    let ready = async || {
        let page = http::get(worker.address, "/readyz").await.expect("a page");
        let report: Value = serde_json::from_str(&page.body).expect("JSON");
        (page.status, report["checks"]["cbss-test"].clone())
    };
    let until = async |status: u16| {
        poll_until("the probe", LONG, async || {
            (ready().await.0 == status).then_some(())
        })
        .await
        .expect("a change");
    };
    until(200).await;
    let labels = [("environment", "test")];
    assert!((metrics::sum(&worker, "cbss_relay_cbss_reachable", &labels).await - 1.0).abs() < 0.1);
    relay
        .simulator()
        .fault(&json!({"action": {"type": "http_503", "retry_after_s": 0}}))
        .await;
    until(503).await;
    let (_, check) = ready().await;
    assert!(
        check["error"].as_str().expect("a text").contains("503"),
        "{check}"
    );
    assert!(
        metrics::sum(&worker, "cbss_relay_cbss_reachable", &labels)
            .await
            .abs()
            < 0.1
    );
    relay.simulator().heal().await;
    until(200).await;
    assert_eq!(relay.number("SELECT count(*) FROM relay.attempt").await, 0);
}
