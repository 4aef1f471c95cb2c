//! `cargo xtask demo`: the main job, from submission to printed rows, on servers of its own.

use std::time::Duration;

use clap::Parser;
use relay_testkit::installation::{ADVISOR, OTHER, REQUESTER, Running, submission};
use relay_testkit::{
    Installation, InstallationOptions, Postgres, PostgresOptions, RabbitMq, RabbitMqOptions, RunDir,
};

use crate::progress::say;
use crate::{cargo, setup};

/// What the demo needs of the workspace.
const PACKAGES: [&str; 5] = [
    "relay-producer",
    "relay-worker",
    "relay-results",
    "relay-simulator",
    "relayctl",
];

#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// How many people to ask about.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    people: u16,
    /// Leave everything running until Ctrl-C, and say how to talk to it.
    #[arg(long)]
    pub(crate) keep: bool,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    setup::run().await?;
    say("building the services");
    cargo::build(&PACKAGES).await?;
    say("starting a private PostgreSQL and a private RabbitMQ");
    let (postgres, rabbitmq) = tokio::try_join!(
        Postgres::start(PostgresOptions::default()),
        RabbitMq::start(RabbitMqOptions::default())
    )?;
    let directory = RunDir::create()?;
    say("making keys and the schema, starting a simulated CBSS");
    let installation = Installation::create(
        &directory.path().join("relay"),
        postgres.access(),
        rabbitmq.access().vhost().await?,
        &InstallationOptions {
            simulator: vec!["--latency-ms".into(), "80".into()],
            ..InstallationOptions::default()
        },
    )
    .await?;
    say("starting producer, worker and results");
    let services = installation.start_all().await?;

    let people = installation.people(usize::from(args.people)).await?;
    let file = installation.directory().join("people.jsonl");
    let lines: Vec<String> = people
        .iter()
        .enumerate()
        .map(|(n, ssin)| submission(&format!("demo-{}", n + 1), ssin).to_string())
        .collect();
    std::fs::write(&file, lines.join("\n"))?;
    say(&format!(
        "submitting {} requests: what does the national register know of these (synthetic) people?",
        people.len()
    ));
    let submitted = installation
        .relayctl(&[
            "submit",
            "--file",
            &file.display().to_string(),
            "--wait",
            "--json",
        ])
        .await?;
    let submitted = submitted.succeeded()?;
    let mut first_job = String::new();
    for line in submitted.stdout.lines() {
        let event: serde_json::Value = serde_json::from_str(line)?;
        let job = event["jobId"].as_str().unwrap_or_default();
        say(&format!(
            "{} is {} (job {job})",
            event["idempotencyKey"].as_str().unwrap_or_default(),
            event["state"].as_str().unwrap_or_default()
        ));
        println!("{}", look(&installation, REQUESTER, job).await?);
        if first_job.is_empty() {
            job.clone_into(&mut first_job);
        }
    }
    say("the same job, read by somebody else, and by a security advisor:");
    println!("{}", look(&installation, OTHER, &first_job).await?);
    let advised = look(&installation, ADVISOR, &first_job).await?;
    println!("{}", advised.lines().last().unwrap_or_default());
    println!(
        "\njobs and their attempts:\n{}",
        installation.relayctl(&["job", "list"]).await?.succeeded()?.stdout
    );
    where_to_look(&installation, &services);
    if args.keep {
        keep(&installation).await;
    }
    say("stopping and removing everything");
    for mut running in services {
        running.service.stop(Duration::from_secs(40)).await?;
    }
    Ok(())
}

/// A look at a result, as a login of the database: the table, or the refusal.
async fn look(installation: &Installation, login: &str, job: &str) -> anyhow::Result<String> {
    let looked = installation
        .relayctl_as(login, &["result", "show", job, "--reason", "demonstration"])
        .await?;
    anyhow::ensure!(
        matches!(looked.code, 0 | 4),
        "relayctl ended with {}: {}",
        looked.code,
        looked.stderr
    );
    Ok(if looked.code == 0 {
        looked.stdout
    } else {
        format!("refused: {}", looked.stderr.trim())
    })
}

fn where_to_look(installation: &Installation, services: &[Running; 3]) {
    println!("metrics and health:");
    for (name, running) in ["producer", "worker", "results"].iter().zip(services) {
        println!(
            "  {name:9} http://{0}/metrics  http://{0}/readyz",
            running.address
        );
    }
    println!(
        "  simulator http://{}/_sim/ledger",
        installation.simulator_address()
    );
}

async fn keep(installation: &Installation) {
    println!("\nEverything runs until Ctrl-C. In another shell:\n");
    println!(
        "  export CBSS_RELAY__BROKER__URL='{}'",
        installation
            .vhost()
            .url(relay_testkit::installation::UPSTREAM_USER)
    );
    println!(
        "  export CBSS_RELAY__DATABASE__URL='{}'",
        installation.url_as(REQUESTER)
    );
    println!(
        "  R='target/debug/relayctl --config {}'",
        installation.config().display()
    );
    println!(
        "  $R submit --wait --file {}/people.jsonl",
        installation.directory().display()
    );
    println!("  $R result show JOB --reason 'file 4711'");
    println!(
        "  CBSS_RELAY__DATABASE__URL='{}' $R job list",
        installation.owner_url()
    );
    println!("\nLogs: {}/*.log", installation.directory().display());
    let () = std::future::pending().await;
}
