//! The older dialect (SSDN): SOAP 1.1 whose body is one string, and in the string a whole XML document, which says for
//! which service it is. One address and one operation serve them all: [`crate::manageaccess`],
//! [`crate::identifyperson`], [`crate::performinvestigation`] and [`crate::loi65`] here.
//!
//! There is no HTTP authentication; the organisation is the `OrgUnit` in the document. Three layers can refuse:
//!
//! * What is no SOAP 1.1, or has no string in it, gets a SOAP fault (status 500). It has no detail.
//! * What breaks the rules of the document gets a reply with nothing but the summary of its context, and is not
//!   executed. Such are the schema's rules, and: one `ServiceRequest` a message, of a known service and its version; an
//!   `OrgUnit` of ten digits; ASCII digits; what a service adds. No fault rule is asked.
//! * What the business refuses gets a result of severity `ERROR` from the service, and the context points at it.
//!
//! A call is executed, as the ledger has it, also when the business refuses it: it was worked on.
//!
//! What is not public was made up: the reason codes other than 30000001, 20000001 and 31000007 and those that a service
//! names; times in UTC.

pub(crate) mod document;
mod numbers;
mod reply;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use relay_runtime::Entropy;

pub(crate) use self::document::Sender;
pub(crate) use self::numbers::in_force;
use self::reply::Summary;
pub(crate) use self::reply::{Finding, LACKING, Severity};
use crate::exchange::{Altered, Context, Question, Receipt, Refusal, Trouble, handle};
use crate::faults;
use crate::ledger::Entry;
use crate::service::{AccessAction, Service};
use crate::simulator::Simulator;
use crate::soap::{self, Element};
use crate::{identifyperson, loi65, manageaccess, performinvestigation};

/// Path of the endpoint, as on the real hosts.
pub const PATH: &str = "/connectors/webservice/KSZBCSSWebServiceConnectorPort";

/// The header `SOAPAction` of the only operation, with the quotes that SOAP 1.1 asks for.
pub const SOAP_ACTION: &str = "\"http://ksz-bcss.fgov.be/connectors/WebServiceConnector/sendXML\"";

/// Namespace of the string in the SOAP body.
pub const CONNECTOR: &str = "http://ksz-bcss.fgov.be/connectors/WebServiceConnector";
/// Namespace of the document.
pub const SERVICE: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/Service";
/// Namespace of what all services share.
pub const COMMON: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/Common";

/// The route of these services.
pub(crate) fn routes() -> Router<Arc<Simulator>> {
    Router::new().route(PATH, post(handle::<Message>))
}

/// A message that fits the schema: who sent it, and what it asks.
pub(crate) struct Message {
    pub(crate) sender: Sender,
    pub(crate) asked: Asked,
}

/// The request of a service.
pub(crate) enum Asked {
    ManageAccess(manageaccess::request::Request),
    IdentifyPerson(identifyperson::request::Request),
    PerformInvestigation(performinvestigation::request::Request),
    /// With its version.
    Loi65(loi65::Request, String),
}

/// What a service makes of a request.
pub(crate) struct Outcome {
    /// Details of the result; none of them means that all is well.
    pub(crate) findings: Vec<Finding>,
    /// The service's own part of the reply, where there is to be one.
    pub(crate) content: Option<String>,
}

impl Asked {
    fn service(&self) -> Service {
        match self {
            Self::ManageAccess(_) => Service::ManageAccess,
            Self::IdentifyPerson(_) => Service::IdentifyPerson,
            Self::PerformInvestigation(_) => Service::PerformInvestigation,
            Self::Loi65(request, _) => request.letters.service(),
        }
    }

    /// `ServiceId` and `Version`.
    fn name(&self) -> (&'static str, &str) {
        match self {
            Self::ManageAccess(_) => (manageaccess::SERVICE_ID, manageaccess::VERSION),
            Self::IdentifyPerson(_) => (identifyperson::SERVICE_ID, identifyperson::VERSION),
            Self::PerformInvestigation(request) => (performinvestigation::SERVICE_ID, &request.version),
            Self::Loi65(request, version) => (request.letters.service_id(), version),
        }
    }

    fn action(&self) -> Option<AccessAction> {
        match self {
            Self::ManageAccess(request) => Some(request.action),
            Self::IdentifyPerson(_) | Self::PerformInvestigation(_) | Self::Loi65(..) => None,
        }
    }

    fn ssin(&self) -> Option<&str> {
        match self {
            Self::ManageAccess(request) => Some(&request.ssin),
            Self::IdentifyPerson(request) => request.ssin.as_deref(),
            Self::PerformInvestigation(request) => Some(&request.ssin),
            Self::Loi65(request, _) => request.forms.first().map(|form| form.ssin.as_str()),
        }
    }
}

impl Question for Message {
    const SERVICE: Option<Service> = None;
    const SOAP_ACTIONS: &'static [&'static str] = &[SOAP_ACTION];
    const AUTHENTICATED: bool = false;

    /// Fifteen capital letters and digits.
    fn ticket(entropy: &Entropy) -> String {
        const SIGNS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let sign = |number: u64| SIGNS.get((number % 36) as usize).copied().map(char::from);
        std::iter::repeat_with(|| sign(entropy.u64()))
            .flatten()
            .take(15)
            .collect()
    }

    fn read(body: &Element, _: usize) -> Result<Self, Refusal> {
        let text = document::string(body)?;
        document::read(&text).map_err(|rejected| Refusal::Answered {
            body: reply::rejection(&rejected.violation),
            violation: rejected.violation,
            service: rejected.service,
        })
    }

    fn asked(&self) -> faults::Asked<'_> {
        faults::Asked {
            service: self.asked.service(),
            action: self.asked.action(),
            ssin: self.asked.ssin().unwrap_or_default(),
            cbe_number: Some(&self.sender.org_unit),
        }
    }

    fn note(&self, entry: &mut Entry) {
        entry.service = Some(self.asked.service());
        entry.action = self.asked.action();
        entry.ticket.clone_from(&self.sender.reference);
        entry.ssin = self.asked.ssin().map(str::to_owned);
        entry.cbe_number = Some(self.sender.org_unit.clone());
    }

    fn answer(&self, context: &Context, altered: Option<Altered>) -> Bytes {
        let mut outcome = match &self.asked {
            Asked::ManageAccess(request) => manageaccess::answer(&self.sender, request, context),
            Asked::IdentifyPerson(request) => identifyperson::answer(request, context),
            Asked::PerformInvestigation(request) => performinvestigation::answer(request, context),
            Asked::Loi65(request, _) => loi65::answer(&self.sender.org_unit, request, context),
        };
        if let Some(altered) = altered {
            outcome = Outcome {
                findings: vec![Finding {
                    severity: Severity::of(altered.value),
                    code: altered.code.into(),
                    diagnostic: "As the fault script says.".into(),
                    information: Vec::new(),
                }],
                content: outcome.content.filter(|_| altered.with_data),
            };
        }
        let summary = Summary::of(outcome.findings);
        context.call.note(|entry| entry.status = Some(summary.status()));
        let (name, content) = (self.asked.name(), outcome.content.as_deref());
        reply::write(&self.sender, name, context.receipt(), &summary, content).into()
    }

    fn fault(trouble: &Trouble<'_>, _: Option<&Self>, _: Receipt<'_>) -> String {
        let reason = format!("{}: {}", trouble.message, trouble.diagnostic);
        soap::fault(trouble.code, &reason, |_| {})
    }
}
