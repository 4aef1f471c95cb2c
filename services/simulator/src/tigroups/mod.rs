//! RetrieveTIGroups v2 ("Tx25"): what the National Register holds about one person.
//!
//! SOAP 1.1, document/literal, basic authentication. A message that is no SOAP 1.1 or breaks the schema is answered
//! with a fault; a value that only the business can refuse, with a status (`NO_RESULT`, `NO_DATA_FOUND`).

mod reply;
mod request;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use relay_runtime::Entropy;

use self::reply::Verdict;
pub(crate) use self::reply::information_cbss;
pub use self::request::{Customer, NAMESPACE, Request, check};
use crate::exchange::{Altered, Context, Question, Receipt, Refusal, Trouble, handle};
use crate::faults::Asked;
use crate::ledger::Entry;
use crate::registrations::{Period, Register};
pub use crate::schema::Violation;
use crate::service::Service;
use crate::simulator::Simulator;
use crate::soap::Element;

/// Path of the endpoint, as on the real hosts.
pub const PATH: &str = "/SOA4520/RetrieveTIGroupsService/v2/retrieveTI";

/// The header `SOAPAction` of the only operation, with the quotes that SOAP 1.1 asks for.
pub const SOAP_ACTION: &str = "\"http://kszbcss.fgov.be/RetrieveTIGroupsService/retrieveTI\"";

/// The route of this service.
pub(crate) fn routes() -> Router<Arc<Simulator>> {
    Router::new().route(PATH, post(handle::<Request>))
}

impl Request {
    fn cbe_number(&self) -> Option<&str> {
        match &self.customer {
            Customer::Cbe(number) => Some(number),
            Customer::Institution { .. } => None,
        }
    }

    /// Has the organisation registered the person, for any purpose, with today in the period?
    fn is_inscribed(&self, simulator: &Simulator, ssin: &str) -> bool {
        let today = simulator.clock.now().date();
        let today = Period {
            start: today,
            end: Some(today),
        };
        simulator
            .registrations
            .overlapping(ssin, today, &[Register::Primary], None)
            .iter()
            .any(|registration| Some(registration.cbe_number.as_str()) == self.cbe_number())
    }
}

impl Question for Request {
    const SERVICE: Option<Service> = Some(Service::RetrieveTiGroups);
    const SOAP_ACTION: &'static str = SOAP_ACTION;
    const AUTHENTICATED: bool = true;

    fn ticket(entropy: &Entropy) -> String {
        entropy.uuid_v4().to_string()
    }

    fn read(body: &Element) -> Result<Self, Refusal> {
        Ok(check(body)?)
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            service: Service::RetrieveTiGroups,
            action: None,
            ssin: &self.ssin,
            cbe_number: self.cbe_number(),
        }
    }

    fn note(&self, entry: &mut Entry) {
        entry.ticket.clone_from(&self.ticket);
        entry.ssin = Some(self.ssin.clone());
        entry.cbe_number = self.cbe_number().map(str::to_owned);
        entry.legal_context = Some(self.legal_context.clone());
        entry.history = Some(self.history);
        entry.language = Some(self.language);
    }

    fn answer(&self, context: &Context, altered: Option<Altered>) -> Bytes {
        context.call.execute();
        let simulator = &*context.simulator;
        let granted = simulator.legal_contexts.contains(&self.legal_context);
        if let (None, true, Some(verbatim)) = (&altered, granted, simulator.replies.get(&self.ssin)) {
            context
                .call
                .note(|entry| entry.status = Some("from the given replies".to_owned()));
            return verbatim;
        }
        let mut verdict = if granted {
            reply::decide(&simulator.population, self, |ssin| {
                !simulator.require_inscription || self.is_inscribed(simulator, ssin)
            })
        } else {
            Verdict::not_allowed(self)
        };
        if let Some(altered) = altered {
            verdict.description = "As the fault script says.";
            verdict.person = verdict.person.filter(|_| altered.with_data);
            (verdict.value, verdict.code) = (altered.value, altered.code);
        }
        context
            .call
            .note(|entry| entry.status = Some(format!("{} {}", verdict.value, verdict.code)));
        reply::write(
            &simulator.population,
            self,
            context.receipt(),
            &verdict,
            simulator.scale,
        )
        .into()
    }

    fn fault(trouble: &Trouble<'_>, question: Option<&Self>, receipt: Receipt<'_>) -> String {
        reply::fault(trouble, question, receipt)
    }
}

#[cfg(test)]
mod tests;
