//! A database that lost commits: the services notice, running or starting, and an operator makes it good.

use std::fs;

use relay_domain::JobState;
use relay_proto::EventKind;
use relay_testkit::InstallationOptions;
use relay_testkit::installation::{OPERATOR, submission};
use relay_testkit::shared::postgres;

use crate::changes::access;
use crate::harness::{LONG, Relay, fast};

/// A copy of the whole database, as a backup would be, and its return.
struct Backup {
    database: String,
}

impl Backup {
    /// The services must be stopped: the server copies no database that is in use.
    async fn take(relay: &Relay) -> Self {
        let url = relay.installation.owner_url();
        let database = url.rsplit('/').next().expect("a database").to_owned();
        let copy = format!("CREATE DATABASE {database}_saved TEMPLATE {database}");
        postgres().sql("postgres", &copy).await.expect("a copy");
        Self { database }
    }

    /// Whatever runs loses its connections, and finds the copy.
    async fn restore(&self) {
        let database = &self.database;
        for sql in [
            format!("ALTER DATABASE {database} ALLOW_CONNECTIONS false"),
            format!(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{database}'"
            ),
            format!("ALTER DATABASE {database} RENAME TO {database}_lost"),
            format!("ALTER DATABASE {database}_saved RENAME TO {database}"),
        ] {
            postgres().sql("postgres", &sql).await.expect(&sql);
        }
    }
}

#[tokio::test]
async fn a_database_that_lost_commits_is_refused_until_an_operator_has_made_it_good() {
    let relay = Relay::new(&fast_with_access()).await;
    let config = relay.installation.config();
    let settings = fs::read_to_string(&config).expect("settings");
    fs::write(&config, format!("state_dir = \".\"\n{settings}")).expect("settings");
    let mut services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let people = relay.people(2).await;
    // Under way when the state that is restored was saved.
    services[1].service.stop(LONG).await.expect("an end");
    upstream
        .submit(&[
            access("first", &people[0], "REGISTER", "2026-01-01"),
            submission("question", &people[1]),
        ])
        .await;
    let released = "SELECT count(*) FROM relay.job_state WHERE state = 'released'";
    relay.wait_value(released, "2").await;
    for service in &mut services {
        let _ = service.service.stop(LONG).await;
    }
    let backup = Backup::take(&relay).await;

    // What the backup will not know.
    let mut services = relay.start_all().await;
    for key in ["first", "question"] {
        assert_eq!(upstream.wait_end(key).await.state, Some(JobState::Ok), "{key}");
    }
    relay.wait_said().await;
    let calls = relay.simulator().calls().await.len();
    backup.restore().await;
    for service in &mut services {
        let status = service.service.wait(LONG).await.expect("an end");
        let log = service.service.log();
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(log.contains("relayctl restored"), "{log}");
    }
    // Nor does one start there, however often it tries.
    for _ in 0..2 {
        let refusing = relay.command("relay-worker", "worker", &[]).start();
        let mut refusing = refusing.expect("a process");
        let status = refusing.wait(LONG).await.expect("an end");
        assert_eq!(status.code(), Some(1));
        assert!(refusing.log().contains("relayctl restored"), "{}", refusing.log());
    }
    assert_eq!(
        relay.simulator().calls().await.len(),
        calls,
        "nothing was sent meanwhile"
    );
    relay.wait_value(released, "2").await;

    let restored = ["restored", "--reason", "disk lost", "--yes"];
    let restored = relay.installation.relayctl_as(OPERATOR, &restored).await;
    restored.expect("relayctl").succeeded().expect("a new epoch");
    let states = "SELECT string_agg(service || ' ' || state, ', ' ORDER BY service) FROM relay.job_state";
    assert_eq!(
        relay.value(states).await,
        "manage-access uncertain, retrieve-ti-groups accepted"
    );
    let _services = relay.start_all().await;
    let asked = "SELECT state FROM relay.job_state WHERE service = 'retrieve-ti-groups'";
    relay.wait_value(asked, "ok").await;
    assert_eq!(
        relay.simulator().changes().await.len(),
        1,
        "the change was not sent again"
    );
}

#[tokio::test]
async fn after_a_restore_open_changes_are_uncertain_and_questions_go_again() {
    let relay = Relay::new(&fast_with_access()).await;
    let mut services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let people = relay.people(2).await;
    services[1].service.stop(LONG).await.expect("an end");
    upstream
        .submit(&[
            access("first", &people[0], "REGISTER", "2026-01-01"),
            submission("question", &people[1]),
        ])
        .await;
    upstream
        .wait("two jobs", |events| (events.len() == 2).then_some(()))
        .await;
    upstream
        .submit(&[access("second", &people[0], "UNREGISTER", "2026-01-01")])
        .await;
    let released = "SELECT count(*) FROM relay.job_state WHERE state = 'released'";
    relay.wait_value(released, "2").await;
    relay.wait_value("SELECT count(*) FROM relay.job", "3").await;
    for service in &mut services {
        let _ = service.service.stop(LONG).await;
    }
    let restored = ["restored", "--reason", "disk lost", "--yes"];
    let restored = relay.installation.relayctl_as(OPERATOR, &restored).await;
    restored.expect("relayctl").succeeded().expect("a new epoch");
    // The later change waits behind the first one.
    let states = "SELECT string_agg(state || ' ' || coalesce(wait_reason, ''), ', ' ORDER BY service, order_number) FROM relay.job_state";
    assert_eq!(
        relay.value(states).await,
        "uncertain , accepted new, accepted retry"
    );
    let _services = relay.start_all().await;
    assert_eq!(upstream.wait_end("question").await.state, Some(JobState::Ok));
    assert_eq!(relay.simulator().changes().await.len(), 0, "no change was sent");
    // Upstream hears of the one that waits for a person.
    relay.wait_said().await;
    upstream
        .wait("the parked event", |events| {
            let parked = events.iter().filter(|seen| seen.event.kind == EventKind::Parked);
            (parked.count() == 1).then_some(())
        })
        .await;
    let told: Vec<_> = upstream
        .of_key("first")
        .iter()
        .map(|event| (event.kind, event.sequence, event.state))
        .collect();
    assert_eq!(
        told,
        [
            (EventKind::Accepted, 1, Some(JobState::Accepted)),
            (EventKind::Parked, 2, Some(JobState::Uncertain)),
        ]
    );
}

fn fast_with_access() -> InstallationOptions {
    InstallationOptions {
        organisation: "registration_units = [\"0212344876\"]".to_owned(),
        access: Some("http_connect_timeout_ms = 500\nhttp_total_timeout_ms = 1500".to_owned()),
        ..fast()
    }
}
