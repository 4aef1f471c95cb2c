//! The request of IdentifyPerson: its checks, and how it is written.
//!
//! The CBSS passes over what does not go together (phonetic criteria beside an SSIN, verification data without one);
//! whoever sends it expects otherwise, so it is refused here. What passes, the builder of the call
//! (`relay_cbss::identify_person`) takes.

use relay_domain::identify_person::{
    ByNumber, Gender, IdentifyPerson, PersonData, PhoneticCriteria, Search, Verification,
};
use relay_domain::{Language, SsinCheck};

use crate::check;
use crate::codes;
use crate::person::{birth_date, card_number, name};
use crate::read::Findings;
use crate::wire;
use crate::wire::identify_person as part;

const REQUEST: &str = "request.identifyPerson";
const SSIN: &str = "request.identifyPerson.ssin";
const PHONETIC: &str = "request.identifyPerson.phoneticCriteria";
const LAST_NAME: &str = "request.identifyPerson.phoneticCriteria.lastName";
const FIRST_NAME: &str = "request.identifyPerson.phoneticCriteria.firstName";
const MIDDLE_NAME: &str = "request.identifyPerson.phoneticCriteria.middleName";
const BIRTH_DATE: &str = "request.identifyPerson.phoneticCriteria.birthDate";
const GENDER: &str = "request.identifyPerson.phoneticCriteria.gender";
const TOLERANCE: &str = "request.identifyPerson.phoneticCriteria.tolerance";
const MAXIMUM: &str = "request.identifyPerson.phoneticCriteria.maximum";
const VERIFICATION: &str = "request.identifyPerson.verificationData";
const SIS_CARD_NUMBER: &str = "request.identifyPerson.verificationData.sisCardNumber";
const IDENTITY_CARD_NUMBER: &str = "request.identifyPerson.verificationData.identityCardNumber";
const VERIFIED_LAST_NAME: &str = "request.identifyPerson.verificationData.personData.lastName";
const VERIFIED_FIRST_NAME: &str = "request.identifyPerson.verificationData.personData.firstName";
const VERIFIED_MIDDLE_NAME: &str = "request.identifyPerson.verificationData.personData.middleName";
const VERIFIED_BIRTH_DATE: &str = "request.identifyPerson.verificationData.personData.birthDate";
const LANGUAGE: &str = "request.identifyPerson.language";

/// Checks everything. Nothing comes back where a part that must be there has no good value.
pub(crate) fn checked(
    request: &wire::IdentifyPerson,
    language: Language,
    ssin_check: SsinCheck,
    findings: &mut Findings,
) -> Option<IdentifyPerson> {
    let by_number = !request.ssin.is_empty() || findings.is_unread(SSIN);
    let by_name = request.phonetic_criteria.is_some() || findings.is_unread(PHONETIC);
    one_way(by_number, by_name, findings);
    let ssin = by_number
        .then(|| check::ssin(SSIN, &request.ssin, ssin_check, findings))
        .flatten();
    let criteria = request
        .phonetic_criteria
        .as_ref()
        .map(|criteria| phonetic_criteria(criteria, findings));
    if request.verification_data.is_some() && by_name && !by_number {
        findings.report(
            VERIFICATION,
            codes::INVALID,
            "this belongs to a search by ssin only; leave it out",
        );
    }
    let verification = request
        .verification_data
        .as_ref()
        .map(|data| verification_data(data, findings));
    let language = check::language(LANGUAGE, &request.language, language, findings);
    let search = if by_number {
        Search::Number(ByNumber {
            ssin: ssin?,
            verification: match verification {
                Some(verification) => Some(verification?),
                None => None,
            },
        })
    } else {
        Search::Phonetic(criteria??)
    };
    Some(IdentifyPerson { search, language })
}

/// By number or by name, and not both.
fn one_way(by_number: bool, by_name: bool, findings: &mut Findings) {
    match (by_number, by_name) {
        (false, false) => findings.report(
            REQUEST,
            codes::REQUIRED,
            "whom to look for is missing: either ssin or phoneticCriteria is needed",
        ),
        (true, true) => findings.report(
            PHONETIC,
            codes::INVALID,
            "a search by ssin takes no phonetic criteria: the CBSS would pass over them; leave one of the two out",
        ),
        (true, false) | (false, true) => {}
    }
}

fn phonetic_criteria(criteria: &part::PhoneticCriteria, findings: &mut Findings) -> Option<PhoneticCriteria> {
    if criteria.last_name.is_empty() {
        findings.report(LAST_NAME, codes::REQUIRED, "the last name is missing");
    }
    let last_name = name(LAST_NAME, &criteria.last_name, findings);
    let first_name = name(FIRST_NAME, &criteria.first_name, findings);
    let middle_name = name(MIDDLE_NAME, &criteria.middle_name, findings);
    let birth_date = birth_date(BIRTH_DATE, &criteria.birth_date, findings);
    let gender = gender(criteria.gender, findings);
    let tolerance = criteria.tolerance.and_then(|number| {
        let tolerance = u16::try_from(number).ok();
        if tolerance.is_none() {
            findings.report(
                TOLERANCE,
                codes::INVALID,
                "a tolerance is a number from 0 to 65535",
            );
        }
        tolerance
    });
    let maximum = maximum(criteria.maximum, findings);
    let criteria = PhoneticCriteria {
        last_name: last_name?,
        first_name,
        middle_name,
        birth_date: birth_date?,
        gender,
        tolerance,
        maximum,
    };
    if criteria.lacks_tolerance() {
        findings.report(
            TOLERANCE,
            codes::REQUIRED,
            "the tolerance is missing: an incomplete birth date needs one, in months where the day is not known, in \
             years where the month is not",
        );
    }
    Some(criteria)
}

fn gender(code: Option<u32>, findings: &mut Findings) -> Option<Gender> {
    let gender = Gender::from_code(code?);
    if gender.is_none() {
        findings.report(
            GENDER,
            codes::INVALID,
            "a gender is 0 (not known), 1 (male) or 2 (female)",
        );
    }
    gender
}

fn maximum(number: Option<u32>, findings: &mut Findings) -> Option<u8> {
    let most = PhoneticCriteria::MOST;
    let maximum = u8::try_from(number?)
        .ok()
        .filter(|number| (1..=most).contains(number));
    if maximum.is_none() {
        findings.report(
            MAXIMUM,
            codes::INVALID,
            format!("a maximum is a number from 1 to {most}"),
        );
    }
    maximum
}

fn verification_data(data: &part::VerificationData, findings: &mut Findings) -> Option<Verification> {
    const EMPTY: &part::VerificationData = &part::VerificationData {
        sis_card_number: String::new(),
        identity_card_number: String::new(),
        person_data: None,
    };
    if data == EMPTY {
        if !findings.has_unread_part(VERIFICATION) {
            findings.report(
                VERIFICATION,
                codes::REQUIRED,
                "at least one of sisCardNumber, identityCardNumber and personData is needed; or leave it out",
            );
        }
        return None;
    }
    let sis_card_number = card_number(SIS_CARD_NUMBER, &data.sis_card_number, 10, findings);
    let identity_card_number = card_number(IDENTITY_CARD_NUMBER, &data.identity_card_number, 12, findings);
    let person_data = data
        .person_data
        .as_ref()
        .map(|person| person_data(person, findings));
    Some(Verification {
        sis_card_number,
        identity_card_number,
        person_data: person_data.flatten(),
    })
}

fn person_data(person: &part::PersonData, findings: &mut Findings) -> Option<PersonData> {
    if person.last_name.is_empty() {
        findings.report(VERIFIED_LAST_NAME, codes::REQUIRED, "the last name is missing");
    }
    let last_name = name(VERIFIED_LAST_NAME, &person.last_name, findings);
    let first_name = name(VERIFIED_FIRST_NAME, &person.first_name, findings);
    let middle_name = name(VERIFIED_MIDDLE_NAME, &person.middle_name, findings);
    let birth_date = birth_date(VERIFIED_BIRTH_DATE, &person.birth_date, findings);
    Some(PersonData {
        last_name: last_name?,
        first_name,
        middle_name,
        birth_date: birth_date?,
    })
}

/// Writes a request.
pub(crate) fn to_wire(request: &IdentifyPerson) -> wire::IdentifyPerson {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let person = |person: &PersonData| part::PersonData {
        last_name: person.last_name.clone(),
        first_name: text(&person.first_name),
        middle_name: text(&person.middle_name),
        birth_date: person.birth_date.to_string(),
    };
    let mut message = wire::IdentifyPerson {
        ssin: String::new(),
        phonetic_criteria: None,
        verification_data: None,
        language: request.language.as_str().to_owned(),
    };
    match &request.search {
        Search::Number(ByNumber { ssin, verification }) => {
            ssin.digits().clone_into(&mut message.ssin);
            message.verification_data = verification.as_ref().map(|data| part::VerificationData {
                sis_card_number: text(&data.sis_card_number),
                identity_card_number: text(&data.identity_card_number),
                person_data: data.person_data.as_ref().map(person),
            });
        }
        Search::Phonetic(criteria) => {
            message.phonetic_criteria = Some(part::PhoneticCriteria {
                last_name: criteria.last_name.clone(),
                first_name: text(&criteria.first_name),
                middle_name: text(&criteria.middle_name),
                birth_date: criteria.birth_date.to_string(),
                gender: criteria.gender.map(|gender| u32::from(gender.code())),
                tolerance: criteria.tolerance.map(u32::from),
                maximum: criteria.maximum.map(u32::from),
            });
        }
    }
    message
}
