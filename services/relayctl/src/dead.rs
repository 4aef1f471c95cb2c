//! `relayctl dead`.

mod acts;

use std::path::Path;

use clap::{Args, Subcommand};
use relay_store::{DeadFilter, DeadGroup, DeadItem};

use crate::failure::Failure;
use crate::{arguments, table};

/// Look at dead letters, and deal with many at once.
#[derive(Debug, Args)]
pub(crate) struct DeadCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Jobs that failed or are uncertain, and quarantined items, counted by kind, organisation, service and cause; the
    /// oldest first.
    #[command(
        after_help = "Examples:\n  relayctl dead list\n  relayctl dead list --cause time --each --json"
    )]
    List {
        #[command(flatten)]
        filter: FilterArgs,
        /// One by one instead of counted.
        #[arg(long)]
        each: bool,
        /// How many with --each.
        #[arg(long, default_value_t = 100, requires = "each", value_parser = clap::value_parser!(i64).range(1..=100_000))]
        limit: i64,
        /// JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Try jobs again, each in a new round; those that came first go first. What was interrupted is resumed by the
    /// same command: a job that is tried again no longer matches.
    #[command(
        after_help = "Example:\n  relayctl dead retry --organisation eupen --cause time --first 100 --reason \"the CBSS is back\""
    )]
    Retry(acts::RetryArgs),
    /// Put jobs aside: they are kept, and are in no list of dead letters any more.
    #[command(
        after_help = "Example:\n  relayctl dead discard --organisation eupen --cause refused --reason \"the centre knows\" --yes"
    )]
    Discard(acts::DiscardArgs),
}

/// Which dead letters.
#[derive(Debug, Args)]
struct FilterArgs {
    /// Of this organisation only.
    #[arg(long, value_parser = arguments::organisation)]
    organisation: Option<String>,
    /// Of this service only.
    #[arg(long, value_parser = arguments::service)]
    service: Option<String>,
    /// With this cause only, as `relayctl dead list` shows it.
    #[arg(long)]
    cause: Option<String>,
}

impl From<FilterArgs> for DeadFilter {
    fn from(arguments: FilterArgs) -> Self {
        Self {
            organisation: arguments.organisation,
            service: arguments.service,
            cause: arguments.cause,
        }
    }
}

impl DeadCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        match self.action {
            Action::List {
                filter,
                each,
                limit,
                json,
            } => {
                let (store, filter) = (crate::store(config)?, DeadFilter::from(filter));
                if each {
                    let items = store.dead_items(&filter, limit).await?;
                    if json {
                        return table::json(&items);
                    }
                    print_items(&items);
                } else {
                    let groups = store.dead_groups(&filter).await?;
                    if json {
                        return table::json(&groups);
                    }
                    print_groups(&groups);
                }
                Ok(())
            }
            Action::Retry(arguments) => arguments.run(config).await,
            Action::Discard(arguments) => arguments.run(config).await,
        }
    }
}

fn print_groups(groups: &[DeadGroup]) {
    table::print(
        &[
            "Kind",
            "Organisation",
            "Service",
            "Cause",
            "Count",
            "Oldest",
            "Newest",
        ],
        groups.iter().map(|group| {
            vec![
                group.kind.clone(),
                group.organisation.clone().unwrap_or_default(),
                group.service.clone().unwrap_or_default(),
                group.cause.clone().unwrap_or_default(),
                group.count.to_string(),
                table::time(group.oldest),
                table::time(group.newest),
            ]
        }),
    );
}

fn print_items(items: &[DeadItem]) {
    table::print(
        &["Job or item", "Kind", "Organisation", "Service", "Cause", "Came"],
        items.iter().map(|item| {
            vec![
                item.id.to_string(),
                item.kind.clone(),
                item.organisation.clone().unwrap_or_default(),
                item.service.clone().unwrap_or_default(),
                item.cause.clone().unwrap_or_default(),
                table::time(item.at),
            ]
        }),
    );
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::DeadCommand;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        dead: DeadCommand,
    }

    fn accepts(arguments: &str) -> bool {
        Cli::try_parse_from(["dead"].into_iter().chain(arguments.split(' '))).is_ok()
    }

    #[test]
    fn an_act_in_bulk_needs_a_filter_and_a_reason() {
        for act in ["retry", "discard"] {
            assert!(!accepts(act));
            assert!(!accepts(&format!("{act} --reason ticket-4711")), "no filter");
            assert!(
                !accepts(&format!("{act} --state failed --reason ticket-4711")),
                "a state is no filter"
            );
            assert!(!accepts(&format!("{act} --cause time")), "no reason");
            assert!(
                !accepts(&format!("{act} --cause time --reason 471")),
                "a short reason"
            );
            for filter in ["--cause time", "--organisation eupen", "--service manage-access"] {
                assert!(
                    accepts(&format!("{act} {filter} --reason ticket-4711")),
                    "{filter}"
                );
            }
            assert!(accepts(&format!(
                "{act} --cause time --first 5 --yes --reason ticket-4711"
            )));
            assert!(!accepts(&format!(
                "{act} --cause time --first 0 --reason ticket-4711"
            )));
        }
    }

    #[test]
    fn each_act_takes_the_states_that_it_has_a_place_in() {
        for (act, state, fits) in [
            ("retry", "failed", true),
            ("retry", "errors", true),
            ("retry", "uncertain", false),
            ("discard", "failed", true),
            ("discard", "uncertain", true),
            ("discard", "errors", false),
        ] {
            let arguments = format!("{act} --cause time --state {state} --reason ticket-4711");
            assert_eq!(accepts(&arguments), fits, "{arguments}");
        }
    }

    #[test]
    fn a_limit_is_one_of_items() {
        assert!(accepts("list") && accepts("list --each --limit 5 --json"));
        assert!(!accepts("list --limit 5"));
    }
}
