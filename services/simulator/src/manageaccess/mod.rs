//! ManageAccess: a welfare organisation registers a person, ends that, or asks who has registered the person.
//!
//! It speaks the older dialect (SSDN): SOAP 1.1 whose body is one string, and in the string a whole XML document. There
//! is no HTTP authentication; the organisation is the `OrgUnit` in the document. Three layers can refuse:
//!
//! * What is no SOAP 1.1, or has no string in it, gets a SOAP fault (status 500). It has no detail.
//! * What breaks the rules of the document gets a reply with nothing but the summary of its context, and is not
//!   executed. Such are the schema's rules, and: one `ServiceRequest` a message, of this service and version; an
//!   `OrgUnit` of ten digits; a purpose unless for a LIST; some proof; no end before the start; years from 0001 to
//!   9999; ASCII digits. No fault rule is asked.
//! * What the business refuses (the number, the proof) gets a result of severity `ERROR`, and changes nothing.
//!
//! A proof holds when every part of it does. Card numbers always hold: no cards are known here. The last name must be
//! the person's in any case of letters, each word of the first name one of the first names, the birth date the same
//! where it is not 00. All of it goes for a LIST too. A call is executed, as the ledger has it, also when it is a LIST
//! or the business refuses it: it was worked on. What took effect is in the log of [`crate::registrations`], where
//! the rules of registering are too.
//!
//! What is not public was made up: the reason codes other than 30000001, 20000001 and 31000007; `Purpose` 0 in the
//! copy of a LIST that had none (the schema wants one); times in UTC; the zone `+02:00` for all dates, where zones
//! are asked for; the registrations in the reply to REGISTER and UNREGISTER, which are those of that purpose by any
//! organisation; what `Sector` is for, which is read and ignored.

mod decide;
mod document;
mod reply;
mod request;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use relay_runtime::Entropy;

use self::decide::decide;
use self::document::Sender;
use self::reply::{Finding, Severity, Summary};
use self::request::Request;
use crate::exchange::{Altered, Context, Question, Receipt, Refusal, Trouble, handle};
use crate::faults::Asked;
use crate::ledger::Entry;
use crate::registrations::{Order, Register, Registration};
use crate::service::{AccessAction, Service};
use crate::simulator::Simulator;
use crate::soap::{self, Element};

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
/// Namespace of this service's own part.
pub const MANAGE_ACCESS: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/ManageAccess";

/// `ServiceId`.
pub const SERVICE_ID: &str = "OCMWCPASManageAccess";
/// `Version`.
pub const VERSION: &str = "20050930";

/// How answers are written.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// What stands for an organisation in `OrgUnit`, by its enterprise number; the number itself where nothing does.
    pub org_units: HashMap<String, String>,
    /// Whether dates end with a zone.
    pub zoned_dates: bool,
}

impl Style {
    /// The `OrgUnit` of an organisation.
    #[must_use]
    pub fn org_unit<'s>(&'s self, cbe_number: &'s str) -> &'s str {
        self.org_units.get(cbe_number).map_or(cbe_number, String::as_str)
    }
}

/// The route of this service.
pub(crate) fn routes() -> Router<Arc<Simulator>> {
    Router::new().route(PATH, post(handle::<Message>))
}

/// A message that fits the schema: who sent it, and what it asks.
pub(crate) struct Message {
    sender: Sender,
    request: Request,
}

impl Message {
    fn order<'o>(&'o self, purpose: i64, ticket_cbss: &'o str) -> Order<'o> {
        Order {
            ticket: self.sender.reference.as_deref(),
            ticket_cbss,
            ssin: &self.request.ssin,
            cbe_number: &self.sender.org_unit,
            action: self.request.action,
            purpose,
            period: self.request.period,
        }
    }

    /// Executes what was asked; gives what is registered then.
    fn execute(&self, context: &Context) -> Vec<Registration> {
        let registrations = &context.simulator.registrations;
        let request = &self.request;
        let registers: &[Register] = match (request.action, request.purpose) {
            (AccessAction::List, _) | (AccessAction::Register | AccessAction::Unregister, None) => {
                context.call.execute();
                request.query_register.registers()
            }
            (AccessAction::Register | AccessAction::Unregister, Some(purpose)) => {
                registrations.execute(&self.order(purpose, &context.ticket), || context.call.execute());
                &Register::BOTH
            }
        };
        registrations.overlapping(&request.ssin, request.period, registers, request.purpose)
    }
}

impl Question for Message {
    const SERVICE: Service = Service::ManageAccess;
    const SOAP_ACTION: &'static str = SOAP_ACTION;
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

    fn read(body: &Element) -> Result<Self, Refusal> {
        let text = document::string(body)?;
        document::read(&text).map_err(|violation| Refusal::Answered {
            body: reply::rejection(&violation),
            violation,
        })
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            service: <Self as Question>::SERVICE,
            action: Some(self.request.action),
            ssin: &self.request.ssin,
            cbe_number: Some(&self.sender.org_unit),
        }
    }

    fn note(&self, entry: &mut Entry) {
        entry.action = Some(self.request.action);
        entry.ticket.clone_from(&self.sender.reference);
        entry.ssin = Some(self.request.ssin.clone());
        entry.cbe_number = Some(self.sender.org_unit.clone());
    }

    fn answer(&self, context: &Context, altered: Option<Altered>) -> Bytes {
        let (mut summary, mut registrations) = match decide(&context.simulator.population, &self.request) {
            Ok(()) => (Summary::good(), Some(self.execute(context))),
            Err(finding) => {
                context.call.execute();
                (Summary::of(finding), None)
            }
        };
        if let Some(altered) = altered {
            registrations = registrations.filter(|_| altered.with_data);
            summary = Summary::of(Finding {
                severity: Severity::of(altered.value),
                code: altered.code.into(),
                diagnostic: "As the fault script says.".into(),
                information: Vec::new(),
            });
        }
        context.call.note(|entry| entry.status = Some(summary.status()));
        let style = &context.simulator.style;
        reply::write(self, context.receipt(), &summary, registrations.as_deref(), style).into()
    }

    fn fault(trouble: &Trouble<'_>, _: Option<&Self>, _: Receipt<'_>) -> String {
        let reason = format!("{}: {}", trouble.message, trouble.diagnostic);
        soap::fault(trouble.code, &reason, |_| {})
    }
}

#[cfg(test)]
mod tests;
