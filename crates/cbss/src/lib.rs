//! The CBSS's protocol: requests to XML, XML to replies, and the HTTP client that carries them.
//!
//! The codec is pure: no I/O, no clock. [`tx25`], [`manage_access`], [`identify_person`], [`perform_investigation`],
//! [`test_connection`], [`loi65`], [`health_care_insurance`] and [`unemployment_data`] know one service each (Loi65: three);
//! what services share is in [`soap`] (envelopes, faults), [`ssdn`] (the classic generation, which carries a document
//! inside a string) and [`reply`] (what a reply is to the rest of the relay). Requests are built to the
//! letter of the schema; replies are read leniently (any order, unknown elements, unknown status values,
//! labels that are missing, dates with unknown parts), because a stranger's mistake must not hide a
//! person's data. Only [`client`] touches the network.
//!
//! Architecture invariant: no error, `Debug` output or panic message of this crate quotes a document.

pub mod client;
mod dates;
mod fields;
mod form;
pub mod health_care_insurance;
pub mod hints;
pub mod identify_person;
mod kinds;
pub mod loi65;
pub mod manage_access;
pub mod perform_investigation;
pub mod reply;
pub mod soap;
pub mod ssdn;
pub mod test_connection;
pub mod tx25;
pub mod unemployment_data;
mod unknown;
mod words;
mod xml;

pub use reply::{Field, Message, Outcome, Reply, Row, StatusKind};
pub use soap::{BuildError, CallContext, PreparedCall};
pub use ssdn::ClassicContext;
pub use unknown::{UnknownPart, unknown_parts};
pub use xml::{Limits, ParseError, ParseErrorKind};

/// How a reply is to be read.
#[derive(Clone, Copy, Debug)]
pub struct ParseOptions {
    /// The language of titles and texts; the values themselves come in the language of the request.
    pub language: relay_domain::Language,
    /// How much is accepted.
    pub limits: Limits,
}

impl ParseOptions {
    /// In that language, with the default limits.
    #[must_use]
    pub fn new(language: relay_domain::Language) -> Self {
        Self {
            language,
            limits: Limits::default(),
        }
    }
}

/// Reads a reply of that service with its module's `parse`. `content_type` is the header of that name, as for
/// [`tx25::parse()`].
///
/// # Errors
/// As for [`tx25::parse()`].
pub fn parse(
    service: relay_domain::Service,
    body: &[u8],
    content_type: Option<&str>,
    options: &ParseOptions,
) -> Result<Reply, ParseError> {
    use relay_domain::Service;
    match service {
        Service::RetrieveTiGroups => tx25::parse(body, content_type, options),
        Service::ManageAccess => manage_access::parse(body, content_type, options),
        Service::IdentifyPerson => identify_person::parse(body, content_type, options),
        Service::PerformInvestigation => perform_investigation::parse(body, content_type, options),
        Service::TestConnection => test_connection::parse(body, content_type, options),
        Service::HealthCareInsurance => health_care_insurance::parse(body, content_type, options),
        Service::UnemploymentData => unemployment_data::parse(body, content_type, options),
        Service::Loi65Ab | Service::Loi65C | Service::Loi65Df => {
            loi65::parse(service, body, content_type, options)
        }
    }
}

/// The examples of the README, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
