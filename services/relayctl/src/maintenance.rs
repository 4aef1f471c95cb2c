//! `relayctl maintenance`.

use std::path::Path;

use clap::{Args, Subcommand};
use relay_domain::CbssEnvironment;
use relay_store::{Acted, MaintenanceLine};
use time::OffsetDateTime;

use crate::arguments::{self, Reason};
use crate::failure::Failure;
use crate::table;

/// Announce windows in which an environment is not called.
#[derive(Debug, Args)]
pub(crate) struct MaintenanceCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The windows that are not over.
    #[command(after_help = "Example:\n  relayctl maintenance list --json")]
    List {
        /// JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Announce a window.
    #[command(
        after_help = "Example:\n  relayctl maintenance add --environment prod --from 2026-12-01T20:00:00Z \\\n    \
                      --until 2026-12-02T04:00:00Z --reason \"newsletter of the CBSS\""
    )]
    Add {
        /// Which CBSS: test, acpt or prod.
        #[arg(long, value_parser = arguments::environment)]
        environment: CbssEnvironment,
        /// From when on, with its zone.
        #[arg(long, value_name = "RFC3339", value_parser = arguments::moment)]
        from: OffsetDateTime,
        /// Until when, with its zone.
        #[arg(long, value_name = "RFC3339", value_parser = arguments::moment)]
        until: OffsetDateTime,
        #[command(flatten)]
        reason: Reason,
    },
    /// End a window now, or take a coming one back.
    #[command(after_help = "Example:\n  relayctl maintenance end 12 --reason \"they were faster\"")]
    End {
        /// Its id, from the list.
        id: i64,
        #[command(flatten)]
        reason: Reason,
    },
}

impl MaintenanceCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        match self.action {
            Action::List { json } => {
                let windows = crate::store(config)?.maintenance().await?;
                if json {
                    return table::json(&windows);
                }
                print(&windows);
                Ok(())
            }
            Action::Add {
                environment,
                from,
                until,
                reason,
            } => {
                if from >= until {
                    return Err(Failure::Invalid("--until: not later than --from".to_owned()));
                }
                let id = crate::store(config)?
                    .add_maintenance(environment, from, until, &reason.reason)
                    .await?;
                table::line(&format!(
                    "window {id}: {} is not called from {} until {}",
                    environment.as_str(),
                    table::time(from),
                    table::time(until)
                ));
                Ok(())
            }
            Action::End { id, reason } => {
                match crate::store(config)?.end_maintenance(id, &reason.reason).await? {
                    Acted::Done => table::line(&format!("window {id} is over")),
                    Acted::Moved => {
                        return Err(Failure::Negative(format!("window {id} was over already")));
                    }
                    Acted::NotFound => {
                        return Err(Failure::NotFound(format!("there is no maintenance window {id}")));
                    }
                }
                Ok(())
            }
        }
    }
}

/// Prints windows.
pub(crate) fn print(windows: &[MaintenanceLine]) {
    table::print(
        &["Window", "Environment", "From", "Until", "Now"],
        windows.iter().map(|window| {
            vec![
                window.maintenance_id.to_string(),
                window.environment.clone(),
                table::time(window.starts_at),
                table::time(window.ends_at),
                if window.current { "yes" } else { "no" }.to_owned(),
            ]
        }),
    );
}
