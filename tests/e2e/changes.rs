//! Changes (ManageAccess): through the whole relay, and what becomes of those whose outcome nobody knows.

use relay_domain::JobState;
use relay_proto::EventKind;
use relay_testkit::InstallationOptions;
use relay_testkit::installation::{OPERATOR, ORGANISATION, USER_ID};
use serde_json::{Value, json};

use crate::harness::upstream::Upstream;
use crate::harness::{LONG, Relay, fast};

/// Short calls; the simulator writes the CBE number as the unit.
const ACCESS: &str = "http_connect_timeout_ms = 500\nhttp_total_timeout_ms = 1500\nsettle_ms = 1000";
const UNITS: &str = "registration_units = [\"0212344876\"]";

fn options(organisation: &str, access: &str) -> InstallationOptions {
    InstallationOptions {
        organisation: organisation.to_owned(),
        access: Some(access.to_owned()),
        ..fast()
    }
}

/// A submission that registers, takes back or lists.
pub(crate) fn access(key: &str, ssin: &str, action: &str, start: &str) -> Value {
    let mut request = json!({
        "ssin": ssin,
        "action": action,
        "period": { "startDate": start, "endDate": "2026-12-31" },
        "proofOfAuthentication": { "identityCardNumber": "591000000000" },
    });
    if action != "LIST" {
        request["purpose"] = 1.into();
    }
    json!({
        "organisation": ORGANISATION,
        "idempotencyKey": key,
        "requester": { "userId": USER_ID, "reason": "file 4711" },
        "manageAccess": request,
    })
}

struct Changing {
    relay: Relay,
    upstream: Upstream,
    services: [relay_testkit::installation::Running; 3],
    ssin: String,
}

impl Changing {
    async fn new(options: &InstallationOptions) -> Self {
        let relay = Relay::new(options).await;
        let services = relay.start_all().await;
        let upstream = relay.upstream().await;
        let ssin = relay.people(1).await.remove(0);
        Self {
            relay,
            upstream,
            services,
            ssin,
        }
    }

    /// The next calls of this action go wrong.
    async fn fault(&self, action: &str, times: u64, what: Value) {
        let rule =
            json!({"match": {"service": "manage-access", "action": action, "times": times}, "action": what});
        self.relay.simulator().fault(&rule).await;
    }

    async fn submit(&self, key: &str, action: &str) {
        self.submit_from(key, action, "2026-01-01").await;
    }

    async fn submit_from(&self, key: &str, action: &str, start: &str) {
        let submission = access(key, &self.ssin, action, start);
        self.upstream.submit(&[submission]).await;
    }

    /// The end of a job: its state and outcome, and how its attempts went.
    async fn end(&self, key: &str) -> (JobState, String, String) {
        let end = self.upstream.wait_end(key).await;
        let job = end.job_id.expect("a job");
        let attempts = format!(
            "SELECT string_agg(kind || ':' || class, ' ' ORDER BY number) FROM relay.attempt WHERE job_id = '{job}'"
        );
        (
            end.state.expect("a state"),
            end.outcome.unwrap_or_default(),
            self.relay.value(&attempts).await,
        )
    }

    /// What the CBSS has done, in order.
    async fn done(&self) -> Vec<String> {
        let changes = self.relay.simulator().changes().await;
        changes
            .iter()
            .map(|change| change["action"].as_str().expect("an action").to_owned())
            .collect()
    }
}

#[tokio::test]
async fn a_registration_shows_in_the_next_list_and_is_taken_back() {
    let changing = Changing::new(&options(UNITS, ACCESS)).await;
    let steps = [
        ("register", "REGISTER", "data"),
        ("list", "LIST", "data"),
        ("unregister", "UNREGISTER", "data"),
        ("empty", "LIST", "empty"),
    ];
    for (key, action, outcome) in steps {
        changing.submit(key, action).await;
        let end = changing.end(key).await;
        assert_eq!(
            end,
            (JobState::Ok, outcome.to_owned(), "send:ok".to_owned()),
            "{key}"
        );
    }
    assert_eq!(changing.done().await, ["REGISTER", "UNREGISTER"]);
    // Two registers, one row each.
    let rows = "SELECT string_agg(n::text, ' ' ORDER BY accepted_at) FROM (
        SELECT j.accepted_at, cardinality(r.row_group) AS n FROM relay.job AS j JOIN relay.result AS r USING (job_id)) AS x";
    assert_eq!(changing.relay.value(rows).await, "2 2 0 0");
}

#[tokio::test]
async fn a_purpose_that_the_catalogue_does_not_list_is_refused_until_an_operator_brings_a_newer_list() {
    let relay = Relay::new(&options(UNITS, ACCESS)).await;
    let upstream = relay.upstream_before_services().await;
    let ssin = relay.people(1).await.remove(0);
    let mut register = access("unlisted", &ssin, "REGISTER", "2026-01-01");
    // Sector 17 has 11 and 12, and no 13.
    register["manageAccess"]["purpose"] = 13.into();
    let _results = relay.start("relay-results").await;
    let mut producer = relay.start("relay-producer").await;
    upstream.submit(std::slice::from_ref(&register)).await;
    let refused = upstream
        .wait("a rejection", |events| {
            let refused = events.iter().find(|seen| seen.event.kind == EventKind::Rejected);
            refused.map(|seen| seen.event.clone())
        })
        .await;
    let errors: Vec<_> = refused
        .errors
        .iter()
        .map(|error| (error.path.as_str(), error.code.as_str()))
        .collect();
    assert_eq!(errors, [("request.manageAccess.purpose", "unknown_purpose")]);
    producer.service.stop(LONG).await.expect("an end");

    let file = relay.installation.directory().join("purposes.csv");
    let list =
        "sector,code,name_fr,name_nl,name_de\n,902,Inscription provisoire,,\n17,13,Nouveau,Nieuw,Neu\n";
    std::fs::write(&file, list).expect("a list");
    let file = file.to_string_lossy().into_owned();
    let load = [
        "catalogue",
        "load",
        "purposes",
        &file,
        "--yes",
        "--reason",
        "the newest list",
    ];
    let denied = relay.installation.relayctl_as("login_other", &load).await;
    assert_eq!(denied.expect("relayctl").code, 4);
    let loaded = relay.installation.relayctl_as(OPERATOR, &load).await;
    let said = loaded.expect("relayctl").succeeded().expect("a new list").stdout;
    assert!(said.starts_with("2 listed, "), "{said}");
    let shown = ["catalogue", "purposes", "--sector", "17", "--lang", "de"];
    let shown = relay.installation.relayctl_as(OPERATOR, &shown).await;
    let shown = shown.expect("relayctl").succeeded().expect("the list").stdout;
    assert!(shown.contains("Neu") && !shown.contains("Leefloon"), "{shown}");
    let acts = "SELECT login || ' ' || action || ' ' || detail FROM relay.operation";
    assert_eq!(
        relay.value(acts).await,
        "login_operator catalogue_load purposes: 2 rows"
    );

    let _producer = relay.start("relay-producer").await;
    upstream.submit(&[register]).await;
    relay.wait_value("SELECT count(*) FROM relay.job", "1").await;
}

#[tokio::test]
async fn a_lost_reply_to_a_register_is_looked_up_and_not_sent_again() {
    let changing = Changing::new(&options(UNITS, ACCESS)).await;
    changing.fault("REGISTER", 1, json!({"type": "drop_reply"})).await;
    changing.submit("lost", "REGISTER").await;
    let (state, outcome, attempts) = changing.end("lost").await;
    assert_eq!((state, outcome.as_str()), (JobState::Ok, "reconciled"));
    assert_eq!(attempts, "send:no_answer look:ok look:ok");
    assert_eq!(changing.done().await, ["REGISTER"]);
    // The evidence is the result; each look has a ticket of its own; none came before the time to settle had passed.
    let facts = changing
        .relay
        .rows(
            "SELECT r.outcome, cardinality(r.row_group), count(DISTINCT a.ticket),
                min(a.began_at) FILTER (WHERE a.kind = 'look')
                    >= max(a.lease_until) FILTER (WHERE a.kind = 'send') + interval '1 s'
             FROM relay.result AS r JOIN relay.attempt AS a USING (job_id) GROUP BY r.job_id, r.outcome, r.row_group",
        )
        .await;
    let facts: Vec<_> = facts[0]
        .iter()
        .map(|fact| fact.as_deref().unwrap_or(""))
        .collect();
    assert_eq!(facts, ["reconciled", "2", "3", "t"]);
}

#[tokio::test]
async fn a_lost_request_is_found_missing_twice_and_sent_again() {
    let changing = Changing::new(&options(UNITS, ACCESS)).await;
    changing
        .fault("REGISTER", 1, json!({"type": "drop_request"}))
        .await;
    changing.submit("lost", "REGISTER").await;
    let (state, outcome, attempts) = changing.end("lost").await;
    assert_eq!((state, outcome.as_str()), (JobState::Ok, "data"));
    assert_eq!(attempts, "send:no_answer look:ok look:ok send:ok");
    assert_eq!(changing.done().await, ["REGISTER"]);
}

#[tokio::test]
async fn an_unregister_that_was_done_late_is_found_done() {
    let changing = Changing::new(&options(UNITS, ACCESS)).await;
    changing.submit("there", "REGISTER").await;
    changing.end("there").await;
    // Executed when the client has given up, and before anybody looks.
    let late = json!({"type": "execute_after_client_gave_up", "delay_ms": 2000});
    changing.fault("UNREGISTER", 1, late).await;
    changing.submit("gone", "UNREGISTER").await;
    let (state, outcome, attempts) = changing.end("gone").await;
    assert_eq!((state, outcome.as_str()), (JobState::Ok, "reconciled"));
    assert_eq!(attempts, "send:no_answer look:ok look:ok");
    assert_eq!(changing.done().await, ["REGISTER", "UNREGISTER"]);
}

#[tokio::test]
async fn looks_that_fail_or_differ_are_repeated() {
    let changing = Changing::new(&options(UNITS, ACCESS)).await;
    changing.fault("REGISTER", 1, json!({"type": "http_500"})).await;
    changing.fault("LIST", 1, json!({"type": "drop_reply"})).await;
    changing.submit("shaky", "REGISTER").await;
    let (state, outcome, attempts) = changing.end("shaky").await;
    assert_eq!((state, outcome.as_str()), (JobState::Ok, "data"));
    assert_eq!(
        attempts,
        "send:server_error look:no_answer look:ok look:ok send:ok"
    );
    assert_eq!(changing.done().await, ["REGISTER"]);
}

#[tokio::test]
async fn without_own_units_an_unknown_outcome_is_left_to_a_person() {
    let changing = Changing::new(&options("", ACCESS)).await;
    changing.fault("REGISTER", 1, json!({"type": "drop_reply"})).await;
    changing.submit("unknown", "REGISTER").await;
    let parked = changing
        .upstream
        .wait("the parked event", |events| {
            let parked = events.iter().find(|seen| seen.event.kind == EventKind::Parked);
            parked.map(|seen| seen.event.clone())
        })
        .await;
    assert_eq!(
        (parked.state, parked.outcome.as_deref(), parked.sequence),
        (Some(JobState::Uncertain), Some("unknown_outcome"), 2)
    );
    // Later changes of the person wait behind it, questions pass by.
    changing.submit("later", "UNREGISTER").await;
    changing.submit("question", "LIST").await;
    assert_eq!(changing.end("question").await.0, JobState::Ok);
    let later = "SELECT concat_ws(' ', state, attempt) FROM relay.job_state WHERE ended_at IS NULL AND state <> 'uncertain'";
    assert_eq!(changing.relay.value(later).await, "accepted 0");

    // An operator has looked it up.
    let job = parked.job_id.expect("a job").to_string();
    let resolve = [
        "job",
        "resolve",
        &job,
        "--as",
        "done",
        "--reason",
        "seen in the portal",
    ];
    let denied = changing
        .relay
        .installation
        .relayctl_as("login_other", &resolve)
        .await;
    assert_eq!(denied.expect("relayctl").code, 4);
    let resolved = changing.relay.installation.relayctl_as(OPERATOR, &resolve).await;
    resolved.expect("relayctl").succeeded().expect("resolved");
    let (state, outcome, _) = changing.end("unknown").await;
    assert_eq!((state, outcome.as_str()), (JobState::Ok, "resolved"));
    assert_eq!(changing.end("later").await.0, JobState::Ok);
    assert_eq!(changing.done().await, ["REGISTER", "UNREGISTER"]);
    let acts = "SELECT login || ' ' || action || ' ' || (octet_length(reason) > 50) FROM relay.operation";
    assert_eq!(changing.relay.value(acts).await, "login_operator job_done true");
    let again = changing.relay.installation.relayctl_as(OPERATOR, &resolve).await;
    assert_eq!(again.expect("relayctl").code, 1, "it had been resolved");
}

/// Nothing would be found of the organisation's own, and what is registered would be registered once more.
#[tokio::test]
async fn units_that_are_gone_when_a_look_is_read_leave_the_change_to_a_person() {
    let access = ACCESS.replace("settle_ms = 1000", "settle_ms = 3000");
    let mut changing = Changing::new(&options(UNITS, &access)).await;
    changing.fault("REGISTER", 1, json!({"type": "drop_reply"})).await;
    changing.submit("lost", "REGISTER").await;
    let standing = "SELECT state FROM relay.job_state";
    changing.relay.wait_value(standing, "reconciling").await;
    // The worker knows them still; who reads what it finds does not.
    let [_, _, results] = &mut changing.services;
    results.service.stop(LONG).await.expect("an end");
    changing
        .relay
        .add_organisation(ORGANISATION, |text| text.replace(UNITS, ""));
    let _results = changing.relay.start_as("relay-results", "results-2", &[]).await;
    changing.relay.wait_value(standing, "uncertain").await;
    assert_eq!(changing.done().await, ["REGISTER"]);
}

#[tokio::test]
async fn another_period_is_uncertain_and_not_done_sends_again() {
    let changing = Changing::new(&options(UNITS, ACCESS)).await;
    changing.submit_from("before", "REGISTER", "2026-06-01").await;
    assert_eq!(changing.end("before").await.0, JobState::Ok);
    changing
        .fault("REGISTER", 1, json!({"type": "drop_request"}))
        .await;
    changing.submit("overlapping", "REGISTER").await;
    let standing = "SELECT state || ' ' || look_finding || ' ' || looks_agreed FROM relay.job_state WHERE ended_at IS NULL";
    changing.relay.wait_value(standing, "uncertain partial 1").await;
    let job = changing
        .relay
        .value("SELECT job_id FROM relay.job_state WHERE state = 'uncertain'")
        .await;
    let resolve = [
        "job",
        "resolve",
        &job,
        "--as",
        "not-done",
        "--reason",
        "not in the portal",
    ];
    let resolved = changing.relay.installation.relayctl_as(OPERATOR, &resolve).await;
    resolved.expect("relayctl").succeeded().expect("resolved");
    let (state, outcome, _) = changing.end("overlapping").await;
    assert_eq!((state, outcome.as_str()), (JobState::Ok, "data"));
    let told: Vec<_> = changing
        .upstream
        .of_key("overlapping")
        .iter()
        .map(|event| (event.kind, event.sequence, event.round))
        .collect();
    assert_eq!(
        told,
        [
            (EventKind::Accepted, 1, 1),
            (EventKind::Parked, 2, 1),
            (EventKind::Reopened, 3, 2),
            (EventKind::Finished, 4, 2)
        ]
    );
}

#[tokio::test]
async fn a_late_answer_settles_a_change_that_is_being_looked_up() {
    let access = ACCESS.replace("settle_ms = 1000", "settle_ms = 20000");
    let changing = Changing::new(&options(UNITS, &access)).await;
    let rule = json!({"match": {"action": "REGISTER", "times": 1}, "latency_ms": 500});
    changing.relay.simulator().fault(&rule).await;
    changing.submit("late", "REGISTER").await;
    relay_testkit::wait_for("the call", LONG, async || {
        (!changing.relay.simulator().calls().await.is_empty()).then_some(())
    })
    .await;
    let worker = &changing.services[1];
    worker.service.pause();
    let reconciling = "SELECT state FROM relay.job_state";
    changing.relay.wait_value(reconciling, "reconciling").await;
    worker.service.resume();
    let (state, _, attempts) = changing.end("late").await;
    // What the worker reads first decides: the answer in its socket, or its time-out.
    assert_eq!(state, JobState::Ok, "{attempts}");
    assert_eq!(changing.done().await, ["REGISTER"]);
}

#[tokio::test]
async fn a_worker_that_dies_with_a_change_leaves_it_to_be_looked_up() {
    let relay = Relay::new(&options(UNITS, ACCESS)).await;
    let _producer = relay.start("relay-producer").await;
    let _results = relay.start("relay-results").await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    for (point, done) in [("worker.after_begin", 1), ("worker.after_answer", 2)] {
        let mut doomed = relay
            .start_with("relay-worker", &[("CBSS_RELAY_CRASH_AT", point)])
            .await;
        let start = format!("2026-0{done}-01");
        upstream.submit(&[access(point, &ssin, "REGISTER", &start)]).await;
        doomed
            .service
            .wait(LONG)
            .await
            .expect("the end of a doomed process");
        let mut fresh = relay.start("relay-worker").await;
        let end = upstream.wait_end(point).await;
        assert_eq!(end.state, Some(JobState::Ok), "{point}");
        assert_eq!(relay.simulator().changes().await.len(), done, "{point}");
        fresh.service.stop(LONG).await.expect("an end");
        // The next one begins with an empty register.
        relay.simulator().forget_registrations().await;
    }
}
