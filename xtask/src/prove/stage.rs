//! The servers of a proof.

use relay_testkit::{
    Installation, InstallationOptions, Postgres, PostgresOptions, RabbitMq, RabbitMqOptions, RunDir,
};

use super::place::Place;
use crate::progress::say;

/// Enough for the cases of one proof; more are made when these are used up.
const VHOSTS: usize = 12;

/// Servers that the cases of a proof use one after the other.
pub(crate) struct Stage {
    postgres: Postgres,
    rabbitmq: RabbitMq,
    // Last: what a failed case left running is ended with this directory.
    dir: RunDir,
    count: u32,
}

impl Stage {
    /// Starts servers as they come.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let dir = RunDir::create()?;
        say("starting a private PostgreSQL and a private RabbitMQ");
        let rabbitmq = RabbitMqOptions {
            vhosts: VHOSTS,
            ..RabbitMqOptions::default()
        };
        let (postgres, rabbitmq) = tokio::try_join!(
            Postgres::start(PostgresOptions::default()),
            RabbitMq::start(rabbitmq)
        )?;
        Ok(Self {
            postgres,
            rabbitmq,
            dir,
            count: 0,
        })
    }

    /// Their versions.
    pub(crate) fn servers(&self) -> String {
        format!(
            "PostgreSQL {}, RabbitMQ {}",
            self.postgres.version(),
            self.rabbitmq.version()
        )
    }

    /// An installation from nothing, no service of it started.
    pub(crate) async fn install(&mut self, options: &InstallationOptions) -> anyhow::Result<Place> {
        self.count += 1;
        let directory = self.dir.path().join(format!("case_{}", self.count));
        let vhost = self.rabbitmq.vhost().await?;
        let installation = Installation::create(&directory, self.postgres.access(), vhost, options).await?;
        Ok(Place::new(installation))
    }

    /// Kills the database server, as a crash of its machine would, and starts it again.
    pub(crate) async fn crash_postgres(&mut self) -> anyhow::Result<()> {
        self.postgres.kill().await?;
        self.postgres.start_again().await
    }
}
