//! The producer: accepts submissions, makes jobs of them, and releases the due ones.
//!
//! ```text
//! cbss.intake ─▶ triage ─▶ job + `accepted` event, one commit ─▶ acknowledge
//!                  ├─▶ `rejected` event (what is wrong, all of it)
//!                  └─▶ quarantine (no message, or nobody that may be answered)
//! PostgreSQL ─▶ release ─▶ cbss.work (ids)
//! cbss.dead ─▶ quarantine
//! quarantine ─▶ triage again, as an operator asked ─▶ job and the item's end, one commit
//! ```
//!
//! What can fail where: before the commit, the broker delivers the submission again; after it, the key finds
//! the job. A release that reaches no worker ends with its lease. While the database is away, deliveries are
//! held, not returned: a return counts against the queue's limit.

mod cancel;
mod drain;
mod intake;
mod kept;
mod metrics;
mod purposes;
mod release;
mod replay;
mod triage;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use relay_amqp::Consumer;
use relay_proto::address;
use relay_runtime::{CommonArgs, Context, run_service};
use relay_service::RelaySettings;
use relay_service::assemble::{Parts, watch_subscription};
use tokio::sync::Notify;

use self::purposes::Purposes;

/// Accepts submissions from cbss.intake, makes jobs of them, and releases the due ones to the workers.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  relay-producer --config /etc/cbss-relay/relay.toml"
)]
struct Arguments {
    #[command(flatten)]
    common: CommonArgs,
}

fn main() -> ExitCode {
    run_service("relay-producer", &Arguments::parse().common, build)
}

async fn build(settings: RelaySettings, context: &mut Context) -> anyhow::Result<()> {
    let parts = Parts::build("relay-producer", &settings, context).await?;
    let metrics = metrics::Metrics::register(&context.metrics, &settings.organisations.lanes())?;
    let own = &settings.file.producer;
    parts
        .store
        .apply_quota_settings(&settings.organisations.quotas())
        .await?;
    let purposes = Purposes::load(parts.store.clone()).await?;
    let due = Arc::new(Notify::new());
    let shutdown = context.lifecycle.shutdown().clone();

    let consumer = Consumer {
        max_batch: own.max_batch,
        max_in_flight_batches: 2,
        ..Consumer::new(address::INTAKE, own.prefetch)
    };
    let (batches, settler) = consumer.open(
        parts.broker.clone(),
        parts.publisher.clone(),
        shutdown.soft().clone(),
    );
    watch_subscription(context, "intake", &batches);
    let triage = triage::Triage {
        organisations: settings.organisations.clone(),
        announcer: parts.announcer.clone(),
        clock: parts.clock.clone(),
        entropy: parts.entropy.clone(),
        max_bytes: own.max_submission_bytes,
        purposes: purposes.clone(),
    };
    let handler = Arc::new(intake::IntakeHandler {
        triage: triage.clone(),
        store: parts.store.clone(),
        stop: shutdown.soft().clone(),
        metrics: metrics.clone(),
        due: Arc::clone(&due),
    });
    context.lifecycle.spawn("intake", async move {
        Ok(relay_amqp::run(batches, settler, handler).await?)
    });

    let (batches, settler) = Consumer::new(address::DEAD, 20).open(
        parts.broker.clone(),
        parts.publisher.clone(),
        shutdown.soft().clone(),
    );
    let handler = Arc::new(drain::DrainHandler {
        store: parts.store.clone(),
        entropy: parts.entropy.clone(),
        clock: parts.clock.clone(),
        stop: shutdown.soft().clone(),
    });
    context.lifecycle.spawn("drain", async move {
        Ok(relay_amqp::run(batches, settler, handler).await?)
    });

    let stop = shutdown.soft().clone();
    context
        .lifecycle
        .spawn("purposes", async move { Ok(purposes.watch(stop).await?) });
    let replayer = replay::Replayer {
        triage,
        store: parts.store.clone(),
        pause: Duration::from_millis(own.sweep_ms),
        due: Arc::clone(&due),
        stop: shutdown.soft().clone(),
        metrics: metrics.clone(),
    };
    context
        .lifecycle
        .spawn("replay", async move { replayer.run().await });

    let releaser = release::Releaser {
        store: parts.store.clone(),
        publisher: parts.publisher.clone(),
        announcer: parts.announcer.clone(),
        lanes: settings.organisations.lanes(),
        settings: own.clone(),
        due,
        stop: shutdown.soft().clone(),
        metrics,
    };
    let sweeper = releaser.clone();
    context
        .lifecycle
        .spawn("release", async move { releaser.run().await });
    context
        .lifecycle
        .spawn("sweep", async move { sweeper.sweep().await });
    Ok(())
}
