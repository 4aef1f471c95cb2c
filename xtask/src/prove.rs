//! `cargo xtask prove`: what docs/guarantees.md says of quotas, fairness and outages, on real services and private
//! servers, as figures beside their bounds. A broken bound ends it with exit code 1.

mod fairness;
mod outage;
mod place;
mod quotas;
mod report;
mod simulator;
mod stage;
mod windows;

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use relay_testkit::service::BIN_DIR;
use tokio::process::Command;

use self::report::Proof;
use self::stage::Stage;
use crate::cargo::{cargo, run as run_command, shown};
use crate::progress::{self, say};
use crate::setup;

/// What is built, in release: a debug build is too slow to be near a bound.
const PACKAGES: [&str; 5] = [
    "relay-producer",
    "relay-worker",
    "relay-results",
    "relay-simulator",
    "relayctl",
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What is to be proved.
    #[arg(value_enum)]
    what: What,
    /// Shorter and with less work: for trying the proof itself.
    #[arg(long)]
    quick: bool,
    /// Only the cases whose name holds this text.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Prints the figures as JSON; the progress goes to standard error.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// In every window, no more calls than the quotas allow, and hardly fewer.
    Quotas,
    /// Nobody waits for another organisation's queue, for retries, or for less urgent jobs.
    Fairness,
    /// An outage costs no job, is probed by one call at a time, and ends by steps.
    Outage,
}

/// Builds, then proves in a process of its own that finds the release binaries.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    if args.json {
        progress::to_standard_error();
    }
    if env::var_os(BIN_DIR).is_some() {
        return prove(args).await;
    }
    // Asked for now: by the end of a long build, another build may have replaced this binary.
    let binary = env::current_exe().context("finding the running binary")?;
    setup::run().await?;
    let release = build(&binary).await?;
    let mut again = Command::new(&binary);
    again
        .args(env::args_os().skip(1))
        .env(BIN_DIR, release)
        .kill_on_drop(true);
    run_command(&mut again).await
}

/// The directory of the release binaries, beside that of this one (`target/debug`).
async fn build(binary: &Path) -> anyhow::Result<PathBuf> {
    let mut command = cargo(&["build", "--release"]);
    command.args(PACKAGES.into_iter().flat_map(|package| ["--package", package]));
    say(&shown(&command));
    run_command(&mut command).await?;
    let target = binary.ancestors().nth(2);
    let target = target.context("the running binary is in no target directory")?;
    Ok(target.join("release"))
}

/// Which cases, and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent<'a> {
    quick: bool,
    only: &'a str,
}

impl Extent<'_> {
    /// The whole, or the quick one.
    fn of<T>(self, whole: T, quick: T) -> T {
        if self.quick { quick } else { whole }
    }

    /// Whether a case is asked for.
    fn takes(self, case: &str) -> bool {
        case.contains(self.only)
    }
}

async fn prove(args: &Args) -> anyhow::Result<()> {
    let extent = Extent {
        quick: args.quick,
        only: &args.only,
    };
    let mut stage = Stage::start().await?;
    let mut proof = Proof::new(&stage)?;
    match args.what {
        What::Quotas => quotas::prove(&mut stage, extent, &mut proof).await?,
        What::Fairness => fairness::prove(&mut stage, extent, &mut proof).await?,
        What::Outage => outage::prove(&mut stage, extent, &mut proof).await?,
    }
    proof.end()?;
    if args.json {
        proof.print_json()?;
    } else {
        proof.print();
    }
    match proof.broken() {
        (_, 0) => bail!(
            "there was nothing to prove: no case has {:?} in its name",
            args.only
        ),
        (0, _) => Ok(()),
        (broken, all) => bail!("{broken} of {all} bounds are broken"),
    }
}
