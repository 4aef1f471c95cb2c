//! An upstream system: submits, and listens to events and to its reply queue.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use relay_amqp::{
    Broker, BrokerOptions, Consumer, Decision, Jitter, Outgoing, Properties, PublishOutcome, Publisher,
    Queue, Topology,
};
use relay_domain::{Language, SsinCheck};
use relay_proto::{
    CheckContext, Encoding, EventKind, EventMessage, address, decode_submission, encode_submission,
    message_type,
};
use relay_runtime::Clock;
use relay_testkit::{Vhost, wait_for};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::LONG;

/// Where an event came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The organisation's events.
    Events,
    /// The reply queue.
    Reply,
}

/// An event as it was delivered.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) from: From,
    pub(crate) event: EventMessage,
    pub(crate) properties: Properties,
    pub(crate) routing_key: String,
}

/// The upstream system.
pub(crate) struct Upstream {
    pub(crate) publisher: Publisher,
    user: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A broker of a virtual host for a user.
pub(crate) fn broker(vhost: &Vhost, user: &str, topology: Topology) -> Broker {
    let mut options = BrokerOptions::new(&vhost.url(user), "test", Jitter::new(|| 0.5)).expect("a good URL");
    // A busy machine is no defect of the relay.
    options.connect_timeout = LONG;
    options.reconnect_min = Duration::from_millis(50);
    options.reconnect_max = Duration::from_millis(500);
    Broker::new(options, topology)
}

impl Upstream {
    /// As `user`, listening to the events of `organisation`. Its reply queue stands when this returns: a reply
    /// that came before would be set aside.
    pub(crate) async fn open(vhost: &Vhost, user: &str, organisation: &str) -> Self {
        let reply = format!("reply.{user}.test");
        let topology = Topology {
            queues: vec![Queue::expiring(reply.clone(), Duration::from_secs(600))],
            ..Topology::default()
        };
        let replies = broker(vhost, user, topology);
        replies.declare().await.expect("a reply queue");
        let (publisher, link) = Publisher::new(broker(vhost, user, Topology::default()));
        let seen = Arc::default();
        let events = format!("{}.{organisation}", address::EVENTS);
        let queues = [
            (From::Events, events, broker(vhost, user, Topology::default())),
            (From::Reply, reply, replies),
        ];
        let mut tasks = vec![tokio::spawn(link.run())];
        for (from, queue, broker) in queues {
            let listening = listen(from, queue, broker, publisher.clone(), Arc::clone(&seen));
            tasks.push(tokio::spawn(listening));
        }
        Self {
            publisher,
            user: user.to_owned(),
            seen,
            tasks,
        }
    }

    /// A submission as a message of this user, with its reply queue.
    pub(crate) fn message(&self, body: impl Into<bytes::Bytes>, encoding: Encoding) -> Outgoing {
        Outgoing {
            exchange: String::new(),
            routing_key: address::INTAKE.to_owned(),
            properties: Properties {
                message_type: Some(message_type::SUBMISSION.to_owned()),
                content_type: Some(encoding.content_type().to_owned()),
                user_id: Some(self.user.clone()),
                reply_to: Some(format!("reply.{}.test", self.user)),
                ..Properties::default()
            },
            body: body.into(),
        }
    }

    /// Sends messages and insists on the broker's confirms.
    pub(crate) async fn send(&self, messages: &[Outgoing]) {
        let outcomes = self.publisher.publish_batch(messages).await;
        assert!(outcomes.iter().all(PublishOutcome::is_confirmed), "{outcomes:?}");
    }

    /// Submits in JSON.
    pub(crate) async fn submit(&self, submissions: &[Value]) {
        let messages: Vec<_> = submissions
            .iter()
            .map(|submission| self.message(submission.to_string(), Encoding::Json))
            .collect();
        self.send(&messages).await;
    }

    /// Submits in JSON until the broker has confirmed, whatever happens to it meanwhile.
    pub(crate) async fn insist(&self, submissions: &[Value]) {
        let messages: Vec<_> = submissions
            .iter()
            .map(|submission| self.message(submission.to_string(), Encoding::Json))
            .collect();
        let sending = async {
            loop {
                let outcomes = self.publisher.publish_batch(&messages).await;
                if outcomes.iter().all(PublishOutcome::is_confirmed) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let sent = tokio::time::timeout(LONG, sending).await;
        sent.expect("a broker that takes submissions");
    }

    /// Everything delivered so far, repetitions included.
    pub(crate) fn deliveries(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What came from one queue, each event once, in the order of its first delivery.
    pub(crate) fn events(&self, from: From) -> Vec<Seen> {
        let mut known = BTreeSet::new();
        let mut deliveries = self.deliveries();
        deliveries.retain(|seen| seen.from == from && known.insert(seen.event.event_id));
        deliveries
    }

    /// The events of a key, from the organisation's queue.
    pub(crate) fn of_key(&self, key: &str) -> Vec<EventMessage> {
        let mut events = self.events(From::Events);
        events.retain(|seen| {
            let own = seen.event.idempotency_key.as_ref();
            own.is_some_and(|own| own.as_str() == key)
        });
        events.into_iter().map(|seen| seen.event).collect()
    }

    /// How many jobs have ended, as far as events tell.
    pub(crate) fn finished(&self) -> usize {
        let events = self.events(From::Events);
        events
            .iter()
            .filter(|seen| seen.event.kind == EventKind::Finished)
            .count()
    }

    /// Waits until the events of the organisation's queue satisfy a condition.
    #[track_caller]
    pub(crate) fn wait<T>(
        &self,
        what: &str,
        mut probe: impl FnMut(&[Seen]) -> Option<T>,
    ) -> impl Future<Output = T> {
        wait_for(what, LONG, async move || probe(&self.events(From::Events)))
    }

    /// Waits until this many jobs have ended.
    pub(crate) async fn wait_finished(&self, jobs: usize) {
        let what = format!("{jobs} finished events");
        wait_for(&what, LONG, async || (self.finished() >= jobs).then_some(())).await;
    }

    /// Waits for the last event of a key: the end of its job, or a rejection.
    pub(crate) async fn wait_end(&self, key: &str) -> EventMessage {
        wait_for(&format!("the end of {key}"), LONG, async || {
            let last = |event: &EventMessage| matches!(event.kind, EventKind::Finished | EventKind::Rejected);
            self.of_key(key).into_iter().find(last)
        })
        .await
    }
}

async fn listen(
    from: From,
    queue: String,
    broker: Broker,
    publisher: Publisher,
    seen: Arc<Mutex<Vec<Seen>>>,
) {
    let consumer = Consumer::new(queue, 200);
    let (mut batches, settler) = consumer.open(broker, publisher, CancellationToken::new());
    while let Some(batch) = batches.next(200).await {
        let mut decisions = Vec::with_capacity(batch.len());
        for held in batch {
            let content_type = held.delivery.properties.content_type.clone().unwrap_or_default();
            let encoding =
                Encoding::from_content_type(&content_type).expect("an event says how it is encoded");
            let event =
                EventMessage::decode(encoding, &held.delivery.body).expect("an event that can be read");
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(Seen {
                from,
                event,
                properties: held.delivery.properties,
                routing_key: held.delivery.routing_key,
            });
            decisions.push((held.token, Decision::Done(Vec::new())));
        }
        settler.settle(decisions).await;
    }
}

/// A good submission in protobuf.
pub(crate) fn protobuf(submission: &Value) -> Vec<u8> {
    let json = submission.to_string();
    let raw = decode_submission(Encoding::Json, json.as_bytes()).expect("a message");
    let context = CheckContext {
        ssin_check: SsinCheck::Error,
        default_language: Language::default(),
        now: Clock::system().now(),
        entitled: &|_| true,
        has_purpose: &|_, _| true,
    };
    encode_submission(
        &raw.check(&context).expect("a good submission"),
        Encoding::Protobuf,
    )
}
