//! Real signals, in a process of its own: the two stages of a stop.

use std::time::Duration;

use nix::sys::signal::{Signal, raise};
use relay_runtime::Lifecycle;

#[tokio::test]
async fn sigterm_starts_the_soft_stage_and_a_second_signal_the_hard_one() {
    let mut lifecycle = Lifecycle::new(Duration::from_secs(60)).expect("signal handlers");
    let shutdown = lifecycle.shutdown().clone();
    let seen = shutdown.clone();
    lifecycle.spawn("work", async move {
        seen.soft().cancelled().await;
        assert!(!seen.hard().is_cancelled(), "one signal is a soft stop");
        raise(Signal::SIGINT)?;
        seen.hard().cancelled().await;
        Ok(())
    });
    let running = tokio::spawn(lifecycle.run());
    raise(Signal::SIGTERM).expect("raised");
    tokio::time::timeout(Duration::from_secs(10), running)
        .await
        .expect("in time")
        .expect("no panic")
        .expect("a clean stop");
}
