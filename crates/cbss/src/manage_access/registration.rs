//! Registrations as values, for whoever looks up whether a change was made.

use relay_domain::IncompleteDate;
use relay_domain::manage_access::Register;
use relay_domain::reconcile::Registration;

use super::RECORD;
use crate::dates::day_of;
use crate::reply::{Reply, Row};

/// The registrations of a reply that [`super::parse()`] has read.
///
/// They are all that is registered only if the reply's outcome is `Data` or `Empty`: of any other nobody
/// knows what it left out.
#[must_use]
pub fn registrations(reply: &Reply) -> Vec<Registration> {
    let records = reply.rows.iter().filter(|row| row.group == RECORD);
    records.map(registration).collect()
}

fn registration(row: &Row) -> Registration {
    Registration {
        purpose: row.field("Purpose").and_then(|purpose| purpose.parse().ok()),
        start: date(row, "Period/StartDate"),
        end: date(row, "Period/EndDate"),
        unit: row.field("OrgUnit").unwrap_or_default().to_owned(),
        register: row.field("Register").and_then(Register::from_wire),
    }
}

/// A date, its zone cut off. What is there and is no date has all parts unknown, since none at all would
/// stand for an open end.
fn date(row: &Row, path: &str) -> Option<IncompleteDate> {
    let text = row.field(path).filter(|text| !text.is_empty())?;
    let known = day_of(text).and_then(|day| day.parse().ok());
    Some(known.unwrap_or(IncompleteDate::new(0, 0, 0)))
}
