//! From an HTTP request to a question, or to the reason why not.

use std::str::from_utf8;

use axum::body::to_bytes;
use axum::extract::Request as HttpRequest;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::respond::{xml, xml_with};
use super::{Context, Question, Receipt, Trouble};
use crate::schema::Violation;
use crate::service::Service;
use crate::soap::{self, EnvelopeError, FaultCode, MalformedXml};

/// The longest request that is read; a real one has about 1 kB.
const LONGEST: usize = 256 * 1024;

/// Why a request gets no business answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("no valid basic authentication")]
    Credentials,
    #[error("Content-Type is not text/xml; charset=utf-8")]
    ContentType,
    #[error("the body did not arrive, or is longer than {LONGEST} bytes")]
    Body,
    #[error("the body is not UTF-8")]
    Encoding,
    #[error("SOAPAction is missing, not quoted, or of another operation")]
    SoapAction,
    #[error("{0}")]
    Xml(#[from] MalformedXml),
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    #[error("{0}")]
    Schema(#[from] Violation),
    /// The service refuses in a message of its own instead of a SOAP fault.
    #[error("{violation}")]
    Answered {
        violation: Violation,
        body: String,
        /// The service that was asked, as far as the message says it.
        service: Option<Service>,
    },
}

impl Refusal {
    /// The service that was asked, where only the message says it.
    pub(super) fn service(&self) -> Option<Service> {
        match self {
            Self::Answered { service, .. } => *service,
            Self::Credentials
            | Self::ContentType
            | Self::Body
            | Self::Encoding
            | Self::SoapAction
            | Self::Xml(_)
            | Self::Envelope(_)
            | Self::Schema(_) => None,
        }
    }

    pub(super) fn response<Q: Question>(self, receipt: Receipt<'_>) -> Response {
        let diagnostic = self.to_string();
        let code = match self {
            Self::Credentials => {
                let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"CBSS\"")];
                return (StatusCode::UNAUTHORIZED, challenge).into_response();
            }
            Self::ContentType => return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response(),
            Self::Body => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
            Self::Answered { body, .. } => return xml(body.into()),
            Self::Envelope(error) => error.fault_code(),
            Self::Encoding | Self::SoapAction | Self::Xml(_) | Self::Schema(_) => FaultCode::Client,
        };
        let trouble = Trouble {
            code,
            reason: "A validation error occurred.",
            message: "MSG00008",
            diagnostic: &diagnostic,
        };
        xml_with(
            StatusCode::INTERNAL_SERVER_ERROR,
            Q::fault(&trouble, None, receipt).into(),
        )
    }
}

/// Authenticates, reads and checks.
pub(super) async fn read<Q: Question>(context: &Context, http: HttpRequest) -> Result<Q, Refusal> {
    if Q::AUTHENTICATED {
        let user = context.simulator.access.user(http.headers());
        let user = user.ok_or(Refusal::Credentials)?;
        context.call.note(|entry| entry.user = Some(user));
    }
    if !is_utf8_xml(http.headers()) {
        return Err(Refusal::ContentType);
    }
    let action = http.headers().get("soapaction").and_then(|action| {
        let known = |known: &&str| known.as_bytes() == action.as_bytes();
        Q::SOAP_ACTIONS.iter().position(known)
    });
    let body = to_bytes(http.into_body(), LONGEST)
        .await
        .map_err(|_| Refusal::Body)?;
    let action = action.ok_or(Refusal::SoapAction)?;
    let text = from_utf8(&body).map_err(|_| Refusal::Encoding)?;
    Q::read(&soap::open(soap::parse(text)?)?, action)
}

/// `text/xml; charset=utf-8`, in any case, with or without quotes.
fn is_utf8_xml(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let is_xml = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("text/xml"));
    let is_utf8 = parts
        .filter_map(|parameter| parameter.split_once('='))
        .any(|(name, value)| {
            name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        });
    is_xml && is_utf8
}
