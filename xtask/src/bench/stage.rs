//! What is measured on: the servers, the simulator, the load.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use relay_testkit::installation::ORGANISATION;
use relay_testkit::{
    Installation, InstallationOptions, Postgres, PostgresOptions, RabbitMq, RabbitMqOptions, RunDir,
    ServiceCommand, poll_until,
};
use serde_json::Value;

use super::Load;
use super::figures::{Figures, Gauge};
use super::profile;
use super::subject::{Kind, Subject};
use crate::progress::say;

/// What a reply is at least like: the size of the usual one.
const REPLY: [&str; 4] = ["--rows-per-person", "44", "--reply-bytes", "24000"];
/// How many people are asked about, in turn.
const PEOPLE: &str = "200";
/// Submissions before the clock starts, so that connections are open and statements prepared.
const WARM_UP: u32 = 500;
/// The load gives up by itself when no event comes.
const LOAD_TIMEOUT: Duration = Duration::from_secs(3600);
const COMPLETE_TIMEOUT: Duration = Duration::from_secs(10);

/// Servers, and what all measurements share.
pub(crate) struct Stage {
    pub(crate) postgres: Postgres,
    pub(crate) rabbitmq: RabbitMq,
    // Last: what a failed measurement left running is ended with this directory.
    dir: RunDir,
    pub(crate) permits: u16,
    profile: bool,
    count: u32,
}

/// What the load has reported.
struct Loaded(Value);

impl Stage {
    /// Starts servers as they come, for so many measurements, and fetches the replies.
    pub(crate) async fn start(measurements: usize, permits: u16, profile: bool) -> anyhow::Result<Self> {
        let dir = RunDir::create()?;
        say("starting a private PostgreSQL and a private RabbitMQ");
        let mut postgres = PostgresOptions::default();
        if profile {
            postgres.settings.push(profile::SETTING.map(str::to_owned).into());
        }
        let rabbitmq = RabbitMqOptions {
            // One more, for who fetches the replies.
            vhosts: measurements + 1,
            ..RabbitMqOptions::default()
        };
        let (postgres, rabbitmq) = tokio::try_join!(Postgres::start(postgres), RabbitMq::start(rabbitmq))?;
        let stage = Self {
            postgres,
            rabbitmq,
            dir,
            permits,
            profile,
            count: 0,
        };
        stage.fetch_replies().await?;
        Ok(stage)
    }

    fn people(&self) -> PathBuf {
        self.dir.path().join("people.json")
    }

    fn replies(&self) -> PathBuf {
        self.dir.path().join("replies")
    }

    /// Has a simulator make its replies, once, so that later ones only send them.
    async fn fetch_replies(&self) -> anyhow::Result<()> {
        let source = self.install("source", REPLY.map(str::to_owned).into()).await?;
        let address = source.simulator_address();
        let people = ServiceCommand::new("relay-load", source.directory())?
            .args(["people", "--count", PEOPLE])
            .args(["--simulator", &format!("http://{address}")])
            .args(access(&source)?.each_ref().map(String::as_str))
            .arg("--replies")
            .arg(self.replies())
            .arg("--out")
            .arg(self.people());
        let output = people.run().await?;
        ensure!(
            output.status.success(),
            "choosing people ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let people: Vec<Value> = serde_json::from_slice(&fs::read(self.people())?)?;
        let sum = |what: &str| people.iter().filter_map(|one| one[what].as_f64()).sum::<f64>();
        let (rows, bytes) = (
            sum("rows") / people.len() as f64,
            sum("bytes") / people.len() as f64,
        );
        say(&format!(
            "{PEOPLE} people, a reply has {rows:.1} rows and {bytes:.0} bytes in the mean"
        ));
        Ok(())
    }

    async fn install(&self, name: &str, simulator: Vec<String>) -> anyhow::Result<Installation> {
        let options = InstallationOptions {
            settings: format!("[worker]\npermits = {}\n", self.permits),
            simulator,
            ..InstallationOptions::default()
        };
        let vhost = self.rabbitmq.vhost().await?;
        Installation::create(
            &self.dir.path().join(name),
            self.postgres.access(),
            vhost,
            &options,
        )
        .await
    }

    /// Starts one of the subjects from nothing, measures it under the load, and removes it again.
    pub(crate) async fn measure(&mut self, kind: Kind, load: Load) -> anyhow::Result<Figures> {
        self.count += 1;
        let path = |path: PathBuf| path.into_os_string().into_string().ok();
        let replies = path(self.replies()).context("the run directory's path is not UTF-8")?;
        let simulator = [
            "--latency-ms",
            &load.latency_ms.to_string(),
            "--replies",
            &replies,
        ];
        let name = format!("{kind}_{}", self.count);
        let place = self.install(&name, simulator.map(str::to_owned).into()).await?;
        let postgres = self.postgres.access();
        let mut subject = Subject::start(kind, &place, postgres, self.permits).await?;
        let warm = Load {
            jobs: WARM_UP.min(load.jobs),
            rate: None,
            ..load
        };
        let mut rows = self.drive(&subject, &place, "warm", warm).await?.rows()?;
        let database = subject.database();
        postgres.sql(database, "checkpoint").await?;
        if self.profile {
            profile::reset(postgres, database).await?;
        }

        let mut processes = subject.processes();
        processes.push(("simulator", place.simulator().process()));
        processes.extend(self.postgres.process().map(|process| ("postgresql", process)));
        processes.extend(self.rabbitmq.process().map(|process| ("rabbitmq", process)));
        let before = Gauge::read(postgres, database, &processes).await?;
        let loaded = self.drive(&subject, &place, "measured", load).await?;
        let after = Gauge::read(postgres, database, &processes).await?;
        let mut figures = Figures::between(&before, &after, &loaded.0, load.jobs, &subject.processes())?;
        if self.profile {
            figures.statements = profile::read(postgres, database, load.jobs).await?;
        }

        rows += loaded.rows()?;
        let jobs = u64::from(warm.jobs) + u64::from(load.jobs);
        self.check(&subject, jobs, rows).await?;
        subject.stop().await?;
        postgres.drop_database(subject.database()).await?;
        Ok(figures)
    }

    /// Submits, and waits for all events; the load is what finds a job that ends badly or twice.
    async fn drive(
        &self,
        subject: &Subject,
        place: &Installation,
        name: &str,
        load: Load,
    ) -> anyhow::Result<Loaded> {
        let out = place.directory().join(format!("{name}.json"));
        let mut command = ServiceCommand::new("relay-load", place.directory())?
            .instance(&format!("load-{name}"))
            .arg("run")
            .arg("--people")
            .arg(self.people())
            .args(["--amqp", &place.vhost().url(subject.submitter())])
            .args([
                "--submit-to",
                subject.submit_to(),
                "--listen-on",
                subject.listen_on(),
            ])
            .args(["--organisation", ORGANISATION, "--name", name])
            .args(["--jobs", &load.jobs.to_string()])
            .arg("--out")
            .arg(&out);
        if let Some(rate) = load.rate {
            command = command.args(["--rate", &rate.to_string()]);
        }
        let mut driver = command.start()?;
        let status = driver.wait(LOAD_TIMEOUT).await?;
        ensure!(
            status.success(),
            "the load ended with {status}: {}\n{}",
            driver.log().trim(),
            subject.logs()
        );
        let report = fs::read(&out).with_context(|| format!("reading {}", out.display()))?;
        Ok(Loaded(serde_json::from_slice(&report)?))
    }

    /// Each job is there once, with all its rows, and nothing is left to do.
    async fn check(&self, subject: &Subject, jobs: u64, rows: u64) -> anyhow::Result<()> {
        let postgres = self.postgres.access();
        let wanted = format!("{jobs}|{rows}|0");
        let mut found = String::new();
        // The last entries of the outbox go after their events have been confirmed.
        let settled = poll_until("the record to be complete", COMPLETE_TIMEOUT, async || {
            found = match postgres.sql(subject.database(), subject.census()).await {
                Ok(found) => found,
                Err(error) => format!("{error:#}"),
            };
            (found == wanted).then_some(())
        });
        let settled = settled.await;
        settled.with_context(|| format!("jobs|rows|unfinished are {found}, should be {wanted}"))
    }
}

impl Loaded {
    fn rows(&self) -> anyhow::Result<u64> {
        self.0["rows"].as_u64().context("the load reports no rows")
    }
}

/// Arguments that say where the simulator takes requests, and as whom.
pub(crate) fn access(place: &Installation) -> anyhow::Result<[String; 6]> {
    let password = place.directory().join("cbss-password");
    let password =
        fs::read_to_string(&password).with_context(|| format!("reading {}", password.display()))?;
    let endpoint = format!(
        "http://{}/SOA4520/RetrieveTIGroupsService/v2/retrieveTI",
        place.simulator_address()
    );
    let arguments = [
        "--endpoint",
        &endpoint,
        "--user",
        "E0212344876",
        "--password",
        password.trim(),
    ];
    Ok(arguments.map(str::to_owned))
}

/// The database that a URL names.
pub(crate) fn database_of(url: &str) -> anyhow::Result<&str> {
    let (_, name) = url.rsplit_once('/').context("a database's URL has a path")?;
    Ok(name)
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            jobs,
            latency_ms,
            rate,
        } = self;
        write!(f, "{jobs} jobs, simulator latency {latency_ms} ms, ")?;
        match rate {
            Some(rate) => write!(f, "{rate} submissions a second"),
            None => write!(f, "as fast as it goes"),
        }
    }
}

/// Several arguments at once.
pub(crate) trait Arguments {
    /// Adds them.
    fn args<const N: usize>(self, arguments: [&str; N]) -> Self;
}

impl Arguments for ServiceCommand {
    fn args<const N: usize>(self, arguments: [&str; N]) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }
}
