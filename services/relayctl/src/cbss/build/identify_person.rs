//! The request message of IdentifyPerson.

use relay_cbss::{BuildError, ClassicContext, PreparedCall, identify_person};
use relay_domain::identify_person::{
    ByNumber, Gender, IdentifyPerson, PersonData, PhoneticCriteria, Search, Verification,
};
use relay_domain::{Language, Ssin, SsinCheck};
use serde::Deserialize;

use super::classic::{Errors, Message, Places};

/// The JSON of the request message: shaped like the message, values unchecked as yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RequestJson {
    ssin: Option<String>,
    phonetic_criteria: Option<CriteriaJson>,
    verification_data: Option<VerificationJson>,
    language: Option<Language>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CriteriaJson {
    last_name: String,
    first_name: Option<String>,
    middle_name: Option<String>,
    birth_date: String,
    gender: Option<u32>,
    tolerance: Option<u16>,
    maximum: Option<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct VerificationJson {
    sis_card_number: Option<String>,
    identity_card_number: Option<String>,
    person_data: Option<PersonDataJson>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PersonDataJson {
    last_name: String,
    first_name: Option<String>,
    middle_name: Option<String>,
    birth_date: String,
}

const CRITERIA: Places = &[
    ("LastName", "phoneticCriteria.lastName"),
    ("FirstName", "phoneticCriteria.firstName"),
    ("MiddleName", "phoneticCriteria.middleName"),
    ("BirthDate", "phoneticCriteria.birthDate"),
    ("Tolerance", "phoneticCriteria.tolerance"),
    ("Maximum", "phoneticCriteria.maximum"),
];

const VERIFICATION: Places = &[
    ("VerificationData", "verificationData"),
    ("SISCardNumber", "verificationData.sisCardNumber"),
    ("IdentityCardNumber", "verificationData.identityCardNumber"),
    ("LastName", "verificationData.personData.lastName"),
    ("FirstName", "verificationData.personData.firstName"),
    ("MiddleName", "verificationData.personData.middleName"),
    ("BirthDate", "verificationData.personData.birthDate"),
];

impl Message for RequestJson {
    type Request = IdentifyPerson;

    fn check(self, check: SsinCheck, default_language: Language, errors: &mut Errors) -> IdentifyPerson {
        let language = self.language.unwrap_or(default_language);
        let ssin = given(self.ssin).map(|ssin| errors.ssin(&ssin, check));
        let by_name = self.phonetic_criteria.is_some();
        match (&ssin, by_name) {
            (None, false) => errors.push(
                "ssin",
                "whom to look for is missing: this or phoneticCriteria is needed",
            ),
            (Some(_), true) => errors.push(
                "phoneticCriteria",
                "a search by ssin takes none: the CBSS would pass over them",
            ),
            (None, true) | (Some(_), false) => {}
        }
        if ssin.is_none() && by_name && self.verification_data.is_some() {
            errors.push("verificationData", "this belongs to a search by ssin only");
        }
        // Checked also where it is one thing too many.
        let verification = self.verification_data.map(|json| json.verification(errors));
        let criteria = self.phonetic_criteria.map(|json| json.criteria(errors));
        let as_request = |search| IdentifyPerson { search, language };
        let number = as_request(Search::Number(ByNumber {
            ssin: ssin.unwrap_or_else(|| errors.ssin("00000000000", SsinCheck::Warn)),
            verification,
        }));
        errors.extend(&identify_person::problems(&number), VERIFICATION);
        match criteria {
            Some(criteria) => {
                let name = as_request(Search::Phonetic(criteria));
                errors.extend(&identify_person::problems(&name), CRITERIA);
                name
            }
            None => number,
        }
    }

    fn ssin(request: &IdentifyPerson) -> Option<&Ssin> {
        request.ssin()
    }

    fn inner(request: &IdentifyPerson, _: &str, context: &ClassicContext<'_>) -> Result<String, BuildError> {
        identify_person::build_inner(request, context)
    }

    fn call(
        request: &IdentifyPerson,
        _: &str,
        context: &ClassicContext<'_>,
    ) -> Result<PreparedCall, BuildError> {
        identify_person::build(request, context)
    }
}

impl CriteriaJson {
    fn criteria(self, errors: &mut Errors) -> PhoneticCriteria {
        let gender = self.gender.and_then(|code| {
            let gender = Gender::from_code(code);
            if gender.is_none() {
                errors.push("phoneticCriteria.gender", "expected 0, 1 or 2");
            }
            gender
        });
        PhoneticCriteria {
            last_name: self.last_name,
            first_name: given(self.first_name),
            middle_name: given(self.middle_name),
            birth_date: errors.date("phoneticCriteria.birthDate", &self.birth_date),
            gender,
            tolerance: self.tolerance,
            maximum: self.maximum,
        }
    }
}

impl VerificationJson {
    fn verification(self, errors: &mut Errors) -> Verification {
        Verification {
            sis_card_number: given(self.sis_card_number),
            identity_card_number: given(self.identity_card_number),
            person_data: self.person_data.map(|person| PersonData {
                last_name: person.last_name,
                first_name: given(person.first_name),
                middle_name: given(person.middle_name),
                birth_date: errors.date("verificationData.personData.birthDate", &person.birth_date),
            }),
        }
    }
}

/// An empty text is none, as in the message.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
