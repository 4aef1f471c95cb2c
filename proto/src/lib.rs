//! The message contract of cbss-relay: what upstream systems send and receive, and what the services tell
//! each other.
//!
//! The `.proto` files under `cbss/relay/v1` are the source; `asyncapi.json` describes the channels. A message
//! is written in one of two [`Encoding`]s. Reading has two stages, because what is wrong decides who hears of it:
//!
//! 1. [`decode_submission`] fails only for bytes that are no message. Nobody can be answered; the bytes go to
//!    quarantine with the [`DecodeCause`].
//! 2. [`RawSubmission::check`] names everything that is wrong with a message at once, unknown fields and wrong
//!    types included, as [`relay_domain::FieldError`]s with a path each. They are the answer to the sender.
//!
//! Neither kind of error repeats a value of the message: values are personal data.

pub mod address;
mod cancel;
mod check;
pub mod codes;
mod encoding;
mod error;
mod event;
mod form;
mod identify_person;
mod internal;
mod manage_access;
mod perform_investigation;
mod person;
mod read;
mod shape;
mod submission;
mod test_connection;
mod time;

pub use cancel::{Cancel, CancelTarget, RawCancel, decode_cancel};
pub use encoding::{Encoding, message_type};
pub use error::{DecodeCause, DecodeError};
pub use event::{EventError, EventKind, EventMessage, Tickets};
pub use internal::{ResponseItem, WorkItem};
pub use submission::{CheckContext, RawSubmission, decode_submission, encode_submission, request_field};

/// The descriptors of all messages (`google.protobuf.FileDescriptorSet`), for tools that need reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The types that prost makes of the `.proto` files. They are no interface: they neither know which fields
/// were unknown nor keep personal data out of sight.
#[expect(unreachable_pub, reason = "generated")]
mod wire {
    include!(concat!(env!("OUT_DIR"), "/cbss.relay.v1.rs"));
}

/// Writes a message of ours.
fn encode(message: &(impl prost::Message + serde::Serialize), encoding: Encoding) -> Vec<u8> {
    match encoding {
        // It fails for maps with keys that are no texts; no message has a map.
        Encoding::Json => serde_json::to_vec(message).expect("messages are texts, numbers and lists of them"),
        Encoding::Protobuf => message.encode_to_vec(),
    }
}
