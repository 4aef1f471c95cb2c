//! Holding on while the database is away, and coming back at intervals.

use std::time::Duration;

use relay_store::StoreError;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Calls until it succeeds or fails for good: a transient failure (database away, dead-lock) is waited out for
/// as long as it takes. Every call of the store may be repeated.
///
/// `Err` with the last failure when `stop` ends the waiting; what is held then goes back to its queue.
pub async fn until_settled<T, F>(
    doing: &'static str,
    stop: &CancellationToken,
    mut call: impl FnMut() -> F,
) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut pause = FIRST_PAUSE;
    let mut failures = 0_u32;
    loop {
        match call().await {
            Ok(done) => {
                if failures > 0 {
                    info!(step = doing, failures, "the database does it again");
                }
                return Ok(done);
            }
            Err(error) if !error.is_transient() => return Err(error),
            Err(error) => {
                failures += 1;
                // One line when it begins; the gauges and readiness tell that it lasts.
                if failures == 1 {
                    warn!(step = doing, %error, "waiting for the database");
                }
                tokio::select! {
                    () = stop.cancelled() => return Err(error),
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Works at intervals until stopped. A transient failure is the next round's matter: readiness and gauges tell that
/// the database is away. `Err` with the first failure that will not go away.
pub async fn every<F>(
    pause: Duration,
    stop: &CancellationToken,
    mut work: impl FnMut() -> F,
) -> Result<(), StoreError>
where
    F: Future<Output = Result<(), StoreError>>,
{
    while !stop.is_cancelled() {
        match work().await {
            Err(error) if !error.is_transient() => return Err(error),
            Ok(()) | Err(_) => {}
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    Ok(())
}
