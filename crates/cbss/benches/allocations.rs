//! How often memory is asked for: by reading a reply of the usual size, and by building each request.
//!
//! A binary of its own: an allocator that counts takes time, which `parse` measures.
#![expect(clippy::print_stdout, reason = "a bench prints")]

mod common;

use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use relay_cbss::{ParseOptions, Reply, tx25};
use relay_domain::Language;

/// What a call allocates, and what it gives back: the result is alive when the counting ends.
fn counted<T>(call: impl FnOnce() -> T) -> (AllocationInfo, T) {
    let mut result = None;
    let info = measure(|| result = Some(black_box(call())));
    (info, result.expect("it was called"))
}

fn print(name: &str, info: AllocationInfo) {
    println!(
        "{name:<28} {:>8} {:>8} {:>10} {:>10} {:>10}",
        info.count_total, info.count_current, info.bytes_total, info.bytes_current, info.bytes_max
    );
}

/// The texts and lists of a reply that hold anything: each is an allocation that its reader keeps.
fn parts(reply: &Reply) -> usize {
    let of_row = |row: &relay_cbss::Row| {
        let optional = [&row.information_type, &row.since, &row.until];
        let optional = optional.into_iter().flatten().filter(|text| !text.is_empty());
        let texts = [&row.group, &row.title, &row.text];
        let fields = row.fields.iter().flat_map(|field| [&field.path, &field.value]);
        1 + optional.count()
            + texts
                .into_iter()
                .chain(fields)
                .filter(|text| !text.is_empty())
                .count()
    };
    reply.rows.iter().map(of_row).sum()
}

fn main() {
    let document = common::reply();
    let options = ParseOptions::new(Language::De);
    println!(
        "{:<28} {:>8} {:>8} {:>10} {:>10} {:>10}",
        "", "calls", "kept", "bytes", "kept", "at once"
    );
    let (info, reply) = counted(|| tx25::parse(document.as_bytes(), None, &options));
    print("parse tx25", info);
    let reply = reply.expect("the bench's reply is readable");
    for (name, build) in common::builds() {
        let (info, call) = counted(&build);
        print(&format!("build {name}"), info);
        drop(call.expect("the bench's request is good"));
    }
    let fields: usize = reply.rows.iter().map(|row| row.fields.len()).sum();
    println!(
        "the reply: {} bytes, {} rows, {fields} fields; {} texts and lists in its rows",
        document.len(),
        reply.rows.len(),
        parts(&reply)
    );
}
