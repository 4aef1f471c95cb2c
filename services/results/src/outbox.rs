//! The outbox is emptied: by one process at a time, so that the events of a job go out in order.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use relay_amqp::{Outgoing, Properties, PublishOutcome, Publisher};
use relay_proto::{address, message_type};
use relay_service::crash;
use relay_service::settings::ResultsSettings;
use relay_store::{Destination, OutboxLeadership, PendingEvent, Store, StoreError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::metrics::Metrics;

/// How often a process asks whether it is its turn, and whether it still is.
const TURN: Duration = Duration::from_secs(1);

/// Publishes events.
pub(crate) struct Outbox {
    pub(crate) store: Store,
    pub(crate) publisher: Publisher,
    pub(crate) settings: ResultsSettings,
    /// Told when there are new events.
    pub(crate) said: Arc<Notify>,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
}

impl Outbox {
    /// Publishes while it is this process's turn, until stopped; then once more, for what was just said.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        while !self.stop.is_cancelled() {
            match self.store.lead_outbox().await {
                Ok(Some(leadership)) => {
                    info!("publishing events");
                    self.lead(leadership).await?;
                }
                Ok(None) => self.pause(TURN).await,
                Err(error) if error.is_transient() => self.pause(TURN).await,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn lead(&self, mut leadership: OutboxLeadership) -> anyhow::Result<()> {
        let mut checked = tokio::time::Instant::now();
        loop {
            let stopping = self.stop.is_cancelled();
            if checked.elapsed() >= TURN {
                if !leadership.holds().await {
                    warn!("lost the connection that held the outbox's lock");
                    return Ok(());
                }
                checked = tokio::time::Instant::now();
            }
            match self.publish().await {
                Ok(0) if stopping => return Ok(()),
                Ok(0) => {
                    let idle = Duration::from_millis(self.settings.outbox_idle_ms);
                    tokio::select! {
                        () = self.stop.cancelled() => {}
                        () = self.said.notified() => {}
                        () = tokio::time::sleep(idle) => {}
                    }
                }
                Ok(_) => {}
                // What is not published stays in the outbox for whoever comes next.
                Err(_) if stopping => return Ok(()),
                Err(error) if error.is_transient() => self.pause(TURN).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    /// One batch. Returns how many events left the outbox.
    async fn publish(&self) -> Result<usize, StoreError> {
        if !self.publisher.is_connected() {
            return Ok(0);
        }
        let pending = one_per_job(self.store.pending_events(self.settings.outbox_batch).await?);
        if pending.is_empty() {
            return Ok(0);
        }
        let timer = self.metrics.stages.with_label_values(&["outbox"]).start_timer();
        crash::point("outbox.before_publish");
        let messages: Vec<Outgoing> = pending.iter().map(message).collect();
        let outcomes = self.publisher.publish_batch(&messages).await;
        crash::point("outbox.after_publish");
        let mut published = Vec::with_capacity(pending.len());
        let mut parked = Vec::new();
        for (event, outcome) in pending.iter().zip(&outcomes) {
            match outcome {
                PublishOutcome::Confirmed => {
                    self.metrics
                        .events
                        .with_label_values(&[event.kind.as_str()])
                        .inc();
                    published.push(event.outbox_id);
                }
                PublishOutcome::Returned { code, text } => parked.push((event, format!("{code} {text}"))),
                PublishOutcome::Refused(text) => parked.push((event, text.clone())),
                // A full queue, or a lost connection: the next round tries again.
                PublishOutcome::Nacked | PublishOutcome::Lost(_) => {}
            }
        }
        if !published.is_empty() {
            self.store.events_published(&published).await?;
        }
        for (event, reason) in &parked {
            warn!(event.id = %event.event_id, %reason, "nobody listens for this event; it is set aside");
            self.store.park_events(&[event.outbox_id], reason).await?;
        }
        timer.observe_duration();
        if published.len() + parked.len() < pending.len() {
            // Not to spin while the broker takes nothing.
            self.pause(TURN).await;
        }
        Ok(published.len() + parked.len())
    }
}

/// The oldest event of each job and destination: a later one waits for the next round, for the earlier one might
/// not be confirmed.
fn one_per_job(mut pending: Vec<PendingEvent>) -> Vec<PendingEvent> {
    let mut seen = HashSet::new();
    pending.retain(|event| {
        event
            .job_id
            .is_none_or(|job_id| seen.insert((job_id, event.destination == Destination::Reply)))
    });
    pending
}

fn message(event: &PendingEvent) -> Outgoing {
    let (exchange, routing_key) = match event.destination {
        Destination::Events => (
            address::EVENTS.to_owned(),
            format!("{}.{}.{}", event.organisation, event.service, event.kind),
        ),
        Destination::Reply => (String::new(), event.reply_to.clone().unwrap_or_default()),
    };
    Outgoing {
        exchange,
        routing_key,
        properties: Properties {
            message_type: Some(message_type::EVENT.to_owned()),
            content_type: Some(event.content_type.clone()),
            message_id: Some(event.event_id.to_string()),
            correlation_id: event.correlation_id.clone(),
            ..Properties::default()
        },
        body: event.body.clone().into(),
    }
}

#[cfg(test)]
mod tests {
    use relay_store::{Destination, PendingEvent};
    use uuid::Uuid;

    use super::one_per_job;

    fn pending(outbox_id: i64, job: Option<u128>, destination: Destination) -> PendingEvent {
        PendingEvent {
            outbox_id,
            event_id: Uuid::from_u128(u128::MAX - u128::from(outbox_id.unsigned_abs())),
            job_id: job.map(Uuid::from_u128),
            destination,
            organisation: "eupen-test".to_owned(),
            service: "retrieve-ti-groups".to_owned(),
            kind: "accepted".to_owned(),
            content_type: "application/json".to_owned(),
            body: Vec::new(),
            reply_to: None,
            correlation_id: None,
        }
    }

    #[test]
    fn a_later_event_of_a_job_waits_for_the_earlier_one() {
        let (events, reply) = (Destination::Events, Destination::Reply);
        let round = one_per_job(vec![
            pending(1, Some(7), events),
            pending(2, Some(7), reply),
            pending(3, Some(8), events),
            // The next ones of job 7, to either place.
            pending(4, Some(7), events),
            pending(5, Some(7), reply),
            // Rejections are about no job and wait for nothing.
            pending(6, None, events),
            pending(7, None, events),
        ]);
        let ids: Vec<i64> = round.iter().map(|event| event.outbox_id).collect();
        assert_eq!(ids, [1, 2, 3, 6, 7]);
    }
}
