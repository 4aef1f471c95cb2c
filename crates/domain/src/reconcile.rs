//! Was a change made? What a LIST shows about a REGISTER or UNREGISTER of unknown outcome.

use crate::date::IncompleteDate;
use crate::manage_access::{AccessAction, ManageAccess, Register};

/// A registration as an answer to LIST shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The quality code.
    pub purpose: Option<u16>,
    /// From when on, a zone cut off.
    pub start: Option<IncompleteDate>,
    /// Until when; none for one that is open.
    pub end: Option<IncompleteDate>,
    /// Whose it is.
    pub unit: String,
    /// Where it stands; none for a register that is not known.
    pub register: Option<Register>,
}

/// What one look found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    /// The registration of the request is there, in every register that counts.
    Present,
    /// Nothing of the kind is there.
    Absent,
    /// Something is there that is not the same: another period, or not in every register.
    Partial,
}

impl Finding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Present, Self::Absent, Self::Partial];

    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Partial => "partial",
        }
    }

    /// The finding of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|finding| finding.as_str() == name)
    }
}

/// What the looks say about the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// It is as the change wanted it.
    Done,
    /// It is as it was before: the change may be sent again.
    NotDone,
    /// A person must decide.
    Uncertain,
}

/// Compares what a LIST shows with what a change was about. `units` are the organisation's own; `registers` those in
/// which a registration must stand.
///
/// Only registrations of the same purpose and of an own unit count, in a register that counts or one that is not
/// known, and only where they overlap the change's period. Exactly that period in each register is `Present`;
/// nothing is `Absent`; whatever lies between is `Partial`. A period without an end is the same only as another
/// without one; a date with unknown parts, or none, equals no date and overlaps every period.
#[must_use]
pub fn find(
    change: &ManageAccess,
    units: &[String],
    registers: &[Register],
    registrations: &[Registration],
) -> Finding {
    let own: Vec<&Registration> = registrations
        .iter()
        .filter(|registration| {
            // An unreadable purpose may be ours.
            (registration.purpose.is_none() || registration.purpose == change.purpose)
                && units.contains(&registration.unit)
                && registration
                    .register
                    .is_none_or(|register| registers.contains(&register))
                && overlaps(change, registration)
        })
        .collect();
    if own.is_empty() {
        return Finding::Absent;
    }
    let same = |registration: &&Registration| {
        registration.purpose == change.purpose
            && registration.start.is_some_and(IncompleteDate::is_complete)
            && registration.start == Some(change.start_date)
            && registration.end == change.end_date
    };
    let in_each = registers.iter().all(|register| {
        own.iter()
            .any(|registration| registration.register == Some(*register))
    });
    if in_each && own.iter().all(same) {
        Finding::Present
    } else {
        Finding::Partial
    }
}

/// What follows from looks that agree. `agreed` counts them; two are needed.
#[must_use]
pub fn conclude(action: AccessAction, finding: Finding, agreed: u32) -> Option<Conclusion> {
    if agreed < 2 {
        return None;
    }
    Some(match (action, finding) {
        (AccessAction::Register, Finding::Present) | (AccessAction::Unregister, Finding::Absent) => {
            Conclusion::Done
        }
        (AccessAction::Register, Finding::Absent) | (AccessAction::Unregister, Finding::Present) => {
            Conclusion::NotDone
        }
        (AccessAction::Register | AccessAction::Unregister, Finding::Partial) => Conclusion::Uncertain,
        // A list changes nothing and is never looked up.
        (AccessAction::List, Finding::Present | Finding::Absent | Finding::Partial) => Conclusion::Uncertain,
    })
}

fn overlaps(change: &ManageAccess, registration: &Registration) -> bool {
    let known = |date: Option<IncompleteDate>| date.filter(|date| date.is_complete());
    let starts_too_late = known(registration.start)
        .zip(change.end_date)
        .is_some_and(|(start, end)| start > end);
    let ends_too_early = known(registration.end).is_some_and(|end| end < change.start_date);
    !starts_too_late && !ends_too_early
}

#[cfg(test)]
mod tests;
