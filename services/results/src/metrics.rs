//! What results counts and measures.

use prometheus::{GaugeVec, HistogramVec, IntCounterVec, IntGaugeVec};
use relay_domain::JobState;
use relay_runtime::Registry;
use relay_runtime::metrics::MetricsError;
use relay_service::metrics::{self, Ends};
use relay_store::Lane;

/// The families of results.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    /// `cbss_relay_attempts_total{service,organisation,class}`.
    pub(crate) attempts: IntCounterVec,
    /// `cbss_relay_jobs_finished_total{service,organisation,state,cause}`.
    pub(crate) ends: Ends,
    /// `cbss_relay_events_published_total{kind}`.
    pub(crate) events: IntCounterVec,
    /// `cbss_relay_replays_total{outcome}`.
    pub(crate) replays: IntCounterVec,
    /// `cbss_relay_unknown_parts_total{service,organisation,part}`.
    pub(crate) unknown_parts: IntCounterVec,
    /// `cbss_relay_reparsed_total{finding}`.
    pub(crate) reparsed: IntCounterVec,
    /// `cbss_relay_stage_duration_seconds{stage}`.
    pub(crate) stages: HistogramVec,
    /// `cbss_relay_jobs{service,organisation,state}`.
    pub(crate) jobs: IntGaugeVec,
    /// `cbss_relay_oldest_due_age_seconds{service,organisation}`.
    pub(crate) oldest_due: GaugeVec,
    /// `cbss_relay_outbox_oldest_age_seconds`.
    pub(crate) outbox_age: GaugeVec,
    /// `cbss_relay_outbox_parked_events`.
    pub(crate) outbox_parked: IntGaugeVec,
    /// `cbss_relay_circuit_state{service,organisation,environment}`.
    pub(crate) circuits: IntGaugeVec,
    /// `cbss_relay_quota_used_ratio{service,organisation,environment}`.
    pub(crate) quotas: GaugeVec,
    /// `cbss_relay_quarantine_items{cause}`.
    pub(crate) quarantine: IntGaugeVec,
}

impl Metrics {
    /// Registers them.
    pub(crate) fn register(registry: &Registry, lanes: &[Lane]) -> Result<Self, MetricsError> {
        let lane = ["service", "organisation"];
        let circuits = registry.int_gauge(
            "circuit_state",
            "Circuits by state: 0 closed, 1 resuming, 2 probing, 3 open, 4 paused; * and * for an environment's",
            &["service", "organisation", "environment"],
        )?;
        for lane in lanes {
            let labels = [
                lane.service.as_str(),
                &lane.organisation,
                lane.environment.as_str(),
            ];
            circuits.with_label_values(&labels).set(0);
        }
        Ok(Self {
            attempts: metrics::attempts(registry)?,
            ends: Ends::register(
                registry,
                lanes,
                &[
                    JobState::Ok,
                    JobState::Warnings,
                    JobState::Errors,
                    JobState::Failed,
                ],
            )?,
            events: registry.counter(
                "events_published_total",
                "Events that the broker confirmed",
                &["kind"],
            )?,
            replays: metrics::replays(registry)?,
            unknown_parts: registry.counter(
                "unknown_parts_total",
                "Parts of replies that this version of the protocol does not know",
                &["service", "organisation", "part"],
            )?,
            reparsed: registry.counter(
                "reparsed_total",
                "Stored answers that say something else when they are read again",
                &["finding"],
            )?,
            stages: metrics::stages(registry)?,
            jobs: registry.int_gauge(
                "jobs",
                "Open jobs by state",
                &["service", "organisation", "state"],
            )?,
            oldest_due: registry.gauge(
                "oldest_due_age_seconds",
                "How long the oldest due job of a lane has waited",
                &lane,
            )?,
            outbox_age: registry.gauge(
                "outbox_oldest_age_seconds",
                "How long the oldest event has waited to be published",
                &[],
            )?,
            outbox_parked: registry.int_gauge(
                "outbox_parked_events",
                "Events that nobody listens for, set aside",
                &[],
            )?,
            circuits,
            quotas: registry.gauge(
                "quota_used_ratio",
                "Part of a quota that is used, 0 to 1; * where all share it",
                &["service", "organisation", "environment"],
            )?,
            quarantine: registry.int_gauge("quarantine_items", "Messages kept in quarantine", &["cause"])?,
        })
    }
}
