//! Notices of stored answers.

use std::sync::Arc;

use relay_amqp::{BatchHandler, Decision, Delivery};
use relay_proto::ResponseItem;
use tracing::warn;
use uuid::Uuid;

use crate::process::Processor;

/// Handles `cbss.responses`.
pub(crate) struct ResponsesHandler {
    pub(crate) processor: Arc<Processor>,
}

impl BatchHandler for ResponsesHandler {
    async fn handle(&self, batch: Vec<Delivery>) -> Vec<Decision> {
        let items: Vec<(Uuid, i32)> = batch
            .iter()
            .filter_map(|delivery| match ResponseItem::decode(&delivery.body) {
                Ok(item) => Some((item.job_id.0, item.attempt)),
                Err(error) => {
                    // Only our own services write here; the sweep finds the answer itself.
                    warn!(%error, "dropping a notice that cannot be read");
                    None
                }
            })
            .collect();
        // A failure is logged where it happens; the sweep comes back to what is not processed.
        self.processor.process(&items).await;
        batch.iter().map(|_| Decision::Done(Vec::new())).collect()
    }
}
