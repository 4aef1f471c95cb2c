//! `relayctl dead retry` and `dead discard`.

use std::path::Path;

use clap::{ArgGroup, Args, ValueEnum};
use relay_domain::JobState;
use relay_store::{DeadFilter, DeadMatch, JobAct};

use super::FilterArgs;
use crate::bulk::{BulkArgs, Match};
use crate::failure::Failure;

/// What `dead retry` takes.
#[derive(Debug, Args)]
pub(super) struct RetryArgs {
    /// Jobs in this state.
    #[arg(long, value_enum, default_value = "failed")]
    state: Retried,
    #[command(flatten)]
    common: FilteredArgs,
}

/// What `dead discard` takes.
#[derive(Debug, Args)]
pub(super) struct DiscardArgs {
    /// Jobs in this state.
    #[arg(long, value_enum, default_value = "failed")]
    state: Discarded,
    #[command(flatten)]
    common: FilteredArgs,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["organisation", "service", "cause"]).required(true).multiple(true))]
struct FilteredArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    bulk: BulkArgs,
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

impl FilteredArgs {
    async fn run(self, config: &Path, act: JobAct, state: JobState) -> Result<(), Failure> {
        let store = crate::store(config)?;
        let jobs = store.dead_jobs(state, &DeadFilter::from(self.filter)).await?;
        let matches = jobs.into_iter().map(matching).collect();
        let what = format!("jobs that match ({})", state.as_str());
        let operate = async |id, reason: &str| Ok(store.operate_job(id, act, reason).await?);
        self.bulk.run(&what, matches, verb(act), operate).await
    }
}

fn matching(job: DeadMatch) -> Match {
    Match {
        id: job.job_id,
        cause: job.cause,
    }
}

fn verb(act: JobAct) -> &'static str {
    match act {
        JobAct::Retry => "Retry",
        JobAct::Discard => "Discard",
        JobAct::Done => "Settle as done",
        JobAct::NotDone => "Settle as not done",
    }
}
