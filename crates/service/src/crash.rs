//! Crash points: places between two durable steps where a test stops the process dead.
//!
//! They exist in debug builds only. `CBSS_RELAY_CRASH_AT=<name>` ends the process at the first pass of that
//! name, without unwinding, flushing or saying goodbye, as a power cut would.

/// Every crash point, so that a test can visit them all.
pub const POINTS: [&str; 17] = [
    "producer.before_accept",
    "producer.after_accept",
    "producer.after_release",
    "producer.after_work_published",
    "worker.before_begin",
    "worker.after_begin",
    "worker.after_answer",
    "worker.after_finish",
    "results.before_record",
    "results.after_record",
    "outbox.before_publish",
    "outbox.after_publish",
    "results.before_rescue",
    "cancel.after_withdraw",
    "operator.before_tell",
    "replay.before_settle",
    "reparse.after_read",
];

/// Dies here if a test says so.
#[cfg(debug_assertions)]
pub fn point(name: &str) {
    debug_assert!(POINTS.contains(&name), "{name} is not listed");
    if std::env::var("CBSS_RELAY_CRASH_AT").is_ok_and(|wanted| wanted == name) {
        tracing::error!(crash.point = name, "stopping dead, as asked");
        std::process::abort();
    }
}

/// Nothing, in a release build.
#[cfg(not(debug_assertions))]
#[inline]
pub fn point(_name: &str) {}
