//! One act on many things, one by one: what is interrupted has been done as far as it came.

use std::collections::BTreeMap;

use clap::Args;
use relay_store::Acted;
use uuid::Uuid;

use crate::arguments::{self, Reason};
use crate::failure::Failure;
use crate::table;

/// What every act in bulk takes beside its filter, which it needs.
#[derive(Debug, Args)]
pub(crate) struct BulkArgs {
    /// No more than so many.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) first: Option<u64>,
    /// Go without asking.
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) reason: Reason,
}

/// Something that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// Its id.
    pub(crate) id: Uuid,
    /// By what it is counted.
    pub(crate) cause: Option<String>,
}

/// How an act in bulk went.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    done: usize,
    moved: usize,
}

impl BulkArgs {
    /// Says what matches (read once: what comes back meanwhile is not dealt with a second time), asks, and acts on it in
    /// the order given.
    pub(crate) async fn run(
        self,
        what: &str,
        mut matches: Vec<Match>,
        verb: &'static str,
        act: impl AsyncFn(Uuid, &str) -> Result<Acted, Failure>,
    ) -> Result<(), Failure> {
        for line in counted(&matches) {
            table::line(&line);
        }
        table::line(&format!("{what}: {}", matches.len()));
        let first = self.first.and_then(|first| usize::try_from(first).ok());
        matches.truncate(first.unwrap_or(usize::MAX));
        if matches.is_empty() {
            return Ok(());
        }
        arguments::confirm(self.yes, &format!("{verb} {} of them?", matches.len()))?;
        let mut tally = Tally::default();
        let outcome = each(&matches, verb, &self.reason.reason, act, &mut tally).await;
        table::line(&tally.text());
        // The record is right either way; what is left is left.
        outcome.map_err(|failure| failure.then("the same command goes on where this one stopped"))
    }
}

async fn each(
    matches: &[Match],
    verb: &'static str,
    reason: &str,
    act: impl AsyncFn(Uuid, &str) -> Result<Acted, Failure>,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let bar = table::progress(matches.len(), verb);
    for matching in matches {
        match act(matching.id, reason).await? {
            Acted::Done => tally.done += 1,
            Acted::Moved | Acted::NotFound => tally.moved += 1,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// How many of each cause, the most first.
fn counted(matches: &[Match]) -> Vec<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for matching in matches {
        *counts
            .entry(matching.cause.as_deref().unwrap_or("no cause"))
            .or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
        .into_iter()
        .map(|(cause, count)| format!("{count:>8} {cause}"))
        .collect()
}

impl Tally {
    fn text(&self) -> String {
        let mut text = format!("{} done", self.done);
        if self.moved > 0 {
            text.push_str(&format!(
                ", {} had moved meanwhile and were left alone",
                self.moved
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Match, Tally, counted};

    #[test]
    fn causes_are_counted_the_most_first() {
        let of = |cause: Option<&str>| Match {
            id: Uuid::nil(),
            cause: cause.map(str::to_owned),
        };
        let jobs = [of(Some("refused")), of(Some("time")), of(None), of(Some("time"))];
        let lines = counted(&jobs);
        let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
        assert_eq!(lines, ["2 time", "1 no cause", "1 refused"]);
    }

    #[test]
    fn what_moved_is_told_apart() {
        assert_eq!(Tally { done: 3, moved: 0 }.text(), "3 done");
        let text = Tally { done: 2, moved: 1 }.text();
        assert_eq!(text, "2 done, 1 had moved meanwhile and were left alone");
    }
}
