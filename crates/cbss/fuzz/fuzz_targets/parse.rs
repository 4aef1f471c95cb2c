//! Any bytes as a reply: read or refused, within the limits, without a panic.
#![no_main]

#[path = "../../tests/it/fuzzed/body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|input: &[u8]| body::any_input(input));
