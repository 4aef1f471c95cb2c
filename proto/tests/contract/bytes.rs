//! Protobuf by hand: what a sender may write that our own encoder never does.

/// A field of bytes: a text, a message, or anything else with a length.
pub(crate) fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = varint(u64::from(number) << 3 | 2);
    bytes.extend(varint(content.len() as u64));
    bytes.extend(content);
    bytes
}

/// A field that is a number.
pub(crate) fn number(number: u32, value: u64) -> Vec<u8> {
    [varint(u64::from(number) << 3), varint(value)].concat()
}

pub(crate) fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// Where a submission's parts go, by their field numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extra {
    pub(crate) root: Vec<u8>,
    pub(crate) requester: Vec<u8>,
    pub(crate) request: Vec<u8>,
    pub(crate) deadline: Vec<u8>,
}

/// A good submission, with more bytes at the end of some of its parts.
pub(crate) fn submission(extra: &Extra) -> Vec<u8> {
    let requester = [
        field(1, b"user-1"),
        field(2, b"file 4711"),
        extra.requester.clone(),
    ]
    .concat();
    let request = [field(1, b"80010100136"), extra.request.clone()].concat();
    // 2030-01-31T08:00:00Z
    let deadline = [number(1, 1_896_076_800), extra.deadline.clone()].concat();
    [
        field(1, b"eupen-test"),
        field(2, b"7f3c-1"),
        field(3, &requester),
        field(7, &deadline),
        field(12, &request),
        extra.root.clone(),
    ]
    .concat()
}
