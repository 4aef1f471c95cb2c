//! What the benchmark compares the relay with: the same job done with client libraries alone.
//!
//! The binary `relay-bare` is the bare worker: one message in, one call, one transaction, one message out,
//! one acknowledgement. It keeps none of the relay's promises and shares none of its code. The binary
//! `relay-load` submits the same messages to either and waits for the events. `docs/benchmark.md` says what
//! is measured.

pub mod call;
pub mod message;
pub mod queue;
pub mod reply;
pub mod tell;
