//! Results: makes rows of answers, ends jobs, and says so.
//!
//! ```text
//! cbss.responses ─▶ load ─▶ classify, parse ─▶ rows, messages, state, event: one statement
//! outbox ─▶ cbss.events, reply queues          (one process at a time, so that a job's events keep their order)
//! sweep  ─▶ answers whose notice was lost      leases that ended ─▶ rescue
//! quarantine ─▶ an unreadable answer, read again as an operator asked ─▶ a new round
//! results ─▶ their answers, read again by a newer parser as an operator asked ─▶ rows and messages in their place
//! ```
//!
//! What can fail where: processing may be repeated at any time, for only an `answered` job of the same
//! attempt is moved. An event that was published and not cleared from the outbox is published again, under
//! the same id.

mod gauges;
mod metrics;
mod outbox;
mod process;
mod reparse;
mod replay;
mod rescue;
mod responses;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use relay_amqp::Consumer;
use relay_proto::address;
use relay_runtime::{CommonArgs, Context, run_service};
use relay_service::assemble::{Parts, watch_subscription};
use relay_service::{Circuits, RelaySettings};
use tokio::sync::Notify;

/// Makes results of the answers that workers kept, publishes events, and rescues what was left behind.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  relay-results --config /etc/cbss-relay/relay.toml"
)]
struct Arguments {
    #[command(flatten)]
    common: CommonArgs,
}

fn main() -> ExitCode {
    run_service("relay-results", &Arguments::parse().common, build)
}

async fn build(settings: RelaySettings, context: &mut Context) -> anyhow::Result<()> {
    let parts = Parts::build("relay-results", &settings, context).await?;
    let metrics = metrics::Metrics::register(&context.metrics, &settings.organisations.lanes())?;
    let own = settings.file.results.clone();
    let stop = context.lifecycle.shutdown().soft().clone();
    let said = Arc::new(Notify::new());

    let circuits = Circuits::new(
        parts.store.clone(),
        settings.organisations.clone(),
        &settings.file.circuit,
    );
    let (watched, watching) = (circuits.clone(), stop.clone());
    context
        .lifecycle
        .spawn("circuits", async move { Ok(watched.watch(watching).await?) });

    let processor = Arc::new(process::Processor {
        organisations: settings.organisations.clone(),
        circuits,
        codes: settings.file.codes.clone(),
        store: parts.store.clone(),
        announcer: parts.announcer.clone(),
        entropy: parts.entropy.clone(),
        clock: parts.clock.clone(),
        policy: settings.file.retry.policy(),
        max_answer_bytes: settings.file.worker.max_response_bytes,
        stop: stop.clone(),
        said: Arc::clone(&said),
        metrics: metrics.clone(),
    });
    let consumer = Consumer {
        max_batch: own.max_batch,
        max_in_flight_batches: 2,
        ..Consumer::new(address::RESPONSES, own.prefetch)
    };
    let (batches, settler) = consumer.open(parts.broker.clone(), parts.publisher.clone(), stop.clone());
    watch_subscription(context, "responses", &batches);
    let handler = Arc::new(responses::ResponsesHandler {
        processor: Arc::clone(&processor),
    });
    context.lifecycle.spawn("responses", async move {
        Ok(relay_amqp::run(batches, settler, handler).await?)
    });

    let outbox = outbox::Outbox {
        store: parts.store.clone(),
        publisher: parts.publisher.clone(),
        settings: own.clone(),
        said,
        stop: stop.clone(),
        metrics: metrics.clone(),
    };
    context.lifecycle.spawn("outbox", outbox.run());

    let rereader = replay::Rereader {
        store: parts.store.clone(),
        processor: Arc::clone(&processor),
        announcer: parts.announcer.clone(),
        pause: Duration::from_millis(own.sweep_ms),
        stop: stop.clone(),
        metrics: metrics.clone(),
    };
    context.lifecycle.spawn("replay", rereader.run());

    let reparser = reparse::Reparser {
        store: parts.store.clone(),
        max_answer_bytes: settings.file.worker.max_response_bytes,
        pause: Duration::from_millis(own.sweep_ms),
        stop: stop.clone(),
        metrics: metrics.clone(),
    };
    context.lifecycle.spawn("reparse", reparser.run());

    let rescuer = rescue::Rescuer {
        store: parts.store.clone(),
        processor,
        announcer: parts.announcer,
        policy: settings.file.retry.policy(),
        organisations: settings.organisations.clone(),
        settings: own.clone(),
        stop: stop.clone(),
        metrics: metrics.clone(),
    };
    context.lifecycle.spawn("rescue", rescuer.run());

    let gauges = gauges::Gauges {
        store: parts.store,
        settings: own,
        stop,
        metrics,
    };
    context.lifecycle.spawn("gauges", gauges.run());
    Ok(())
}
