//! IdentifyPerson: who somebody is, by number or by name.
//!
//! Service `OCMWCPASIdentifyPerson` of the classic generation, version 20050930 (SSDN/OCMW_CPAS/IdentifyPerson).

mod build;
mod codes;
mod parse;
mod text;

pub use build::{build, build_inner, problems};
pub(crate) use codes::civil_state;
pub use parse::parse;

/// The name of the service in the envelope.
const SERVICE_ID: &str = relay_domain::Service::IdentifyPerson
    .classic_id()
    .expect("a classic service");
/// The element that holds the people found.
const RESULTS: &str = "SearchResults";
/// The element of a person found, and the group of its row.
const RECORD: &str = "LimitedLegalData";
