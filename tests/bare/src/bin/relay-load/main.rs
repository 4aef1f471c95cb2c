//! The load of the benchmark: submits, and measures until the `finished` events are here.

mod people;
mod run;

use clap::{Parser, Subcommand};

const EXAMPLE: &str = "\
Examples:
  relay-load people --simulator http://127.0.0.1:8520 --count 200 --user E0212344876 --password secret \\
      --endpoint http://127.0.0.1:8520/SOA4520/RetrieveTIGroupsService/v2/retrieveTI --replies replies --out people.json
  relay-load run --people people.json --amqp amqp://eupen:eupen@127.0.0.1:5672/t0 --submit-to cbss.intake \\
      --listen-on cbss.events.eupen --organisation eupen --name warm --jobs 5000 --out report.json";

/// Submits the same jobs to the relay and to the bare worker, and measures.
#[derive(Debug, Parser)]
#[command(name = "relay-load", version, after_help = EXAMPLE)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Chooses people of a simulator and keeps its replies about them, for another to send as they are: that costs
    /// it little.
    People(people::Args),
    /// Submits jobs and waits for their `finished` events.
    Run(run::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::People(args) => people::run(args).await,
        Command::Run(args) => run::run(args).await,
    }
}
