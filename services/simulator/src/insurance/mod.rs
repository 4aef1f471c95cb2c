//! HealthCareInsurance v1: what the health insurance funds know of a person.
//!
//! Made up: the path on the hosts for centres; which data each operation tells (all that are wanted); the data, which follow
//! from the person's number, so that they are the same each time. Legal contexts other than the ten of the schema break it;
//! of those, "social inquiry and financial help" is granted beside the contexts that the simulator is told to grant.

mod facts;
mod reply;
mod request;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use relay_runtime::Entropy;

use self::request::{OPERATIONS, Request};
use crate::exchange::{Altered, Context, Question, Receipt, Refusal, Trouble, handle};
use crate::faults::Asked;
use crate::ledger::Entry;
use crate::service::Service;
use crate::simulator::Simulator;
use crate::soa::{self, Verdict};
use crate::soap::Element;

/// Path of the endpoint.
pub const PATH: &str = "/SOA4520/HealthCareInsuranceService/consult_01";

/// Namespace of the service's messages; their inner elements have none.
pub const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/HealthCareInsuranceService/v1";

/// Granted without being told so.
const GRANTED: &str = "social inquiry and financial help";

/// The route of this service.
pub(crate) fn routes() -> Router<Arc<Simulator>> {
    Router::new().route(PATH, post(handle::<Request>))
}

impl Question for Request {
    const SERVICE: Option<Service> = Some(Service::HealthCareInsurance);
    const SOAP_ACTIONS: &'static [&'static str] = &[
        "\"http://kszbcss.fgov.be/HealthCareInsuranceService/getInsuranceOrganizationInformations\"",
        "\"http://kszbcss.fgov.be/HealthCareInsuranceService/consultMAF\"",
        "\"http://kszbcss.fgov.be/HealthCareInsuranceService/consultHolderCode\"",
    ];
    const AUTHENTICATED: bool = true;

    fn ticket(entropy: &Entropy) -> String {
        entropy.uuid_v4().to_string()
    }

    fn read(body: &Element, action: usize) -> Result<Self, Refusal> {
        Ok(request::check(body, action)?)
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            service: Service::HealthCareInsurance,
            action: None,
            ssin: &self.ssin,
            cbe_number: self.head.cbe_number(),
        }
    }

    fn note(&self, entry: &mut Entry) {
        self.head.note(entry);
        entry.ssin = Some(self.ssin.clone());
    }

    fn answer(&self, context: &Context, altered: Option<Altered>) -> Bytes {
        context.call.execute();
        let simulator = &*context.simulator;
        let asked = &self.head.legal_context;
        let verdict = if asked == GRANTED || simulator.legal_contexts.contains(asked) {
            soa::decide(simulator, &self.head, &self.ssin)
        } else {
            Verdict::not_allowed(&self.head)
        };
        let verdict = verdict.altered(altered);
        context.call.note(|entry| entry.status = Some(verdict.status()));
        reply::write(self, context.receipt(), &verdict).into()
    }

    fn fault(trouble: &Trouble<'_>, question: Option<&Self>, receipt: Receipt<'_>) -> String {
        let operation = question.map_or(OPERATIONS[0], |question| question.operation);
        let head = question.map(|question| &question.head);
        soa::fault((&format!("{operation}Fault"), NAMESPACE), trouble, head, receipt)
    }
}
