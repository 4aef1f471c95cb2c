//! Our JSON is protobuf's JSON mapping: prost-reflect, which knows the descriptors only, reads the same
//! message from both encodings.

use proptest::prelude::*;
use prost::Message as _;
use prost_reflect::{DeserializeOptions, DynamicMessage};
use relay_proto::{Encoding, EventMessage, decode_submission, encode_submission};

use crate::any::{any_event, any_submission};
use crate::{context, descriptors};

/// The message as prost-reflect reads it from JSON, in protobuf.
fn from_json(message: &str, json: &[u8]) -> Vec<u8> {
    let descriptor = descriptors()
        .get_message_by_name(message)
        .expect("a message of ours");
    let mut reader = serde_json::Deserializer::from_slice(json);
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    DynamicMessage::deserialize_with_options(descriptor, &mut reader, &options)
        .expect("protobuf's JSON mapping")
        .encode_to_vec()
}

/// The JSON that prost-reflect makes of a message.
fn to_json(message: &str, bytes: &[u8]) -> Vec<u8> {
    let descriptor = descriptors()
        .get_message_by_name(message)
        .expect("a message of ours");
    serde_json::to_vec(&DynamicMessage::decode(descriptor, bytes).expect("protobuf")).expect("JSON")
}

proptest! {
    #[test]
    fn events(event in any_event()) {
        let [json, protobuf] = Encoding::ALL.map(|encoding| event.encode(encoding));
        prop_assert_eq!(from_json("cbss.relay.v1.Event", &json), protobuf);
    }

    #[test]
    fn events_as_another_library_writes_them(event in any_event()) {
        let json = to_json("cbss.relay.v1.Event", &event.encode(Encoding::Protobuf));
        prop_assert_eq!(EventMessage::decode(Encoding::Json, &json), Ok(event));
    }

    #[test]
    fn submissions(submission in any_submission()) {
        let [json, protobuf] = Encoding::ALL.map(|encoding| encode_submission(&submission, encoding));
        prop_assert_eq!(from_json("cbss.relay.v1.Submission", &json), protobuf);
    }

    #[test]
    fn submissions_as_another_library_writes_them(submission in any_submission()) {
        let json = to_json("cbss.relay.v1.Submission", &encode_submission(&submission, Encoding::Protobuf));
        let raw = decode_submission(Encoding::Json, &json).expect("a message");
        prop_assert_eq!(raw.check(&context()), Ok(submission));
    }
}
