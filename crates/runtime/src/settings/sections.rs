//! Sections that more than one service uses.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use super::Secret;

/// `[http]`: where `/healthz`, `/readyz` and `/metrics` are served.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSettings {
    /// Address and port; port 0 takes a free one. Default `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// File that receives the bound address as soon as it is served, so that others can learn a free port.
    pub address_file: Option<PathBuf>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            address_file: None,
        }
    }
}

/// `[log]`: how events are written to standard error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// One JSON object a line, or text for people. Default `json`.
    pub format: LogFormat,
    /// Least level, or filter directives such as `info,relay_amqp=debug`. Default `info`.
    #[serde(deserialize_with = "directives")]
    pub level: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Json,
            level: "info".to_owned(),
        }
    }
}

/// Shape of a log line.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Text for people.
    Text,
}

fn directives<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let level = String::deserialize(deserializer)?;
    tracing_subscriber::EnvFilter::try_new(&level)
        .map_err(|error| de::Error::custom(format_args!("`{level}` is no log level or filter: {error}")))?;
    Ok(level)
}

/// `[database]`: the PostgreSQL that holds the record.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `postgres://user:password@host:port/database`.
    pub url: Secret,
    /// Upper bound of this process's connections. Default 10.
    #[serde(default = "ten")]
    pub max_connections: u32,
    /// Longest wait for a connection, milliseconds. Default 5000.
    #[serde(default = "five_seconds")]
    pub connect_timeout_ms: u64,
    /// Longest run of one statement, milliseconds. Default 30000.
    #[serde(default = "thirty_seconds")]
    pub statement_timeout_ms: u64,
}

/// `[broker]`: the RabbitMQ that carries messages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerSettings {
    /// `amqp://user:password@host:port/vhost`, or `amqps://`.
    pub url: Secret,
    /// Interval that this side proposes for heartbeats, seconds. Default 10.
    #[serde(default = "ten_u16")]
    pub heartbeat_s: u16,
    /// Longest wait for a connection, milliseconds. Default 5000.
    #[serde(default = "five_seconds")]
    pub connect_timeout_ms: u64,
    /// Longest wait for a publisher confirm, milliseconds. Default 10000.
    #[serde(default = "ten_seconds")]
    pub confirm_timeout_ms: u64,
    /// First pause before connecting again, milliseconds; doubles up to the longest. Default 100.
    #[serde(default = "hundred")]
    pub reconnect_min_ms: u64,
    /// Longest pause before connecting again, milliseconds. Default 5000.
    #[serde(default = "five_seconds")]
    pub reconnect_max_ms: u64,
    /// What the server's own `consumer_timeout` is, milliseconds: a delivery that is held longer is taken back. Default
    /// 1800000, as RabbitMQ's.
    #[serde(default = "half_an_hour")]
    pub consumer_timeout_ms: u64,
}

/// `[vault]`: where the keys lie.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultSettings {
    /// Folder with the key files.
    pub keys_dir: PathBuf,
}

/// `[shutdown]`: how long a stopping service may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShutdownSettings {
    /// Time to finish what is held, milliseconds, before it is handed back. Default 25000, to end before the
    /// 30 seconds after which orchestrators kill.
    pub grace_ms: u64,
}

impl ShutdownSettings {
    /// The grace as a duration.
    #[must_use]
    pub fn grace(&self) -> Duration {
        Duration::from_millis(self.grace_ms)
    }
}

impl Default for ShutdownSettings {
    fn default() -> Self {
        Self { grace_ms: 25_000 }
    }
}

fn ten() -> u32 {
    10
}

fn ten_u16() -> u16 {
    10
}

fn hundred() -> u64 {
    100
}

fn half_an_hour() -> u64 {
    1_800_000
}

fn five_seconds() -> u64 {
    5_000
}

fn ten_seconds() -> u64 {
    10_000
}

fn thirty_seconds() -> u64 {
    30_000
}
