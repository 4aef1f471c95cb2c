//! The HTTP client: one attempt, one body, and an honest word on what became of it.
//!
//! What matters most here is the line between [`SendError::NotSent`] and [`SendError::Unknown`]: after the
//! first, asking again repeats nothing; after the second, the CBSS may have logged a consultation or made a
//! change. So the client does nothing behind one's back: no redirects, no retries, no proxy from the
//! environment, no content encoding.

mod answer;
mod endpoint;
mod error;
mod timely;
mod tls;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use tokio::time::Instant;

pub use answer::{HttpAnswer, RetryAfter};
pub use endpoint::{Credentials, Endpoint, EndpointError};
pub use error::{ConnectStage, ExchangeStage, SendCause, SendError, SetupError};
pub use tls::TlsMaterial;

use self::timely::Timely;
use crate::soap::PreparedCall;

/// How long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name resolution, TCP and TLS together.
    pub connect: Duration,
    /// From the beginning to the last byte of the answer, connecting included. A connection that uses it
    /// all up counts as [`SendError::Unknown`], so `connect` had better be shorter.
    pub total: Duration,
}

/// What a client is made of.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// How long a call may take.
    pub timeouts: Timeouts,
    /// The longest body of an answer that is read, in bytes.
    pub max_response_bytes: usize,
    /// How long an unused connection is kept.
    pub pool_idle_timeout: Duration,
    /// Whom to trust, and how to prove who we are.
    pub tls: TlsMaterial,
}

/// Sends prepared calls. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct CbssClient {
    http: reqwest::Client,
    max_response_bytes: usize,
}

impl CbssClient {
    /// A client with a pool of connections of its own.
    pub fn new(settings: &ClientSettings) -> Result<Self, SetupError> {
        let Timeouts { connect, total } = settings.timeouts;
        if connect > total {
            return Err(SetupError::Timeouts);
        }
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client_config(&settings.tls)?)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .connect_timeout(connect)
            .timeout(total)
            .pool_idle_timeout(settings.pool_idle_timeout)
            .tcp_nodelay(true)
            .build()
            .map_err(|e| SetupError::Client(error::innermost(&e)))?;
        Ok(Self {
            http,
            max_response_bytes: settings.max_response_bytes,
        })
    }

    /// Sends a call once and reads the answer, whatever its status.
    ///
    /// With `not_after`, its first byte leaves by then, or none does ([`SendError::is_late`]): a connection that takes
    /// long to open must not carry a request out of its slot.
    ///
    /// A connection from the pool that turns out to be closed before anything was written to it is replaced
    /// by a new one; the call is then written for the first time.
    pub async fn send(
        &self,
        call: &PreparedCall,
        endpoint: &Endpoint,
        not_after: Option<Instant>,
    ) -> Result<HttpAnswer, SendError> {
        let started = Instant::now();
        let mut request = self
            .http
            .post(endpoint.url().clone())
            .header(CONTENT_TYPE, HeaderValue::from_static(call.content_type))
            .header(ACCEPT, HeaderValue::from_static("text/xml"))
            .header("SOAPAction", format!("\"{}\"", call.soap_action))
            .body(Timely::body(call.body.clone(), not_after));
        if let Some(credentials) = endpoint.credentials() {
            request = request.basic_auth(credentials.username(), Some(credentials.password()));
        }
        let response = request.send().await.map_err(|e| SendError::before_answer(&e))?;
        let status = response.status().as_u16();
        let header = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let content_type = header("content-type").map(str::to_owned);
        let retry_after = header("retry-after").and_then(RetryAfter::parse);
        let body = self.read_body(response, status).await?;
        Ok(HttpAnswer {
            status,
            retry_after,
            content_type,
            body,
            duration: started.elapsed(),
        })
    }

    async fn read_body(&self, mut response: reqwest::Response, status: u16) -> Result<Bytes, SendError> {
        let announced = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
        if announced > self.max_response_bytes {
            return Err(SendError::too_large(status));
        }
        let mut body = BytesMut::with_capacity(announced);
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|e| SendError::in_answer(&e, status))?
        {
            if body.len() + chunk.len() > self.max_response_bytes {
                return Err(SendError::too_large(status));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}
