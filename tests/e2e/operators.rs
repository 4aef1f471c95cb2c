//! What operators do through `relayctl`, as a login that is a member of `cbss_operator` and of nothing else.

use relay_domain::JobState;
use relay_testkit::installation::{OPERATOR, OTHER, Output, submission};
use serde_json::{Value, json};

use crate::harness::{Relay, fast};

const NOTHING: &str = "0190f3a2-5c1e-7000-8000-000000000001";

async fn ctl(relay: &Relay, login: &str, arguments: &[&str]) -> Output {
    relay
        .installation
        .relayctl_as(login, arguments)
        .await
        .expect("relayctl")
}

/// What an operator's list says.
async fn list(relay: &Relay, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let listed = ctl(relay, OPERATOR, &arguments)
        .await
        .succeeded()
        .expect("a list");
    serde_json::from_str(&listed.stdout).expect("JSON")
}

#[tokio::test]
async fn dead_letters_are_retried_in_bulk_and_the_run_is_resumable() {
    let relay = Relay::new(&fast()).await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let people = relay.people(3).await;
    for (n, person) in people.iter().enumerate() {
        relay
            .simulator()
            .fault_for(person, &json!({"type": "http_status", "code": 404}))
            .await;
        let key = format!("dead-{n}");
        upstream.submit(&[submission(&key, person)]).await;
        assert_eq!(upstream.wait_end(&key).await.state, Some(JobState::Failed));
    }
    let groups = list(&relay, &["dead", "list"]).await;
    assert_eq!(
        (&groups[0]["count"], &groups[0]["cause"]),
        (&json!(3), &json!("refused"))
    );
    relay.simulator().heal().await;

    let retry = [
        "dead",
        "retry",
        "--cause",
        "refused",
        "--reason",
        "the CBSS is back",
    ];
    let asked = ctl(&relay, OPERATOR, &retry).await;
    assert!(
        asked.code == 2 && asked.stdout.contains("3 refused"),
        "no terminal, no --yes: {asked:?}"
    );
    let denied = ctl(&relay, OTHER, &[&retry[..], &["--yes"]].concat()).await;
    assert_eq!(denied.code, 4);
    let first = ctl(
        &relay,
        OPERATOR,
        &[&retry[..], &["--first", "1", "--yes"]].concat(),
    )
    .await;
    assert!(first.code == 0 && first.stdout.contains("1 done"), "{first:?}");
    let rest = ctl(&relay, OPERATOR, &[&retry[..], &["--yes"]].concat()).await;
    assert!(
        rest.stdout.contains("2 refused") && rest.stdout.contains("2 done"),
        "{rest:?}"
    );
    relay
        .wait_value(
            "SELECT count(*) FROM relay.job_state WHERE state = 'ok' AND round = 2",
            "3",
        )
        .await;
    let logins = "SELECT string_agg(DISTINCT login || ' ' || action, ',') FROM relay.operation";
    assert_eq!(relay.value(logins).await, format!("{OPERATOR} job_retry"));
    assert_eq!(list(&relay, &["dead", "list"]).await, json!([]));
}

#[tokio::test]
async fn an_act_without_a_place_changes_nothing_and_says_so() {
    let relay = Relay::new(&fast()).await;
    let services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let people = relay.people(1).await;
    upstream.submit(&[submission("fine", &people[0])]).await;
    let job = upstream.wait_end("fine").await.job_id.expect("a job").to_string();
    drop(services);
    for act in [
        &["resolve", "--as", "done"][..],
        &["resolve", "--as", "not-done"],
        &["retry"],
        &["discard"],
    ] {
        let on = |job: &str| {
            [&["job"][..], act, &[job, "--reason", "ticket 4711"]]
                .concat()
                .join(" ")
        };
        for (job, code) in [(job.as_str(), 1), (NOTHING, 3)] {
            let line = on(job).replace("ticket 4711", "ticket-4711");
            let arguments: Vec<&str> = line.split(' ').collect();
            assert_eq!(ctl(&relay, OPERATOR, &arguments).await.code, code, "{line}");
        }
    }
    assert_eq!(relay.number("SELECT count(*) FROM relay.operation").await, 0);
    // An operator sees structure, and nothing that is sealed.
    for sql in [
        "SELECT payload FROM relay.job",
        "SELECT reason FROM relay.operation",
        "SELECT message FROM relay.quarantine",
        "SELECT body FROM relay.answer",
        "SELECT content FROM relay.result",
        "SELECT envelope FROM relay.event",
        "UPDATE relay.job_state SET state = 'ok'",
        "DELETE FROM relay.quota",
        "SELECT count(*) FROM relay.audit",
    ] {
        relay.rows_as(OPERATOR, sql).await.expect_err(sql);
    }
}
