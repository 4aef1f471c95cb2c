//! `relayctl lane`.

use std::path::Path;

use clap::{Args, Subcommand};
use relay_domain::CbssEnvironment;
use relay_store::{CircuitLine, LaneLine, MaintenanceLine, Scope, Store};
use serde::Serialize;

use crate::arguments::{self, Reason, scope_text};
use crate::failure::Failure;
use crate::{maintenance, table};

/// See, pause and resume lanes: one organisation's use of one service in one environment.
#[derive(Debug, Args)]
pub(crate) struct LaneCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The circuits that are not closed, the maintenance windows, and the open jobs of each lane.
    #[command(after_help = "Example:\n  relayctl lane list --json")]
    List {
        /// JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Call nothing in a lane, or in a whole environment, until it is resumed. Calls that are open go on.
    #[command(
        after_help = "Examples:\n  relayctl lane pause --environment prod --reason \"the CBSS asks for it\"\n  \
                      relayctl lane pause --environment prod --organisation eupen --service manage-access --reason \"ticket 4711\""
    )]
    Pause {
        #[command(flatten)]
        lane: LaneArgs,
        #[command(flatten)]
        reason: Reason,
    },
    /// Call again, by steps: one call first, its success lets two go at once, then four, until the lane is open.
    #[command(
        after_help = "Example:\n  relayctl lane resume --environment prod --reason \"credentials are repaired\""
    )]
    Resume {
        #[command(flatten)]
        lane: LaneArgs,
        #[command(flatten)]
        reason: Reason,
    },
}

// Circuits are kept of lanes and of environments; nothing else would ever close again.
#[derive(Debug, Args)]
struct LaneArgs {
    /// Which CBSS: test, acpt or prod.
    #[arg(long, value_parser = arguments::environment)]
    environment: CbssEnvironment,
    /// The lane's organisation; without organisation and service, the whole environment.
    #[arg(long, value_parser = arguments::organisation, requires = "service")]
    organisation: Option<String>,
    /// The lane's service.
    #[arg(long, value_parser = arguments::service, requires = "organisation")]
    service: Option<String>,
}

impl LaneArgs {
    fn scope(self) -> Scope {
        let any = || "*".to_owned();
        Scope {
            environment: self.environment,
            organisation: self.organisation.unwrap_or_else(any),
            service: self.service.unwrap_or_else(any),
        }
    }
}

#[derive(Serialize)]
struct Listed {
    circuits: Vec<CircuitLine>,
    maintenance: Vec<MaintenanceLine>,
    lanes: Vec<LaneLine>,
}

impl LaneCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        let store = crate::store(config)?;
        match self.action {
            Action::List { json } => list(&store, json).await,
            Action::Pause { lane, reason } => {
                let scope = lane.scope();
                store.set_lane(&scope, true, &reason.reason).await?;
                table::line(&format!(
                    "paused: {}; calls that are open go on",
                    scope_text(&scope)
                ));
                Ok(())
            }
            Action::Resume { lane, reason } => {
                let scope = lane.scope();
                if !store.set_lane(&scope, false, &reason.reason).await? {
                    return Err(Failure::Negative(format!(
                        "{}: there was nothing to resume",
                        scope_text(&scope)
                    )));
                }
                table::line(&format!("resumes, one call first: {}", scope_text(&scope)));
                Ok(())
            }
        }
    }
}

async fn list(store: &Store, json: bool) -> Result<(), Failure> {
    let listed = Listed {
        circuits: store.circuits(false).await?,
        maintenance: store.maintenance().await?,
        lanes: store.lanes().await?,
    };
    if json {
        return table::json(&listed);
    }
    if listed.circuits.is_empty() {
        table::line("all circuits are closed: calls flow");
    } else {
        print_circuits(&listed.circuits);
    }
    if listed.maintenance.is_empty() {
        table::line("no maintenance is announced");
    } else {
        maintenance::print(&listed.maintenance);
    }
    if listed.lanes.is_empty() {
        table::line("no lane has open jobs");
    } else {
        print_lanes(&listed.lanes);
    }
    Ok(())
}

fn print_circuits(circuits: &[CircuitLine]) {
    table::print(
        &[
            "Environment",
            "Organisation",
            "Service",
            "Circuit",
            "Cause",
            "Since",
            "Until",
            "At once",
        ],
        circuits.iter().map(|circuit| {
            // The allowance counts while the circuit closes again.
            let tried = circuit.state == "probing" || circuit.state == "resuming";
            vec![
                circuit.environment.clone(),
                circuit.organisation.clone(),
                circuit.service.clone(),
                circuit.state.clone(),
                circuit.cause.clone().unwrap_or_default(),
                table::time(circuit.changed_at),
                circuit.until.map(table::time).unwrap_or_default(),
                if tried {
                    circuit.allowance.to_string()
                } else {
                    String::new()
                },
            ]
        }),
    );
}

fn print_lanes(lanes: &[LaneLine]) {
    table::print(
        &[
            "Environment",
            "Organisation",
            "Service",
            "Accepted",
            "Released",
            "Sending",
            "Answered",
            "Reconciling",
            "Uncertain",
            "Oldest due",
        ],
        lanes.iter().map(|lane| {
            vec![
                lane.environment.clone(),
                lane.organisation.clone(),
                lane.service.clone(),
                lane.accepted.to_string(),
                lane.released.to_string(),
                lane.sending.to_string(),
                lane.answered.to_string(),
                lane.reconciling.to_string(),
                lane.uncertain.to_string(),
                lane.oldest_due.map(table::time).unwrap_or_default(),
            ]
        }),
    );
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::LaneCommand;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        lane: LaneCommand,
    }

    fn accepts(arguments: &str) -> bool {
        Cli::try_parse_from(["lane"].into_iter().chain(arguments.split(' '))).is_ok()
    }

    #[test]
    fn a_lane_is_named_whole_or_it_is_the_environment() {
        for act in ["pause", "resume"] {
            let whole = format!("{act} --environment prod --reason ticket-4711");
            assert!(accepts(&whole));
            assert!(accepts(&format!(
                "{whole} --organisation eupen --service manage-access"
            )));
            assert!(!accepts(&format!("{whole} --organisation eupen")));
            assert!(!accepts(&format!("{whole} --service manage-access")));
            assert!(!accepts(&format!("{act} --environment prod")), "no reason");
            assert!(!accepts(&format!("{act} --reason ticket-4711")), "no environment");
        }
        assert!(accepts("list --json"));
    }
}
