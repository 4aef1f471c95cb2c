//! What upstream submits, and its own record of what the broker has confirmed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use relay_amqp::{Outgoing, PublishOutcome, Publisher};
use relay_proto::{Encoding, message_type};
use relay_runtime::Clock;
use relay_testkit::installation::{ORGANISATION, USER_ID, submission};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::harness::upstream::Upstream;
use crate::script::Kind;

/// The time of day in microseconds: the record, the simulator and we are on one machine.
pub(crate) fn now_us() -> i64 {
    let nanos = Clock::system().now().unix_timestamp_nanos();
    i64::try_from(nanos / 1000).expect("a time in this era")
}

/// A submission, and when the broker confirmed it: more than once if it was repeated.
#[derive(Clone, Debug)]
pub(crate) struct Submitted {
    pub(crate) key: String,
    pub(crate) kind: Kind,
    pub(crate) person: usize,
    pub(crate) other_period: bool,
    pub(crate) body: Value,
    pub(crate) confirmed_us: Vec<i64>,
}

/// A cancellation.
#[derive(Clone, Debug)]
pub(crate) struct Cancelled {
    pub(crate) key: String,
    pub(crate) confirmed_us: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) submissions: Vec<Submitted>,
    pub(crate) cancellations: Vec<Cancelled>,
    /// Messages that the broker has not confirmed yet.
    pub(crate) outstanding: usize,
}

enum What {
    Submission(usize),
    Cancellation(usize),
}

/// Sends one message after another, each until the broker has confirmed it, whatever happens to it meanwhile.
pub(crate) struct Sender {
    record: Arc<Mutex<Record>>,
    queue: mpsc::UnboundedSender<(What, Outgoing)>,
    task: JoinHandle<()>,
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Sender {
    pub(crate) fn new(upstream: &Upstream) -> Self {
        let record = Arc::<Mutex<Record>>::default();
        let (queue, messages) = mpsc::unbounded_channel();
        let task = tokio::spawn(insist(upstream.publisher.clone(), messages, Arc::clone(&record)));
        Self { record, queue, task }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record(&self) -> Record {
        self.lock().clone()
    }

    /// Under a new key.
    pub(crate) fn submit(&self, upstream: &Upstream, people: &[String], submitted: Submitted) {
        let mut submitted = submitted;
        submitted.body = body(&submitted, &people[submitted.person]);
        let index = {
            let mut record = self.lock();
            record.submissions.push(submitted);
            record.submissions.len() - 1
        };
        self.again(upstream, index);
    }

    /// Once more, as it was.
    pub(crate) fn again(&self, upstream: &Upstream, index: usize) {
        let body = {
            let mut record = self.lock();
            record.outstanding += 1;
            record.submissions[index].body.to_string()
        };
        let message = upstream.message(body, Encoding::Json);
        // The task ends with this.
        let _ = self.queue.send((What::Submission(index), message));
    }

    pub(crate) fn cancel(&self, upstream: &Upstream, index: usize) {
        let (key, number) = {
            let mut record = self.lock();
            record.outstanding += 1;
            let key = record.submissions[index].key.clone();
            record.cancellations.push(Cancelled {
                key: key.clone(),
                confirmed_us: None,
            });
            (key, record.cancellations.len() - 1)
        };
        let body = json!({
            "organisation": ORGANISATION,
            "idempotencyKey": key,
            "requester": { "userId": USER_ID, "reason": "entered by mistake" },
        });
        let mut message = upstream.message(body.to_string(), Encoding::Json);
        message.properties.message_type = Some(message_type::CANCEL.to_owned());
        let _ = self.queue.send((What::Cancellation(number), message));
    }
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
        }
        false
    });
}

fn body(submitted: &Submitted, ssin: &str) -> Value {
    let action = match submitted.kind {
        Kind::Question => return submission(&submitted.key, ssin),
        Kind::Register => "REGISTER",
        Kind::Unregister => "UNREGISTER",
        Kind::List => "LIST",
    };
    let start = if submitted.other_period {
        "2026-06-01"
    } else {
        "2026-01-01"
    };
    let mut request = json!({
        "ssin": ssin,
        "action": action,
        "period": { "startDate": start, "endDate": "2026-12-31" },
        "proofOfAuthentication": { "identityCardNumber": "591000000000" },
    });
    if submitted.kind.is_change() {
        request["purpose"] = 1.into();
    }
    json!({
        "organisation": ORGANISATION,
        "idempotencyKey": submitted.key,
        "requester": { "userId": USER_ID, "reason": "file 4711" },
        "manageAccess": request,
    })
}
