//! What the user sees of the progress.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

static STARTED: OnceLock<Instant> = OnceLock::new();
static TO_STANDARD_ERROR: AtomicBool = AtomicBool::new(false);

/// Starts the clock.
pub(crate) fn start() {
    STARTED.get_or_init(Instant::now);
}

/// The time since the start.
pub(crate) fn elapsed() -> Duration {
    STARTED.get_or_init(Instant::now).elapsed()
}

/// From now on the progress is no part of the result: standard output is for programs.
pub(crate) fn to_standard_error() {
    TO_STANDARD_ERROR.store(true, Ordering::Relaxed);
}

/// Prints a line with the time since the start.
pub(crate) fn say(line: &str) {
    let elapsed = elapsed().as_secs_f64();
    if TO_STANDARD_ERROR.load(Ordering::Relaxed) {
        eprintln!("[{elapsed:6.1} s] {line}");
    } else {
        println!("[{elapsed:6.1} s] {line}");
    }
}
