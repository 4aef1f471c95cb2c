//! `cargo xtask ci`: the fast lane.

use std::time::Duration;

use anyhow::Context;
use tokio::time::timeout;

use crate::cargo::{cargo, has, run as run_command, shown};
use crate::progress::{elapsed, say};
use crate::{setup, sqlx, test};

/// A network that swallows packets is as good as none.
const FETCH_TIMEOUT: Duration = Duration::from_secs(120);

/// Runs every stage, stopping at the first that fails.
pub(crate) async fn run() -> anyhow::Result<()> {
    setup::run().await?;
    let started = elapsed();
    stage("format", step(&["fmt", "--all", "--check"])).await?;
    stage("licences, bans and sources", deny()).await?;
    stage("generated files", sqlx::run(&sqlx::Args::check())).await?;
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ];
    stage("clippy", step(&clippy)).await?;
    stage("docs", docs()).await?;
    stage("tests", test::run(&test::Args::all())).await?;
    say(&format!(
        "the fast lane is clean, in {:.0} s",
        (elapsed() - started).as_secs_f64()
    ));
    Ok(())
}

/// Runs one stage and tells how long it took.
pub(crate) async fn stage(name: &str, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    say(&format!("== {name}"));
    let started = elapsed();
    work.await.with_context(|| name.to_owned())?;
    say(&format!(
        "== {name}: done in {:.1} s",
        (elapsed() - started).as_secs_f64()
    ));
    Ok(())
}

async fn step(arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = cargo(arguments);
    say(&shown(&command));
    run_command(&mut command).await
}

async fn docs() -> anyhow::Result<()> {
    let mut command = cargo(&["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "--deny warnings");
    say(&shown(&command));
    run_command(&mut command).await
}

async fn deny() -> anyhow::Result<()> {
    if !has("deny").await {
        step(&["install", "--locked", "cargo-deny"]).await?;
    }
    step(&[
        "deny",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ])
    .await?;
    // The advisories need a database from the network; without it there is nothing to check against.
    let fetched = timeout(FETCH_TIMEOUT, step(&["deny", "fetch", "db"])).await;
    if !matches!(fetched, Ok(Ok(()))) {
        say("the advisory database can't be fetched from here: advisories are NOT checked in this run");
        return Ok(());
    }
    step(&["deny", "check", "--disable-fetch", "advisories"]).await
}
