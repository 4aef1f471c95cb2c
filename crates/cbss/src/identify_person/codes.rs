//! What codes mean, as far as replies of the national register have told: nothing is guessed, and of others the code
//! itself is shown.

use relay_domain::Language;

/// In Dutch, French, German, English.
type Names = [&'static str; 4];

/// NIS codes of countries.
static COUNTRIES: [(&str, Names); 3] = [
    ("136", ["Estland", "Estonie", "Estland", "Estonia"]),
    ("150", ["België", "Belgique", "Belgien", "Belgium"]),
    ("173", ["Duitsland", "Allemagne", "Deutschland", "Germany"]),
];

/// `t_CivilStateCode` of SSDN/Common.
static CIVIL_STATES: [(&str, Names); 3] = [
    ("10", ["ongehuwd", "célibataire", "ledig", "single"]),
    ("20", ["gehuwd", "marié(e)", "verheiratet", "married"]),
    ("41", ["gescheiden", "divorcé(e)", "geschieden", "divorced"]),
];

/// `OriginType` of SSDN/Person.
static ORIGINS: [(&str, Names); 2] = [
    (
        "BCSS_KSZ",
        [
            "register van de KSZ",
            "registre de la BCSS",
            "Register der ZDSS",
            "register of the CBSS",
        ],
    ),
    (
        "RN_RR",
        [
            "rijksregister",
            "registre national",
            "Nationalregister",
            "national register",
        ],
    ),
];

/// The name of a country, or its code.
pub(super) fn country(code: &str, language: Language) -> &str {
    name(&COUNTRIES, code, language)
}

/// The name of a civil state, or its code.
pub(crate) fn civil_state(code: &str, language: Language) -> &str {
    name(&CIVIL_STATES, code, language)
}

/// Where a record comes from, or the word that came for it.
pub(super) fn origin(code: &str, language: Language) -> &str {
    name(&ORIGINS, code, language)
}

fn name<'c>(table: &'static [(&'static str, Names)], code: &'c str, language: Language) -> &'c str {
    let names = table.iter().find(|(known, _)| *known == code);
    names.map_or(code, |(_, names)| match language {
        Language::Nl => names[0],
        Language::Fr => names[1],
        Language::De => names[2],
        Language::En => names[3],
    })
}
