//! The pure heart of cbss-relay: identifiers, requests, states, classification, retry policy.
//!
//! Nothing here does I/O, reads a clock or draws a random number: time and chance are parameters. What a
//! job may do next is decided by two pure functions, [`classify::classify`] (what did this attempt mean?)
//! and [`retry::next_step`] (so what now?), and every durable change of state is a row of
//! [`state::next`]. The services carry the decisions out.

pub mod classify;
pub mod date;
pub mod form;
pub mod identify_person;
pub mod ids;
pub mod language;
pub mod manage_access;
pub mod organisation;
pub mod perform_investigation;
pub mod reconcile;
pub mod request;
pub mod retry;
pub mod service;
pub mod ssin;
pub mod state;
pub mod submission;
pub mod test_connection;

pub use date::IncompleteDate;
pub use form::Form;
pub use identify_person::IdentifyPerson;
pub use ids::{AttemptNumber, JobId, OrganisationId, Round};
pub use language::Language;
pub use manage_access::ManageAccess;
pub use organisation::{CbssEnvironment, OrganisationSettings, ServiceSettings};
pub use perform_investigation::PerformInvestigation;
pub use request::{Request, RetrieveTiGroups};
pub use service::{OperationKind, Service};
pub use ssin::{Ssin, SsinCheck, SsinError};
pub use state::{JobEvent, JobState};
pub use submission::{FieldError, Priority, Requester, Submission};
pub use test_connection::TestConnection;
