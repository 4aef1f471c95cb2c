//! One measurement.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use futures_util::StreamExt as _;
use lapin::options::BasicAckOptions;
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Consumer};
use relay_bare::message::{Event, Question, Requester, Submission};
use relay_bare::{queue, tell};
use relay_testkit::process::ProcessId;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::people::Person;

/// Submissions that the broker has not confirmed yet, at most.
const UNCONFIRMED: usize = 200;
/// Events that are taken from the queue together.
const PREFETCH: u16 = 1000;
/// No event for so long, and the measurement has failed.
const SILENCE: Duration = Duration::from_secs(60);
/// How long the queue is watched for events that should not come, when all are here.
const AFTERWARDS: Duration = Duration::from_millis(300);

/// What to submit.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What `relay-load people` has written.
    #[arg(long, value_name = "FILE")]
    people: PathBuf,
    /// The broker, as the user who submits.
    #[arg(long, value_name = "URL")]
    amqp: String,
    /// The queue of submissions.
    #[arg(long, value_name = "QUEUE")]
    submit_to: String,
    /// The queue of events.
    #[arg(long, value_name = "QUEUE")]
    listen_on: String,
    /// For whom.
    #[arg(long)]
    organisation: String,
    /// What the idempotency keys begin with: other than that of earlier runs.
    #[arg(long)]
    name: String,
    /// How many submissions.
    #[arg(long)]
    jobs: usize,
    /// Submissions a second, at even intervals whatever has been answered. Without it, as fast as the broker
    /// takes them.
    #[arg(long, value_name = "PER_SECOND")]
    rate: Option<f64>,
    /// Where the report goes, as JSON.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Report {
    /// From the first submission to the last event, seconds.
    elapsed_s: f64,
    /// From a submission's sending to its event's arrival, milliseconds, in the order of submission.
    latencies_ms: Vec<f64>,
    /// Rows that the jobs must have, all together.
    rows: usize,
    /// Processor time of this process, seconds.
    cpu_s: f64,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let people = fs::read(&args.people).with_context(|| format!("reading {}", args.people.display()))?;
    let people: Vec<Person> = serde_json::from_slice(&people)?;
    ensure!(
        !people.is_empty() && args.jobs > 0,
        "there is nobody to ask about"
    );
    let broker = queue::connect(&args.amqp).await?;
    let listening = broker.create_channel().await?;
    let mut events = queue::consume(&listening, &args.listen_on, PREFETCH).await?;
    let submissions = submissions(&args, &people)?;
    let submitter = Arc::new(Submitter {
        channel: queue::confirming(&broker).await?,
        queue: args.submit_to.clone(),
        user: broker.status().username().into(),
    });

    let began = Instant::now();
    let sending = tokio::spawn(submit(submitter, submissions, args.rate, began));
    let arrivals = listen(&mut events, &args.name, args.jobs).await?;
    let sent = sending.await.context("submitting was stopped")??;

    let last = arrivals.iter().max().context("no event")?;
    let latencies = arrivals
        .iter()
        .zip(&sent)
        .map(|(arrived, sent)| arrived.duration_since(*sent));
    let report = Report {
        elapsed_s: last.duration_since(began).as_secs_f64(),
        latencies_ms: latencies.map(|latency| latency.as_secs_f64() * 1e3).collect(),
        rows: people
            .iter()
            .cycle()
            .take(args.jobs)
            .map(|person| person.rows)
            .sum(),
        cpu_s: own_cpu().as_secs_f64(),
    };
    tell::write(&args.out, &report)
}

fn submissions(args: &Args, people: &[Person]) -> anyhow::Result<Vec<Vec<u8>>> {
    let submission = |(number, person): (usize, &Person)| {
        let submission = Submission {
            organisation: args.organisation.clone(),
            idempotency_key: format!("{}-{number}", args.name),
            requester: Requester {
                user_id: "hubert".into(),
                reason: "benchmark".into(),
            },
            retrieve_ti_groups: Question {
                ssin: person.ssin.clone(),
                history: true,
            },
        };
        serde_json::to_vec(&submission).context("writing a submission")
    };
    people
        .iter()
        .cycle()
        .take(args.jobs)
        .enumerate()
        .map(submission)
        .collect()
}

struct Submitter {
    channel: Channel,
    queue: String,
    user: ShortString,
}

impl Submitter {
    async fn submit(&self, number: usize, body: &[u8]) -> anyhow::Result<()> {
        let properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_type("cbss.submission.v1".into())
            .with_message_id(number.to_string().into())
            .with_user_id(self.user.clone());
        queue::publish(&self.channel, &self.queue, body, properties).await
    }
}

/// Sends everything; returns when each was sent, or should have been: a sender that is late must not make
/// the answers look early.
async fn submit(
    submitter: Arc<Submitter>,
    bodies: Vec<Vec<u8>>,
    rate: Option<f64>,
    began: Instant,
) -> anyhow::Result<Vec<Instant>> {
    let room = Arc::new(Semaphore::new(UNCONFIRMED));
    let mut sent = Vec::with_capacity(bodies.len());
    let mut confirming = JoinSet::new();
    for (number, body) in bodies.into_iter().enumerate() {
        let place = if let Some(rate) = rate {
            let due = began + Duration::from_secs_f64(number as f64 / rate);
            sleep_until(due).await;
            sent.push(due);
            None
        } else {
            let place = Arc::clone(&room).acquire_owned().await?;
            sent.push(Instant::now());
            Some(place)
        };
        let submitter = Arc::clone(&submitter);
        confirming.spawn(async move {
            let _place = place;
            submitter.submit(number, &body).await
        });
    }
    while let Some(confirmed) = confirming.join_next().await {
        confirmed??;
    }
    Ok(sent)
}

/// Waits for one `finished` event, in state ok, of each submission, and makes sure that no more come.
async fn listen(events: &mut Consumer, name: &str, jobs: usize) -> anyhow::Result<Vec<Instant>> {
    let mut arrived: HashMap<usize, Instant> = HashMap::with_capacity(jobs);
    loop {
        let patience = if arrived.len() < jobs { SILENCE } else { AFTERWARDS };
        let delivery = match timeout(patience, events.next()).await {
            Ok(delivery) => delivery.context("the broker ended the subscription")??,
            Err(_) if arrived.len() == jobs => break,
            Err(_) => bail!("{} of {jobs} jobs finished, and nothing more came", arrived.len()),
        };
        let now = Instant::now();
        let event: Event = serde_json::from_slice(&delivery.data).context("reading an event")?;
        delivery.acker.ack(BasicAckOptions::default()).await?;
        match event.kind.as_str() {
            "accepted" => continue,
            "finished" => {}
            kind => bail!("a job has an event of kind {kind}"),
        }
        let state = event.state.as_deref();
        ensure!(state == Some("ok"), "a job finished in state {state:?}");
        let key = event.idempotency_key.unwrap_or_default();
        let number = key
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('-')?.parse().ok());
        let number = number.filter(|&number| number < jobs);
        let number = number.with_context(|| format!("the key {key:?} is not of this run"))?;
        ensure!(
            arrived.insert(number, now).is_none(),
            "the job {key} finished twice"
        );
    }
    let in_order: Option<Vec<Instant>> = (0..jobs).map(|number| arrived.get(&number).copied()).collect();
    in_order.context("an event is missing")
}

fn own_cpu() -> Duration {
    let this = i32::try_from(std::process::id()).ok().and_then(ProcessId::of);
    this.map(|this| this.usage().cpu).unwrap_or_default()
}
