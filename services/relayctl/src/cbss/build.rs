//! `relayctl cbss build`.

mod classic;
mod form;
mod identify_person;
mod manage_access;
mod perform_investigation;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use relay_cbss::{CallContext, test_connection, tx25};
use relay_domain::{
    Language, OrganisationSettings, RetrieveTiGroups, Service, ServiceSettings, Ssin, SsinCheck,
    TestConnection,
};
use relay_runtime::{Clock, Entropy};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Failure, ServiceArg, note, read_input, read_text, write_output};

/// Far more than a request message has.
const MAX_INPUT: usize = 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct BuildArgs {
    /// Which service's request it is.
    #[arg(long, value_enum)]
    service: ServiceArg,
    /// The organisation's settings (`organisations/<id>.toml`): CBE number and legal context; for SSDN services
    /// sector, user and address.
    #[arg(long, value_name = "FILE")]
    settings: PathBuf,
    /// Our ticket, 1 to 36 characters; by default a new UUID.
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    /// The time of sending; by default now.
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    time: Option<OffsetDateTime>,
    /// Print the document inside the string (SSDN services only).
    #[arg(long)]
    inner: bool,
    /// What a wrong check digit of an SSIN is; by default what the settings say.
    #[arg(long, value_enum)]
    ssin_check: Option<SsinCheckArg>,
    /// The request message as JSON, such as {"ssin":"80010100136","language":"fr","history":false}; standard
    /// input without a file. For manage-access: {"ssin":"80010100136","action":"REGISTER","purpose":1,
    /// "period":{"startDate":"2081-02-03"},"proofOfAuthentication":{"sisCardNumber":"0000000000"}}. For
    /// identify-person: {"ssin":"80010100136"}, or {"phoneticCriteria":{"lastName":"Muster","birthDate":"2080-01-00",
    /// "tolerance":2}}. For perform-investigation: {"ssin":"80010100136",
    /// "dataGroups":{"familyComposition":true}}. For test-connection: {"echo":"are you there?"}. For
    /// health-care-insurance: {"operation":"consultMAF","ssin":"80010100136","desiredData":{"maximumCharge":true}}. For
    /// unemployment-data: {"operation":"consultRights","ssin":"80010100136"}. For loi65-c: {"fileId":"FILE0004711",
    /// "cancellationFormsC":[{"entryDate":"2081-05-01","uniqueAttestId":"ATTEST000000004","ssin":"80010100136","suffix":0,
    /// "aidCancellation":{"decisionDate":"2081-04-30","decisionNature":"1","cancellationReason":"12"}}]}; of the other
    /// services of Loi65 there are examples in proto/asyncapi.json.
    input: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SsinCheckArg {
    /// Said on standard error.
    Warn,
    /// Refused.
    Error,
}

/// The JSON of the request message, SSIN unchecked as yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetrieveTiGroupsJson {
    ssin: String,
    #[serde(default)]
    language: Option<Language>,
    #[serde(default)]
    history: bool,
}

/// The JSON of the request message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestConnectionJson {
    echo: String,
    #[serde(default)]
    language: Option<Language>,
}

impl BuildArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let service = Service::from(self.service);
        if self.inner && !service.is_classic() {
            return Err(Failure::Invalid(format!(
                "--inner: {} has no document inside a string",
                service.as_str()
            )));
        }
        let settings = self.read_settings()?;
        let input = read_input(self.input.as_deref(), MAX_INPUT)?;
        if input.len() > MAX_INPUT {
            return Err(Failure::Invalid(format!(
                "the input is longer than {MAX_INPUT} bytes"
            )));
        }
        if settings.service(service).is_none() {
            note(&format!(
                "warning: {} is not enabled in the settings",
                service.as_str()
            ));
        }
        let ticket = match &self.reference {
            Some(reference) => reference.clone(),
            None => Entropy::system().uuid_v4().to_string(),
        };
        let sent_at = self.time.unwrap_or_else(|| Clock::system().now());
        let check = match self.ssin_check {
            Some(SsinCheckArg::Warn) => SsinCheck::Warn,
            Some(SsinCheckArg::Error) => SsinCheck::Error,
            None => settings.ssin_check,
        };
        let body = match service {
            Service::RetrieveTiGroups => build_tx25(&settings, check, &ticket, sent_at, &input),
            Service::ManageAccess => self
                .classic(&settings, check, &ticket, sent_at)
                .build::<manage_access::RequestJson>(&input),
            Service::IdentifyPerson => self
                .classic(&settings, check, &ticket, sent_at)
                .build::<identify_person::RequestJson>(&input),
            Service::PerformInvestigation => self
                .classic(&settings, check, &ticket, sent_at)
                .build::<perform_investigation::RequestJson>(&input),
            Service::TestConnection => build_test(&settings, &input),
            Service::Loi65Ab | Service::Loi65C | Service::Loi65Df => {
                form::build_loi65(&self.classic(&settings, check, &ticket, sent_at), &input)
            }
            service @ (Service::HealthCareInsurance | Service::UnemploymentData) => {
                form::build_newer(service, &settings, check, (&ticket, sent_at), &input)
            }
        };
        write_output(&body?)
    }

    fn classic<'a>(
        &self,
        settings: &'a OrganisationSettings,
        check: SsinCheck,
        reference: &'a str,
        sent_at: OffsetDateTime,
    ) -> classic::Call<'a> {
        classic::Call {
            service: self.service.into(),
            settings,
            check,
            reference,
            sent_at,
            inner: self.inner,
        }
    }

    fn read_settings(&self) -> Result<OrganisationSettings, Failure> {
        let text = read_text(&self.settings)?;
        toml::from_str(&text).map_err(|e| Failure::Invalid(format!("{}: {e}", self.settings.display())))
    }
}

fn build_tx25(
    settings: &OrganisationSettings,
    check: SsinCheck,
    ticket: &str,
    sent_at: OffsetDateTime,
    input: &[u8],
) -> Result<Vec<u8>, Failure> {
    let service = Service::RetrieveTiGroups;
    let service_settings = own_settings(settings, service)?;
    let context = CallContext {
        cbe_number: settings.cbe_number.as_str(),
        legal_context: service_settings.legal_context(service),
        ticket,
        sent_at,
    };
    let request = read_request(input, check, settings.default_language)?;
    let call = tx25::build(&request, &context).map_err(|e| Failure::Invalid(e.to_string()))?;
    Ok(call.body.to_vec())
}

/// The settings of a service; the usual ones where the organisation has none.
fn own_settings(settings: &OrganisationSettings, service: Service) -> Result<ServiceSettings, Failure> {
    match settings.services.get(&service) {
        Some(listed) => Ok(listed.clone()),
        None => toml::from_str("").map_err(|e: toml::de::Error| Failure::Invalid(e.to_string())),
    }
}

fn build_test(settings: &OrganisationSettings, input: &[u8]) -> Result<Vec<u8>, Failure> {
    let json: TestConnectionJson =
        serde_json::from_slice(input).map_err(|e| Failure::Invalid(json_error(&e)))?;
    let request = TestConnection {
        echo: json.echo,
        language: json.language.unwrap_or(settings.default_language),
    };
    let problems = test_connection::problems(&request);
    if problems.is_empty() {
        let call = test_connection::build(&request).map_err(|e| Failure::Invalid(e.to_string()))?;
        return Ok(call.body.to_vec());
    }
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Err(Failure::Invalid(lines.join("\nerror: ")))
}

fn read_request(
    input: &[u8],
    check: SsinCheck,
    default_language: Language,
) -> Result<RetrieveTiGroups, Failure> {
    let json: RetrieveTiGroupsJson =
        serde_json::from_slice(input).map_err(|e| Failure::Invalid(json_error(&e)))?;
    let ssin = Ssin::parse(&json.ssin, check).map_err(|e| Failure::Invalid(format!("ssin: {e}")))?;
    if !ssin.has_valid_checksum() {
        note("warning: ssin: the check digits do not fit");
    }
    if !tx25::ssin_fits_schema(&ssin) {
        note("warning: ssin: the official schema does not allow this number, though the CBSS may");
    }
    Ok(RetrieveTiGroups {
        ssin,
        language: json.language.unwrap_or(default_language),
        history: json.history,
    })
}

/// What is wrong with the JSON, without the value that serde would quote.
fn json_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // serde quotes values of a wrong type or variant; names of keys are the sender's own and say where.
    let safe = text.starts_with("missing field")
        || text.starts_with("unknown field")
        || text.starts_with("duplicate field");
    let what = match error.classify() {
        serde_json::error::Category::Data if safe => return format!("the request: {text}"),
        serde_json::error::Category::Data => "a value is not what the request message has there",
        serde_json::error::Category::Syntax => "it is no JSON",
        serde_json::error::Category::Eof => "the JSON ends too early",
        serde_json::error::Category::Io => "it cannot be read",
    };
    format!(
        "the request: {what}, at line {} column {}",
        error.line(),
        error.column()
    )
}

fn parse_time(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "expected a time such as 2026-11-23T16:35:41Z".to_owned())
}
