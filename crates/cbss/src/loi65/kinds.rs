//! The decisions in a reply. What codes mean is not public, so that they are shown as codes; amounts as they came, for
//! their unit is not public either.

use crate::kinds::{Kind, Names, Part, Show, called, part};

const TITLES: Names = ["Beslissing", "Décision", "Entscheidung", "Decision"];
const REFERENCE: Names = [
    "kenmerk POD MI",
    "référence SPP IS",
    "Aktenzeichen des ÖPD SI",
    "reference of the State",
];
const ATTEST: Names = ["formulier", "formulaire", "Formular", "form"];
const ERRORS: Names = ["fouten", "erreurs", "Fehler", "errors"];
const MONTH: Names = ["maand", "mois", "Monat", "month"];

const EVALUATION: Part = part(
    "Evaluation",
    "",
    Show::Word(&[
        ("ACCEPTED", ["aanvaard", "accepté", "angenommen", "accepted"]),
        ("REFUSED", ["geweigerd", "refusé", "abgelehnt", "refused"]),
        (
            "PARTIALLYACCEPTED",
            [
                "gedeeltelijk aanvaard",
                "accepté en partie",
                "teilweise angenommen",
                "accepted in part",
            ],
        ),
    ]),
);

pub(super) static AB: [Kind; 1] = [Kind {
    path: &["DecisionResult"],
    group: "DecisionResult",
    titles: TITLES,
    since: &["EntryDate"],
    until: &["MaximumDate"],
    parts: &[
        EVALUATION,
        part("SSIN", ", ", Show::Value),
        part("Percentage", ", ", Show::Percentage),
        called(
            "ProvesChecked",
            Show::Word(&[
                ("CHECKED", ["nagekeken", "vérifiées", "geprüft", "checked"]),
                (
                    "INPROGRESS",
                    ["in onderzoek", "en cours", "in Prüfung", "in progress"],
                ),
            ]),
            ["bewijzen", "preuves", "Nachweise", "proofs"],
        ),
        called("UniqueAttestID", Show::Value, ATTEST),
        called("ReferenceSPP_POD", Show::Value, REFERENCE),
        called("ErrorsOnForm", Show::All, ERRORS),
    ],
}];

pub(super) static C: [Kind; 1] = [Kind {
    path: &["DecisionResultC"],
    group: "DecisionResultC",
    titles: TITLES,
    since: &["EntryDate"],
    until: &[],
    parts: &[
        EVALUATION,
        part("SSIN", ", ", Show::Value),
        called("UniqueAttestID", Show::Value, ATTEST),
        called("ReferenceSPP_POD", Show::Value, REFERENCE),
        called("ErrorsOnForm", Show::All, ERRORS),
    ],
}];

pub(super) static DF: [Kind; 1] = [Kind {
    path: &["DecisionResultDF"],
    group: "DecisionResultDF",
    titles: TITLES,
    since: &["EntryDate", "ReferenceMonth", "ReferenceDate"],
    until: &[],
    parts: &[
        EVALUATION,
        part("SSIN", ", ", Show::Value),
        called("ReferenceMonth", Show::Date, MONTH),
        called(
            "TotalAcceptedAmount",
            Show::Value,
            [
                "aanvaard bedrag",
                "montant accepté",
                "angenommener Betrag",
                "amount accepted",
            ],
        ),
        called("UniqueAttestID", Show::Value, ATTEST),
        called("ReferenceSPP_POD", Show::Value, REFERENCE),
        called("ErrorsOnForm", Show::All, ERRORS),
    ],
}];
