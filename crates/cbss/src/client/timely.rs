//! A body that is given out in time or not at all.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use thiserror::Error;
use tokio::time::Instant;

/// The slot had passed before the first byte.
#[derive(Clone, Copy, Debug, Error)]
#[error("the time for sending had passed before the first byte")]
pub(super) struct TooLate;

/// The bytes of a request. hyper takes them when it has a connection and before it writes anything, head included, so
/// a body that fails then keeps the whole request from leaving.
pub(super) struct Timely {
    bytes: Option<Bytes>,
    not_after: Instant,
}

impl Timely {
    /// A body for a request.
    pub(super) fn body(bytes: Bytes, not_after: Option<Instant>) -> reqwest::Body {
        match not_after {
            None => bytes.into(),
            Some(not_after) => reqwest::Body::wrap(Self {
                bytes: Some(bytes),
                not_after,
            }),
        }
    }
}

impl Body for Timely {
    type Data = Bytes;
    type Error = TooLate;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TooLate>>> {
        let Some(bytes) = self.bytes.take() else {
            return Poll::Ready(None);
        };
        if Instant::now() > self.not_after {
            return Poll::Ready(Some(Err(TooLate)));
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, Bytes::len) as u64)
    }
}
