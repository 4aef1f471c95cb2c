//! The message contract, from the outside: literal bytes, both encodings, everything that may be wrong, and
//! the AsyncAPI document.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, and says where")]

mod any;
mod asyncapi;
mod bytes;
mod forms;
mod fuzzed;
mod golden;
mod identify_person;
mod manage_access;
mod mapping;
mod properties;
mod rejections;
mod undecodable;

use prost_reflect::DescriptorPool;
use relay_domain::{FieldError, Language, Service, SsinCheck};
use relay_proto::{CheckContext, FILE_DESCRIPTOR_SET};
use time::OffsetDateTime;
use time::macros::datetime;

/// The time of every check.
const NOW: OffsetDateTime = datetime!(2030-01-01 00:00 UTC);

/// An organisation that may do everything and speaks French.
fn context() -> CheckContext<'static> {
    fn entitled(_: Service) -> bool {
        true
    }
    fn has_purpose(_: Option<u16>, _: u16) -> bool {
        true
    }
    CheckContext {
        ssin_check: SsinCheck::Error,
        default_language: Language::Fr,
        now: NOW,
        entitled: &entitled,
        has_purpose: &has_purpose,
    }
}

/// Where something is wrong, and the code of what.
fn named(errors: &[FieldError]) -> Vec<(&str, &str)> {
    errors
        .iter()
        .map(|error| (error.path.as_str(), error.code))
        .collect()
}

/// The descriptors, for prost-reflect's own, independent reading of the messages.
fn descriptors() -> DescriptorPool {
    DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the embedded descriptors are good")
}
