//! What producer, worker, results and relayctl share that has a meaning in this field: the settings file, the
//! organisations, the queues, the wording of events, and how the parts are put together.
//!
//! `relay-runtime` holds what knows nothing of the field; this crate is the layer above it, so that each
//! service names its own work and nothing else (docs/adr/0002).

pub mod announce;
pub mod assemble;
pub mod circuits;
pub mod crash;
pub mod hold;
pub mod looking;
pub mod metrics;
pub mod organisations;
mod pulse;
pub mod settings;
pub mod topology;

pub use announce::{Announcer, JobFacts, Outcome};
pub use assemble::Parts;
pub use circuits::Circuits;
pub use organisations::{Organisation, Organisations};
pub use settings::RelaySettings;
