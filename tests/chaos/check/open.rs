//! Calls open at once: never more than allowed, where the CBSS sees them. A call counts until its worker has said that it
//! is over, or its lease has ended: a worker that stands still for longer holds its connection meanwhile.

use super::Sorted;
use crate::figures::Figures;

pub(super) fn check(sorted: &Sorted<'_>, figures: &mut Figures, problems: &mut Vec<String>) {
    let Some(limit) = sorted.script.concurrent else {
        return;
    };
    // Ends before beginnings of the same moment.
    let mut moments: Vec<(i64, i32)> = Vec::new();
    for call in &sorted.facts.calls {
        let Some(attempt) = call.ticket.and_then(|ticket| sorted.by_ticket.get(&ticket)) else {
            continue;
        };
        let begin = call.received.us();
        let ended = call.ended.as_ref().map(|moment| moment.us());
        let ends = [ended, attempt.finished_us, Some(attempt.lease_until_us)];
        if let Some(end) = ends.into_iter().flatten().min().filter(|end| *end > begin) {
            moments.extend([(begin, 1), (end, -1)]);
        }
    }
    moments.sort_unstable();
    let mut open = 0;
    for (at, step) in moments {
        open += step;
        figures.most_open = figures.most_open.max(f64::from(open) / f64::from(limit));
        if open > limit.cast_signed() {
            problems.push(format!(
                "(5) {open} calls open at once at {at}, where {limit} are allowed"
            ));
            return;
        }
    }
}
