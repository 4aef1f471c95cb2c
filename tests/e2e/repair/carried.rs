//! What a replay comes to.

use std::os::unix::process::ExitStatusExt as _;

use relay_domain::JobState;
use relay_proto::{Encoding, EventKind};
use relay_testkit::installation::{ADVISOR, OPERATOR, submission};
use serde_json::json;

use super::{SETTLED, WHY, ctl, ended, file, item, repair, replay, shown};
use crate::cancel::{cancel, tomorrow};
use crate::harness::upstream::Upstream;
use crate::harness::{LONG, Relay, fast};

const JOBS: &str = "SELECT count(*) FROM relay.job";

#[tokio::test]
async fn a_repaired_message_becomes_one_job_and_a_bad_repair_none() {
    let relay = Relay::new(&fast()).await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    let good = submission("mended", &ssin).to_string();
    let broken = &good[..good.len() - 1];
    upstream
        .send(&[upstream.message(broken.to_owned(), Encoding::Json)])
        .await;
    let id = item(&relay).await;

    // As it was kept it is as broken as before.
    replay(&relay, &id).await;
    assert_eq!(ended(&relay, 1).await, "refused broken_json");
    // A repair that does not help says so by itself; the message as it is kept is what it was.
    let mut wrong = submission("mended", &ssin);
    wrong["retrieveTiGroups"]["ssin"] = "80010100100".into();
    let wrong = file(&relay, "wrong.json", wrong.to_string().as_bytes());
    let body = |path: &std::path::Path| path.to_str().expect("a name").to_owned();
    repair(&relay, &id, &["--body", &body(&wrong)])
        .await
        .succeeded()
        .expect("a request");
    assert_eq!(ended(&relay, 2).await, "refused rejected");
    let seen = shown(&relay, &id).await;
    assert_eq!(
        (&seen["cause"], &seen["settledAt"]),
        (&json!("broken_json"), &json!(null))
    );
    assert_eq!(seen["replays"][1]["codes"], json!(["checksum"]), "{seen}");
    // An operator has not read it, and repairs nothing; that is on record.
    let right = file(&relay, "right.json", good.as_bytes());
    let body = body(&right);
    let arguments = ["quarantine", "replay", &id, "--body", &body, "--reason", WHY];
    assert_eq!(ctl(&relay, OPERATOR, &arguments).await.code, 4);
    let audit = "SELECT concat_ws(' ', login, action, decision) FROM relay.audit";
    assert_eq!(
        relay.value(audit).await,
        format!("{OPERATOR} repair_quarantined denied")
    );
    assert_eq!(relay.number(JOBS).await, 0);
    assert!(upstream.deliveries().is_empty(), "nobody was told so far");

    repair(&relay, &id, &["--body", &body])
        .await
        .succeeded()
        .expect("a request");
    assert_eq!(ended(&relay, 3).await, "accepted");
    assert_eq!(upstream.wait_end("mended").await.state, Some(JobState::Ok));
    assert_eq!(relay.value(SETTLED).await, format!("repaired {ADVISOR}"));
    assert_eq!(
        repair(&relay, &id, &["--body", &body]).await.code,
        1,
        "it is settled"
    );
    // The sender repairs it as well, and has it already.
    upstream.submit(&[submission("mended", &ssin)]).await;
    upstream
        .wait("the answer to the duplicate", |events| {
            events.iter().find(|seen| seen.event.duplicate).map(|_| ())
        })
        .await;
    assert_eq!(relay.number(JOBS).await, 1);
    let acts = "SELECT string_agg(login || ' ' || action || ' ' || detail, ',' ORDER BY operation_id) FROM relay.operation";
    assert_eq!(
        relay.value(acts).await,
        format!(
            "{OPERATOR} quarantine_replay was broken_json,{0} quarantine_repair was broken_json, another body,\
             {0} quarantine_repair was broken_json, another body",
            ADVISOR
        )
    );
    assert!(!relay.logs().contains(&ssin));
}

#[tokio::test]
async fn who_is_not_entitled_stays_so_until_the_settings_change_and_twice_makes_one_job() {
    let relay = Relay::new(&fast()).await;
    let mut producer = relay.start("relay-producer").await;
    let mallory = Upstream::open(relay.installation.vhost(), "mallory", "eupen-test").await;
    // What is said to the organisation, its own user reads.
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    let message = mallory.message(submission("entitled", &ssin).to_string(), Encoding::Json);
    mallory.send(std::slice::from_ref(&message)).await;
    let id = item(&relay).await;
    replay(&relay, &id).await;
    assert_eq!(ended(&relay, 1).await, "refused unauthorised");
    // Nobody's word counts for more than the broker's.
    let vouched = repair(&relay, &id, &["--user", "eupen"]).await;
    assert_eq!(vouched.code, 2, "{vouched:?}");
    assert_eq!(relay.number(JOBS).await, 0);

    producer.service.stop(LONG).await.expect("an end");
    // Asked for while nobody is there to do it; once, for it waits.
    replay(&relay, &id).await;
    let twice = ctl(&relay, OPERATOR, &["quarantine", "replay", &id, "--reason", WHY]).await;
    assert_eq!(twice.code, 1, "{twice:?}");
    relay.add_organisation("eupen-test", |file| {
        file.replace(
            "{ name = \"eupen\" }",
            "{ name = \"eupen\" }, { name = \"mallory\" }",
        )
    });
    let _services = relay.start_all().await;
    assert_eq!(ended(&relay, 2).await, "accepted");
    assert_eq!(relay.value(SETTLED).await, format!("replayed {OPERATOR}"));
    assert_eq!(upstream.wait_end("entitled").await.state, Some(JobState::Ok));
    // The same message again, in quarantine again (as if by a producer with older settings), and replayed again.
    let back = "UPDATE relay.quarantine SET settled_at = NULL, settled_as = NULL, settled_by = NULL";
    relay.installation.sql(back).await.expect("an item that waits");
    replay(&relay, &id).await;
    assert_eq!(ended(&relay, 3).await, "duplicate");
    assert_eq!(relay.number(JOBS).await, 1);
    upstream
        .wait("the answer to the duplicate", |events| {
            events.iter().find(|seen| seen.event.duplicate).map(|_| ())
        })
        .await;
}

#[tokio::test]
async fn properties_are_repaired_and_a_discard_takes_a_replay_back() {
    let relay = Relay::new(&fast()).await;
    let mut producer = relay.start("relay-producer").await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    let mut message = upstream.message(submission("bare", &ssin).to_string(), Encoding::Json);
    message.properties.message_type = None;
    message.properties.content_type = None;
    message.properties.user_id = None;
    upstream.send(&[message]).await;
    let id = item(&relay).await;
    // A user who may not submit for the organisation may not by an advisor's word either.
    let whole = ["--type", "submission", "--encoding", "json", "--user"];
    let with = |user: &'static str| [&whole[..], &[user]].concat();
    repair(&relay, &id, &with("mallory"))
        .await
        .succeeded()
        .expect("a request");
    assert_eq!(ended(&relay, 1).await, "refused unauthorised");
    repair(&relay, &id, &with("eupen"))
        .await
        .succeeded()
        .expect("a request");
    assert_eq!(ended(&relay, 2).await, "accepted");
    let vouched = "SELECT string_agg(login || ' for ' || upstream_user, ',' ORDER BY operation_id) FROM relay.operation";
    assert_eq!(
        relay.value(vouched).await,
        format!("{ADVISOR} for mallory,{ADVISOR} for eupen")
    );

    upstream.send(&[upstream.message("[]", Encoding::Json)]).await;
    let id = item(&relay).await;
    producer.service.stop(LONG).await.expect("an end");
    replay(&relay, &id).await;
    let discard = ["quarantine", "discard", &id, "--reason", WHY];
    ctl(&relay, OPERATOR, &discard).await.succeeded().expect("an end");
    let _producer = relay.start("relay-producer").await;
    let seen = shown(&relay, &id).await;
    assert_eq!(seen["replays"][0]["outcome"], "discarded", "{seen}");
    assert_eq!(
        (&seen["settledAs"], &seen["settledBy"]),
        (&json!("discarded"), &json!(OPERATOR))
    );
    // Nobody marks an item as replayed that was not.
    let sql = format!(
        "SELECT cbss_api.settle_quarantine('{id}', 'replayed', '\\x{}')",
        "00".repeat(48)
    );
    relay.rows_as(OPERATOR, &sql).await.expect_err("no such mark");
}

#[tokio::test]
async fn a_cancellation_is_replayed() {
    let relay = Relay::new(&fast()).await;
    let _producer = relay.start("relay-producer").await;
    let _results = relay.start("relay-results").await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    let mut message = cancel(&upstream, ("idempotencyKey", "withdrawn"));
    message.properties.message_type = Some("cbss.cancel.v9".to_owned());
    upstream.send(std::slice::from_ref(&message)).await;
    let id = item(&relay).await;
    // There is nothing to withdraw yet.
    repair(&relay, &id, &["--type", "cancel"])
        .await
        .succeeded()
        .expect("a request");
    assert_eq!(ended(&relay, 1).await, "refused rejected");
    assert_eq!(
        shown(&relay, &id).await["replays"][0]["codes"],
        json!(["job_not_found"])
    );
    upstream.submit(&[tomorrow("withdrawn", &ssin)]).await;
    relay.wait_value(JOBS, "1").await;
    repair(&relay, &id, &["--type", "cancel"])
        .await
        .succeeded()
        .expect("a request");
    assert_eq!(ended(&relay, 2).await, "cancelled");
    let end = upstream.wait_end("withdrawn").await;
    assert_eq!(
        (end.kind, end.state),
        (EventKind::Finished, Some(JobState::Cancelled))
    );
    let standing = "SELECT state || ' ' || (SELECT count(*) FROM relay.operation WHERE action = 'job_cancel') FROM relay.job_state";
    assert_eq!(relay.value(standing).await, "cancelled 1");
    // One more of it: it is so already.
    message.properties.correlation_id = Some("another".to_owned());
    upstream.send(&[message]).await;
    let id = item(&relay).await;
    repair(&relay, &id, &["--type", "cancel"])
        .await
        .succeeded()
        .expect("a request");
    assert_eq!(ended(&relay, 3).await, "duplicate");
    assert_eq!(relay.value(standing).await, "cancelled 1");
}

#[tokio::test]
async fn an_answer_that_can_be_read_now_ends_its_job_well() {
    let relay = Relay::new(&fast()).await;
    let _producer = relay.start("relay-producer").await;
    let _worker = relay.start("relay-worker").await;
    // A reader with narrower limits than the worker that kept the answer.
    let narrow = [("CBSS_RELAY__WORKER__MAX_RESPONSE_BYTES", "600")];
    let mut results = relay.start_with("relay-results", &narrow).await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    upstream.submit(&[submission("unread", &ssin)]).await;
    let end = upstream.wait_end("unread").await;
    assert_eq!(
        (end.state, end.outcome.as_deref()),
        (Some(JobState::Failed), Some("unreadable"))
    );
    // A question is asked once more before the relay gives up.
    let calls = relay.simulator().calls().await.len();
    let id = item(&relay).await;
    replay(&relay, &id).await;
    assert_eq!(ended(&relay, 1).await, "refused unreadable_answer");
    // It is evidence: nobody repairs it.
    assert_eq!(repair(&relay, &id, &["--type", "submission"]).await.code, 2);
    results.service.stop(LONG).await.expect("an end");
    replay(&relay, &id).await;

    #[cfg(debug_assertions)]
    {
        let point = "replay.before_settle";
        let mut doomed = relay
            .command("relay-results", "results", &[("CBSS_RELAY_CRASH_AT", point)])
            .start()
            .expect("a process");
        let status = doomed.wait(LONG).await.expect("the end of a doomed process");
        assert_eq!(status.signal(), Some(6), "{status}");
        let standing = "SELECT state || ' ' || round FROM relay.job_state";
        assert_eq!(relay.value(standing).await, "failed 1", "all of it or nothing");
    }
    let _results = relay.start("relay-results").await;
    assert_eq!(ended(&relay, 2).await, "reread");
    relay
        .wait_value("SELECT state || ' ' || round FROM relay.job_state", "ok 2")
        .await;
    relay.wait_said().await;
    upstream.wait_finished(2).await;
    let told: Vec<_> = upstream
        .of_key("unread")
        .iter()
        .map(|event| (event.kind, event.sequence, event.round, event.state))
        .collect();
    assert_eq!(
        told,
        [
            (EventKind::Accepted, 1, 1, Some(JobState::Accepted)),
            (EventKind::Finished, 2, 1, Some(JobState::Failed)),
            (EventKind::Reopened, 3, 2, Some(JobState::Accepted)),
            (EventKind::Finished, 4, 2, Some(JobState::Ok)),
        ]
    );
    assert_eq!(
        relay.simulator().calls().await.len(),
        calls,
        "nothing was asked again"
    );
    assert_eq!(relay.value(SETTLED).await, format!("replayed {OPERATOR}"));
    assert_eq!(
        relay.number("SELECT count(*) FROM relay.result_row").await,
        relay
            .number("SELECT cardinality(row_group) FROM relay.result WHERE round = 2")
            .await
    );
}

#[tokio::test]
async fn an_answer_whose_job_went_on_stays_where_it_is() {
    let relay = Relay::new(&fast()).await;
    let _producer = relay.start("relay-producer").await;
    let _worker = relay.start("relay-worker").await;
    let narrow = [("CBSS_RELAY__WORKER__MAX_RESPONSE_BYTES", "600")];
    let mut results = relay.start_with("relay-results", &narrow).await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    upstream.submit(&[submission("went-on", &ssin)]).await;
    upstream.wait_end("went-on").await;
    let id = item(&relay).await;
    results.service.stop(LONG).await.expect("an end");
    let _results = relay.start("relay-results").await;
    let job = relay.value("SELECT job_id FROM relay.job").await;
    let retried = ctl(&relay, OPERATOR, &["job", "retry", &job, "--reason", WHY]).await;
    retried.succeeded().expect("a new round");
    relay
        .wait_value("SELECT state || ' ' || round FROM relay.job_state", "ok 2")
        .await;
    replay(&relay, &id).await;
    assert_eq!(ended(&relay, 1).await, "refused overtaken");
    let seen = shown(&relay, &id).await;
    assert_eq!(
        (&seen["cause"], &seen["settledAt"]),
        (&json!("unreadable_answer"), &json!(null))
    );
    assert_eq!(
        relay
            .value("SELECT state || ' ' || round FROM relay.job_state")
            .await,
        "ok 2"
    );
}
