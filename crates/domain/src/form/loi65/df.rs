//! Costs to be refunded, aid that is recovered.

use super::super::holds::{DAY, DAY_FROM_2002, FLAG, SSIN};
use super::super::{Group, Holds, Operation, Rule, Simple, list, one, optional};
use super::{AMOUNT, CBSS_EVALUATION, DISINTEGRATIONS, FILE_IDENTIFICATION, INTEGRATIONS};

/// The forms D1, D2 and F of a file: costs to be refunded and aid that is recovered. At least one of them.
pub(in super::super) static DF: [Operation; 1] = [Operation {
    name: "",
    content: Group {
        parts: &[
            FILE_IDENTIFICATION,
            optional("l:RefundformD1", "refundFormD1", Holds::Group(&REFUND_FORM_D1)),
            list(
                "l:RefundFormD2",
                "refundFormsD2",
                0,
                100,
                Holds::Group(&REFUND_FORM_D2),
            ),
            list(
                "l:RecoveringFormF",
                "recoveringFormsF",
                0,
                100,
                Holds::Group(&RECOVERING_FORM_F),
            ),
        ],
        rules: &[Rule::SomeOf(&[
            "refundFormD1",
            "refundFormsD2",
            "recoveringFormsF",
        ])],
    },
}];

/// Form D1: the costs of a month.
static REFUND_FORM_D1: Group = Group {
    parts: &[
        one("l:ReferenceMonth", "referenceMonth", Holds::Value(Simple::Month)),
        one("l:UniqueAttestID", "uniqueAttestId", exactly!(15)),
        one("l:SSIN", "ssin", SSIN),
        one(
            "l:DeliveredAmountsD1",
            "deliveredAmounts",
            Holds::Group(&DELIVERED_AMOUNTS_D1),
        ),
        optional(
            "l:PrimaryBeneficiaryAids",
            "primaryBeneficiaryAids",
            Holds::Group(&AIDS),
        ),
        optional("l:PartnerAids", "partnerAids", Holds::Group(&AIDS)),
        optional(
            "l:HealthServiceRegistrationStartingDate",
            "healthServiceRegistrationStartingDate",
            DAY,
        ),
        one("l:TotalAmount", "totalAmount", AMOUNT),
        optional("l:JuridicalProcedure", "juridicalProcedure", FLAG),
        INTEGRATIONS,
        DISINTEGRATIONS,
        CBSS_EVALUATION,
    ],
    rules: &[],
};

/// The amounts of a month.
static DELIVERED_AMOUNTS_D1: Group = Group {
    parts: &[
        optional("l:FinancialAid", "financialAid", Holds::Group(&FINANCIAL_AID)),
        list("l:MedicalCostsAmount", "medicalCostsAmounts", 0, 5, AMOUNT),
        list(
            "l:PharmaceuticalCostsAmount",
            "pharmaceuticalCostsAmounts",
            0,
            5,
            AMOUNT,
        ),
        optional("l:MutBaseContributionAmount", "mutBaseContributionAmount", AMOUNT),
        optional(
            "l:MutComplementaryContributionAmount",
            "mutComplementaryContributionAmount",
            AMOUNT,
        ),
        optional("l:MutRegularizationAmount", "mutRegularizationAmount", AMOUNT),
        optional("l:RepatriationCostsAmount", "repatriationCostsAmount", AMOUNT),
        optional("l:PlacementCostsAmount", "placementCostsAmount", AMOUNT),
        optional("l:HousingCostsAmount", "housingCostsAmount", AMOUNT),
        optional(
            "l:BirthAllowance",
            "birthAllowance",
            Holds::Group(&BIRTH_ALLOWANCE),
        ),
        optional(
            "l:GuaranteedChildAllowance",
            "guaranteedChildAllowance",
            Holds::Group(&GUARANTEED_CHILD_ALLOWANCE),
        ),
        optional("l:OtherRequestedAids", "otherRequestedAids", AMOUNT),
        one("l:DoubleMaximum", "doubleMaximum", FLAG),
    ],
    rules: &[],
};

/// Financial aid.
static FINANCIAL_AID: Group = Group {
    parts: &[
        optional("l:Amount", "amount", AMOUNT),
        optional("l:MonthlyIncome", "monthlyIncome", Holds::Value(Simple::Decimal)),
    ],
    rules: &[],
};

/// A birth allowance.
static BIRTH_ALLOWANCE: Group = Group {
    parts: &[
        optional("l:Amount", "amount", Holds::Value(Simple::Decimal)),
        optional("l:BirthDate", "birthDate", DAY),
        optional(
            "l:NumberOfLivingChildren",
            "numberOfLivingChildren",
            integer!(0, 99),
        ),
        optional(
            "l:NumberOfStillbornChildren",
            "numberOfStillbornChildren",
            integer!(0, 99),
        ),
    ],
    rules: &[],
};

/// Guaranteed child allowances.
static GUARANTEED_CHILD_ALLOWANCE: Group = Group {
    parts: &[
        optional("l:Amount", "amount", AMOUNT),
        optional("l:NumberOfChildren", "numberOfChildren", integer!(0, 99)),
    ],
    rules: &[],
};

/// Employment and other aid of a month, in amounts.
static AIDS: Group = Group {
    parts: &[
        optional("l:Art60p7Amount", "art60p7Amount", AMOUNT),
        optional("l:Art61Amount", "art61Amount", AMOUNT),
        optional("l:ActivationAmount", "activationAmount", AMOUNT),
        optional("l:PartnerconventionAmount", "partnerConventionAmount", AMOUNT),
        optional("l:AlimonyAmount", "alimonyAmount", AMOUNT),
        optional("l:SocialEconomy", "socialEconomy", Holds::Group(&SOCIAL_ECONOMY)),
    ],
    rules: &[],
};

/// Social economy.
static SOCIAL_ECONOMY: Group = Group {
    parts: &[
        optional("l:Initiative", "initiative", integer!(0, 999999)),
        optional("l:Days", "days", integer!(0, 99)),
    ],
    rules: &[],
};

/// Form D2: what one person's care by an institution costs.
static REFUND_FORM_D2: Group = Group {
    parts: &[
        one("l:EntryDate", "entryDate", DAY_FROM_2002),
        one("l:UniqueAttestID", "uniqueAttestId", exactly!(15)),
        one("l:SSIN", "ssin", SSIN),
        one("l:Suffix", "suffix", integer!(0, 99)),
        one(
            "l:IdentificationCareProvidingInstitution",
            "careProvidingInstitution",
            Holds::Group(&CARE_PROVIDING_INSTITUTION),
        ),
        one(
            "l:DeliveredAmountsD2",
            "deliveredAmounts",
            Holds::Group(&DELIVERED_AMOUNTS_D2),
        ),
        optional(
            "l:HealthServiceRegistrationStartingDate",
            "healthServiceRegistrationStartingDate",
            DAY,
        ),
        one("l:TotalAmount", "totalAmount", AMOUNT),
        optional("l:JuridicalProcedure", "juridicalProcedure", FLAG),
        INTEGRATIONS,
        DISINTEGRATIONS,
        CBSS_EVALUATION,
    ],
    rules: &[],
};

/// An institution that provides care.
static CARE_PROVIDING_INSTITUTION: Group = Group {
    parts: &[
        one(
            "l:INAMIRIZIVRegistrationNumber",
            "inamiRizivRegistrationNumber",
            digits!(11),
        ),
        optional("l:KBOBCE", "cbeNumber", digits!(10)),
    ],
    rules: &[],
};

/// The amounts of an institution.
static DELIVERED_AMOUNTS_D2: Group = Group {
    parts: &[
        list(
            "l:HospitalizationcostsBill",
            "hospitalizationCostsBills",
            0,
            5,
            Holds::Group(&HOSPITALIZATION_COSTS_BILL),
        ),
        optional(
            "l:HospitalizationCostsRemainingAmount",
            "hospitalizationCostsRemainingAmount",
            AMOUNT,
        ),
        optional("l:AmbultantCosts", "ambulantCosts", Holds::Group(&AMBULANT_COSTS)),
    ],
    rules: &[],
};

/// A bill for a stay in hospital.
static HOSPITALIZATION_COSTS_BILL: Group = Group {
    parts: &[
        one("l:Number", "number", text!(1, 15)),
        one("l:Year", "year", integer!(1000, 9999)),
        one("l:Amount", "amount", AMOUNT),
    ],
    rules: &[],
};

/// Out-patient costs.
static AMBULANT_COSTS: Group = Group {
    parts: &[
        optional("l:MedicalcostsAmount", "medicalCostsAmount", AMOUNT),
        optional("l:PharmaceuticalCostsAmount", "pharmaceuticalCostsAmount", AMOUNT),
    ],
    rules: &[],
};

/// Form F: aid that is recovered from one person.
static RECOVERING_FORM_F: Group = Group {
    parts: &[
        one("l:ReferenceDate", "referenceDate", DAY_FROM_2002),
        one("l:UniqueAttestID", "uniqueAttestId", exactly!(15)),
        one("l:SSIN", "ssin", SSIN),
        one("l:Suffix", "suffix", integer!(0, 99)),
        one(
            "l:RecoveringDetails",
            "recoveringDetails",
            Holds::Group(&RECOVERING_DETAILS),
        ),
    ],
    rules: &[],
};

/// What is recovered.
static RECOVERING_DETAILS: Group = Group {
    parts: &[
        one("l:OriginalForm", "originalForm", exactly!(1)),
        one("l:Type", "type", exactly!(2)),
        one("l:RecoveredAmount", "recoveredAmount", AMOUNT),
        one(
            "l:PeriodOfRecovering",
            "periodOfRecovering",
            Holds::Group(&PERIOD),
        ),
    ],
    rules: &[],
};

/// A period: one of its days at least.
static PERIOD: Group = Group {
    parts: &[
        optional("c:StartDate", "startDate", DAY),
        optional("c:EndDate", "endDate", DAY),
    ],
    rules: &[
        Rule::SomeOf(&["startDate", "endDate"]),
        Rule::InOrder("startDate", "endDate"),
    ],
};
