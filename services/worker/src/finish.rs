//! Reports are recorded, a batch at a time, and their work items settled.

use relay_amqp::{Decision, GroupedSettler, Outgoing, Properties, Token};
use relay_domain::{JobId, JobState};
use relay_proto::{ResponseItem, address, message_type};
use relay_service::crash;
use relay_service::hold::until_settled;
use relay_store::{AfterAttempt, FinishAttempt, Store, StoreError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::metrics::Metrics;

/// Most reports of one statement.
const GROUP: usize = 128;

/// Records reports.
pub(crate) struct Finisher {
    pub(crate) store: Store,
    pub(crate) settler: GroupedSettler,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
}

impl Finisher {
    /// Records until the last sender is gone.
    pub(crate) async fn run(self, mut reports: mpsc::Receiver<(Token, FinishAttempt)>) -> anyhow::Result<()> {
        let mut waiting = Vec::with_capacity(GROUP);
        while reports.recv_many(&mut waiting, GROUP).await > 0 {
            let (tokens, group): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
            let timer = self.metrics.stages.with_label_values(&["finish"]).start_timer();
            let settled = self.record(&group).await;
            timer.observe_duration();
            crash::point("worker.after_finish");
            for ((token, report), moved) in tokens.into_iter().zip(&group).zip(settled) {
                self.settler.settle(token, self.decide(report, moved)).await;
            }
        }
        Ok(())
    }

    /// One `Option` per report: did its job move, or (`None`) could it not be recorded?
    async fn record(&self, group: &[FinishAttempt]) -> Vec<Option<bool>> {
        match self.try_record(group).await {
            Ok(moved) => moved.into_iter().map(Some).collect(),
            Err(error) if error.is_transient() || group.len() == 1 => {
                error!(%error, reports = group.len(), "attempts cannot be recorded; their leases will end");
                vec![None; group.len()]
            }
            Err(error) => {
                warn!(%error, reports = group.len(), "a batch failed; recording its attempts one by one");
                let mut outcomes = Vec::with_capacity(group.len());
                for report in group {
                    outcomes.push(match self.try_record(std::slice::from_ref(report)).await {
                        Ok(moved) => moved.first().copied(),
                        Err(error) => {
                            error!(%error, job.id = %report.work.job_id, "an attempt cannot be recorded");
                            None
                        }
                    });
                }
                outcomes
            }
        }
    }

    async fn try_record(&self, group: &[FinishAttempt]) -> Result<Vec<bool>, StoreError> {
        until_settled("finish", &self.stop, || self.store.finish_attempts(group)).await
    }

    fn decide(&self, report: &FinishAttempt, moved: Option<bool>) -> Decision {
        let Some(moved) = moved else {
            return Decision::Requeue;
        };
        if !moved {
            // Also what a repeated call finds that had succeeded before its answer was lost.
            info!(job.id = %report.work.job_id, attempt.number = report.work.attempt, "a job had moved on before its attempt was recorded");
        }
        match &report.after {
            AfterAttempt::Answered { .. } => Decision::Done(vec![notice(report)]),
            AfterAttempt::GiveUp(cause, event) if moved => {
                self.metrics.ends.count(
                    &event.service,
                    &event.organisation,
                    JobState::Failed,
                    cause.as_str(),
                );
                Decision::Done(Vec::new())
            }
            AfterAttempt::Validated(event) if moved => {
                self.metrics
                    .ends
                    .count(&event.service, &event.organisation, JobState::Validated, "");
                Decision::Done(Vec::new())
            }
            AfterAttempt::GiveUp(..) | AfterAttempt::Validated(_) => Decision::Done(Vec::new()),
            AfterAttempt::TryAgain { .. } | AfterAttempt::HandedBack | AfterAttempt::Held => {
                Decision::Done(Vec::new())
            }
            AfterAttempt::Reconcile { .. } => {
                warn!(job.id = %report.work.job_id, "whether a change was made is unknown; it will be looked up");
                Decision::Done(Vec::new())
            }
            AfterAttempt::Park(_) => {
                error!(job.id = %report.work.job_id, "whether a change was made is unknown; a person must decide");
                Decision::Done(Vec::new())
            }
        }
    }
}

/// Tells results that an answer is stored. If it gets lost, results finds the answer by itself.
fn notice(report: &FinishAttempt) -> Outgoing {
    let body = ResponseItem {
        job_id: JobId(report.work.job_id),
        attempt: report.work.attempt,
    }
    .encode();
    Outgoing {
        exchange: String::new(),
        routing_key: address::RESPONSES.to_owned(),
        properties: Properties {
            message_type: Some(message_type::RESPONSE.to_owned()),
            ..Properties::default()
        },
        body: body.into(),
    }
}
