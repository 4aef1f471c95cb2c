//! UnemploymentData v2: what the unemployment office knows of a person.
//!
//! Made up: the path on the hosts for centres; the data, which follow from the person's number, so that they are the same
//! each time and in each operation. Of one person in seven the office knows nothing. "SOCIAL_INVESTIGATION_OF_PCSA" is granted
//! beside the legal contexts that the simulator is told to grant. A period of more than 48 months is a wrong value.

mod facts;
mod reply;
mod request;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use relay_runtime::Entropy;

use self::facts::Facts;
use self::request::{OPERATIONS, Request};
use crate::exchange::{Altered, Context, Question, Receipt, Refusal, Trouble, handle};
use crate::faults::Asked;
use crate::ledger::Entry;
use crate::service::Service;
use crate::simulator::Simulator;
use crate::soa::{self, Verdict};
use crate::soap::Element;

/// Path of the endpoint.
pub const PATH: &str = "/SOA4520/UnemploymentDataService/pull";

/// Namespace of the service's messages; their inner elements have none.
pub const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/UnemploymentDataService/v2";

/// Granted without being told so.
const GRANTED: &str = "SOCIAL_INVESTIGATION_OF_PCSA";

/// The route of this service.
pub(crate) fn routes() -> Router<Arc<Simulator>> {
    Router::new().route(PATH, post(handle::<Request>))
}

impl Question for Request {
    const SERVICE: Option<Service> = Some(Service::UnemploymentData);
    const SOAP_ACTIONS: &'static [&'static str] = &[
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultPaidSums\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultSituation\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultRights\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultPayments\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultActivationPaidSums\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultScheduledPayment\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultCareerBreak\"",
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
            service: Service::UnemploymentData,
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
        let verdict = if asked != GRANTED && !simulator.legal_contexts.contains(asked) {
            Verdict::not_allowed(&self.head)
        } else if self.months().is_some_and(|months| months > 48) {
            Verdict::invalid("period", "more than 48 months")
        } else {
            soa::decide(simulator, &self.head, &self.ssin)
        };
        let known = verdict.person.is_none_or(|person| Facts::of(person.ssin).known);
        let verdict = if known { verdict } else { Verdict::nothing_known() };
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
