//! What the producer counts.

use prometheus::{HistogramVec, IntCounterVec};
use relay_domain::JobState;
use relay_runtime::Registry;
use relay_runtime::metrics::MetricsError;
use relay_service::metrics::{self, Ends};
use relay_store::Lane;

/// The producer's families.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    /// `cbss_relay_submissions_total{service,organisation,answer}`.
    pub(crate) submissions: IntCounterVec,
    /// `cbss_relay_jobs_finished_total{service,organisation,state,cause}`.
    pub(crate) ends: Ends,
    /// `cbss_relay_replays_total{outcome}`.
    pub(crate) replays: IntCounterVec,
    /// `cbss_relay_stage_duration_seconds{stage}`.
    pub(crate) stages: HistogramVec,
}

impl Metrics {
    /// Registers them, and shows the known counters of every lane as 0: a rate needs a value before the first count.
    pub(crate) fn register(registry: &Registry, lanes: &[Lane]) -> Result<Self, MetricsError> {
        let metrics = Self {
            submissions: registry.counter(
                "submissions_total",
                "Submissions by answer: accepted, duplicate, rejected or quarantined",
                &["service", "organisation", "answer"],
            )?,
            ends: Ends::register(registry, lanes, &[JobState::Expired, JobState::Cancelled])?,
            replays: metrics::replays(registry)?,
            stages: metrics::stages(registry)?,
        };
        for lane in lanes {
            let (service, organisation) = (lane.service.as_str(), lane.organisation.as_str());
            for answer in ["accepted", "duplicate", "rejected"] {
                metrics
                    .submissions
                    .with_label_values(&[service, organisation, answer]);
            }
        }
        Ok(metrics)
    }
}
