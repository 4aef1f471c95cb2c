//! Dead letters go to quarantine: no promise rests on the queue they lie in.

use relay_amqp::{BatchHandler, Decision, Delivery};
use relay_proto::address;
use relay_runtime::{Clock, Entropy};
use relay_service::hold::until_settled;
use relay_store::{NewQuarantine, Store};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::kept;

/// Moves dead letters to quarantine.
pub(crate) struct DrainHandler {
    pub(crate) store: Store,
    pub(crate) entropy: Entropy,
    pub(crate) clock: Clock,
    pub(crate) stop: CancellationToken,
}

impl BatchHandler for DrainHandler {
    async fn handle(&self, batch: Vec<Delivery>) -> Vec<Decision> {
        let items: Vec<NewQuarantine> = batch
            .iter()
            .map(|delivery| NewQuarantine {
                quarantine_id: self.entropy.uuid_v7(&self.clock),
                cause: "dead_letter",
                source: address::DEAD,
                byte_position: None,
                organisation: None,
                attempt: None,
                message: kept::as_bytes(delivery),
            })
            .collect();
        warn!(messages = items.len(), "keeping dead letters in quarantine");
        match until_settled("quarantine", &self.stop, || self.store.quarantine(&items)).await {
            Ok(()) => batch.iter().map(|_| Decision::Done(Vec::new())).collect(),
            Err(error) => {
                error!(%error, "cannot keep dead letters; they stay in the queue");
                batch.iter().map(|_| Decision::Requeue).collect()
            }
        }
    }
}
