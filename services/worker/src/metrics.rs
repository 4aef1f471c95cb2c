//! What the worker counts.

use prometheus::{HistogramVec, IntCounterVec, IntGaugeVec};
use relay_domain::JobState;
use relay_runtime::Registry;
use relay_runtime::metrics::{MetricsError, duration_buckets};
use relay_service::metrics::{self, Ends};
use relay_store::Lane;

/// The worker's families.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    /// `cbss_relay_attempts_total{service,organisation,class}`: attempts that brought no answer; those that
    /// did are counted by results, once it knows what the answer means.
    pub(crate) attempts: IntCounterVec,
    /// `cbss_relay_attempt_duration_seconds{service,organisation}`.
    pub(crate) duration: HistogramVec,
    /// `cbss_relay_lane_wait_seconds{service,organisation}`.
    pub(crate) lane_wait: HistogramVec,
    /// `cbss_relay_jobs_finished_total{service,organisation,state,cause}`.
    pub(crate) ends: Ends,
    /// `cbss_relay_stage_duration_seconds{stage}`.
    pub(crate) stages: HistogramVec,
    /// `cbss_relay_calls_in_flight{service,organisation}`.
    pub(crate) in_flight: IntGaugeVec,
    /// `cbss_relay_cbss_reachable{environment}`.
    pub(crate) reachable: IntGaugeVec,
}

impl Metrics {
    /// Registers them.
    pub(crate) fn register(registry: &Registry, lanes: &[Lane]) -> Result<Self, MetricsError> {
        let lane = ["service", "organisation"];
        Ok(Self {
            attempts: metrics::attempts(registry)?,
            duration: registry.histogram(
                "attempt_duration_seconds",
                "Duration of calls to the CBSS, whatever came of them",
                &lane,
                duration_buckets(),
            )?,
            lane_wait: registry.histogram(
                "lane_wait_seconds",
                "From a job's due time to the beginning of its attempt",
                &lane,
                duration_buckets(),
            )?,
            ends: Ends::register(registry, lanes, &[JobState::Validated, JobState::Failed])?,
            stages: metrics::stages(registry)?,
            in_flight: registry.int_gauge(
                "calls_in_flight",
                "Calls to the CBSS that are under way",
                &lane,
            )?,
            reachable: registry.int_gauge(
                "cbss_reachable",
                "Did the newest TestConnection come back? 1 or 0",
                &["environment"],
            )?,
        })
    }
}
