//! Who is registered by whom: the two registers that ManageAccess writes, and the log of what was changed in them.
//!
//! The rules are an invention; the real ones are not public.
//!
//! * REGISTER adds one registration to the primary register (of the CBSS) and one to the secondary (of the sector).
//!   What is there already with the same purpose, organisation and period is not added again. Registrations that
//!   overlap stand beside each other and are not joined.
//! * UNREGISTER takes the asked period out of every registration of that person, purpose and organisation, in both
//!   registers. One of exactly that period is gone, as is one within it; one that goes on before or after keeps
//!   that part; one in two parts becomes two. Nothing to take out is no error.
//! * A period without an end has none: it overlaps everything after its start.
//!
//! Nothing of it outlives the process.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use time::Date;

use crate::ledger::Moment;
use crate::service::AccessAction;

time::serde::format_description!(pub(crate) iso_date, Date, "[year]-[month]-[day]");

/// From one day to another, both included, or without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    #[serde(with = "iso_date")]
    pub start: Date,
    /// Last day.
    #[serde(default, with = "iso_date::option")]
    pub end: Option<Date>,
}

impl Period {
    fn overlaps(self, other: Self) -> bool {
        self.end.is_none_or(|end| other.start <= end) && other.end.is_none_or(|end| self.start <= end)
    }

    /// What of it is before `other`, and what is after.
    fn without(self, other: Self) -> impl Iterator<Item = Self> {
        let before = other.start.previous_day().map(|end| Self {
            end: Some(self.end.map_or(end, |own| own.min(end))),
            ..self
        });
        let after = other.end.and_then(Date::next_day).map(|start| Self {
            start: self.start.max(start),
            ..self
        });
        [before, after]
            .into_iter()
            .flatten()
            .filter(|part| part.end.is_none_or(|end| part.start <= end))
    }
}

/// One of the two registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Register {
    /// The CBSS's own.
    Primary,
    /// The sector's.
    Secondary,
}

impl Register {
    /// Both, in the order of answers.
    pub const BOTH: [Self; 2] = [Self::Primary, Self::Secondary];

    /// The word of the schema.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Primary => "PRIMARY",
            Self::Secondary => "SECONDARY",
        }
    }
}

/// A registration of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Registration {
    /// Why, as a quality code.
    pub purpose: i64,
    /// When.
    #[serde(flatten)]
    pub period: Period,
    /// By which organisation.
    pub cbe_number: String,
    /// In which register.
    pub register: Register,
}

/// A REGISTER or an UNREGISTER to execute.
#[derive(Clone, Copy, Debug)]
pub struct Order<'o> {
    /// The client's reference.
    pub ticket: Option<&'o str>,
    /// The simulator's ticket.
    pub ticket_cbss: &'o str,
    /// The person.
    pub ssin: &'o str,
    /// The organisation.
    pub cbe_number: &'o str,
    /// What to do; a LIST changes nothing and is not for here.
    pub action: AccessAction,
    /// As a quality code.
    pub purpose: i64,
    /// When.
    pub period: Period,
}

/// A REGISTER or an UNREGISTER that was executed.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// 1 for the first one after the start, in the order of execution.
    pub sequence: u64,
    /// The client's reference, as in the ledger.
    pub ticket: Option<String>,
    /// The simulator's ticket, as in the ledger.
    pub ticket_cbss: String,
    /// The person.
    pub ssin: String,
    /// The organisation.
    pub cbe_number: String,
    /// REGISTER or UNREGISTER.
    pub action: AccessAction,
    /// As a quality code.
    pub purpose: i64,
    /// As asked.
    #[serde(flatten)]
    pub period: Period,
    /// False when the registers were as asked before.
    pub changed: bool,
    /// When it took effect; the same moment as in the ledger.
    pub executed: Moment,
}

/// Both registers and the log.
pub struct Registrations {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    by_ssin: BTreeMap<String, Vec<Registration>>,
    last: u64,
    changes: VecDeque<Change>,
}

impl State {
    /// False when it was there.
    fn add(&mut self, ssin: &str, registration: Registration) -> bool {
        let present = self.by_ssin.entry(ssin.to_owned()).or_default();
        let new = !present.contains(&registration);
        if new {
            present.push(registration);
        }
        new
    }

    /// False when there was nothing to take out.
    fn take_out(&mut self, order: &Order<'_>) -> bool {
        let Some(present) = self.by_ssin.get_mut(order.ssin) else {
            return false;
        };
        let mut changed = false;
        for registration in std::mem::take(present) {
            let concerned = registration.purpose == order.purpose
                && registration.cbe_number == order.cbe_number
                && registration.period.overlaps(order.period);
            if concerned {
                changed = true;
                let parts = registration.period.without(order.period);
                present.extend(parts.map(|period| Registration {
                    period,
                    ..registration.clone()
                }));
            } else {
                present.push(registration);
            }
        }
        changed
    }
}

impl Registrations {
    /// Nobody is registered; the log holds the latest `limit` changes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Executes an order and logs it. `executed` notes it elsewhere and gives the moment; until it is logged here,
    /// nobody can read the registers, so that ledger, log and registers never disagree.
    pub fn execute(&self, order: &Order<'_>, executed: impl FnOnce() -> Moment) {
        let mut state = self.state();
        let changed = match order.action {
            AccessAction::List => return,
            AccessAction::Unregister => state.take_out(order),
            AccessAction::Register => {
                let added = Register::BOTH.map(|register| {
                    let registration = Registration {
                        purpose: order.purpose,
                        period: order.period,
                        cbe_number: order.cbe_number.to_owned(),
                        register,
                    };
                    state.add(order.ssin, registration)
                });
                added.contains(&true)
            }
        };
        state.last += 1;
        let change = Change {
            sequence: state.last,
            ticket: order.ticket.map(str::to_owned),
            ticket_cbss: order.ticket_cbss.to_owned(),
            ssin: order.ssin.to_owned(),
            cbe_number: order.cbe_number.to_owned(),
            action: order.action,
            purpose: order.purpose,
            period: order.period,
            changed,
            executed: executed(),
        };
        state.changes.push_back(change);
        if state.changes.len() > self.limit {
            state.changes.pop_front();
        }
    }

    /// Adds a registration by hand, without a line in the log; false when it was there.
    pub fn set(&self, ssin: &str, registration: Registration) -> bool {
        self.state().add(ssin, registration)
    }

    /// Forgets all registrations; the log stays.
    pub fn clear(&self) {
        self.state().by_ssin.clear();
    }

    /// The registrations of a person that overlap `period` in one of `registers`, of one purpose or of all; in the
    /// order in which they came to be.
    #[must_use]
    pub fn overlapping(
        &self,
        ssin: &str,
        period: Period,
        registers: &[Register],
        purpose: Option<i64>,
    ) -> Vec<Registration> {
        let state = self.state();
        let all = state.by_ssin.get(ssin).into_iter().flatten();
        all.filter(|registration| {
            registration.period.overlaps(period)
                && registers.contains(&registration.register)
                && purpose.is_none_or(|purpose| purpose == registration.purpose)
        })
        .cloned()
        .collect()
    }

    /// All registrations with their persons, or those of one person.
    #[must_use]
    pub fn list(&self, ssin: Option<&str>) -> Vec<(String, Registration)> {
        let state = self.state();
        let wanted = state
            .by_ssin
            .iter()
            .filter(|(found, _)| ssin.is_none_or(|ssin| ssin == *found));
        wanted
            .flat_map(|(ssin, all)| all.iter().map(|one| (ssin.clone(), one.clone())))
            .collect()
    }

    /// The changes after `since`, at most `limit`, in the order of execution.
    #[must_use]
    pub fn changes(&self, since: u64, limit: usize) -> Vec<Change> {
        let state = self.state();
        let after = state.changes.iter().filter(|change| change.sequence > since);
        after.take(limit).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
