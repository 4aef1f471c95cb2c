//! Events that were confirmed and lost with the broker are said again.

use std::collections::BTreeMap;

use relay_domain::JobState;
use relay_testkit::installation::{OPERATOR, OTHER, Output, submission};
use relay_testkit::{shared, wait_for};
use serde_json::json;

use super::{WHY, ctl};
use crate::harness::upstream::{From, Upstream};
use crate::harness::{LONG, Relay, fast};

const SINCE: &str = "2020-01-01T00:00:00Z";

async fn replay(relay: &Relay, login: &str, more: &[&str]) -> Output {
    let always = [
        "events",
        "replay",
        "--organisation",
        "eupen-test",
        "--reason",
        WHY,
    ];
    ctl(relay, login, &[&always[..], more].concat()).await
}

async fn broker(relay: &Relay, arguments: &[&str]) {
    let vhost = relay.installation.vhost().name();
    let arguments = [&["--vhost", vhost], arguments].concat();
    shared::rabbitmq().ctl(&arguments).await.expect("rabbitmqctl");
}

/// Ids of a job's events in the order of their sequences, as the record has them.
async fn on_record(relay: &Relay) -> BTreeMap<String, Vec<String>> {
    let mut by_job: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let sql = "SELECT job_id, event_id FROM relay.event WHERE job_id IS NOT NULL ORDER BY sequence";
    for row in relay.rows(sql).await {
        let [Some(job), Some(event)] = &row[..] else {
            panic!("{row:?}")
        };
        by_job.entry(job.clone()).or_default().push(event.clone());
    }
    by_job
}

/// Ids of each job's deliveries from the organisation's queue, repetitions included.
fn delivered(upstream: &Upstream) -> BTreeMap<String, Vec<String>> {
    let mut by_job: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for seen in upstream.deliveries() {
        if let (From::Events, Some(job)) = (seen.from, seen.event.job_id) {
            let ids = by_job.entry(job.to_string()).or_default();
            ids.push(seen.properties.message_id.expect("an id"));
        }
    }
    by_job
}

#[tokio::test]
async fn events_come_again_under_their_ids_in_order_and_once() {
    let relay = Relay::new(&fast()).await;
    let [_producer, _worker, mut results] = relay.start_all().await;
    // Nobody reads the organisation's events yet.
    let sender = Upstream::open(relay.installation.vhost(), "eupen", "nobody").await;
    let people = relay.people(3).await;
    relay
        .simulator()
        .fault_times(&people[0], 1, &json!({"type": "http_status", "code": 404}))
        .await;
    let numbered = people.iter().enumerate();
    let mut submissions: Vec<_> = numbered
        .map(|(n, ssin)| submission(&format!("said-{n}"), ssin))
        .collect();
    sender.submit(&submissions).await;
    // A rejection is about no job, and is said again as well.
    submissions[2]["idempotencyKey"] = "rejected".into();
    submissions[2]["retrieveTiGroups"]["ssin"] = "1".into();
    sender.submit(&submissions[2..]).await;
    relay.wait_ended(3).await;
    let failed = "SELECT job_id FROM relay.job_state WHERE state = 'failed'";
    let job = relay.value(failed).await;
    relay.wait_value("SELECT count(*) FROM relay.event", "7").await;
    relay.wait_said().await;
    broker(&relay, &["purge_queue", "cbss.events.eupen-test"]).await;

    let purged = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
    let purged = relay.value(purged).await;
    // A job goes on while nothing is published: its newer events wait, and must not pass the older ones.
    results.service.stop(LONG).await.expect("an end");
    let retried = ctl(&relay, OPERATOR, &["job", "retry", &job, "--reason", WHY]).await;
    retried.succeeded().expect("a new round");
    relay
        .wait_value(
            "SELECT count(*) FROM relay.outbox WHERE destination = 'events'",
            "1",
        )
        .await;

    let dry = replay(&relay, OPERATOR, &["--since", SINCE]).await;
    assert!(
        dry.code == 0 && dry.stdout.contains("match: 8, about 4") && dry.stdout.contains("parked there: 1"),
        "{dry:?}"
    );
    assert_eq!(relay.number("SELECT count(*) FROM relay.event_replay").await, 0);
    assert_eq!(replay(&relay, OTHER, &["--since", SINCE, "--yes"]).await.code, 4);
    let nobody = replay(
        &relay,
        OPERATOR,
        &[
            "--since",
            "2099-01-01T00:00:00Z",
            "--until",
            "2099-01-02T00:00:00Z",
            "--yes",
        ],
    )
    .await;
    assert!(nobody.stdout.contains("0 events"), "{nobody:?}");
    // What is newer than the replay waits behind it all the same.
    let older = replay(&relay, OPERATOR, &["--since", SINCE, "--until", &purged, "--yes"]).await;
    assert!(older.stdout.contains("7 events"), "{older:?}");
    let turned = "SELECT count(*) FROM (SELECT job_id, sequence, outbox_id FROM relay.outbox JOIN relay.event USING (event_id)
        WHERE destination = 'events') AS a JOIN (SELECT job_id, sequence, outbox_id FROM relay.outbox
        JOIN relay.event USING (event_id) WHERE destination = 'events') AS b USING (job_id)
        WHERE a.sequence < b.sequence AND a.outbox_id > b.outbox_id";
    assert_eq!(relay.number(turned).await, 0);
    // Twice: what waits is not there twice.
    for _ in 0..2 {
        let said = replay(&relay, OPERATOR, &["--since", SINCE, "--yes"]).await;
        assert!(said.code == 0 && said.stdout.contains("8 events"), "{said:?}");
    }
    let outbox =
        "SELECT count(*) || ' ' || count(DISTINCT event_id) FROM relay.outbox WHERE destination = 'events'";
    assert_eq!(relay.value(outbox).await, "8 8");
    let acts = "SELECT string_agg(DISTINCT login || ' ' || action, ',') FROM relay.operation WHERE action LIKE 'events%'";
    assert_eq!(relay.value(acts).await, format!("{OPERATOR} events_replay"));

    let _results = relay.start("relay-results").await;
    let upstream = relay.upstream().await;
    relay
        .wait_value("SELECT count(*) FROM relay.job_state WHERE state = 'ok'", "3")
        .await;
    relay.wait_said().await;
    let record = on_record(&relay).await;
    assert_eq!(
        record.values().map(Vec::len).sum::<usize>(),
        8,
        "4 of one job, 2 of each other"
    );
    wait_for("every event, once and in order", LONG, async || {
        (delivered(&upstream) == record).then_some(())
    })
    .await;
    let rejections = upstream
        .deliveries()
        .iter()
        .filter(|seen| seen.from == From::Events && seen.event.job_id.is_none())
        .count();
    assert_eq!(rejections, 1);
    // Reply queues are left out: who asked there has had it, or is gone.
    assert_eq!(relay.number("SELECT count(*) FROM relay.outbox").await, 0);
    let replies = upstream
        .deliveries()
        .iter()
        .chain(&sender.deliveries())
        .filter(|seen| seen.from == From::Reply)
        .count();
    assert_eq!(replies, 9, "each event once");
}

#[tokio::test]
async fn a_parked_event_has_another_chance_and_what_was_interrupted_goes_on() {
    let relay = Relay::new(&fast()).await;
    let _services = relay.start_all().await;
    broker(&relay, &["delete_queue", "cbss.events.eupen-test"]).await;
    let sender = Upstream::open(relay.installation.vhost(), "eupen", "nobody").await;
    let submissions = relay.submissions("parked", 3).await;
    sender.submit(&submissions).await;
    let parked = "SELECT count(*) FROM relay.outbox WHERE parked_at IS NOT NULL";
    relay.wait_value(parked, "6").await;
    // Services declare it when they start.
    let _producer = relay.start_as("relay-producer", "second", &[]).await;

    // Interrupted after the first job: as the command would have left it.
    let begun = format!(
        "SELECT * FROM cbss_api.begin_event_replay('eupen-test', '{SINCE}', NULL, NULL, '\\x{}')",
        "00".repeat(48)
    );
    relay.rows_as(OPERATOR, &begun).await.expect("a replay");
    let first = "SELECT cbss_api.replay_events(1, (SELECT array_agg(event_id) FROM relay.event WHERE job_id = j.job_id),
        j.job_id, false) FROM (SELECT job_id FROM relay.job_state ORDER BY job_id LIMIT 1) AS j";
    assert_eq!(
        relay.rows_as(OPERATOR, first).await.expect("two events"),
        [[Some("2".to_owned())]]
    );
    let goes_on = replay(&relay, OPERATOR, &["--since", SINCE, "--yes"]).await;
    assert!(
        goes_on.stdout.contains("going on after 2") && goes_on.stdout.contains("4 events"),
        "{goes_on:?}"
    );
    relay.wait_value("SELECT count(*) FROM relay.outbox", "0").await;
    let upstream = relay.upstream().await;
    let record = on_record(&relay).await;
    wait_for("every event, once and in order", LONG, async || {
        (delivered(&upstream) == record).then_some(())
    })
    .await;
    for key in crate::harness::keys(&submissions) {
        assert_eq!(upstream.wait_end(&key).await.state, Some(JobState::Ok));
    }
    let finished = "SELECT count(*) FROM relay.event_replay WHERE finished_at IS NOT NULL AND events = 6";
    assert_eq!(relay.number(finished).await, 1);
    // One job alone.
    let job = relay.value("SELECT max(job_id::text) FROM relay.job").await;
    let one = replay(&relay, OPERATOR, &["--since", SINCE, "--job", &job]).await;
    assert!(one.stdout.contains("match: 2, about 1"), "{one:?}");
}
