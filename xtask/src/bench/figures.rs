//! What is read off, and what it comes to.

use std::fs;

use anyhow::Context;
use relay_testkit::PostgresAccess;
use relay_testkit::process::ProcessId;
use serde_json::{Value, json};

/// The database server's counters and the processor times at one moment.
pub(crate) struct Gauge {
    /// Seconds, by process.
    cpu_s: Vec<(&'static str, f64)>,
    machine: Machine,
    wal_bytes: f64,
    database_bytes: f64,
}

impl Gauge {
    pub(crate) async fn read(
        postgres: &PostgresAccess,
        database: &str,
        processes: &[(&'static str, ProcessId)],
    ) -> anyhow::Result<Self> {
        let sql = "select pg_current_wal_insert_lsn() - '0/0', pg_database_size(current_database())";
        let text = postgres.sql(database, sql).await?;
        let (wal, size) = text.split_once('|').context("the database has no counters")?;
        Ok(Self {
            cpu_s: processes
                .iter()
                .map(|&(name, process)| (name, process.tree_usage().cpu.as_secs_f64()))
                .collect(),
            machine: Machine::read()?,
            wal_bytes: wal.parse()?,
            database_bytes: size.parse()?,
        })
    }
}

/// The processors' time since the machine started, seconds times processors.
struct Machine {
    busy: f64,
    all: f64,
}

impl Machine {
    fn read() -> anyhow::Result<Self> {
        let text = fs::read_to_string("/proc/stat").context("reading /proc/stat")?;
        Self::parse(&text).context("/proc/stat has no line `cpu`")
    }

    /// proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal. The clock's ticks are hundredths.
    fn parse(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let ticks: Vec<f64> = line
            .split_whitespace()
            .take(8)
            .map_while(|tick| tick.parse().ok())
            .collect();
        let &[user, nice, system, idle, iowait, irq, softirq, steal] = ticks.as_slice() else {
            return None;
        };
        let busy = user + nice + system + irq + softirq + steal;
        Some(Self {
            busy: busy / 100.0,
            all: (busy + idle + iowait) / 100.0,
        })
    }

    /// The share of the time since `before` that others used, when we used `ours` seconds.
    fn others(&self, before: &Self, ours: f64) -> f64 {
        let (busy, all) = (self.busy - before.busy, self.all - before.all);
        if all > 0.0 {
            ((busy - ours) / all).clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
}

/// One measurement, or the median of several.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(crate) jobs_per_s: f64,
    /// From submission to event.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// A job's processor time, by process.
    pub(crate) cpu_ms: Vec<(&'static str, f64)>,
    /// The most memory that each process of the subject ever had (resident).
    pub(crate) memory_mb: Vec<(&'static str, f64)>,
    /// What a job writes to the write-ahead log.
    pub(crate) wal_kb: f64,
    /// What the database grows by with a job.
    pub(crate) disk_kb: f64,
    /// The part of the machine's processor time that was used by what is not measured here.
    pub(crate) others: f64,
    /// The dearest statements, when asked for.
    pub(crate) statements: Vec<String>,
}

impl Figures {
    /// `loaded` is what the load reports; `own` the subject's processes, whose memory counts.
    pub(crate) fn between(
        before: &Gauge,
        after: &Gauge,
        loaded: &Value,
        jobs: u32,
        own: &[(&'static str, ProcessId)],
    ) -> anyhow::Result<Self> {
        let jobs = f64::from(jobs);
        let number = |name: &str| {
            loaded[name]
                .as_f64()
                .with_context(|| format!("the load reports no {name}"))
        };
        let mut latencies: Vec<f64> = loaded["latencies_ms"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_f64)
            .collect();
        latencies.sort_by(f64::total_cmp);
        let used = before.cpu_s.iter().zip(&after.cpu_s);
        let mut cpu_ms: Vec<_> = used
            .map(|((name, before), (_, after))| (*name, (after - before) / jobs * 1e3))
            .collect();
        cpu_ms.push(("load", number("cpu_s")? / jobs * 1e3));
        let ours_s = cpu_ms.iter().map(|(_, value)| value).sum::<f64>() * jobs / 1e3;
        Ok(Self {
            jobs_per_s: jobs / number("elapsed_s")?,
            p50_ms: quantile(&latencies, 0.5).context("the load reports no latencies")?,
            p99_ms: quantile(&latencies, 0.99).context("the load reports no latencies")?,
            cpu_ms,
            memory_mb: own
                .iter()
                .map(|&(name, process)| Ok((name, peak_memory_mb(process)?)))
                .collect::<anyhow::Result<_>>()?,
            wal_kb: (after.wal_bytes - before.wal_bytes) / jobs / 1e3,
            disk_kb: (after.database_bytes - before.database_bytes) / jobs / 1e3,
            others: after.machine.others(&before.machine, ours_s),
            statements: Vec::new(),
        })
    }

    /// The median of each figure; the statements are those of the last run.
    pub(crate) fn median(runs: &[Self]) -> Option<Self> {
        let last = runs.last()?;
        let middle = |of: &dyn Fn(&Self) -> f64| {
            let mut values: Vec<f64> = runs.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            quantile(&values, 0.5).unwrap_or_default()
        };
        let by_name = |of: fn(&Self) -> &Vec<(&'static str, f64)>| {
            let names = of(last).iter().map(|(name, _)| *name);
            names
                .enumerate()
                .map(|(index, name)| {
                    (
                        name,
                        middle(&|run| of(run).get(index).map_or(0.0, |(_, value)| *value)),
                    )
                })
                .collect()
        };
        Some(Self {
            jobs_per_s: middle(&|run| run.jobs_per_s),
            p50_ms: middle(&|run| run.p50_ms),
            p99_ms: middle(&|run| run.p99_ms),
            cpu_ms: by_name(|run| &run.cpu_ms),
            memory_mb: by_name(|run| &run.memory_mb),
            wal_kb: middle(&|run| run.wal_kb),
            disk_kb: middle(&|run| run.disk_kb),
            others: middle(&|run| run.others),
            statements: last.statements.clone(),
        })
    }

    /// All processor time of a job, the load's left out: it is no part of any installation.
    pub(crate) fn cpu_total_ms(&self) -> f64 {
        self.cpu_ms
            .iter()
            .filter(|(name, _)| *name != "load")
            .map(|(_, value)| value)
            .sum()
    }

    /// One line.
    pub(crate) fn in_short(&self) -> String {
        let Self {
            jobs_per_s,
            p50_ms,
            p99_ms,
            ..
        } = self;
        let cpu = self.cpu_total_ms();
        format!("{jobs_per_s:.0} jobs/s, p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms, CPU {cpu:.2} ms a job")
    }

    /// For programs.
    pub(crate) fn to_json(&self) -> Value {
        let object = |pairs: &[(&str, f64)]| -> Value {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        json!({
            "jobs_per_s": self.jobs_per_s, "p50_ms": self.p50_ms, "p99_ms": self.p99_ms,
            "cpu_ms_per_job": object(&self.cpu_ms), "memory_peak_mb": object(&self.memory_mb),
            "wal_kb_per_job": self.wal_kb, "disk_kb_per_job": self.disk_kb, "others_ratio": self.others, "statements": self.statements,
        })
    }
}

/// Of sorted values, by the nearest rank.
pub(crate) fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let rank = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// VmHWM of proc_pid_status(5).
fn peak_memory_mb(process: ProcessId) -> anyhow::Result<f64> {
    let path = format!("/proc/{}/status", process.pid());
    let status = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: f64 = kilobytes
        .with_context(|| format!("{path} has no VmHWM"))?
        .trim()
        .parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests;
