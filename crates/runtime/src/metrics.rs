//! Metric families under one prefix, and their text exposition.

mod process;

use prometheus::core::Collector;
use prometheus::{HistogramOpts, Opts, TextEncoder};

pub use prometheus::{
    Counter, Gauge, GaugeVec, Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    exponential_buckets,
};

/// Every family of ours is called `cbss_relay_<name>`.
pub const PREFIX: &str = "cbss_relay";

/// Content type of [`Registry::encode`].
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// Why a family could not be made or written: a bad or repeated name.
#[derive(Debug, thiserror::Error)]
#[error("metric {name}: {source}")]
pub struct MetricsError {
    name: String,
    source: prometheus::Error,
}

/// The metrics of this process. Clones are the same registry.
#[derive(Clone, Debug)]
pub struct Registry(prometheus::Registry);

impl Registry {
    /// A registry with this process's CPU time, memory and open files under the usual `process_*` names.
    ///
    /// # Errors
    /// Not with the names that stand in this crate; the type says so because registration can fail.
    pub fn new() -> Result<Self, MetricsError> {
        let registry = Self(prometheus::Registry::new());
        registry.register("process", process::Process::new().map_err(named("process"))?)?;
        Ok(registry)
    }

    /// A counter by labels; `name` without prefix, with its `_total`.
    ///
    /// # Errors
    /// When the name is taken or not allowed.
    pub fn counter(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, MetricsError> {
        self.register(
            name,
            IntCounterVec::new(opts(name, help), labels).map_err(named(name))?,
        )
    }

    /// A whole-numbered gauge by labels; `name` without prefix.
    ///
    /// # Errors
    /// When the name is taken or not allowed.
    pub fn int_gauge(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, MetricsError> {
        self.register(
            name,
            IntGaugeVec::new(opts(name, help), labels).map_err(named(name))?,
        )
    }

    /// A gauge by labels (seconds, ratios); `name` without prefix, with its unit.
    ///
    /// # Errors
    /// When the name is taken or not allowed.
    pub fn gauge(&self, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec, MetricsError> {
        self.register(
            name,
            GaugeVec::new(opts(name, help), labels).map_err(named(name))?,
        )
    }

    /// A histogram by labels with the upper bounds `buckets`; `name` without prefix, with its unit.
    ///
    /// # Errors
    /// When the name is taken or not allowed, or the bounds do not rise.
    pub fn histogram(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        buckets: Vec<f64>,
    ) -> Result<HistogramVec, MetricsError> {
        let opts = HistogramOpts {
            common_opts: opts(name, help),
            buckets,
        };
        self.register(name, HistogramVec::new(opts, labels).map_err(named(name))?)
    }

    /// All families in Prometheus' text format.
    ///
    /// # Errors
    /// When the library refuses a family.
    pub fn encode(&self) -> Result<String, MetricsError> {
        TextEncoder::new()
            .encode_to_string(&self.0.gather())
            .map_err(named("(all)"))
    }

    fn register<C: Collector + Clone + 'static>(&self, name: &str, family: C) -> Result<C, MetricsError> {
        self.0.register(Box::new(family.clone())).map_err(named(name))?;
        Ok(family)
    }
}

/// Bounds in seconds from half a millisecond to 60 s, for stages and calls alike.
#[must_use]
pub fn duration_buckets() -> Vec<f64> {
    vec![
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
    ]
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace(PREFIX)
}

fn named(name: &str) -> impl FnOnce(prometheus::Error) -> MetricsError {
    move |source| MetricsError {
        name: name.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_carry_the_prefix_and_the_process_is_described() {
        let registry = Registry::new().expect("a registry");
        let jobs = registry
            .counter("jobs_finished_total", "Jobs that ended.", &["state"])
            .expect("new");
        jobs.with_label_values(&["ok"]).inc_by(3);
        let text = registry.encode().expect("text");
        assert!(
            text.contains("cbss_relay_jobs_finished_total{state=\"ok\"} 3"),
            "{text}"
        );

        let value = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).expect(name);
            line.rsplit(' ')
                .next()
                .and_then(|value| value.parse::<f64>().ok())
                .expect("a number")
        };
        assert!(value("process_resident_memory_bytes ") > 100_000.0);
        assert!(value("process_open_fds ") >= 3.0);
        assert!(value("process_cpu_seconds_total ") >= 0.0);
    }

    #[test]
    fn a_repeated_name_is_refused() {
        let registry = Registry::new().expect("a registry");
        registry
            .gauge("circuit_state", "One.", &["service"])
            .expect("new");
        let error = registry
            .gauge("circuit_state", "One.", &["service"])
            .expect_err("taken");
        assert!(error.to_string().contains("circuit_state"));
    }
}
