use super::{Figures, Machine, quantile};

#[test]
fn quantiles_are_of_the_nearest_rank() {
    let values: Vec<f64> = (1..=200).map(f64::from).collect();
    assert_eq!(quantile(&values, 0.5), Some(100.0));
    assert_eq!(quantile(&values, 0.99), Some(198.0));
    assert_eq!(quantile(&values[..1], 0.99), Some(1.0));
    assert_eq!(quantile(&[], 0.5), None);
}

#[test]
fn the_median_is_taken_figure_by_figure() {
    let run = |jobs_per_s, p99_ms, worker| Figures {
        jobs_per_s,
        p50_ms: 1.0,
        p99_ms,
        cpu_ms: vec![("worker", worker), ("load", 9.0)],
        memory_mb: Vec::new(),
        wal_kb: 0.0,
        disk_kb: 0.0,
        others: 0.0,
        statements: Vec::new(),
    };
    let median = Figures::median(&[run(3.0, 9.0, 0.2), run(1.0, 7.0, 0.4), run(2.0, 8.0, 0.3)]).unwrap();
    assert_eq!((median.jobs_per_s, median.p99_ms), (2.0, 8.0));
    assert_eq!(median.cpu_total_ms(), 0.3);
    assert!(Figures::median(&[]).is_none());
}

#[test]
fn what_others_use_is_told_from_what_we_use() {
    let at = |line: &str| Machine::parse(line).unwrap();
    let before = at("cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3\n");
    let after = at("cpu  300 100 200 1000 100 50 50 0 0 0\n");
    // 8 seconds passed on one processor, 5 of them busy, 3 of those ours.
    assert!((after.others(&before, 3.0) - 0.25).abs() < 1e-9);
    assert_eq!(after.others(&before, 9.0), 0.0);
    assert!(Machine::parse("intr 1 2 3").is_none());
}
