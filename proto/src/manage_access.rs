//! The request of ManageAccess: its checks, and how it is written.
//!
//! What passes here, the builder of the call (`relay_cbss::manage_access`) takes: a mistake is told to the sender
//! at once and not found when the job's turn comes.

use relay_domain::manage_access::{AccessAction, ManageAccess, PersonData, Proof, QueryRegister};
use relay_domain::{IncompleteDate, Language};
use time::{Date, Month};

use crate::check;
use crate::codes;
use crate::person::{birth_date, card_number, name};
use crate::read::Findings;
use crate::submission::CheckContext;
use crate::wire;
use crate::wire::manage_access as part;

const SSIN: &str = "request.manageAccess.ssin";
const ACTION: &str = "request.manageAccess.action";
const PURPOSE: &str = "request.manageAccess.purpose";
const START_DATE: &str = "request.manageAccess.period.startDate";
const END_DATE: &str = "request.manageAccess.period.endDate";
const SECTOR: &str = "request.manageAccess.sector";
const QUERY_REGISTER: &str = "request.manageAccess.queryRegister";
const PROOF: &str = "request.manageAccess.proofOfAuthentication";
const SIS_CARD_NUMBER: &str = "request.manageAccess.proofOfAuthentication.sisCardNumber";
const IDENTITY_CARD_NUMBER: &str = "request.manageAccess.proofOfAuthentication.identityCardNumber";
const LAST_NAME: &str = "request.manageAccess.proofOfAuthentication.personData.lastName";
const FIRST_NAME: &str = "request.manageAccess.proofOfAuthentication.personData.firstName";
const BIRTH_DATE: &str = "request.manageAccess.proofOfAuthentication.personData.birthDate";
const LANGUAGE: &str = "request.manageAccess.language";

/// Quality codes have up to three digits.
const HIGHEST_PURPOSE: u16 = 999;

/// Checks everything. Nothing comes back where a part that must be there has no good value.
pub(crate) fn checked(
    request: &wire::ManageAccess,
    language: Language,
    context: &CheckContext<'_>,
    findings: &mut Findings,
) -> Option<ManageAccess> {
    let ssin = check::ssin(SSIN, &request.ssin, context.ssin_check, findings);
    let action = action(&request.action, findings);
    let purpose = purpose(request.purpose, action, findings);
    let period = period(request.period.as_ref(), findings);
    let sector = sector(request.sector, action, findings);
    let query_register = query_register(&request.query_register, action, findings);
    if purpose.is_some_and(|purpose| !(context.has_purpose)(sector, purpose)) {
        findings.report(
            PURPOSE,
            codes::UNKNOWN_PURPOSE,
            "the sector has no such purpose (`relayctl catalogue purposes` lists them)",
        );
    }
    let proof = proof(request.proof_of_authentication.as_ref(), findings);
    let language = check::language(LANGUAGE, &request.language, language, findings);
    let (start_date, end_date) = period?;
    Some(ManageAccess {
        ssin: ssin?,
        action: action?,
        purpose,
        start_date,
        end_date,
        sector,
        query_register,
        proof: proof?,
        language,
    })
}

fn action(word: &str, findings: &mut Findings) -> Option<AccessAction> {
    let action = AccessAction::from_name(word);
    if word.is_empty() {
        findings.report(ACTION, codes::REQUIRED, "the action is missing");
    } else if action.is_none() {
        findings.report(
            ACTION,
            codes::INVALID,
            "an action is REGISTER, UNREGISTER or LIST, in capitals",
        );
    }
    action
}

fn purpose(number: Option<u32>, action: Option<AccessAction>, findings: &mut Findings) -> Option<u16> {
    let Some(number) = number else {
        match action {
            Some(AccessAction::Register | AccessAction::Unregister) => findings.report(
                PURPOSE,
                codes::REQUIRED,
                "the purpose is missing: it is needed to register and to unregister",
            ),
            Some(AccessAction::List) | None => {}
        }
        return None;
    };
    let purpose = u16::try_from(number)
        .ok()
        .filter(|number| *number <= HIGHEST_PURPOSE);
    if purpose.is_none() {
        findings.report(
            PURPOSE,
            codes::INVALID,
            format!("a purpose is a number from 0 to {HIGHEST_PURPOSE}"),
        );
    }
    purpose
}

fn period(
    period: Option<&part::Period>,
    findings: &mut Findings,
) -> Option<(IncompleteDate, Option<IncompleteDate>)> {
    let (start, end) = period.map_or(("", ""), |period| (&period.start_date, &period.end_date));
    let start_date = day(START_DATE, start, findings);
    if start.is_empty() {
        findings.report(START_DATE, codes::REQUIRED, "the first day is missing");
    }
    let end_date = day(END_DATE, end, findings);
    if start_date.zip(end_date).is_some_and(|(start, end)| end < start) {
        findings.report(END_DATE, codes::INVALID, "the last day is before the first");
    }
    Some((start_date?, end_date))
}

/// A day of the calendar (`xs:date`); an empty text is none.
fn day(path: &str, text: &str, findings: &mut Findings) -> Option<IncompleteDate> {
    let date = text.parse().ok().filter(|date| is_day(*date));
    if date.is_none() && !text.is_empty() {
        findings.report(
            path,
            codes::INVALID,
            "this is a complete date that exists, written YYYY-MM-DD",
        );
    }
    date
}

fn is_day(date: IncompleteDate) -> bool {
    let (Some(month), Some(day)) = (date.month(), date.day()) else {
        return false;
    };
    let day =
        Month::try_from(month).and_then(|month| Date::from_calendar_date(i32::from(date.year()), month, day));
    day.is_ok_and(|day| day.year() > 0)
}

fn sector(number: Option<u32>, action: Option<AccessAction>, findings: &mut Findings) -> Option<u16> {
    let number = number?;
    only_to_list(SECTOR, action, findings);
    let sector = u16::try_from(number).ok();
    if sector.is_none() {
        findings.report(SECTOR, codes::INVALID, "a sector is a number from 0 to 65535");
    }
    sector
}

fn query_register(
    word: &str,
    action: Option<AccessAction>,
    findings: &mut Findings,
) -> Option<QueryRegister> {
    if word.is_empty() {
        return None;
    }
    only_to_list(QUERY_REGISTER, action, findings);
    let register = QueryRegister::from_name(word);
    if register.is_none() {
        findings.report(
            QUERY_REGISTER,
            codes::INVALID,
            "a register is PRIMARY, SECONDARY or ALL, in capitals",
        );
    }
    register
}

/// The CBSS passes over what belongs to a list when something is to be changed; who sends it expects otherwise.
fn only_to_list(path: &str, action: Option<AccessAction>, findings: &mut Findings) {
    match action {
        Some(AccessAction::Register | AccessAction::Unregister) => {
            findings.report(
                path,
                codes::INVALID,
                "this belongs to the action LIST only; leave it out",
            );
        }
        Some(AccessAction::List) | None => {}
    }
}

fn proof(proof: Option<&part::ProofOfAuthentication>, findings: &mut Findings) -> Option<Proof> {
    const EMPTY: &part::ProofOfAuthentication = &part::ProofOfAuthentication {
        sis_card_number: String::new(),
        identity_card_number: String::new(),
        person_data: None,
    };
    let proof = proof.unwrap_or(EMPTY);
    if proof == EMPTY {
        if !findings.has_unread_part(PROOF) {
            findings.report(
                PROOF,
                codes::REQUIRED,
                "at least one of sisCardNumber, identityCardNumber and personData is needed",
            );
        }
        return None;
    }
    let sis_card_number = card_number(SIS_CARD_NUMBER, &proof.sis_card_number, 10, findings);
    let identity_card_number = card_number(IDENTITY_CARD_NUMBER, &proof.identity_card_number, 12, findings);
    let person_data = proof
        .person_data
        .as_ref()
        .map(|person| person_data(person, findings));
    Some(Proof {
        sis_card_number,
        identity_card_number,
        person_data: person_data.flatten(),
    })
}

fn person_data(person: &part::PersonData, findings: &mut Findings) -> Option<PersonData> {
    if person.last_name.is_empty() {
        findings.report(LAST_NAME, codes::REQUIRED, "the last name is missing");
    }
    let last_name = name(LAST_NAME, &person.last_name, findings);
    let first_name = name(FIRST_NAME, &person.first_name, findings);
    let birth_date = birth_date(BIRTH_DATE, &person.birth_date, findings);
    Some(PersonData {
        last_name: last_name?,
        first_name,
        birth_date: birth_date?,
    })
}

/// Writes a request.
pub(crate) fn to_wire(request: &ManageAccess) -> wire::ManageAccess {
    let proof = &request.proof;
    let person = |person: &PersonData| part::PersonData {
        last_name: person.last_name.clone(),
        first_name: person.first_name.clone().unwrap_or_default(),
        birth_date: person.birth_date.to_string(),
    };
    wire::ManageAccess {
        ssin: request.ssin.digits().to_owned(),
        action: request.action.as_str().to_owned(),
        purpose: request.purpose.map(u32::from),
        period: Some(part::Period {
            start_date: request.start_date.to_string(),
            end_date: request.end_date.map(|date| date.to_string()).unwrap_or_default(),
        }),
        sector: request.sector.map(u32::from),
        query_register: request
            .query_register
            .map_or("", QueryRegister::as_str)
            .to_owned(),
        proof_of_authentication: Some(part::ProofOfAuthentication {
            sis_card_number: proof.sis_card_number.clone().unwrap_or_default(),
            identity_card_number: proof.identity_card_number.clone().unwrap_or_default(),
            person_data: proof.person_data.as_ref().map(person),
        }),
        language: request.language.as_str().to_owned(),
    }
}
