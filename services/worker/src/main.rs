//! The worker: sends requests to the CBSS.
//!
//! ```text
//! cbss.work ─▶ begin (attempt on record, lease) ─▶ SOAP over HTTPS ─▶ finish (answer kept) ─▶ cbss.responses
//! ```
//!
//! What can fail where: a work item that comes twice, or late, begins nothing, for the row decides. A process
//! that dies after `begin` leaves a lease that ends, and results takes the job over. A process that dies
//! after `finish` leaves a stored answer that results finds by itself. While the database is away, answers
//! are held here, bounded by the permits, until it is back.

mod attempt;
mod finish;
mod metrics;
mod pool;
mod probe;
mod routes;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use relay_amqp::Consumer;
use relay_proto::address;
use relay_runtime::{CommonArgs, Context, run_service};
use relay_service::assemble::{Parts, watch_subscription};
use relay_service::{Circuits, RelaySettings};
use tokio::sync::mpsc;
use tracing::warn;

/// Takes work items from cbss.work, sends their requests to the CBSS, and keeps the answers.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  relay-worker --config /etc/cbss-relay/relay.toml"
)]
struct Arguments {
    #[command(flatten)]
    common: CommonArgs,
}

fn main() -> ExitCode {
    run_service("relay-worker", &Arguments::parse().common, build)
}

/// A call that outlives the grace is broken off, and nobody knows whether it was executed.
fn warn_of_short_grace(settings: &RelaySettings) {
    let (grace_ms, longest) = (settings.file.shutdown.grace_ms, settings.longest_call());
    if longest > Duration::from_millis(grace_ms) {
        warn!(
            shutdown.grace_ms = grace_ms,
            call.timeout_ms = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX),
            "shutdown.grace_ms is below the longest http_total_timeout_ms: a stop may break off calls whose outcome is \
             unknown then; raise it"
        );
    }
}

async fn build(settings: RelaySettings, context: &mut Context) -> anyhow::Result<()> {
    let routes = Arc::new(routes::Routes::build(&settings)?);
    let parts = Parts::build("relay-worker", &settings, context).await?;
    let metrics = metrics::Metrics::register(&context.metrics, &settings.organisations.lanes())?;
    let shutdown = context.lifecycle.shutdown().clone();
    let permits = settings.file.worker.permits;
    warn_of_short_grace(&settings);

    // Prefetch equals permits: what is held can be sent at once.
    let (batches, settler) = Consumer::new(address::WORK, permits).open(
        parts.broker.clone(),
        parts.publisher.clone(),
        shutdown.soft().clone(),
    );
    watch_subscription(context, "work", &batches);
    let (settler, settling) = settler.grouped(usize::from(permits));
    context.lifecycle.spawn("settle", async move {
        settling.run().await;
        Ok(())
    });

    let (reports, finished) = mpsc::channel(usize::from(permits));
    let finisher = finish::Finisher {
        store: parts.store.clone(),
        settler: settler.clone(),
        // Only the hard stage ends the waiting for a database that is away: answers are held until then.
        stop: shutdown.hard().clone(),
        metrics: metrics.clone(),
    };
    context.lifecycle.spawn("finish", finisher.run(finished));

    let circuits = Circuits::new(
        parts.store.clone(),
        settings.organisations.clone(),
        &settings.file.circuit,
    );
    let (watched, stop) = (circuits.clone(), shutdown.soft().clone());
    context
        .lifecycle
        .spawn("circuits", async move { Ok(watched.watch(stop).await?) });

    probe::start(
        context,
        &routes,
        &settings.organisations,
        &parts.entropy,
        &metrics.reachable,
        Duration::from_millis(settings.file.worker.probe_interval_ms),
    );

    let caller = attempt::Caller {
        routes,
        organisations: settings.organisations.clone(),
        circuits,
        codes: settings.file.codes.clone(),
        announcer: parts.announcer.clone(),
        clock: parts.clock.clone(),
        entropy: parts.entropy.clone(),
        policy: settings.file.retry.policy(),
        stop: shutdown.soft().clone(),
        metrics: metrics.clone(),
    };
    let pool = pool::Pool {
        caller: Arc::new(caller),
        store: parts.store,
        entropy: parts.entropy,
        clock: parts.clock,
        name: pool::process_name(),
        settings: settings.file.worker.clone(),
        lease: settings.attempt_lease(),
        settler,
        reports,
        stop: shutdown.soft().clone(),
        metrics,
    };
    context.lifecycle.spawn("work", pool.run(batches));
    Ok(())
}
