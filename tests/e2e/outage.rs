//! The CBSS is away, or does not let an organisation in: nothing drains into failure.

use relay_domain::JobState;
use relay_testkit::InstallationOptions;
use relay_testkit::installation::{OPERATOR, submission};
use serde_json::{Value, json};

use crate::harness::record::query;
use crate::harness::{FAST, LONG, Relay, SHORT_CALLS, metrics};

/// Circuits that open after three failures, for half a second.
fn options() -> InstallationOptions {
    let circuits = "failures = 3\nopen_ms = 500\nclosed_at = 4";
    InstallationOptions {
        settings: FAST
            .replace("failures = 60000", circuits)
            .replace("base_ms = 50", "base_ms = 50\nmax_attempts = 3"),
        service: SHORT_CALLS.to_owned(),
        ..InstallationOptions::default()
    }
}

async fn submissions(relay: &Relay, count: usize) -> Vec<Value> {
    relay.submissions("outage", count).await
}

#[tokio::test]
async fn an_outage_costs_no_job_and_is_probed_by_one_call_at_a_time() {
    let relay = Relay::new(&options()).await;
    relay.rows(BEGAN).await;
    let services = relay.start_all().await;
    let _second = relay.start_as("relay-worker", "worker-2", &[]).await;
    let _third = relay.start_as("relay-producer", "producer-2", &[]).await;
    let upstream = relay.upstream().await;
    let gateway = json!({"action": {"type": "http_503", "retry_after_s": 0}});
    relay.simulator().fault(&gateway).await;
    let submissions = submissions(&relay, 40).await;
    upstream.submit(&submissions).await;
    let open = "SELECT max(openings) >= 3 FROM relay.circuit";
    relay.wait_value(open, "t").await;
    // Seen by operations: 3 is open, 2 being probed.
    let gauge = metrics::sum(
        &services[2],
        "cbss_relay_circuit_state",
        &[("service", "retrieve-ti-groups"), ("organisation", "eupen-test")],
    );
    assert!(gauge.await >= 1.0);
    relay.simulator().heal().await;
    upstream.wait_finished(submissions.len()).await;
    let states = "SELECT string_agg(DISTINCT state, ' ') FROM relay.job_state";
    assert_eq!(relay.value(states).await, "ok");
    relay
        .wait_value(
            "SELECT string_agg(DISTINCT state, ' ') FROM relay.circuit",
            "closed",
        )
        .await;
    // What was on its way when it opened, and then one call for each time that it was probed.
    let refused = relay.simulator().calls().await;
    let refused = refused.iter().filter(|call| call.executed.is_none()).count();
    let on_record = "SELECT count(*) FROM relay.attempt WHERE class = 'unavailable'";
    assert_eq!(
        relay.number(on_record).await,
        i64::try_from(refused).expect("a count")
    );
    let probed = "SELECT count(*) FROM public.began WHERE state = 'probing'";
    assert!(relay.number(probed).await > 0, "it was never probed");
    let at_once = "SELECT coalesce(max(calls), 0) FROM (SELECT count(*) AS calls
        FROM public.began JOIN relay.attempt USING (job_id, number)
        WHERE state = 'probing' AND class = 'unavailable' GROUP BY openings) AS probes";
    assert_eq!(relay.number(at_once).await, 1, "two calls probed at once");
    let into_open = "SELECT count(*) FROM public.began WHERE state = 'open' AND openings > 1";
    assert_eq!(relay.number(into_open).await, 0, "calls into an open circuit");
}

/// Notes how the lane's circuit stood when an attempt began. An admission holds a circuit that is not closed until it
/// commits, so that this is what it was admitted by.
const BEGAN: &str = "
    CREATE TABLE public.began (job_id uuid, number integer, state text, openings integer);
    CREATE FUNCTION public.note_began() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        INSERT INTO public.began SELECT new.job_id, new.number, c.state, c.openings FROM relay.circuit AS c
        WHERE c.organisation <> '*';
        RETURN NULL;
    END $$;
    CREATE TRIGGER note_began AFTER INSERT ON relay.attempt FOR EACH ROW EXECUTE FUNCTION public.note_began()";

#[tokio::test]
async fn an_admission_waits_for_who_lets_a_circuit_be_probed() {
    let relay = Relay::new(&options()).await;
    let mut producer = relay.start("relay-producer").await;
    let upstream = relay.upstream().await;
    upstream.submit(&submissions(&relay, 5).await).await;
    let released = "SELECT count(*) FROM relay.job_state WHERE state = 'released'";
    relay.wait_value(released, "5").await;
    producer.service.kill().await.expect("killed");
    relay
        .rows("INSERT INTO relay.circuit (environment, organisation, service, state) VALUES ('test', 'eupen-test', 'retrieve-ti-groups', 'open')")
        .await;
    let url = relay.installation.owner_url();
    let (prober, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .expect("a connection");
    let connection = tokio::spawn(connection);
    let probe = "BEGIN; UPDATE relay.circuit SET state = 'probing', allowance = 1";
    prober.batch_execute(probe).await.expect("a probe, not committed");
    let admission = tokio::spawn(async move {
        let admit =
            "SELECT count(*) FILTER (WHERE refused IS NULL), count(*) FILTER (WHERE refused = 'circuit')
            FROM relay.admit(ARRAY(SELECT job_id FROM relay.job_state), interval '1 s')";
        query(&url, admit).await.expect("an admission")
    });
    let waits = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%relay.admit%'";
    relay.wait_value(waits, "1").await;
    prober.batch_execute("COMMIT").await.expect("committed");
    let admitted = admission.await.expect("no panic");
    assert_eq!(admitted, [[Some("1".to_owned()), Some("4".to_owned())]]);
    drop(prober);
    connection.await.expect("no panic").expect("a clean end");
}

#[tokio::test]
async fn wrong_access_pauses_the_lane_until_an_operator_resumes_it() {
    for (name, action) in [
        ("http-401", json!({"type": "http_status", "code": 401})),
        (
            "redirect",
            json!({"type": "redirect", "to": "http://127.0.0.1:1/elsewhere"}),
        ),
        (
            "no-access",
            json!({"type": "status", "value": "NO_RESULT", "code": "MSG00013"}),
        ),
    ] {
        let relay = Relay::new(&options()).await;
        let _services = relay.start_all().await;
        let upstream = relay.upstream().await;
        let people = relay.people(2).await;
        relay.simulator().fault(&json!({"action": action})).await;
        upstream.submit(&[submission("first", &people[0])]).await;
        relay
            .wait_value(
                "SELECT state || ' ' || cause FROM relay.circuit",
                "paused configuration",
            )
            .await;
        upstream.submit(&[submission("second", &people[1])]).await;
        relay
            .wait_value(
                "SELECT count(*) FROM relay.job_state WHERE state = 'accepted'",
                "2",
            )
            .await;
        assert_eq!(relay.simulator().calls().await.len(), 1, "{name}");
        let lanes = relay
            .installation
            .relayctl_as(OPERATOR, &["lane", "list", "--json"])
            .await;
        let lanes = lanes.expect("relayctl").succeeded().expect("a list");
        assert!(lanes.stdout.contains("\"paused\""), "{lanes:?}");
        let log = relay.logs();
        assert!(log.contains("a lane is paused"), "{name}");

        relay.simulator().heal().await;
        let resume = [
            "lane",
            "resume",
            "--environment",
            "test",
            "--organisation",
            "eupen-test",
            "--service",
            "retrieve-ti-groups",
            "--reason",
            "password repaired",
        ];
        let resumed = relay.installation.relayctl_as(OPERATOR, &resume).await;
        resumed.expect("relayctl").succeeded().expect("resumed");
        for key in ["first", "second"] {
            assert_eq!(
                upstream.wait_end(key).await.state,
                Some(JobState::Ok),
                "{name} {key}"
            );
        }
        let counted = "SELECT max(attempts_counted) FROM relay.job_state";
        assert_eq!(
            relay.number(counted).await,
            1,
            "{name}: what was held did not count"
        );
    }
}

#[tokio::test]
async fn a_maintenance_window_is_kept() {
    let relay = Relay::new(&options()).await;
    let upstream = relay.upstream_before_services().await;
    let now = relay_runtime::Clock::system().now();
    let format = |time: time::OffsetDateTime| {
        time.format(&time::format_description::well_known::Rfc3339)
            .expect("a time")
    };
    let (from, until) = (
        format(now - time::Duration::seconds(5)),
        format(now + time::Duration::hours(1)),
    );
    let add = [
        "maintenance",
        "add",
        "--environment",
        "test",
        "--from",
        &from,
        "--until",
        &until,
        "--reason",
        "announced",
    ];
    let added = relay.installation.relayctl_as(OPERATOR, &add).await;
    added.expect("relayctl").succeeded().expect("a window");
    let _services = relay.start_all().await;
    let ssin = relay.people(1).await.remove(0);
    upstream.submit(&[submission("patient", &ssin)]).await;
    relay
        .wait_value(
            "SELECT count(*) FROM relay.job_state WHERE state = 'accepted'",
            "1",
        )
        .await;
    let why = relay
        .installation
        .relayctl_as(
            OPERATOR,
            &[
                "job",
                "show",
                &relay.value("SELECT job_id FROM relay.job").await,
                "--json",
            ],
        )
        .await
        .expect("relayctl");
    assert!(why.stdout.contains("maintenance"), "{why:?}");
    assert!(relay.simulator().calls().await.is_empty());
    let id = relay.value("SELECT maintenance_id FROM relay.maintenance").await;
    let end = ["maintenance", "end", &id, "--reason", "done early"];
    let ended = relay.installation.relayctl_as(OPERATOR, &end).await;
    ended.expect("relayctl").succeeded().expect("an end");
    assert_eq!(upstream.wait_end("patient").await.state, Some(JobState::Ok));
    let waited = relay_testkit::poll_until("the call", LONG, async || {
        (relay.simulator().calls().await.len() == 1).then_some(())
    });
    waited.await.expect("one call");
}
