//! Quotas: at most ⌈R·(T+V)⌉ calls in every window of length T, where the CBSS sees them.

use super::Sorted;
use crate::facts::{Attempt, Call};
use crate::figures::Figures;
use crate::script::Organisation;

/// How long after its slot a request may leave, seconds: `worker.slot_validity_ms`.
const VALIDITY_S: f64 = 0.25;
const LENGTHS_S: [f64; 6] = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0];

pub(super) fn check(sorted: &Sorted<'_>, figures: &mut Figures, problems: &mut Vec<String>) {
    let mut timed: Vec<&Call> = Vec::new();
    for call in &sorted.facts.calls {
        if paused_on_the_way(sorted, call) {
            figures.calls_not_timed += 1;
        } else {
            timed.push(call);
        }
    }
    let all = timed.iter().map(|call| call.received.ms);
    if let Some(rate) = sorted.script.highest_rate() {
        windows("of the environment", rate, all.collect(), figures, problems);
    }
    let second = timed
        .iter()
        .filter(|call| call.cbe_number.as_deref() == Some(Organisation::Ghent.cbe_number()));
    if let Some(rate) = sorted.script.second_quota {
        let received = second.map(|call| call.received.ms).collect();
        windows("of the second organisation", rate, received, figures, problems);
    }
}

fn windows(what: &str, rate: u32, mut received: Vec<u64>, figures: &mut Figures, problems: &mut Vec<String>) {
    received.sort_unstable();
    let rate = f64::from(rate);
    for length in LENGTHS_S {
        let bound = (rate * (length + VALIDITY_S)).ceil();
        let (found, from) = most(&received, length);
        figures.fullest_window = figures.fullest_window.max(found as f64 / bound);
        if found as f64 > bound {
            let within: Vec<u64> = received
                .iter()
                .copied()
                .filter(|at| *at + 100 >= from && *at as f64 <= from as f64 + length * 1000.0)
                .collect();
            problems.push(format!(
                "(5) {found} calls {what} within {length} s from {from} ms on, where {bound} are allowed at {rate} a second: {within:?}"
            ));
        }
    }
}

/// Did the worker stand still between the beginning of the attempt and the arrival of the call? It checks the time
/// before it writes; what was written then, or accepted by the kernel, may come late, and nobody could tell.
fn paused_on_the_way(sorted: &Sorted<'_>, call: &Call) -> bool {
    let Some(attempt) = call.ticket.and_then(|ticket| sorted.by_ticket.get(&ticket)) else {
        return false;
    };
    let process = process(attempt);
    sorted.facts.pauses.iter().any(|pause| {
        Some(pause.process) == process
            && pause.from_us <= call.received.us()
            && pause.until_us >= attempt.began_us
    })
}

fn process(attempt: &Attempt) -> Option<i32> {
    attempt.worker.rsplit(':').next()?.parse().ok()
}

/// The most calls in a window of this length, and when it begins.
fn most(received_ms: &[u64], length_s: f64) -> (usize, u64) {
    let mut first = 0;
    let mut most = (0, 0);
    for (last, time) in received_ms.iter().enumerate() {
        while (time - received_ms[first]) as f64 >= length_s * 1000.0 {
            first += 1;
        }
        most = most.max((last + 1 - first, received_ms[first]));
    }
    most
}

#[test]
fn windows_are_half_open() {
    assert_eq!(most(&[0, 100, 200, 300], 0.3), (3, 100));
    assert_eq!(most(&[5, 5, 5], 0.1), (3, 5));
}
