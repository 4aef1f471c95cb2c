//! Any bytes as a message of each kind, in both encodings: understood, rejected with reasons, or none.
#![no_main]

#[path = "../../../../proto/tests/contract/fuzzed/body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|input: &[u8]| body::any_message(input));
