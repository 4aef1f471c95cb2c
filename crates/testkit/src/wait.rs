use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use anyhow::bail;
use tokio::time::{Instant, sleep};

const INTERVAL: Duration = Duration::from_millis(20);

/// Calls `probe` until it gives a value, and returns that value.
///
/// # Panics
/// When `timeout` has passed. The message names `what` was waited for and the place of the call.
#[track_caller]
pub fn wait_for<T, F>(what: &str, timeout: Duration, probe: F) -> impl Future<Output = T>
where
    F: AsyncFnMut() -> Option<T>,
{
    let place = Location::caller();
    async move {
        match poll_until(what, timeout, probe).await {
            Ok(value) => value,
            Err(error) => panic!("{error:#} (at {place})"),
        }
    }
}

/// As [`wait_for`], with an error in place of the panic.
///
/// # Errors
/// When `timeout` has passed without a value.
pub async fn poll_until<T, F>(what: &str, timeout: Duration, mut probe: F) -> anyhow::Result<T>
where
    F: AsyncFnMut() -> Option<T>,
{
    let started = Instant::now();
    loop {
        if let Some(value) = probe().await {
            return Ok(value);
        }
        if started.elapsed() >= timeout {
            bail!("waited {:.1} s in vain for {what}", timeout.as_secs_f64());
        }
        sleep(INTERVAL).await;
    }
}
