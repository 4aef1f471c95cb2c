//! Gauges that the record knows: each replica measures, dashboards take the highest.

use std::time::Duration;

use relay_domain::JobState;
use relay_service::hold::every;
use relay_service::settings::ResultsSettings;
use relay_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

/// Measures.
pub(crate) struct Gauges {
    pub(crate) store: Store,
    pub(crate) settings: ResultsSettings,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
}

impl Gauges {
    /// Measures until stopped.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let pause = Duration::from_millis(self.settings.gauges_ms);
        Ok(every(pause, &self.stop, || self.measure()).await?)
    }

    async fn measure(&self) -> Result<(), StoreError> {
        // Asked first, then shown: a lane that has become empty disappears instead of keeping its last value.
        let jobs = self.store.jobs_by_state().await?;
        self.metrics.jobs.reset();
        for gauge in &jobs {
            debug_assert!(JobState::from_name(&gauge.state).is_some());
            let labels = [
                gauge.service.as_str(),
                gauge.organisation.as_str(),
                gauge.state.as_str(),
            ];
            self.metrics.jobs.with_label_values(&labels).set(gauge.count);
        }
        let oldest = self.store.oldest_due().await?;
        self.metrics.oldest_due.reset();
        for gauge in &oldest {
            let labels = [gauge.service.as_str(), gauge.organisation.as_str()];
            self.metrics
                .oldest_due
                .with_label_values(&labels)
                .set(gauge.age.as_secs_f64());
        }
        let (age, parked) = self.store.outbox_age().await?;
        self.metrics
            .outbox_age
            .with_label_values(&[] as &[&str])
            .set(age.as_secs_f64());
        self.metrics
            .outbox_parked
            .with_label_values(&[] as &[&str])
            .set(parked);
        let circuits = self.store.circuits(true).await?;
        for circuit in &circuits {
            let labels = [
                circuit.service.as_str(),
                circuit.organisation.as_str(),
                circuit.environment.as_str(),
            ];
            let state = match circuit.state.as_str() {
                "closed" => 0,
                "resuming" => 1,
                "probing" => 2,
                "open" => 3,
                _ => 4,
            };
            self.metrics.circuits.with_label_values(&labels).set(state);
        }
        let quotas = self.store.quotas().await?;
        self.metrics.quotas.reset();
        for quota in &quotas {
            let labels = [
                quota.service.as_str(),
                quota.organisation.as_str(),
                quota.environment.as_str(),
            ];
            self.metrics.quotas.with_label_values(&labels).set(quota.used);
        }
        let quarantine = self.store.quarantine_by_cause().await?;
        self.metrics.quarantine.reset();
        for gauge in &quarantine {
            self.metrics
                .quarantine
                .with_label_values(&[gauge.cause.as_str()])
                .set(gauge.count);
        }
        Ok(())
    }
}
