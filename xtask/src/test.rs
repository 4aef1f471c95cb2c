//! `cargo xtask test`.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use tokio::process::Command;

use crate::cargo::{cargo, has, run as run_command, shown, workspace};
use crate::progress::say;
use crate::servers::Servers;
use crate::{broker4, setup};

/// The packages whose tests depend on the broker.
const BROKER_PACKAGES: [&str; 3] = ["relay-testkit", "relay-amqp", "relay-tests"];

/// Which tests, on which broker.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only tests whose name holds one of these.
    #[arg(value_name = "FILTER")]
    filters: Vec<OsString>,
    /// Only the tests of this package; may be repeated.
    #[arg(short, long = "package", value_name = "PACKAGE")]
    packages: Vec<String>,
    /// The RabbitMQ to test on: the installed one, or Debian 13's in a chroot (root only; the tests that
    /// need a broker).
    #[arg(long, value_enum)]
    broker: Option<Broker>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Broker {
    #[value(name = "4")]
    Four,
}

impl Args {
    /// Everything, on the installed servers.
    pub(crate) fn all() -> Self {
        Self {
            filters: Vec::new(),
            packages: Vec::new(),
            broker: None,
        }
    }

    /// What depends on the broker, on RabbitMQ 4.
    pub(crate) fn broker4() -> Self {
        Self {
            broker: Some(Broker::Four),
            ..Self::all()
        }
    }

    fn selection(&self) -> Vec<&str> {
        let packages: Vec<&str> = match (self.packages.as_slice(), self.broker) {
            ([], Some(Broker::Four)) => BROKER_PACKAGES.to_vec(),
            ([], None) => return vec!["--workspace"],
            (packages, _) => packages.iter().map(String::as_str).collect(),
        };
        packages
            .into_iter()
            .flat_map(|package| ["--package", package])
            .collect()
    }
}

/// Sets everything up, runs the tests, removes everything.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    setup::run().await?;
    let root = match args.broker {
        Some(Broker::Four) => Some(broker4::root().await?),
        None => None,
    };
    let (servers, ()) = tokio::try_join!(Servers::start(root.as_deref()), build(args))?;
    let nextest = has("nextest").await;
    let mut command = if nextest {
        nextest_command(args)
    } else {
        test_command(args)
    };
    servers.export(&mut command)?;
    say(&shown(&command));
    let reference = reference_dir();
    if reference.is_some() {
        setup::schema_checker().await;
    }
    say_what_is_skipped(reference.as_deref());
    run_command(&mut command).await.context("tests failed")?;
    // nextest runs none of the examples in the documentation.
    if nextest && args.filters.is_empty() && args.broker.is_none() {
        let mut command = cargo(&["test", "--doc"]);
        command.args(args.selection());
        servers.export(&mut command)?;
        say(&shown(&command));
        run_command(&mut command)
            .await
            .context("examples in the documentation failed")?;
    }
    // The runner shows nothing of tests that pass, so what was left out is said here, and last.
    say_what_is_skipped(reference.as_deref());
    say("all tests passed; removing the servers");
    Ok(())
}

/// Where the tests find the CBSS's schemas and samples, which are no part of this repository; `None` where they are not.
fn reference_dir() -> Option<PathBuf> {
    let beside = || workspace().join("../shared/cbss");
    let folder = env::var_os("CBSS_REFERENCE_DIR").map_or_else(beside, PathBuf::from);
    folder.join("xsd").is_dir().then_some(folder)
}

fn say_what_is_skipped(reference: Option<&Path>) {
    match reference {
        Some(folder) => say(&format!("schemas and samples of the CBSS: {}", folder.display())),
        None => say(
            "SKIPPING the tests against the CBSS's schemas and samples: they are not here; CBSS_REFERENCE_DIR names their folder",
        ),
    }
}

/// Services and tests in one go, so that both are built with the same features of what they share. Always
/// the whole workspace: the end-to-end tests run every service.
async fn build(args: &Args) -> anyhow::Result<()> {
    let needs_services = args.packages.is_empty() || args.packages.iter().any(|name| name == "relay-tests");
    let mut command = cargo(&["build", "--bins", "--tests"]);
    if needs_services {
        command.arg("--workspace");
    } else {
        command.args(args.selection());
    }
    say(&shown(&command));
    run_command(&mut command).await
}

fn nextest_command(args: &Args) -> Command {
    let mut command = cargo(&["nextest", "run"]);
    command.args(args.selection()).args(&args.filters);
    command
}

fn test_command(args: &Args) -> Command {
    let mut command = cargo(&["test"]);
    command.args(args.selection()).arg("--").args(&args.filters);
    command
}
