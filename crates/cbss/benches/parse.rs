//! How long it takes to read a reply of the usual size, beside quick-xml's bare events of the same bytes, and to build
//! each request. The last line is the ratio of the first two, taken in turns: at most 2.5.
#![expect(clippy::print_stdout, reason = "a bench prints")]

mod common;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use quick_xml::Reader;
use quick_xml::events::Event;
use relay_cbss::{ParseOptions, Reply, tx25};
use relay_domain::Language;

/// Into rows with all their fields.
fn read(reply: &[u8]) -> Reply {
    let options = ParseOptions::new(Language::De);
    tx25::parse(black_box(reply), Some("text/xml; charset=utf-8"), &options)
        .expect("the bench's reply is readable")
}

/// Every event, and nothing made of it.
fn scan(reply: &[u8]) -> usize {
    let mut reader = Reader::from_reader(black_box(reply));
    let mut events = 0;
    while !matches!(
        black_box(reader.read_event()).expect("the bench's reply is readable"),
        Event::Eof
    ) {
        events += 1;
    }
    events
}

fn parse(criterion: &mut Criterion) {
    let reply = common::reply();
    let rows = read(reply.as_bytes()).rows.len();
    assert_eq!(
        (rows, reply.len() / 1_000),
        (44, 24),
        "the bench measures a reply of the usual size"
    );
    let mut group = criterion.benchmark_group("tx25");
    group.throughput(Throughput::Bytes(reply.len() as u64));
    group.bench_function("parse_24k", |bencher| bencher.iter(|| read(reply.as_bytes())));
    group.bench_function("bare_scan_24k", |bencher| bencher.iter(|| scan(reply.as_bytes())));
    group.finish();
}

fn build(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build");
    for (name, build) in common::builds() {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(build())));
    }
    group.finish();
}

/// The two readers in turns, so that what else the machine does falls on both; the median of each.
fn ratio() {
    let reply = common::reply();
    let reply = reply.as_bytes();
    let mut times = [const { Vec::new() }; 2];
    for _ in 0..600 {
        times[0].push(timed(|| drop(read(reply))));
        times[1].push(timed(|| _ = black_box(scan(reply))));
    }
    let [ours, bare] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2].as_nanos() as f64 / 1_000.0 / f64::from(REPEATS)
    });
    println!(
        "{} bytes, {} events: read {ours:.1} µs, bare scan {bare:.1} µs, ratio {:.2} (at most 2.5)",
        reply.len(),
        scan(reply),
        ours / bare
    );
}

/// So many runs in a row are timed as one.
const REPEATS: u32 = 5;

#[expect(clippy::disallowed_methods, reason = "a bench is about real time")]
fn timed(run: impl Fn()) -> Duration {
    let start = Instant::now();
    (0..REPEATS).for_each(|_| run());
    start.elapsed()
}

criterion_group!(benches, parse, build);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    // Not where the bench is only tried.
    if std::env::args().any(|argument| argument == "--bench") {
        ratio();
    }
}
