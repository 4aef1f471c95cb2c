//! Just enough HTTP to ask a service whether it is ready and to read its metrics.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const TIMEOUT: Duration = Duration::from_secs(10);

/// A reply: status code and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Body, as text.
    pub body: String,
}

/// Gets `path` from the plain HTTP server at `address`.
///
/// # Errors
/// When nobody answers within 10 seconds, or the answer is not HTTP.
pub async fn get(address: SocketAddr, path: &str) -> anyhow::Result<Reply> {
    // HTTP/1.0: no chunked bodies, and the server closes the connection behind the reply.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        anyhow::Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let failed = || format!("getting http://{address}{path}");
    let reply = timeout(TIMEOUT, exchange)
        .await
        .with_context(failed)?
        .with_context(failed)?;
    parse(&reply).with_context(failed)
}

fn parse(reply: &str) -> anyhow::Result<Reply> {
    let (head, body) = reply
        .split_once("\r\n\r\n")
        .context("the reply has no end of its header")?;
    let mut words = head.split_ascii_whitespace();
    ensure!(
        words.next().is_some_and(|word| word.starts_with("HTTP/1.")),
        "the reply is not HTTP"
    );
    let status = words
        .next()
        .and_then(|word| word.parse().ok())
        .context("the reply has no status code")?;
    Ok(Reply {
        status,
        body: body.to_owned(),
    })
}
