//! Each scripted fault as a client meets it, and what the ledger says about it.

use std::time::Duration;

use crate::common::{PATIENCE, Reply, Running, ask, http, question};
use relay_runtime::Clock;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// A simulator with one rule, and an ordinary person's question.
async fn scripted(rule: &str) -> (Running, String) {
    let simulator = Running::start(|_| {}).await;
    simulator.fault(rule).await;
    let ssin = simulator.ssins("ordinary", 1).await.remove(0);
    (simulator, question(&ssin, "fr", true))
}

/// The reply under one action, and the call's entry in the ledger.
async fn under(action: &str) -> (Reply, Value) {
    let (simulator, body) = scripted(&format!("{{\"action\": {action}}}")).await;
    let reply = ask(&simulator, &body).await;
    let entry = simulator.last_entry(|entry| entry["http_status"].is_u64()).await;
    assert_eq!(entry["rule"], 1);
    (reply, entry)
}

fn was_executed(entry: &Value) -> bool {
    entry["executed"].is_object()
}

#[tokio::test]
async fn a_dropped_request_is_never_executed() {
    let (simulator, body) = scripted(r#"{"action": {"type": "drop_request"}}"#).await;
    assert!(simulator.call(&http(&body)).await.is_none(), "nothing comes back");
    let entry = simulator
        .last_entry(|entry| entry["client_present"] == true)
        .await;
    assert!(!was_executed(&entry) && entry["http_status"].is_null() && entry["answered"].is_null());
}

#[tokio::test]
async fn a_dropped_reply_was_executed() {
    let (simulator, body) = scripted(r#"{"action": {"type": "drop_reply"}}"#).await;
    assert!(simulator.call(&http(&body)).await.is_none(), "nothing comes back");
    let entry = simulator
        .last_entry(|entry| entry["client_present"] == true)
        .await;
    assert!(was_executed(&entry) && entry["http_status"].is_null() && entry["ended"].is_object());
}

#[tokio::test]
async fn a_reply_can_break_off_in_its_body() {
    let (simulator, body) = scripted(r#"{"action": {"type": "drop_reply", "after_bytes": 1000}}"#).await;
    let reply = simulator.call(&http(&body)).await.expect("a head");
    assert_eq!((reply.status, reply.complete), (200, false));
    assert!(reply.body.len() <= 1000);
    let entry = simulator.last_entry(|entry| entry["http_status"] == 200).await;
    assert!(was_executed(&entry));
}

#[tokio::test]
async fn the_cbss_can_execute_after_the_client_gave_up() {
    let rule = r#"{"action": {"type": "execute_after_client_gave_up", "delay_ms": 400}}"#;
    let (simulator, body) = scripted(rule).await;
    let mut stream = TcpStream::connect(simulator.address)
        .await
        .expect("the simulator listens");
    stream
        .write_all(&http(&body))
        .await
        .expect("the request goes out");
    simulator.last_entry(|entry| entry["rule"] == 1).await;
    drop(stream);
    let left = simulator
        .last_entry(|entry| entry["client_present"] == false)
        .await;
    assert!(!was_executed(&left), "the client was gone first");
    let entry = simulator.last_entry(was_executed).await;
    assert_eq!(entry["client_present"], false);
    // What is executed later is no open call any more.
    assert!(entry["ended"]["ms"].as_u64() < entry["executed"]["ms"].as_u64());
    let waited =
        entry["executed"]["ms"].as_u64().expect("a time") - entry["received"]["ms"].as_u64().expect("a time");
    assert!(waited >= 400, "{waited} ms");
}

#[tokio::test]
async fn a_client_that_waits_gets_the_late_answer() {
    let (reply, entry) = under(r#"{"type": "execute_after_client_gave_up", "delay_ms": 50}"#).await;
    assert_eq!(reply.value("value"), "DATA_FOUND");
    assert!(was_executed(&entry) && entry["client_present"] == true);
}

#[tokio::test]
async fn a_client_that_leaves_during_the_latency_is_noted() {
    let (simulator, body) = scripted(r#"{"latency_ms": 60000}"#).await;
    let mut stream = TcpStream::connect(simulator.address)
        .await
        .expect("the simulator listens");
    stream
        .write_all(&http(&body))
        .await
        .expect("the request goes out");
    simulator.last_entry(|entry| entry["rule"] == 1).await;
    drop(stream);
    let entry = simulator
        .last_entry(|entry| entry["client_present"] == false)
        .await;
    assert!(!was_executed(&entry));
}

#[tokio::test]
async fn latency_comes_before_the_answer() {
    let (simulator, body) = scripted(r#"{"match": {"times": 1}, "latency_ms": 150}"#).await;
    let entry = {
        assert_eq!(ask(&simulator, &body).await.value("value"), "DATA_FOUND");
        simulator.last_entry(|entry| entry["http_status"] == 200).await
    };
    let waited =
        entry["answered"]["ms"].as_u64().expect("a time") - entry["received"]["ms"].as_u64().expect("a time");
    assert!(waited >= 150, "{waited} ms");
    ask(&simulator, &body).await;
    let next = simulator.last_entry(|entry| entry["sequence"] == 2).await;
    assert!(next["rule"].is_null(), "the rule was for one call");
}

#[tokio::test]
async fn http_statuses_come_without_execution() {
    let (reply, entry) = under(r#"{"type": "http_500"}"#).await;
    assert_eq!(reply.status, 500);
    assert!(
        reply
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
    );
    assert!(!was_executed(&entry));

    let (reply, entry) = under(r#"{"type": "http_503", "retry_after_s": 7}"#).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("7")));
    assert!(!was_executed(&entry));

    let (reply, entry) = under(r#"{"type": "http_status", "code": 404}"#).await;
    assert_eq!((reply.status, reply.body.len()), (404, 0));
    assert!(!was_executed(&entry));

    let (reply, entry) = under(r#"{"type": "redirect", "to": "http://127.0.0.1:1/elsewhere"}"#).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (307, Some("http://127.0.0.1:1/elsewhere"))
    );
    assert!(!was_executed(&entry));

    let (reply, entry) = under(r#"{"type": "html_page"}"#).await;
    assert_eq!(reply.status, 200);
    assert!(reply.text().contains("<html>") && !was_executed(&entry));
}

#[tokio::test]
async fn a_fault_of_the_service_names_its_code_and_tickets() {
    let (reply, entry) = under(r#"{"type": "soap_fault"}"#).await;
    assert_eq!(
        (reply.status, reply.value("faultcode").as_str()),
        (500, "soapenv:Server")
    );
    assert_eq!(reply.value("reasonCode"), "MSG00003");
    assert_eq!(reply.value("ticket"), "our-ticket");
    assert_eq!(entry["ticket_cbss"], reply.value("ticketCBSS"));
    assert!(!was_executed(&entry));
    let (reply, _) = under(r#"{"type": "soap_fault", "code": "MSG00001"}"#).await;
    assert_eq!(reply.value("reasonCode"), "MSG00001");
}

#[tokio::test]
async fn another_status_comes_with_or_without_data() {
    let (reply, entry) = under(r#"{"type": "status", "value": "NO_RESULT", "code": "MSG00002"}"#).await;
    assert_eq!(
        (reply.value("value").as_str(), reply.value("code").as_str()),
        ("NO_RESULT", "MSG00002")
    );
    assert!(!reply.text().contains("rrn_it_implicit"));
    assert_eq!(entry["status"], "NO_RESULT MSG00002");
    let partial = r#"{"type": "status", "value": "INCOMPLETE_DATA", "code": "HAN20200", "with_data": true}"#;
    let (reply, entry) = under(partial).await;
    assert_eq!(reply.value("value"), "INCOMPLETE_DATA");
    assert!(reply.text().contains("rrn_it_implicit") && was_executed(&entry));
}

#[tokio::test]
async fn bodies_can_be_broken_in_several_ways() {
    let (whole, _) = under(r#"{"type": "none"}"#).await;
    let whole_text = whole.text();
    assert!(relay_simulator::soap::parse(&whole_text).is_ok());

    let (reply, entry) = under(r#"{"type": "malformed_xml"}"#).await;
    assert_eq!(reply.body.len(), whole.body.len() + "</status>".len());
    assert!(relay_simulator::soap::parse(&reply.text()).is_err() && was_executed(&entry));

    let (reply, entry) = under(r#"{"type": "truncated_body"}"#).await;
    assert!(reply.complete && reply.body.len() == whole.body.len() / 2 && was_executed(&entry));

    let (reply, entry) = under(r#"{"type": "empty_body"}"#).await;
    assert!(reply.complete && reply.status == 200 && reply.body.is_empty() && was_executed(&entry));

    let (reply, entry) = under(r#"{"type": "wrong_charset", "encoding": "latin1"}"#).await;
    assert_eq!(reply.header("content-type"), Some("text/xml; charset=utf-8"));
    assert!(String::from_utf8(reply.body.clone()).is_err(), "no UTF-8");
    assert_eq!(reply.body.len(), whole_text.chars().count());
    assert!(was_executed(&entry));

    let (reply, _) = under(r#"{"type": "wrong_charset", "encoding": "utf16"}"#).await;
    assert_eq!(reply.body[..4], [0xFF, 0xFE, b'<', 0]);
    assert_eq!(reply.body.len(), 2 + 2 * whole_text.encode_utf16().count());
}

#[tokio::test]
async fn a_huge_body_is_as_long_as_asked_and_still_a_reply() {
    for bytes in [3_000_000, 3_000_001] {
        let (reply, entry) = under(&format!(r#"{{"type": "huge_body", "bytes": {bytes}}}"#)).await;
        assert!(reply.complete && was_executed(&entry));
        assert_eq!(reply.body.len(), bytes);
        assert_eq!(reply.value("value"), "DATA_FOUND");
        assert!(relay_simulator::soap::parse(&reply.text()).is_ok());
    }
}

#[tokio::test]
async fn a_slow_body_keeps_its_pace() {
    let clock = Clock::system();
    let (whole, _) = under(r#"{"type": "none"}"#).await;
    let started = clock.monotonic();
    let (reply, _) = under(&format!(
        r#"{{"type": "slow_body", "bytes_per_s": {}}}"#,
        2 * whole.body.len()
    ))
    .await;
    let took = clock.monotonic() - started;
    assert_eq!((reply.complete, reply.body.len()), (true, whole.body.len()));
    assert!(took >= Duration::from_millis(450) && took < PATIENCE, "{took:?}");
}

#[tokio::test]
async fn an_open_connection_survives_the_faults_of_others() {
    let (simulator, body) = scripted(r#"{"match": {"nth": 2}, "action": {"type": "drop_reply"}}"#).await;
    assert_eq!(ask(&simulator, &body).await.status, 200);
    assert!(simulator.call(&http(&body)).await.is_none());
    assert_eq!(ask(&simulator, &body).await.status, 200);
    let rules: Vec<Value> = simulator
        .ledger()
        .await
        .into_iter()
        .map(|entry| entry["rule"].clone())
        .collect();
    assert_eq!(rules, [Value::Null, 1.into(), Value::Null]);
}
