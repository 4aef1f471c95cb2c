//! The two encodings of a message, and the names of the message types.

/// How a message is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Protobuf's JSON mapping.
    Json,
    /// Protobuf.
    Protobuf,
}

impl Encoding {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Json, Self::Protobuf];

    /// The encoding that an AMQP `content_type` names; parameters such as `; charset=utf-8` are tolerated.
    #[must_use]
    pub fn from_content_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        Self::ALL
            .into_iter()
            .find(|encoding| encoding.content_type().eq_ignore_ascii_case(essence))
    }

    /// The AMQP `content_type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Protobuf => "application/x-protobuf",
        }
    }
}

/// The values of AMQP `type`: message and version.
pub mod message_type {
    /// A submission, [`decode_submission`](crate::decode_submission).
    pub const SUBMISSION: &str = "cbss.submission.v1";
    /// A cancellation, [`decode_cancel`](crate::decode_cancel).
    pub const CANCEL: &str = "cbss.cancel.v1";
    /// An event, [`EventMessage`](crate::EventMessage).
    pub const EVENT: &str = "cbss.event.v1";
    /// A work item, [`WorkItem`](crate::WorkItem); internal.
    pub const WORK: &str = "cbss.work.v1";
    /// An answered attempt, [`ResponseItem`](crate::ResponseItem); internal.
    pub const RESPONSE: &str = "cbss.response.v1";
}

#[cfg(test)]
mod tests {
    use super::Encoding;

    #[test]
    fn content_types() {
        for encoding in Encoding::ALL {
            assert_eq!(
                Encoding::from_content_type(encoding.content_type()),
                Some(encoding)
            );
        }
        for text in [
            "application/json; charset=utf-8",
            "Application/JSON",
            " application/json ;x=y",
        ] {
            assert_eq!(Encoding::from_content_type(text), Some(Encoding::Json), "{text}");
        }
        for text in ["", ";", "text/json", "application/json+x", "application/protobuf"] {
            assert_eq!(Encoding::from_content_type(text), None, "{text}");
        }
    }
}
