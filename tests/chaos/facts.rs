//! What is known after a script: the record, the simulator's ledger, and what upstream got.

mod cbss;

use std::collections::BTreeMap;

use anyhow::Context;
use relay_proto::EventMessage;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use self::cbss::{Call, Change, DECISIONS, Moment, calls, changes};
use crate::harness::record::query;
use crate::harness::upstream::From;
use crate::script::Organisation;
use crate::sender::Record;
use crate::stage::{Act, Closure, Pause, Stage};

/// A row of `relay.job` and `relay.job_state`. Times are microseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) job_id: Uuid,
    pub(crate) organisation: String,
    pub(crate) service: String,
    pub(crate) priority: i64,
    pub(crate) waits_for: Option<Uuid>,
    pub(crate) state: String,
    pub(crate) wait_reason: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) round: i64,
    pub(crate) attempt: i64,
    pub(crate) event_sequence: i64,
    pub(crate) order_hash: Option<String>,
    pub(crate) order_number: Option<i64>,
    pub(crate) look_step: Option<String>,
    pub(crate) look_finding: Option<String>,
    pub(crate) looks: i64,
    pub(crate) rescues: i64,
    pub(crate) ended_us: Option<i64>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) job_id: Uuid,
    pub(crate) number: i64,
    pub(crate) round: i64,
    pub(crate) kind: String,
    pub(crate) ticket: Uuid,
    pub(crate) worker: String,
    pub(crate) class: Option<String>,
    pub(crate) cbss_ticket: Option<String>,
    pub(crate) began_us: i64,
    pub(crate) lease_until_us: i64,
    pub(crate) finished_us: Option<i64>,
    pub(crate) rescued_us: Option<i64>,
    pub(crate) answered: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) job_id: Uuid,
    pub(crate) round: i64,
    pub(crate) attempt: i64,
    pub(crate) status: String,
    pub(crate) outcome: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) event_id: Uuid,
    pub(crate) job_id: Option<Uuid>,
    pub(crate) sequence: i64,
    pub(crate) kind: String,
    pub(crate) created_us: i64,
}

/// A line of `relay.operation` about a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Operated {
    pub(crate) action: String,
    pub(crate) job_id: Uuid,
    /// `was`, and the state in which the job was.
    pub(crate) detail: Option<String>,
    pub(crate) at_us: i64,
}

/// An event as one of the senders got it.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) by: Organisation,
    pub(crate) from: From,
    pub(crate) event: EventMessage,
}

#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) jobs: BTreeMap<Uuid, Job>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) results: Vec<Outcome>,
    pub(crate) said: Vec<Said>,
    /// Events set aside: destination and reason.
    pub(crate) parked: Vec<(String, String)>,
    pub(crate) calls: Vec<Call>,
    pub(crate) changes: Vec<Change>,
    /// In the order of delivery, repetitions included.
    pub(crate) seen: Vec<Heard>,
    pub(crate) record: Record,
    /// What operators did with jobs: by the record, in order, and as they remember it.
    pub(crate) operated: Vec<Operated>,
    pub(crate) acts: Vec<Act>,
    pub(crate) closures: Vec<Closure>,
    pub(crate) people: Vec<String>,
    pub(crate) pauses: Vec<Pause>,
    pub(crate) wiped_us: Option<i64>,
    pub(crate) logs: String,
}

fn us(column: &str) -> String {
    format!("(extract(epoch FROM {column}) * 1000000)::bigint")
}

/// Rows as JSON, so that a type says which columns it wants.
async fn rows<T: DeserializeOwned>(stage: &Stage, columns: &str, from: &str) -> anyhow::Result<Vec<T>> {
    let sql = format!("SELECT to_json(t) FROM (SELECT {columns} FROM {from}) AS t");
    let rows = query(&stage.relay().installation.owner_url(), &sql).await?;
    let texts = rows
        .into_iter()
        .filter_map(|row| row.into_iter().next().flatten());
    texts
        .map(|text| serde_json::from_str(&text).with_context(|| format!("{sql}: {text}")))
        .collect()
}

impl Facts {
    pub(crate) async fn gather(stage: &Stage) -> anyhow::Result<Self> {
        let jobs = jobs(stage).await?;
        let calls = calls(stage).await?;
        let attempts = format!(
            "a.job_id, a.number, a.round, a.kind, a.ticket, a.worker, a.class, a.cbss_ticket, {} AS began_us,
             {} AS lease_until_us, {} AS finished_us, {} AS rescued_us, b.job_id IS NOT NULL AS answered",
            us("a.began_at"),
            us("a.lease_until"),
            us("a.finished_at"),
            us("a.rescued_at")
        );
        let attempts_of = "relay.attempt AS a LEFT JOIN relay.answer AS b USING (job_id, number)
            ORDER BY a.job_id, a.number";
        let said = format!(
            "event_id, job_id, sequence, kind, {} AS created_us",
            us("created_at")
        );
        let operated = format!("action, job_id, detail, {} AS at_us", us("at"));
        let operated_of =
            "relay.operation WHERE action IN ('job_retry', 'job_done', 'job_not_done', 'job_discard')
            ORDER BY operation_id";
        Ok(Self {
            jobs: jobs.into_iter().map(|job| (job.job_id, job)).collect(),
            attempts: rows(stage, &attempts, attempts_of).await?,
            results: rows(stage, "job_id, round, attempt, status, outcome", "relay.result").await?,
            said: rows(stage, &said, "relay.event ORDER BY created_at").await?,
            parked: parked(stage).await?,
            changes: changes(stage, &calls).await?,
            calls,
            seen: seen(stage),
            record: stage.sender.record(),
            operated: rows(stage, &operated, operated_of).await?,
            acts: stage.acts.clone(),
            closures: stage.closures(),
            people: stage.people.clone(),
            pauses: stage.pauses(),
            wiped_us: stage.wiped_us,
            logs: stage.relay().logs(),
        })
    }

    /// What came on the organisations' queues, each event once, in the order of its first delivery.
    pub(crate) fn heard(&self) -> Vec<&Heard> {
        let mut known = std::collections::BTreeSet::new();
        let own = self.seen.iter().filter(|seen| seen.from == From::Events);
        own.filter(|seen| known.insert(seen.event.event_id)).collect()
    }

    /// For a look at a failure afterwards.
    pub(crate) fn dump(&self) -> serde_json::Value {
        let seen = self.seen.iter().map(|seen| {
            let event = &seen.event;
            let key = event.idempotency_key.as_ref().map(|key| key.as_str());
            serde_json::json!([
                format!("{:?} {:?}", seen.by, seen.from),
                event.event_id.to_string(),
                event.job_id.map(|job| job.0.to_string()),
                event.sequence,
                event.round,
                event.state.map(|state| state.as_str()),
                event.kind.as_str(),
                event.duplicate,
                key,
                event.outcome,
                event
                    .errors
                    .iter()
                    .map(|error| error.code.clone())
                    .collect::<Vec<_>>()
            ])
        });
        serde_json::json!({
            "jobs": self.jobs.values().collect::<Vec<_>>(), "attempts": self.attempts, "results": self.results,
            "said": self.said, "parked": self.parked, "calls": self.calls, "changes": self.changes,
            "seen": seen.collect::<Vec<_>>(), "record": format!("{:#?}", self.record),
            "operated": self.operated, "acts": self.acts, "closures": format!("{:?}", self.closures),
            "pauses": format!("{:?}", self.pauses), "wiped_us": self.wiped_us,
        })
    }
}

pub(crate) async fn jobs(stage: &Stage) -> anyhow::Result<Vec<Job>> {
    let columns = format!(
        "job_id, organisation, service, priority, waits_for, state, wait_reason, cause, round, attempt, event_sequence, encode(order_hash, 'hex') AS order_hash,
         order_number, look_step, look_finding, looks, rescues, {} AS ended_us",
        us("ended_at")
    );
    rows(stage, &columns, "relay.job_state ORDER BY job_id").await
}

fn seen(stage: &Stage) -> Vec<Heard> {
    let of = |by: Organisation| {
        let deliveries = stage.upstreams[by as usize].deliveries();
        deliveries.into_iter().map(move |seen| Heard {
            by,
            from: seen.from,
            event: seen.event,
        })
    };
    Organisation::ALL.into_iter().flat_map(of).collect()
}

async fn parked(stage: &Stage) -> anyhow::Result<Vec<(String, String)>> {
    let sql = "SELECT destination, park_reason FROM relay.outbox WHERE parked_at IS NOT NULL";
    let rows = query(&stage.relay().installation.owner_url(), sql).await?;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Ok(rows.iter().map(|row| (text(&row[0]), text(&row[1]))).collect())
}
