//! `cargo xtask verify`: the long lane.

use std::env;
use std::path::Path;

use anyhow::{Context, ensure};
use tokio::process::Command;

use crate::cargo::{run as run_command, workspace};
use crate::ci::{self, stage};
use crate::progress::elapsed;
use crate::test;

/// Runs every stage, also after one that failed, and prints a summary.
pub(crate) async fn run() -> anyhow::Result<()> {
    // Asked for now: the builds of the stages replace this binary.
    let binary = env::current_exe().context("finding the running binary")?;
    let mut summary = Summary::default();
    summary.add("fast lane", ci::run()).await;
    summary
        .add("tests on RabbitMQ 4", test::run(&test::Args::broker4()))
        .await;
    summary.add("docker compose", compose()).await;
    for what in ["quotas", "fairness", "outage"] {
        summary.add(what, own(&binary, &["prove", what])).await;
    }
    summary
        .add("chaos", own(&binary, &["chaos", "--minutes", "10"]))
        .await;
    summary.print();
    ensure!(
        summary.failed() == 0,
        "{} of {} stages failed",
        summary.failed(),
        summary.stages.len()
    );
    Ok(())
}

/// Another command of this tool, in a process of its own.
async fn own(binary: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new(binary);
    command
        .args(arguments)
        .current_dir(workspace())
        .kill_on_drop(true);
    run_command(&mut command).await
}

async fn compose() -> anyhow::Result<()> {
    let mut command = Command::new(workspace().join("tests/compose/run"));
    command.current_dir(workspace()).kill_on_drop(true);
    run_command(&mut command).await
}

#[derive(Default)]
struct Summary {
    stages: Vec<(&'static str, f64, Option<anyhow::Error>)>,
}

impl Summary {
    async fn add(&mut self, name: &'static str, work: impl Future<Output = anyhow::Result<()>>) {
        let started = elapsed();
        let outcome = stage(name, work).await;
        self.stages
            .push((name, (elapsed() - started).as_secs_f64(), outcome.err()));
    }

    fn failed(&self) -> usize {
        self.stages.iter().filter(|(_, _, error)| error.is_some()).count()
    }

    fn print(&self) {
        println!();
        for (name, seconds, error) in &self.stages {
            match error {
                None => println!("{name:24} {seconds:8.1} s  ok"),
                Some(error) => println!("{name:24} {seconds:8.1} s  FAILED: {error:#}"),
            }
        }
    }
}
