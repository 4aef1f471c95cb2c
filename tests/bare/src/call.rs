//! The call: RetrieveTIGroups v2 over HTTP with reqwest.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use uuid::Uuid;

const SOAP_ACTION: &str = "\"http://kszbcss.fgov.be/RetrieveTIGroupsService/retrieveTI\"";

/// Where to ask, and as whom.
#[derive(Debug, clap::Args)]
pub struct Endpoint {
    /// The URL to post to.
    #[arg(long, value_name = "URL")]
    pub endpoint: String,
    /// User of the basic authentication.
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// Its password.
    #[arg(long)]
    pub password: String,
}

/// Asks over kept connections.
#[derive(Debug)]
pub struct Caller {
    http: reqwest::Client,
    endpoint: Endpoint,
}

impl Caller {
    /// A caller that keeps up to `connections` open.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(endpoint: Endpoint, connections: usize) -> anyhow::Result<Self> {
        // The client wants one also where it speaks plain HTTP only; a second one is refused and not needed.
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = reqwest::Client::builder()
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(connections)
            .build()
            .context("setting up the HTTP client")?;
        Ok(Self { http, endpoint })
    }

    /// The body of the reply to one question.
    ///
    /// # Errors
    /// When there is no reply, or it is no success.
    pub async fn ask(&self, ssin: &str, history: bool, ticket: Uuid) -> anyhow::Result<Vec<u8>> {
        let Endpoint {
            endpoint,
            user,
            password,
        } = &self.endpoint;
        let request = self
            .http
            .post(endpoint)
            .basic_auth(user, Some(password))
            .header("content-type", "text/xml; charset=utf-8")
            .header("soapaction", SOAP_ACTION)
            .body(question(ssin, history, ticket));
        let response = request.send().await.context("asking")?;
        let status = response.status();
        let body = response.bytes().await.context("reading the reply")?;
        ensure!(status.is_success(), "the reply has status {status}");
        Ok(body.into())
    }

    /// Gets JSON; for the simulator's list of people.
    ///
    /// # Errors
    /// When there is none.
    pub async fn get<T: serde::de::DeserializeOwned>(&self, url: &str) -> anyhow::Result<T> {
        let body = self
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .bytes()
            .await?;
        serde_json::from_slice(&body).with_context(|| format!("reading what {url} answers"))
    }
}

/// The request. The ticket is not looked at again, so the time in it need not be right.
fn question(ssin: &str, history: bool, ticket: Uuid) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>\
         <v2:retrieveTIGroupsRequest xmlns:v2=\"http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2\">\
         <informationCustomer><ticket>{ticket}</ticket><timestampSent>2026-01-01T00:00:00.000Z</timestampSent>\
         <customerIdentification><cbeNumber>0212344876</cbeNumber></customerIdentification></informationCustomer>\
         <legalContext>PCSA:SOCIAL_INQUIRY</legalContext>\
         <searchInformation><ssin>{ssin}</ssin><language>de</language><history>{history}</history></searchInformation>\
         </v2:retrieveTIGroupsRequest></soapenv:Body></soapenv:Envelope>"
    )
}
