//! The services of the CBSS that are simulated, by the names that the ledger and the fault rules use.

use serde::{Deserialize, Serialize};

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// See [`crate::tigroups`].
    RetrieveTiGroups,
    /// See [`crate::manageaccess`].
    ManageAccess,
    /// See [`crate::identifyperson`].
    IdentifyPerson,
    /// See [`crate::performinvestigation`].
    PerformInvestigation,
    /// See [`crate::testconnection`].
    TestConnection,
    /// See [`crate::loi65`].
    #[serde(rename = "loi65-ab")]
    Loi65Ab,
    /// See [`crate::loi65`].
    #[serde(rename = "loi65-c")]
    Loi65C,
    /// See [`crate::loi65`].
    #[serde(rename = "loi65-df")]
    Loi65Df,
    /// See [`crate::insurance`].
    HealthCareInsurance,
    /// See [`crate::unemployment`].
    UnemploymentData,
}

/// What ManageAccess is asked to do, by the words of its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AccessAction {
    /// Adds a registration.
    Register,
    /// Takes one out.
    Unregister,
    /// Tells which there are.
    List,
}

impl AccessAction {
    /// The word of the schema.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Register => "REGISTER",
            Self::Unregister => "UNREGISTER",
            Self::List => "LIST",
        }
    }

    /// The action of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Register, Self::Unregister, Self::List]
            .into_iter()
            .find(|action| action.word() == word)
    }
}
