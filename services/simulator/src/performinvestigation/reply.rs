//! The service's own part of a reply.

use std::fmt::Write as _;

use super::request::Request;
use super::{PERFORM_INVESTIGATION, PERSON};
use crate::population::{Person, Population, Role};
use crate::register::{Coded, Facts, Home, Language, Stay};
use crate::soap::{escape_into, text_element};

/// All that is asked of the people who are told of.
pub(super) fn content(population: &Population, request: &Request, told: &[(&Person, Facts)]) -> String {
    let mut out = String::with_capacity(1024 + 2048 * told.len());
    let _ = write!(
        out,
        "<v:PerformInvestigationReply xmlns:v=\"{PERFORM_INVESTIGATION}\" xmlns:p=\"{PERSON}\">"
    );
    text_element("v:SocialSecurityUser", &request.ssin, &mut out);
    out.push_str("<v:DataGroups>");
    let groups = request.groups;
    if groups.family_composition {
        out.push_str("<v:FamilyCompositionGroup><v:FamilyComposition origin=\"RN_RR\">");
        for (person, _) in told {
            member(population, person, &mut out);
        }
        out.push_str("</v:FamilyComposition></v:FamilyCompositionGroup>");
    }
    if groups.citizen {
        out.push_str("<v:CitizenGroup>");
        for (person, facts) in told {
            citizen(person, facts, &mut out);
        }
        out.push_str("</v:CitizenGroup>");
    }
    if groups.address_history {
        out.push_str("<v:AddressHistoryGroup>");
        for (person, facts) in told {
            addresses(person, facts, &mut out);
        }
        out.push_str("</v:AddressHistoryGroup>");
    }
    if groups.wait_register {
        waiting(told, &mut out);
    }
    out.push_str("</v:DataGroups></v:PerformInvestigationReply>");
    out
}

fn member(population: &Population, person: &Person, out: &mut String) {
    out.push_str("<v:FamilyMember>");
    text_element("v:SocialSecurityUser", &person.ssin.to_string(), out);
    let place = match person.role {
        Role::Head => "1",
        Role::Partner => "2",
        Role::Child => "3",
    };
    text_element("v:RelationShip", place, out);
    let settled = population.household(person).settled;
    text_element("v:EntryDate", &settled.max(person.born).to_string(), out);
    out.push_str("</v:FamilyMember>");
}

fn citizen(person: &Person, facts: &Facts, out: &mut String) {
    out.push_str("<p:Citizen origin=\"RN_RR\">");
    text_element("p:SocialSecurityUser", &person.ssin.to_string(), out);
    if let Some(register) = facts.register {
        text_element("p:InscriptionRegister", register.code, out);
    }
    out.push_str("<p:LegalData><p:Name>");
    text_element("p:LastName", person.last_name, out);
    if let Some((first, others)) = person.first_names.split_first() {
        if !others.is_empty() {
            text_element("p:MiddleName", &others.join(" "), out);
        }
        text_element("p:FirstName", first, out);
    }
    out.push_str("</p:Name>");
    text_element("p:Gender", person.sex.digit(), out);
    out.push_str("<p:Birth>");
    text_element("p:Date", &person.born.to_string(), out);
    if let Some(place) = facts.birth_place {
        out.push_str("<p:Location>");
        location(place, out);
        out.push_str("</p:Location>");
    }
    out.push_str("</p:Birth>");
    if let Some(state) = facts.civil_state {
        out.push_str("<p:CivilState>");
        text_element("p:Code", state.code, out);
        out.push_str("</p:CivilState>");
    }
    if let Some(home) = &facts.home {
        out.push_str("<p:AddressInformation><p:LegalAddress>");
        match home {
            Home::Here {
                municipality,
                postal_code,
                street,
                house_number,
                mail_box,
                ..
            } => {
                out.push_str("<p:StandardAddress>");
                standard(
                    (
                        Some(*municipality),
                        postal_code,
                        street,
                        house_number,
                        mail_box.as_deref(),
                    ),
                    out,
                );
                out.push_str("</p:StandardAddress>");
            }
            Home::Abroad { country, lines, .. } => {
                out.push_str("<p:DiplomaticPostAddress><p:Country>");
                location(country, out);
                out.push_str("</p:Country>");
                let lines: String = lines.chars().take(100).collect();
                text_element("p:Address", &lines, out);
                out.push_str("</p:DiplomaticPostAddress>");
            }
        }
        out.push_str("</p:LegalAddress></p:AddressInformation>");
    }
    if let Some(nationality) = facts.nationality {
        out.push_str("<p:Nationality>");
        location(nationality, out);
        out.push_str("</p:Nationality>");
    }
    out.push_str("</p:LegalData></p:Citizen>");
}

fn addresses(person: &Person, facts: &Facts, out: &mut String) {
    out.push_str("<v:AddressHistory>");
    text_element("v:SocialSecurityUser", &person.ssin.to_string(), out);
    if !facts.stays.is_empty() {
        out.push_str("<v:LegalAddresses>");
        for (place, stay) in facts.stays.iter().enumerate() {
            let Stay {
                since,
                postal_code,
                street,
                house_number,
                mail_box,
            } = stay;
            let _ = write!(
                out,
                "<v:StandardAddress origin=\"RN_RR\" modificationDate=\"{since}\">"
            );
            // Of earlier municipalities the file says the postal code only.
            let municipality = match &facts.home {
                Some(Home::Here { municipality, .. }) if place == 0 => Some(*municipality),
                _ => None,
            };
            standard(
                (
                    municipality,
                    postal_code,
                    street,
                    house_number,
                    mail_box.as_deref(),
                ),
                out,
            );
            out.push_str("</v:StandardAddress>");
        }
        out.push_str("</v:LegalAddresses>");
    }
    out.push_str("</v:AddressHistory>");
}

/// The content of a `StandardAddressType` in this country.
fn standard(
    (municipality, postal_code, street, house_number, mail_box): (
        Option<&Coded>,
        &str,
        &str,
        &str,
        Option<&str>,
    ),
    out: &mut String,
) {
    out.push_str("<p:Country><p:Code>150</p:Code></p:Country><p:Municipality>");
    if let Some(municipality) = municipality {
        location(municipality, out);
    }
    text_element("p:PostalCode", postal_code, out);
    out.push_str("</p:Municipality><p:Street><p:Description>");
    escape_into(street, out);
    out.push_str("</p:Description></p:Street>");
    text_element("p:HouseNumber", house_number, out);
    if let Some(mail_box) = mail_box {
        text_element("p:Box", mail_box, out);
    }
}

fn waiting(told: &[(&Person, Facts)], out: &mut String) {
    let waiting: Vec<_> = told
        .iter()
        .filter_map(|(person, facts)| facts.refugee.as_ref().map(|refugee| (person, refugee)))
        .collect();
    if waiting.is_empty() {
        return;
    }
    out.push_str("<v:WaitRegisterGroup>");
    for (person, refugee) in waiting {
        out.push_str("<v:WaitRegister>");
        text_element("v:SocialSecurityUser", &person.ssin.to_string(), out);
        out.push_str("<v:RefugeeSituationH205><v:RefugeeSituation>");
        text_element("v:demandDate", &refugee.asked.to_string(), out);
        out.push_str("</v:RefugeeSituation></v:RefugeeSituationH205>");
        if let Some(since) = refugee.status {
            out.push_str("<v:RefugeeAdministriveFileH206><v:RefugeeAdministrativeFile>");
            text_element("v:administrativeSituationDate", &since.to_string(), out);
            out.push_str("</v:RefugeeAdministrativeFile></v:RefugeeAdministriveFileH206>");
        }
        out.push_str("</v:WaitRegister>");
    }
    out.push_str("</v:WaitRegisterGroup>");
}

/// The content of a `LocationType`, where the code is one of the register's (NIS, at most five digits).
fn location(coded: &Coded, out: &mut String) {
    text_element("p:Code", coded.code, out);
    for language in [Language::Nl, Language::Fr, Language::De] {
        let _ = write!(out, "<p:Description lang=\"{}\">", language.code());
        escape_into(coded.label(language), out);
        out.push_str("</p:Description>");
    }
}
