//! PerformInvestigation: the family of a person, legal data, earlier addresses, the waiting register.
//!
//! Service `OCMWCPASPerformInvestigation` of the classic generation (SSDN/OCMW_CPAS/PerformInvestigation). The schemas do
//! not say its version: 20080604 and 20090409 have been seen, so it is a setting.

mod build;
mod kinds;
mod parse;

pub use build::{build, build_inner};
pub use parse::parse;

/// The name of the service in the envelope.
const SERVICE_ID: &str = relay_domain::Service::PerformInvestigation
    .classic_id()
    .expect("a classic service");
