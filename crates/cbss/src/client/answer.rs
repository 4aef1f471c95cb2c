//! What came back.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// A complete HTTP answer of any status.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// When to come back, where the server says so.
    pub retry_after: Option<RetryAfter>,
    /// The header of that name, as it came.
    pub content_type: Option<String>,
    /// The body, as it came: at most `max_response_bytes`.
    pub body: Bytes,
    /// From before connecting to the last byte.
    pub duration: Duration,
}

/// The `Retry-After` header (RFC 9110, 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// After so long.
    Delay(Duration),
    /// Not before.
    At(OffsetDateTime),
}

impl RetryAfter {
    /// Reads seconds, or a date in the form that HTTP prefers.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let header = header.trim();
        if header.bytes().all(|byte| byte.is_ascii_digit()) {
            return header
                .parse()
                .ok()
                .map(|seconds| Self::Delay(Duration::from_secs(seconds)));
        }
        OffsetDateTime::parse(header, &Rfc2822).ok().map(Self::At)
    }

    /// How long that is from `now`; nothing for a moment that has passed.
    #[must_use]
    pub fn from_now(self, now: OffsetDateTime) -> Duration {
        match self {
            Self::Delay(delay) => delay,
            Self::At(at) => Duration::try_from(at - now).unwrap_or(Duration::ZERO),
        }
    }
}

impl fmt::Debug for HttpAnswer {
    /// The body is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("content_type", &self.content_type)
            .field("body_bytes", &self.body.len())
            .field("duration", &self.duration)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::datetime;

    use super::RetryAfter;

    #[test]
    fn retry_after_in_seconds_and_as_a_date() {
        assert_eq!(
            RetryAfter::parse(" 120 "),
            Some(RetryAfter::Delay(Duration::from_secs(120)))
        );
        let at = RetryAfter::parse("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(at, RetryAfter::At(datetime!(1994-11-06 08:49:37 UTC)));
        assert_eq!(
            at.from_now(datetime!(1994-11-06 08:49:07 UTC)),
            Duration::from_secs(30)
        );
        assert_eq!(at.from_now(datetime!(1994-11-07 00:00:00 UTC)), Duration::ZERO);
    }

    #[test]
    fn other_words_are_no_promise() {
        for header in ["soon", "-5", "1.5", "99999999999999999999999", "Sunday"] {
            assert_eq!(RetryAfter::parse(header), None, "{header}");
        }
    }
}
