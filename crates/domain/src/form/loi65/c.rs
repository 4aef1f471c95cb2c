//! Aid that ends.

use super::super::holds::{DAY, DAY_FROM_2002, SSIN};
use super::super::{Group, Holds, Operation, list, one, optional};
use super::{CBSS_EVALUATION, DISINTEGRATIONS, FILE_IDENTIFICATION, INTEGRATIONS};

/// The forms C of a file: aid that ends.
pub(in super::super) static C: [Operation; 1] = [Operation {
    name: "",
    content: Group {
        parts: &[
            FILE_IDENTIFICATION,
            list(
                "l:CancellationFormC",
                "cancellationFormsC",
                1,
                100,
                Holds::Group(&CANCELLATION_FORM_C),
            ),
            list(
                "l:IntegrationSecondaryBeneficiary",
                "secondaryBeneficiaries",
                0,
                17,
                Holds::Group(&SECONDARY_BENEFICIARY),
            ),
        ],
        rules: &[],
    },
}];

/// Form C: aid of one person that ends.
static CANCELLATION_FORM_C: Group = Group {
    parts: &[
        one("l:EntryDate", "entryDate", DAY_FROM_2002),
        one("l:UniqueAttestID", "uniqueAttestId", exactly!(15)),
        one("l:SSIN", "ssin", SSIN),
        one("l:Suffix", "suffix", integer!(0, 99)),
        one(
            "l:AidCancellation",
            "aidCancellation",
            Holds::Group(&AID_CANCELLATION),
        ),
        optional(
            "l:FormerCformcancellation",
            "formerCFormCancellation",
            exactly!(1),
        ),
        INTEGRATIONS,
        DISINTEGRATIONS,
        CBSS_EVALUATION,
    ],
    rules: &[],
};

/// What ends, and why.
static AID_CANCELLATION: Group = Group {
    parts: &[
        one("l:DecisionDate", "decisionDate", DAY),
        one("l:Decisionnature", "decisionNature", exactly!(1)),
        one("l:CancellationReason", "cancellationReason", exactly!(2)),
    ],
    rules: &[],
};

/// A member of the family.
static SECONDARY_BENEFICIARY: Group = Group {
    parts: &[
        one("l:SSIN", "ssin", SSIN),
        INTEGRATIONS,
        DISINTEGRATIONS,
        CBSS_EVALUATION,
    ],
    rules: &[],
};
