//! The command line of developers and operators.
//!
//! Exit codes: 0 done; 1 done with a negative outcome; 2 usage or validation; 3 not found or unreadable;
//! 4 denied; 5 a dependency cannot be reached; 6 time-out.

mod arguments;
mod bulk;
mod catalogue;
mod cbss;
mod dead;
mod events;
mod failure;
mod job;
mod keys;
mod lane;
mod maintenance;
mod migrate;
mod operations;
mod printable;
mod quarantine;
mod quota;
mod reader;
mod reparse;
mod restored;
mod result;
mod submit;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use relay_runtime::Entropy;
use relay_service::assemble::{open_store, open_vault};
use relay_service::settings::SettingsFile;
use relay_store::Store;

use crate::failure::Failure;

/// The command line of developers and operators of cbss-relay.
#[derive(Debug, Parser)]
#[command(
    name = "relayctl",
    version,
    after_help = "Examples:\n  relayctl migrate\n  relayctl submit --file people.jsonl --wait\n  \
                  relayctl result show 019a… --reason \"file 4711\"\n  \
                  relayctl dead list\n  relayctl job show 019a…\n  \
                  relayctl cbss parse --service retrieve-ti-groups reply.xml"
)]
struct Cli {
    /// The settings file; variables CBSS_RELAY__SECTION__KEY override it.
    #[arg(long, global = true, value_name = "FILE", default_value = "relay.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the database's schema up to date.
    Migrate,
    /// Make keys.
    Keys(keys::KeysCommand),
    /// Submit requests as an upstream system does, and wait for their end if asked.
    Submit(submit::SubmitCommand),
    /// Look at jobs: states and attempts, never persons. Settle, retry or discard one.
    Job(job::JobCommand),
    /// Look at dead letters, and retry or discard many at once.
    Dead(dead::DeadCommand),
    /// Look at what could not be read or may not be sent; open, repair, replay or discard it.
    Quarantine(quarantine::QuarantineCommand),
    /// Say events again.
    Events(events::EventsCommand),
    /// Read stored answers again with the parser of now.
    Reparse(reparse::ReparseCommand),
    /// See, pause and resume lanes.
    Lane(lane::LaneCommand),
    /// See and set how much may be sent where.
    Quota(quota::QuotaCommand),
    /// Announce windows in which an environment is not called.
    Maintenance(maintenance::MaintenanceCommand),
    /// Look at what operators did.
    Operations(operations::OperationsCommand),
    /// Tell the relay that its database was restored to an older state.
    Restored(restored::RestoredCommand),
    /// Read the result of a job, as far as this login may.
    Result(result::ResultCommand),
    /// Say which upstream user a login of the database is.
    Reader(reader::ReaderCommand),
    /// Look up the official sectors and purposes, and bring newer lists in.
    Catalogue(catalogue::CatalogueCommand),
    /// Build requests and read replies of the CBSS, offline; see whether it can be reached.
    Cbss(cbss::CbssCommand),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Cbss(command) => return command.run(&cli.config),
        Command::Keys(command) => command.run(),
        Command::Catalogue(command) => wait(command.run(&cli.config)),
        Command::Migrate => wait(migrate::run(&cli.config)),
        Command::Submit(command) => wait(command.run(&cli.config)),
        Command::Job(command) => wait(command.run(&cli.config)),
        Command::Dead(command) => wait(command.run(&cli.config)),
        Command::Quarantine(command) => wait(command.run(&cli.config)),
        Command::Events(command) => wait(command.run(&cli.config)),
        Command::Reparse(command) => wait(command.run(&cli.config)),
        Command::Lane(command) => wait(command.run(&cli.config)),
        Command::Quota(command) => wait(command.run(&cli.config)),
        Command::Maintenance(command) => wait(command.run(&cli.config)),
        Command::Operations(command) => wait(command.run(&cli.config)),
        Command::Restored(command) => wait(command.run(&cli.config)),
        Command::Result(command) => wait(command.run(&cli.config)),
        Command::Reader(command) => wait(command.run(&cli.config)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("relayctl: {failure}");
            failure.exit_code()
        }
    }
}

fn wait(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Invalid(error.to_string()))?;
    runtime.block_on(work)
}

/// The record, as the login of the settings.
fn store(config: &Path) -> Result<Store, Failure> {
    let file = SettingsFile::read(config).map_err(Failure::invalid)?;
    let vault = open_vault(&file, &Entropy::system()).map_err(Failure::invalid)?;
    open_store(&file, "relayctl", vault).map_err(Failure::invalid)
}
