//! One installation of a proof, and what is done with it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};
use relay_testkit::installation::{OPERATOR, ORGANISATION, Running, submission};
use relay_testkit::{Installation, poll_until};
use serde_json::Value;

use super::simulator::Simulator;

/// Only a defect takes as long.
const LONG: Duration = Duration::from_secs(300);
/// People that are asked about, in turn.
const PEOPLE: usize = 1000;
/// The enterprise number of [`ORGANISATION`].
pub(crate) const CBE_NUMBER: &str = "0212344876";

/// A lease that ends within a proof: the call's time-out, and a second.
pub(crate) const SHORT_CALLS: &str = "http_connect_timeout_ms = 1000\nhttp_total_timeout_ms = 3000";
/// Waits that fit a proof; everything else, the release window and the slots' validity above all, is as shipped.
/// Jobs of a killed worker are taken over when their lease has ended.
pub(crate) const SETTINGS: &str = "[worker]\npermits = 100\nlease_margin_ms = 1000\n\
    [results]\nsweep_ms = 200\nsweep_older_than_ms = 1000\nrescue_grace_ms = 500\n";

/// An installation, with the services that were started.
pub(crate) struct Place {
    pub(crate) installation: Installation,
    services: Vec<Running>,
    people: Vec<String>,
    submitted: usize,
}

impl Place {
    pub(crate) fn new(installation: Installation) -> Self {
        Self {
            installation,
            services: Vec::new(),
            people: Vec::new(),
            submitted: 0,
        }
    }

    /// Another organisation for the same upstream user, before services start.
    pub(crate) fn add_organisation(
        &self,
        id: &str,
        change: impl FnOnce(String) -> String,
    ) -> anyhow::Result<()> {
        let folder = self.installation.directory().join("organisations");
        let first = fs::read_to_string(folder.join(format!("{ORGANISATION}.toml")));
        let first = first.context("reading the first organisation")?;
        fs::write(folder.join(format!("{id}.toml")), change(first)).context("writing an organisation")
    }

    /// Starts services that run until the case ends; each is a binary and a name.
    pub(crate) async fn start(&mut self, services: &[(&str, &str)]) -> anyhow::Result<()> {
        for (service, instance) in services {
            self.services
                .push(self.installation.start(service, instance).await?);
        }
        Ok(())
    }

    /// Producer, results and so many workers.
    pub(crate) async fn start_all(&mut self, workers: usize) -> anyhow::Result<()> {
        self.start(&[("relay-producer", "producer"), ("relay-results", "results")])
            .await?;
        for number in 1..=workers {
            let name = format!("worker-{number}");
            self.start(&[("relay-worker", &name)]).await?;
        }
        Ok(())
    }

    /// The simulated CBSS.
    pub(crate) fn simulator(&self) -> Simulator {
        Simulator(self.installation.simulator_address())
    }

    /// Questions of an organisation about people in turn.
    pub(crate) async fn questions(
        &mut self,
        organisation: &str,
        name: &str,
        count: usize,
    ) -> anyhow::Result<Vec<Value>> {
        if self.people.is_empty() {
            self.people = self.installation.people(PEOPLE).await?;
        }
        let people = self.people.iter().cycle().take(count).enumerate();
        Ok(people
            .map(|(number, ssin)| {
                let mut question = submission(&format!("{name}-{number}"), ssin);
                question["organisation"] = organisation.into();
                question
            })
            .collect())
    }

    /// Submits, and returns when all are jobs.
    pub(crate) async fn submit(&mut self, submissions: &[Value]) -> anyhow::Result<()> {
        self.submitted += submissions.len();
        let file = self
            .installation
            .directory()
            .join(format!("submissions-{}.jsonl", self.submitted));
        let lines: Vec<String> = submissions.iter().map(Value::to_string).collect();
        fs::write(&file, lines.join("\n")).context("writing submissions")?;
        let file = file.to_str().context("the run directory's path is not UTF-8")?;
        self.installation
            .relayctl(&["submit", "--file", file])
            .await?
            .succeeded()?;
        self.wait("SELECT count(*) FROM relay.job", self.submitted as f64)
            .await
    }

    /// Runs `relayctl` as an operator.
    pub(crate) async fn operate(&self, command: &str) -> anyhow::Result<()> {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.extend(["--reason", "a proof"]);
        let output = self.installation.relayctl_as(OPERATOR, &arguments).await?;
        output.succeeded().with_context(|| command.to_owned()).map(drop)
    }

    /// A number from the database.
    pub(crate) async fn number(&self, sql: &str) -> anyhow::Result<f64> {
        let text = self.installation.sql(sql).await?;
        text.parse()
            .with_context(|| format!("{text:?} is no number: {sql}"))
    }

    /// Numbers from the database, one a line.
    pub(crate) async fn numbers(&self, sql: &str) -> anyhow::Result<Vec<f64>> {
        let text = self.installation.sql(sql).await?;
        let numbers: Result<Vec<f64>, _> = text.lines().map(str::parse).collect();
        numbers.with_context(|| format!("no numbers: {sql}"))
    }

    /// The database's clock, seconds.
    pub(crate) async fn now(&self) -> anyhow::Result<f64> {
        self.number("SELECT extract(epoch FROM clock_timestamp())").await
    }

    /// Waits until a number of the database has reached this.
    pub(crate) async fn wait(&self, sql: &str, least: f64) -> anyhow::Result<()> {
        let mut last = 0.0;
        let what = format!("{least} from: {sql}");
        let reached = poll_until(&what, LONG, async || {
            // The server may be away for a moment.
            last = self.number(sql).await.unwrap_or(last);
            tokio::time::sleep(Duration::from_millis(80)).await;
            (last >= least).then_some(())
        });
        reached.await.with_context(|| format!("it is {last}"))
    }

    /// Stops from here on; a service that ended by itself is an error.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        for running in &mut self.services {
            let ended = running.service.exited();
            ensure!(
                ended.is_none(),
                "a service ended: {}",
                tail(&running.service.log())
            );
            running.service.kill().await?;
        }
        Ok(())
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
