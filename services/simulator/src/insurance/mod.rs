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

use self::request::{OPERATIONS, Request};
use crate::exchange::{Receipt, handle};
use crate::schema::Violation;
use crate::service::Service;
use crate::simulator::Simulator;
use crate::soa::{Consultation, Head, Verdict};
use crate::soap::Element;

/// Path of the endpoint.
pub const PATH: &str = "/SOA4520/HealthCareInsuranceService/consult_01";

/// Namespace of the service's messages; their inner elements have none.
pub const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/HealthCareInsuranceService/v1";

/// The route of this service.
pub(crate) fn routes() -> Router<Arc<Simulator>> {
    Router::new().route(PATH, post(handle::<Request>))
}

impl Consultation for Request {
    const SERVICE: Service = Service::HealthCareInsurance;
    const NAMESPACE: &'static str = NAMESPACE;
    const OPERATIONS: &'static [&'static str] = &OPERATIONS;
    const SOAP_ACTIONS: &'static [&'static str] = &[
        "\"http://kszbcss.fgov.be/HealthCareInsuranceService/getInsuranceOrganizationInformations\"",
        "\"http://kszbcss.fgov.be/HealthCareInsuranceService/consultMAF\"",
        "\"http://kszbcss.fgov.be/HealthCareInsuranceService/consultHolderCode\"",
    ];
    const GRANTED: &'static str = "social inquiry and financial help";

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

    fn write(&self, receipt: Receipt<'_>, verdict: &Verdict<'_>) -> String {
        reply::write(self, receipt, verdict)
    }
}
