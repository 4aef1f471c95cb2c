//! Who may open a quarantined message.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use relay_proto::Encoding;
use relay_testkit::installation::{ADVISOR, OPERATOR, OTHER, Output};
use serde_json::Value;

use super::{WHY, ctl, item};
use crate::harness::{Relay, fast};

const NOTHING: &str = "0190f3a2-5c1e-7000-8000-000000000001";
const SERVICE: &str = "relay_service";
/// Clears a screen, writes a line over, turns text about: what a message may hold and a terminal must not get.
const HOSTILE: &str = "mark-7c20 \u{1b}[2J\r\u{9b}31m\u{202e} {\nmark-end";

async fn open(relay: &Relay, login: &str, id: &str, more: &[&str]) -> Output {
    ctl(
        relay,
        login,
        &[&["quarantine", "open", id, "--reason", WHY], more].concat(),
    )
    .await
}

fn is_refused(looked: &Output) {
    assert_eq!(looked.code, 4, "{looked:?}");
    assert!(
        looked.stdout.is_empty() && looked.stderr.contains("confidential data"),
        "{looked:?}"
    );
}

/// A relay with one hostile message in quarantine.
async fn hostile() -> (Relay, String) {
    let relay = Relay::new(&fast()).await;
    let _producer = relay.start("relay-producer").await;
    let upstream = relay.upstream().await;
    let mut message = upstream.message(HOSTILE, Encoding::Json);
    message.properties.correlation_id = Some("corr\u{1b}]0;title\u{7}".to_owned());
    upstream.send(&[message]).await;
    let id = item(&relay).await;
    (relay, id)
}

#[tokio::test]
async fn an_advisor_opens_it_nobody_else_does_and_every_look_is_on_record() {
    let (relay, id) = hostile().await;
    for login in [OPERATOR, OTHER, SERVICE] {
        is_refused(&open(&relay, login, &id, &[]).await);
    }
    // The superuser who owns the tables is no advisor either.
    let arguments = ["quarantine", "open", &id, "--reason", WHY];
    let owner = relay.installation.relayctl(&arguments).await;
    is_refused(&owner.expect("relayctl"));
    let seen = open(&relay, ADVISOR, &id, &["--json"]).await;
    let seen: Value = serde_json::from_str(&seen.succeeded().expect("a message").stdout).expect("JSON");
    assert_eq!(seen["body"], HOSTILE);
    assert_eq!(seen["properties"]["userId"], "eupen");
    assert_eq!(open(&relay, ADVISOR, NOTHING, &[]).await.code, 3);
    let short = ["quarantine", "open", &id, "--reason", "471"];
    assert_eq!(ctl(&relay, ADVISOR, &short).await.code, 2);
    // Past relayctl, without a reason: a sealed one of five characters has 48 bytes.
    for (bytes, decision) in [(47, "denied"), (48, "granted")] {
        let reason = "00".repeat(bytes);
        let sql = format!("SELECT decision FROM cbss_api.open_quarantined('{id}', '\\x{reason}')");
        let rows = relay.rows_as(ADVISOR, &sql).await.expect("an answer");
        assert_eq!(rows, [[Some(decision.to_owned())]], "a reason of {bytes} bytes");
    }

    let owner = relay.value("SELECT current_user").await;
    let audit = "SELECT string_agg(concat_ws(' ', login, action, decision, capacity,
        CASE WHEN quarantine_id = (SELECT quarantine_id FROM relay.quarantine) THEN 'it' END), ',' ORDER BY audit_id)
        FROM relay.audit";
    let line = |login: &str, rest: &str| format!("{login} open_quarantined {rest}");
    assert_eq!(
        relay.value(audit).await,
        [
            line(OPERATOR, "denied it"),
            line(OTHER, "denied it"),
            line(SERVICE, "denied it"),
            line(&owner, "denied it"),
            line(ADVISOR, "granted security_advisor it"),
            line(ADVISOR, "not_found"),
            line(ADVISOR, "denied it"),
            line(ADVISOR, "granted security_advisor it"),
        ]
        .join(",")
    );
    for (login, sql) in [
        (OPERATOR, "SELECT message FROM relay.quarantine"),
        (OPERATOR, "SELECT body FROM relay.replay"),
        (
            OPERATOR,
            "INSERT INTO relay.replay (replay_id, quarantine_id, repaired) SELECT gen_random_uuid(), quarantine_id, false FROM relay.quarantine",
        ),
        (
            SERVICE,
            "INSERT INTO relay.replay (replay_id, quarantine_id, repaired) SELECT gen_random_uuid(), quarantine_id, false FROM relay.quarantine",
        ),
        (ADVISOR, "SELECT count(*) FROM relay.quarantine"),
        (
            OTHER,
            "SELECT cbss_api.replay_quarantined(gen_random_uuid(), gen_random_uuid(), NULL)",
        ),
        (
            ADVISOR,
            "SELECT relay.request_replay(gen_random_uuid(), gen_random_uuid(), false, NULL, NULL, NULL, NULL, NULL)",
        ),
    ] {
        relay.rows_as(login, sql).await.expect_err(sql);
    }
}

#[tokio::test]
async fn what_a_terminal_would_act_on_is_escaped_and_a_file_has_the_bytes() {
    let (relay, id) = hostile().await;
    let seen = open(&relay, ADVISOR, &id, &[])
        .await
        .succeeded()
        .expect("a message");
    let controls = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!seen.stdout.contains(controls), "{:?}", seen.stdout);
    for shown in [
        "| mark-7c20 \\u{1b}[2J\\u{d}\\u{9b}31m\\u{202e} {\n| mark-end",
        "correlationId: corr\\u{1b}]0;title\\u{7}",
        "reading stopped at byte",
    ] {
        assert!(seen.stdout.contains(shown), "{shown} in {}", seen.stdout);
    }

    let path = relay.installation.directory().join("body.json");
    let name = path.to_str().expect("a name");
    // Who is refused leaves no file behind.
    is_refused(&open(&relay, OPERATOR, &id, &["--output", name]).await);
    assert!(!path.exists());
    let saved = open(&relay, ADVISOR, &id, &["--output", name]).await;
    let saved = saved.succeeded().expect("a file");
    assert!(!saved.stdout.contains("mark-"), "{}", saved.stdout);
    assert_eq!(fs::read(&path).expect("the body"), HOSTILE.as_bytes());
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // A file that is there stays as it is, and nothing was looked at.
    let looks = "SELECT count(*) FROM relay.audit";
    let before = relay.number(looks).await;
    assert_eq!(open(&relay, ADVISOR, &id, &["--output", name]).await.code, 2);
    assert_eq!(relay.number(looks).await, before);
    assert!(!relay.logs().contains("mark-"));
}
