//! What is measured: the relay's three services, or the bare worker.

use std::fmt;
use std::time::Duration;

use anyhow::{bail, ensure};
use relay_testkit::installation::UPSTREAM_USER;
use relay_testkit::process::ProcessId;
use relay_testkit::rabbitmq::RELAY;
use relay_testkit::{Installation, PostgresAccess, Service, ServiceCommand, poll_until};

use super::stage::{Arguments, access, database_of};

const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(40);

const BARE: &str = "relay-bare";
const BARE_WORK: &str = "bare.work";
const BARE_EVENTS: &str = "bare.events";

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// The relay: producer, worker, results.
    Relay,
    /// The bare worker: client libraries alone.
    Bare,
    /// The bare worker with one statement a job, and lz4.
    Lean,
}

impl Kind {
    /// In tables and JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Bare => "bare",
            Self::Lean => "lean",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of them, running.
pub(crate) struct Subject {
    kind: Kind,
    database: String,
    services: Vec<(&'static str, Service)>,
}

impl Subject {
    /// Starts it; returns when it takes submissions.
    pub(crate) async fn start(
        kind: Kind,
        place: &Installation,
        postgres: &PostgresAccess,
        permits: u16,
    ) -> anyhow::Result<Self> {
        let installed = database_of(&place.owner_url())?.to_owned();
        let of_bare = format!("{installed}_bare");
        let bare = async |lean| start_bare(place, postgres, &of_bare, permits, lean).await;
        let (database, services) = match kind {
            Kind::Relay => {
                let [producer, worker, results] = place.start_all().await?;
                let services = vec![
                    ("producer", producer.service),
                    ("worker", worker.service),
                    ("results", results.service),
                ];
                (installed, services)
            }
            Kind::Bare => (of_bare.clone(), vec![("bare", bare(false).await?)]),
            Kind::Lean => (of_bare.clone(), vec![("bare", bare(true).await?)]),
        };
        Ok(Self {
            kind,
            database,
            services,
        })
    }

    /// Where its jobs are.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// The broker user that submits.
    pub(crate) fn submitter(&self) -> &'static str {
        match self.kind {
            Kind::Relay => UPSTREAM_USER,
            // The upstream users may not read its queue.
            Kind::Bare | Kind::Lean => RELAY,
        }
    }

    /// The queue of submissions.
    pub(crate) fn submit_to(&self) -> &'static str {
        match self.kind {
            Kind::Relay => "cbss.intake",
            Kind::Bare | Kind::Lean => BARE_WORK,
        }
    }

    /// The queue of events.
    pub(crate) fn listen_on(&self) -> &'static str {
        match self.kind {
            Kind::Relay => "cbss.events.eupen-test",
            Kind::Bare | Kind::Lean => BARE_EVENTS,
        }
    }

    /// Counts jobs that ended well, rows, and what is not finished.
    pub(crate) fn census(&self) -> &'static str {
        match self.kind {
            Kind::Relay => {
                "select (select count(*) from relay.job_state where state = 'ok'), \
                        (select count(*) from relay.result_row), \
                        (select count(*) from relay.job_state where state <> 'ok') \
                        + (select count(*) from relay.outbox) + (select count(*) from relay.quarantine)"
            }
            Kind::Bare | Kind::Lean => {
                "select (select count(*) from job j join answer a using (job_id)), \
                        (select count(*) from result_row), 0"
            }
        }
    }

    /// Its processes, by name.
    pub(crate) fn processes(&self) -> Vec<(&'static str, ProcessId)> {
        self.services
            .iter()
            .map(|(name, service)| (*name, service.process()))
            .collect()
    }

    /// The ends of its logs.
    pub(crate) fn logs(&self) -> String {
        let end = |(name, service): &(&str, Service)| {
            let log = service.log();
            let lines: Vec<&str> = log.lines().collect();
            format!(
                "{name}:\n{}\n",
                lines[lines.len().saturating_sub(10)..].join("\n")
            )
        };
        self.services.iter().map(end).collect()
    }

    /// Asks all to stop; who does not end well has done something wrong.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        for (name, service) in &mut self.services {
            let status = service.stop(STOP).await?;
            ensure!(status.success(), "{name} ended with {status}: {}", service.log());
        }
        Ok(())
    }
}

/// The database of the installation is the relay's; the bare worker gets one of its own.
async fn start_bare(
    place: &Installation,
    postgres: &PostgresAccess,
    database: &str,
    permits: u16,
    lean: bool,
) -> anyhow::Result<Service> {
    postgres.create_database(database).await?;
    let ready = place.directory().join("bare.ready");
    let mut command = ServiceCommand::new(BARE, place.directory())?
        .args(["--amqp", &place.vhost().url(RELAY)])
        .args(["--take-from", BARE_WORK, "--tell-to", BARE_EVENTS])
        .args(["--database", &postgres.url(database)])
        .args(access(place)?.each_ref().map(String::as_str))
        .args(["--permits", &permits.to_string()])
        .arg("--ready-file")
        .arg(&ready);
    if lean {
        command = command.arg("--lean");
    }
    let mut service = command.start()?;
    let started = poll_until(
        "the bare worker to take submissions",
        START,
        async || match service.exited() {
            Some(status) => Some(Err(status)),
            None => ready.exists().then_some(Ok(())),
        },
    );
    match started.await? {
        Ok(()) => Ok(service),
        Err(status) => bail!("the bare worker ended with {status}: {}", service.log()),
    }
}
