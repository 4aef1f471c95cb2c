//! The classic generation (SSDN): one operation, `sendXML`, which takes and gives a whole document inside a
//! string; the document has a head for the organisation and its user, and a request or reply per service.
//!
//! Facts from SSDN/Service and SSDN/Common (XSD) and from WebServiceConnector.wsdl.

mod build;
pub(crate) mod person;
mod read;
mod summary;

use std::fmt;

use time::OffsetDateTime;

pub use build::problems;
pub(crate) use build::{ServiceName, build_inner, wrap};
pub use read::read_reply;
pub(crate) use read::{Content, read};

/// The namespace of what all services share.
pub(crate) const COMMON: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/Common";

/// What a request of the classic generation says about its caller: the part that its organisation and its
/// attempt decide.
#[derive(Clone, Copy)]
pub struct ClassicContext<'a> {
    /// The organisation's number in the enterprise register, ten digits (`OrgUnit`).
    pub cbe_number: &'a str,
    /// Its sector in the primary network (`MatrixID`).
    pub sector: u16,
    /// Its number in the secondary network (`MatrixSubID`).
    pub subsector: u16,
    /// Who asks (`UserID`): an SSIN, or the number of a program in the same form, eleven digits.
    pub user_id: &'a str,
    /// The asker's address (`Email`), at most 100 characters.
    pub email: &'a str,
    /// Our ticket (`Reference`).
    pub reference: &'a str,
    /// When it is sent; goes out in UTC, in whole seconds.
    pub sent_at: OffsetDateTime,
}

impl fmt::Debug for ClassicContext<'_> {
    /// The user may be named by an SSIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClassicContext")
            .field("cbe_number", &self.cbe_number)
            .field("sector", &self.sector)
            .field("subsector", &self.subsector)
            .finish_non_exhaustive()
    }
}
