//! Excerpts of the register's code tables, with names in three languages.

use super::item::Coded;

/// A municipality: its code, its names, its postal code and some of its streets.
pub(super) struct Municipality {
    /// NIS code and names.
    pub(super) place: Coded,
    /// Postal code.
    pub(super) zip: &'static str,
    /// Street names, in the place's own language.
    pub(super) streets: [&'static str; 4],
    /// The language of its files: 1 French, 2 Dutch or German.
    pub(super) language: &'static str,
}

const fn municipality(
    code: &'static str,
    names: [&'static str; 3],
    zip: &'static str,
    language: &'static str,
    streets: [&'static str; 4],
) -> Municipality {
    Municipality {
        place: Coded::new(code, names[0], names[1], names[2]),
        zip,
        streets,
        language,
    }
}

/// Where people live.
pub(super) static MUNICIPALITIES: [Municipality; 8] = [
    municipality(
        "63023",
        ["Eupen", "Eupen", "Eupen"],
        "4700",
        "2",
        ["Gospertstraße", "Hütte", "Monschauer Straße", "Schönefelder Weg"],
    ),
    municipality(
        "63061",
        ["Raeren", "Raeren", "Raeren"],
        "4730",
        "2",
        ["Hauptstraße", "Spitalstraße", "Am Pümpel", "Neustraße"],
    ),
    municipality(
        "62063",
        ["Luik", "Liège", "Lüttich"],
        "4000",
        "1",
        [
            "Rue Féronstrée",
            "Boulevard d'Avroy",
            "Rue Saint-Séverin",
            "Quai de la Dérivation",
        ],
    ),
    municipality(
        "92094",
        ["Namen", "Namur", "Namur"],
        "5000",
        "1",
        [
            "Rue de Fer",
            "Chaussée de Louvain",
            "Rue des Échasseurs",
            "Place de l'Ange",
        ],
    ),
    municipality(
        "44021",
        ["Gent", "Gand", "Gent"],
        "9000",
        "2",
        [
            "Sint-Pietersnieuwstraat",
            "Veldstraat",
            "Coupure Links",
            "Patijntjestraat",
        ],
    ),
    municipality(
        "11002",
        ["Antwerpen", "Anvers", "Antwerpen"],
        "2000",
        "2",
        ["Lange Nieuwstraat", "Scheldestraat", "Pelikaanstraat", "Kaasrui"],
    ),
    municipality(
        "24062",
        ["Leuven", "Louvain", "Löwen"],
        "3000",
        "2",
        ["Bondgenotenlaan", "Naamsestraat", "Vaartkom", "Sint-Jacobsplein"],
    ),
    municipality(
        "52011",
        ["Charleroi", "Charleroi", "Charleroi"],
        "6000",
        "1",
        [
            "Rue de la Régence",
            "Boulevard Tirou",
            "Rue Léon Bernus",
            "Rue de l'Écluse",
        ],
    ),
];

/// Countries, which are the nationalities too.
pub(super) static COUNTRIES: [Coded; 8] = [
    Coded::new("150", "België", "Belgique", "Belgien"),
    Coded::new("111", "Frankrijk", "France", "Frankreich"),
    Coded::new("103", "Duitsland", "Allemagne", "Deutschland"),
    Coded::new("129", "Nederland", "Pays-Bas", "Niederlande"),
    Coded::new("128", "Italië", "Italie", "Italien"),
    Coded::new("109", "Spanje", "Espagne", "Spanien"),
    Coded::new("136", "Estland", "Estonie", "Estland"),
    Coded::new("354", "Marokko", "Maroc", "Marokko"),
];

/// Civil states (IT120).
pub(super) static SINGLE: Coded = Coded::new("10", "Ongehuwd", "Célibataire", "Unverheiratet");
/// Civil states (IT120).
pub(super) static MARRIED: Coded = Coded::new("20", "Gehuwd", "Marié(e)", "Verheiratet");
/// Civil states (IT120).
pub(super) static DIVORCED: Coded = Coded::new("41", "Gescheiden", "Divorcé(e)", "Geschieden");

/// Roles in a family (IT140, IT141).
pub(super) static ROLE_ALONE: Coded = Coded::new("01", "Alleenstaande", "Isolé(e)", "Alleinstehend");
/// Roles in a family (IT140, IT141).
pub(super) static ROLE_SPOUSE: Coded = Coded::new("02", "Echtgeno(o)t(e)", "Conjoint(e)", "Ehepartner(in)");
/// Roles in a family (IT140, IT141).
pub(super) static ROLE_CHILD: Coded = Coded::new("03", "Kind", "Enfant", "Kind");
/// Roles in a family (IT140, IT141).
pub(super) static ROLE_UNRELATED: Coded =
    Coded::new("12", "Niet verwant", "Non apparenté(e)", "Nicht verwandt");

/// Kinds of filiation (IT110, IT114).
pub(super) static FILIATION: Coded = Coded::new("00", "Wettig kind", "Enfant légitime", "Eheliches Kind");

/// Occupations (IT070).
pub(super) static OCCUPATIONS: [Coded; 8] = [
    Coded::new("00002", "Zonder beroep", "Sans profession", "Ohne Beruf"),
    Coded::new("04001", "Scholier", "Écolier / étudiant", "Schüler(in)"),
    Coded::new("20928", "Bediende", "Employé(e)", "Angestellte(r)"),
    Coded::new("09620", "Informaticus", "Informaticien(ne)", "Informatiker(in)"),
    Coded::new("06110", "Arts", "Médecin", "Arzt / Ärztin"),
    Coded::new("75120", "Bakker", "Boulanger(ère)", "Bäcker(in)"),
    Coded::new("96450", "Elektricien", "Électricien(ne)", "Elektriker(in)"),
    Coded::new(
        "13020",
        "Onderwijzer",
        "Instituteur(trice)",
        "Grundschullehrer(in)",
    ),
];

/// Social categories (IT070).
pub(super) static SOCIAL_CATEGORIES: [Coded; 3] = [
    Coded::new("4", "(Wedde)", "(Salarié)", "(Gehalt)"),
    Coded::new("2", "(Zelfst.)", "(Indép.)", "(Selbst.)"),
    Coded::new("9", "", "", ""),
];

/// Identity cards (IT195).
pub(super) static IDENTITY_CARD: Coded = Coded::new("0000", "I.K.", "C.I.", "P.A.");
/// Passports (IT199).
pub(super) static PASSPORT: Coded = Coded::new("0", "Reispaspoort", "Passeport", "Reisepass");
/// Passports (IT199).
pub(super) static ISSUED: Coded = Coded::new("0", "Afgifte", "Délivrance", "Ausstellung");
/// Driving licences of the old model (IT194).
pub(super) static LICENCE_GRANTED: Coded = Coded::new("00", "Toekenn.", "Octroi", "Zuteil.");
/// Categories of driving licences of the old model (IT194).
pub(super) static LICENCE_CATEGORIES: [Coded; 3] = [
    Coded::new("02", "B", "B", "B"),
    Coded::new("01", "A", "A", "A"),
    Coded::new("11", "VRB kl. B", "PCP cl. B", "AGFS Kl. B"),
];
/// Driving licences (IT191).
pub(super) static LICENCE: Coded =
    Coded::new("01", "Europees rijbewijs", "Permis européen", "EU-Führerschein");
/// Registers (IT210).
pub(super) static REGISTERS: [Coded; 3] = [
    Coded::new(
        "01",
        "Bevolkingsregister",
        "Registre de la population",
        "Bevölkerungsregister",
    ),
    Coded::new(
        "02",
        "Vreemdelingenregister",
        "Registre des étrangers",
        "Fremdenregister",
    ),
    Coded::new("05", "Wachtregister", "Registre d'attente", "Warteregister"),
];
/// Declarations on the donation of organs (IT192).
pub(super) static ORGAN_DECLARATIONS: [Coded; 2] = [
    Coded::new("10", "Verzet", "Opposition", "Widerspruch"),
    Coded::new(
        "20",
        "Uitdrukkelijke toestemming",
        "Consentement exprès",
        "Ausdrückliches Einverständnis",
    ),
];
/// Courts (IT120, IT123).
pub(super) static TRIBUNAL: Coded = Coded::new(
    "01",
    "Rechtbank van eerste aanleg",
    "Tribunal de première instance",
    "Gericht erster Instanz",
);
/// Why a legal cohabitation ended (IT123).
pub(super) static CESSATION: Coded = Coded::new("01", "Huwelijk", "Mariage", "Eheschließung");
/// Diplomatic posts (IT022, IT199).
pub(super) static POST: Coded = Coded::new("1418", "Tallinn", "Tallinn", "Tallinn");
