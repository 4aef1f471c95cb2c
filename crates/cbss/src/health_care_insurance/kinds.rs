//! The kinds of data in a reply. Titles after the schema's own remarks (French) and the terms of the insurance funds,
//! translated here; what codes of funds and holders mean is not public, so that they are shown as codes.

use crate::kinds::{Kind, Part, Show, called, part};

const FUND: Part = called(
    "@insuringOrganization",
    Show::Attribute,
    [
        "verzekeringsinstelling",
        "organisme assureur",
        "Versicherungsträger",
        "fund",
    ],
);
const NO_RIGHT: Part = called(
    "noRight",
    Show::Presence,
    ["geen recht", "pas de droit", "kein Anspruch", "no right"],
);
const VALUE: Part = part("value", "", Show::Flag);
const SINCE: Part = called("period/startDate", Show::Date, ["van", "du", "vom", "from"]);
const UNTIL: Part = called("period/endDate", Show::Date, ["tot", "au", "bis", "until"]);

pub(super) static KINDS: [Kind; 10] = [
    Kind {
        path: &["result", "insuringOrganization"],
        group: "insuringOrganization",
        titles: [
            "Ziekenfonds",
            "Mutualité",
            "Krankenkasse",
            "Health insurance fund",
        ],
        since: &[],
        until: &[],
        parts: &[
            NO_RIGHT,
            called(
                "mutuality",
                Show::Value,
                ["ziekenfonds", "mutualité", "Krankenkasse", "fund"],
            ),
            FUND,
        ],
    },
    Kind {
        path: &["result", "reimbursementRight"],
        group: "reimbursementRight",
        titles: [
            "Recht op terugbetaling",
            "Droit au remboursement",
            "Anspruch auf Erstattung",
            "Right to reimbursement",
        ],
        since: &[],
        until: &[],
        parts: &[VALUE, FUND],
    },
    Kind {
        path: &["result", "ct1ct2"],
        group: "ct1ct2",
        titles: [
            "Codes gerechtigde (CT1, CT2)",
            "Codes titulaire (CT1, CT2)",
            "Inhabercodes (CT1, CT2)",
            "Holder codes (CT1, CT2)",
        ],
        since: &["period/startDate"],
        until: &["period/endDate"],
        parts: &[
            NO_RIGHT,
            called("ct1", Show::Value, ["CT1", "CT1", "CT1", "CT1"]),
            called("ct2", Show::Value, ["CT2", "CT2", "CT2", "CT2"]),
            called(
                "mutuality",
                Show::Value,
                ["ziekenfonds", "mutualité", "Krankenkasse", "fund"],
            ),
            SINCE,
            UNTIL,
        ],
    },
    Kind {
        path: &["result", "payingThirdParty"],
        group: "payingThirdParty",
        titles: [
            "Derdebetaler",
            "Tiers payant",
            "Drittzahler",
            "Third-party payment",
        ],
        since: &[],
        until: &[],
        parts: &[VALUE, FUND],
    },
    Kind {
        path: &["result", "maximumCharge"],
        group: "maximumCharge",
        titles: [
            "Maximumfactuur",
            "Maximum à facturer",
            "Höchstrechnung",
            "Maximum charge",
        ],
        since: &[],
        until: &[],
        parts: &[
            NO_RIGHT,
            called("year", Show::All, ["jaren", "années", "Jahre", "years"]),
        ],
    },
    Kind {
        path: &["result", "medicalHouse"],
        group: "medicalHouse",
        titles: [
            "Wijkgezondheidscentrum",
            "Maison médicale",
            "Ärztehaus",
            "Medical house",
        ],
        since: &["period/startDate"],
        until: &["period/endDate"],
        parts: &[
            NO_RIGHT,
            called("doctor", Show::Flag, ["arts", "médecin", "Arzt", "doctor"]),
            called(
                "kine",
                Show::Flag,
                [
                    "kinesitherapeut",
                    "kinésithérapeute",
                    "Krankengymnast",
                    "physiotherapist",
                ],
            ),
            called(
                "nurse",
                Show::Flag,
                ["verpleegkundige", "infirmier", "Krankenpfleger", "nurse"],
            ),
            SINCE,
            UNTIL,
            FUND,
        ],
    },
    Kind {
        path: &["result", "increasedIntervention"],
        group: "increasedIntervention",
        titles: [
            "Verhoogde tegemoetkoming",
            "Intervention majorée",
            "Erhöhte Kostenbeteiligung",
            "Increased intervention",
        ],
        since: &["period/startDate"],
        until: &["period/endDate"],
        parts: &[NO_RIGHT, SINCE, UNTIL],
    },
    Kind {
        path: &["result", "statusComplementaryInsurance"],
        group: "statusComplementaryInsurance",
        titles: [
            "In orde met de aanvullende verzekering",
            "En ordre d'assurance complémentaire",
            "In Ordnung mit der Zusatzversicherung",
            "Complementary insurance in order",
        ],
        since: &[],
        until: &[],
        parts: &[VALUE, FUND],
    },
    Kind {
        path: &["result", "globalMedicalFile"],
        group: "globalMedicalFile",
        titles: [
            "Globaal medisch dossier",
            "Dossier médical global",
            "Globale medizinische Akte",
            "Global medical file",
        ],
        since: &[],
        until: &[],
        parts: &[
            NO_RIGHT,
            called(
                "healthCareProvider",
                Show::Value,
                ["zorgverlener", "prestataire", "Leistungserbringer", "provider"],
            ),
            FUND,
        ],
    },
    Kind {
        path: &["result", "sfdfL891"],
        group: "sfdfL891",
        titles: [
            "Toestand van de verzekering",
            "Statut d'assurance soins de santé",
            "Stand der Krankenversicherung",
            "Status of the insurance",
        ],
        since: &[],
        until: &[],
        parts: &[
            called(
                "noReimbursementRight",
                Show::Presence,
                [
                    "geen recht op terugbetaling",
                    "pas de droit au remboursement",
                    "kein Anspruch auf Erstattung",
                    "no right to reimbursement",
                ],
            ),
            called(
                "insurance/payingThirdParty",
                Show::Flag,
                [
                    "derdebetaler",
                    "tiers payant",
                    "Drittzahler",
                    "third-party payment",
                ],
            ),
            called(
                "insurance/maximumCharge/year",
                Show::All,
                [
                    "maximumfactuur",
                    "maximum à facturer",
                    "Höchstrechnung",
                    "maximum charge",
                ],
            ),
            called(
                "insurance/increasedIntervention/period/startDate",
                Show::Date,
                [
                    "verhoogde tegemoetkoming van",
                    "intervention majorée du",
                    "erhöhte Kostenbeteiligung vom",
                    "increased intervention from",
                ],
            ),
            called("insurance/ct1ct2/ct1", Show::Value, ["CT1", "CT1", "CT1", "CT1"]),
            called("insurance/ct1ct2/ct2", Show::Value, ["CT2", "CT2", "CT2", "CT2"]),
        ],
    },
];
