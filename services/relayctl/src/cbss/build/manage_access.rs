//! The request message of ManageAccess.

use relay_cbss::{BuildError, ClassicContext, manage_access, ssdn};
use relay_domain::manage_access::{AccessAction, PersonData, Proof, QueryRegister};
use relay_domain::{IncompleteDate, Language, ManageAccess, OrganisationSettings, Ssin, SsinCheck};
use serde::Deserialize;
use time::OffsetDateTime;

use super::{Failure, json_error, note};

/// The JSON of the request message: shaped like the schema, values unchecked as yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RequestJson {
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

/// What the command line adds.
pub(super) struct Call<'a> {
    pub(super) settings: &'a OrganisationSettings,
    pub(super) check: SsinCheck,
    pub(super) reference: &'a str,
    pub(super) sent_at: OffsetDateTime,
    /// Only the document inside the string?
    pub(super) inner: bool,
}

impl Call<'_> {
    /// What would be sent. Everything that is wrong, in settings and request, is told at once.
    pub(super) fn build(&self, input: &[u8]) -> Result<Vec<u8>, Failure> {
        let json: RequestJson =
            serde_json::from_slice(input).map_err(|e| Failure::Invalid(json_error(&e)))?;
        let mut errors = Errors::default();
        let context = self.context(&mut errors);
        let request = json.check(self.check, self.settings.default_language, &mut errors);
        if !errors.texts.is_empty() {
            return Err(Failure::Invalid(errors.texts.join("\nerror: ")));
        }
        if !request.ssin.has_valid_checksum() {
            note("warning: ssin: the check digits do not fit");
        }
        let result = if self.inner {
            manage_access::build_inner(&request, &context).map(String::into_bytes)
        } else {
            manage_access::build(&request, &context).map(|call| call.body.to_vec())
        };
        result.map_err(|e| Failure::Invalid(located(&e)))
    }

    fn context(&self, errors: &mut Errors) -> ClassicContext<'_> {
        let mut setting = |name: &'static str, element: &'static str, value: &Option<String>| {
            if value.is_none() {
                errors.push(element, format!("{name}: the settings need it for manage-access"));
            }
        };
        setting("ssdn_user_id", "UserID", &self.settings.ssdn_user_id);
        setting("ssdn_email", "Email", &self.settings.ssdn_email);
        let context = ClassicContext {
            cbe_number: self.settings.cbe_number.as_str(),
            sector: self.settings.sector,
            subsector: self.settings.subsector,
            user_id: self.settings.ssdn_user_id.as_deref().unwrap_or_default(),
            email: self.settings.ssdn_email.as_deref().unwrap_or_default(),
            reference: self.reference,
            sent_at: self.sent_at,
        };
        errors.extend(&ssdn::problems(&context));
        context
    }
}

impl RequestJson {
    /// The request; only to be used if there were no errors.
    fn check(self, check: SsinCheck, default_language: Language, errors: &mut Errors) -> ManageAccess {
        let ssin = Ssin::parse(&self.ssin, check).unwrap_or_else(|error| {
            errors.push("SSIN", format!("ssin: {error}"));
            // In its place, so that the rest can be checked.
            Ssin::parse("00000000000", SsinCheck::Warn).unwrap_or_else(|_| unreachable!("eleven digits"))
        });
        let action = AccessAction::from_name(&self.action).unwrap_or_else(|| {
            errors.push(
                "Action",
                "action: expected REGISTER, UNREGISTER or LIST".to_owned(),
            );
            AccessAction::List
        });
        let query_register = self.query_register.and_then(|name| {
            let register = QueryRegister::from_name(&name);
            if register.is_none() {
                errors.push(
                    "QueryRegister",
                    "queryRegister: expected PRIMARY, SECONDARY or ALL".to_owned(),
                );
            }
            register
        });
        // In place of what cannot be read: a day that no other comes before.
        let start_date = errors.date("StartDate", &self.period.start_date);
        let end_date = self.period.end_date.map(|date| errors.date("EndDate", &date));
        let proof = self.proof_of_authentication;
        let person_data = proof.person_data.map(|person| PersonData {
            last_name: person.last_name,
            first_name: person.first_name,
            birth_date: errors.date("BirthDate", &person.birth_date),
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
        errors.extend(&manage_access::problems(&request));
        request
    }
}

/// What is wrong; of each element only the first.
#[derive(Default)]
struct Errors {
    elements: Vec<&'static str>,
    texts: Vec<String>,
}

impl Errors {
    fn push(&mut self, element: &'static str, text: String) {
        if !self.elements.contains(&element) {
            self.elements.push(element);
            self.texts.push(text);
        }
    }

    fn extend(&mut self, problems: &[BuildError]) {
        for problem in problems {
            self.push(field(problem), located(problem));
        }
    }

    fn date(&mut self, element: &'static str, text: &str) -> IncompleteDate {
        text.parse().unwrap_or_else(|error| {
            self.push(element, format!("{}: {error}", place(element)));
            IncompleteDate::new(1, 1, 1)
        })
    }
}

fn field(error: &BuildError) -> &'static str {
    match error {
        BuildError::Facet { field, .. } | BuildError::ForbiddenCharacter { field, .. } => field,
    }
}

/// The error with the place in the request message or the settings instead of the element's name, with which
/// its text begins.
fn located(error: &BuildError) -> String {
    let field = field(error);
    error.to_string().replacen(field, place(field), 1)
}

/// Where an element's value comes from.
fn place(element: &'static str) -> &'static str {
    match element {
        "SSIN" => "ssin",
        "Purpose" => "purpose",
        "StartDate" => "period.startDate",
        "EndDate" => "period.endDate",
        "ProofOfAuthentication" => "proofOfAuthentication",
        "SISCardNumber" => "proofOfAuthentication.sisCardNumber",
        "IdentityCardNumber" => "proofOfAuthentication.identityCardNumber",
        "LastName" => "proofOfAuthentication.personData.lastName",
        "FirstName" => "proofOfAuthentication.personData.firstName",
        "BirthDate" => "proofOfAuthentication.personData.birthDate",
        "UserID" => "ssdn_user_id",
        "Email" => "ssdn_email",
        "OrgUnit" => "cbe_number",
        "Reference" => "--reference",
        "TimeRequest" => "--time",
        other => other,
    }
}
