//! Every message, fed with anything: the bounded form of the fuzz target `submission`.

mod body;
#[path = "../../../../crates/domain/tests/fuzzed/damage.rs"]
mod damage;

use proptest::prelude::*;

use body::any_message;
use damage::damaged;

const JSON: [&[u8]; 6] = [
    include_bytes!("../../../golden/submission.v1.json"),
    include_bytes!("../../../golden/submission-short.v1.json"),
    include_bytes!("../../../golden/submission-manage-access.v1.json"),
    include_bytes!("../../../golden/submission-identify-person.v1.json"),
    include_bytes!("../../../golden/submission-search-person.v1.json"),
    include_bytes!("../../../golden/cancel.v1.json"),
];

const HEX: [&str; 6] = [
    include_str!("../../../golden/submission.v1.hex"),
    include_str!("../../../golden/submission-manage-access.v1.hex"),
    include_str!("../../../golden/submission-identify-person.v1.hex"),
    include_str!("../../../golden/submission-search-person.v1.hex"),
    include_str!("../../../golden/event-rejected.v1.hex"),
    include_str!("../../../golden/work.v1.hex"),
];

const PIECES: [&str; 32] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "18446744073709551616",
    "\\u0000",
    "\\ud800",
    "\\\"",
    "{\"a\":",
    "\"retrieveTiGroups\":{\"ssin\":\"80010100136\"},",
    "\"performInvestigation\":{},",
    "\"a\":1,",
    "\"language\":\"xx\",",
    "\"ssin\":",
    "2030-01-31T08:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "0000-01-01T00:00:00-23:59",
    "\u{feff}",
    "\u{0}",
    // Protobuf: a long length, an open group, a closed one, a negative number, field 0.
    "\u{a}\u{7f}",
    "\u{b}",
    "\u{c}",
    "\u{8}\u{1}",
    "\u{2}",
];

/// The bytes of a golden file: two digits each, `#` before a remark.
fn from_hex(text: &str) -> Vec<u8> {
    let without_remarks = text.lines().flat_map(|line| line.split('#').next());
    let digits: String = without_remarks.flat_map(str::split_whitespace).collect();
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("golden bytes");
    (0..digits.len()).step_by(2).map(byte).collect()
}

fn damaged_protobuf() -> impl Strategy<Value = Vec<u8>> {
    let documents = HEX.map(from_hex);
    damaged(&documents.each_ref().map(Vec::as_slice), &PIECES)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn damaged_json_gets_an_answer(bytes in damaged(&JSON, &PIECES)) {
        any_message(&bytes);
    }

    #[test]
    fn damaged_protobuf_gets_an_answer(bytes in damaged_protobuf()) {
        any_message(&bytes);
    }
}

#[test]
fn a_mebibyte_gets_an_answer() {
    const SIZE: usize = 1 << 20;
    let object = |inside: &str| format!("{{\"organisation\":\"a\",\"requester\":{{{inside}}}}}").into_bytes();
    let many: String = (0..SIZE / 16)
        .map(|number| format!("\"a{number}\":[1],"))
        .collect();
    for message in [
        vec![b'['; SIZE],
        "{\"a\":".repeat(SIZE / 5).into_bytes(),
        object(&format!("\"reason\":\"{}\"", "x".repeat(SIZE))),
        object(&format!("{many}\"a\":1")),
        // Protobuf: numbers of one unknown field, groups without an end, a requester of that size.
        [0xf8, 0x7f, 0x01].repeat(SIZE / 3),
        vec![0x0b; SIZE],
        [b"\x1a\x80\x80\x40".to_vec(), vec![0x0a; SIZE]].concat(),
    ] {
        any_message(&message);
    }
}
