//! The simulated CBSS: its faults, its replies and its ledger.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::Context;
use relay_testkit::http;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// All calls.
pub(crate) const LEDGER: &str = "/_sim/ledger?limit=100000";
/// All registrations that were made or taken back.
pub(crate) const CHANGES: &str = "/_sim/changes?limit=100000";

/// Its control interface.
pub(crate) struct Simulator(pub(crate) SocketAddr);

/// A moment by the clock that never jumps.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Moment {
    pub(crate) ms: u64,
}

/// A call that it received.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Call {
    pub(crate) received: Moment,
    pub(crate) answered: Option<Moment>,
    pub(crate) executed: Option<Moment>,
    pub(crate) ticket: Option<String>,
    pub(crate) ssin: Option<String>,
    pub(crate) ticket_cbss: String,
}

impl Simulator {
    /// Adds a rule; see `relay_simulator::faults`.
    pub(crate) async fn fault(&self, rule: &Value) {
        let (status, answer) = self
            .send("POST", "/_sim/faults", rule.to_string().as_bytes())
            .await;
        assert_eq!(status, 201, "{answer}");
    }

    /// Somebody ordinary: a line of the listing of people.
    pub(crate) async fn somebody(&self) -> Value {
        let people: Value = self.get("/_sim/people?limit=1").await.expect("people");
        people[0].clone()
    }

    /// A rule for all calls about one person.
    pub(crate) async fn fault_for(&self, ssin: &str, action: &Value) {
        self.fault(&json!({"match": {"ssin": ssin}, "action": action}))
            .await;
    }

    /// A rule for the next calls about one person.
    pub(crate) async fn fault_times(&self, ssin: &str, times: u64, action: &Value) {
        self.fault(&json!({"match": {"ssin": ssin, "times": times}, "action": action}))
            .await;
    }

    /// The SSIN of a person whose family name is not plain ASCII.
    pub(crate) async fn somebody_with_an_accent(&self) -> String {
        let people: Value = self.get("/_sim/people?limit=300").await.expect("people");
        let accented = |person: &&Value| person["last_name"].as_str().is_some_and(|name| !name.is_ascii());
        let somebody = people.as_array().into_iter().flatten().find(accented);
        let ssin = somebody.and_then(|person| person["ssin"].as_str());
        ssin.expect("somebody with an accent").to_owned()
    }

    /// Sets the whole reply about one person.
    pub(crate) async fn reply(&self, ssin: &str, body: &[u8]) {
        let (status, answer) = self.send("POST", &format!("/_sim/replies/{ssin}"), body).await;
        assert_eq!(status, 204, "{answer}");
    }

    /// All calls.
    pub(crate) async fn calls(&self) -> Vec<Call> {
        self.get(LEDGER).await.expect("the ledger")
    }

    /// The changes that were made, in the order of their execution.
    pub(crate) async fn changes(&self) -> Vec<Value> {
        self.get(CHANGES).await.expect("the changes")
    }

    /// The forms of Loi65 that it decided on, and how often each came.
    pub(crate) async fn decisions(&self) -> Vec<Value> {
        self.get("/_sim/decisions").await.expect("the decisions")
    }

    /// Nobody is registered any more.
    pub(crate) async fn forget_registrations(&self) {
        let (status, answer) = self.send("DELETE", "/_sim/registrations", b"").await;
        assert_eq!(status, 204, "{answer}");
    }

    /// All rules are gone.
    pub(crate) async fn heal(&self) {
        let (status, answer) = self.send("DELETE", "/_sim/faults", b"").await;
        assert_eq!(status, 204, "{answer}");
    }

    /// All calls by the person asked about, in the order in which they came.
    pub(crate) async fn calls_by_person(&self) -> BTreeMap<String, Vec<Call>> {
        let mut calls: BTreeMap<String, Vec<Call>> = BTreeMap::new();
        for call in self.calls().await {
            if let Some(ssin) = &call.ssin {
                calls.entry(ssin.clone()).or_default().push(call);
            }
        }
        calls
    }

    /// What it says there, as JSON.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let reply = http::get(self.0, path).await?;
        serde_json::from_str(&reply.body).with_context(|| path.to_owned())
    }

    async fn send(&self, method: &str, path: &str, body: &[u8]) -> (u16, String) {
        // HTTP/1.0: the server closes the connection behind the reply.
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.0,
            body.len()
        );
        let exchange = async {
            let mut stream = TcpStream::connect(self.0).await?;
            stream.write_all(&[head.as_bytes(), body].concat()).await?;
            let mut reply = String::new();
            stream.read_to_string(&mut reply).await?;
            std::io::Result::Ok(reply)
        };
        let reply = exchange.await.expect("an answer of the simulator");
        let status = reply.split_whitespace().nth(1).and_then(|word| word.parse().ok());
        (status.expect("a status"), reply)
    }
}
