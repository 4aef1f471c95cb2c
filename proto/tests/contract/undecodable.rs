//! Bytes that are no message: the cause, and the place where it was noticed.

use relay_proto::{DecodeCause as Cause, Encoding, EventMessage, decode_cancel, decode_submission};

/// The same answer for every kind of message.
fn refused(encoding: Encoding, bytes: &[u8], cause: Cause, position: usize) {
    let submission = decode_submission(encoding, bytes).map(|_| ()).unwrap_err();
    assert_eq!(
        (submission.cause, submission.position),
        (cause, Some(position)),
        "{}",
        bytes.escape_ascii()
    );
    let cancel = decode_cancel(encoding, bytes).map(|_| ()).unwrap_err();
    let event = EventMessage::decode(encoding, bytes).map(|_| ()).unwrap_err();
    assert_eq!(
        (cancel, event),
        (submission, submission),
        "{}",
        bytes.escape_ascii()
    );
}

#[test]
fn json() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
    let cases: [(&[u8], Cause, usize); 11] = [
        (b"", Cause::BrokenJson, 0),
        (b"{\"a\":1", Cause::BrokenJson, 5),
        (b"{\n \"a\":1,\n !}", Cause::BrokenJson, 11),
        (b"{} {}", Cause::BrokenJson, 3),
        (b"{\"a\":\"\\ud800\"}", Cause::BrokenJson, 12),
        (b"[]", Cause::NotAnObject, 0),
        (b"null", Cause::NotAnObject, 0),
        (b"{\"a\":\"\xff\"}", Cause::InvalidUtf8, 6),
        (br#"{"a":1,"a":2}"#, Cause::DuplicateKey, 12),
        (br#"{"a":{"b":1,"\u0062":2}}"#, Cause::DuplicateKey, 22),
        (deep.as_bytes(), Cause::TooDeep, 36),
    ];
    for (bytes, cause, position) in cases {
        refused(Encoding::Json, bytes, cause, position);
    }
}

#[test]
fn protobuf() {
    let groups = [0xa3, 0x06].repeat(40);
    let cases: [(&[u8], Cause, usize); 6] = [
        (b"\x0a", Cause::BrokenWire, 1),
        (b"\x0a\x05abc", Cause::BrokenWire, 2),
        (b"\x07", Cause::BrokenWire, 0),
        (b"\x0c", Cause::BrokenWire, 1),
        (b"\x0a\x02a\xff", Cause::InvalidUtf8, 3),
        (&groups, Cause::TooDeep, 66),
    ];
    for (bytes, cause, position) in cases {
        refused(Encoding::Protobuf, bytes, cause, position);
    }
    // In a part of the message: the place is counted from the beginning of the whole.
    let error = decode_submission(Encoding::Protobuf, b"\x1a\x03\x0a\x01\xff")
        .map(|_| ())
        .unwrap_err();
    assert_eq!((error.cause, error.position), (Cause::InvalidUtf8, Some(4)));
}

#[test]
fn events_of_a_newer_relay_are_read_and_damaged_ones_are_not() {
    let golden = include_str!("../../golden/event-accepted.v1.json");
    let newer = golden.replacen('{', "{\"colour\":\"red\",", 1);
    assert!(EventMessage::decode(Encoding::Json, newer.as_bytes()).is_ok());
    for (part, damage) in [
        ("\"accepted\"", "\"eaten\""),
        ("\"sequence\":1", "\"sequence\":1.5"),
        ("2030", "1030"),
    ] {
        let damaged = golden.replacen(part, damage, 1);
        let error = EventMessage::decode(Encoding::Json, damaged.as_bytes()).unwrap_err();
        assert_eq!(error.cause, Cause::BrokenContent, "{damage}");
    }
}
