//! Exchanges, queues and bindings: declared by every service, identically.
//!
//! | queue | returns allowed | then |
//! |---|---|---|
//! | `cbss.intake` | 20 | `cbss.dead`, from where the producer moves it to quarantine |
//! | `cbss.work`, `cbss.responses` | 20 | dropped: the row in PostgreSQL decides, and sweeps find it |
//! | `cbss.dead` | 20 | `cbss.dead.unreadable`: what not even the client library can read, for a person |
//! | `cbss.events.<organisation>` | unlimited in effect: its consumers are the organisation's | |
//!
//! A work item is dropped when it is old, for its job has been released again by then: while no worker runs,
//! the queue does not grow.

use std::time::Duration;

use relay_amqp::{Binding, Exchange, ExchangeKind, Queue, Topology};
use relay_proto::address;

use crate::organisations::Organisations;

/// RabbitMQ takes properties that are no UTF-8, over which the client library drops its connection: such a
/// message ends here after as many tries.
const UNREADABLE: &str = "cbss.dead.unreadable";
/// How often a message may come back before it counts as poison: a process that it kills, or that dies with
/// it, costs one each time.
const RETURNS: u32 = 20;
/// No setting: a queue's arguments cannot change once it stands.
const WORK_TTL: Duration = Duration::from_secs(600);
/// RabbitMQ 3.10 has no word for "no limit".
const NO_LIMIT: u32 = 1_000_000_000;

/// Everything that must stand on the broker.
#[must_use]
pub fn topology(organisations: &Organisations) -> Topology {
    let mut topology = Topology {
        exchanges: vec![Exchange {
            name: address::EVENTS.to_owned(),
            kind: ExchangeKind::Topic,
        }],
        queues: vec![
            Queue::quorum(UNREADABLE, NO_LIMIT),
            Queue::quorum(address::DEAD, RETURNS).dead_letter_to(UNREADABLE),
            Queue::quorum(address::INTAKE, RETURNS).dead_letter_to(address::DEAD),
            Queue::quorum(address::WORK, RETURNS).message_ttl(WORK_TTL),
            Queue::quorum(address::RESPONSES, RETURNS),
        ],
        bindings: Vec::new(),
    };
    for (id, _) in organisations.iter() {
        let queue = address::events_queue(id);
        topology.bindings.push(Binding {
            exchange: address::EVENTS.to_owned(),
            queue: queue.clone(),
            routing_key: address::events_binding(id),
        });
        topology.queues.push(Queue::quorum(queue, NO_LIMIT));
    }
    topology
}
