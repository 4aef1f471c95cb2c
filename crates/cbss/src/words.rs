//! The words that the texts of several services have in common.

use relay_domain::Language;

/// The words of a language that are no labels.
pub(crate) struct Words {
    /// Before a birth date.
    pub(crate) born: &'static str,
    /// Before a letter box.
    pub(crate) mail_box: &'static str,
    /// No and yes.
    pub(crate) no_yes: [&'static str; 2],
    /// Male and female.
    pub(crate) sexes: [&'static str; 2],
    /// The two languages of files.
    pub(crate) languages: [&'static str; 2],
}

static NL: Words = Words {
    born: "geboren",
    mail_box: "bus",
    no_yes: ["nee", "ja"],
    sexes: ["man", "vrouw"],
    languages: ["Frans", "Nederlands/Duits"],
};
static FR: Words = Words {
    born: "né(e)",
    mail_box: "bte",
    no_yes: ["non", "oui"],
    sexes: ["homme", "femme"],
    languages: ["français", "néerlandais/allemand"],
};
static DE: Words = Words {
    born: "geboren",
    mail_box: "Bk.",
    no_yes: ["nein", "ja"],
    sexes: ["männlich", "weiblich"],
    languages: ["Französisch", "Niederländisch/Deutsch"],
};
static EN: Words = Words {
    born: "born",
    mail_box: "box",
    no_yes: ["no", "yes"],
    sexes: ["male", "female"],
    languages: ["French", "Dutch/German"],
};

impl Words {
    /// Those of a language.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::Nl => &NL,
            Language::Fr => &FR,
            Language::De => &DE,
            Language::En => &EN,
        }
    }
}
