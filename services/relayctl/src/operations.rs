//! `relayctl operations`.

use std::path::Path;

use clap::{Args, Subcommand};
use relay_store::OperationLine;

use crate::failure::Failure;
use crate::table;

/// Look at what operators did.
#[derive(Debug, Args)]
pub(crate) struct OperationsCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The newest acts, each with the login of the database that did it. Reasons are sealed.
    #[command(after_help = "Example:\n  relayctl operations list --limit 100 --json")]
    List {
        /// How many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
        /// JSON, for programs.
        #[arg(long)]
        json: bool,
    },
}

impl OperationsCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        let Action::List { limit, json } = self.action;
        let operations = crate::store(config)?.operations(limit).await?;
        if json {
            return table::json(&operations);
        }
        table::print(
            &["No.", "At", "Login", "Action", "About", "Detail"],
            operations.iter().map(|operation| {
                vec![
                    operation.operation_id.to_string(),
                    table::time(operation.at),
                    who(operation),
                    operation.action.clone(),
                    about(operation),
                    operation.detail.clone().unwrap_or_default(),
                ]
            }),
        );
        Ok(())
    }
}

/// Prints the acts on one thing.
pub(crate) fn print(operations: &[OperationLine]) {
    table::print(
        &["At", "Login", "Action", "Detail"],
        operations.iter().map(|operation| {
            vec![
                table::time(operation.at),
                who(operation),
                operation.action.clone(),
                operation.detail.clone().unwrap_or_default(),
            ]
        }),
    );
}

fn who(operation: &OperationLine) -> String {
    match &operation.upstream_user {
        Some(user) => format!("{} for {user}", operation.login),
        None => operation.login.clone(),
    }
}

/// The job, the item, or the scope.
fn about(operation: &OperationLine) -> String {
    if let Some(id) = operation.quarantine_id.or(operation.job_id) {
        return id.to_string();
    }
    [
        &operation.environment,
        &operation.organisation,
        &operation.service,
    ]
    .into_iter()
    .flatten()
    .cloned()
    .collect::<Vec<_>>()
    .join(" ")
}
