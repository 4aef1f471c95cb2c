//! Answers that were read are read again, as operators ask: what the parser of now makes of them replaces what an earlier
//! one made, and what changed is told in structure. The state of a job and its events stay as upstream was told; where
//! the parser of now would end a job otherwise, the result stays, and a person decides.

use std::time::Duration;

use relay_cbss::Reply;
use relay_service::crash;
use relay_service::hold::every;
use relay_store::{
    NewResult, NewRow, ReparseFinding, ReparseFound, ReparseRun, Store, StoreError, StoredAnswer,
    StoredResult, WorkRef,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::metrics::Metrics;
use crate::process::{parse_body, result, state};

/// Results of one batch.
const BATCH: i64 = 20;
/// So often one answer alone is begun before it is passed over.
const MOST_TRIES: i32 = 3;

/// Reads again.
pub(crate) struct Reparser {
    pub(crate) store: Store,
    /// An answer larger than this is not read.
    pub(crate) max_answer_bytes: usize,
    /// Between two looks for runs.
    pub(crate) pause: Duration,
    pub(crate) stop: CancellationToken,
    pub(crate) metrics: Metrics,
}

impl Reparser {
    /// Reads again until stopped.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        Ok(every(self.pause, &self.stop, || self.sweep()).await?)
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        while !self.stop.is_cancelled() {
            let Some(run) = self.store.next_reparse().await? else {
                return Ok(());
            };
            match self.batch(&run).await {
                Ok(()) => {}
                // Begun, and not recorded: it is found again.
                Err(error) => {
                    warn!(reparse.number = run.number, %error, "reading answers again is to be tried again");
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn batch(&self, run: &ReparseRun) -> Result<(), StoreError> {
        // After a batch that came to nothing, one at a time: the one that ends processes is found, and passed over.
        let (limit, passed_over) = (if run.tries > 1 { 1 } else { BATCH }, run.tries > 1 + MOST_TRIES);
        let stored = self.store.load_reparse(run, limit).await?;
        let looked: Vec<WorkRef> = stored.iter().map(|stored| stored.work).collect();
        let max_bytes = self.max_answer_bytes;
        let findings = if passed_over {
            stored
                .into_iter()
                .map(|stored| finding(stored, ReparseFound::Crashes))
                .collect()
        } else {
            // Parsing is all computation: not on a thread that others wait for.
            let findings = tokio::task::spawn_blocking(move || {
                stored
                    .into_iter()
                    .filter_map(|stored| reread(stored, max_bytes))
                    .collect::<Vec<_>>()
            })
            .await
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
            crash::point("reparse.after_read");
            findings
        };
        if !self.store.record_reparse(run, &looked, &findings).await? {
            return Ok(());
        }
        for finding in &findings {
            self.metrics
                .reparsed
                .with_label_values(&[finding.found.as_str()])
                .inc();
        }
        if looked.is_empty() {
            info!(
                reparse.number = run.number,
                "all answers of a run have been read again"
            );
        }
        Ok(())
    }
}

fn finding(stored: StoredResult, found: ReparseFound) -> ReparseFinding {
    ReparseFinding {
        stored,
        differences: Vec::new(),
        found,
    }
}

/// Nothing where the parser of now says what is stored.
fn reread(stored: StoredResult, max_bytes: usize) -> Option<ReparseFinding> {
    let (reply, look) = match &stored.answer {
        StoredAnswer::Gone => return Some(finding(stored, ReparseFound::NoAnswer)),
        StoredAnswer::Damaged => return Some(finding(stored, ReparseFound::Damaged)),
        StoredAnswer::Kept {
            request,
            language,
            content_type,
            body,
            look,
        } => {
            let reply = parse_body(request, body, content_type.as_deref(), *language, max_bytes);
            (reply, *look)
        }
    };
    let Ok(reply) = reply else {
        return Some(finding(stored, ReparseFound::Unreadable));
    };
    // A change that was looked up ended as the looks agreed, not as this one answer says.
    let (state, outcome) = match relay_domain::JobState::from_name(&stored.status) {
        Some(state) if look => (state, stored.outcome.clone()),
        _ => (state(reply.status), reply.outcome.as_str().to_owned()),
    };
    let new = result(state, outcome, &reply);
    let differences = differences(&stored, &new, &reply);
    if differences.is_empty() {
        return None;
    }
    let found = if differences.contains(&"status") {
        ReparseFound::Status(Box::new(new))
    } else {
        ReparseFound::Changed(Box::new(new), reply.ticket)
    };
    Some(ReparseFinding {
        stored,
        differences,
        found,
    })
}

/// In what a result differs from what is stored, in words that say nothing of a person.
fn differences(stored: &StoredResult, new: &NewResult, reply: &Reply) -> Vec<&'static str> {
    let mut differences = Vec::new();
    let mut note = |differs: bool, word| {
        if differs {
            differences.push(word);
        }
    };
    note(stored.status != new.status.as_str(), "status");
    note(stored.outcome != new.outcome, "outcome");
    note(stored.codes != new.codes, "codes");
    note(stored.ticket != reply.ticket, "ticket");
    match &stored.content {
        None => note(true, "content"),
        Some((rows, messages)) => {
            note(*messages != new.messages, "messages");
            let differ = |differs: fn(&NewRow, &NewRow) -> bool| {
                rows.len() != new.rows.len() || rows.iter().zip(&new.rows).any(|(old, new)| differs(old, new))
            };
            note(differ(has_another_place), "rows");
            note(
                differ(|old, new| old.since != new.since || old.until != new.until),
                "dates",
            );
            note(differ(|old, new| old.title != new.title), "titles");
            note(differ(|old, new| old.text != new.text), "texts");
            note(differ(|old, new| old.fields != new.fields), "fields");
        }
    }
    differences
}

fn has_another_place(old: &NewRow, new: &NewRow) -> bool {
    (old.ordinal, &old.group, &old.information_type) != (new.ordinal, &new.group, &new.information_type)
}
