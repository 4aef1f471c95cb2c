//! Where each lane's calls go, and as whom.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use anyhow::Context as _;
use relay_cbss::client::{CbssClient, ClientSettings, Credentials, Endpoint, Timeouts, TlsMaterial};
use relay_domain::Service;
use relay_service::{Organisation, RelaySettings};

/// Kept a little shorter than what servers and firewalls usually grant, so that it is this side that closes.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// All lanes.
pub(crate) struct Routes(HashMap<(String, Service), Route>);

/// One organisation's use of one service.
pub(crate) struct Route {
    /// The connections: an organisation's own, never shared with another's.
    pub(crate) client: CbssClient,
    /// URL and credentials.
    pub(crate) endpoint: Endpoint,
    /// The organisation's CBE number.
    pub(crate) cbe_number: String,
    /// The name of a classic service in its messages.
    pub(crate) service_id: String,
    /// The version of the service to speak.
    pub(crate) version: String,
    /// The legal context to state; classic services state none.
    pub(crate) legal_context: String,
    /// Whom a classic service is told of; empty texts for the others.
    pub(crate) user: ClassicUser,
    /// How long a call may take.
    pub(crate) total_timeout: Duration,
    /// Are requests sent?
    pub(crate) live: bool,
}

/// How an organisation presents itself to a service of the classic generation.
pub(crate) struct ClassicUser {
    /// Sector and number within it.
    pub(crate) matrix: (u16, u16),
    /// An SSIN or a program id.
    pub(crate) id: String,
    /// Its mail address.
    pub(crate) email: String,
}

impl Routes {
    /// Reads secrets and certificates, and prepares a client for each lane.
    pub(crate) fn build(settings: &RelaySettings) -> anyhow::Result<Self> {
        let mut routes = HashMap::new();
        for (id, organisation) in settings.organisations.iter() {
            for service in Service::ALL {
                if organisation.settings.service(service).is_some() {
                    let route = Route::build(organisation, service, settings.file.worker.max_response_bytes)
                        .with_context(|| format!("organisation {id}, service {}", service.as_str()))?;
                    routes.insert((id.as_str().to_owned(), service), route);
                }
            }
        }
        Ok(Self(routes))
    }

    /// The route of a lane, if the settings still have it.
    pub(crate) fn get(&self, organisation: &str, service: &str) -> Option<&Route> {
        self.0
            .get(&(organisation.to_owned(), Service::from_name(service)?))
    }
}

impl Route {
    fn build(
        organisation: &Organisation,
        service: Service,
        max_response_bytes: usize,
    ) -> anyhow::Result<Self> {
        let settings = &organisation.settings;
        let own = settings.service(service).context("the service is not enabled")?;
        let read = |path: &Option<std::path::PathBuf>| {
            path.as_ref()
                .map(|path| {
                    let path = organisation.file(path);
                    fs::read(&path).with_context(|| path.display().to_string())
                })
                .transpose()
        };
        let total_timeout = Duration::from_millis(own.http_total_timeout_ms.into());
        let client = CbssClient::new(&ClientSettings {
            timeouts: Timeouts {
                connect: Duration::from_millis(own.http_connect_timeout_ms.into()),
                total: total_timeout,
            },
            max_response_bytes,
            pool_idle_timeout: POOL_IDLE,
            tls: TlsMaterial {
                extra_roots: read(&settings.extra_root_certificates)?,
                identity: read(&settings.client_certificate)?,
            },
        })?;
        // Classic services know their callers by address and by what the envelope says.
        let credentials = if service.is_classic() {
            None
        } else {
            let password = organisation.http_password()?;
            Some(Credentials::new(
                settings.http_username.clone(),
                password.expose(),
            ))
        };
        let endpoint = Endpoint::new(&own.endpoint(service, settings.environment), credentials)?;
        Ok(Self {
            client,
            endpoint,
            cbe_number: settings.cbe_number.as_str().to_owned(),
            user: ClassicUser {
                matrix: (settings.sector, settings.subsector),
                id: settings.ssdn_user_id.clone().unwrap_or_default(),
                email: settings.ssdn_email.clone().unwrap_or_default(),
            },
            service_id: own.service_id(service).to_owned(),
            version: own.version(service).to_owned(),
            legal_context: own.legal_context(service).to_owned(),
            total_timeout,
            live: settings.live,
        })
    }
}
