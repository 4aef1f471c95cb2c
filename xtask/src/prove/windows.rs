//! How many calls fall into a window of time, and how many may.

/// The lengths that are looked at, seconds.
pub(crate) const LENGTHS_S: [f64; 7] = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0];
/// How long after its slot a request may leave: `worker.slot_validity_ms`, seconds.
const VALIDITY_S: f64 = 0.25;

/// The most calls in any window [t, t + length) of these times in milliseconds.
pub(crate) fn most(sorted_ms: &[u64], length_s: f64) -> usize {
    let length_ms = length_s * 1000.0;
    let mut first = 0;
    let mut most = 0;
    for (last, time) in sorted_ms.iter().enumerate() {
        while (time - sorted_ms[first]) as f64 >= length_ms {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

/// ⌈R·(T+V)⌉ + burst.
pub(crate) fn allowed(rate: f64, burst: u32, length_s: f64) -> f64 {
    // 20 · 0.35 is 7, not 7.000000000000001.
    (rate * (length_s + VALIDITY_S) - 1e-9).ceil() + f64::from(burst)
}

/// Calls a second, from a second after the first one on: what a burst let go at once is no rate.
pub(crate) fn rate(sorted_ms: &[u64]) -> f64 {
    let begin = sorted_ms.first().map_or(0, |first| first + 1000);
    let steady = &sorted_ms[sorted_ms.partition_point(|time| *time < begin)..];
    let (Some(first), Some(last)) = (steady.first(), steady.last()) else {
        return 0.0;
    };
    (steady.len() - 1) as f64 / ((last - first) as f64 / 1000.0)
}

/// The most calls that were open at once; of each: when it came, and when its answer left.
pub(crate) fn most_open(calls_ms: &[(u64, u64)]) -> usize {
    let open_at = |time: u64| {
        let open = |&&(from, until): &&(u64, u64)| from <= time && until > time;
        calls_ms.iter().filter(open).count()
    };
    calls_ms.iter().map(|&(time, _)| open_at(time)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{allowed, most, most_open, rate};

    #[test]
    fn windows_are_half_open() {
        assert_eq!(most(&[0, 100, 200, 300], 0.3), 3);
        assert_eq!(most(&[0, 0, 0], 0.1), 3);
        assert_eq!(most(&[], 1.0), 0);
        assert_eq!(most(&[0, 500, 510, 520, 1500], 0.1), 3);
    }

    #[test]
    fn what_is_allowed_follows_the_promise() {
        assert!((allowed(20.0, 0, 0.1) - 7.0).abs() < 1e-6);
        assert!((allowed(5.0, 10, 1.0) - 17.0).abs() < 1e-6);
        assert!((allowed(50.0, 0, 0.25) - 25.0).abs() < 1e-6);
    }

    #[test]
    fn a_burst_is_no_rate() {
        assert!((rate(&[0, 0, 0, 1000, 2000, 3000]) - 1.0).abs() < 1e-9);
        assert!(rate(&[]).abs() < 1e-9);
    }

    #[test]
    fn an_answer_ends_a_call() {
        assert_eq!(most_open(&[(0, 10), (10, 20), (12, 15)]), 2);
        assert_eq!(most_open(&[]), 0);
    }
}
