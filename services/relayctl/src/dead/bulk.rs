//! One act on many jobs, one by one: what is interrupted has been done as far as it came.

use std::collections::BTreeMap;
use std::path::Path;

use clap::{ArgGroup, Args, ValueEnum};
use relay_domain::JobState;
use relay_store::{Acted, DeadFilter, DeadMatch, JobAct, Store};

use super::FilterArgs;
use crate::arguments::{self, Reason};
use crate::failure::Failure;
use crate::table;

/// What `dead retry` takes.
#[derive(Debug, Args)]
pub(super) struct RetryArgs {
    /// Jobs in this state.
    #[arg(long, value_enum, default_value = "failed")]
    state: Retried,
    #[command(flatten)]
    common: BulkArgs,
}

/// What `dead discard` takes.
#[derive(Debug, Args)]
pub(super) struct DiscardArgs {
    /// Jobs in this state.
    #[arg(long, value_enum, default_value = "failed")]
    state: Discarded,
    #[command(flatten)]
    common: BulkArgs,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["organisation", "service", "cause"]).required(true).multiple(true))]
struct BulkArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// No more than so many.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    first: Option<u64>,
    /// Go without asking.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    reason: Reason,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Retried {
    /// The relay gave up.
    Failed,
    /// The CBSS answered; there is no usable result.
    Errors,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Discarded {
    /// The relay gave up.
    Failed,
    /// Changes of which nobody knows whether they were made; upstream is told that they failed.
    Uncertain,
}

/// How an act in bulk went.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    done: usize,
    moved: usize,
}

impl RetryArgs {
    pub(super) async fn run(self, config: &Path) -> Result<(), Failure> {
        let state = match self.state {
            Retried::Failed => JobState::Failed,
            Retried::Errors => JobState::Errors,
        };
        self.common.run(config, JobAct::Retry, state).await
    }
}

impl DiscardArgs {
    pub(super) async fn run(self, config: &Path) -> Result<(), Failure> {
        let state = match self.state {
            Discarded::Failed => JobState::Failed,
            Discarded::Uncertain => JobState::Uncertain,
        };
        self.common.run(config, JobAct::Discard, state).await
    }
}

impl BulkArgs {
    async fn run(self, config: &Path, act: JobAct, state: JobState) -> Result<(), Failure> {
        let store = crate::store(config)?;
        // Read once: a job that fails again meanwhile is not tried a second time.
        let mut jobs = store.dead_jobs(state, &DeadFilter::from(self.filter)).await?;
        for line in counted(&jobs) {
            table::line(&line);
        }
        table::line(&format!("jobs that match ({}): {}", state.as_str(), jobs.len()));
        let first = self.first.and_then(|first| usize::try_from(first).ok());
        jobs.truncate(first.unwrap_or(usize::MAX));
        if jobs.is_empty() {
            return Ok(());
        }
        let verb = verb(act);
        arguments::confirm(self.yes, &format!("{verb} {} of them?", jobs.len()))?;
        let mut tally = Tally::default();
        let outcome = each(&store, &jobs, act, &self.reason.reason, &mut tally).await;
        table::line(&tally.text());
        // The record is right either way; what is left is left.
        outcome.map_err(|failure| failure.then("the same command goes on where this one stopped"))
    }
}

async fn each(
    store: &Store,
    jobs: &[DeadMatch],
    act: JobAct,
    reason: &str,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let bar = table::progress(jobs.len(), verb(act));
    for job in jobs {
        match store.operate_job(job.job_id, act, reason).await? {
            Acted::Done => tally.done += 1,
            Acted::Moved | Acted::NotFound => tally.moved += 1,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

fn verb(act: JobAct) -> &'static str {
    match act {
        JobAct::Retry => "Retry",
        JobAct::Discard => "Discard",
        JobAct::Done => "Settle as done",
        JobAct::NotDone => "Settle as not done",
    }
}

/// How many of each cause, the most first.
fn counted(jobs: &[DeadMatch]) -> Vec<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for job in jobs {
        *counts
            .entry(job.cause.as_deref().unwrap_or("no cause"))
            .or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
        .into_iter()
        .map(|(cause, count)| format!("{count:>8} {cause}"))
        .collect()
}

impl Tally {
    fn text(&self) -> String {
        let mut text = format!("{} done", self.done);
        if self.moved > 0 {
            text.push_str(&format!(
                ", {} had moved meanwhile and were left alone",
                self.moved
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use relay_store::DeadMatch;
    use uuid::Uuid;

    use super::{Tally, counted};

    #[test]
    fn causes_are_counted_the_most_first() {
        let of = |cause: Option<&str>| DeadMatch {
            job_id: Uuid::nil(),
            cause: cause.map(str::to_owned),
        };
        let jobs = [of(Some("refused")), of(Some("time")), of(None), of(Some("time"))];
        let lines = counted(&jobs);
        let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
        assert_eq!(lines, ["2 time", "1 no cause", "1 refused"]);
    }

    #[test]
    fn what_moved_is_told_apart() {
        assert_eq!(Tally { done: 3, moved: 0 }.text(), "3 done");
        let text = Tally { done: 2, moved: 1 }.text();
        assert_eq!(text, "2 done, 1 had moved meanwhile and were left alone");
    }
}
