//! The crate from outside: one binary, so that the tests link once.
#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

mod classic_hostile;
mod classic_replies;
mod classic_requests;
mod classic_round_trip;
mod client;
mod client_tls;
mod forms;
mod fuzzed;
mod hostile;
mod identify_hostile;
mod identify_records;
mod identify_replies;
mod identify_requests;
mod identify_round_trip;
mod investigation;
mod records;
mod reference;
mod replies;
mod requests;
mod support;
mod test_connection;
mod texts;
