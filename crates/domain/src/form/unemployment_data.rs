//! UnemploymentData, version 2: UnemploymentDataV2.xsd, UnemploymentDataTypesV2.xsd.
//!
//! The schema wants a type of its own for each operation; they differ in how they say for when.

use super::holds::{self, DAY};
use super::{Group, Holds, Operation, Part, Rule, Simple, one, optional};

const fn operation(name: &'static str, parts: &'static [Part]) -> Operation {
    Operation {
        name,
        content: Group { parts, rules: &[] },
    }
}

const BY_DAY: &[Part] = &[one("searchCriteria", "", Holds::Group(&DAY_CRITERIA))];

pub(super) static OPERATIONS: [Operation; 7] = [
    operation(
        "consultPaidSums",
        &[one("searchCriteria", "", Holds::Group(&SUMS_CRITERIA))],
    ),
    operation("consultSituation", BY_DAY),
    operation("consultRights", BY_DAY),
    operation("consultPayments", BY_DAY),
    operation(
        "consultActivationPaidSums",
        &[one("searchCriteria", "", Holds::Group(&ACTIVATION_CRITERIA))],
    ),
    operation(
        "consultScheduledPayment",
        &[one("searchCriteria", "", Holds::Group(&SCHEDULE_CRITERIA))],
    ),
    operation(
        "consultCareerBreak",
        &[one("searchCriteria", "", Holds::Group(&BREAK_CRITERIA))],
    ),
];

const SSIN: Part = one("ssin", "ssin", holds::SSIN);
const OVER: Part = one("period", "period", Holds::Group(&PERIOD));
const IN_QUARTER: Part = one("quarterCriteria", "quarter", Holds::Group(&QUARTER));
/// `AllAllowanceType`: 0 or 1.
const ALL_ALLOWANCE: Part = optional("allAllowance", "allAllowance", Holds::Value(Simple::FlagAsNumber));

const fn criteria(parts: &'static [Part]) -> Group {
    Group { parts, rules: &[] }
}

/// `SearchCriteriaByDateType`: without a day, the last situation that is found.
static DAY_CRITERIA: Group = criteria(&[SSIN, optional("date", "date", DAY)]);
/// `SearchCriteriaByPeriod`.
static SUMS_CRITERIA: Group = criteria(&[SSIN, OVER, ALL_ALLOWANCE]);
/// `SearchCriteriaByQuarterForActivationPaidExtentedType`.
static ACTIVATION_CRITERIA: Group = criteria(&[SSIN, IN_QUARTER, ALL_ALLOWANCE]);
/// `SearchCriteriaByQuarterBaseType`.
static SCHEDULE_CRITERIA: Group = criteria(&[SSIN, IN_QUARTER]);
/// `SearchCriteriaByPeriodForCareerInterruptionAndCreditTimeType`.
static BREAK_CRITERIA: Group = criteria(&[SSIN, OVER]);

/// A period.
static PERIOD: Group = Group {
    parts: &[one("beginDate", "beginDate", DAY), one("endDate", "endDate", DAY)],
    rules: &[Rule::InOrder("beginDate", "endDate")],
};

/// A quarter.
static QUARTER: Group = Group {
    parts: &[
        one("quarter", "quarter", integer!(1, 4)),
        one("year", "year", integer!(1900, 2999)),
    ],
    rules: &[],
};
