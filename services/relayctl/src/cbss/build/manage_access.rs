//! The request message of ManageAccess.

use relay_cbss::{BuildError, ClassicContext, PreparedCall, manage_access};
use relay_domain::manage_access::{AccessAction, PersonData, Proof, QueryRegister};
use relay_domain::{Language, ManageAccess, Ssin, SsinCheck};
use serde::Deserialize;

use super::classic::{Errors, Message, Places};

/// The JSON of the request message: shaped like the schema, values unchecked as yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RequestJson {
    ssin: String,
    action: String,
    purpose: Option<u16>,
    period: PeriodJson,
    sector: Option<u16>,
    query_register: Option<String>,
    proof_of_authentication: ProofJson,
    language: Option<Language>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PeriodJson {
    start_date: String,
    end_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ProofJson {
    sis_card_number: Option<String>,
    identity_card_number: Option<String>,
    person_data: Option<PersonDataJson>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PersonDataJson {
    last_name: String,
    first_name: Option<String>,
    birth_date: String,
}

const PLACES: Places = &[
    ("SSIN", "ssin"),
    ("Purpose", "purpose"),
    ("StartDate", "period.startDate"),
    ("EndDate", "period.endDate"),
    ("ProofOfAuthentication", "proofOfAuthentication"),
    ("SISCardNumber", "proofOfAuthentication.sisCardNumber"),
    ("IdentityCardNumber", "proofOfAuthentication.identityCardNumber"),
    ("LastName", "proofOfAuthentication.personData.lastName"),
    ("FirstName", "proofOfAuthentication.personData.firstName"),
    ("BirthDate", "proofOfAuthentication.personData.birthDate"),
];

impl Message for RequestJson {
    type Request = ManageAccess;

    fn check(self, check: SsinCheck, default_language: Language, errors: &mut Errors) -> ManageAccess {
        let ssin = errors.ssin(&self.ssin, check);
        let action = AccessAction::from_name(&self.action).unwrap_or_else(|| {
            errors.push("action", "expected REGISTER, UNREGISTER or LIST");
            AccessAction::List
        });
        let query_register = self.query_register.and_then(|name| {
            let register = QueryRegister::from_name(&name);
            if register.is_none() {
                errors.push("queryRegister", "expected PRIMARY, SECONDARY or ALL");
            }
            register
        });
        let start_date = errors.date("period.startDate", &self.period.start_date);
        let end_date = self
            .period
            .end_date
            .map(|date| errors.date("period.endDate", &date));
        let proof = self.proof_of_authentication;
        let person_data = proof.person_data.map(|person| PersonData {
            last_name: person.last_name,
            first_name: person.first_name,
            birth_date: errors.date("proofOfAuthentication.personData.birthDate", &person.birth_date),
        });
        let request = ManageAccess {
            ssin,
            action,
            purpose: self.purpose,
            start_date,
            end_date,
            sector: self.sector,
            query_register,
            proof: Proof {
                sis_card_number: proof.sis_card_number,
                identity_card_number: proof.identity_card_number,
                person_data,
            },
            language: self.language.unwrap_or(default_language),
        };
        errors.extend(&manage_access::problems(&request), PLACES);
        request
    }

    fn ssin(request: &ManageAccess) -> Option<&Ssin> {
        Some(&request.ssin)
    }

    fn inner(request: &ManageAccess, _: &str, context: &ClassicContext<'_>) -> Result<String, BuildError> {
        manage_access::build_inner(request, context)
    }

    fn call(
        request: &ManageAccess,
        _: &str,
        context: &ClassicContext<'_>,
    ) -> Result<PreparedCall, BuildError> {
        manage_access::build(request, context)
    }
}
