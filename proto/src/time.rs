//! Times: `google.protobuf.Timestamp` and `OffsetDateTime`.

use prost_types::Timestamp;
use serde::Serializer;
use time::OffsetDateTime;

/// The first second that a message may name: 2000-01-01T00:00:00Z.
const FIRST: i64 = 946_684_800;
/// The first second that it may not name any more: 2100-01-01T00:00:00Z.
const END: i64 = 4_102_444_800;

/// The moment, in UTC; `None` outside of 2000 to 2099, or where the nanoseconds make no fraction.
pub(crate) fn from_timestamp(timestamp: Timestamp) -> Option<OffsetDateTime> {
    if !(FIRST..END).contains(&timestamp.seconds) || !(0..1_000_000_000).contains(&timestamp.nanos) {
        return None;
    }
    let nanoseconds = i128::from(timestamp.seconds) * 1_000_000_000 + i128::from(timestamp.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()
}

/// The same moment for the wire.
pub(crate) fn to_timestamp(moment: OffsetDateTime) -> Timestamp {
    // Less than 10⁹: `nanosecond` is a part of a second.
    Timestamp {
        seconds: moment.unix_timestamp(),
        nanos: i32::try_from(moment.nanosecond()).unwrap_or_default(),
    }
}

/// RFC 3339 in UTC with 0, 3, 6 or 9 digits of fraction: protobuf's JSON mapping.
pub(crate) fn write_json<S: Serializer>(
    timestamp: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match timestamp {
        Some(timestamp) => serializer.collect_str(timestamp),
        None => serializer.serialize_none(),
    }
}
