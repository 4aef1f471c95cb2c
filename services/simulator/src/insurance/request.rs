//! The request, checked against its schema.

use super::NAMESPACE;
use crate::schema::{Children, Violation, facets};
use crate::soa::Head;
use crate::soap::Element;

/// The operations, in the order of their actions.
pub(super) const OPERATIONS: [&str; 3] = [
    "getInsuranceOrganizationInformations",
    "consultMAF",
    "consultHolderCode",
];

/// `InsuranceLegalContextType`.
const CONTEXTS: [&str; 10] = [
    "query insurance",
    "social inquiry and financial help",
    "insurability status of entering frontier worker",
    "CBSS validation",
    "check MAF to stop repayment",
    "full information insurability",
    "CBSS internal processing",
    "Heating Allowance",
    "medical costs supported",
    "social fraud control",
];

/// What can be wanted, in the order of the schema.
pub(super) const DATA: [&str; 10] = [
    "insuringOrganization",
    "reimbursementRight",
    "ct1ct2",
    "payingThirdParty",
    "maximumCharge",
    "medicalHouse",
    "increasedIntervention",
    "statusComplementaryInsurance",
    "globalMedicalFile",
    "sfdfL891",
];

/// A request that fits the schema, except perhaps its SSIN: that is answered, not refused.
pub(crate) struct Request {
    pub(super) operation: &'static str,
    pub(super) head: Head,
    pub(super) ssin: String,
    /// The day, where it is not today.
    pub(super) day: Option<time::Date>,
    /// Which of [`DATA`].
    pub(super) desired: [bool; 10],
}

/// Reads the body's element, which must be that of the action.
pub(super) fn check(root: &Element, action: usize) -> Result<Request, Violation> {
    let operation = OPERATIONS[action];
    let name = format!("{operation}Request");
    let mut parts = Children::of_message(root, NAMESPACE, &name)?;
    let head = Head::read(&mut parts, |text| CONTEXTS.contains(&text))?;
    let mut criterion = parts.required("criterion")?.children("")?;
    let ssin = criterion.required("ssin")?.text(|_| true)?;
    let mut when = criterion.required("temporalCriteria")?.children("")?;
    let day = match when.optional("today")? {
        Some(today) => {
            today.text(|text| text == "true")?;
            None
        }
        None => Some(when.required("date")?.value(facets::date)?),
    };
    when.finish()?;
    let mut wanted = criterion.required("desiredData")?.children("")?;
    let mut desired = [false; 10];
    for (name, desired) in DATA.iter().zip(&mut desired) {
        *desired = wanted.required(name)?.value(facets::boolean)?;
    }
    wanted.finish()?;
    criterion.finish()?;
    parts.finish()?;
    Ok(Request {
        operation,
        head,
        ssin,
        day,
        desired,
    })
}
