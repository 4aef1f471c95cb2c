//! The families that several services count in: registered alike, so that their sums mean something.

use prometheus::{HistogramVec, IntCounterVec};
use relay_domain::JobState;
use relay_domain::classify::FailureCause;
use relay_runtime::Registry;
use relay_runtime::metrics::{MetricsError, duration_buckets};
use relay_store::Lane;

/// `cbss_relay_attempts_total{service,organisation,class}`.
pub fn attempts(registry: &Registry) -> Result<IntCounterVec, MetricsError> {
    registry.counter(
        "attempts_total",
        "Attempts by what they meant",
        &["service", "organisation", "class"],
    )
}

/// `cbss_relay_stage_duration_seconds{stage}`.
pub fn stages(registry: &Registry) -> Result<HistogramVec, MetricsError> {
    registry.histogram(
        "stage_duration_seconds",
        "Time that a batch takes in a stage of the pipeline",
        &["stage"],
        duration_buckets(),
    )
}

/// `cbss_relay_replays_total{outcome}`.
pub fn replays(registry: &Registry) -> Result<IntCounterVec, MetricsError> {
    registry.counter(
        "replays_total",
        "Replays of quarantined messages by what came of them",
        &["outcome"],
    )
}

/// `cbss_relay_jobs_finished_total{service,organisation,state,cause}`.
#[derive(Clone, Debug)]
pub struct Ends(IntCounterVec);

impl Ends {
    /// Registers the family and shows, for every lane, the ends that this service brings about as 0: a rate
    /// needs a value before the first count. `JobState::Failed` stands for all of its causes.
    pub fn register(registry: &Registry, lanes: &[Lane], states: &[JobState]) -> Result<Self, MetricsError> {
        let ends = Self(registry.counter(
            "jobs_finished_total",
            "Rounds of jobs that ended, by state and by cause of failure",
            &["service", "organisation", "state", "cause"],
        )?);
        for lane in lanes {
            for state in states {
                let causes = if *state == JobState::Failed {
                    FailureCause::ALL.map(FailureCause::as_str).to_vec()
                } else {
                    vec![""]
                };
                for cause in causes {
                    ends.counter(lane.service.as_str(), &lane.organisation, *state, cause);
                }
            }
        }
        Ok(ends)
    }

    /// Counts an end; `cause` is empty unless the job failed.
    pub fn count(&self, service: &str, organisation: &str, state: JobState, cause: &str) {
        self.counter(service, organisation, state, cause).inc();
    }

    fn counter(
        &self,
        service: &str,
        organisation: &str,
        state: JobState,
        cause: &str,
    ) -> prometheus::IntCounter {
        self.0
            .with_label_values(&[service, organisation, state.as_str(), cause])
    }
}
