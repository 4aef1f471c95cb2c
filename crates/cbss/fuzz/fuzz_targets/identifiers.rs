//! Any text as an SSIN, a date, an organisation's id, a key.
#![no_main]

#[path = "../../../domain/tests/fuzzed/body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|input: &[u8]| body::any_text(input));
