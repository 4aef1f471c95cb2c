//! Makes sure that PostgreSQL and RabbitMQ are installed.

mod apt;

use anyhow::Context;
use relay_testkit::install::{PostgresInstall, RabbitInstall};

use crate::progress::say;

pub(crate) use apt::{Apt, NoServices};

/// Installs what is missing from the system's packages where we can (root, apt-get); elsewhere the error
/// says what to install.
pub(crate) async fn run() -> anyhow::Result<()> {
    if let Err(missing) = PostgresInstall::find() {
        let apt = Apt::find().await.with_context(|| format!("{missing:#}"))?;
        apt.postgres().await?;
    }
    if let Err(missing) = RabbitInstall::find(None) {
        let apt = Apt::find().await.with_context(|| format!("{missing:#}"))?;
        apt.install(&["rabbitmq-server"]).await?;
    }
    let (postgres, rabbit) = (PostgresInstall::find()?, RabbitInstall::find(None)?);
    say(&format!(
        "PostgreSQL {} in {}",
        postgres.version,
        postgres.bin_dir.display()
    ));
    say(&format!(
        "RabbitMQ {} in {}",
        rabbit.version,
        rabbit.scripts.display()
    ));
    Ok(())
}

/// Installs `xmllint` where we can, for the tests that hold documents against the CBSS's schemas; without it those
/// tests are skipped, and say so.
pub(crate) async fn schema_checker() {
    let found = tokio::process::Command::new("xmllint")
        .arg("--version")
        .output()
        .await;
    if found.is_ok_and(|output| output.status.success()) {
        return;
    }
    let installed = match Apt::find().await {
        Ok(apt) => apt.install(&["libxml2-utils"]).await,
        Err(error) => Err(error),
    };
    if let Err(error) = installed {
        say(&format!(
            "SKIPPING the checks against the CBSS's schemas: xmllint is missing ({error:#})"
        ));
    }
}
