//! `cargo xtask bench`: what the relay does in a second, and what a job costs, beside a bare worker on the
//! same servers. See docs/benchmark.md.

mod figures;
mod profile;
mod report;
mod stage;
mod subject;

use std::path::{Path, PathBuf};
use std::{env, iter};

use anyhow::{Context, ensure};
use relay_testkit::service::BIN_DIR;
use tokio::process::Command;

use self::figures::Figures;
use self::report::{Case, Report};
use self::stage::Stage;
use self::subject::Kind;
use crate::cargo::{cargo, run as run_command, shown};
use crate::progress::{self, say};
use crate::setup;

/// What is built, in release, before anything is measured.
const PACKAGES: [&str; 6] = [
    "relay-producer",
    "relay-worker",
    "relay-results",
    "relay-simulator",
    "relayctl",
    "relay-bare",
];

/// What to measure. With neither --latency nor --rate: throughput at 0 and 100 ms, and 50 and 200 submissions
/// a second; with one of them, that alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Submissions of a throughput measurement, sent as fast as the broker takes them.
    #[arg(long, default_value_t = 5000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: u32,
    /// Measures throughput where the simulator answers after this time; repeat for more.
    #[arg(long, value_name = "MS")]
    latency: Vec<u32>,
    /// Measures the time to the event at this many submissions a second, at an answer at once; repeat for more.
    #[arg(long, value_name = "PER_SECOND", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Vec<u32>,
    /// How long a measurement at a rate lasts, seconds.
    #[arg(long, default_value_t = 20, value_name = "S", value_parser = clap::value_parser!(u32).range(1..))]
    rate_seconds: u32,
    /// Measures everything so often; the median is printed.
    #[arg(long, default_value_t = 3, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Calls at once, of the relay's worker and of the bare one.
    #[arg(long, default_value_t = 300, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    permits: u16,
    /// Only this one; repeat for more. By default the relay and the bare worker.
    #[arg(long, value_enum, value_name = "WHO")]
    only: Vec<Kind>,
    /// Tells which statements of the database took the most time (pg_stat_statements; costs a little).
    #[arg(long)]
    profile: bool,
    /// Prints the figures as JSON; the progress goes to standard error.
    #[arg(long)]
    json: bool,
}

/// How the load comes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// How many submissions.
    pub(crate) jobs: u32,
    /// The simulator's, milliseconds.
    pub(crate) latency_ms: u32,
    /// Submissions a second; none: as fast as the broker takes them.
    pub(crate) rate: Option<u32>,
}

/// Builds, then measures in a process of its own that finds the release binaries.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    if args.json {
        progress::to_standard_error();
    }
    if env::var_os(BIN_DIR).is_some() {
        return measure(args).await;
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

impl Args {
    fn loads(&self) -> Vec<Load> {
        let (latencies, rates): (&[u32], &[u32]) = if self.latency.is_empty() && self.rate.is_empty() {
            (&[0, 100], &[50, 200])
        } else {
            (&self.latency, &self.rate)
        };
        let throughput = latencies.iter().map(|&latency_ms| Load {
            jobs: self.jobs,
            latency_ms,
            rate: None,
        });
        let latency = rates.iter().map(|&rate| Load {
            jobs: rate.saturating_mul(self.rate_seconds),
            latency_ms: 0,
            rate: Some(rate),
        });
        throughput.chain(latency).collect()
    }

    fn kinds(&self) -> Vec<Kind> {
        let default = [Kind::Relay, Kind::Bare];
        match self.only.as_slice() {
            [] => default.into(),
            only => only.to_vec(),
        }
    }
}

async fn measure(args: &Args) -> anyhow::Result<()> {
    let (loads, kinds) = (args.loads(), args.kinds());
    let total = loads.len() * kinds.len() * args.runs as usize;
    let mut stage = Stage::start(total, args.permits, args.profile).await?;
    let mut report = Report::new(&stage, args.runs, kinds.clone());
    let mut done = 0;
    for load in loads {
        let mut taken: Vec<Vec<Figures>> = kinds.iter().map(|_| Vec::new()).collect();
        // In turn, so that what else the machine does meets all of them alike.
        for _ in 0..args.runs {
            for (kind, figures) in iter::zip(&kinds, &mut taken) {
                done += 1;
                let measured = stage.measure(*kind, load).await;
                let measured = measured.with_context(|| format!("measuring {kind}, {load}"))?;
                say(&format!("{done}/{total} {kind}, {load}: {}", measured.in_short()));
                figures.push(measured);
            }
        }
        report.add(Case::new(load, taken));
    }
    ensure!(done == total, "{done} of {total} measurements were made");
    if args.json {
        report.print_json()
    } else {
        report.print();
        Ok(())
    }
}
