//! Who is helped, and how.

use super::super::holds::{DAY, DAY_FROM_2002, FLAG, SSIN};
use super::super::{Group, Holds, Operation, Rule, Simple, list, one, optional};
use super::{
    BENEFICIARY, CBSS_EVALUATION, DISINTEGRATIONS, DURATION, FILE_IDENTIFICATION, INTEGRATIONS, SOCIAL_AID,
};

/// The forms A, B1 and B2 of a file: who is helped, and how. At least one of them.
pub(in super::super) static AB: [Operation; 1] = [Operation {
    name: "",
    content: Group {
        parts: &[
            FILE_IDENTIFICATION,
            optional(
                "l:IdentificationA",
                "identificationA",
                Holds::Group(&IDENTIFICATION_A),
            ),
            optional(
                "l:CommonDecisionB1",
                "commonDecisionB1",
                Holds::Group(&COMMON_DECISION_B1),
            ),
            list(
                "l:IndividualDecisionsB2",
                "individualDecisionsB2",
                0,
                100,
                Holds::Group(&INDIVIDUAL_DECISION_B2),
            ),
        ],
        rules: &[Rule::SomeOf(&[
            "identificationA",
            "commonDecisionB1",
            "individualDecisionsB2",
        ])],
    },
}];

/// Form A: the people of a file.
static IDENTIFICATION_A: Group = Group {
    parts: &[
        one("l:EntryDate", "entryDate", DAY_FROM_2002),
        one("l:UniqueAttestID", "uniqueAttestId", exactly!(15)),
        one(
            "l:PrimaryBeneficiary",
            "primaryBeneficiary",
            Holds::Group(&PRIMARY_BENEFICIARY),
        ),
        list(
            "l:SecondaryBeneficiary",
            "secondaryBeneficiaries",
            0,
            17,
            Holds::Group(&SECONDARY_BENEFICIARY),
        ),
        CBSS_EVALUATION,
    ],
    rules: &[],
};

/// The person who is helped.
static PRIMARY_BENEFICIARY: Group = Group {
    parts: &[
        one("k:BeneficiaryID", "beneficiary", Holds::Group(&BENEFICIARY)),
        one("l:Status", "status", text!(1, 2)),
        one("k:Address", "address", Holds::Group(&ADDRESS)),
        optional("l:Institution", "institution", text!(1, 2)),
        one("l:Nationality", "nationality", integer!(0, 999)),
        optional(
            "l:Gender",
            "gender",
            Holds::Value(Simple::OneOf {
                words: &["M", "F"],
                expected: "M or F",
            }),
        ),
        optional("l:RealLifeSituation", "realLifeSituation", text!(1, 2)),
        optional("l:FirstInscriptionInBelgium", "firstInscriptionInBelgium", DAY),
        optional("l:UninterruptedStay", "uninterruptedStay", text!(1, 2)),
        INTEGRATIONS,
        DISINTEGRATIONS,
    ],
    rules: &[],
};

/// A member of the family.
static SECONDARY_BENEFICIARY: Group = Group {
    parts: &[
        one("k:BeneficiaryID", "beneficiary", Holds::Group(&BENEFICIARY)),
        one("l:Suffix", "suffix", integer!(0, 99)),
        one("l:Status", "status", text!(1, 2)),
        one("l:Nationality", "nationality", integer!(100, 999)),
        one(
            "l:PrimaryBeneficiaryRelation",
            "primaryBeneficiaryRelation",
            text!(1, 2),
        ),
        INTEGRATIONS,
        DISINTEGRATIONS,
    ],
    rules: &[],
};

/// An address in Belgium.
static ADDRESS: Group = Group {
    parts: &[
        one("k:Street", "street", text!(1, 100)),
        optional("k:HouseNumber", "houseNumber", text!(1, 20)),
        optional("k:Box", "box", text!(1, 20)),
        one("k:PostalCode", "postalCode", integer!(0, 9999)),
    ],
    rules: &[],
};

/// Form B1: what is decided for the family.
static COMMON_DECISION_B1: Group = Group {
    parts: &[
        one("l:EntryDate", "entryDate", DAY_FROM_2002),
        one("l:UniqueAttestID", "uniqueAttestId", exactly!(15)),
        one(
            "l:IdentificationPrimaryBeneficiary",
            "primaryBeneficiary",
            Holds::Group(&IDENTIFIED_PRIMARY_BENEFICIARY),
        ),
        list(
            "l:IdentificationSecondaryBeneficiary",
            "secondaryBeneficiaries",
            0,
            17,
            Holds::Group(&IDENTIFIED_SECONDARY_BENEFICIARY),
        ),
        one("l:RequestedAids", "requestedAids", Holds::Group(&REQUESTED_AIDS)),
        optional(
            "l:PrimaryBeneficiaryAids",
            "primaryBeneficiaryAids",
            Holds::Group(&SOCIAL_AID),
        ),
        optional("l:PartnerAids", "partnerAids", Holds::Group(&SOCIAL_AID)),
        optional("l:Situation", "situation", Holds::Group(&SITUATION)),
        one("k:Duration", "duration", Holds::Group(&DURATION)),
        one("l:DecisionDate", "decisionDate", DAY),
        one("l:JuridicalProcedure", "juridicalProcedure", FLAG),
        CBSS_EVALUATION,
    ],
    rules: &[],
};

/// The person who is helped, by number.
static IDENTIFIED_PRIMARY_BENEFICIARY: Group = Group {
    parts: &[one("l:SSIN", "ssin", SSIN), INTEGRATIONS, DISINTEGRATIONS],
    rules: &[],
};

/// A member of the family, by number.
static IDENTIFIED_SECONDARY_BENEFICIARY: Group = Group {
    parts: &[
        one("l:SSIN", "ssin", SSIN),
        one("l:Suffix", "suffix", integer!(0, 99)),
        INTEGRATIONS,
        DISINTEGRATIONS,
    ],
    rules: &[],
};

/// Which costs are to be refunded.
static REQUESTED_AIDS: Group = Group {
    parts: &[
        optional("l:FinancialAid", "financialAid", FLAG),
        optional(
            "l:MedicalAndPharmaceuticalCosts",
            "medicalAndPharmaceuticalCosts",
            FLAG,
        ),
        optional("l:MutBaseContribution", "mutBaseContribution", FLAG),
        optional(
            "l:MutComplementaryContribution",
            "mutComplementaryContribution",
            FLAG,
        ),
        optional("l:MutRegularization", "mutRegularization", FLAG),
        optional("l:RepatriationCosts", "repatriationCosts", FLAG),
        optional("l:PlacementCosts", "placementCosts", FLAG),
        optional("l:HousingCosts", "housingCosts", FLAG),
        optional("l:BirthAllowance", "birthAllowance", FLAG),
        optional("l:GuaranteedChildAllowances", "guaranteedChildAllowances", FLAG),
        optional("l:OtherRequestedAids", "otherRequestedAids", FLAG),
    ],
    rules: &[],
};

/// The situation of the family.
static SITUATION: Group = Group {
    parts: &[
        optional("l:RN_RR_Inscription", "rnRrInscription", text!(1, 2)),
        optional(
            "l:HousingProvision",
            "housingProvision",
            Holds::Group(&HOUSING_PROVISION),
        ),
        optional("l:Category", "category", text!(1, 2)),
    ],
    rules: &[],
};

/// Housing that is provided.
static HOUSING_PROVISION: Group = Group {
    parts: &[
        optional("@ProvesProvided", "provesProvided", FLAG),
        one(".", "code", text!(1, 2)),
    ],
    rules: &[],
};

/// Form B2: what is decided for one person.
static INDIVIDUAL_DECISION_B2: Group = Group {
    parts: &[
        one("l:EntryDate", "entryDate", DAY_FROM_2002),
        one("l:UniqueAttestID", "uniqueAttestId", exactly!(15)),
        one("l:SSIN", "ssin", SSIN),
        one("l:Suffix", "suffix", integer!(0, 99)),
        one("l:DecisionB2", "decision", Holds::Group(&DECISION_B2)),
        INTEGRATIONS,
        DISINTEGRATIONS,
        CBSS_EVALUATION,
    ],
    rules: &[],
};

/// A decision for one person.
static DECISION_B2: Group = Group {
    parts: &[
        one("k:DecisionDate", "decisionDate", DAY),
        one("k:Duration", "duration", Holds::Group(&DURATION)),
        optional(
            "k:AmbulantMedicalAndPharmaceuticalCosts",
            "ambulantMedicalAndPharmaceuticalCosts",
            FLAG,
        ),
        optional("k:HospitalizationCosts", "hospitalizationCosts", FLAG),
        optional("k:RN_RR_Inscription", "rnRrInscription", text!(1, 2)),
        optional("k:JuridicalProcedure", "juridicalProcedure", FLAG),
    ],
    rules: &[],
};
