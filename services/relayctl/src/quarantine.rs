//! `relayctl quarantine`.

mod open;
mod replay;

use std::path::Path;

use clap::{Args, Subcommand};
use relay_store::{Acted, OperationLine, QuarantineLine, ReplayLine};
use serde::Serialize;
use uuid::Uuid;

use crate::arguments::Reason;
use crate::failure::Failure;
use crate::{operations, table};

/// Look at what could not be read or may not be sent, put it aside, or put it through the intake again.
#[derive(Debug, Args)]
pub(crate) struct QuarantineCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The items that nobody has dealt with, the newest first.
    #[command(after_help = "Example:\n  relayctl quarantine list --cause unauthorised --limit 50")]
    List {
        /// Of this organisation only.
        #[arg(long)]
        organisation: Option<String>,
        /// With this cause only.
        #[arg(long)]
        cause: Option<String>,
        /// Those that were dealt with as well.
        #[arg(long)]
        all: bool,
        /// How many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
        /// JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// One item, and what was done about it.
    #[command(after_help = "Example:\n  relayctl quarantine show 019a1b2c-…")]
    Show {
        /// The item's id.
        id: Uuid,
        /// JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// What an item says, for security advisors. The look is on record, whatever comes of it.
    #[command(
        after_help = "Examples:\n  relayctl quarantine open 019a1b2c-… --reason \"file 4711\"\n  \
                      relayctl quarantine open 019a1b2c-… --reason \"file 4711\" --output body.json"
    )]
    Open(open::OpenArgs),
    /// Put items through the intake again, by the settings of now, or have an answer read again. A security advisor may
    /// repair one first. What stays is left out of the next run, so that the same command goes on.
    #[command(
        after_help = "Examples:\n  relayctl quarantine replay 019a1b2c-… --reason \"the user is registered now\"\n  \
                      relayctl quarantine replay 019a1b2c-… --body body.json --reason \"a bracket was missing\"\n  \
                      relayctl quarantine replay --cause unauthorised --organisation eupen --first 10 --reason \"ticket 4711\""
    )]
    Replay(replay::ReplayArgs),
    /// Mark an item as dealt with. It is kept, and is in no list of dead letters any more.
    #[command(
        after_help = "Example:\n  relayctl quarantine discard 019a1b2c-… --reason \"sent again by the centre\""
    )]
    Discard {
        /// The item's id.
        id: Uuid,
        #[command(flatten)]
        reason: Reason,
    },
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    item: QuarantineLine,
    replays: Vec<ReplayLine>,
    operations: Vec<OperationLine>,
}

impl QuarantineCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        match self.action {
            Action::Open(arguments) => return arguments.run(config).await,
            Action::Replay(arguments) => return arguments.run(config).await,
            Action::List {
                organisation,
                cause,
                all,
                limit,
                json,
            } => {
                let items = crate::store(config)?
                    .quarantined(organisation.as_deref(), cause.as_deref(), all, limit)
                    .await?;
                if json {
                    return table::json(&items);
                }
                print_items(&items);
            }
            Action::Show { id, json } => {
                let store = crate::store(config)?;
                let Some(item) = store.show_quarantined(id).await? else {
                    return Err(nothing(id));
                };
                let replays = store.replays_of(id).await?;
                let operations = store.operations_on(id).await?;
                if json {
                    return table::json(&Shown {
                        item,
                        replays,
                        operations,
                    });
                }
                print_items(std::slice::from_ref(&item));
                show(&item);
                if !replays.is_empty() {
                    print_replays(&replays);
                }
                if !operations.is_empty() {
                    operations::print(&operations);
                }
            }
            Action::Discard { id, reason } => {
                let store = crate::store(config)?;
                match store.discard_quarantined(id, &reason.reason).await? {
                    Acted::Done => table::line(&format!("item {id} is discarded")),
                    Acted::Moved => {
                        return Err(Failure::Negative(format!(
                            "item {id} was dealt with already: relayctl quarantine show {id}"
                        )));
                    }
                    Acted::NotFound => return Err(nothing(id)),
                }
            }
        }
        Ok(())
    }
}

fn nothing(id: Uuid) -> Failure {
    Failure::NotFound(format!("there is no quarantined item {id}"))
}

fn print_items(items: &[QuarantineLine]) {
    table::print(
        &[
            "Item",
            "Cause",
            "Source",
            "Organisation",
            "Bytes",
            "Stopped at",
            "Seen",
            "Last seen",
            "Settled",
        ],
        items.iter().map(|item| {
            vec![
                item.quarantine_id.to_string(),
                item.cause.clone(),
                item.source.clone(),
                item.organisation.clone().unwrap_or_default(),
                item.message_bytes.to_string(),
                item.byte_position.map(|at| at.to_string()).unwrap_or_default(),
                item.seen.to_string(),
                table::time(item.last_seen_at),
                item.settled_as.clone().unwrap_or_default(),
            ]
        }),
    );
}

/// What the table has no room for.
fn show(item: &QuarantineLine) {
    table::line(&format!("first seen {}", table::time(item.first_seen_at)));
    if let Some(job) = item.job_id {
        let attempt = item.attempt.unwrap_or_default();
        table::line(&format!("the answer to attempt {attempt} of job {job}"));
    }
    if let Some(at) = item.settled_at {
        let by = item
            .settled_by
            .as_deref()
            .unwrap_or("a login that is not on record");
        table::line(&format!("settled {} by {by}", table::time(at)));
    }
}

fn print_replays(replays: &[ReplayLine]) {
    table::print(
        &[
            "Asked",
            "Login",
            "Repaired",
            "Ended",
            "Outcome",
            "Cause",
            "Stopped at",
            "Codes",
            "Job",
        ],
        replays.iter().map(|replay| {
            vec![
                table::time(replay.requested_at),
                replay.login.clone(),
                if replay.repaired { "yes" } else { "no" }.to_owned(),
                replay.finished_at.map(table::time).unwrap_or_default(),
                replay.outcome.clone().unwrap_or_else(|| "not yet".to_owned()),
                replay.cause.clone().unwrap_or_default(),
                replay.byte_position.map(|at| at.to_string()).unwrap_or_default(),
                replay
                    .codes
                    .as_ref()
                    .map(|codes| codes.join(" "))
                    .unwrap_or_default(),
                replay.job_id.map(|job| job.to_string()).unwrap_or_default(),
            ]
        }),
    );
}
