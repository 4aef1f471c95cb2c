//! The simulated CBSS: its faults and its ledger.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, ensure};
use relay_testkit::http;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Its control interface.
pub(crate) struct Simulator(pub(crate) SocketAddr);

/// A call that it received; times in milliseconds since its start, by a clock that never jumps.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) received_ms: u64,
    pub(crate) answered_ms: Option<u64>,
    pub(crate) service: String,
    pub(crate) cbe_number: String,
}

impl Call {
    fn read(entry: &Value) -> anyhow::Result<Self> {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let received = entry["received"]["ms"].as_u64();
        Ok(Self {
            received_ms: received.context("a call without a time")?,
            answered_ms: entry["answered"]["ms"].as_u64(),
            service: text("service"),
            cbe_number: text("cbe_number"),
        })
    }
}

impl Simulator {
    /// All calls, in the order in which they came.
    pub(crate) async fn calls(&self) -> anyhow::Result<Vec<Call>> {
        let reply = http::get(self.0, "/_sim/ledger?limit=200000").await?;
        ensure!(reply.status == 200, "the ledger: status {}", reply.status);
        let entries: Vec<Value> = serde_json::from_str(&reply.body).context("reading the ledger")?;
        let mut calls: Vec<Call> = entries.iter().map(Call::read).collect::<anyhow::Result<_>>()?;
        calls.sort_by_key(|call| call.received_ms);
        Ok(calls)
    }

    /// From now on every call goes wrong like this: an action of the simulator's rules.
    pub(crate) async fn fault(&self, action: &Value) -> anyhow::Result<()> {
        let rule = serde_json::json!({"action": action}).to_string();
        self.send("POST", "/_sim/faults", &rule).await
    }

    /// Nothing goes wrong any more.
    pub(crate) async fn heal(&self) -> anyhow::Result<()> {
        self.send("DELETE", "/_sim/faults", "").await
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> anyhow::Result<()> {
        // HTTP/1.0: the server closes the connection behind the reply.
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.0,
            body.len()
        );
        let exchange = async {
            let mut stream = TcpStream::connect(self.0).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut reply = String::new();
            stream.read_to_string(&mut reply).await?;
            anyhow::Ok(reply)
        };
        let said = || format!("{method} {path} at the simulator");
        let reply = timeout(TIMEOUT, exchange)
            .await
            .with_context(said)?
            .with_context(said)?;
        let status = reply.split_whitespace().nth(1).unwrap_or_default();
        ensure!(status.starts_with('2'), "{}: {reply}", said());
        Ok(())
    }
}
