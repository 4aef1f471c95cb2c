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

use self::facts::Facts;
use self::request::{OPERATIONS, Request};
use crate::exchange::{Receipt, handle};
use crate::schema::Violation;
use crate::service::Service;
use crate::simulator::Simulator;
use crate::soa::{self, Consultation, Head, Verdict};
use crate::soap::Element;

/// Path of the endpoint.
pub const PATH: &str = "/SOA4520/UnemploymentDataService/pull";

/// Namespace of the service's messages; their inner elements have none.
pub const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/UnemploymentDataService/v2";

/// The route of this service.
pub(crate) fn routes() -> Router<Arc<Simulator>> {
    Router::new().route(PATH, post(handle::<Request>))
}

impl Consultation for Request {
    const SERVICE: Service = Service::UnemploymentData;
    const NAMESPACE: &'static str = NAMESPACE;
    const OPERATIONS: &'static [&'static str] = &OPERATIONS;
    const SOAP_ACTIONS: &'static [&'static str] = &[
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultPaidSums\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultSituation\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultRights\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultPayments\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultActivationPaidSums\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultScheduledPayment\"",
        "\"http://kszbcss.fgov.be/UnemploymentDataService/consultCareerBreak\"",
    ];
    const GRANTED: &'static str = "SOCIAL_INVESTIGATION_OF_PCSA";

    fn check(body: &Element, action: usize) -> Result<Self, Violation> {
        request::check(body, action)
    }

    fn operation(&self) -> &'static str {
        self.operation
    }

    fn head(&self) -> &Head {
        &self.head
    }

    fn ssin(&self) -> &str {
        &self.ssin
    }

    fn decide<'s>(&self, simulator: &'s Simulator) -> Verdict<'s> {
        if self.months().is_some_and(|months| months > 48) {
            return Verdict::invalid("period", "more than 48 months");
        }
        let verdict = soa::decide(simulator, &self.head, &self.ssin);
        match verdict.person {
            Some(person) if !Facts::of(person.ssin).known => Verdict::nothing_known(),
            _ => verdict,
        }
    }

    fn write(&self, receipt: Receipt<'_>, verdict: &Verdict<'_>) -> String {
        reply::write(self, receipt, verdict)
    }
}
