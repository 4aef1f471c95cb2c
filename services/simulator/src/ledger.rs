//! What the simulator received and did, call by call. Tests read it to see what really happened.
//!
//! It holds the latest calls up to a limit; a summary says how many older ones were forgotten. Unlike the relay's own logs it holds SSINs: everybody here is invented.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relay_runtime::Clock;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::mpsc::UnboundedSender;

use crate::register::Language;
use crate::service::{AccessAction, Service};

/// A moment, on both clocks.
#[derive(Clone, Debug, Serialize)]
pub struct Moment {
    /// Time of day, RFC 3339.
    pub at: String,
    /// Milliseconds since the simulator started, from a clock that never jumps.
    pub ms: u64,
}

impl Moment {
    fn now(clock: &Clock) -> (Self, OffsetDateTime) {
        let now = clock.now();
        let at = now.format(&Rfc3339).unwrap_or_default();
        let ms = u64::try_from(clock.monotonic().as_millis()).unwrap_or(u64::MAX);
        (Self { at, ms }, now)
    }
}

/// One call. What is unknown (yet) is null.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// 1 for the first call after the start; a reset does not start over.
    pub sequence: u64,
    /// When the request's head was there.
    pub received: Moment,
    /// When the head of the reply was handed to the connection.
    pub answered: Option<Moment>,
    /// When the call was over: answered, cut off, or left by the client. What is executed later is not a call any more.
    pub ended: Option<Moment>,
    /// When the CBSS worked on the question, whatever came of it; null when it never did. This is the consultation
    /// that a client has to account for.
    pub executed: Option<Moment>,
    /// Which service was called; null where a message to the address of several does not say it.
    pub service: Option<Service>,
    /// What ManageAccess was asked to do; null for other services.
    pub action: Option<AccessAction>,
    /// The client's ticket; for the services of the older dialect the `Reference` of the
    /// message.
    pub ticket: Option<String>,
    /// The ticket that the simulator gave.
    pub ticket_cbss: String,
    /// Who was asked about; null for a search by name.
    pub ssin: Option<String>,
    /// The asking organisation.
    pub cbe_number: Option<String>,
    /// User of the basic authentication.
    pub user: Option<String>,
    /// As sent.
    pub legal_context: Option<String>,
    /// As sent, or its default.
    pub history: Option<bool>,
    /// As sent, or its default.
    pub language: Option<Language>,
    /// Status value and code of the answer, such as `DATA_FOUND MSG00000`; for the services of the older dialect
    /// `YES 0`, or severity and reason code of the worst detail, such as `ERROR 32007007`.
    pub status: Option<String>,
    /// Why the request was refused, when it was.
    pub refused: Option<String>,
    /// The fault rule that was applied.
    pub rule: Option<u64>,
    /// HTTP status of the reply.
    pub http_status: Option<u16>,
    /// Length of the reply's body, where it was known beforehand.
    pub bytes: Option<usize>,
    /// True when the client still waited for the reply, false when it had gone.
    pub client_present: Option<bool>,
}

/// Calls counted.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Calls received.
    pub calls: u64,
    /// Those that were worked on.
    pub executed: u64,
}

/// The ledger in numbers.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Calls that no longer count because the ledger was full.
    pub forgotten: u64,
    /// All calls held.
    pub total: Count,
    /// Calls per person asked about.
    pub by_ssin: BTreeMap<String, Count>,
    /// Calls per ticket of the client.
    pub by_ticket: BTreeMap<String, Count>,
}

/// All calls since the last reset.
pub struct Ledger {
    clock: Clock,
    limit: usize,
    state: Mutex<State>,
    lines: Option<UnboundedSender<String>>,
}

#[derive(Default)]
struct State {
    last: u64,
    forgotten: u64,
    /// Consecutive sequences, ending with `last`.
    entries: VecDeque<Entry>,
}

impl State {
    fn find(&mut self, sequence: u64) -> Option<&mut Entry> {
        let first = self.entries.front()?.sequence;
        let index = usize::try_from(sequence.checked_sub(first)?).ok()?;
        self.entries.get_mut(index)
    }
}

impl Ledger {
    /// An empty ledger for the latest `limit` calls. Each finished call goes to `lines` as one line of JSON too.
    #[must_use]
    pub fn new(clock: Clock, limit: usize, lines: Option<UnboundedSender<String>>) -> Self {
        Self {
            clock,
            limit,
            state: Mutex::default(),
            lines,
        }
    }

    /// How many calls it holds.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a call that has just arrived.
    #[must_use]
    pub fn open(self: &Arc<Self>, service: impl Into<Option<Service>>, ticket_cbss: String) -> Call {
        let (received, arrived) = Moment::now(&self.clock);
        let mut state = self.state();
        state.last += 1;
        let sequence = state.last;
        state.entries.push_back(Entry {
            sequence,
            received,
            answered: None,
            ended: None,
            executed: None,
            service: service.into(),
            action: None,
            ticket: None,
            ticket_cbss,
            ssin: None,
            cbe_number: None,
            user: None,
            legal_context: None,
            history: None,
            language: None,
            status: None,
            refused: None,
            rule: None,
            http_status: None,
            bytes: None,
            client_present: None,
        });
        if state.entries.len() > self.limit {
            state.entries.pop_front();
            state.forgotten += 1;
        }
        drop(state);
        Call {
            ledger: Arc::clone(self),
            sequence,
            arrived,
        }
    }

    /// The entries after `since`, at most `limit`, oldest first.
    #[must_use]
    pub fn entries(&self, since: u64, limit: usize) -> Vec<Entry> {
        self.state()
            .entries
            .iter()
            .filter(|entry| entry.sequence > since)
            .take(limit)
            .cloned()
            .collect()
    }

    /// The ledger in numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let state = self.state();
        let mut summary = Summary {
            forgotten: state.forgotten,
            ..Summary::default()
        };
        for entry in &state.entries {
            let executed = u64::from(entry.executed.is_some());
            let add = |count: &mut Count| {
                count.calls += 1;
                count.executed += executed;
            };
            add(&mut summary.total);
            for (counts, key) in [
                (&mut summary.by_ssin, &entry.ssin),
                (&mut summary.by_ticket, &entry.ticket),
            ] {
                if let Some(key) = key {
                    add(counts.entry(key.clone()).or_default());
                }
            }
        }
        summary
    }

    /// Forgets all calls; those still open leave no trace.
    pub fn reset(&self) {
        let mut state = self.state();
        state.entries.clear();
        state.forgotten = 0;
    }
}

/// An open call. When it is dropped, the call is over and goes to the file, if there is one.
pub struct Call {
    ledger: Arc<Ledger>,
    sequence: u64,
    arrived: OffsetDateTime,
}

impl Call {
    /// When the call came.
    #[must_use]
    pub fn arrived(&self) -> OffsetDateTime {
        self.arrived
    }

    /// Changes the entry; nothing happens when the ledger was reset meanwhile.
    pub fn note(&self, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.ledger.state().find(self.sequence) {
            change(entry);
        }
    }

    /// Notes that the question is worked on now; returns when that is.
    pub fn execute(&self) -> Moment {
        let (now, _) = Moment::now(&self.ledger.clock);
        self.note(|entry| entry.executed = Some(now.clone()));
        now
    }

    /// Notes that the call is over, and whether the client was there to the end.
    pub fn end(&self, client_present: bool) {
        let (now, _) = Moment::now(&self.ledger.clock);
        self.note(|entry| {
            entry.ended = Some(now);
            entry.client_present = Some(client_present);
        });
    }

    /// Notes that the reply leaves now.
    pub fn answer(&self, http_status: u16, bytes: Option<usize>) {
        let (now, _) = Moment::now(&self.ledger.clock);
        self.note(|entry| {
            entry.answered = Some(now.clone());
            entry.ended = Some(now);
            entry.http_status = Some(http_status);
            entry.bytes = bytes;
            entry.client_present = Some(true);
        });
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Some(lines) = &self.ledger.lines else { return };
        let line = self
            .ledger
            .state()
            .find(self.sequence)
            .map(|entry| serde_json::to_string(entry));
        if let Some(Ok(line)) = line {
            // The receiver is gone only while the process stops.
            let _ = lines.send(line);
        }
    }
}

#[cfg(test)]
mod tests;
