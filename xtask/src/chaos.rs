//! `cargo xtask chaos`: scripted simulations on the real components, for as long as one likes.

use std::fs;

use anyhow::Context;
use relay_testkit::{RunDir, run_dir};
use serde_json::Value;

use crate::cargo::{cargo, run as run_command, shown};
use crate::progress::{self, say};
use crate::setup;

/// What the figures are called in the table, and where they are.
const LINES: [(&str, &str); 49] = [
    ("scripts", "/scripts"),
    ("submissions", "/submissions"),
    ("submitted again after a wipe", "/resubmitted"),
    ("jobs ok", "/jobs/ok"),
    ("jobs errors", "/jobs/errors"),
    ("jobs failed", "/jobs/failed"),
    ("jobs cancelled", "/jobs/cancelled"),
    ("jobs expired", "/jobs/expired"),
    ("jobs uncertain", "/jobs/uncertain"),
    ("jobs blocked behind these", "/blocked"),
    ("jobs of the second organisation", "/second"),
    ("decisions", "/decisions"),
    ("decisions sent again by number", "/repetitions"),
    ("submissions with a deadline", "/deadlines"),
    ("of these too late to be a job", "/too_late"),
    ("submissions for later", "/not_before"),
    ("followers", "/followers"),
    ("followers cancelled", "/followers_cancelled"),
    ("conflicts refused", "/conflicts"),
    ("followers of another's job refused", "/foreign"),
    ("cancellations refused", "/cancellations_refused"),
    ("operators' retries", "/acts/job_retry"),
    ("withdrawn in a later round", "/withdrawn_later"),
    ("resolved as done", "/acts/job_done"),
    ("resolved as not done", "/acts/job_not_done"),
    ("discarded", "/acts/job_discard"),
    ("lanes paused", "/operations/lane_pause"),
    ("maintenance windows", "/operations/maintenance"),
    ("kills (SIGKILL)", "/operations/kill9"),
    ("kills during a look", "/killed_looking"),
    ("stops (SIGTERM)", "/operations/stop"),
    ("pauses (SIGSTOP)", "/operations/pause"),
    ("broker restarts", "/operations/broker_restart"),
    ("broker wipes", "/operations/broker_wipe"),
    ("database restarts (SIGKILL)", "/operations/database_restart"),
    ("connections cut, database", "/operations/cut_database"),
    ("connections cut, broker", "/operations/cut_broker"),
    ("lost requests", "/faults/drop_request"),
    ("lost replies", "/faults/drop_reply"),
    ("refused with 404", "/faults/http_status"),
    ("late executions", "/faults/execute_after_client_gave_up"),
    ("attempts", "/attempts"),
    ("attempts taken over", "/rescued"),
    ("looks", "/looks"),
    ("changes found done", "/reconciled"),
    ("changes sent again with evidence", "/sent_again_with_evidence"),
    ("events", "/events"),
    ("fullest window of a quota (1 = full)", "/fullest_window"),
    ("most calls open at once (1 = full)", "/most_open"),
];

/// How long, and from where.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long scripts are played.
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    minutes: u64,
    /// The seed of the first script; the next ones count on. Without it, another one each time, which is printed.
    #[arg(long)]
    seed: Option<u64>,
    /// How often a failing script is played again with fewer operations, to find a smaller one.
    #[arg(long, default_value_t = 8, value_name = "N")]
    shrink: u64,
    /// Prints the figures as JSON; the progress goes to standard error.
    #[arg(long)]
    json: bool,
}

/// Builds, plays, and prints what happened.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    if args.json {
        progress::to_standard_error();
    }
    setup::run().await?;
    let mut build = cargo(&["build", "--workspace", "--bins", "--tests"]);
    say(&shown(&build));
    run_command(&mut build).await?;
    // The scripts stop and wipe servers, so they start their own; what is left of them is ended with this directory.
    let directory = RunDir::create()?;
    let figures = directory.path().join("figures.json");
    let name = "generated_scripts_keep_the_promises";
    // Not nextest: it would end a test that takes so long.
    let mut test = cargo(&[
        "test",
        "--package",
        "relay-tests",
        "--test",
        "chaos",
        "--",
        "--exact",
        name,
        "--nocapture",
    ]);
    test.env(run_dir::BASE, directory.path())
        .env(run_dir::MARKER, directory.path())
        .env("CHAOS_SECONDS", (args.minutes * 60).to_string())
        .env("CHAOS_SHRINK", args.shrink.to_string())
        .env("CHAOS_FIGURES", &figures);
    if let Some(seed) = args.seed {
        test.env("CHAOS_SEED", seed.to_string());
    }
    if args.json {
        // Standard output is for the figures.
        test.stdout(std::io::stderr());
    }
    say(&shown(&test));
    let outcome = run_command(&mut test).await.context("a script failed");
    // Also of the scripts before the one that failed.
    if let Ok(text) = fs::read_to_string(&figures) {
        let figures: Value = serde_json::from_str(&text).context("reading the figures")?;
        print(&figures, args.json)?;
    }
    outcome
}

fn print(figures: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(figures)?);
        return Ok(());
    }
    for (name, place) in LINES {
        let number = figures.pointer(place).cloned().unwrap_or_default();
        let shown = match (number.as_u64(), number.as_f64()) {
            (Some(count), _) => count.to_string(),
            (None, Some(part)) => format!("{part:.2}"),
            (None, None) => "0".to_owned(),
        };
        println!("{name:<40}{shown:>10}");
    }
    Ok(())
}
