//! Build, test, demonstrate, measure: everything that is done with this workspace, in one tool.
#![expect(clippy::print_stdout, reason = "a command line tool talks on standard output")]

mod bench;
mod broker4;
mod cargo;
mod chaos;
mod ci;
mod demo;
mod progress;
mod prove;
mod servers;
mod setup;
mod sqlx;
mod test;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

/// Builds, tests, demonstrates and measures cbss-relay.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Installs PostgreSQL and RabbitMQ when they are missing (the other commands do it too).
    #[command(after_help = "Example: cargo xtask setup")]
    Setup,
    /// Runs the main job on private servers: requests to a simulated CBSS, results printed; cleans up.
    #[command(after_help = "Examples: cargo xtask demo\n          cargo xtask demo --people 20 --keep")]
    Demo(demo::Args),
    /// Runs all tests, or those whose name holds a FILTER, on private servers.
    #[command(
        after_help = "Examples: cargo xtask test\n          cargo xtask test -p relay-amqp restart\n          \
                            cargo xtask test --broker 4"
    )]
    Test(test::Args),
    /// Starts the private servers of a test run and keeps them until Ctrl-C, for working on tests.
    #[command(after_help = "Example: cargo xtask servers")]
    Servers,
    /// Regenerates .sqlx, what the compiler knows about the database when there is none.
    #[command(after_help = "Examples: cargo xtask sqlx\n          cargo xtask sqlx --check")]
    Sqlx(sqlx::Args),
    /// Measures the relay beside a bare worker, on private servers, in release builds.
    #[command(
        after_help = "Examples: cargo xtask bench\n          cargo xtask bench --latency 0 --jobs 2000 --runs 1 --profile\n          \
                            cargo xtask bench --rate 50 --rate 200 --json > figures.json"
    )]
    Bench(bench::Args),
    /// Proves what is promised of quotas, fairness and outages: figures beside their bounds, in release builds.
    #[command(
        after_help = "Examples: cargo xtask prove quotas\n          cargo xtask prove fairness --quick\n          \
                            cargo xtask prove outage --only 503 --json > figures.json"
    )]
    Prove(prove::Args),
    /// Plays generated scripts of faults, kills and restarts on the real components, and checks the promises.
    #[command(
        after_help = "Examples: cargo xtask chaos --minutes 10\n          cargo xtask chaos --minutes 60 --seed 7 --json"
    )]
    Chaos(chaos::Args),
    /// The fast lane: format, licences, generated files, clippy, docs, tests.
    #[command(after_help = "Example: cargo xtask ci")]
    Ci,
    /// The long lane: the fast lane, the tests on RabbitMQ 4, docker compose, the proofs, and ten minutes of chaos.
    #[command(after_help = "Example: cargo xtask verify")]
    Verify,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    progress::start();
    // Whatever ends us, servers and directories are removed as the task is dropped.
    let until_stopped = cli.command.runs_until_stopped();
    let outcome = tokio::select! {
        outcome = run(cli.command) => outcome,
        outcome = stopped() => match outcome {
            Err(_) if until_stopped => {
                progress::say("stopping and removing everything");
                Ok(())
            }
            outcome => outcome,
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress::say(&format!("failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

impl Task {
    /// Is being stopped the way this ends?
    fn runs_until_stopped(&self) -> bool {
        matches!(self, Self::Servers) || matches!(self, Self::Demo(args) if args.keep)
    }
}

async fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Setup => setup::run().await,
        Task::Demo(args) => demo::run(&args).await,
        Task::Test(args) => test::run(&args).await,
        Task::Servers => servers::keep().await,
        Task::Sqlx(args) => sqlx::run(&args).await,
        Task::Bench(args) => bench::run(&args).await,
        Task::Prove(args) => prove::run(&args).await,
        Task::Chaos(args) => chaos::run(&args).await,
        Task::Ci => ci::run().await,
        Task::Verify => verify::run().await,
    }
}

async fn stopped() -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => anyhow::bail!("interrupted"),
        _ = terminate.recv() => anyhow::bail!("terminated"),
    }
}
