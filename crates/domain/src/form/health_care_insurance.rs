//! HealthCareInsurance: HealthCareInsuranceV1.xsd, HealthCareInsuranceTypesV1.xsd.

use super::holds::{FLAG, SSIN};
use super::{Group, Holds, Operation, Part, Rule, Simple, one, optional};

const fn operation(name: &'static str) -> Operation {
    Operation {
        name,
        content: Group {
            parts: CONTENT,
            rules: &[],
        },
    }
}

const CONTENT: &[Part] = &[one("criterion", "", Holds::Group(&CRITERION))];

/// `InsuranceLegalContextType`: no other is taken.
pub const LEGAL_CONTEXTS: [&str; 10] = [
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

/// All three are asked alike.
pub(super) static OPERATIONS: [Operation; 3] = [
    operation("getInsuranceOrganizationInformations"),
    operation("consultMAF"),
    operation("consultHolderCode"),
];

/// `CriterionType`.
static CRITERION: Group = Group {
    parts: &[
        one("ssin", "ssin", SSIN),
        optional("temporalCriteria", "date", Holds::Value(Simple::DateOrToday)),
        one("desiredData", "desiredData", Holds::Group(&DESIRED_DATA)),
    ],
    rules: &[],
};

/// At least one of these is true.
static DESIRED_DATA: Group = Group {
    parts: &[
        one("insuringOrganization", "insuringOrganization", FLAG),
        one("reimbursementRight", "reimbursementRight", FLAG),
        one("ct1ct2", "ct1ct2", FLAG),
        one("payingThirdParty", "payingThirdParty", FLAG),
        one("maximumCharge", "maximumCharge", FLAG),
        one("medicalHouse", "medicalHouse", FLAG),
        one("increasedIntervention", "increasedIntervention", FLAG),
        one(
            "statusComplementaryInsurance",
            "statusComplementaryInsurance",
            FLAG,
        ),
        one("globalMedicalFile", "globalMedicalFile", FLAG),
        one("sfdfL891", "sfdfL891", FLAG),
    ],
    rules: &[Rule::SomeTrue(&[
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
    ])],
};
