//! Supervised tasks and the two-stage stop.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// How long tasks may take to hand back what they hold once the grace is over, before they are aborted.
pub const HAND_BACK: Duration = Duration::from_secs(3);

/// The two stages of a stop, for tasks to wait on. Clones are the same tokens.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    soft: CancellationToken,
    hard: CancellationToken,
}

impl Shutdown {
    /// Cancelled first: take no new work, finish what is held, then end.
    #[must_use]
    pub fn soft(&self) -> &CancellationToken {
        &self.soft
    }

    /// Cancelled when the grace is over or a second signal came: hand back what is held and end at once.
    #[must_use]
    pub fn hard(&self) -> &CancellationToken {
        &self.hard
    }
}

/// Why a run did not end well: the first task that failed.
#[derive(Debug, thiserror::Error)]
#[error("task {task} {reason}")]
pub struct RunError {
    /// Name given to [`Lifecycle::spawn`].
    pub task: &'static str,
    /// How it failed.
    pub reason: TaskFailure,
}

/// How a task failed.
#[derive(Debug, thiserror::Error)]
pub enum TaskFailure {
    /// It returned although no stop was asked for.
    #[error("ended before the stop")]
    EndedEarly,
    /// It returned an error.
    #[error("failed: {0:#}")]
    Failed(anyhow::Error),
    /// It panicked; the place is in the log.
    #[error("panicked")]
    Panicked,
    /// It was still running after grace and hand-back time, and was aborted.
    #[error("did not end in time")]
    Aborted,
}

/// The tasks of a process. One that fails, panics or ends early stops the others and the process.
#[derive(Debug)]
pub struct Lifecycle {
    shutdown: Shutdown,
    grace: Duration,
    tasks: Group,
    services: Group,
    signals: AbortHandle,
}

impl Lifecycle {
    /// Listens for SIGTERM and SIGINT from here on. `grace` runs from the first of them to the hard stage.
    ///
    /// # Errors
    /// When the signal handlers cannot be installed.
    pub fn new(grace: Duration) -> io::Result<Self> {
        let shutdown = Shutdown::default();
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        let signals = tokio::spawn(watch_signals(terminate, interrupt, shutdown.clone())).abort_handle();
        Ok(Self {
            shutdown,
            grace,
            tasks: Group::default(),
            services: Group::default(),
            signals,
        })
    }

    /// The stages of the stop.
    #[must_use]
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Starts a task that works until the soft stage, then finishes what it holds and returns `Ok`.
    pub fn spawn<F>(&mut self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.tasks.spawn(name, task);
    }

    /// Starts a task that serves the others (health, metrics, a connection pool) for as long as they run; it
    /// never returns by itself and is aborted when they have ended.
    pub fn spawn_background<F>(&mut self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.services.spawn(name, task);
    }

    /// Runs until a signal or a failure, then stops in two stages.
    ///
    /// # Errors
    /// The first failure of a task; the others have ended by then.
    pub async fn run(mut self) -> Result<(), RunError> {
        let mut failure = None;
        tokio::select! {
            biased;
            () = self.shutdown.soft.cancelled() => {}
            (task, result) = self.tasks.next() => {
                failure = Some(early(task, result));
            }
            (task, result) = self.services.next() => {
                failure = Some(early(task, result));
            }
        }
        self.shutdown.soft.cancel();
        self.stop(&mut failure).await;
        self.signals.abort();
        failure.map_or(Ok(()), Err)
    }

    async fn stop(&mut self, failure: &mut Option<RunError>) {
        let grace_ends = Instant::now() + self.grace;
        tokio::select! {
            biased;
            () = self.tasks.drain(failure) => return,
            () = self.shutdown.hard.cancelled() => {}
            () = sleep_until(grace_ends) => {
                warn!(shutdown.grace_ms = self.grace.as_millis() as u64, "grace is over, handing back what is held");
            }
        }
        self.shutdown.hard.cancel();
        let aborted_at = Instant::now() + HAND_BACK;
        tokio::select! {
            biased;
            () = self.tasks.drain(failure) => {}
            () = sleep_until(aborted_at) => {
                for task in self.tasks.abort() {
                    note(failure, Some(logged(task, TaskFailure::Aborted)));
                }
            }
        }
    }
}

async fn watch_signals(mut terminate: Signal, mut interrupt: Signal, shutdown: Shutdown) {
    loop {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        if shutdown.soft.is_cancelled() {
            warn!(signal = name, "second signal, handing back what is held");
            shutdown.hard.cancel();
        } else {
            info!(signal = name, "stopping");
            shutdown.soft.cancel();
        }
    }
}

type TaskResult = Result<anyhow::Result<()>, JoinError>;

#[derive(Debug, Default)]
struct Group {
    set: JoinSet<anyhow::Result<()>>,
    names: HashMap<Id, &'static str>,
}

impl Group {
    fn spawn<F>(&mut self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let handle = self.set.spawn(task);
        self.names.insert(handle.id(), name);
    }

    /// The next task that ends; never, when there is none.
    async fn next(&mut self) -> (&'static str, TaskResult) {
        let Some(joined) = self.set.join_next_with_id().await else {
            return std::future::pending().await;
        };
        let (id, result) = match joined {
            Ok((id, result)) => (id, Ok(result)),
            Err(error) => (error.id(), Err(error)),
        };
        (self.names.remove(&id).unwrap_or("unnamed"), result)
    }

    /// Waits until every task has ended; notes the first failure.
    async fn drain(&mut self, failure: &mut Option<RunError>) {
        while !self.set.is_empty() {
            let (task, result) = self.next().await;
            note(failure, failed(result).map(|reason| logged(task, reason)));
        }
    }

    /// Aborts what still runs and names it.
    fn abort(&mut self) -> Vec<&'static str> {
        self.set.abort_all();
        self.names.drain().map(|(_, name)| name).collect()
    }
}

fn early(task: &'static str, result: TaskResult) -> RunError {
    logged(task, failed(result).unwrap_or(TaskFailure::EndedEarly))
}

fn failed(result: TaskResult) -> Option<TaskFailure> {
    match result {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(TaskFailure::Failed(error)),
        Err(_) => Some(TaskFailure::Panicked),
    }
}

fn logged(task: &'static str, reason: TaskFailure) -> RunError {
    error!(task, %reason, "task failed, stopping");
    RunError { task, reason }
}

fn note(first: &mut Option<RunError>, failure: Option<RunError>) {
    if first.is_none() {
        *first = failure;
    }
}
