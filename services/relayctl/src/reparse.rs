//! `relayctl reparse`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};
use relay_store::{Acted, FindingLine, ReparseLine, ReparseSelection, Store};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::arguments::{self, Reason};
use crate::failure::Failure;
use crate::table;

/// How often a run is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How many jobs a report for people names.
const NAMED: usize = 20;

/// Read stored answers again with the parser of now.
#[derive(Debug, Args)]
pub(crate) struct ReparseCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Have the answers behind results read again: what the parser of now makes of them replaces what an earlier one
    /// made. Jobs, events and answers stay as they are. Results does it, goes on after a stop where it was, and keeps a
    /// report of what changed. The same command while a run is not finished finds that run.
    #[command(
        after_help = "Example:\n  relayctl reparse start --service retrieve-ti-groups --dry-run --wait \\\n    \
                      --reason \"what would release 1.4 change?\""
    )]
    Start(StartArgs),
    /// The newest runs, and how far they came.
    List {
        /// JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// The report of a run: what changed, in structure and never in content.
    Show {
        /// The run's number.
        number: i64,
        /// JSON, for programs: every result that changed.
        #[arg(long)]
        json: bool,
    },
    /// End a run where it is; what it has done stays.
    Stop {
        /// The run's number.
        number: i64,
        #[command(flatten)]
        reason: Reason,
    },
}

#[derive(Debug, Args)]
struct StartArgs {
    /// Results of this organisation only.
    #[arg(long, value_parser = arguments::organisation)]
    organisation: Option<String>,
    /// Results of this service only.
    #[arg(long, value_parser = arguments::service)]
    service: Option<String>,
    /// Results of this job only.
    #[arg(long, value_name = "JOB_ID")]
    job: Option<Uuid>,
    /// Of answers that were processed from then on: a time with its zone.
    #[arg(long, value_parser = arguments::moment)]
    since: Option<OffsetDateTime>,
    /// And before this; without it, before now.
    #[arg(long, value_parser = arguments::moment)]
    until: Option<OffsetDateTime>,
    /// Only say what would change.
    #[arg(long)]
    dry_run: bool,
    /// Wait for its end, and print the report.
    #[arg(long)]
    wait: bool,
    /// With --wait: give up waiting after so many seconds. The run goes on.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    timeout: u64,
    /// The report as JSON, for programs.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reason: Reason,
}

/// A run with what it found.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    run: &'a ReparseLine,
    findings: &'a [FindingLine],
}

impl ReparseCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        let store = crate::store(config)?;
        match self.action {
            Action::Start(arguments) => arguments.run(&store).await,
            Action::List { json } => {
                let runs = store.reparses(None).await?;
                if json {
                    return table::json(&runs);
                }
                table::print(
                    &["No.", "Requested", "Login", "Of", "Read again", "Stands"],
                    runs.iter().map(line),
                );
                Ok(())
            }
            Action::Show { number, json } => show(&store, number, json).await,
            Action::Stop { number, reason } => match store.stop_reparse(number, &reason.reason).await? {
                Acted::Done => {
                    table::line(&format!("run {number} has ended where it was"));
                    Ok(())
                }
                Acted::Moved => Err(Failure::Negative(format!("run {number} had ended already"))),
                Acted::NotFound => Err(unknown(number)),
            },
        }
    }
}

impl StartArgs {
    async fn run(self, store: &Store) -> Result<(), Failure> {
        let selection = ReparseSelection {
            organisation: self.organisation,
            service: self.service,
            job_id: self.job,
            since: self.since,
            until: self.until,
        };
        if let (Some(since), Some(until)) = (selection.since, selection.until)
            && until <= since
        {
            return Err(Failure::Invalid("--until: must be later than --since".to_owned()));
        }
        let begun = store
            .begin_reparse(&selection, self.dry_run, &self.reason.reason)
            .await?;
        if !self.wait {
            table::line(&format!(
                "run {}: {} results, {} read again so far; results does it: relayctl reparse show {}",
                begun.number, begun.results, begun.looked, begun.number
            ));
            return Ok(());
        }
        let total = usize::try_from(begun.results).unwrap_or_default();
        wait_for(store, begun.number, total, Duration::from_secs(self.timeout)).await?;
        show(store, begun.number, self.json).await
    }
}

async fn wait_for(store: &Store, number: i64, total: usize, timeout: Duration) -> Result<(), Failure> {
    let bar = table::progress(total, "Read again");
    let waited = tokio::time::timeout(timeout, async {
        loop {
            let run = one(store, number).await?;
            bar.set_position(u64::try_from(run.looked).unwrap_or_default());
            if run.finished_at.is_some() {
                return Ok::<(), Failure>(());
            }
            tokio::time::sleep(LOOK).await;
        }
    })
    .await;
    bar.finish_and_clear();
    waited.map_err(|_| {
        Failure::TimeOut(format!(
            "run {number} is not finished: does results run? relayctl reparse show {number} says how far it is"
        ))
    })?
}

async fn one(store: &Store, number: i64) -> Result<ReparseLine, Failure> {
    let mut runs = store.reparses(Some(number)).await?;
    runs.pop().ok_or_else(|| unknown(number))
}

async fn show(store: &Store, number: i64, json: bool) -> Result<(), Failure> {
    let run = one(store, number).await?;
    let findings = store.reparse_findings(number).await?;
    if json {
        return table::json(&Report {
            run: &run,
            findings: &findings,
        });
    }
    table::line(&format!(
        "run {number}{}: {}; {} of {} results read again, {} say something else",
        if run.dry_run { ", dry run" } else { "" },
        stands(&run),
        run.looked,
        run.results,
        findings.len()
    ));
    table::print(
        &["Service", "Finding", "In", "Results", "Replaced"],
        counted(&findings),
    );
    if !findings.is_empty() {
        table::print(
            &["Job", "Round", "Finding", "Outcome", "Rows"],
            findings.iter().take(NAMED).map(|finding| {
                let now = |now: Option<String>| now.map(|now| format!(" → {now}")).unwrap_or_default();
                vec![
                    finding.job_id.to_string(),
                    finding.round.to_string(),
                    finding.finding.clone(),
                    format!(
                        "{} {}{}",
                        finding.status_before,
                        finding.outcome_before,
                        now(finding
                            .status_after
                            .clone()
                            .zip(finding.outcome_after.clone())
                            .map(|(status, outcome)| format!("{status} {outcome}")))
                    ),
                    format!(
                        "{}{}",
                        finding.rows_before,
                        now(finding.rows_after.map(|rows| rows.to_string()))
                    ),
                ]
            }),
        );
    }
    if findings.len() > NAMED {
        table::line(&format!("and {} more: --json lists all", findings.len() - NAMED));
    }
    Ok(())
}

/// How many results of a service differ in what.
fn counted(findings: &[FindingLine]) -> Vec<Vec<String>> {
    let mut counts = BTreeMap::<(&str, &str, String), (usize, usize)>::new();
    for finding in findings {
        let key = (
            finding.service.as_str(),
            finding.finding.as_str(),
            finding.differences.join(" "),
        );
        let count = counts.entry(key).or_default();
        count.0 += 1;
        count.1 += usize::from(finding.applied);
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(count.0));
    counts
        .into_iter()
        .map(|((service, finding, differences), (results, applied))| {
            vec![
                service.to_owned(),
                finding.to_owned(),
                differences,
                results.to_string(),
                applied.to_string(),
            ]
        })
        .collect()
}

fn line(run: &ReparseLine) -> Vec<String> {
    let of = [
        run.organisation.clone(),
        run.service.clone(),
        run.job_id.map(|job_id| job_id.to_string()),
    ];
    let of: Vec<String> = of.into_iter().flatten().collect();
    vec![
        run.number.to_string(),
        table::time(run.requested_at),
        run.login.clone(),
        if of.is_empty() {
            "all".to_owned()
        } else {
            of.join(" ")
        },
        format!("{} of {}", run.looked, run.results),
        format!("{}{}", stands(run), if run.dry_run { ", dry run" } else { "" }),
    ]
}

fn stands(run: &ReparseLine) -> &str {
    run.outcome.as_deref().unwrap_or("goes on")
}

fn unknown(number: i64) -> Failure {
    Failure::NotFound(format!("there is no run {number}: relayctl reparse list"))
}

#[cfg(test)]
mod tests {
    use relay_store::FindingLine;
    use uuid::Uuid;

    use super::counted;

    fn finding(differences: &[&str], applied: bool) -> FindingLine {
        FindingLine {
            job_id: Uuid::nil(),
            round: 1,
            organisation: "eupen-test".to_owned(),
            service: "retrieve-ti-groups".to_owned(),
            finding: "changed".to_owned(),
            differences: differences.iter().map(|word| (*word).to_owned()).collect(),
            status_before: "ok".to_owned(),
            status_after: Some("ok".to_owned()),
            outcome_before: "data".to_owned(),
            outcome_after: Some("data".to_owned()),
            rows_before: 1,
            rows_after: Some(1),
            applied,
        }
    }

    #[test]
    fn what_differs_alike_is_counted_together_the_most_first() {
        let findings = [
            finding(&["dates"], true),
            finding(&["titles", "texts"], true),
            finding(&["titles", "texts"], false),
        ];
        let lines = counted(&findings);
        let lines: Vec<_> = lines.iter().map(|line| line[2..].join("|")).collect();
        assert_eq!(lines, ["titles texts|2|1", "dates|1|1"]);
    }
}
