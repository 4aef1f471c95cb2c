//! From work items to attempts under way.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use relay_amqp::{Batches, Decision, GroupedSettler, Held, Token};
use relay_proto::WorkItem;
use relay_runtime::{Clock, Entropy};
use relay_service::crash;
use relay_service::hold::until_settled;
use relay_service::settings::WorkerSettings;
use relay_store::{BeginAttempt, Begun, FinishAttempt, StartedAttempt, Store, StoreError, WorkRef};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::attempt::Caller;
use crate::metrics::Metrics;

/// What a request may take from here to its first byte, once it was found to be in time.
const SLOT_MARGIN: Duration = Duration::from_millis(50);

/// Begins attempts and lets them run; what they come to goes to the finisher.
pub(crate) struct Pool {
    pub(crate) caller: Arc<Caller>,
    pub(crate) store: Store,
    pub(crate) entropy: Entropy,
    pub(crate) clock: Clock,
    pub(crate) name: String,
    pub(crate) settings: WorkerSettings,
    /// The same for all lanes of a batch: long enough for the slowest, and for its slot to come.
    pub(crate) lease: Duration,
    pub(crate) settler: GroupedSettler,
    pub(crate) reports: mpsc::Sender<(Token, FinishAttempt)>,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
}

/// How this process calls itself in the ledger.
pub(crate) fn process_name() -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", host.trim(), std::process::id())
}

/// A work item that is held, and the attempt that it wishes for.
struct Item {
    token: Token,
    wish: BeginAttempt,
}

/// An attempt that may be sent, within these times of the monotonic clock.
pub(crate) struct Permit {
    /// What is to be sent.
    pub(crate) attempt: StartedAttempt,
    /// The lease ends then.
    pub(crate) lease_until: Duration,
    /// Not before, and not after, where a rate paces the lane.
    pub(crate) slot: Option<(Duration, Duration)>,
}

impl Pool {
    /// Takes work until stopped, then waits for what is under way.
    pub(crate) async fn run(self, mut batches: Batches) -> anyhow::Result<()> {
        let permits = usize::from(self.settings.permits);
        let mut calls = JoinSet::new();
        let mut waiting: JoinSet<Item> = JoinSet::new();
        let mut open = true;
        while open || !waiting.is_empty() {
            let items = tokio::select! {
                batch = batches.next(permits), if open => match batch {
                    Some(batch) => self.items(batch).await,
                    None => {
                        open = false;
                        continue;
                    }
                },
                Some(item) = waiting.join_next() => {
                    // Those that woke up together ask together.
                    let mut items = vec![item?];
                    while let Some(item) = waiting.try_join_next() {
                        items.push(item?);
                    }
                    items
                }
            };
            if self.stop.is_cancelled() && !open {
                for item in items {
                    self.settler.settle(item.token, Decision::Requeue).await;
                }
                continue;
            }
            for (token, permit) in self.begin(items, &mut waiting).await {
                let (caller, reports) = (Arc::clone(&self.caller), self.reports.clone());
                calls.spawn(async move {
                    let report = caller.carry_out(permit).await;
                    // The finisher outlives every sender.
                    let _ = reports.send((token, report)).await;
                });
            }
            while let Some(done) = calls.try_join_next() {
                done?;
            }
        }
        while let Some(done) = calls.join_next().await {
            done?;
        }
        // Ends the finisher, and with it the settler, before the connection goes.
        drop(self.reports);
        drop(self.settler);
        batches.close().await;
        Ok(())
    }

    /// Reads work items.
    async fn items(&self, batch: Vec<Held>) -> Vec<Item> {
        let mut items = Vec::with_capacity(batch.len());
        for held in batch {
            match WorkItem::decode(&held.delivery.body) {
                Ok(item) => items.push(Item {
                    token: held.token,
                    wish: BeginAttempt {
                        work: WorkRef {
                            job_id: item.job_id.0,
                            round: item.round,
                            attempt: item.attempt,
                        },
                        ticket: self.entropy.uuid_v4(),
                        lease: self.lease,
                    },
                }),
                Err(error) => {
                    // Only our own services write here; the job itself is safe in its row.
                    warn!(%error, "dropping a work item that cannot be read");
                    self.settler.settle(held.token, Decision::Done(Vec::new())).await;
                }
            }
        }
        items
    }

    /// Puts attempts on record. Items that are not the job's next attempt any more are acknowledged: the row
    /// decides. Those for which a quota has no room yet come back to `waiting`.
    async fn begin(&self, items: Vec<Item>, waiting: &mut JoinSet<Item>) -> Vec<(Token, Permit)> {
        let wishes: Vec<BeginAttempt> = items.iter().map(|item| item.wish.clone()).collect();
        crash::point("worker.before_begin");
        // Taken before the database starts the lease: what is left of it here is never more than there.
        let before = self.clock.monotonic();
        let timer = self.metrics.stages.with_label_values(&["begin"]).start_timer();
        let begun = self.begin_all(&wishes).await;
        timer.observe_duration();
        let after = self.clock.monotonic();
        crash::point("worker.after_begin");
        let validity = Duration::from_millis(self.settings.slot_validity_ms) - SLOT_MARGIN;
        let mut permits = Vec::with_capacity(items.len());
        for (item, begun) in items.into_iter().zip(begun) {
            match begun {
                Some(Begun::Started(attempt)) => {
                    // The database decided between `before` and `after`: early by the one, late by the other clock
                    // reading would be out of the slot.
                    let slot = attempt.slot.map(|slot| (after + slot, before + slot + validity));
                    let permit = Permit {
                        lease_until: before + item.wish.lease,
                        attempt: *attempt,
                        slot,
                    };
                    permits.push((item.token, permit));
                }
                Some(Begun::Wait(wait)) => {
                    let stop = self.stop.clone();
                    waiting.spawn(async move {
                        tokio::select! {
                            () = tokio::time::sleep(wait) => {}
                            () = stop.cancelled() => {}
                        }
                        item
                    });
                }
                Some(Begun::SentBack) => {
                    debug!("a lane is closed; its work item is dropped and its job waits");
                    self.settler.settle(item.token, Decision::Done(Vec::new())).await;
                }
                Some(Begun::Stale) => {
                    debug!("dropping a work item that its job does not wait for");
                    self.settler.settle(item.token, Decision::Done(Vec::new())).await;
                }
                None => self.settler.settle(item.token, Decision::Requeue).await,
            }
        }
        permits
    }

    /// `None` where the database could not be asked.
    async fn begin_all(&self, wishes: &[BeginAttempt]) -> Vec<Option<Begun>> {
        match self.try_begin(wishes).await {
            Ok(begun) => begun.into_iter().map(Some).collect(),
            Err(error) if error.is_transient() || wishes.len() == 1 => {
                error!(%error, items = wishes.len(), "attempts cannot begin; their work items go back");
                wishes.iter().map(|_| None).collect()
            }
            Err(error) => {
                warn!(%error, items = wishes.len(), "a batch failed; beginning its attempts one by one");
                let mut begun = Vec::with_capacity(wishes.len());
                for wish in wishes {
                    begun.push(match self.try_begin(std::slice::from_ref(wish)).await {
                        Ok(mut one) => one.pop(),
                        Err(error) => {
                            error!(%error, job.id = %wish.work.job_id, "an attempt cannot begin");
                            None
                        }
                    });
                }
                begun
            }
        }
    }

    async fn try_begin(&self, wishes: &[BeginAttempt]) -> Result<Vec<Begun>, StoreError> {
        let horizon = Duration::from_millis(self.settings.slot_horizon_ms);
        until_settled("begin", &self.stop, || {
            self.store.begin_attempts(&self.name, wishes, horizon)
        })
        .await
    }
}
