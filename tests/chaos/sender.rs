//! What upstream submits, and its own record of what the broker has confirmed.

mod body;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use relay_amqp::{Outgoing, PublishOutcome, Publisher};
use relay_proto::{Encoding, message_type};
use relay_runtime::Clock;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::harness::upstream::Upstream;
use crate::script::{Kind, Organisation, Priority, Submission};

/// The time of day in microseconds: the record, the simulator and we are on one machine.
pub(crate) fn now_us() -> i64 {
    let nanos = Clock::system().now().unix_timestamp_nanos();
    i64::try_from(nanos / 1000).expect("a time in this era")
}

/// A submission, and when the broker confirmed it: more than once if it was repeated.
#[derive(Clone, Debug)]
pub(crate) struct Submitted {
    pub(crate) organisation: Organisation,
    /// Unique in the organisation; another one's may have the same.
    pub(crate) key: String,
    pub(crate) kind: Kind,
    pub(crate) person: usize,
    pub(crate) other_period: bool,
    pub(crate) priority: Priority,
    pub(crate) not_before_us: Option<i64>,
    pub(crate) deadline_us: Option<i64>,
    /// The key of the submission whose job it follows.
    pub(crate) after: Option<String>,
    pub(crate) body: Value,
    pub(crate) confirmed_us: Vec<i64>,
}

/// A cancellation.
#[derive(Clone, Debug)]
pub(crate) struct Cancelled {
    pub(crate) organisation: Organisation,
    pub(crate) key: String,
    pub(crate) confirmed_us: Option<i64>,
}

/// A submission that must be refused, and the code that says why.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    pub(crate) organisation: Organisation,
    pub(crate) key: String,
    pub(crate) code: &'static str,
    pub(crate) confirmed_us: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) submissions: Vec<Submitted>,
    pub(crate) cancellations: Vec<Cancelled>,
    pub(crate) wrong: Vec<Wrong>,
    /// Messages that the broker has not confirmed yet.
    pub(crate) outstanding: usize,
}

enum What {
    Submission(usize),
    Cancellation(usize),
    Wrong(usize),
}

type Queue = mpsc::UnboundedSender<(What, Outgoing)>;

/// Sends one message of an organisation after another, each until the broker has confirmed it, whatever happens to it
/// meanwhile.
pub(crate) struct Sender {
    record: Arc<Mutex<Record>>,
    queues: [Queue; 2],
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Sender {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Sender {
    pub(crate) fn new(upstreams: &[Upstream; 2]) -> Self {
        let record = Arc::<Mutex<Record>>::default();
        let lines = upstreams.each_ref().map(|upstream| {
            let (queue, messages) = mpsc::unbounded_channel();
            let insisting = insist(upstream.publisher.clone(), messages, Arc::clone(&record));
            (queue, tokio::spawn(insisting))
        });
        let [(first, one), (second, other)] = lines;
        Self {
            record,
            queues: [first, second],
            tasks: [one, other],
        }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record(&self) -> Record {
        self.lock().clone()
    }

    /// Under a new key; after the job of an earlier submission, if its key and id are given.
    pub(crate) fn submit(
        &self,
        upstreams: &[Upstream; 2],
        people: &[String],
        submission: Submission,
        after: Option<(String, String)>,
    ) {
        let person = submission.person % people.len();
        let index = {
            let mut record = self.lock();
            let own = |one: &&Submitted| one.organisation == submission.organisation;
            let mut submitted = Submitted {
                organisation: submission.organisation,
                key: format!("key-{}", record.submissions.iter().filter(own).count()),
                kind: submission.kind,
                person,
                other_period: submission.other_period,
                priority: submission.priority,
                not_before_us: submission.not_before_ms.map(from_now),
                deadline_us: submission.deadline_ms.map(from_now),
                after: after.as_ref().map(|(key, _)| key.clone()),
                body: Value::Null,
                confirmed_us: Vec::new(),
            };
            submitted.body = body::submission(&submitted, &people[person], after.map(|(_, job)| job));
            record.submissions.push(submitted);
            record.submissions.len() - 1
        };
        self.again(upstreams, index);
    }

    /// Once more, as it was.
    pub(crate) fn again(&self, upstreams: &[Upstream; 2], index: usize) {
        let (organisation, body) = {
            let mut record = self.lock();
            record.outstanding += 1;
            let submitted = &record.submissions[index];
            (submitted.organisation, submitted.body.to_string())
        };
        let message = upstreams[organisation as usize].message(body, Encoding::Json);
        self.send(organisation, What::Submission(index), message);
    }

    pub(crate) fn cancel(&self, upstreams: &[Upstream; 2], index: usize) {
        let (organisation, key, number) = {
            let mut record = self.lock();
            record.outstanding += 1;
            let Submitted {
                organisation, key, ..
            } = record.submissions[index].clone();
            record.cancellations.push(Cancelled {
                organisation,
                key: key.clone(),
                confirmed_us: None,
            });
            (organisation, key, record.cancellations.len() - 1)
        };
        let body = body::cancellation(organisation, &key);
        let mut message = upstreams[organisation as usize].message(body.to_string(), Encoding::Json);
        message.properties.message_type = Some(message_type::CANCEL.to_owned());
        self.send(organisation, What::Cancellation(number), message);
    }

    /// The key of an accepted submission once more, for something else.
    pub(crate) fn conflict(
        &self,
        upstreams: &[Upstream; 2],
        people: &[String],
        index: usize,
        requester: bool,
    ) {
        let submitted = self.lock().submissions[index].clone();
        let body = body::conflicting(&submitted, people, requester);
        self.wrong(
            upstreams,
            submitted.organisation,
            submitted.key,
            "conflict",
            &body,
        );
    }

    /// A question of the second organisation after a job of the first one, which it cannot know.
    pub(crate) fn foreign(&self, upstreams: &[Upstream; 2], ssin: &str, job: &str) {
        let key = format!("foreign-{}", self.lock().wrong.len());
        let body = body::question(Organisation::Ghent, &key, ssin, Some(job.to_owned()));
        self.wrong(upstreams, Organisation::Ghent, key, "job_not_found", &body);
    }

    fn wrong(
        &self,
        upstreams: &[Upstream; 2],
        organisation: Organisation,
        key: String,
        code: &'static str,
        body: &Value,
    ) {
        let number = {
            let mut record = self.lock();
            record.outstanding += 1;
            record.wrong.push(Wrong {
                organisation,
                key,
                code,
                confirmed_us: None,
            });
            record.wrong.len() - 1
        };
        let message = upstreams[organisation as usize].message(body.to_string(), Encoding::Json);
        self.send(organisation, What::Wrong(number), message);
    }

    fn send(&self, organisation: Organisation, what: What, message: Outgoing) {
        // The task ends with this.
        let _ = self.queues[organisation as usize].send((what, message));
    }
}

fn from_now(ms: u64) -> i64 {
    now_us() + i64::try_from(ms * 1000).expect("a short time")
}

async fn insist(
    publisher: Publisher,
    mut messages: mpsc::UnboundedReceiver<(What, Outgoing)>,
    record: Arc<Mutex<Record>>,
) {
    let mut waiting = Vec::new();
    while messages.recv_many(&mut waiting, 10).await > 0 {
        while !waiting.is_empty() {
            let batch: Vec<Outgoing> = waiting.iter().map(|(_, message)| message.clone()).collect();
            let outcomes = publisher.publish_batch(&batch).await;
            confirm(&record, &mut waiting, &outcomes);
            if !waiting.is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Notes what was confirmed; the rest keeps waiting.
fn confirm(record: &Mutex<Record>, waiting: &mut Vec<(What, Outgoing)>, outcomes: &[PublishOutcome]) {
    let now = now_us();
    let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
    let mut outcomes = outcomes.iter().map(PublishOutcome::is_confirmed);
    waiting.retain(|(what, _)| {
        if outcomes.next() != Some(true) {
            return true;
        }
        record.outstanding -= 1;
        match what {
            What::Submission(index) => record.submissions[*index].confirmed_us.push(now),
            What::Cancellation(index) => record.cancellations[*index].confirmed_us = Some(now),
            What::Wrong(index) => record.wrong[*index].confirmed_us = Some(now),
        }
        false
    });
}
