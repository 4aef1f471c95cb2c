//! Whether this process can do its work now, dependency by dependency.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::join_all;
use serde::Serialize;

/// Longest run of one check: a probe must not wait longer for a dependency that hangs.
pub const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

type Check = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// The checks behind `/readyz`.
#[derive(Default)]
pub struct Health {
    checks: RwLock<BTreeMap<&'static str, Check>>,
}

impl Health {
    /// No checks yet: ready.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a dependency. `check` runs at every probe, at most [`CHECK_TIMEOUT`]; its error is a sentence for
    /// operators and holds no personal data. A second check of the same name replaces the first.
    pub fn register<C, F>(&self, name: &'static str, check: C)
    where
        C: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let check: Check = Box::new(move || Box::pin(check()));
        self.checks
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, check);
    }

    /// Runs all checks at once.
    pub async fn report(&self) -> Report {
        let running: Vec<_> = {
            let checks = self.checks.read().unwrap_or_else(PoisonError::into_inner);
            checks.iter().map(|(name, check)| (*name, check())).collect()
        };
        let checks = join_all(running.into_iter().map(|(name, check)| async move {
            let result = tokio::time::timeout(CHECK_TIMEOUT, check)
                .await
                .unwrap_or_else(|_| Err(format!("no answer within {} s", CHECK_TIMEOUT.as_secs())));
            (
                name,
                CheckState {
                    ok: result.is_ok(),
                    error: result.err(),
                },
            )
        }))
        .await;
        let checks: BTreeMap<_, _> = checks.into_iter().collect();
        Report {
            ready: checks.values().all(|check| check.ok),
            stopping: false,
            checks,
        }
    }
}

/// What `/readyz` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Every check holds and the process is not stopping.
    pub ready: bool,
    /// A stop was asked for.
    pub stopping: bool,
    /// State of each dependency by name.
    pub checks: BTreeMap<&'static str, CheckState>,
}

/// State of one dependency.
#[derive(Clone, Debug, Serialize)]
pub struct CheckState {
    /// The check passed.
    pub ok: bool,
    /// Why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_check_that_fails_or_hangs_is_named() {
        let health = Health::new();
        health.register("database", || async { Ok(()) });
        assert!(health.report().await.ready);

        health.register("broker", || async { Err("not connected".to_owned()) });
        health.register("vault", std::future::pending);
        let report = health.report().await;
        assert!(!report.ready);
        assert!(report.checks["database"].ok);
        assert_eq!(report.checks["broker"].error.as_deref(), Some("not connected"));
        assert_eq!(
            report.checks["vault"].error.as_deref(),
            Some("no answer within 2 s")
        );
    }
}
