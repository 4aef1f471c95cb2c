//! What services refuse to start with, what they wait for, and what they show from the first day.

use std::fs;

use relay_testkit::installation::OPERATOR;
use relay_testkit::{Postgres, PostgresOptions, http, wait_for};
use serde_json::json;

use crate::harness::{LONG, Relay, fast, metrics};

const SERVICES: [&str; 3] = ["relay-producer", "relay-worker", "relay-results"];

/// Exit code of `--check-config`, with what was said on standard error.
async fn checked(relay: &Relay, service: &str, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let command = relay.command(service, "check", variables).arg("--check-config");
    let output = command.run().await.expect("a binary");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[tokio::test]
async fn settings_that_are_wrong_are_refused_by_name() {
    let relay = Relay::new(&fast()).await;
    for service in SERVICES {
        let (code, said) = checked(&relay, service, &[]).await;
        assert_eq!(code, Some(0), "{service}: {said}");
        for (variable, value, named) in [
            ("CBSS_RELAY__WORKER__PERMITZ", "3", "permitz"),
            ("CBSS_RELAY__WORKER__PERMITS", "0", "worker.permits"),
            ("CBSS_RELAY__WORKER__PERMITS", "many", "permits"),
            ("CBSS_RELAY__LOG__LEVEL", "relay=loud", "log"),
        ] {
            let (code, said) = checked(&relay, service, &[(variable, value)]).await;
            assert_eq!(code, Some(78), "{service} with {variable}={value}");
            assert!(said.contains(named), "{service} with {variable}={value}: {said}");
        }
    }
    let file = relay
        .installation
        .directory()
        .join("organisations/eupen-test.toml");
    let good = fs::read_to_string(&file).expect("the organisation");
    for (from, to, named) in [
        ("cbe_number", "cbe_numbr", "cbe_numbr"),
        ("0212344876\"", "0212\"", "cbe_number"),
        ("[services.retrieve-ti-groups]", "[services.tx25]", "tx25"),
        (
            "http_total_timeout_ms = 3000",
            "http_total_timeout_ms = 1",
            "http_connect_timeout_ms",
        ),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good);
        fs::write(&file, bad).expect("writing the organisation");
        for service in SERVICES {
            let (code, said) = checked(&relay, service, &[]).await;
            assert_eq!(code, Some(78), "{service} with {to}: {said}");
            assert!(
                said.contains(named) && said.contains("eupen-test"),
                "{service} with {to}: {said}"
            );
        }
    }
    fs::remove_file(&file).expect("the organisation");
    let (code, said) = checked(&relay, "relay-worker", &[]).await;
    assert!(
        code == Some(78) && said.contains("organisation"),
        "{code:?} {said}"
    );
}

#[tokio::test]
async fn a_grace_below_the_longest_call_is_warned_of() {
    let relay = Relay::new(&fast()).await;
    for (grace_ms, warned) in [("2999", true), ("3000", false)] {
        let variables = [("CBSS_RELAY__SHUTDOWN__GRACE_MS", grace_ms)];
        let mut worker = relay
            .start_as("relay-worker", &format!("grace-{grace_ms}"), &variables)
            .await;
        let said = worker
            .service
            .log()
            .contains("shutdown.grace_ms is below the longest");
        assert_eq!(said, warned, "{grace_ms}: {}", worker.service.log());
        worker.service.stop(LONG).await.expect("an end");
    }
}

#[tokio::test]
async fn a_server_that_may_lose_commits_is_refused() {
    let options = PostgresOptions {
        settings: vec![("fsync".into(), "off".into())],
        ..PostgresOptions::default()
    };
    let postgres = Postgres::start(options).await.expect("PostgreSQL");
    let relay = Relay::new(&fast()).await;
    let url = postgres.access().url("postgres");
    for service in SERVICES {
        let command = relay.command(service, "refusing", &[("CBSS_RELAY__DATABASE__URL", &url)]);
        let mut refusing = command.start().expect("a process");
        let status = refusing.wait(LONG).await.expect("an end");
        assert_eq!(status.code(), Some(1), "{service}");
        assert!(
            refusing.log().contains("fsync=off"),
            "{service}: {}",
            refusing.log()
        );
    }
}

#[tokio::test]
async fn an_older_schema_is_waited_for_and_a_newer_one_refused() {
    let relay = Relay::new(&fast()).await;
    let newest = relay.value("SELECT max(version) FROM _sqlx_migrations").await;
    let hide = format!("UPDATE _sqlx_migrations SET success = false WHERE version = {newest}");
    relay.installation.sql(&hide).await.expect("an older schema");
    let file = relay.installation.directory().join("waiting.address");
    let command = relay.command("relay-results", "waiting", &[]);
    let mut waiting = command.start().expect("a process");
    let address = waiting.address(&file, LONG).await.expect("an address");
    wait_for("a service that waits for the schema", LONG, async || {
        waiting.log().contains("waiting for the schema").then_some(())
    })
    .await;
    let reply = http::get(address, "/readyz").await.expect("an answer");
    assert!(
        reply.status == 503 && reply.body.contains("start-up"),
        "{reply:?}"
    );
    relay
        .installation
        .sql("UPDATE _sqlx_migrations SET success = true")
        .await
        .expect("the schema");
    waiting
        .ready(address, LONG)
        .await
        .expect("a service that has waited");

    let future = "INSERT INTO _sqlx_migrations SELECT version + 1000, description, installed_on, success, checksum, \
                  execution_time FROM _sqlx_migrations ORDER BY version DESC LIMIT 1";
    relay.installation.sql(future).await.expect("a newer schema");
    let mut refusing = relay
        .command("relay-worker", "refusing", &[])
        .start()
        .expect("a process");
    assert_eq!(refusing.wait(LONG).await.expect("an end").code(), Some(1));
    assert!(refusing.log().contains("relayctl migrate"), "{}", refusing.log());
}

/// Families of `interfaces.md`; `quota_used_ratio` appears with a quota.
const PRODUCER: &[&str] = &["submissions_total", "stage_duration_seconds_count"];
const WORKER: &[&str] = &[
    "attempts_total",
    "attempt_duration_seconds_count",
    "lane_wait_seconds_count",
    "stage_duration_seconds_count",
];
const RESULTS: &[&str] = &[
    "attempts_total",
    "jobs_finished_total",
    "jobs",
    "oldest_due_age_seconds",
    "outbox_oldest_age_seconds",
    "quarantine_items",
    "circuit_state",
    "stage_duration_seconds_count",
];

#[tokio::test]
async fn health_readiness_and_every_metric_are_there_from_the_first_day() {
    let relay = Relay::new(&fast()).await;
    let services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let submissions = relay.submissions("metrics", 3).await;
    // One that ends well, one that stays due, one whose call breaks off.
    let ssin = |n: usize| {
        submissions[n]["retrieveTiGroups"]["ssin"]
            .as_str()
            .expect("an SSIN")
    };
    relay
        .simulator()
        .fault_times(ssin(1), 1, &json!({"type": "drop_request"}))
        .await;
    upstream.submit(&submissions[..2]).await;
    let garbage = upstream.message("no JSON", relay_proto::Encoding::Json);
    upstream.send(&[garbage]).await;
    upstream.wait_finished(2).await;
    for (service, families) in services.iter().zip([PRODUCER, WORKER, RESULTS]) {
        for path in ["/healthz", "/readyz"] {
            let reply = http::get(service.address, path).await.expect("an answer");
            assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        }
        for family in families {
            let name = format!("cbss_relay_{family}");
            // A lane without a due job has no age, and gauges are measured now and then.
            if *family == "oldest_due_age_seconds" || *family == "jobs" {
                continue;
            }
            wait_for(&name, LONG, async || {
                let page = metrics::page(service).await;
                page.lines().any(|line| line.starts_with(&name)).then_some(())
            })
            .await;
        }
    }
    // Open jobs, and the age of the oldest: in a lane that is paused, so that it stays due.
    let [_producer, _worker, results] = services;
    let pause = [
        "lane",
        "pause",
        "--environment",
        "test",
        "--reason",
        "to be seen waiting",
    ];
    let paused = relay.installation.relayctl_as(OPERATOR, &pause).await;
    paused.expect("relayctl").succeeded().expect("a pause");
    upstream.submit(&submissions[2..]).await;
    for name in ["cbss_relay_jobs", "cbss_relay_oldest_due_age_seconds"] {
        wait_for(name, LONG, async || {
            let page = metrics::page(&results).await;
            page.lines()
                .any(|line| line.starts_with(&format!("{name}{{")))
                .then_some(())
        })
        .await;
    }
}
