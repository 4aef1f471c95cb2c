//! A person found, as a line that a person reads.
//!
//! `LAST, First Middle (number, male, born 2080-01-01 in Place), Street 12 box 3, 4700 Town, Country, …`: what is
//! missing is left out, unknown parts of dates stay unknown, codes that nobody has explained are shown as codes.

use relay_domain::Language;

use super::codes;
use crate::dates::push_date;
use crate::words::Words;
use crate::xml::Element;

/// How many descriptions the schema allows; of more, which are in the fields, no line would be made that anybody reads.
const MOST_DESCRIPTIONS: usize = 5;

/// What stands before a value.
struct Labels {
    title: &'static str,
    /// Between a birth date and its place.
    place: &'static str,
    died: &'static str,
    country: &'static str,
    street: &'static str,
    municipality: &'static str,
    post: &'static str,
    civil_state: &'static str,
    nationality: &'static str,
    register: &'static str,
    source: &'static str,
}

static NL: Labels = Labels {
    title: "Personen",
    place: "te",
    died: "overleden op",
    country: "land",
    street: "straat",
    municipality: "gemeente",
    post: "diplomatieke post",
    civil_state: "burgerlijke staat",
    nationality: "nationaliteit",
    register: "register",
    source: "bron",
};
static FR: Labels = Labels {
    title: "Personnes",
    place: "à",
    died: "décédé(e) le",
    country: "pays",
    street: "rue",
    municipality: "commune",
    post: "poste diplomatique",
    civil_state: "état civil",
    nationality: "nationalité",
    register: "registre",
    source: "source",
};
static DE: Labels = Labels {
    title: "Personen",
    place: "in",
    died: "verstorben am",
    country: "Land",
    street: "Straße",
    municipality: "Gemeinde",
    post: "diplomatische Vertretung",
    civil_state: "Personenstand",
    nationality: "Staatsangehörigkeit",
    register: "Register",
    source: "Quelle",
};
static EN: Labels = Labels {
    title: "Persons",
    place: "in",
    died: "died on",
    country: "country",
    street: "street",
    municipality: "municipality",
    post: "diplomatic post",
    civil_state: "civil state",
    nationality: "nationality",
    register: "register",
    source: "source",
};

impl Labels {
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
    Labels::of(language).title
}

/// The line.
pub(super) fn render(record: Element<'_, '_>, language: Language) -> String {
    let mut line = Line {
        text: String::with_capacity(128),
        labels: Labels::of(language),
        words: Words::of(language),
        language,
    };
    let (basic, extended) = (record.child("Basic"), record.child("Extended"));
    if let Some(basic) = basic {
        line.identity(basic, extended);
        if let Some(address) = basic.child("Address") {
            line.address(address);
        }
        if let Some(post) = basic.child("DiplomaticPost") {
            line.diplomatic_post(post);
        }
    }
    if let Some(extended) = extended {
        line.extended(extended);
    }
    if let Some(origin) = record.attribute("origin").filter(|origin| !origin.is_empty()) {
        line.labelled(line.labels.source, codes::origin(origin, language));
    }
    line.text
}

struct Line {
    text: String,
    labels: &'static Labels,
    words: &'static Words,
    language: Language,
}

impl Line {
    /// Behind whatever stands there.
    fn part(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str(", ");
        }
        self.text.push_str(text);
    }

    fn labelled(&mut self, label: &str, value: &str) {
        self.part(&format!("{label}: {value}"));
    }

    fn date(&self, before: &str, date: &str) -> String {
        let mut text = format!("{before} ");
        push_date(&mut text, date, self.language);
        text
    }

    /// Name, and in brackets number, gender and birth.
    fn identity(&mut self, basic: Element<'_, '_>, extended: Option<Element<'_, '_>>) {
        let given = [basic.child_text("FirstName"), basic.child_text("MiddleName")];
        let given: Vec<&str> = given.into_iter().flatten().collect();
        let names = [basic.child_text("LastName").map(str::to_owned), {
            (!given.is_empty()).then(|| given.join(" "))
        }];
        let names: Vec<String> = names.into_iter().flatten().collect();
        let mut facts: Vec<String> = Vec::with_capacity(3);
        facts.extend(basic.child_text("SocialSecurityUser").map(str::to_owned));
        // 0 is "not known": nothing to say.
        facts.extend(match basic.child_text("Gender") {
            Some("1") => Some(self.words.sexes[0].to_owned()),
            Some("2") => Some(self.words.sexes[1].to_owned()),
            Some("0") | None => None,
            Some(other) => Some(other.to_owned()),
        });
        let birth_date = basic.child_text("BirthDate");
        let mut birth = birth_date.map(|date| self.date(self.words.born, date));
        let place = extended.and_then(|extended| {
            self.description(extended, "BirthLocation")
                .or_else(|| extended.child_text("BirthLocationCode").map(str::to_owned))
        });
        if let Some(place) = place {
            let birth = birth.get_or_insert_with(|| self.words.born.to_owned());
            birth.push(' ');
            birth.push_str(self.labels.place);
            birth.push(' ');
            birth.push_str(&place);
        }
        facts.extend(birth);
        let (name, facts) = (names.join(", "), facts.join(", "));
        self.part(&match (name.is_empty(), facts.is_empty()) {
            (false, false) => format!("{name} ({facts})"),
            (false, true) => name,
            (true, _) => facts,
        });
    }

    /// `Street 12 box 3, 4700 Town, Country`.
    fn address(&mut self, address: Element<'_, '_>) {
        let mut street = self.described(address, "Street", "StreetCode", self.labels.street);
        for (before, name) in [("", "HouseNumber"), (self.words.mail_box, "Box")] {
            let Some(value) = address.child_text(name) else {
                continue;
            };
            for word in [before, value].into_iter().filter(|word| !word.is_empty()) {
                street.push_str(if street.is_empty() { "" } else { " " });
                street.push_str(word);
            }
        }
        self.part(&street);
        let town = self.described(
            address,
            "Municipality",
            "MunicipalityCode",
            self.labels.municipality,
        );
        let postal_code = address.child_text("PostalCode").unwrap_or_default();
        self.part(format!("{postal_code} {town}").trim());
        self.country(address);
    }

    fn diplomatic_post(&mut self, post: Element<'_, '_>) {
        self.part(post.child_text("AddressPlainText").unwrap_or_default());
        self.country(post);
        if let Some(code) = post.child_text("Post") {
            self.labelled(self.labels.post, code);
        }
    }

    fn country(&mut self, holder: Element<'_, '_>) {
        let Some(code) = holder.child_text("CountryCode") else {
            return;
        };
        match codes::country(code, self.language) {
            unexplained if unexplained == code => self.labelled(self.labels.country, code),
            name => self.part(name),
        }
    }

    fn extended(&mut self, extended: Element<'_, '_>) {
        if let Some(date) = extended.child_text("DeceaseDate") {
            let died = self.date(self.labels.died, date);
            self.part(&died);
        }
        if let Some(code) = extended.child_text("CivilState") {
            match codes::civil_state(code, self.language) {
                unexplained if unexplained == code => self.labelled(self.labels.civil_state, code),
                name => self.part(name),
            }
        }
        if let Some(code) = extended.child_text("NationalityCode") {
            self.labelled(self.labels.nationality, codes::country(code, self.language));
        }
        if let Some(register) = extended.child_text("InscriptionRegister") {
            self.labelled(self.labels.register, register);
        }
    }

    /// The description of that name, or the code with a word before it.
    fn described(&self, holder: Element<'_, '_>, name: &str, code: &str, label: &str) -> String {
        self.description(holder, name)
            .or_else(|| holder.child_text(code).map(|code| format!("{label} {code}")))
            .unwrap_or_default()
    }

    /// A name that may stand there in several languages (`DescriptionType`): in the reader's own, else in all in
    /// which it differs.
    fn description(&self, holder: Element<'_, '_>, name: &str) -> Option<String> {
        let all = || {
            holder
                .elements()
                .filter(|element| element.name() == name && !element.text().is_empty())
        };
        let own = all().find(|element| element.attribute("lang") == Some(self.language.as_str()));
        if let Some(own) = own {
            return Some(own.text().to_owned());
        }
        let mut different: Vec<&str> = Vec::with_capacity(MOST_DESCRIPTIONS);
        for element in all() {
            if different.len() < MOST_DESCRIPTIONS && !different.contains(&element.text()) {
                different.push(element.text());
            }
        }
        (!different.is_empty()).then(|| different.join(" / "))
    }
}
