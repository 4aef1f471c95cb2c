//! ManageAccess: that a centre keeps a file on a person, as the registers of the CBSS and of the sector know
//! it. To register, to take back, to list.
//!
//! Service `OCMWCPASManageAccess` of the classic generation, version 20050930 (SSDN/OCMW_CPAS/ManageAccess).

mod build;
mod parse;
mod registration;
mod text;

pub use build::{build, build_inner, problems};
pub use parse::parse;
pub use registration::registrations;

/// The name of the service in the envelope.
const SERVICE_ID: &str = relay_domain::Service::ManageAccess
    .classic_id()
    .expect("a classic service");
/// The element of a registration, and the group of its row.
const RECORD: &str = "Registrations";
