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

pub use self::request::{NAMESPACE, Request, check};
use crate::exchange::{Altered, Context, Question, Receipt, Refusal, Trouble, handle};
use crate::faults::Asked;
use crate::ledger::Entry;
pub use crate::schema::Violation;
use crate::service::Service;
use crate::simulator::Simulator;
use crate::soa::{self, Verdict};
use crate::soap::Element;

/// Path of the endpoint, as on the real hosts.
pub const PATH: &str = "/SOA4520/RetrieveTIGroupsService/v2/retrieveTI";

/// The header `SOAPAction` of the only operation, with the quotes that SOAP 1.1 asks for.
pub const SOAP_ACTION: &str = "\"http://kszbcss.fgov.be/RetrieveTIGroupsService/retrieveTI\"";

/// The route of this service.
pub(crate) fn routes() -> Router<Arc<Simulator>> {
    Router::new().route(PATH, post(handle::<Request>))
}

impl Question for Request {
    const SERVICE: Option<Service> = Some(Service::RetrieveTiGroups);
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
            service: Service::RetrieveTiGroups,
            action: None,
            ssin: &self.ssin,
            cbe_number: self.head.cbe_number(),
        }
    }

    fn note(&self, entry: &mut Entry) {
        self.head.note(entry);
        entry.ssin = Some(self.ssin.clone());
        entry.history = Some(self.history);
        entry.language = Some(self.language);
    }

    fn answer(&self, context: &Context, altered: Option<Altered>) -> Bytes {
        context.call.execute();
        let simulator = &*context.simulator;
        let granted = simulator.legal_contexts.contains(&self.head.legal_context);
        if let (None, true, Some(verbatim)) = (&altered, granted, simulator.replies.get(&self.ssin)) {
            context
                .call
                .note(|entry| entry.status = Some("from the given replies".to_owned()));
            return verbatim;
        }
        let verdict = if granted {
            soa::decide(simulator, &self.head, &self.ssin)
        } else {
            Verdict::not_allowed(&self.head)
        };
        let verdict = verdict.altered(altered);
        context.call.note(|entry| entry.status = Some(verdict.status()));
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
        let head = question.map(|question| &question.head);
        soa::fault(("retrieveTIGroupsFault", NAMESPACE), trouble, head, receipt)
    }
}

#[cfg(test)]
mod tests;
