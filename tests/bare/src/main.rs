//! The bare worker: message in, call, rows, one transaction, message out, acknowledgement. Nothing else.

mod record;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Parser;
use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use lapin::{BasicProperties, Channel};
use relay_bare::call::{Caller, Endpoint};
use relay_bare::message::{Event, Submission};
use relay_bare::{queue, reply, tell};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::record::{Job, Record};

const EXAMPLE: &str = "\
Example:
  relay-bare --amqp amqp://relay:relay@127.0.0.1:5672/t0 --take-from bare.work --tell-to bare.events \\
      --database postgres://relay@127.0.0.1/bare --endpoint http://127.0.0.1:8520/SOA4520/RetrieveTIGroupsService/v2/retrieveTI \\
      --user E0212344876 --password secret --permits 300 --ready-file bare.ready";

/// The job of the relay done with client libraries alone, to measure the relay against.
#[derive(Debug, Parser)]
#[command(name = "relay-bare", version, after_help = EXAMPLE)]
struct Options {
    /// The broker.
    #[arg(long, value_name = "URL")]
    amqp: String,
    /// The quorum queue of submissions; it is declared.
    #[arg(long, value_name = "QUEUE")]
    take_from: String,
    /// The quorum queue of events; it is declared.
    #[arg(long, value_name = "QUEUE")]
    tell_to: String,
    /// An empty database; the tables are made.
    #[arg(long, value_name = "URL")]
    database: String,
    #[command(flatten)]
    endpoint: Endpoint,
    /// Calls at once.
    #[arg(long, default_value_t = 50)]
    permits: u16,
    /// Database connections.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Writes a job as one statement, and lets the database compress with lz4.
    #[arg(long)]
    lean: bool,
    /// File that is written when it takes submissions.
    #[arg(long, value_name = "FILE")]
    ready_file: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let record = Record::open(&options.database, options.connections, options.lean).await?;
    let broker = queue::connect(&options.amqp).await?;
    let (channel, answers) = (broker.create_channel().await?, queue::confirming(&broker).await?);
    queue::declare(&channel, &options.take_from).await?;
    queue::declare(&channel, &options.tell_to).await?;
    let mut deliveries = queue::consume(&channel, &options.take_from, options.permits).await?;
    let worker = Arc::new(Worker {
        caller: Caller::new(options.endpoint, options.permits.into())?,
        record,
        answers,
        tell_to: options.tell_to,
    });
    tell::write(&options.ready_file, &true)?;

    // It knows nothing of retries: whatever fails ends it, and the measurement with it.
    let (failed, mut failure) = mpsc::channel(1);
    let mut terminate = signal(SignalKind::terminate())?;
    loop {
        tokio::select! {
            delivery = deliveries.next() => {
                let delivery = delivery.context("the broker ended the subscription")??;
                let (worker, failed) = (Arc::clone(&worker), failed.clone());
                tokio::spawn(async move {
                    if let Err(error) = worker.handle(delivery).await {
                        failed.send(error).await.ok();
                    }
                });
            }
            Some(error) = failure.recv() => return Err(error),
            _ = terminate.recv() => return Ok(()),
        }
    }
}

struct Worker {
    caller: Caller,
    record: Record,
    answers: Channel,
    tell_to: String,
}

impl Worker {
    async fn handle(&self, delivery: Delivery) -> anyhow::Result<()> {
        let submission: Submission =
            serde_json::from_slice(&delivery.data).context("reading a submission")?;
        let question = &submission.retrieve_ti_groups;
        let id = job_id();
        let body = self.caller.ask(&question.ssin, question.history, id).await?;
        let rows = reply::rows(&body)?;
        let key = submission.idempotency_key;
        let ssin = submission.retrieve_ti_groups.ssin;
        self.record
            .write(Job {
                id,
                key: key.clone(),
                ssin,
                body,
                rows,
            })
            .await?;
        let event = Event {
            kind: "finished".into(),
            idempotency_key: Some(key),
            state: Some("ok".into()),
        };
        let event = serde_json::to_vec(&event)?;
        queue::publish(&self.answers, &self.tell_to, &event, BasicProperties::default()).await?;
        delivery.acker.ack(BasicAckOptions::default()).await?;
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "nobody needs to choose these: it is a measure, no product"
)]
fn job_id() -> Uuid {
    Uuid::now_v7()
}
