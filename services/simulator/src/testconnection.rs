//! TestConnection v1: says back what it is told. SOAP 1.1, document/literal, basic authentication.
//!
//! The service has no status, so a fault rule that wants one said is answered as if there were none. What it says of the
//! certificate is made up: the simulator asks for none.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use relay_runtime::Entropy;

use crate::exchange::{Altered, Context, Question, Receipt, Refusal, Trouble, handle};
use crate::faults::Asked;
use crate::ledger::Entry;
use crate::schema::{Children, Violation};
use crate::service::Service;
use crate::simulator::Simulator;
use crate::soa::information_cbss;
use crate::soap::{self, Element, text_element};

/// Path of the endpoint, as on the real hosts.
pub const PATH: &str = "/SOA4520/TestConnectionServiceService/sendTestMessage";

/// The header `SOAPAction` of the only operation, with the quotes that SOAP 1.1 asks for.
pub const SOAP_ACTION: &str = "\"http://kszbcss.fgov.be/TestConnectionServiceService/sendTestMessage\"";

/// Namespace of the service's messages; their inner elements have none.
pub const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/TestConnectionServiceService/v1";

/// The certificate that it claims to have seen.
const CERTIFICATE: &str = "CN=client.of.the.simulator";

/// The route of this service.
pub(crate) fn routes() -> Router<Arc<Simulator>> {
    Router::new().route(PATH, post(handle::<Request>))
}

/// A request that fits the schema.
pub(crate) struct Request {
    echo: String,
}

/// Reads the body's element.
fn check(root: &Element) -> Result<Request, Violation> {
    let mut parts = Children::of_message(root, NAMESPACE, "sendTestMessageRequest")?;
    let echo = parts.required("echo")?.text(|_| true)?;
    parts.finish()?;
    Ok(Request { echo })
}

impl Question for Request {
    const SERVICE: Option<Service> = Some(Service::TestConnection);
    const SOAP_ACTIONS: &'static [&'static str] = &[SOAP_ACTION];
    const AUTHENTICATED: bool = true;

    fn ticket(entropy: &Entropy) -> String {
        entropy.uuid_v4().to_string()
    }

    fn read(body: &Element, _: usize) -> Result<Self, Refusal> {
        Ok(check(body)?)
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            service: Service::TestConnection,
            action: None,
            ssin: "",
            cbe_number: None,
        }
    }

    fn note(&self, _: &mut Entry) {}

    fn answer(&self, context: &Context, _: Option<Altered>) -> Bytes {
        context.call.execute();
        context.call.note(|entry| entry.status = Some("echo".to_owned()));
        let receipt = context.receipt();
        soap::enclose(1024, |out| {
            let _ = write!(out, "<v1:sendTestMessageResponse xmlns:v1=\"{NAMESPACE}\">");
            information_cbss(receipt, out);
            text_element("echo", &self.echo, out);
            text_element("sslCertificate", CERTIFICATE, out);
            out.push_str("</v1:sendTestMessageResponse>");
        })
        .into()
    }

    fn fault(trouble: &Trouble<'_>, _: Option<&Self>, _: Receipt<'_>) -> String {
        let reason = format!("{}: {}", trouble.message, trouble.diagnostic);
        soap::fault(trouble.code, &reason, |_| {})
    }
}
