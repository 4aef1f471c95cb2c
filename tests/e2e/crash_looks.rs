//! Crash points again, while a change of unknown outcome is being looked up: the one state in which a process that dies
//! could make the relay send a change twice.

use relay_domain::JobState;
use relay_testkit::InstallationOptions;
use relay_testkit::installation::Running;
use serde_json::json;

use crate::changes::access;
use crate::crash::{VARIABLE, died, points_of};
use crate::harness::upstream::Upstream;
use crate::harness::{LONG, Relay, fast};

/// Time enough, once a change is being looked up, to stop a service before the first look.
const ACCESS: &str = "http_connect_timeout_ms = 500\nhttp_total_timeout_ms = 1500\nsettle_ms = 3000";

struct Looking {
    relay: Relay,
    upstream: Upstream,
    ssin: String,
    changes: usize,
}

impl Looking {
    async fn new() -> Self {
        let options = InstallationOptions {
            organisation: "registration_units = [\"0212344876\"]".to_owned(),
            access: Some(ACCESS.to_owned()),
            ..fast()
        };
        let relay = Relay::new(&options).await;
        let upstream = relay.upstream_before_services().await;
        let ssin = relay.people(1).await.remove(0);
        Self {
            relay,
            upstream,
            ssin,
            changes: 0,
        }
    }

    /// A registration that is made, and of which no answer comes.
    async fn lose_a_reply(&mut self, key: &str) {
        self.relay.simulator().forget_registrations().await;
        let rule = json!({
            "match": {"service": "manage-access", "action": "REGISTER", "times": 1},
            "action": {"type": "drop_reply"},
        });
        self.relay.simulator().fault(&rule).await;
        self.changes += 1;
        let start = format!("2026-01-{:02}", self.changes);
        let register = access(key, &self.ssin, "REGISTER", &start);
        self.upstream.submit(&[register]).await;
        let open = "SELECT state FROM relay.job_state WHERE ended_at IS NULL";
        self.relay.wait_value(open, "reconciling").await;
    }

    /// It was found, and nothing was sent again.
    async fn found(&self, key: &str) {
        let end = self.upstream.wait_end(key).await;
        assert_eq!(end.state, Some(JobState::Ok), "{key}");
        assert_eq!(end.outcome.as_deref(), Some("reconciled"), "{key}");
        let job = end.job_id.expect("a job");
        let attempts = self
            .relay
            .value(&format!(
                "SELECT string_agg(kind || ':' || class, ' ' ORDER BY number) FROM relay.attempt WHERE job_id = '{job}'"
            ))
            .await;
        assert!(attempts.starts_with("send:no_answer look:"), "{key}: {attempts}");
        assert!(attempts.ends_with("look:ok look:ok"), "{key}: {attempts}");
        assert_eq!(attempts.matches("send:").count(), 1, "{key}: {attempts}");
        assert_eq!(
            self.relay.simulator().changes().await.len(),
            self.changes,
            "{key}"
        );
        let ended = "SELECT count(*) FILTER (WHERE kind = 'finished') || ' of ' || count(DISTINCT job_id) FROM relay.event";
        assert_eq!(self.relay.value(ended).await, format!("{0} of {0}", self.changes));
    }

    /// At each point: the service is stopped before the first look, a doomed one dies of it, a fresh one goes on.
    async fn crash_at(&mut self, service: &str, points: &[&str], mut running: Running) {
        for point in points {
            self.lose_a_reply(point).await;
            running.service.stop(LONG).await.expect("an end");
            let mut doomed = self.doomed(service, point).await;
            died(&mut doomed, point).await;
            running = self.relay.start(service).await;
            self.found(point).await;
        }
    }

    async fn doomed(&self, service: &str, point: &str) -> Running {
        self.relay.start_with(service, &[(VARIABLE, point)]).await
    }
}

#[tokio::test]
async fn the_producer_dies_while_a_change_is_looked_up() {
    let mut looking = Looking::new().await;
    let _worker = looking.relay.start("relay-worker").await;
    let _results = looking.relay.start("relay-results").await;
    let producer = looking.relay.start("relay-producer").await;
    let points = ["producer.after_release", "producer.after_work_published"];
    looking.crash_at("relay-producer", &points, producer).await;
}

#[tokio::test]
async fn the_worker_dies_while_a_change_is_looked_up() {
    let mut looking = Looking::new().await;
    let _producer = looking.relay.start("relay-producer").await;
    let _results = looking.relay.start("relay-results").await;
    let worker = looking.relay.start("relay-worker").await;
    looking
        .crash_at("relay-worker", &points_of(&["worker."]), worker)
        .await;
}

#[tokio::test]
async fn results_dies_while_a_change_is_looked_up() {
    let mut looking = Looking::new().await;
    let _producer = looking.relay.start("relay-producer").await;
    let _worker = looking.relay.start("relay-worker").await;
    let results = looking.relay.start("relay-results").await;
    let points = [
        "results.before_record",
        "results.after_record",
        "outbox.before_publish",
        "outbox.after_publish",
    ];
    looking.crash_at("relay-results", &points, results).await;
}

#[tokio::test]
async fn results_dies_before_it_takes_over_a_look() {
    let mut looking = Looking::new().await;
    let _producer = looking.relay.start("relay-producer").await;
    let mut results = looking.relay.start("relay-results").await;
    let mut worker = looking.relay.start("relay-worker").await;
    let point = "results.before_rescue";
    looking.lose_a_reply(point).await;
    worker.service.stop(LONG).await.expect("an end");
    results.service.stop(LONG).await.expect("an end");
    // A look that nobody will hear of.
    let mut doomed = looking.doomed("relay-worker", "worker.after_begin").await;
    died(&mut doomed, "worker.after_begin").await;
    let mut doomed = looking.doomed("relay-results", point).await;
    died(&mut doomed, point).await;
    let _worker = looking.relay.start("relay-worker").await;
    let _results = looking.relay.start("relay-results").await;
    looking.found(point).await;
}
