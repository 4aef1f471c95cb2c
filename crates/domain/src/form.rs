//! Forms: requests whose parts are declared in a table instead of types.
//!
//! The decision forms of Loi65 have some 150 fields in three trees, UnemploymentData has seven operations that differ in
//! little: one table a service ([`operations`]) says which parts there are, how often, what they hold, what they are
//! called in messages and in the schema. The message contract checks along it what arrives, `relay-cbss` builds along it
//! what is sent, and checks again. See `docs/adr/0017-forms.md`.

#[macro_use]
mod macros;
mod health_care_insurance;
mod holds;
mod loi65;
pub mod sample;
mod unemployment_data;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::health_care_insurance::LEGAL_CONTEXTS as INSURANCE_LEGAL_CONTEXTS;
pub use self::holds::{Holds, Misfit, MisfitKind, Simple};
use crate::language::Language;
use crate::service::Service;
use crate::ssin::{Ssin, SsinCheck};

/// What a service is asked by one of its operations.
#[derive(Debug)]
pub struct Operation {
    /// The name in messages; empty where the service has one operation only.
    pub name: &'static str,
    /// What is in it, beside what the caller's context says.
    pub content: Group,
}

/// Parts that belong together.
#[derive(Debug)]
pub struct Group {
    /// In the order of the schema.
    pub parts: &'static [Part],
    /// What holds among them.
    pub rules: &'static [Rule],
}

/// One part of a request.
#[derive(Debug)]
pub struct Part {
    /// The element in the schema, with the prefix of its namespace where there are several; `@` before an attribute; `.`
    /// for the text of the element around it.
    pub element: &'static str,
    /// What it is called in messages; empty where it has no place of its own there: its parts stand in its stead.
    pub name: &'static str,
    /// How often it is there at least.
    pub least: u8,
    /// How often at most.
    pub most: u8,
    /// What it holds.
    pub holds: Holds,
}

/// What holds among the parts of a group; parts by their names in messages.
#[derive(Debug)]
pub enum Rule {
    /// One of these is there, or more.
    SomeOf(&'static [&'static str]),
    /// One of these flags is true, or more.
    SomeTrue(&'static [&'static str]),
    /// The second day is not before the first.
    InOrder(&'static str, &'static str),
}

/// A part that is given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Given {
    /// Which part, by its name in messages.
    pub name: String,
    /// What it says.
    pub value: GivenValue,
}

/// What a given part says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GivenValue {
    /// A value in the schema's notation (of flags `true` and `false`).
    Text(String),
    /// Parts, in the table's order.
    Parts(Vec<Given>),
}

/// A request to a service with a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Form {
    service: Service,
    operation: String,
    parts: Vec<Given>,
    language: Language,
    /// The first number in it.
    person: Option<Ssin>,
}

impl Form {
    /// A form with these parts. What the table does not allow is for its reader to refuse: whoever checks messages,
    /// whoever builds what is sent.
    #[must_use]
    pub fn new(service: Service, operation: &str, parts: Vec<Given>, language: Language) -> Self {
        let content = find(service, operation).map(|operation| &operation.content);
        let person = content.and_then(|content| first_ssin(content, &parts));
        Self {
            service,
            operation: operation.to_owned(),
            parts,
            language,
            person,
        }
    }

    /// To which service.
    #[must_use]
    pub fn service(&self) -> Service {
        self.service
    }

    /// By which operation; empty where there is one only.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The parts.
    #[must_use]
    pub fn parts(&self) -> &[Given] {
        &self.parts
    }

    /// The language of the text that a person reads.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The person it is about: the first number in it, in the table's order.
    #[must_use]
    pub fn person(&self) -> Option<&Ssin> {
        self.person.as_ref()
    }

    /// Its part of [`crate::Submission::fingerprint_material`].
    pub(crate) fn fingerprint_parts(&self, part: &mut impl FnMut(&[u8])) {
        fn each(parts: &[Given], part: &mut impl FnMut(&[u8])) {
            part(&(parts.len() as u64).to_be_bytes());
            for given in parts {
                part(given.name.as_bytes());
                match &given.value {
                    GivenValue::Text(text) => {
                        part(b"text");
                        part(text.as_bytes());
                    }
                    GivenValue::Parts(parts) => {
                        part(b"parts");
                        each(parts, part);
                    }
                }
            }
        }
        part(self.operation.as_bytes());
        each(&self.parts, part);
        part(self.language.as_str().as_bytes());
    }
}

impl fmt::Debug for Given {
    /// What it says is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(…)", self.name)
    }
}

impl fmt::Debug for GivenValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenValue(…)")
    }
}

impl Group {
    /// The parts as messages have them: those of parts without a name in their stead, nothing that the context says.
    #[must_use]
    pub fn parts_in_message(&self) -> Vec<&'static Part> {
        let mut found = Vec::new();
        for part in self.parts {
            match &part.holds {
                Holds::Group(inner) if part.name.is_empty() => found.extend(inner.parts_in_message()),
                Holds::OwnNumber => {}
                Holds::Group(_) | Holds::Value(_) => found.push(part),
            }
        }
        found
    }
}

impl Part {
    /// What is expected, for people.
    #[must_use]
    pub fn expected(&self) -> &'static str {
        match &self.holds {
            Holds::Value(simple) => simple.expected(),
            Holds::Group(_) => "an object",
            Holds::OwnNumber => "nothing",
        }
    }

    /// Given parts of this name.
    pub fn given<'g>(&self, parts: &'g [Given]) -> impl Iterator<Item = &'g GivenValue> + use<'g> {
        let name = self.name;
        parts
            .iter()
            .filter(move |given| given.name == name)
            .map(|given| &given.value)
    }

    /// Is it a list in messages?
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.most > 1
    }
}

/// The operations of a service that has a table.
#[must_use]
pub fn operations(service: Service) -> Option<&'static [Operation]> {
    match service {
        Service::Loi65Ab => Some(&loi65::AB),
        Service::Loi65C => Some(&loi65::C),
        Service::Loi65Df => Some(&loi65::DF),
        Service::HealthCareInsurance => Some(&health_care_insurance::OPERATIONS),
        Service::UnemploymentData => Some(&unemployment_data::OPERATIONS),
        Service::RetrieveTiGroups
        | Service::ManageAccess
        | Service::IdentifyPerson
        | Service::PerformInvestigation
        | Service::TestConnection => None,
    }
}

/// The operation of that name.
#[must_use]
pub fn find(service: Service, operation: &str) -> Option<&'static Operation> {
    operations(service)?
        .iter()
        .find(|candidate| candidate.name == operation)
}

/// A part that is there once.
const fn one(element: &'static str, name: &'static str, holds: Holds) -> Part {
    list(element, name, 1, 1, holds)
}

/// A part that may be there.
const fn optional(element: &'static str, name: &'static str, holds: Holds) -> Part {
    list(element, name, 0, 1, holds)
}

/// A part that is there so often.
const fn list(element: &'static str, name: &'static str, least: u8, most: u8, holds: Holds) -> Part {
    Part {
        element,
        name,
        least,
        most,
        holds,
    }
}

fn first_ssin(group: &Group, given: &[Given]) -> Option<Ssin> {
    group.parts_in_message().into_iter().find_map(|part| {
        part.given(given).find_map(|value| match (&part.holds, value) {
            (Holds::Value(Simple::Ssin), GivenValue::Text(text)) => Ssin::parse(text, SsinCheck::Warn).ok(),
            (Holds::Group(inner), GivenValue::Parts(parts)) => first_ssin(inner, parts),
            (Holds::Value(_) | Holds::Group(_) | Holds::OwnNumber, _) => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, value: &str) -> Given {
        Given {
            name: name.to_owned(),
            value: GivenValue::Text(value.to_owned()),
        }
    }

    #[test]
    fn the_person_is_the_first_number_in_it() {
        let form = Form::new(
            Service::HealthCareInsurance,
            "consultMAF",
            vec![text("ssin", "80010100136")],
            Language::Fr,
        );
        assert_eq!(form.person().map(Ssin::digits), Some("80010100136"));
        let cancelled = Given {
            name: "cancellationFormsC".to_owned(),
            value: GivenValue::Parts(vec![text("ssin", "80010100136")]),
        };
        let form = Form::new(
            Service::Loi65C,
            "",
            vec![text("fileId", "file"), cancelled],
            Language::Fr,
        );
        assert_eq!(form.person().map(Ssin::digits), Some("80010100136"));
        assert!(!format!("{form:?}").contains("80010100136"));
    }

    /// Names are unique where they meet, counts make sense, rules name parts that are there.
    #[test]
    fn the_tables_hold_together() {
        fn names(group: &'static Group) -> Vec<&'static str> {
            let parts = group.parts_in_message();
            for part in &parts {
                assert!(part.least <= part.most && part.most > 0, "{}", part.element);
                if let Holds::Group(inner) = &part.holds {
                    names(inner);
                }
            }
            // Nobody looks at them otherwise.
            for part in group.parts.iter().filter(|part| part.name.is_empty()) {
                if let Holds::Group(inner) = &part.holds {
                    assert!(inner.rules.is_empty(), "{}", part.element);
                }
            }
            let found: Vec<_> = parts.iter().map(|part| part.name).collect();
            let mut unique = found.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), found.len(), "{found:?}");
            for rule in group.rules {
                let named: &[&str] = match rule {
                    Rule::SomeOf(names) | Rule::SomeTrue(names) => names,
                    Rule::InOrder(first, second) => &[first, second],
                };
                assert!(named.iter().all(|name| found.contains(name)), "{named:?}");
            }
            found
        }
        for service in Service::ALL {
            for operation in operations(service).unwrap_or_default() {
                assert!(!names(&operation.content).contains(&"operation"));
            }
        }
    }
}
