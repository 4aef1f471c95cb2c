//! What the services share: settings, logs, metrics, health, shutdown, clock and randomness.
//!
//! A service's `main` parses its arguments and calls [`run_service`], which goes through four steps:
//! configuration, telemetry, build, run until stopped. This crate knows nothing of the field.

pub mod clock;
pub mod entropy;
pub mod health;
pub mod http;
pub mod lifecycle;
pub mod metrics;
pub mod service;
pub mod settings;
pub mod telemetry;

pub use clock::{Clock, ClockHand};
pub use entropy::Entropy;
pub use health::Health;
pub use lifecycle::{Lifecycle, Shutdown};
pub use metrics::Registry;
pub use service::{CommonArgs, Context, ServiceSettings, run_service};
pub use settings::{
    BrokerSettings, DatabaseSettings, HttpSettings, LogSettings, Secret, SettingsError, ShutdownSettings,
    VaultSettings,
};
