//! Crash points: places between two durable steps where a test stops the process dead.
//!
//! They exist in debug builds only. `CBSS_RELAY_CRASH_AT=<name>` ends the process at the first pass of that
//! name, without unwinding, flushing or saying goodbye, as a power cut would. `CBSS_RELAY_HALT_AT=<name>` lets it stand
//! still there once (SIGSTOP), as a suspended machine would: it goes on when it is told to.

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

/// Dies here, or stands still, if a test says so.
#[cfg(debug_assertions)]
pub fn point(name: &str) {
    debug_assert!(POINTS.contains(&name), "{name} is not listed");
    let wanted = |variable| std::env::var(variable).is_ok_and(|wanted| wanted == name);
    if wanted("CBSS_RELAY_CRASH_AT") {
        tracing::error!(crash.point = name, "stopping dead, as asked");
        std::process::abort();
    }
    if wanted("CBSS_RELAY_HALT_AT") {
        halt(name);
    }
}

/// The shell sends the signal: there is no safe way in the standard library.
#[cfg(debug_assertions)]
fn halt(name: &str) {
    static HALT: std::sync::Once = std::sync::Once::new();
    HALT.call_once(|| {
        tracing::error!(crash.point = name, "standing still, as asked");
        let stop = format!("kill -STOP {}", std::process::id());
        let sent = std::process::Command::new("sh").args(["-c", &stop]).status();
        tracing::info!(crash.point = name, ?sent, "going on");
    });
}

/// Nothing, in a release build.
#[cfg(not(debug_assertions))]
#[inline]
pub fn point(_name: &str) {}
