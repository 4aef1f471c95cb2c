//! A registration as a line that a person reads.

use relay_domain::Language;

use crate::dates::push_date;
use crate::reply::Row;

struct Words {
    title: &'static str,
    purpose: &'static str,
    unit: &'static str,
    /// The names of the two registers.
    registers: [&'static str; 2],
    /// Before a first day that has no last one.
    since: &'static str,
    /// Before a first day and between it and the last one.
    from_to: [&'static str; 2],
    /// Before a last day that has no first one.
    until: &'static str,
}

static NL: Words = Words {
    title: "Inschrijvingen",
    purpose: "hoedanigheid",
    unit: "eenheid",
    registers: ["primair repertorium", "secundair repertorium"],
    since: "vanaf",
    from_to: ["van", "tot en met"],
    until: "tot en met",
};
static FR: Words = Words {
    title: "Inscriptions",
    purpose: "qualité",
    unit: "unité",
    registers: ["répertoire primaire", "répertoire secondaire"],
    since: "à partir du",
    from_to: ["du", "au"],
    until: "jusqu'au",
};
static DE: Words = Words {
    title: "Eintragungen",
    purpose: "Eigenschaft",
    unit: "Einheit",
    registers: ["primäres Verzeichnis", "sekundäres Verzeichnis"],
    since: "ab",
    from_to: ["vom", "bis zum"],
    until: "bis zum",
};
static EN: Words = Words {
    title: "Registrations",
    purpose: "purpose",
    unit: "unit",
    registers: ["primary register", "secondary register"],
    since: "from",
    from_to: ["from", "to"],
    until: "until",
};

impl Words {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::Nl => &NL,
            Language::Fr => &FR,
            Language::De => &DE,
            Language::En => &EN,
        }
    }
}

/// What a person calls the group.
pub(super) fn title(language: Language) -> &'static str {
    Words::of(language).title
}

/// Purpose, unit, register, period; what is missing is left out.
pub(super) fn render(row: &Row, language: Language) -> String {
    let words = Words::of(language);
    let given = |path| row.field(path).filter(|value| !value.is_empty());
    let mut parts = Vec::with_capacity(4);
    for (word, path) in [(words.purpose, "Purpose"), (words.unit, "OrgUnit")] {
        parts.extend(given(path).map(|value| format!("{word} {value}")));
    }
    parts.extend(given("Register").map(|register| {
        let known = match register {
            "PRIMARY" => words.registers[0],
            "SECONDARY" => words.registers[1],
            other => other,
        };
        known.to_owned()
    }));
    // What is no date is shown as it came.
    let start = row.since.as_deref().or_else(|| given("Period/StartDate"));
    let end = row.until.as_deref().or_else(|| given("Period/EndDate"));
    let mut period = String::new();
    let mut push = |word: &str, date: &str| {
        period.push_str(if period.is_empty() { "" } else { " " });
        period.push_str(word);
        period.push(' ');
        push_date(&mut period, date, language);
    };
    match (start, end) {
        (Some(start), Some(end)) => {
            push(words.from_to[0], start);
            push(words.from_to[1], end);
        }
        (Some(start), None) => push(words.since, start),
        (None, Some(end)) => push(words.until, end),
        (None, None) => {}
    }
    if !period.is_empty() {
        parts.push(period);
    }
    parts.join(", ")
}
