//! Topology, confirmed publishing and the one batch loop; knows no message.
//!
//! * [`Broker`] is where to connect and what to declare there; every (re)connection declares it again.
//! * [`Publisher`] publishes durable, mandatory messages and says of each what became of it.
//! * [`Consumer::open`] gives [`Batches`] of deliveries and a [`Settler`] that carries [`Decision`]s out:
//!   publish, await the confirms, only then acknowledge. [`run`] is the loop for a [`BatchHandler`]; a service
//!   whose deliveries finish one by one uses the same two parts, with [`Settler::grouped`].
//!
//! A message may be delivered more than once: whoever handles it must find that out from its own record.

mod backoff;
mod batch_loop;
mod batches;
mod broker;
mod connection;
mod consumer;
mod error;
mod grouped;
mod message;
mod publisher;
mod session;
mod settler;
mod topology;

pub use batch_loop::{BatchHandler, LoopError, run};
pub use batches::Batches;
pub use broker::{Broker, BrokerOptions, Jitter};
pub use consumer::{Consumer, ConsumerStatus, Held};
pub use error::AmqpError;
pub use grouped::{GroupedSettler, GroupedSettling};
pub use message::{Delivery, Outgoing, Properties};
pub use publisher::{PublishOutcome, Publisher, PublisherLink};
pub use session::Token;
pub use settler::{Counts, Decision, Settler};
pub use topology::{Binding, Exchange, ExchangeKind, Queue, Topology};
