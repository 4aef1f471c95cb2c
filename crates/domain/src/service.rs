//! The services of the CBSS, and the difference between asking and changing.

use serde::{Deserialize, Serialize};

/// A service of the CBSS that the relay carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// What the national register knows of a person ("Tx25").
    RetrieveTiGroups,
    /// Registering that a centre keeps a file on a person, and asking who does.
    ManageAccess,
    /// Who somebody is, by number or by name.
    IdentifyPerson,
    /// A person's family, legal data, addresses and stay in the waiting register.
    PerformInvestigation,
    /// Whether the CBSS can be reached, and which certificate it sees.
    TestConnection,
}

/// A question may be asked again after an unknown outcome; a change never blindly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// It reads.
    Question,
    /// It writes.
    Change,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::RetrieveTiGroups,
        Self::ManageAccess,
        Self::IdentifyPerson,
        Self::PerformInvestigation,
        Self::TestConnection,
    ];

    /// The name in routing keys, metric labels, settings and command lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RetrieveTiGroups => "retrieve-ti-groups",
            Self::ManageAccess => "manage-access",
            Self::IdentifyPerson => "identify-person",
            Self::PerformInvestigation => "perform-investigation",
            Self::TestConnection => "test-connection",
        }
    }

    /// The versions that the relay speaks, its own choice first.
    #[must_use]
    pub fn versions(self) -> &'static [&'static str] {
        match self {
            Self::RetrieveTiGroups => &["v2"],
            Self::ManageAccess | Self::IdentifyPerson => &["20050930"],
            // Both have been seen; which one the CBSS takes today is not public.
            Self::PerformInvestigation => &["20080604", "20090409"],
            Self::TestConnection => &["v1"],
        }
    }

    /// Is it of the classic generation (SSDN), which carries a document inside a string and names its user?
    #[must_use]
    pub fn is_classic(self) -> bool {
        match self {
            Self::RetrieveTiGroups | Self::TestConnection => false,
            Self::ManageAccess | Self::IdentifyPerson | Self::PerformInvestigation => true,
        }
    }

    /// The service of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.as_str() == name)
    }
}
