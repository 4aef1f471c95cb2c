//! `relayctl quota`.

use std::path::Path;

use clap::{Args, Subcommand};
use relay_store::{QuotaLimit, QuotaLine, Store};

use crate::arguments::{Reason, ScopeArgs, scope_text};
use crate::failure::Failure;
use crate::table;

/// See and set how much may be sent where.
#[derive(Debug, Args)]
pub(crate) struct QuotaCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The quotas, and how much of each is used at the moment.
    #[command(after_help = "Example:\n  relayctl quota list --json")]
    List {
        /// JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Limit a scope. It replaces all limits of that scope, and the settings' as well; a call needs room in
    /// every scope that it belongs to.
    #[command(
        after_help = "Examples:\n  relayctl quota set --environment prod --rate 20 --burst 5 --reason \"agreed with the CBSS\"\n  \
                      relayctl quota set --environment prod --organisation eupen --service manage-access --concurrent 2 \\\n    \
                      --reason \"ticket 4711\""
    )]
    Set {
        #[command(flatten)]
        scope: ScopeArgs,
        #[command(flatten)]
        limit: LimitArgs,
        #[command(flatten)]
        reason: Reason,
    },
    /// Take the limits of a scope away, until a producer starts whose settings limit it.
    #[command(
        after_help = "Example:\n  relayctl quota unset --environment prod --reason \"agreed with the CBSS\""
    )]
    Unset {
        #[command(flatten)]
        scope: ScopeArgs,
        #[command(flatten)]
        reason: Reason,
    },
}

/// What is not given is not limited.
#[derive(Debug, Args)]
struct LimitArgs {
    /// Requests per second, up to 10000.
    #[arg(long, value_parser = rate, required_unless_present = "concurrent")]
    rate: Option<f64>,
    /// Requests that may come at once after a pause, beyond the rate.
    #[arg(long, requires = "rate", default_value_t = 0, value_parser = clap::value_parser!(i32).range(0..=10_000))]
    burst: i32,
    /// Calls open at once.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=100_000))]
    concurrent: Option<i32>,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 10_000.0 => Ok(rate),
        _ => Err("a number above 0, up to 10000".to_owned()),
    }
}

impl QuotaCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        let store = crate::store(config)?;
        match self.action {
            Action::List { json } => list(&store, json).await,
            Action::Set { scope, limit, reason } => {
                let scope = scope.scope();
                let limit = QuotaLimit {
                    rate: limit.rate,
                    burst: limit.burst,
                    concurrent: limit.concurrent,
                };
                store.set_quota(&scope, Some(limit), &reason.reason).await?;
                table::line(&format!(
                    "limited: {}: {}",
                    scope_text(&scope),
                    limit_text(&limit)
                ));
                Ok(())
            }
            Action::Unset { scope, reason } => {
                let scope = scope.scope();
                let known = store.quotas().await?.iter().any(|quota| {
                    quota.environment == scope.environment.as_str()
                        && quota.organisation == scope.organisation
                        && quota.service == scope.service
                });
                if !known {
                    return Err(Failure::NotFound(format!(
                        "{} has no quota of its own",
                        scope_text(&scope)
                    )));
                }
                store.set_quota(&scope, None, &reason.reason).await?;
                table::line(&format!(
                    "no longer limited: {}, until a producer starts whose settings limit it",
                    scope_text(&scope)
                ));
                Ok(())
            }
        }
    }
}

async fn list(store: &Store, json: bool) -> Result<(), Failure> {
    let quotas = store.quotas().await?;
    if json {
        return table::json(&quotas);
    }
    table::print(
        &[
            "Environment",
            "Organisation",
            "Service",
            "Rate",
            "Burst",
            "Concurrent",
            "Used",
            "From",
        ],
        quotas.iter().map(row),
    );
    Ok(())
}

fn row(quota: &QuotaLine) -> Vec<String> {
    vec![
        quota.environment.clone(),
        quota.organisation.clone(),
        quota.service.clone(),
        quota.rate.map(|rate| format!("{rate}/s")).unwrap_or_default(),
        quota.rate.map(|_| quota.burst.to_string()).unwrap_or_default(),
        quota
            .concurrent
            .map(|calls| calls.to_string())
            .unwrap_or_default(),
        format!("{:.0} %", quota.used * 100.0),
        quota.source.clone(),
    ]
}

fn limit_text(limit: &QuotaLimit) -> String {
    let rate = limit
        .rate
        .map(|rate| format!("{rate} requests a second, burst {}", limit.burst));
    let concurrent = limit.concurrent.map(|calls| format!("concurrent {calls}"));
    rate.into_iter().chain(concurrent).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{QuotaCommand, limit_text, rate};
    use relay_store::QuotaLimit;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        quota: QuotaCommand,
    }

    fn accepts(arguments: &str) -> bool {
        Cli::try_parse_from(["quota"].into_iter().chain(arguments.split(' '))).is_ok()
    }

    #[test]
    fn a_limit_is_needed_and_a_burst_needs_a_rate() {
        let set = "set --environment test --reason ticket-4711";
        assert!(!accepts(set));
        assert!(!accepts(&format!("{set} --burst 3")));
        assert!(!accepts(&format!("{set} --burst 3 --concurrent 2")));
        for limit in [
            "--rate 0.5",
            "--concurrent 2",
            "--rate 5 --burst 3 --concurrent 2",
        ] {
            assert!(accepts(&format!("{set} {limit}")), "{limit}");
        }
        for limit in [
            "--rate 0",
            "--rate NaN",
            "--rate 1e9",
            "--concurrent 0",
            "--rate 5 --burst 10001",
        ] {
            assert!(!accepts(&format!("{set} {limit}")), "{limit}");
        }
        assert!(!accepts("set --environment test --rate 5"), "no reason");
        assert!(!accepts("set --rate 5 --reason ticket-4711"), "no environment");
        assert!(accepts(
            "unset --environment test --service manage-access --reason ticket-4711"
        ));
        assert!(rate("inf").is_err());
    }

    #[test]
    fn limits_in_words() {
        let limit = QuotaLimit {
            rate: Some(0.5),
            burst: 3,
            concurrent: Some(2),
        };
        assert_eq!(limit_text(&limit), "0.5 requests a second, burst 3; concurrent 2");
    }
}
