//! What the request messages of the classic services (SSDN) have in common.

use relay_cbss::{BuildError, ClassicContext, PreparedCall, ssdn};
use relay_domain::{IncompleteDate, Language, OrganisationSettings, Service, Ssin, SsinCheck};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::{Failure, json_error, note};

/// Where the value of an element comes from: element, place in the request message or the settings.
pub(super) type Places = &'static [(&'static str, &'static str)];

const CONTEXT: Places = &[
    ("UserID", "ssdn_user_id"),
    ("Email", "ssdn_email"),
    ("OrgUnit", "cbe_number"),
    ("Reference", "--reference"),
    ("TimeRequest", "--time"),
];

/// The JSON of a request message: shaped like the schema, values unchecked as yet.
pub(super) trait Message: DeserializeOwned {
    /// What becomes of it.
    type Request;

    /// The request; only to be used if there were no errors.
    fn check(self, check: SsinCheck, default_language: Language, errors: &mut Errors) -> Self::Request;

    /// The number in it, if there is one.
    fn ssin(request: &Self::Request) -> Option<&Ssin>;

    /// The document inside the string, in that version of the service.
    fn inner(
        request: &Self::Request,
        version: &str,
        context: &ClassicContext<'_>,
    ) -> Result<String, BuildError>;

    /// The whole call.
    fn call(
        request: &Self::Request,
        version: &str,
        context: &ClassicContext<'_>,
    ) -> Result<PreparedCall, BuildError>;
}

/// What the command line adds.
pub(super) struct Call<'a> {
    pub(super) service: Service,
    pub(super) settings: &'a OrganisationSettings,
    pub(super) check: SsinCheck,
    pub(super) reference: &'a str,
    pub(super) sent_at: OffsetDateTime,
    /// Only the document inside the string?
    pub(super) inner: bool,
}

impl Call<'_> {
    /// What would be sent. Everything that is wrong, in settings and request, is told at once.
    pub(super) fn build<M: Message>(&self, input: &[u8]) -> Result<Vec<u8>, Failure> {
        let json: M = serde_json::from_slice(input).map_err(|e| Failure::Invalid(json_error(&e)))?;
        let mut errors = Errors::default();
        let context = self.context(&mut errors);
        let request = json.check(self.check, self.settings.default_language, &mut errors);
        errors.into_result()?;
        if M::ssin(&request).is_some_and(|ssin| !ssin.has_valid_checksum()) {
            note("warning: ssin: the check digits do not fit");
        }
        let own = self.settings.service(self.service);
        let version = own.map_or(self.service.versions()[0], |own| own.version(self.service));
        let result = if self.inner {
            M::inner(&request, version, &context).map(String::into_bytes)
        } else {
            M::call(&request, version, &context).map(|call| call.body.to_vec())
        };
        result.map_err(|e| Failure::Invalid(e.to_string()))
    }

    pub(super) fn context(&self, errors: &mut Errors) -> ClassicContext<'_> {
        let service = self.service.as_str();
        for (name, value) in [
            ("ssdn_user_id", &self.settings.ssdn_user_id),
            ("ssdn_email", &self.settings.ssdn_email),
        ] {
            if value.is_none() {
                errors.push(name, &format!("the settings need it for {service}"));
            }
        }
        let context = ClassicContext {
            cbe_number: self.settings.cbe_number.as_str(),
            sector: self.settings.sector,
            subsector: self.settings.subsector,
            user_id: self.settings.ssdn_user_id.as_deref().unwrap_or_default(),
            email: self.settings.ssdn_email.as_deref().unwrap_or_default(),
            reference: self.reference,
            sent_at: self.sent_at,
        };
        errors.extend(&ssdn::problems(&context), CONTEXT);
        context
    }
}

/// What is wrong; of each place only the first.
#[derive(Default)]
pub(super) struct Errors {
    places: Vec<&'static str>,
    texts: Vec<String>,
}

impl Errors {
    /// A failure with all of them, if there are any.
    pub(super) fn into_result(self) -> Result<(), Failure> {
        if self.texts.is_empty() {
            return Ok(());
        }
        Err(Failure::Invalid(self.texts.join("\nerror: ")))
    }

    pub(super) fn push(&mut self, place: &'static str, what: &str) {
        if !self.places.contains(&place) {
            self.places.push(place);
            self.texts.push(format!("{place}: {what}"));
        }
    }

    /// What the builder would refuse, with the place in the message instead of the element's name, with which its
    /// text begins.
    pub(super) fn extend(&mut self, problems: &[BuildError], places: Places) {
        for problem in problems {
            let (BuildError::Facet { field, .. } | BuildError::ForbiddenCharacter { field, .. }) = problem;
            let known = places.iter().find(|(element, _)| element == field);
            let text = problem.to_string();
            let what = text.strip_prefix(field).and_then(|rest| rest.strip_prefix(": "));
            self.push(known.map_or(field, |(_, place)| place), what.unwrap_or(&text));
        }
    }

    /// The number, or one in its place, so that the rest can be checked.
    pub(super) fn ssin(&mut self, text: &str, check: SsinCheck) -> Ssin {
        Ssin::parse(text, check).unwrap_or_else(|error| {
            self.push("ssin", &error.to_string());
            Ssin::parse("00000000000", SsinCheck::Warn).unwrap_or_else(|_| unreachable!("eleven digits"))
        })
    }

    /// The date, or in its place a day that no other comes before.
    pub(super) fn date(&mut self, place: &'static str, text: &str) -> IncompleteDate {
        text.parse()
            .unwrap_or_else(|error: relay_domain::date::IncompleteDateError| {
                self.push(place, &error.to_string());
                IncompleteDate::new(1, 1, 1)
            })
    }
}
