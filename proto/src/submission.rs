//! Submissions: what upstream systems ask for.

use std::fmt;

use relay_domain::submission::IdempotencyKey;
use relay_domain::{
    FieldError, Form, JobId, Language, OrganisationId, Priority, Request, RetrieveTiGroups, Service,
    SsinCheck, Submission,
};
use time::OffsetDateTime;

use crate::check;
use crate::codes;
use crate::encoding::Encoding;
use crate::error::DecodeError;
use crate::form;
use crate::identify_person;
use crate::manage_access;
use crate::perform_investigation;
use crate::read::{Findings, read};
use crate::shape::{self, Message, SUBMISSION};
use crate::test_connection;
use crate::time::to_timestamp;
use crate::wire::{self, submission::Request as WireRequest};

/// Reads a submission. It fails only for bytes that are no message at all: they go to quarantine. Whatever is
/// wrong with the message itself, [`RawSubmission::check`] tells.
pub fn decode_submission(encoding: Encoding, bytes: &[u8]) -> Result<RawSubmission, DecodeError> {
    let (message, findings) = read(encoding, bytes, &SUBMISSION)?;
    Ok(RawSubmission { message, findings })
}

/// A submission as it came in, not yet checked. `Debug` shows nothing of it.
pub struct RawSubmission {
    message: wire::Submission,
    findings: Findings,
}

impl fmt::Debug for RawSubmission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawSubmission(…)")
    }
}

/// What the checks need to know besides the message.
#[derive(Clone, Copy)]
pub struct CheckContext<'a> {
    /// How the organisation takes wrong check digits.
    pub ssin_check: SsinCheck,
    /// The organisation's language, for a submission that names none.
    pub default_language: Language,
    /// The time of the check.
    pub now: OffsetDateTime,
    /// May the organisation use a service?
    pub entitled: &'a dyn Fn(Service) -> bool,
    /// Is this a purpose of the sector, of the organisation's own where none is given?
    pub has_purpose: &'a dyn Fn(Option<u16>, u16) -> bool,
}

impl RawSubmission {
    /// The organisation, if it is named and well formed: whom to answer, also when other fields are wrong.
    #[must_use]
    pub fn organisation(&self) -> Option<OrganisationId> {
        OrganisationId::parse(&self.message.organisation).ok()
    }

    /// The key, if there is a well formed one: to be given back with the answer.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<IdempotencyKey> {
        IdempotencyKey::parse(&self.message.idempotency_key)
    }

    /// The name of the service, if exactly one is asked: as in routing keys.
    #[must_use]
    pub fn service_name(&self) -> Option<&'static str> {
        self.findings
            .only_choice()
            .and_then(|field| field.choice)
            .map(|choice| choice.name)
    }

    /// Checks and normalises everything, and names everything that is wrong at once.
    pub fn check(&self, context: &CheckContext<'_>) -> Result<Submission, Vec<FieldError>> {
        let message = &self.message;
        let mut findings = self.findings.start_of_checks();
        let organisation = check::organisation(&message.organisation, &mut findings);
        let idempotency_key = check::idempotency_key(&message.idempotency_key, &mut findings);
        let requester = check::requester(message.requester.as_ref(), &mut findings);
        let language = check::language(
            "language",
            &message.language,
            context.default_language,
            &mut findings,
        );
        let priority = priority(&message.priority, &mut findings);
        let (not_before, deadline) = times(message, context.now, &mut findings);
        let after_job = after_job(&message.after_job, &mut findings);
        let request = request(message, language, context, &mut findings);
        let checked = || {
            Some(Submission {
                organisation: organisation?,
                idempotency_key: idempotency_key?,
                requester: requester?,
                priority,
                not_before,
                deadline,
                after_job: after_job?,
                request: request?,
            })
        };
        findings.conclude(checked())
    }
}

fn priority(name: &str, findings: &mut Findings) -> Priority {
    match name {
        "interactive" => Priority::Interactive,
        "normal" | "" => Priority::Normal,
        "batch" => Priority::Batch,
        _ => {
            findings.report(
                "priority",
                codes::INVALID,
                "a priority is interactive, normal or batch",
            );
            Priority::Normal
        }
    }
}

fn priority_name(priority: Priority) -> &'static str {
    match priority {
        Priority::Interactive => "interactive",
        Priority::Normal => "normal",
        Priority::Batch => "batch",
    }
}

fn times(
    message: &wire::Submission,
    now: OffsetDateTime,
    findings: &mut Findings,
) -> (Option<OffsetDateTime>, Option<OffsetDateTime>) {
    let not_before = check::moment("notBefore", message.not_before, findings);
    let deadline = check::moment("deadline", message.deadline, findings);
    if deadline.is_some_and(|deadline| deadline <= now) {
        findings.report(
            "deadline",
            codes::DEADLINE_PASSED,
            "the deadline is not in the future",
        );
    }
    if not_before
        .zip(deadline)
        .is_some_and(|(not_before, deadline)| not_before >= deadline)
    {
        findings.report(
            "notBefore",
            codes::NOT_BEFORE_AFTER_DEADLINE,
            "notBefore must be earlier than deadline, or there is no time to send",
        );
    }
    (not_before, deadline)
}

/// The outer `None`: it stands there, and is no job id.
fn after_job(text: &str, findings: &mut Findings) -> Option<Option<JobId>> {
    if text.is_empty() {
        Some(None)
    } else {
        check::job_id("afterJob", text, findings).map(Some)
    }
}

fn request(
    message: &wire::Submission,
    language: Language,
    context: &CheckContext<'_>,
    findings: &mut Findings,
) -> Option<Request> {
    if findings.choices() != 1 {
        findings.report(
            "request",
            codes::EXACTLY_ONE_REQUEST,
            "a submission has exactly one request, as a field of its own, for instance retrieveTiGroups",
        );
    }
    match message.request.as_ref()? {
        WireRequest::RetrieveTiGroups(request) => {
            const SSIN: &str = "request.retrieveTiGroups.ssin";
            const LANGUAGE: &str = "request.retrieveTiGroups.language";
            entitled(
                Service::RetrieveTiGroups,
                "request.retrieveTiGroups",
                context,
                findings,
            );
            let language = check::language(LANGUAGE, &request.language, language, findings);
            let ssin = check::ssin(SSIN, &request.ssin, context.ssin_check, findings)?;
            Some(Request::RetrieveTiGroups(RetrieveTiGroups {
                ssin,
                language,
                history: request.history,
            }))
        }
        WireRequest::ManageAccess(request) => {
            entitled(Service::ManageAccess, "request.manageAccess", context, findings);
            manage_access::checked(request, language, context, findings).map(Request::ManageAccess)
        }
        WireRequest::IdentifyPerson(request) => {
            entitled(
                Service::IdentifyPerson,
                "request.identifyPerson",
                context,
                findings,
            );
            identify_person::checked(request, language, context.ssin_check, findings)
                .map(Request::IdentifyPerson)
        }
        WireRequest::PerformInvestigation(request) => {
            entitled(
                Service::PerformInvestigation,
                "request.performInvestigation",
                context,
                findings,
            );
            perform_investigation::checked(request, language, context.ssin_check, findings)
                .map(Request::PerformInvestigation)
        }
        WireRequest::TestConnection(request) => {
            entitled(
                Service::TestConnection,
                "request.testConnection",
                context,
                findings,
            );
            test_connection::checked(request, language, findings).map(Request::TestConnection)
        }
        WireRequest::Loi65Ab(request) => form(Service::Loi65Ab, &**request, language, context, findings),
        WireRequest::Loi65C(request) => form(Service::Loi65C, request, language, context, findings),
        WireRequest::Loi65Df(request) => form(Service::Loi65Df, &**request, language, context, findings),
        WireRequest::HealthCareInsurance(request) => {
            form(Service::HealthCareInsurance, request, language, context, findings)
        }
        WireRequest::UnemploymentData(request) => {
            form(Service::UnemploymentData, request, language, context, findings)
        }
    }
}

/// What the field of a submission is called, in JSON, that has the request to a service.
#[must_use]
pub fn request_field(service: Service) -> &'static str {
    match service {
        Service::RetrieveTiGroups => "retrieveTiGroups",
        Service::ManageAccess => "manageAccess",
        Service::IdentifyPerson => "identifyPerson",
        Service::PerformInvestigation => "performInvestigation",
        Service::TestConnection => "testConnection",
        Service::Loi65Ab => "loi65Ab",
        Service::Loi65C => "loi65C",
        Service::Loi65Df => "loi65Df",
        Service::HealthCareInsurance => "healthCareInsurance",
        Service::UnemploymentData => "unemploymentData",
    }
}

fn form(
    service: Service,
    request: &impl serde::Serialize,
    language: Language,
    context: &CheckContext<'_>,
    findings: &mut Findings,
) -> Option<Request> {
    let path = format!("request.{}", request_field(service));
    entitled(service, &path, context, findings);
    form::checked(service, &path, request, language, context.ssin_check, findings).map(Request::Form)
}

fn entitled(service: Service, path: &str, context: &CheckContext<'_>, findings: &mut Findings) {
    if !(context.entitled)(service) {
        findings.report(
            path,
            codes::SERVICE_NOT_ENABLED,
            "the organisation is not entitled to this service",
        );
    }
}

/// Writes a submission, for those who submit.
#[must_use]
pub fn encode_submission(submission: &Submission, encoding: Encoding) -> Vec<u8> {
    let request = match &submission.request {
        Request::RetrieveTiGroups(request) => WireRequest::RetrieveTiGroups(wire::RetrieveTiGroups {
            ssin: request.ssin.digits().to_owned(),
            language: request.language.as_str().to_owned(),
            history: request.history,
        }),
        Request::ManageAccess(request) => {
            WireRequest::ManageAccess(Box::new(manage_access::to_wire(request)))
        }
        Request::IdentifyPerson(request) => {
            WireRequest::IdentifyPerson(Box::new(identify_person::to_wire(request)))
        }
        Request::PerformInvestigation(request) => {
            WireRequest::PerformInvestigation(perform_investigation::to_wire(request))
        }
        Request::TestConnection(request) => WireRequest::TestConnection(test_connection::to_wire(request)),
        Request::Form(form) => form_to_wire(form),
    };
    let message = wire::Submission {
        organisation: submission.organisation.as_str().to_owned(),
        idempotency_key: submission.idempotency_key.as_str().to_owned(),
        requester: Some(wire::Requester {
            user_id: submission.requester.user_id.clone(),
            reason: submission.requester.reason.clone(),
        }),
        // The request carries it.
        language: String::new(),
        priority: priority_name(submission.priority).to_owned(),
        not_before: submission.not_before.map(to_timestamp),
        deadline: submission.deadline.map(to_timestamp),
        after_job: submission
            .after_job
            .map(|job| job.to_string())
            .unwrap_or_default(),
        request: Some(request),
    };
    crate::encode(&message, encoding)
}

/// The message of a form, by way of its JSON, whose names are the table's.
fn form_to_wire(form: &Form) -> WireRequest {
    fn message<M: prost::Message + Default>(json: &[u8], shape: &'static Message) -> M {
        // What a table allows, its message can say; whoever made a form that its table does not allow hears of it
        // from the relay.
        read(Encoding::Json, json, shape).map_or_else(|_| M::default(), |(message, _)| message)
    }
    let json = serde_json::Value::Object(form::to_json(form)).to_string();
    let json = json.as_bytes();
    match form.service() {
        Service::Loi65C => WireRequest::Loi65C(message(json, &shape::LOI65_C)),
        Service::Loi65Df => WireRequest::Loi65Df(message(json, &shape::LOI65_DF)),
        Service::HealthCareInsurance => {
            WireRequest::HealthCareInsurance(message(json, &shape::HEALTH_CARE_INSURANCE))
        }
        Service::UnemploymentData => WireRequest::UnemploymentData(message(json, &shape::UNEMPLOYMENT_DATA)),
        Service::Loi65Ab
        | Service::RetrieveTiGroups
        | Service::ManageAccess
        | Service::IdentifyPerson
        | Service::PerformInvestigation
        | Service::TestConnection => WireRequest::Loi65Ab(message(json, &shape::LOI65_AB)),
    }
}
