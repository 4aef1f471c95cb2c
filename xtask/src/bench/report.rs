//! The figures, for people and for programs.

use anyhow::Context;
use serde_json::{Value, json};

use super::Load;
use super::figures::Figures;
use super::stage::Stage;
use super::subject::Kind;

/// All measurements.
pub(crate) struct Report {
    postgres: String,
    rabbitmq: String,
    permits: u16,
    runs: u32,
    kinds: Vec<Kind>,
    cases: Vec<Case>,
}

/// One load, and what each subject did under it.
pub(crate) struct Case {
    load: Load,
    /// By subject: the runs, in order.
    taken: Vec<Vec<Figures>>,
}

impl Case {
    pub(crate) fn new(load: Load, taken: Vec<Vec<Figures>>) -> Self {
        Self { load, taken }
    }

    fn medians(&self) -> Vec<Figures> {
        self.taken
            .iter()
            .filter_map(|runs| Figures::median(runs))
            .collect()
    }
}

impl Report {
    pub(crate) fn new(stage: &Stage, runs: u32, kinds: Vec<Kind>) -> Self {
        Self {
            postgres: stage.postgres.version().to_owned(),
            rabbitmq: stage.rabbitmq.version().to_owned(),
            permits: stage.permits,
            runs,
            kinds,
            cases: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, case: Case) {
        self.cases.push(case);
    }

    /// Tables.
    pub(crate) fn print(&self) {
        let Self {
            postgres,
            rabbitmq,
            permits,
            runs,
            ..
        } = self;
        println!("\nPostgreSQL {postgres}, RabbitMQ {rabbitmq}, {permits} permits, median of {runs}");
        for case in &self.cases {
            println!("\n{}", case.load);
            self.print_case(&case.medians());
        }
    }

    fn print_case(&self, figures: &[Figures]) {
        let names: String = self
            .kinds
            .iter()
            .map(|kind| format!("{:>10}", kind.name()))
            .collect();
        let ratio = self.kinds.as_slice() == [Kind::Relay, Kind::Bare];
        println!(
            "{:24}{names}{}",
            "",
            if ratio {
                format!("{:>10}", "ratio")
            } else {
                String::new()
            }
        );
        let line = |name: &str, digits: usize, of: &dyn Fn(&Figures) -> Option<f64>| {
            let values: Vec<Option<f64>> = figures.iter().map(of).collect();
            let mut text = format!("{name:24}");
            for value in &values {
                text += &value.map_or(format!("{:>10}", "-"), |value| format!("{value:>10.digits$}"));
            }
            if let (true, [Some(relay), Some(bare)]) = (ratio, values.as_slice()) {
                text += &format!("{:>10.2}", relay / bare);
            }
            println!("{text}");
        };
        line("jobs/s", 0, &|one| Some(one.jobs_per_s));
        line("p50 to the event, ms", 1, &|one| Some(one.p50_ms));
        line("p99 to the event, ms", 1, &|one| Some(one.p99_ms));
        for name in names_of(figures, |one| &one.cpu_ms) {
            line(&format!("CPU ms/job {name}"), 3, &|one| {
                value_of(&one.cpu_ms, name)
            });
        }
        line("CPU ms/job, all", 3, &|one| Some(one.cpu_total_ms()));
        for name in names_of(figures, |one| &one.memory_mb) {
            line(&format!("peak memory MB {name}"), 1, &|one| {
                value_of(&one.memory_mb, name)
            });
        }
        line("write-ahead log kB/job", 1, &|one| Some(one.wal_kb));
        line("database kB/job", 1, &|one| Some(one.disk_kb));
        if let Some(others) = figures
            .iter()
            .map(|one| one.others)
            .max_by(f64::total_cmp)
            .filter(|most| *most > NOISE)
        {
            println!(
                "Other processes used {:.0} % of the machine: the figures are rough.",
                others * 100.0
            );
        }
        for (kind, figures) in self
            .kinds
            .iter()
            .zip(figures)
            .filter(|(_, one)| !one.statements.is_empty())
        {
            println!("statements of {kind}:\n  {}", figures.statements.join("\n  "));
        }
    }

    /// One object.
    pub(crate) fn print_json(&self) -> anyhow::Result<()> {
        let cases: Vec<Value> = self.cases.iter().map(|case| self.case_json(case)).collect();
        let report = json!({
            "postgresql": self.postgres, "rabbitmq": self.rabbitmq, "permits": self.permits, "runs": self.runs,
            "cases": cases,
        });
        println!(
            "{}",
            serde_json::to_string_pretty(&report).context("writing JSON")?
        );
        Ok(())
    }

    fn case_json(&self, case: &Case) -> Value {
        let Load {
            jobs,
            latency_ms,
            rate,
        } = case.load;
        let medians = case.medians();
        let mut value = json!({ "jobs": jobs, "latency_ms": latency_ms, "rate_per_s": rate });
        for ((kind, median), runs) in self.kinds.iter().zip(&medians).zip(&case.taken) {
            let runs: Vec<Value> = runs.iter().map(Figures::to_json).collect();
            value[kind.name()] = json!({ "median": median.to_json(), "runs": runs });
        }
        if let ([Kind::Relay, Kind::Bare], [relay, bare]) = (self.kinds.as_slice(), medians.as_slice()) {
            value["ratio"] = json!({
                "jobs_per_s": relay.jobs_per_s / bare.jobs_per_s,
                "p50": relay.p50_ms / bare.p50_ms,
                "p99": relay.p99_ms / bare.p99_ms,
            });
        }
        value
    }
}

/// What a quiet machine does beside.
const NOISE: f64 = 0.05;

type Named = Vec<(&'static str, f64)>;

/// The processes of all subjects, each once, in order.
fn names_of(figures: &[Figures], of: fn(&Figures) -> &Named) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for (name, _) in figures.iter().flat_map(of) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    names
}

fn value_of(named: &Named, name: &str) -> Option<f64> {
    named
        .iter()
        .find(|(one, _)| *one == name)
        .map(|(_, value)| *value)
}
