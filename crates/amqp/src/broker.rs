//! Where the broker is and what stands there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lapin::uri::AMQPUri;

use crate::backoff::Backoff;
use crate::error::AmqpError;
use crate::topology::Topology;

/// A source of random numbers in `0.0 <= x < 1.0`, so that this crate takes none from the environment.
#[derive(Clone)]
pub struct Jitter(Arc<dyn Fn() -> f64 + Send + Sync>);

impl Jitter {
    /// Wraps the caller's source.
    pub fn new(source: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    pub(crate) fn sample(&self) -> f64 {
        (self.0)().clamp(0.0, 1.0)
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jitter(..)")
    }
}

/// How to reach the broker.
#[derive(Clone)]
pub struct BrokerOptions {
    uri: AMQPUri,
    /// Name of this process in the broker's connection list.
    pub name: String,
    /// Longest wait for TCP, TLS, login and the declarations together. Default 5 s.
    pub connect_timeout: Duration,
    /// Longest wait of a publish for its confirm, a wait for the connection included. Default 10 s.
    pub confirm_timeout: Duration,
    /// First pause before connecting again; doubles. Default 100 ms.
    pub reconnect_min: Duration,
    /// Longest pause before connecting again. Default 5 s.
    pub reconnect_max: Duration,
    /// Spreads the pauses.
    pub jitter: Jitter,
}

impl BrokerOptions {
    /// Options with the defaults above, and 10 s between heartbeats unless the URL says `?heartbeat=`.
    ///
    /// # Errors
    /// When `url` is not `amqp://user:password@host:port/vhost` or `amqps://...`.
    pub fn new(url: &str, name: impl Into<String>, jitter: Jitter) -> Result<Self, AmqpError> {
        let mut uri: AMQPUri = url.parse().map_err(AmqpError::Url)?;
        uri.query.heartbeat.get_or_insert(10);
        Ok(Self {
            uri,
            name: name.into(),
            connect_timeout: Duration::from_secs(5),
            confirm_timeout: Duration::from_secs(10),
            reconnect_min: Duration::from_millis(100),
            reconnect_max: Duration::from_secs(5),
            jitter,
        })
    }

    /// Sets the interval that this side proposes for heartbeats, in seconds.
    #[must_use]
    pub fn with_heartbeat_s(mut self, seconds: u16) -> Self {
        self.uri.query.heartbeat = Some(seconds);
        self
    }

    pub(crate) fn uri(&self) -> AMQPUri {
        self.uri.clone()
    }

    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.uri.authority.host, self.uri.authority.port)
    }

    pub(crate) fn backoff(&self) -> Backoff {
        Backoff::new(self.reconnect_min, self.reconnect_max, self.jitter.clone())
    }
}

impl fmt::Debug for BrokerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokerOptions")
            .field("address", &self.address())
            .field("vhost", &self.uri.vhost)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A broker and what a service needs to stand there. Clones share both.
#[derive(Clone, Debug)]
pub struct Broker {
    pub(crate) options: Arc<BrokerOptions>,
    pub(crate) topology: Arc<Topology>,
}

impl Broker {
    /// Every connection made through this broker declares `topology` first.
    #[must_use]
    pub fn new(options: BrokerOptions, topology: Topology) -> Self {
        Self {
            options: Arc::new(options),
            topology: Arc::new(topology),
        }
    }

    /// Connects, declares the topology and disconnects: for start-up and `relayctl`, where a difference should
    /// be reported instead of retried.
    ///
    /// # Errors
    /// When the broker cannot be reached, or something exists with other arguments.
    pub async fn declare(&self) -> Result<(), AmqpError> {
        crate::connection::connect(self, "declare").await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_in_debug_output() {
        let options = BrokerOptions::new("amqp://relay:hunter2@host:5673/t1", "worker", Jitter::new(|| 0.5))
            .expect("a good URL");
        let text = format!("{options:?}");
        assert!(text.contains("host:5673") && text.contains("t1"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_bad_url_is_refused_without_its_password() {
        let error = BrokerOptions::new("http://relay:hunter2@host", "worker", Jitter::new(|| 0.5))
            .expect_err("must be refused")
            .to_string();
        assert!(error.contains("amqp://") && !error.contains("hunter2"), "{error}");
    }
}
