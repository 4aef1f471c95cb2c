//! What a message looks like, as tables made from the `.proto` files when this crate is built.
//!
//! prost drops unknown fields in silence and its types know nothing of JSON; the reader (`crate::read`)
//! follows these tables instead, so that both encodings share one list of names.

/// The reader notes the fields that it has seen in 64 bits. `build.rs` checks that this suffices.
pub(crate) const MOST_FIELDS: usize = 64;

/// A message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) fields: &'static [Field],
}

/// A field of a message.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its number on the wire.
    pub(crate) number: u32,
    /// Its name in the `.proto` file, which protobuf's JSON mapping accepts too.
    pub(crate) proto: &'static str,
    /// Its name in JSON.
    pub(crate) json: &'static str,
    /// Of which `oneof` it is a member.
    pub(crate) choice: Option<Choice>,
    /// Is it a list?
    pub(crate) repeated: bool,
    /// What it holds.
    pub(crate) kind: Kind,
}

/// Membership in a `oneof`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// The name of the `oneof`: paths begin with it.
    pub(crate) group: &'static str,
    /// The member's name as services are named: `retrieve-ti-groups`.
    pub(crate) name: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// `string`.
    Text,
    /// `bool`.
    Flag,
    /// `int32`; inside a timestamp also `int64`.
    Integer,
    /// `uint32`.
    Unsigned,
    /// `google.protobuf.Timestamp`: in JSON an RFC 3339 text.
    Time,
    /// Another message of ours.
    Message(&'static Message),
}

/// `google.protobuf.Timestamp` on the wire.
pub(crate) static TIMESTAMP: Message = Message {
    fields: &[
        Field {
            number: 1,
            proto: "seconds",
            json: "seconds",
            choice: None,
            repeated: false,
            kind: Kind::Integer,
        },
        Field {
            number: 2,
            proto: "nanos",
            json: "nanos",
            choice: None,
            repeated: false,
            kind: Kind::Integer,
        },
    ],
};

include!(concat!(env!("OUT_DIR"), "/shapes.rs"));
