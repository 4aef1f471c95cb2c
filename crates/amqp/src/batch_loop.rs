//! The one loop: take a batch, have it handled, carry its decisions out.

use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::task::{JoinError, JoinSet};

use crate::batches::Batches;
use crate::consumer::Held;
use crate::message::Delivery;
use crate::settler::{Decision, Settler};

/// Decides about deliveries.
pub trait BatchHandler: Send + Sync + 'static {
    /// Exactly one decision for each delivery, in their order. Called again for a delivery that was handled
    /// before, when its acknowledgement was lost.
    fn handle(&self, batch: Vec<Delivery>) -> impl Future<Output = Vec<Decision>> + Send;
}

/// Why the loop gave up. Its deliveries go back to the queue.
#[derive(Debug, thiserror::Error)]
pub enum LoopError {
    /// A defect of the handler: nobody knows which delivery was meant.
    #[error("the handler of {queue} made {decisions} decisions about {deliveries} deliveries")]
    Decisions {
        /// Name of the queue.
        queue: String,
        /// Deliveries in the batch.
        deliveries: usize,
        /// Decisions made.
        decisions: usize,
    },
    /// A batch was cancelled from outside, as when the process's runtime is shut down.
    #[error("a batch of {queue} was cancelled")]
    Cancelled {
        /// Name of the queue.
        queue: String,
    },
}

/// Hands batches to `handler`, up to `max_in_flight_batches` side by side, and settles them, until the stop
/// token given to [`crate::Consumer::open`]; then finishes what is held and disconnects.
///
/// # Errors
/// When the handler does not decide about each delivery; see [`LoopError`].
///
/// # Panics
/// When the handler panics: the process should go down, for its state is unknown.
pub async fn run<H: BatchHandler>(
    mut batches: Batches,
    settler: Settler,
    handler: Arc<H>,
) -> Result<(), LoopError> {
    let queue = batches.consumer.queue.clone();
    let (max_batch, slots) = (
        batches.consumer.max_batch,
        batches.consumer.max_in_flight_batches.max(1),
    );
    let mut running = JoinSet::new();
    loop {
        while running.len() >= slots {
            finished(&queue, running.join_next().await)?;
        }
        let batch = tokio::select! {
            biased;
            // Sees a failure although no new batch comes.
            done = running.join_next(), if !running.is_empty() => {
                finished(&queue, done)?;
                continue;
            }
            batch = batches.next(max_batch) => batch,
        };
        let Some(batch) = batch else { break };
        running.spawn(handle(
            queue.clone(),
            batch,
            Arc::clone(&handler),
            settler.clone(),
        ));
    }
    while !running.is_empty() {
        finished(&queue, running.join_next().await)?;
    }
    batches.close().await;
    Ok(())
}

async fn handle<H: BatchHandler>(
    queue: String,
    batch: Vec<Held>,
    handler: Arc<H>,
    settler: Settler,
) -> Result<(), LoopError> {
    let (deliveries, tokens): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|held| (held.delivery, held.token)).unzip();
    let decisions = handler.handle(deliveries).await;
    if decisions.len() != tokens.len() {
        return Err(LoopError::Decisions {
            queue,
            deliveries: tokens.len(),
            decisions: decisions.len(),
        });
    }
    settler.settle(tokens.into_iter().zip(decisions).collect()).await;
    Ok(())
}

fn finished(queue: &str, done: Option<Result<Result<(), LoopError>, JoinError>>) -> Result<(), LoopError> {
    match done {
        None => Ok(()),
        Some(Ok(result)) => result,
        Some(Err(error)) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Err(LoopError::Cancelled {
                queue: queue.to_owned(),
            }),
        },
    }
}
