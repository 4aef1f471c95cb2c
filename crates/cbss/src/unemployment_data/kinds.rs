//! The kinds of records in a reply. Titles after the schema's names, translated here; what codes mean is not public, so
//! that they are shown as codes.

use crate::kinds::{Kind, NONE, Names, Part, Show, called, part};

const MONTHLY: Names = ["dagbedrag", "montant journalier", "Tagessatz", "daily amount"];
const CODE: Names = ["code", "code", "Code", "code"];
const DAYS: Names = ["uitkeringen", "allocations", "Leistungen", "allowances"];
const UNTIL: Names = ["tot", "au", "bis", "until"];
const FROM: Names = ["vanaf", "à partir du", "ab", "from"];
const REGIME: Names = ["stelsel", "régime", "Regelung", "regime"];

const RIGHT: &[Part] = &[
    part("theoricDailyAllowanceAmount", "", Show::Cents),
    called("rightStartingDate", Show::Date, FROM),
    called("theoricRightsEndingDate", Show::Date, UNTIL),
    called(
        "familyState",
        Show::Word(&[
            ("SOLITARY", ["alleenstaand", "isolé", "alleinstehend", "single"]),
            (
                "COHABITING",
                ["samenwonend", "cohabitant", "zusammenwohnend", "cohabiting"],
            ),
            (
                "HOUSEHOLDER",
                [
                    "gezinshoofd",
                    "chef de ménage",
                    "Haushaltsvorstand",
                    "head of household",
                ],
            ),
        ]),
        NONE,
    ),
    called(
        "unemployedWorkerStatus",
        Show::Word(&[
            (
                "UNEMPLOYMENT_ALLOCATION",
                [
                    "werkloosheidsuitkering",
                    "allocation de chômage",
                    "Arbeitslosengeld",
                    "unemployment allowance",
                ],
            ),
            (
                "INSERTION_ALLOCATION",
                [
                    "inschakelingsuitkering",
                    "allocation d'insertion",
                    "Eingliederungsgeld",
                    "insertion allowance",
                ],
            ),
        ]),
        NONE,
    ),
    called("unemploymentCode", Show::Value, CODE),
    called("indemnificationRegime", Show::Value, REGIME),
    called(
        "selfEmploymentSupplement",
        Show::Flag,
        [
            "toeslag zelfstandige",
            "complément indépendant",
            "Zuschlag für Selbständige",
            "self-employment supplement",
        ],
    ),
];

const NO_RIGHT: &[Part] = &[
    called(
        "sanction/beginDate",
        Show::Date,
        [
            "sanctie vanaf",
            "sanction à partir du",
            "Sperre ab",
            "sanction from",
        ],
    ),
    called("sanction/endDate", Show::Date, UNTIL),
    called(
        "sanction/nbrOfWeeksSanction",
        Show::Value,
        ["weken", "semaines", "Wochen", "weeks"],
    ),
    called(
        "sanction/article",
        Show::Value,
        ["artikel", "article", "Artikel", "article"],
    ),
    called(
        "exclusion/beginDate",
        Show::Date,
        [
            "uitsluiting vanaf",
            "exclusion à partir du",
            "Ausschluss ab",
            "exclusion from",
        ],
    ),
    called(
        "rightsEnd/beginDate",
        Show::Date,
        [
            "einde recht vanaf",
            "fin de droit à partir du",
            "Ende des Anspruchs ab",
            "end of rights from",
        ],
    ),
    called(
        "admissibilityArticle",
        Show::All,
        ["toelaatbaarheid", "admissibilité", "Zulassung", "admissibility"],
    ),
    called(
        "indemnisabilityArticle",
        Show::All,
        [
            "vergoedbaarheid",
            "indemnisabilité",
            "Entschädigung",
            "indemnisability",
        ],
    ),
];

const PAYMENT: &[Part] = &[
    part("paidMonth", "", Show::Date),
    called("theoricDailyAllowanceAmount", Show::Cents, MONTHLY),
    called("nbrOfAllowances", Show::Value, DAYS),
    called("unemploymentCode", Show::Value, CODE),
    called("indemnificationRegime", Show::Value, REGIME),
];

const PAYMENTS: Names = ["Betaling", "Paiement", "Zahlung", "Payment"];
const RIGHTS: Names = [
    "Recht op uitkering",
    "Droit aux allocations",
    "Anspruch auf Leistung",
    "Right to allowances",
];
const NO_RIGHTS: Names = [
    "Geen recht op uitkering",
    "Pas de droit aux allocations",
    "Kein Anspruch auf Leistung",
    "No right to allowances",
];
const RIGHT_UNTIL: &[&str] = &["theoricRightsEndingDate"];
const NO_RIGHT_SINCE: &[&str] = &["sanction/beginDate", "exclusion/beginDate", "rightsEnd/beginDate"];

pub(super) static KINDS: [Kind; 12] = [
    Kind {
        path: &["paidSums", "paidSum"],
        group: "paidSums",
        titles: [
            "Betaalde bedragen",
            "Montants payés",
            "Gezahlte Beträge",
            "Sums paid",
        ],
        since: &["relatedMonth"],
        until: &[],
        parts: &[
            part("relatedMonth", "", Show::Date),
            called("paidAmount", Show::Cents, ["betaald", "payé", "gezahlt", "paid"]),
            called(
                "acceptedAmount",
                Show::Cents,
                ["aanvaard", "accepté", "angenommen", "accepted"],
            ),
            called("nbrOfAllowances", Show::Value, DAYS),
            called(
                "dossierStatus",
                Show::Word(&[
                    ("COMPLETED", ["volledig", "complet", "vollständig", "completed"]),
                    (
                        "PROVISIONAL",
                        ["voorlopig", "provisoire", "vorläufig", "provisional"],
                    ),
                    (
                        "NOT_STARTED",
                        ["niet begonnen", "pas commencé", "nicht begonnen", "not started"],
                    ),
                ]),
                NONE,
            ),
        ],
    },
    Kind {
        path: &["payment"],
        group: "payment",
        titles: PAYMENTS,
        since: &["paidMonth"],
        until: &[],
        parts: PAYMENT,
    },
    Kind {
        path: &["situation", "payment"],
        group: "payment",
        titles: PAYMENTS,
        since: &["paidMonth"],
        until: &[],
        parts: PAYMENT,
    },
    Kind {
        path: &["rights", "right"],
        group: "rights",
        titles: RIGHTS,
        since: &["rightStartingDate"],
        until: RIGHT_UNTIL,
        parts: RIGHT,
    },
    Kind {
        path: &["situation", "rights", "right"],
        group: "rights",
        titles: RIGHTS,
        since: &["rightStartingDate"],
        until: RIGHT_UNTIL,
        parts: RIGHT,
    },
    Kind {
        path: &["rights", "noRight"],
        group: "noRight",
        titles: NO_RIGHTS,
        since: NO_RIGHT_SINCE,
        until: &["sanction/endDate"],
        parts: NO_RIGHT,
    },
    Kind {
        path: &["situation", "rights", "noRight"],
        group: "noRight",
        titles: NO_RIGHTS,
        since: NO_RIGHT_SINCE,
        until: &["sanction/endDate"],
        parts: NO_RIGHT,
    },
    Kind {
        path: &["activationAllowances", "activationAllowance"],
        group: "activationAllowances",
        titles: [
            "Activeringsuitkeringen",
            "Allocations d'activation",
            "Aktivierungsgelder",
            "Activation allowances",
        ],
        since: &["paymentMonth"],
        until: &[],
        parts: &[
            part("paymentMonth", "", Show::Date),
            part("activationAllowanceAmount", ", ", Show::Cents),
            called("activationAllowanceCode", Show::Value, CODE),
        ],
    },
    Kind {
        path: &["activationAllowances", "employers"],
        group: "employers",
        titles: ["Werkgever", "Employeur", "Arbeitgeber", "Employer"],
        since: &[],
        until: &[],
        parts: &[part("cbeNumber", "", Show::Value)],
    },
    Kind {
        path: &["scheduledPayment", "monthlyData"],
        group: "monthlyData",
        titles: [
            "Dagen van een maand",
            "Jours d'un mois",
            "Tage eines Monats",
            "Days of a month",
        ],
        since: &[],
        until: &[],
        parts: &[
            called("month", Show::Value, ["maand", "mois", "Monat", "month"]),
            called(
                "dailyData",
                Show::All,
                ["dag:code", "jour:code", "Tag:Code", "day:code"],
            ),
        ],
    },
    Kind {
        path: &["scheduledPayment", "scaleData"],
        group: "scaleData",
        titles: ["Barema", "Barème", "Tarif", "Scale"],
        since: &["validityDate"],
        until: &[],
        parts: &[
            part("scaleCode", "", Show::Value),
            called("validityDate", Show::Date, FROM),
        ],
    },
    Kind {
        path: &["careerBreaks", "careerBreak"],
        group: "careerBreaks",
        titles: [
            "Loopbaanonderbreking",
            "Interruption de carrière",
            "Laufbahnunterbrechung",
            "Career break",
        ],
        since: &["beginDate"],
        until: &["endDate"],
        parts: &[
            called("beginDate", Show::Date, ["van", "du", "vom", "from"]),
            called("endDate", Show::Date, UNTIL),
            called(
                "allowanceAmount",
                Show::Cents,
                ["uitkering", "allocation", "Leistung", "allowance"],
            ),
            called("careerBreakCode", Show::Value, CODE),
            called("careerBreakType", Show::Value, ["soort", "type", "Art", "type"]),
            called(
                "careerBreakReason",
                Show::Value,
                ["reden", "raison", "Grund", "reason"],
            ),
            called(
                "complementaryActivityCode",
                Show::Word(&[
                    (
                        "INDEPENDENT",
                        ["zelfstandige", "indépendant", "selbständig", "self-employed"],
                    ),
                    ("EMPLOYEE", ["werknemer", "salarié", "Arbeitnehmer", "employee"]),
                ]),
                [
                    "bijkomende activiteit",
                    "activité complémentaire",
                    "Nebentätigkeit",
                    "complementary activity",
                ],
            ),
        ],
    },
];
