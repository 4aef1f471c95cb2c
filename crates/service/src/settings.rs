//! `relay.toml`: one file for all services; each uses its parts, and an unknown key is an error for all.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use relay_domain::classify::Codes;
use relay_domain::retry::RetryPolicy;
use relay_runtime::Entropy;
use relay_runtime::settings::{self, beside};
use relay_runtime::{
    BrokerSettings, DatabaseSettings, HttpSettings, LogSettings, ServiceSettings, ShutdownSettings,
    VaultSettings,
};
use relay_store::CircuitPolicy;
use serde::Deserialize;

use crate::assemble::open_vault;
use crate::organisations::Organisations;

/// The file as a service uses it.
#[derive(Clone, Debug)]
pub struct RelaySettings {
    /// The file's own content.
    pub file: SettingsFile,
    /// The organisations beside it.
    pub organisations: Organisations,
}

/// The content of `relay.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsFile {
    /// PostgreSQL.
    pub database: DatabaseSettings,
    /// RabbitMQ.
    pub broker: BrokerSettings,
    /// Keys.
    pub vault: VaultSettings,
    /// Where the organisations are described, relative to this file.
    #[serde(default = "organisations_dir")]
    pub organisations_dir: PathBuf,
    /// A folder where each service remembers the last of its own commits, relative to this file; without one, only a
    /// running service recognises a database that was restored from an older state, not one that starts.
    #[serde(default)]
    pub state_dir: Option<PathBuf>,
    /// Health and metrics.
    #[serde(default)]
    pub http: HttpSettings,
    /// Logs.
    #[serde(default)]
    pub log: LogSettings,
    /// Stopping.
    #[serde(default)]
    pub shutdown: ShutdownSettings,
    /// The producer's own.
    #[serde(default)]
    pub producer: ProducerSettings,
    /// The worker's own.
    #[serde(default)]
    pub worker: WorkerSettings,
    /// Results' own.
    #[serde(default)]
    pub results: ResultsSettings,
    /// Budgets and waits of jobs.
    #[serde(default)]
    pub retry: RetrySettings,
    /// What the CBSS's codes mean.
    #[serde(default)]
    pub codes: Codes,
    /// When a lane is taken for broken, and how it is tried again.
    #[serde(default)]
    pub circuit: CircuitSettings,
}

/// The producer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProducerSettings {
    /// Submissions held at once.
    pub prefetch: u16,
    /// Submissions of one transaction.
    pub max_batch: usize,
    /// A larger submission goes to quarantine unread.
    pub max_submission_bytes: usize,
    /// Jobs of one lane on their way to workers at once.
    pub release_per_lane: i32,
    /// Where a quota limits the calls, jobs are let go as it allows in this time.
    pub release_window_ms: u64,
    /// A released job that no worker begins in this time is released again.
    pub release_lease_ms: u64,
    /// The pause between two releases while nothing happens.
    pub release_idle_ms: u64,
    /// The pause between two releases while there is work.
    pub release_busy_ms: u64,
    /// The pause between two looks for jobs to take back, and for passed deadlines.
    pub sweep_ms: u64,
}

impl Default for ProducerSettings {
    fn default() -> Self {
        Self {
            prefetch: 400,
            max_batch: 200,
            max_submission_bytes: 256 * 1024,
            release_per_lane: 500,
            release_window_ms: 2_000,
            release_lease_ms: 60_000,
            release_idle_ms: 200,
            release_busy_ms: 20,
            sweep_ms: 1_000,
        }
    }
}

/// The worker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkerSettings {
    /// Calls at once; also how many work items are held.
    pub permits: u16,
    /// How long a lease outlives the call's time-out: the time for the database to hear of the outcome.
    pub lease_margin_ms: u64,
    /// A larger answer is not read to its end.
    pub max_response_bytes: usize,
    /// How far ahead a slot of a quota may be taken.
    pub slot_horizon_ms: u64,
    /// How long after its slot a request may still leave; later, the slot is lost and another one is taken.
    pub slot_validity_ms: u64,
    /// How often each environment of the CBSS is asked for an echo (TestConnection), for `/readyz` and a gauge; 0: never.
    pub probe_interval_ms: u64,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            permits: 50,
            lease_margin_ms: 15_000,
            max_response_bytes: 16 * 1024 * 1024,
            slot_horizon_ms: 2_500,
            slot_validity_ms: 250,
            probe_interval_ms: 0,
        }
    }
}

/// Results.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResultsSettings {
    /// Answers held at once.
    pub prefetch: u16,
    /// Answers of one transaction.
    pub max_batch: usize,
    /// An answer that nobody gave notice of is found after this time.
    pub sweep_older_than_ms: u64,
    /// The pause between two sweeps, for such answers and for ended leases.
    pub sweep_ms: u64,
    /// How long the database must have been up before leases count as ended.
    pub rescue_grace_ms: u64,
    /// Events published at once.
    pub outbox_batch: i64,
    /// The pause between two looks into the outbox.
    pub outbox_idle_ms: u64,
    /// The pause between two measurements for the gauges.
    pub gauges_ms: u64,
}

impl Default for ResultsSettings {
    fn default() -> Self {
        Self {
            prefetch: 200,
            max_batch: 64,
            sweep_older_than_ms: 10_000,
            sweep_ms: 2_000,
            rescue_grace_ms: 15_000,
            outbox_batch: 500,
            outbox_idle_ms: 25,
            gauges_ms: 5_000,
        }
    }
}

/// Budgets and waits; see [`RetryPolicy`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetrySettings {
    /// Attempts of one round.
    pub max_attempts: u32,
    /// From a round's first attempt.
    pub max_elapsed_s: u64,
    /// Asking again after an unknown outcome.
    pub max_unknown_resends: u32,
    /// Asking again after a fault of the CBSS's own.
    pub max_server_faults: u32,
    /// Taking over from a process that died.
    pub max_rescues: u32,
    /// Looking whether a change of unknown outcome was made.
    pub max_looks: u32,
    /// The wait after the first attempt.
    pub base_ms: u64,
    /// The longest wait, before jitter.
    pub cap_ms: u64,
}

impl Default for RetrySettings {
    fn default() -> Self {
        let policy = RetryPolicy::default();
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            max_attempts: policy.max_attempts,
            max_elapsed_s: policy.max_elapsed.as_secs(),
            max_unknown_resends: policy.max_unknown_resends,
            max_server_faults: policy.max_server_faults,
            max_rescues: policy.max_rescues,
            max_looks: policy.max_looks,
            base_ms: millis(policy.base),
            cap_ms: millis(policy.cap),
        }
    }
}

/// Circuits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CircuitSettings {
    /// So many failed calls of a lane in a row open its circuit; four times as many that of its environment.
    pub failures: u16,
    /// How long it stays open at first; each opening in a row doubles that, up to sixteen times.
    pub open_ms: u64,
    /// It counts as closed again when so many calls at once have succeeded.
    pub closed_at: u16,
    /// The pause between two looks at the circuits.
    pub poll_ms: u64,
}

impl Default for CircuitSettings {
    fn default() -> Self {
        Self {
            failures: 5,
            open_ms: 30_000,
            closed_at: 64,
            poll_ms: 500,
        }
    }
}

impl CircuitSettings {
    /// As the record takes it.
    #[must_use]
    pub fn policy(&self) -> CircuitPolicy {
        CircuitPolicy {
            failures: self.failures.into(),
            open: Duration::from_millis(self.open_ms),
            closed_at: self.closed_at.into(),
        }
    }
}

impl RetrySettings {
    /// As the domain takes it.
    #[must_use]
    pub fn policy(&self) -> RetryPolicy {
        RetryPolicy {
            max_attempts: self.max_attempts,
            max_elapsed: Duration::from_secs(self.max_elapsed_s),
            max_unknown_resends: self.max_unknown_resends,
            max_server_faults: self.max_server_faults,
            max_rescues: self.max_rescues,
            max_looks: self.max_looks,
            base: Duration::from_millis(self.base_ms),
            cap: Duration::from_millis(self.cap_ms),
        }
    }
}

impl RelaySettings {
    /// Reads `relay.toml`, the variables `CBSS_RELAY__…`, and the organisations.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = SettingsFile::read(path)?;
        let organisations = Organisations::read(&beside(path, &file.organisations_dir))?;
        let settings = Self { file, organisations };
        settings.check().with_context(|| path.display().to_string())?;
        Ok(settings)
    }

    /// The longest time-out of a call, of any organisation and service.
    #[must_use]
    pub fn longest_call(&self) -> Duration {
        let longest = self
            .organisations
            .iter()
            .flat_map(|(_, organisation)| organisation.settings.services.values())
            .map(|service| u64::from(service.http_total_timeout_ms))
            .max();
        Duration::from_millis(longest.unwrap_or_default())
    }

    /// How long a worker may hold a work item at most: its lease, for the slowest lane.
    #[must_use]
    pub fn attempt_lease(&self) -> Duration {
        self.longest_call()
            + Duration::from_millis(self.file.worker.lease_margin_ms + self.file.worker.slot_horizon_ms)
    }

    /// What must fit together across the files.
    fn check(&self) -> anyhow::Result<()> {
        let held = self.attempt_lease() + Duration::from_millis(self.file.producer.release_lease_ms);
        let consumer_timeout = Duration::from_millis(self.file.broker.consumer_timeout_ms);
        if held >= consumer_timeout {
            bail!(
                "a work item may be held for {} ms (producer.release_lease_ms, worker.lease_margin_ms and the longest \
                 http_total_timeout_ms), and the broker takes back what is held for broker.consumer_timeout_ms = {}: \
                 raise the broker's consumer_timeout and this setting, or shorten the others",
                held.as_millis(),
                consumer_timeout.as_millis()
            );
        }
        Ok(())
    }
}

impl SettingsFile {
    /// Reads `relay.toml` and the variables `CBSS_RELAY__…`, without the organisations.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let mut file: Self = settings::load(path)?;
        file.vault.keys_dir = beside(path, &file.vault.keys_dir);
        file.state_dir = file.state_dir.map(|directory| beside(path, &directory));
        file.check().with_context(|| path.display().to_string())?;
        Ok(file)
    }

    /// What the shape alone does not rule out.
    fn check(&self) -> anyhow::Result<()> {
        let at_least_one = [
            ("producer.prefetch", u64::from(self.producer.prefetch)),
            ("producer.max_batch", self.producer.max_batch as u64),
            (
                "producer.release_per_lane",
                u64::try_from(self.producer.release_per_lane).unwrap_or(0),
            ),
            ("producer.release_lease_ms", self.producer.release_lease_ms),
            ("producer.release_idle_ms", self.producer.release_idle_ms),
            ("producer.release_busy_ms", self.producer.release_busy_ms),
            ("producer.sweep_ms", self.producer.sweep_ms),
            ("producer.release_window_ms", self.producer.release_window_ms),
            ("circuit.failures", u64::from(self.circuit.failures)),
            ("circuit.open_ms", self.circuit.open_ms),
            ("circuit.closed_at", u64::from(self.circuit.closed_at)),
            ("circuit.poll_ms", self.circuit.poll_ms),
            ("worker.permits", u64::from(self.worker.permits)),
            ("worker.lease_margin_ms", self.worker.lease_margin_ms),
            ("worker.max_response_bytes", self.worker.max_response_bytes as u64),
            ("results.prefetch", u64::from(self.results.prefetch)),
            ("results.max_batch", self.results.max_batch as u64),
            ("results.sweep_ms", self.results.sweep_ms),
            (
                "results.outbox_batch",
                u64::try_from(self.results.outbox_batch).unwrap_or(0),
            ),
            ("results.outbox_idle_ms", self.results.outbox_idle_ms),
            ("results.gauges_ms", self.results.gauges_ms),
            ("retry.max_attempts", u64::from(self.retry.max_attempts)),
            ("retry.base_ms", self.retry.base_ms),
        ];
        for (key, value) in at_least_one {
            if value == 0 {
                bail!("{key}: must be at least 1");
            }
        }
        // What is released must find its slot at once: those that ask again lose their turn.
        if self.worker.slot_horizon_ms < self.producer.release_window_ms {
            bail!("worker.slot_horizon_ms: must not be below producer.release_window_ms");
        }
        // Slots are checked with a margin for the way to the first byte.
        if self.worker.slot_validity_ms < 100 {
            bail!("worker.slot_validity_ms: at least 100");
        }
        // Probes stand outside of quotas.
        if (1..1_000).contains(&self.worker.probe_interval_ms) {
            bail!("worker.probe_interval_ms: at least 1000, or 0 for no probes");
        }
        if self.retry.cap_ms < self.retry.base_ms {
            bail!("retry.cap_ms: must not be below retry.base_ms");
        }
        // An answer of this size must fit the vault's limit for what it unfolds.
        if self.worker.max_response_bytes > 64 * 1024 * 1024 {
            bail!("worker.max_response_bytes: at most {} (64 MiB)", 64 * 1024 * 1024);
        }
        Ok(())
    }
}

impl ServiceSettings for RelaySettings {
    /// Also opens what the settings point to: what `--check-config` calls good, starts.
    fn load(file: &Path) -> anyhow::Result<Self> {
        let settings = Self::read(file)?;
        open_vault(&settings.file, &Entropy::system())?;
        for (id, organisation) in settings.organisations.iter() {
            organisation
                .check_files()
                .with_context(|| format!("organisation {id}"))?;
        }
        Ok(settings)
    }

    fn http(&self) -> &HttpSettings {
        &self.file.http
    }

    fn log(&self) -> &LogSettings {
        &self.file.log
    }

    fn shutdown(&self) -> &ShutdownSettings {
        &self.file.shutdown
    }
}

fn organisations_dir() -> PathBuf {
    PathBuf::from("organisations")
}
