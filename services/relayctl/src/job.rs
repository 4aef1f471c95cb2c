//! `relayctl job`.

mod show;

use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};
use relay_domain::JobState;
use relay_store::{Acted, JobAct, JobLine, Store};
use uuid::Uuid;

use crate::arguments::Reason;
use crate::failure::Failure;
use crate::table;

/// Look at jobs, and settle, retry or discard one.
#[derive(Debug, Args)]
pub(crate) struct JobCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The newest jobs.
    #[command(
        after_help = "Example:\n  relayctl job list --organisation eupen-test --state failed --limit 50"
    )]
    List {
        /// Of this organisation only.
        #[arg(long)]
        organisation: Option<String>,
        /// In this state only.
        #[arg(long)]
        state: Option<String>,
        /// How many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
        /// JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// One job: why it waits, its attempts, what operators did with it.
    #[command(after_help = "Example:\n  relayctl job show 019a1b2c-…")]
    Show {
        /// The job's id.
        job_id: Uuid,
        /// JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Say of an uncertain change whether it was made. Done: it ends well. Not done: it is sent again.
    #[command(
        after_help = "Example:\n  relayctl job resolve 019a1b2c-… --as done --reason \"seen in the register with ManageAccess LIST\""
    )]
    Resolve {
        /// The job's id.
        job_id: Uuid,
        /// What you found out.
        #[arg(long = "as", value_enum, value_name = "OUTCOME")]
        outcome: Outcome,
        #[command(flatten)]
        reason: Reason,
    },
    /// Try a job that failed, or ended with errors, again in a new round. Its deadline no longer counts.
    #[command(after_help = "Example:\n  relayctl job retry 019a1b2c-… --reason \"the CBSS is back\"")]
    Retry {
        /// The job's id.
        job_id: Uuid,
        #[command(flatten)]
        reason: Reason,
    },
    /// Put a job that failed, or is uncertain, aside: it is kept, and is in no list of dead letters any more. An
    /// uncertain one ends as failed.
    #[command(
        after_help = "Example:\n  relayctl job discard 019a1b2c-… --reason \"the centre asks otherwise\""
    )]
    Discard {
        /// The job's id.
        job_id: Uuid,
        #[command(flatten)]
        reason: Reason,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Outcome {
    /// The change was made.
    Done,
    /// It was not made.
    NotDone,
}

impl JobCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        match self.action {
            Action::List {
                organisation,
                state,
                limit,
                json,
            } => {
                if let Some(state) = &state
                    && JobState::from_name(state).is_none()
                {
                    let names: Vec<_> = JobState::ALL.iter().map(|state| state.as_str()).collect();
                    return Err(Failure::Invalid(format!("--state: one of {}", names.join(", "))));
                }
                let jobs = crate::store(config)?
                    .list_jobs(organisation.as_deref(), state.as_deref(), limit)
                    .await?;
                if json {
                    return table::json(&jobs);
                }
                print_jobs(&jobs);
                Ok(())
            }
            Action::Show { job_id, json } => show::show(&crate::store(config)?, job_id, json).await,
            Action::Resolve {
                job_id,
                outcome,
                reason,
            } => {
                let act = match outcome {
                    Outcome::Done => JobAct::Done,
                    Outcome::NotDone => JobAct::NotDone,
                };
                operate(&crate::store(config)?, job_id, act, &reason).await
            }
            Action::Retry { job_id, reason } => {
                operate(&crate::store(config)?, job_id, JobAct::Retry, &reason).await
            }
            Action::Discard { job_id, reason } => {
                operate(&crate::store(config)?, job_id, JobAct::Discard, &reason).await
            }
        }
    }
}

async fn operate(store: &Store, job_id: Uuid, act: JobAct, reason: &Reason) -> Result<(), Failure> {
    match store.operate_job(job_id, act, &reason.reason).await? {
        Acted::Done => {
            table::line(&format!("job {job_id} {}", done(act)));
            Ok(())
        }
        Acted::Moved => {
            let state = match store.show_job(job_id).await? {
                Some((job, _)) => state_text(&job),
                None => return Err(nothing(job_id)),
            };
            Err(Failure::Negative(format!(
                "nothing was done: job {job_id} is {state}, and {}",
                place(act)
            )))
        }
        Acted::NotFound => Err(nothing(job_id)),
    }
}

fn nothing(job_id: Uuid) -> Failure {
    Failure::NotFound(format!("there is no job {job_id}"))
}

/// What an act came to.
fn done(act: JobAct) -> &'static str {
    match act {
        JobAct::Done => "has ended ok: the change was made",
        JobAct::NotDone => "is sent again, in a new round: the change was not made",
        JobAct::Retry => "is tried again, in a new round",
        JobAct::Discard => "is put aside",
    }
}

/// Where an act has its place.
fn place(act: JobAct) -> &'static str {
    match act {
        JobAct::Done | JobAct::NotDone => "only an uncertain job is resolved",
        JobAct::Retry => "only a job that failed or ended with errors, and was not discarded, is tried again",
        JobAct::Discard => "only a job that failed or is uncertain is discarded, once",
    }
}

fn state_text(job: &JobLine) -> String {
    match job.discarded_at {
        Some(_) => format!("{} (discarded)", job.state),
        None => job.state.clone(),
    }
}

fn print_jobs(jobs: &[JobLine]) {
    let header = [
        "Job",
        "Organisation",
        "Service",
        "State",
        "Waits for",
        "Cause",
        "Round",
        "Attempt",
        "Accepted",
        "Ended",
    ];
    table::print(
        &header,
        jobs.iter().map(|job| {
            vec![
                job.job_id.to_string(),
                job.organisation.clone(),
                job.service.clone(),
                state_text(job),
                job.wait_reason.clone().unwrap_or_default(),
                job.cause.clone().unwrap_or_default(),
                job.round.to_string(),
                job.attempt.to_string(),
                table::time(job.accepted_at),
                job.ended_at.map(table::time).unwrap_or_default(),
            ]
        }),
    );
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::JobCommand;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        job: JobCommand,
    }

    const JOB: &str = "019a1b2c-0000-7000-8000-000000000001";

    fn accepts(arguments: &str) -> bool {
        Cli::try_parse_from(["job"].into_iter().chain(arguments.split(' '))).is_ok()
    }

    #[test]
    fn each_act_needs_a_job_and_a_reason() {
        for act in ["retry", "discard"] {
            assert!(accepts(&format!("{act} {JOB} --reason ticket-4711")));
            assert!(!accepts(&format!("{act} {JOB}")), "no reason");
            assert!(!accepts(&format!("{act} {JOB} --reason 4711")), "a short reason");
            assert!(!accepts(&format!("{act} --reason ticket-4711")), "no job");
        }
    }

    #[test]
    fn a_resolution_says_which() {
        for (outcome, fits) in [
            ("done", true),
            ("not-done", true),
            ("not_done", false),
            ("maybe", false),
        ] {
            let arguments = format!("resolve {JOB} --as {outcome} --reason ticket-4711");
            assert_eq!(accepts(&arguments), fits, "{arguments}");
        }
        assert!(
            !accepts(&format!("resolve {JOB} --reason ticket-4711")),
            "no outcome"
        );
    }
}
