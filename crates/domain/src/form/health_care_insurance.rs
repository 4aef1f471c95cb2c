//! HealthCareInsurance: HealthCareInsuranceV1.xsd, HealthCareInsuranceTypesV1.xsd.

use super::{Group, Holds, Operation, Part, Rule, one, optional};

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
        one("ssin", "ssin", Holds::Ssin),
        optional("temporalCriteria", "date", Holds::DateOrToday),
        one("desiredData", "desiredData", Holds::Group(&DESIRED_DATA)),
    ],
    rules: &[],
};

/// At least one of these is true.
static DESIRED_DATA: Group = Group {
    parts: &[
        one("insuringOrganization", "insuringOrganization", Holds::Flag),
        one("reimbursementRight", "reimbursementRight", Holds::Flag),
        one("ct1ct2", "ct1ct2", Holds::Flag),
        one("payingThirdParty", "payingThirdParty", Holds::Flag),
        one("maximumCharge", "maximumCharge", Holds::Flag),
        one("medicalHouse", "medicalHouse", Holds::Flag),
        one("increasedIntervention", "increasedIntervention", Holds::Flag),
        one(
            "statusComplementaryInsurance",
            "statusComplementaryInsurance",
            Holds::Flag,
        ),
        one("globalMedicalFile", "globalMedicalFile", Holds::Flag),
        one("sfdfL891", "sfdfL891", Holds::Flag),
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
