//! Responses, and what the ledger says of how they left.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;

use crate::ledger::Call;
use crate::server::CutConnection;

/// A reply in XML with status 200.
pub(super) fn xml(body: Bytes) -> Response {
    xml_with(StatusCode::OK, body)
}

/// A reply in XML.
pub(super) fn xml_with(status: StatusCode, body: Bytes) -> Response {
    typed(status, "text/xml; charset=utf-8", Body::from(body))
}

/// A reply of a content type.
pub(super) fn typed(status: StatusCode, content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Notes in the ledger whether the client was there to the end: dropped before an answer, it had gone.
pub(super) struct Presence {
    call: Arc<Call>,
    answered: bool,
}

impl Presence {
    pub(super) fn of(call: Arc<Call>) -> Self {
        Self {
            call,
            answered: false,
        }
    }

    /// Notes the reply; returns its status unless the connection is cut instead.
    pub(super) fn answered(mut self, response: &Response) -> Option<String> {
        self.answered = true;
        if response.extensions().get::<CutConnection>().is_some() {
            self.call.end(true);
            return None;
        }
        let length = response
            .body()
            .size_hint()
            .exact()
            .and_then(|length| usize::try_from(length).ok());
        self.call.answer(response.status().as_u16(), length);
        Some(response.status().as_u16().to_string())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if !self.answered {
            self.call.end(false);
        }
    }
}
