//! The service's own part of a reply.

use std::fmt::Write as _;

use super::{IDENTIFY_PERSON, Told};
use crate::population::{Person, Population, Standing};
use crate::register::{Coded, Facts, Home, Language};
use crate::soap::{escape_into, text_element};

/// As RetrieveTIGroups has it.
const DAY_OF_DEATH: &str = "2098-11-02";

/// The people, if there are any.
pub(super) fn content(population: &Population, told: &[Told<'_>]) -> String {
    let mut out = String::with_capacity(256 + 1024 * told.len());
    let _ = write!(out, "<i:IdentifyPersonReply xmlns:i=\"{IDENTIFY_PERSON}\">");
    if !told.is_empty() {
        out.push_str("<i:SearchResults>");
        for told in told {
            let facts = Facts::of(population, told.person);
            // Who had a number of the CBSS's own register is known from there.
            let origin = match told.person.former_ssin {
                None => "RN_RR",
                Some(_) => "BCSS_KSZ",
            };
            let _ = write!(out, "<i:LimitedLegalData origin=\"{origin}\">");
            basic(told.person, &facts, &mut out);
            if told.extended {
                extended(told.person, &facts, &mut out);
            }
            out.push_str("</i:LimitedLegalData>");
        }
        out.push_str("</i:SearchResults>");
    }
    out.push_str("</i:IdentifyPersonReply>");
    out
}

fn basic(person: &Person, facts: &Facts, out: &mut String) {
    out.push_str("<i:Basic>");
    text_element("i:SocialSecurityUser", &person.ssin.to_string(), out);
    text_element("i:LastName", person.last_name, out);
    if let Some((first, others)) = person.first_names.split_first() {
        text_element("i:FirstName", first, out);
        if !others.is_empty() {
            text_element("i:MiddleName", &others.join(" "), out);
        }
    }
    text_element("i:BirthDate", &person.born.to_string(), out);
    text_element("i:Gender", person.sex.digit(), out);
    match &facts.home {
        Some(Home::Here {
            municipality,
            postal_code,
            street_code,
            street,
            house_number,
            mail_box,
        }) => {
            out.push_str("<i:Address>");
            text_element("i:CountryCode", "150", out);
            text_element("i:MunicipalityCode", municipality.code, out);
            descriptions("i:Municipality", municipality, out);
            text_element("i:PostalCode", postal_code, out);
            optional("i:StreetCode", street_code.as_deref(), out);
            text_element("i:Street", street, out);
            text_element("i:HouseNumber", house_number, out);
            optional("i:Box", mail_box.as_deref(), out);
            out.push_str("</i:Address>");
        }
        Some(Home::Abroad { country, post, lines }) => {
            out.push_str("<i:DiplomaticPost>");
            text_element("i:CountryCode", country.code, out);
            text_element("i:Post", post.code, out);
            text_element("i:AddressPlainText", lines, out);
            out.push_str("</i:DiplomaticPost>");
        }
        None => {}
    }
    out.push_str("</i:Basic>");
}

fn extended(person: &Person, facts: &Facts, out: &mut String) {
    out.push_str("<i:Extended>");
    let code = |coded: Option<&'static Coded>| coded.map(|coded| coded.code);
    optional("i:CivilState", code(facts.civil_state), out);
    optional("i:BirthLocationCode", code(facts.birth_place), out);
    if let Some(place) = facts.birth_place {
        descriptions("i:BirthLocation", place, out);
    }
    if person.standing == Standing::Deceased {
        text_element("i:DeceaseDate", DAY_OF_DEATH, out);
    }
    optional("i:InscriptionRegister", code(facts.register), out);
    optional("i:NationalityCode", code(facts.nationality), out);
    out.push_str("</i:Extended>");
}

fn optional(name: &str, text: Option<&str>, out: &mut String) {
    if let Some(text) = text {
        text_element(name, text, out);
    }
}

/// The name in each language.
fn descriptions(name: &str, coded: &Coded, out: &mut String) {
    for language in [Language::Nl, Language::Fr, Language::De] {
        let _ = write!(out, "<{name} lang=\"{}\">", language.code());
        escape_into(coded.label(language), out);
        let _ = write!(out, "</{name}>");
    }
}
