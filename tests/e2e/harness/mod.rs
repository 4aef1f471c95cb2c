//! What the tests stand on.

pub(crate) mod check;
pub(crate) mod metrics;
pub(crate) mod queues;
pub(crate) mod record;
pub(crate) mod simulator;
pub(crate) mod upstream;

use std::fs;
use std::time::Duration;

use relay_testkit::installation::{Running, submission};
use relay_testkit::{
    Installation, InstallationOptions, PostgresAccess, RunDir, ServiceCommand, Vhost, shared,
};
use serde_json::Value;

use self::simulator::Simulator;
use self::upstream::Upstream;

/// Far beyond what anything here takes; only a defect waits this long.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Waits short enough for tests, and circuits that scripted faults do not open. The lease of an attempt is the call's
/// time-out and the margin.
pub(crate) const FAST: &str = "
[log]
level = \"debug,lapin=info,sqlx=info,hyper=info,reqwest=info\"
[retry]
base_ms = 50
cap_ms = 5000
[producer]
release_idle_ms = 50
sweep_ms = 100
release_lease_ms = 3000
release_window_ms = 400
[worker]
permits = 10
lease_margin_ms = 1000
slot_horizon_ms = 500
[circuit]
failures = 60000
poll_ms = 100
[results]
sweep_ms = 100
sweep_older_than_ms = 500
rescue_grace_ms = 500
gauges_ms = 200
";

/// A call's time-outs for tests in which calls are lost on purpose.
pub(crate) const SHORT_CALLS: &str = "http_connect_timeout_ms = 1000\nhttp_total_timeout_ms = 3000";

/// A relay of one test.
pub(crate) struct Relay {
    pub(crate) installation: Installation,
    // Last: what still runs in it is ended with it.
    _directory: RunDir,
}

/// `FAST` settings and short calls.
pub(crate) fn fast() -> InstallationOptions {
    InstallationOptions {
        settings: FAST.to_owned(),
        service: SHORT_CALLS.to_owned(),
        ..InstallationOptions::default()
    }
}

impl Relay {
    /// On the servers of the test run.
    pub(crate) async fn new(options: &InstallationOptions) -> Self {
        let vhost = shared::rabbitmq().vhost().await.expect("a virtual host");
        Self::on(&shared::postgres(), vhost, options).await
    }

    /// On these servers.
    pub(crate) async fn on(postgres: &PostgresAccess, vhost: Vhost, options: &InstallationOptions) -> Self {
        let directory = RunDir::create().expect("a run directory");
        let installation = Installation::create(&directory.path().join("relay"), postgres, vhost, options)
            .await
            .expect("an installation");
        Self {
            installation,
            _directory: directory,
        }
    }

    /// Starts a service and waits until it is ready.
    pub(crate) async fn start(&self, service: &str) -> Running {
        self.start_with(service, &[]).await
    }

    /// The same, with more environment variables.
    pub(crate) async fn start_with(&self, service: &str, variables: &[(&str, &str)]) -> Running {
        self.start_as(service, service.trim_start_matches("relay-"), variables)
            .await
    }

    /// The same, under a name of its own, beside others of its kind.
    pub(crate) async fn start_as(
        &self,
        service: &str,
        instance: &str,
        variables: &[(&str, &str)],
    ) -> Running {
        let command = self.command(service, instance, variables);
        let started = self.installation.start_with(command, instance).await;
        started.expect("a service that gets ready")
    }

    /// A service that is not started.
    pub(crate) fn command(
        &self,
        service: &str,
        instance: &str,
        variables: &[(&str, &str)],
    ) -> ServiceCommand {
        let mut command = self.installation.command(service, instance).expect("a binary");
        // A broker that comes back is found again soon.
        command = command.env("CBSS_RELAY__BROKER__RECONNECT_MAX_MS", "500");
        for (name, value) in variables {
            command = command.env(name, value);
        }
        command
    }

    /// Starts producer, worker and results.
    pub(crate) async fn start_all(&self) -> [Running; 3] {
        self.start_all_with(&[]).await
    }

    /// The same, with more environment variables of the worker.
    pub(crate) async fn start_all_with(&self, variables: &[(&str, &str)]) -> [Running; 3] {
        let (producer, worker, results) = tokio::join!(
            self.start("relay-producer"),
            self.start_with("relay-worker", variables),
            self.start("relay-results"),
        );
        [producer, worker, results]
    }

    /// An upstream system as user `eupen`, listening to events and to its reply queue.
    pub(crate) async fn upstream(&self) -> Upstream {
        Upstream::open(self.installation.vhost(), "eupen", "eupen-test").await
    }

    /// The same before any service has declared the queues: a producer does it, and ends.
    pub(crate) async fn upstream_before_services(&self) -> Upstream {
        let mut producer = self.start("relay-producer").await;
        producer.service.stop(LONG).await.expect("an end");
        self.upstream().await
    }

    /// The simulated CBSS.
    pub(crate) fn simulator(&self) -> Simulator {
        Simulator(self.installation.simulator_address())
    }

    /// SSINs of different people whom the simulator knows.
    pub(crate) async fn people(&self, count: usize) -> Vec<String> {
        let people = self.installation.people(count).await.expect("people");
        assert_eq!(people.len(), count, "the simulator has too few people");
        people
    }

    /// Submissions for different people, with keys `<name>-<n>`.
    pub(crate) async fn submissions(&self, name: &str, count: usize) -> Vec<Value> {
        let people = self.people(count).await;
        let numbered = people.iter().enumerate();
        numbered
            .map(|(n, ssin)| submission(&format!("{name}-{n}"), ssin))
            .collect()
    }

    /// Adds an organisation for which user `eupen` may submit, before services start.
    pub(crate) fn add_organisation(&self, id: &str, change: impl FnOnce(String) -> String) {
        let folder = self.installation.directory().join("organisations");
        let first = fs::read_to_string(folder.join("eupen-test.toml")).expect("the first organisation");
        fs::write(folder.join(format!("{id}.toml")), change(first)).expect("writing an organisation");
    }

    /// What the services have logged, the simulator left out: it knows nobody real.
    pub(crate) fn logs(&self) -> String {
        let mut text = String::new();
        for entry in fs::read_dir(self.installation.directory()).expect("the directory of logs") {
            let path = entry.expect("an entry").path();
            let log = path.extension().is_some_and(|extension| extension == "log");
            if log && !path.ends_with("relay-simulator.log") {
                text.push_str(&String::from_utf8_lossy(&fs::read(&path).expect("a log")));
            }
        }
        text
    }
}

/// The keys of submissions.
pub(crate) fn keys(submissions: &[Value]) -> Vec<String> {
    submissions
        .iter()
        .map(|submission| submission["idempotencyKey"].as_str().expect("a key").to_owned())
        .collect()
}
