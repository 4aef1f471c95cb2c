//! Each scripted fault on a REGISTER: what the client meets, and whether the change took effect.

use std::time::Duration;

use crate::common::{PATIENCE, Reply, Running};
use crate::dialect::{Access, Answer};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// A simulator whose only rule does that to the next REGISTER, and that REGISTER.
async fn scripted(action: &str) -> (Running, Access) {
    let simulator = Running::start(|_| {}).await;
    let rule = format!(
        "{{\"match\": {{\"service\": \"manage-access\", \"action\": \"REGISTER\"}}, \"action\": {action}}}"
    );
    simulator.fault(&rule).await;
    let access = Access::of(&simulator.anybody().await, "REGISTER");
    (simulator, access)
}

/// Holds ledger, log and registers against each other; says whether the REGISTER took effect.
async fn took_effect(simulator: &Running, ssin: &str) -> bool {
    let entry = simulator.ledger().await.remove(0);
    assert_eq!(
        (&entry["rule"], &entry["action"]),
        (&json!(1), &json!("REGISTER"))
    );
    let executed = entry["executed"].is_object();
    let changes = simulator.changes().await;
    assert_eq!(changes.len(), usize::from(executed));
    if let Some(change) = changes.first() {
        assert_eq!(change["executed"], entry["executed"]);
    }
    let listed = Access::of(ssin, "LIST").ask(simulator).await;
    assert_eq!(listed.registrations().len(), if executed { 2 } else { 0 });
    executed
}

/// The reply under one action, and whether the REGISTER took effect.
async fn under(action: &str) -> (Option<Reply>, bool) {
    let (simulator, access) = scripted(action).await;
    let reply = simulator.call(&access.http()).await;
    (reply, took_effect(&simulator, &access.ssin).await)
}

#[tokio::test]
async fn faults_before_the_execution_leave_the_registers_alone() {
    for (action, status) in [
        (r#"{"type": "drop_request"}"#, None),
        (r#"{"type": "http_500"}"#, Some(500)),
        (r#"{"type": "http_503"}"#, Some(503)),
        (r#"{"type": "http_status", "code": 404}"#, Some(404)),
        (r#"{"type": "soap_fault"}"#, Some(500)),
        (r#"{"type": "html_page"}"#, Some(200)),
        (r#"{"type": "redirect", "to": "http://127.0.0.1:1/"}"#, Some(307)),
    ] {
        let (reply, effect) = under(action).await;
        assert_eq!(
            (reply.map(|reply| reply.status), effect),
            (status, false),
            "{action}"
        );
    }
}

#[tokio::test]
async fn faults_after_the_execution_come_with_the_change() {
    let whole = under(r#"{"type": "none"}"#).await.0.expect("a reply").body.len();
    for (action, length) in [
        (r#"{"type": "drop_reply"}"#.to_owned(), None),
        (r#"{"type": "truncated_body"}"#.to_owned(), Some(whole / 2)),
        (
            r#"{"type": "malformed_xml"}"#.to_owned(),
            Some(whole + "</status>".len()),
        ),
        (r#"{"type": "empty_body"}"#.to_owned(), Some(0)),
        (
            r#"{"type": "huge_body", "bytes": 300000}"#.to_owned(),
            Some(300_000),
        ),
        (
            format!(r#"{{"type": "slow_body", "bytes_per_s": {}}}"#, whole * 4),
            Some(whole),
        ),
        (
            r#"{"type": "wrong_charset", "encoding": "utf16"}"#.to_owned(),
            Some(2 + 2 * whole),
        ),
        (
            r#"{"type": "execute_after_client_gave_up", "delay_ms": 30}"#.to_owned(),
            Some(whole),
        ),
    ] {
        let (reply, effect) = under(&action).await;
        assert_eq!(
            (reply.map(|reply| reply.body.len()), effect),
            (length, true),
            "{action}"
        );
    }
    let (reply, effect) = under(r#"{"type": "drop_reply", "after_bytes": 100}"#).await;
    let reply = reply.expect("a head");
    assert!(effect && !reply.complete && reply.body.len() <= 100);
    let (reply, _) = under(r#"{"type": "malformed_xml"}"#).await;
    assert!(relay_simulator::soap::parse(&reply.expect("a reply").text()).is_err());
    let (reply, _) = under(r#"{"type": "huge_body", "bytes": 300000}"#).await;
    assert_eq!(Answer::of(&reply.expect("a reply")).registrations().len(), 2);
}

#[tokio::test]
async fn a_change_takes_effect_after_the_client_gave_up() {
    let (simulator, access) = scripted(r#"{"type": "execute_after_client_gave_up", "delay_ms": 400}"#).await;
    let mut stream = TcpStream::connect(simulator.address)
        .await
        .expect("the simulator listens");
    stream
        .write_all(&access.http())
        .await
        .expect("the request goes out");
    simulator.last_entry(|entry| entry["rule"] == 1).await;
    drop(stream);
    simulator
        .last_entry(|entry| entry["client_present"] == false)
        .await;
    assert!(simulator.changes().await.is_empty(), "the client was gone first");
    let waiting = async {
        while simulator.changes().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .expect("the change in time");
    assert!(took_effect(&simulator, &access.ssin).await);
    let entry = simulator.ledger().await.remove(0);
    let time = |moment: &Value| moment["ms"].as_u64().expect("a time");
    assert!(time(&entry["executed"]) - time(&entry["received"]) >= 400);
    assert_eq!(entry["client_present"], false);
}

#[tokio::test]
async fn a_client_that_leaves_during_the_latency_changes_nothing() {
    let simulator = Running::start(|_| {}).await;
    simulator
        .fault(r#"{"match": {"action": "REGISTER"}, "latency_ms": 60000}"#)
        .await;
    let access = Access::of(&simulator.anybody().await, "REGISTER");
    let mut stream = TcpStream::connect(simulator.address)
        .await
        .expect("the simulator listens");
    stream
        .write_all(&access.http())
        .await
        .expect("the request goes out");
    simulator.last_entry(|entry| entry["rule"] == 1).await;
    drop(stream);
    simulator
        .last_entry(|entry| entry["client_present"] == false)
        .await;
    assert!(!took_effect(&simulator, &access.ssin).await);
}

#[tokio::test]
async fn another_result_is_said_of_what_was_executed() {
    for (value, ok, codes, with_data) in [
        ("ERROR", "NO", vec!["30000001", "X1"], false),
        ("WARNING", "WARNING", vec!["20000001", "X1"], true),
        ("INFORMATION", "YES", vec!["X1"], true),
        ("CATASTROPHE", "NO", vec!["30000001", "X1"], true),
    ] {
        let action =
            format!(r#"{{"type": "status", "value": "{value}", "code": "X1", "with_data": {with_data}}}"#);
        let (simulator, access) = scripted(&action).await;
        let answer = access.ask(&simulator).await;
        assert_eq!((answer.ok(), answer.all("c:ReasonCode")), (vec![ok, ok], codes));
        assert_eq!(answer.all("c:Severity").last(), Some(&value));
        assert_eq!(answer.registrations().len(), if with_data { 2 } else { 0 });
        assert_eq!(answer.0.contains("ManageAccessReply"), with_data);
        assert_eq!(simulator.ledger().await[0]["status"], format!("{value} X1"));
        assert!(took_effect(&simulator, &access.ssin).await);
    }
}

#[tokio::test]
async fn a_soap_fault_names_its_code() {
    let (reply, _) = under(r#"{"type": "soap_fault", "code": "MSG00001"}"#).await;
    let reply = reply.expect("a reply");
    assert_eq!(reply.value("faultcode"), "soapenv:Server");
    assert!(reply.value("faultstring").starts_with("MSG00001: "));
}

#[tokio::test]
async fn another_encoding_shows_in_the_reference() {
    let (simulator, access) = scripted(r#"{"type": "wrong_charset", "encoding": "latin1"}"#).await;
    let access = Access {
        reference: "réf",
        ..access
    };
    let reply = simulator.call(&access.http()).await.expect("a reply");
    assert!(String::from_utf8(reply.body).is_err());
    assert!(took_effect(&simulator, &access.ssin).await);
}

#[tokio::test]
async fn a_rule_for_one_action_leaves_the_others_alone() {
    let (simulator, register) = scripted(r#"{"type": "http_500"}"#).await;
    let reply = simulator.call(&register.http()).await.expect("a reply");
    assert_eq!(reply.status, 500);
    for action in ["LIST", "UNREGISTER"] {
        assert_eq!(
            Access {
                action,
                ..register.clone()
            }
            .ask(&simulator)
            .await
            .ok(),
            ["YES", "YES"]
        );
    }
    let rules: Vec<Value> = simulator
        .ledger()
        .await
        .into_iter()
        .map(|entry| entry["rule"].clone())
        .collect();
    assert_eq!(rules, [json!(1), json!(null), json!(null)]);
}
