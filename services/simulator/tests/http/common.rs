//! A simulator in this process, and a client that is nothing but a socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use relay_runtime::{Clock, Entropy, Registry, Shutdown};
use relay_simulator::access::Access;
use relay_simulator::ledger::Ledger;
use relay_simulator::manageaccess::Style;
use relay_simulator::register::Scale;
use relay_simulator::server::Server;
use relay_simulator::simulator::{Setup, Simulator};
use relay_simulator::tigroups::{PATH, SOAP_ACTION};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The legal context that is granted.
pub(crate) const LEGAL_CONTEXT: &str = "PCSA:SOCIAL_INQUIRY";
/// `user:password` of the tests, in base64.
pub(crate) const CREDENTIALS: &str = "RTAyMTIzNDQ4NzY6c2VjcmV0";
/// Longest wait for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running simulator; it stops when dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    shutdown: Shutdown,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.soft().cancel();
        self.shutdown.hard().cancel();
    }
}

/// A reply as it came over the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Whether the message was complete: as long as announced, or with its last chunk.
    pub(crate) complete: bool,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("the body is UTF-8")
    }

    /// The text of the first element of that name.
    pub(crate) fn value(&self, name: &str) -> String {
        let text = self.text();
        let (_, rest) = text
            .split_once(&format!("<{name}>"))
            .unwrap_or_else(|| panic!("no {name} in {text}"));
        rest.split('<').next().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }
}

impl Running {
    /// Starts with 200 people, seed 1, one user, and what `change` makes of it.
    pub(crate) async fn start(change: impl FnOnce(&mut Setup)) -> Self {
        let clock = Clock::system();
        let mut setup = Setup {
            seed: 1,
            population: 200,
            scale: Scale::default(),
            latency: Duration::ZERO,
            access: Access::for_users([("E0212344876".to_owned(), "secret".to_owned())]),
            legal_contexts: vec![LEGAL_CONTEXT.to_owned()],
            require_inscription: false,
            style: Style::default(),
            ledger: Arc::new(Ledger::new(clock.clone(), 10_000, None)),
            clock,
            entropy: Entropy::system(),
            metrics: Registry::new().expect("metrics"),
        };
        change(&mut setup);
        let simulator = Arc::new(Simulator::new(setup).expect("a simulator"));
        let listen = "127.0.0.1:0".parse().expect("an address");
        let server = Server::bind(listen, None, simulator).await.expect("a free port");
        let (address, shutdown) = (server.address(), Shutdown::default());
        tokio::spawn(server.serve(shutdown.clone()));
        Self { address, shutdown }
    }

    /// A simulator in another process, which this does not stop.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            shutdown: Shutdown::default(),
        }
    }

    /// A request on its own connection. `None` when the connection ended before a whole head came.
    pub(crate) async fn call(&self, request: &[u8]) -> Option<Reply> {
        let mut stream = TcpStream::connect(self.address)
            .await
            .expect("the simulator listens");
        stream.write_all(request).await.expect("the request goes out");
        let mut bytes = Vec::new();
        // A connection that is reset gave what it gave before.
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes))
            .await
            .expect("an end in time");
        parse(&bytes)
    }

    /// A request to a control route; `body` is JSON if there is any.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let reply = self.call(request.as_bytes()).await.expect("a reply");
        (
            reply.status,
            serde_json::from_slice(&reply.body).unwrap_or(Value::Null),
        )
    }

    /// Posts a fault rule.
    pub(crate) async fn fault(&self, rule: &str) -> u64 {
        let (status, answer) = self.control("POST", "/_sim/faults", rule).await;
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_u64().expect("an id")
    }

    /// The ledger.
    pub(crate) async fn ledger(&self) -> Vec<Value> {
        let (status, entries) = self.control("GET", "/_sim/ledger", "").await;
        assert_eq!(status, 200);
        entries.as_array().expect("a list").clone()
    }

    /// Waits until the last entry of the ledger is as wanted.
    pub(crate) async fn last_entry(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let searching = async {
            loop {
                if let Some(entry) = self.ledger().await.pop().filter(&wanted) {
                    return entry;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, searching)
            .await
            .expect("the ledger shows it in time")
    }

    /// Numbers of one kind.
    pub(crate) async fn ssins(&self, kind: &str, limit: usize) -> Vec<String> {
        let (status, people) = self
            .control("GET", &format!("/_sim/people?kind={kind}&limit={limit}"), "")
            .await;
        assert_eq!(status, 200, "{people}");
        let people = people.as_array().expect("a list");
        people
            .iter()
            .map(|person| person["ssin"].as_str().expect("a number").to_owned())
            .collect()
    }
}

/// The HTTP request around an envelope.
pub(crate) fn http(body: &str) -> Vec<u8> {
    http_with(
        &[
            ("authorization", &format!("Basic {CREDENTIALS}")),
            ("content-type", "text/xml; charset=utf-8"),
            ("soapaction", SOAP_ACTION),
        ],
        body.as_bytes(),
    )
}

/// The HTTP request with other headers.
pub(crate) fn http_with(headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    post(PATH, headers, body)
}

/// The HTTP request to any path.
pub(crate) fn post(path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A question as the relay asks it.
pub(crate) fn question(ssin: &str, language: &str, history: bool) -> String {
    envelope(&format!(
        "<v2:retrieveTIGroupsRequest xmlns:v2=\"http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2\">\
         <informationCustomer><ticket>our-ticket</ticket><timestampSent>2026-11-23T10:00:00.123Z</timestampSent>\
         <customerIdentification><cbeNumber>0212344876</cbeNumber></customerIdentification></informationCustomer>\
         <legalContext>{LEGAL_CONTEXT}</legalContext><searchInformation><ssin>{ssin}</ssin>\
         <language>{language}</language><history>{history}</history></searchInformation>\
         </v2:retrieveTIGroupsRequest>"
    ))
}

/// A SOAP 1.1 envelope.
pub(crate) fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// Asks, and expects some reply.
pub(crate) async fn ask(simulator: &Running, body: &str) -> Reply {
    simulator.call(&http(body)).await.expect("a reply")
}

fn parse(bytes: &[u8]) -> Option<Reply> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).expect("the head is text");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .expect("a status");
    let rest = &bytes[end + 4..];
    let mut reply = Reply {
        status,
        head,
        body: rest.to_vec(),
        complete: true,
    };
    if let Some(length) = reply
        .header("content-length")
        .and_then(|length| length.parse::<usize>().ok())
    {
        reply.complete = rest.len() == length;
    } else if reply.header("transfer-encoding") == Some("chunked") {
        (reply.body, reply.complete) = unchunk(rest);
    }
    Some(reply)
}

/// The body of a chunked message, and whether its last chunk came.
fn unchunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&rest[..line])
            .ok()
            .and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.expect("the size of a chunk");
        rest = &rest[line + 2..];
        if size == 0 {
            return (body, true);
        }
        let available = size.min(rest.len());
        body.extend_from_slice(&rest[..available]);
        rest = rest.get(size + 2..).unwrap_or_default();
    }
    (body, false)
}
