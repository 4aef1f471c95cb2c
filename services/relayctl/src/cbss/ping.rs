//! `relayctl cbss ping`.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use relay_cbss::client::{
    CbssClient, ClientSettings, Credentials, Endpoint, SendCause, SendError, Timeouts, TlsMaterial,
};
use relay_cbss::{ParseOptions, Reply, StatusKind, test_connection};
use relay_domain::{Language, Service, TestConnection};
use relay_runtime::Entropy;
use relay_service::{Organisation, RelaySettings};
use serde::Serialize;

use crate::arguments;
use crate::failure::Failure;
use crate::table;

/// An echo is short.
const MOST_BYTES: usize = 256 * 1024;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  relayctl cbss ping --organisation eupen-test --config /etc/cbss-relay/relay.toml"
)]
pub(super) struct PingArgs {
    /// With the endpoint, credentials, certificates and time-outs of this organisation.
    #[arg(long, value_parser = arguments::organisation)]
    organisation: String,
    /// What the CBSS is to say back; by default something new. No place for personal data.
    #[arg(long, value_name = "TEXT")]
    echo: Option<String>,
    /// JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// What came back.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pong {
    organisation: String,
    endpoint: String,
    http_status: u16,
    duration_ms: u64,
    ok: bool,
    echoed: bool,
    ticket: Option<String>,
    received_at: Option<String>,
    replied_at: Option<String>,
    certificate: Option<String>,
    codes: Vec<String>,
}

impl PingArgs {
    /// Exits with 0 where the echo came back, 1 where something else did, 2 for bad settings, 5 where nothing answers, 6
    /// after the time-out.
    pub(super) fn run(self, config: &Path) -> ExitCode {
        match crate::wait(self.ping(config)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                super::note(&format!("relayctl: {failure}"));
                failure.exit_code()
            }
        }
    }

    async fn ping(self, config: &Path) -> Result<(), Failure> {
        let settings = RelaySettings::read(config).map_err(Failure::invalid)?;
        let organisation = settings.organisations.get(&self.organisation).ok_or_else(|| {
            Failure::Invalid(format!(
                "--organisation: there are no settings for {}",
                self.organisation
            ))
        })?;
        let service = Service::TestConnection;
        let own = organisation.settings.service(service).ok_or_else(|| {
            Failure::Invalid(format!(
                "{} is not entitled to test-connection: its settings need [services.test-connection]",
                self.organisation
            ))
        })?;
        let url = own.endpoint(service, organisation.settings.environment);
        let (client, endpoint) = access(organisation, &url).map_err(Failure::invalid)?;
        let request = TestConnection {
            echo: self
                .echo
                .unwrap_or_else(|| format!("cbss-relay ping {}", Entropy::system().uuid_v4())),
            language: Language::En,
        };
        let call =
            test_connection::build(&request).map_err(|error| Failure::Invalid(format!("--echo: {error}")))?;
        let answer = client
            .send(&call, &endpoint, None)
            .await
            .map_err(|error| unanswered(&url, &error))?;
        let options = ParseOptions::new(Language::En);
        let reply = test_connection::parse(&answer.body, answer.content_type.as_deref(), &options);
        let reply = reply.map_err(|error| {
            Failure::Negative(format!(
                "{url} answered with HTTP status {} and no reply of the service: {error}",
                answer.status
            ))
        })?;
        let pong = Pong::of(
            self.organisation,
            url,
            answer.status,
            answer.duration,
            &request.echo,
            &reply,
        );
        if self.json {
            table::json(&pong)?;
        } else {
            pong.print();
        }
        if pong.ok && pong.echoed {
            Ok(())
        } else {
            Err(Failure::Negative(
                "the CBSS answered, and not with the echo".to_owned(),
            ))
        }
    }
}

impl Pong {
    fn of(
        organisation: String,
        endpoint: String,
        http_status: u16,
        duration: Duration,
        sent: &str,
        reply: &Reply,
    ) -> Self {
        let field = |path: &str| {
            let row = reply.rows.first();
            row.and_then(|row| row.field(path)).map(str::to_owned)
        };
        // White space comes back collapsed.
        let sent = sent.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            organisation,
            endpoint,
            http_status,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            ok: reply.status == StatusKind::Ok,
            echoed: field("echo").is_some_and(|echo| echo == sent),
            ticket: reply.ticket.clone(),
            received_at: field("informationCBSS/timestampReceive"),
            replied_at: field("informationCBSS/timestampReply"),
            certificate: field("sslCertificate"),
            codes: reply.codes.clone(),
        }
    }

    fn print(&self) {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        table::line(&format!("{} as {}", self.endpoint, self.organisation));
        table::line(&format!(
            "HTTP status {} after {} ms; the echo {}",
            self.http_status,
            self.duration_ms,
            if self.echoed {
                "came back"
            } else {
                "did not come back"
            }
        ));
        table::line(&format!(
            "CBSS ticket {}, received {}, replied {}",
            or_none(&self.ticket),
            or_none(&self.received_at),
            or_none(&self.replied_at)
        ));
        table::line(&format!(
            "certificate that it sees: {}",
            or_none(&self.certificate)
        ));
        if !self.codes.is_empty() {
            table::line(&format!("codes {}", self.codes.join(" ")));
        }
    }
}

/// As the worker sets it up.
fn access(organisation: &Organisation, url: &str) -> anyhow::Result<(CbssClient, Endpoint)> {
    use anyhow::Context as _;

    let settings = &organisation.settings;
    let own = settings
        .service(Service::TestConnection)
        .context("the service is not enabled")?;
    let read = |path: &Option<std::path::PathBuf>| {
        path.as_ref()
            .map(|path| {
                let path = organisation.file(path);
                std::fs::read(&path).with_context(|| path.display().to_string())
            })
            .transpose()
    };
    let client = CbssClient::new(&ClientSettings {
        timeouts: Timeouts {
            connect: Duration::from_millis(own.http_connect_timeout_ms.into()),
            total: Duration::from_millis(own.http_total_timeout_ms.into()),
        },
        max_response_bytes: MOST_BYTES,
        pool_idle_timeout: Duration::ZERO,
        tls: TlsMaterial {
            extra_roots: read(&settings.extra_root_certificates)?,
            identity: read(&settings.client_certificate)?,
        },
    })?;
    let password = organisation.http_password()?;
    let credentials = Credentials::new(settings.http_username.clone(), password.expose());
    Ok((client, Endpoint::new(url, Some(credentials))?))
}

fn unanswered(url: &str, error: &SendError) -> Failure {
    let text = format!("{url}: {error}");
    if error.cause() == SendCause::Timeout {
        Failure::TimeOut(text)
    } else {
        Failure::Unreachable(text)
    }
}
