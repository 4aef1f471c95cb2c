//! The request, checked against its schema.

use time::Date;

use super::NAMESPACE;
use crate::schema::{Children, Violation, facets};
use crate::soa::Head;
use crate::soap::Element;

/// The operations, in the order of their actions.
pub(super) const OPERATIONS: [&str; 7] = [
    "consultPaidSums",
    "consultSituation",
    "consultRights",
    "consultPayments",
    "consultActivationPaidSums",
    "consultScheduledPayment",
    "consultCareerBreak",
];

/// For when something is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// A day, or the last that is known.
    Day(Option<Date>),
    /// A period, both days included.
    Period(Date, Date),
    /// A quarter, 1 to 4, of a year.
    Quarter(u8, u16),
}

/// A request that fits the schema, except perhaps its SSIN: that is answered, not refused.
pub(crate) struct Request {
    pub(super) operation: &'static str,
    pub(super) head: Head,
    pub(super) ssin: String,
    pub(super) when: When,
    pub(super) all_allowance: Option<bool>,
}

impl Request {
    /// How many months a period touches.
    pub(super) fn months(&self) -> Option<i32> {
        let When::Period(first, last) = &self.when else {
            return None;
        };
        let months = |day: &Date| day.year() * 12 + i32::from(u8::from(day.month()));
        Some(months(last) - months(first) + 1)
    }
}

/// Reads the body's element, which must be that of the action.
pub(super) fn check(root: &Element, action: usize) -> Result<Request, Violation> {
    let operation = OPERATIONS[action];
    let name = format!("{operation}Request");
    let mut parts = Children::of_message(root, NAMESPACE, &name)?;
    let head = Head::read(&mut parts, |text| !text.is_empty())?;
    let mut criteria = parts.required("searchCriteria")?.children("")?;
    let ssin = criteria.required("ssin")?.text(|_| true)?;
    let when = match operation {
        "consultPaidSums" | "consultCareerBreak" => {
            let period = criteria.required("period")?;
            let broken = period.broken("the period ends before it begins");
            let mut period = period.children("")?;
            let first = period.required("beginDate")?.value(facets::date)?;
            let last = period.required("endDate")?.value(facets::date)?;
            period.finish()?;
            if last < first {
                return Err(broken);
            }
            When::Period(first, last)
        }
        "consultActivationPaidSums" | "consultScheduledPayment" => {
            let mut quarter = criteria.required("quarterCriteria")?.children("")?;
            let number = quarter.required("quarter")?.value(|text| {
                let number = u8::try_from(facets::integer(text)?).ok()?;
                (1..=4).contains(&number).then_some(number)
            })?;
            let year = quarter
                .required("year")?
                .value(|text| facets::digits(text, 4)?.parse().ok())?;
            quarter.finish()?;
            When::Quarter(number, year)
        }
        _ => {
            let day = criteria.optional("date")?;
            When::Day(day.map(|part| part.value(facets::date)).transpose()?)
        }
    };
    let takes_all = matches!(operation, "consultPaidSums" | "consultActivationPaidSums");
    let given = if takes_all {
        criteria.optional("allAllowance")?
    } else {
        None
    };
    let all_allowance = match given {
        Some(part) => Some(part.value(|text| match facets::integer(text)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        })?),
        None => None,
    };
    criteria.finish()?;
    parts.finish()?;
    Ok(Request {
        operation,
        head,
        ssin,
        when,
        all_allowance,
    })
}
