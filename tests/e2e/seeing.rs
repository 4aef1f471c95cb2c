//! Who may see a result: the user who asked, and a security advisor; nobody else, and every look is on record.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs};

use relay_testkit::InstallationOptions;
use relay_testkit::installation::{ADVISOR, OTHER, Output, REQUESTER, submission};
use serde_json::Value;
use tokio_postgres::error::SqlState;

use crate::harness::{FAST, Relay};

/// The login of the services: it writes results, and may not read them.
const SERVICE: &str = "relay_service";

/// A reply with 18 rows that the project may not contain; see `crates/cbss/tests/it/reference.rs`.
fn sample() -> Option<Vec<u8>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cbss");
    let folder = env::var_os("CBSS_REFERENCE_DIR").map_or_else(beside, PathBuf::from);
    let path = folder.join("samples/tx25_1.xml");
    match fs::read(&path) {
        Ok(body) => Some(body),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!(
                "SKIPPED the 18 rows of the reference sample, for {} is not there (CBSS_REFERENCE_DIR); \
                 looking at a reply of the simulator's own instead",
                path.display()
            );
            None
        }
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

struct Looking {
    relay: Relay,
    job: String,
}

impl Looking {
    async fn show(&self, login: &str, job: &str, reason: &str) -> Output {
        let arguments = ["result", "show", job, "--reason", reason, "--json"];
        let looked = self.relay.installation.relayctl_as(login, &arguments).await;
        looked.expect("relayctl")
    }

    /// How many rows a login sees.
    async fn sees(&self, login: &str) -> usize {
        let looked = self
            .show(login, &self.job, "file 4711")
            .await
            .succeeded()
            .expect("a result");
        let result: Value = serde_json::from_str(&looked.stdout).expect("JSON");
        result["rows"].as_array().map(Vec::len).unwrap_or_default()
    }

    fn is_refused(looked: &Output) {
        assert_eq!(looked.code, 4, "{looked:?}");
        assert!(
            looked.stdout.is_empty() && looked.stderr.contains("confidential data"),
            "{looked:?}"
        );
    }

    /// Every line of the audit so far.
    async fn audit(&self) -> Vec<String> {
        let sql =
            "SELECT concat_ws(' ', login, action, decision, capacity) FROM relay.audit ORDER BY audit_id";
        let rows = self.relay.rows(sql).await;
        rows.into_iter()
            .map(|mut row| row.remove(0).unwrap_or_default())
            .collect()
    }

    async fn is_forbidden(&self, login: &str, sql: &str) {
        let error = self.relay.rows_as(login, sql).await.expect_err(sql);
        assert_eq!(
            error.code(),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            "{login}: {sql}"
        );
    }
}

/// One finished job of the requester, with the sample as its reply; returns the number of its rows.
async fn looking() -> (Looking, usize) {
    let relay = Relay::new(&InstallationOptions {
        settings: FAST.to_owned(),
        ..InstallationOptions::default()
    })
    .await;
    let services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let people = relay.people(2).await;
    let sample = sample();
    if let Some(body) = &sample {
        relay.simulator().reply(&people[0], body).await;
    }
    upstream.submit(&[submission("mine", &people[0])]).await;
    let mut foreign = submission("of-another", &people[1]);
    foreign["requester"]["userId"] = "user-18".into();
    upstream.submit(&[foreign]).await;
    let job = upstream.wait_end("mine").await.job_id.expect("a job").to_string();
    upstream.wait_end("of-another").await;
    drop(services);
    let rows = relay
        .number("SELECT count(*) FROM relay.result_row AS r JOIN relay.job AS j USING (job_id)")
        .await;
    let own = relay
        .number(&format!(
            "SELECT count(*) FROM relay.result_row WHERE job_id = '{job}'"
        ))
        .await;
    assert!(own > 0 && rows > own, "both jobs have rows");
    if sample.is_some() {
        assert_eq!(own, 18, "rows of the sample");
    }
    (Looking { relay, job }, usize::try_from(own).expect("a count"))
}

#[tokio::test]
async fn three_users_and_the_owner_look_at_one_result() {
    let (looking, rows) = looking().await;
    assert_eq!(looking.sees(REQUESTER).await, rows);
    Looking::is_refused(&looking.show(OTHER, &looking.job, "file 4711").await);
    assert_eq!(looking.sees(ADVISOR).await, rows);
    // The login of the services, and the superuser who owns the tables.
    Looking::is_refused(&looking.show(SERVICE, &looking.job, "file 4711").await);
    let arguments = ["result", "show", &looking.job, "--reason", "file 4711"];
    let owner = looking
        .relay
        .installation
        .relayctl(&arguments)
        .await
        .expect("relayctl");
    Looking::is_refused(&owner);
    // The requester is no advisor: what another user of the same organisation has asked is not his.
    let foreign = format!("SELECT job_id FROM relay.job WHERE job_id <> '{}'", looking.job);
    let foreign = looking.relay.value(&foreign).await;
    Looking::is_refused(&looking.show(REQUESTER, &foreign, "file 4711").await);
    let nothing = "0190f3a2-5c1e-7000-8000-000000000001";
    assert_eq!(looking.show(REQUESTER, nothing, "file 4711").await.code, 3);
    // Refused before anything was looked at.
    assert_eq!(looking.show(ADVISOR, &looking.job, " 471 ").await.code, 2);

    let owner = looking.relay.value("SELECT current_user").await;
    assert_eq!(
        looking.audit().await,
        [
            format!("{REQUESTER} read_result granted requester"),
            format!("{OTHER} read_result denied"),
            format!("{ADVISOR} read_result granted security_advisor"),
            format!("{SERVICE} read_result denied"),
            format!("{owner} read_result denied"),
            format!("{REQUESTER} read_result denied"),
            format!("{REQUESTER} read_result not_found"),
        ]
    );
}

#[tokio::test]
async fn nothing_goes_around_the_one_function() {
    let (looking, _) = looking().await;
    let Looking { relay, job } = &looking;
    // An advisor who gives no reason, past relayctl: a sealed reason of five characters has 48 bytes.
    let look = |bytes: usize| {
        format!(
            "SELECT decision FROM cbss_api.read_result('{job}', '\\x{}')",
            "00".repeat(bytes)
        )
    };
    for (bytes, decision) in [(0, "denied"), (47, "denied"), (48, "granted")] {
        let rows = relay.rows_as(ADVISOR, &look(bytes)).await.expect("an answer");
        assert_eq!(rows, [[Some(decision.to_owned())]], "a reason of {bytes} bytes");
    }
    let null = format!("SELECT decision, content FROM cbss_api.read_result('{job}', NULL)");
    let rows = relay.rows_as(ADVISOR, &null).await.expect("an answer");
    assert_eq!(rows, [[Some("denied".to_owned()), None]]);
    assert_eq!(looking.audit().await.len(), 4);

    let tables = relay
        .rows("SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_schema IN ('relay', 'public')")
        .await;
    assert!(tables.len() >= 10, "{tables:?}");
    for table in tables.iter().flatten().flatten() {
        for login in [REQUESTER, OTHER, ADVISOR] {
            looking
                .is_forbidden(login, &format!("SELECT count(*) FROM {table}"))
                .await;
        }
    }
    // The services write results and hold no key to the record of looks, nor to who is who.
    for sql in [
        "SELECT count(*) FROM relay.audit",
        "DELETE FROM relay.result",
        "UPDATE relay.job SET payload = ''",
        "INSERT INTO relay.reader_login (login, organisation, user_hash) SELECT 'relay_service', organisation, requester_hash FROM relay.job",
    ] {
        looking.is_forbidden(SERVICE, sql).await;
    }
    for sql in [
        "UPDATE relay.audit SET login = 'nobody'",
        "DELETE FROM relay.audit",
        "TRUNCATE relay.audit",
    ] {
        let refused = relay.installation.sql(sql).await.expect_err(sql).to_string();
        assert!(refused.contains("only ever added"), "{sql}: {refused}");
    }
    assert_eq!(looking.audit().await.len(), 4);
}
