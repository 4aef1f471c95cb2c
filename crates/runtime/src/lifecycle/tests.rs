use anyhow::bail;

use super::*;

fn lifecycle() -> Lifecycle {
    Lifecycle::new(Duration::from_secs(25)).expect("signal handlers")
}

/// A task that ends when the soft stage comes.
async fn obedient(shutdown: Shutdown) -> anyhow::Result<()> {
    shutdown.soft().cancelled().await;
    Ok(())
}

#[tokio::test]
async fn a_soft_stop_ends_well_when_every_task_finishes() {
    let mut lifecycle = lifecycle();
    let shutdown = lifecycle.shutdown().clone();
    lifecycle.spawn("work", obedient(shutdown.clone()));
    lifecycle.spawn_background("http", std::future::pending());
    let running = tokio::spawn(lifecycle.run());
    shutdown.soft().cancel();
    running.await.expect("no panic").expect("a clean stop");
    assert!(!shutdown.hard().is_cancelled());
}

#[tokio::test]
async fn a_task_that_ends_early_stops_the_others_and_the_run_fails() {
    let mut lifecycle = lifecycle();
    let shutdown = lifecycle.shutdown().clone();
    lifecycle.spawn("other", obedient(shutdown));
    lifecycle.spawn("short", async { Ok(()) });
    let error = lifecycle.run().await.expect_err("must fail");
    assert_eq!(error.to_string(), "task short ended before the stop");
}

#[tokio::test]
async fn an_error_is_reported_with_its_causes() {
    let mut lifecycle = lifecycle();
    lifecycle.spawn("work", async { bail!("no table {}", "jobs") });
    let error = lifecycle.run().await.expect_err("must fail");
    assert_eq!(error.to_string(), "task work failed: no table jobs");
}

#[tokio::test]
async fn a_panic_takes_the_process_down() {
    let mut lifecycle = lifecycle();
    lifecycle.spawn("work", async { panic!("boom") });
    let error = lifecycle.run().await.expect_err("must fail");
    assert!(matches!(error.reason, TaskFailure::Panicked));
}

#[tokio::test]
async fn a_background_task_must_not_end() {
    let mut lifecycle = lifecycle();
    let shutdown = lifecycle.shutdown().clone();
    lifecycle.spawn("work", obedient(shutdown));
    lifecycle.spawn_background("http", async { Ok(()) });
    assert_eq!(lifecycle.run().await.expect_err("must fail").task, "http");
}

#[tokio::test]
async fn a_failure_while_stopping_is_not_a_clean_stop() {
    let mut lifecycle = lifecycle();
    let shutdown = lifecycle.shutdown().clone();
    lifecycle.spawn("work", async move {
        shutdown.soft().cancelled().await;
        bail!("could not finish")
    });
    lifecycle.shutdown().soft().cancel();
    assert!(matches!(
        lifecycle.run().await.expect_err("must fail").reason,
        TaskFailure::Failed(_)
    ));
}

#[tokio::test(start_paused = true)]
async fn the_hard_stage_comes_after_the_grace_and_then_the_abort() {
    let mut lifecycle = lifecycle();
    let shutdown = lifecycle.shutdown().clone();
    let hard = shutdown.clone();
    lifecycle.spawn("hands back", async move {
        hard.hard().cancelled().await;
        Ok(())
    });
    lifecycle.spawn("stubborn", std::future::pending());
    shutdown.soft().cancel();
    let started = Instant::now();
    let error = lifecycle.run().await.expect_err("must fail");
    assert_eq!(error.to_string(), "task stubborn did not end in time");
    assert_eq!(started.elapsed().as_secs(), 28, "grace and hand-back");
}

#[tokio::test(start_paused = true)]
async fn a_second_signal_cuts_the_grace_short() {
    let mut lifecycle = lifecycle();
    let shutdown = lifecycle.shutdown().clone();
    let hard = shutdown.clone();
    lifecycle.spawn("hands back", async move {
        hard.hard().cancelled().await;
        Ok(())
    });
    shutdown.soft().cancel();
    shutdown.hard().cancel();
    let started = Instant::now();
    lifecycle.run().await.expect("handed back in time");
    assert!(started.elapsed() < Duration::from_secs(1));
}
