//! An organisation as the operator describes it in `organisations/<id>.toml`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::form::INSURANCE_LEGAL_CONTEXTS;
use crate::language::Language;
use crate::manage_access::Register;
use crate::service::Service;
use crate::ssin::SsinCheck;

/// One CBE number in one environment. Every key has a meaning that is enforced; unknown keys are errors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationSettings {
    /// Which CBSS it talks to.
    pub environment: CbssEnvironment,
    /// Are requests sent? If not, a job is built, checked, and ends `validated`.
    #[serde(default = "yes")]
    pub live: bool,
    /// Sector in the primary network (SSDN `MatrixID`); 17 for centres of social welfare.
    #[serde(default = "sector")]
    pub sector: u16,
    /// Number in the secondary network (SSDN `MatrixSubID`).
    #[serde(default = "subsector")]
    pub subsector: u16,
    /// The organisation's CBE number, ten digits.
    pub cbe_number: CbeNumber,
    /// SSDN `AuthorizedUser/UserID`: an SSIN or a program id in SSIN format.
    #[serde(default)]
    pub ssdn_user_id: Option<String>,
    /// SSDN `AuthorizedUser/Email`.
    #[serde(default)]
    pub ssdn_email: Option<String>,
    /// HTTP basic authentication of the newer services.
    pub http_username: String,
    /// Where its password is.
    pub http_password: SecretReference,
    /// A client certificate with its key, PEM, where the endpoint asks for one.
    #[serde(default)]
    pub client_certificate: Option<PathBuf>,
    /// Certificates of authorities to trust beside the usual ones, PEM.
    #[serde(default)]
    pub extra_root_certificates: Option<PathBuf>,
    /// The organisation's own units as answers to LIST name them (`OrgUnit`, for a centre the NIS code of its
    /// municipality or its CBE number). Without any, a change of unknown outcome is left to a person.
    #[serde(default)]
    pub registration_units: Vec<String>,
    /// The registers in which a registration must be found to count as made.
    #[serde(default = "both_registers")]
    pub registration_registers: Vec<Register>,
    /// What is done about wrong check digits.
    #[serde(default)]
    pub ssin_check: SsinCheck,
    /// The language of a submission that names none.
    #[serde(default)]
    pub default_language: Language,
    /// How this organisation's events are encoded.
    #[serde(default)]
    pub event_encoding: EventEncoding,
    /// The broker users that may submit for this organisation.
    pub upstream_users: Vec<UpstreamUser>,
    /// Limits of all its calls together.
    #[serde(default)]
    pub quota: Option<QuotaLimits>,
    /// The services it is entitled to. A service that is not listed is off.
    #[serde(default)]
    pub services: BTreeMap<Service, ServiceSettings>,
}

/// The CBSS's three environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CbssEnvironment {
    /// Test.
    Test,
    /// Acceptance.
    Acpt,
    /// Production.
    Prod,
}

impl CbssEnvironment {
    /// The name in host names, settings and lanes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Acpt => "acpt",
            Self::Prod => "prod",
        }
    }
}

/// How events are encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventEncoding {
    /// Protobuf's JSON mapping.
    #[default]
    Json,
    /// Protobuf.
    Protobuf,
}

/// Ten digits that name an enterprise (CommonV3.xsd `CbeNumberType`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct CbeNumber(String);

impl CbeNumber {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Do the last two digits fit? They are 97 less the rest of the first eight by 97.
    #[must_use]
    pub fn has_valid_checksum(&self) -> bool {
        let part = |from: usize, to: usize| self.0[from..to].parse::<u32>().ok();
        part(0, 8)
            .zip(part(8, 10))
            .is_some_and(|(number, check)| check == 97 - number % 97)
    }
}

impl TryFrom<String> for CbeNumber {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text))
        } else {
            Err("a CBE number has ten digits, without dots")
        }
    }
}

/// Where a secret is: the settings name the place, never the secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum SecretReference {
    /// In a file (one line).
    File(PathBuf),
    /// In an environment variable.
    Env(String),
}

/// A broker user that may submit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamUser {
    /// Its name, as the broker validates it.
    pub name: String,
    /// What the queues begin with that it may name in `reply_to`.
    #[serde(default)]
    pub reply_prefix: Option<String>,
}

impl UpstreamUser {
    /// What this user's reply queues begin with: `reply.<user>.` unless set.
    #[must_use]
    pub fn reply_prefix(&self) -> String {
        self.reply_prefix
            .clone()
            .unwrap_or_else(|| format!("reply.{}.", self.name))
    }
}

/// How much may be sent. They hold over all workers; an operator can set others at run time.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaLimits {
    /// Requests per second.
    #[serde(default)]
    pub requests_per_second: Option<f64>,
    /// Requests that may come at once after a pause, beyond the rate.
    #[serde(default)]
    pub burst: u16,
    /// Calls open at once.
    #[serde(default)]
    pub concurrent_requests: Option<u32>,
}

impl QuotaLimits {
    fn problem(&self) -> Option<&'static str> {
        let rate_fits = self
            .requests_per_second
            .is_none_or(|rate| rate > 0.0 && rate <= 10_000.0);
        let concurrent_fits = self
            .concurrent_requests
            .is_none_or(|concurrent| (1..=100_000).contains(&concurrent));
        if self.requests_per_second.is_none() && self.concurrent_requests.is_none() {
            Some("needs requests_per_second or concurrent_requests")
        } else if !rate_fits {
            Some("requests_per_second is above 0 and at most 10000")
        } else if !concurrent_fits {
            Some("concurrent_requests is 1 to 100000")
        } else if self.burst > 10_000 {
            Some("burst is at most 10000")
        } else {
            None
        }
    }
}

/// One service of one organisation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSettings {
    /// Is the organisation entitled to it? Yes if nothing else is said; of the services of which too little is public
    /// ([`Service::is_tentative`]) it must be said.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// The URL to post to; by default the one of the environment.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The version to speak; by default the newest that the relay knows.
    #[serde(default)]
    pub version: Option<String>,
    /// The name of a classic service in its messages (`ServiceId`), where it is not the known one: of Loi65 only a guess is.
    #[serde(default)]
    pub service_id: Option<String>,
    /// Is a decision of Loi65 whose outcome is not known sent again, with the `UniqueAttestID`s it has? By default a person
    /// decides: that the CBSS tells a repetition from a second decision is nowhere written.
    #[serde(default)]
    pub resend_same_attest: bool,
    /// The legal context of the request (at most 64 characters), by default the service's usual one.
    #[serde(default)]
    pub legal_context: Option<String>,
    /// How long a connection may take to open.
    #[serde(default = "connect_timeout")]
    pub http_connect_timeout_ms: u32,
    /// How long a call may take, from the first look-up to the last byte of the answer.
    #[serde(default = "total_timeout")]
    pub http_total_timeout_ms: u32,
    /// Limits of its calls to this service.
    #[serde(default)]
    pub quota: Option<QuotaLimits>,
    /// How long after the end of its lease a change of unknown outcome is looked up at the earliest; by default twice
    /// `http_total_timeout_ms`.
    #[serde(default)]
    pub settle_ms: Option<u64>,
}

impl ServiceSettings {
    /// The URL to post to.
    #[must_use]
    pub fn endpoint(&self, service: Service, environment: CbssEnvironment) -> String {
        self.endpoint.clone().unwrap_or_else(|| {
            let path = match service {
                Service::RetrieveTiGroups => "SOA4520/RetrieveTIGroupsService/v2/retrieveTI",
                Service::TestConnection => "SOA4520/TestConnectionServiceService/sendTestMessage",
                // One operation for all classic services: the document says which it is for.
                Service::ManageAccess
                | Service::IdentifyPerson
                | Service::PerformInvestigation
                | Service::Loi65Ab
                | Service::Loi65C
                | Service::Loi65Df => "connectors/webservice/KSZBCSSWebServiceConnectorPort",
                // Their WSDLs name the hosts of direct partners only; the prefix is that of the other two.
                Service::HealthCareInsurance => "SOA4520/HealthCareInsuranceService/consult_01",
                Service::UnemploymentData => "SOA4520/UnemploymentDataService/pull",
            };
            // RetrieveTIGroupsV2.wsdl: the hosts "pour les CPAS"; WebServiceConnector.wsdl has the same.
            format!(
                "https://bcssksz-services-{}.smals.be/{path}",
                environment.as_str()
            )
        })
    }

    /// The legal context to state; a service of the classic generation (SSDN) and TestConnection state none.
    #[must_use]
    pub fn legal_context(&self, service: Service) -> &str {
        self.legal_context.as_deref().unwrap_or(match service {
            Service::RetrieveTiGroups => "PCSA:SOCIAL_INQUIRY",
            Service::HealthCareInsurance => "social inquiry and financial help",
            Service::UnemploymentData => "SOCIAL_INVESTIGATION_OF_PCSA",
            Service::ManageAccess
            | Service::IdentifyPerson
            | Service::PerformInvestigation
            | Service::TestConnection
            | Service::Loi65Ab
            | Service::Loi65C
            | Service::Loi65Df => "",
        })
    }

    /// Is the organisation entitled to the service?
    #[must_use]
    pub fn is_enabled(&self, service: Service) -> bool {
        self.enabled.unwrap_or(!service.is_tentative())
    }

    /// The name of a classic service in its messages.
    #[must_use]
    pub fn service_id(&self, service: Service) -> &str {
        self.service_id
            .as_deref()
            .or(service.classic_id())
            .unwrap_or_default()
    }

    /// The version to speak.
    #[must_use]
    pub fn version(&self, service: Service) -> &str {
        self.version.as_deref().unwrap_or(service.versions()[0])
    }

    /// How long the CBSS is given to finish what it may be doing before anybody looks whether a change was made:
    /// twice the time-out of a call unless set.
    #[must_use]
    pub fn settle(&self) -> Duration {
        Duration::from_millis(
            self.settle_ms
                .unwrap_or(2 * u64::from(self.http_total_timeout_ms)),
        )
    }
}

impl OrganisationSettings {
    /// The settings of a service, if the organisation is entitled to it.
    #[must_use]
    pub fn service(&self, service: Service) -> Option<&ServiceSettings> {
        self.services
            .get(&service)
            .filter(|settings| settings.is_enabled(service))
    }

    /// The broker user of that name, if it may submit for this organisation.
    #[must_use]
    pub fn upstream_user(&self, name: &str) -> Option<&UpstreamUser> {
        self.upstream_users.iter().find(|user| user.name == name)
    }

    /// What is wrong with these settings beyond their shape, each with the key it concerns.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.ssin_check == SsinCheck::Error && !self.cbe_number.has_valid_checksum() {
            problems.push(
                "cbe_number: the last two digits do not fit the others (ssin_check = \"warn\" lets it pass)"
                    .to_owned(),
            );
        }
        if self.http_username.contains(':') {
            problems.push("http_username: a name with ':' cannot be sent by basic authentication".to_owned());
        }
        if let Some(problem) = self.quota.and_then(|quota| quota.problem()) {
            problems.push(format!("quota: {problem}"));
        }
        for (service, settings) in &self.services {
            let key = |name: &str| format!("services.{}.{name}", service.as_str());
            if settings
                .legal_context
                .as_ref()
                .is_some_and(|text| text.is_empty() || text.chars().count() > 64)
            {
                problems.push(format!("{}: has 1 to 64 characters", key("legal_context")));
            }
            if *service == Service::HealthCareInsurance
                && !INSURANCE_LEGAL_CONTEXTS.contains(&settings.legal_context(*service))
            {
                problems.push(format!(
                    "{}: one of {}",
                    key("legal_context"),
                    INSURANCE_LEGAL_CONTEXTS
                        .map(|context| format!("{context:?}"))
                        .join(", ")
                ));
            }
            if let Some(problem) = settings.quota.and_then(|quota| quota.problem()) {
                problems.push(format!("{}: {problem}", key("quota")));
            }
            if service.is_tentative() && settings.enabled.is_none() {
                problems.push(format!(
                    "{}: say true, or false: what is known of this service may not be what the CBSS has (see README)",
                    key("enabled")
                ));
            }
            if let Some(id) = &settings.service_id {
                let is_name =
                    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
                if !service.is_loi65() || !is_name {
                    problems.push(format!(
                        "{}: letters and digits, at most 64, and only of services of Loi65",
                        key("service_id")
                    ));
                }
            }
            if settings.resend_same_attest && !service.is_loi65() {
                problems.push(format!(
                    "{}: only decisions of Loi65 have one",
                    key("resend_same_attest")
                ));
            }
            if !service.speaks(settings.version(*service)) {
                problems.push(format!(
                    "{}: spoken are only {}",
                    key("version"),
                    if service.is_loi65() {
                        "versions of eight digits".to_owned()
                    } else {
                        service.versions().join(", ")
                    }
                ));
            }
            if service.is_classic() {
                for (name, there) in [
                    ("ssdn_user_id", self.ssdn_user_id.is_some()),
                    ("ssdn_email", self.ssdn_email.is_some()),
                ] {
                    if settings.is_enabled(*service) && !there {
                        problems.push(format!("{name}: services.{} needs it", service.as_str()));
                    }
                }
            }
            if settings.http_connect_timeout_ms == 0
                || settings.http_connect_timeout_ms >= settings.http_total_timeout_ms
            {
                problems.push(format!(
                    "{}: is at least 1 and below http_total_timeout_ms",
                    key("http_connect_timeout_ms")
                ));
            }
            let endpoint = settings.endpoint(*service, self.environment);
            if !(endpoint.starts_with("https://") || endpoint.starts_with("http://")) {
                problems.push(format!(
                    "{}: begins with https:// (or http:// for a simulator)",
                    key("endpoint")
                ));
            }
        }
        problems
    }
}

fn both_registers() -> Vec<Register> {
    vec![Register::Primary, Register::Secondary]
}

fn yes() -> bool {
    true
}

fn sector() -> u16 {
    17
}

fn subsector() -> u16 {
    1
}

fn connect_timeout() -> u32 {
    5_000
}

/// Below the time that a stopping service has (`shutdown.grace_ms`), so that no call is cut off.
fn total_timeout() -> u32 {
    20_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const EUPEN: &str = r#"
        environment = "test"
        cbe_number = "0212344876"
        http_username = "E0212344876"
        http_password = { file = "/run/secrets/eupen" }
        upstream_users = [{ name = "eupen" }]
        [services.retrieve-ti-groups]
        legal_context = "PCSA:SOCIAL_INQUIRY"
    "#;

    #[test]
    fn defaults_are_the_documented_ones() {
        let settings: OrganisationSettings = toml::from_str(EUPEN).unwrap();
        assert_eq!(
            (settings.live, settings.sector, settings.subsector),
            (true, 17, 1)
        );
        let service = settings.service(Service::RetrieveTiGroups).unwrap();
        assert_eq!(
            service.endpoint(Service::RetrieveTiGroups, settings.environment),
            "https://bcssksz-services-test.smals.be/SOA4520/RetrieveTIGroupsService/v2/retrieveTI"
        );
        assert_eq!(
            settings.upstream_user("eupen").unwrap().reply_prefix(),
            "reply.eupen."
        );
        assert!(settings.problems().is_empty());
    }

    #[test]
    fn what_is_a_guess_must_be_wanted() {
        let with = |service: &str, keys: &str| -> OrganisationSettings {
            let user = "ssdn_user_id = \"80010100136\"\nssdn_email = \"info@example.org\"\n";
            let root = EUPEN
                .trim_start()
                .replacen("environment", &format!("{user}environment"), 1);
            toml::from_str(&format!("{root}\n[services.{service}]\n{keys}")).unwrap()
        };
        let unsaid = with("loi65-ab", "");
        assert!(unsaid.service(Service::Loi65Ab).is_none());
        assert!(unsaid.problems()[0].starts_with("services.loi65-ab.enabled"));
        let wanted = with(
            "loi65-ab",
            "enabled = true\nversion = \"20091231\"\nservice_id = \"Loi65AB\"\nresend_same_attest = true",
        );
        assert_eq!(wanted.problems(), Vec::<String>::new());
        let own = wanted.service(Service::Loi65Ab).unwrap();
        assert_eq!(
            (own.version(Service::Loi65Ab), own.service_id(Service::Loi65Ab)),
            ("20091231", "Loi65AB")
        );
        assert_eq!(
            with("unemployment-data", "enabled = false").problems(),
            Vec::<String>::new()
        );
        let insurance = with("health-care-insurance", "legal_context = \"PCSA:SOCIAL_INQUIRY\"");
        assert!(insurance.problems()[0].contains("\"query insurance\""));
        let others = with(
            "identify-person",
            "service_id = \"Other\"\nresend_same_attest = true\nversion = \"20091231\"",
        );
        assert_eq!(others.problems().len(), 3, "{:?}", others.problems());
    }

    #[test]
    fn typos_and_wrong_values_are_refused() {
        assert!(toml::from_str::<OrganisationSettings>(&EUPEN.replace("cbe_number", "cbe_numbr")).is_err());
        assert!(toml::from_str::<OrganisationSettings>(&EUPEN.replace("0212344876\"", "0212\"")).is_err());
        assert!(
            toml::from_str::<OrganisationSettings>(&EUPEN.replace("retrieve-ti-groups", "tx25")).is_err()
        );
        let typo = EUPEN.replace("0212344876\"", "0212344867\"");
        let settings: OrganisationSettings = toml::from_str(&typo).unwrap();
        assert!(
            settings.problems()[0].starts_with("cbe_number"),
            "{:?}",
            settings.problems()
        );
        let settings: OrganisationSettings =
            toml::from_str(&format!("ssin_check = \"warn\"\n{typo}")).unwrap();
        assert!(settings.problems().is_empty());
        let settings: OrganisationSettings = toml::from_str(&format!(
            "{EUPEN}\nversion = \"v1\"\nhttp_connect_timeout_ms = 0\nendpoint = \"ftp://x\""
        ))
        .unwrap();
        assert_eq!(settings.problems().len(), 3, "{:?}", settings.problems());
    }
}
