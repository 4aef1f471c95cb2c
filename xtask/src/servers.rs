//! The servers that all tests of a run share.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use relay_testkit::rabbitmq::{ROOT, RUNS};
use relay_testkit::{Postgres, PostgresOptions, RabbitMq, RabbitMqOptions, RunDir, run_dir, shared};
use tokio::process::Command;

use crate::progress::say;
use crate::setup;

/// Enough for most runs; more are made when these are used up.
const VHOSTS: usize = 64;

/// One database server, one broker, and a directory for what tests start by themselves.
pub(crate) struct Servers {
    postgres: Postgres,
    rabbitmq: RabbitMq,
    // Last: what tests left running is ended first, with this directory.
    tests: RunDir,
    root: Option<std::path::PathBuf>,
}

impl Servers {
    /// Starts both servers; the broker from the system in `root`, if given.
    pub(crate) async fn start(root: Option<&Path>) -> anyhow::Result<Self> {
        let tests = match root {
            Some(root) => RunDir::create_in(&root.join(RUNS)),
            None => RunDir::create(),
        }?;
        say("starting a private PostgreSQL and a private RabbitMQ");
        let options = RabbitMqOptions {
            root: root.map(Path::to_owned),
            vhosts: VHOSTS,
            ..RabbitMqOptions::default()
        };
        let postgres = async {
            Postgres::start(PostgresOptions::default())
                .await
                .context("PostgreSQL")
        };
        let rabbitmq = async { RabbitMq::start(options).await.context("RabbitMQ") };
        let (postgres, rabbitmq) = tokio::try_join!(postgres, rabbitmq)?;
        say(&format!(
            "PostgreSQL {} runs on port {}",
            postgres.version(),
            postgres.access().port()
        ));
        say(&format!(
            "RabbitMQ {} runs on port {}",
            rabbitmq.version(),
            rabbitmq.access().port()
        ));
        Ok(Self {
            postgres,
            rabbitmq,
            tests,
            root: root.map(Path::to_owned),
        })
    }

    /// The variables by which tests find the servers.
    pub(crate) fn variables(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let path = |path: &Path| path.to_str().map(str::to_owned).context("a path is not UTF-8");
        let mut variables = vec![
            (shared::POSTGRES, serde_json::to_string(self.postgres.access())?),
            (shared::RABBITMQ, serde_json::to_string(self.rabbitmq.access())?),
            (run_dir::BASE, path(self.tests.path())?),
            (run_dir::MARKER, path(self.tests.path())?),
        ];
        if let Some(root) = &self.root {
            variables.push((ROOT, path(root)?));
        }
        Ok(variables)
    }

    /// Gives `command` these variables.
    pub(crate) fn export(&self, command: &mut Command) -> anyhow::Result<()> {
        command.envs(self.variables()?);
        Ok(())
    }
}

/// `cargo xtask servers`.
pub(crate) async fn keep() -> anyhow::Result<()> {
    setup::run().await?;
    let servers = Servers::start(None).await?;
    println!("\n# In another shell, until Ctrl-C here:");
    for (name, value) in servers.variables()? {
        // A process that carried the marker would be ended with the servers, that shell included.
        if name != run_dir::MARKER {
            println!("export {name}='{value}'");
        }
    }
    println!("cargo nextest run --package relay-testkit");
    loop {
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
}
