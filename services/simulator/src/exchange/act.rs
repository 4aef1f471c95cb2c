//! Carrying out the actions of fault rules.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};

use super::respond::{typed, xml, xml_with};
use super::{Altered, Exchange, Question, Trouble};
use crate::faults::{Action, Encoding};
use crate::server::CutConnection;
use crate::soap::FaultCode;

/// Blanks are sent in pieces of this many bytes.
const PIECE: u64 = 64 * 1024;

/// How often a slow body goes on.
const TICKS_PER_SECOND: u64 = 10;

const XML: &str = "text/xml; charset=utf-8";
const HTML: &str = "text/html; charset=iso-8859-1";

/// Answers, or does not, as the rule says.
pub(super) async fn carry_out<Q: Question>(exchange: Exchange<Q>, action: Action) -> Response {
    match action {
        Action::None => xml(exchange.answer(None)),
        Action::DropRequest => CutConnection::response(),
        Action::DropReply { after_bytes } => drop_reply(exchange.answer(None), after_bytes),
        Action::ExecuteAfterClientGaveUp { delay_ms } => execute_later(exchange, delay_ms).await,
        Action::Http500 => page(StatusCode::INTERNAL_SERVER_ERROR, "The server met an error"),
        Action::Http503 { retry_after_s } => unavailable(retry_after_s),
        Action::HttpStatus { code } => StatusCode::from_u16(code)
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            .into_response(),
        Action::SoapFault { code } => soap_fault(&exchange, &code),
        Action::Status {
            value,
            code,
            with_data,
        } => xml(exchange.answer(Some(Altered {
            value,
            code,
            with_data,
        }))),
        Action::MalformedXml => xml(malformed(&exchange.answer(None))),
        Action::TruncatedBody => {
            let whole = exchange.answer(None);
            xml(whole.slice(..whole.len() / 2))
        }
        Action::WrongCharset { encoding } => xml(encoded(&exchange.answer(None), encoding)),
        Action::HtmlPage => page(StatusCode::OK, "Maintenance"),
        Action::EmptyBody => {
            exchange.answer(None);
            xml(Bytes::new())
        }
        Action::HugeBody { bytes } => typed(StatusCode::OK, XML, huge(exchange.answer(None), bytes)),
        Action::SlowBody { bytes_per_s } => {
            typed(StatusCode::OK, XML, slow(exchange.answer(None), bytes_per_s))
        }
        Action::Redirect { to } => redirect(&to),
    }
}

fn drop_reply(whole: Bytes, after_bytes: Option<usize>) -> Response {
    let Some(after) = after_bytes else {
        return CutConnection::response();
    };
    let part = stream::iter([Ok(whole.slice(..after.min(whole.len())))]);
    let cut = stream::once(async {
        // While the body has nothing ready, what it gave before goes out.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    typed(StatusCode::OK, XML, Body::from_stream(part.chain(cut)))
}

/// Runs to its end whether or not this future is dropped, which happens when the client goes away.
async fn execute_later<Q: Question>(exchange: Exchange<Q>, delay_ms: u64) -> Response {
    let work = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        exchange.answer(None)
    });
    match work.await {
        Ok(whole) => xml(whole),
        Err(_) => CutConnection::response(),
    }
}

fn page(status: StatusCode, title: &str) -> Response {
    let html = format!(
        "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1><br></html>\n"
    );
    typed(status, HTML, Body::from(html))
}

fn unavailable(retry_after_s: Option<u64>) -> Response {
    let mut response = page(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");
    if let Some(seconds) = retry_after_s {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn soap_fault<Q: Question>(exchange: &Exchange<Q>, code: &str) -> Response {
    let reason = "An error occurred while servicing your request.";
    let trouble = Trouble {
        code: FaultCode::Server,
        reason,
        message: code,
        diagnostic: reason,
    };
    let body = exchange.fault(&trouble);
    xml_with(StatusCode::INTERNAL_SERVER_ERROR, body.into())
}

fn redirect(to: &str) -> Response {
    let mut response = StatusCode::TEMPORARY_REDIRECT.into_response();
    if let Ok(location) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// An end tag too many, in the middle.
fn malformed(whole: &[u8]) -> Bytes {
    let middle = whole
        .iter()
        .rposition(|byte| *byte == b'<')
        .unwrap_or(whole.len());
    [&whole[..middle], b"</status>", &whole[middle..]].concat().into()
}

fn encoded(whole: &[u8], encoding: Encoding) -> Bytes {
    let text = String::from_utf8_lossy(whole);
    match encoding {
        Encoding::Latin1 => text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .collect(),
        Encoding::Utf16 => {
            let marked = std::iter::once(0xFEFF).chain(text.encode_utf16());
            marked.flat_map(u16::to_le_bytes).collect()
        }
    }
}

/// Blanks after the start tag of the envelope, where they mean nothing.
fn huge(whole: Bytes, bytes: u64) -> Body {
    let start = whole
        .iter()
        .position(|byte| *byte == b'>')
        .map_or(0, |position| position + 1);
    let blanks = bytes.saturating_sub(whole.len() as u64);
    let piece = Bytes::from(vec![b' '; PIECE as usize]);
    let full = stream::iter(0..blanks / PIECE).map(move |_| piece.clone());
    let rest = Bytes::from(vec![b' '; (blanks % PIECE) as usize]);
    let pieces = stream::iter([whole.slice(..start), rest])
        .chain(full)
        .chain(stream::iter([whole.slice(start..)]));
    Body::from_stream(pieces.map(Ok::<_, io::Error>))
}

fn slow(whole: Bytes, bytes_per_s: u64) -> Body {
    let step = usize::try_from((bytes_per_s / TICKS_PER_SECOND).max(1)).unwrap_or(usize::MAX);
    let pause = Duration::from_secs_f64(step as f64 / bytes_per_s as f64);
    Body::from_stream(trickle(whole, step, pause).map(Ok::<_, io::Error>))
}

fn trickle(whole: Bytes, step: usize, pause: Duration) -> impl Stream<Item = Bytes> {
    stream::unfold(whole, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let next = rest.split_to(step.min(rest.len()));
        Some((next, rest))
    })
}
