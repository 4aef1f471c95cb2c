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
    /// Loi65: who is helped, and how (forms A, B1, B2).
    #[serde(rename = "loi65-ab")]
    Loi65Ab,
    /// Loi65: aid that ends (forms C).
    #[serde(rename = "loi65-c")]
    Loi65C,
    /// Loi65: costs to be refunded and aid that is recovered (forms D1, D2, F).
    #[serde(rename = "loi65-df")]
    Loi65Df,
    /// What the health insurance funds know of a person.
    HealthCareInsurance,
    /// What the unemployment office knows of a person.
    UnemploymentData,
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
    pub const ALL: [Self; 10] = [
        Self::RetrieveTiGroups,
        Self::ManageAccess,
        Self::IdentifyPerson,
        Self::PerformInvestigation,
        Self::TestConnection,
        Self::Loi65Ab,
        Self::Loi65C,
        Self::Loi65Df,
        Self::HealthCareInsurance,
        Self::UnemploymentData,
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
            Self::Loi65Ab => "loi65-ab",
            Self::Loi65C => "loi65-c",
            Self::Loi65Df => "loi65-df",
            Self::HealthCareInsurance => "health-care-insurance",
            Self::UnemploymentData => "unemployment-data",
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
            Self::TestConnection | Self::HealthCareInsurance => &["v1"],
            Self::UnemploymentData => &["v2"],
            // A guess: that of other classic services.
            Self::Loi65Ab | Self::Loi65C | Self::Loi65Df => &["20050930"],
        }
    }

    /// Does the relay speak that version? Those of Loi65 are not public, so that any name of a version will do.
    #[must_use]
    pub fn speaks(self, version: &str) -> bool {
        let is_name = version.len() == 8 && version.bytes().all(|byte| byte.is_ascii_digit());
        self.versions().contains(&version) || (self.is_loi65() && is_name)
    }

    /// The name of a classic service in its messages (`ServiceId`); none of the others. Those of Loi65 are guesses after the
    /// title of a manual, "OCMWCPASWet65Loi65DF".
    #[must_use]
    pub const fn classic_id(self) -> Option<&'static str> {
        match self {
            Self::ManageAccess => Some("OCMWCPASManageAccess"),
            Self::IdentifyPerson => Some("OCMWCPASIdentifyPerson"),
            Self::PerformInvestigation => Some("OCMWCPASPerformInvestigation"),
            Self::Loi65Ab => Some("OCMWCPASWet65Loi65AB"),
            Self::Loi65C => Some("OCMWCPASWet65Loi65C"),
            Self::Loi65Df => Some("OCMWCPASWet65Loi65DF"),
            Self::RetrieveTiGroups
            | Self::TestConnection
            | Self::HealthCareInsurance
            | Self::UnemploymentData => None,
        }
    }

    /// Is it one of the three of Loi65?
    #[must_use]
    pub fn is_loi65(self) -> bool {
        matches!(self, Self::Loi65Ab | Self::Loi65C | Self::Loi65Df)
    }

    /// Must an organisation that lists it say that it wants it? What is known of Loi65 is a guess, and of UnemploymentData a
    /// version that the CBSS has replaced.
    #[must_use]
    pub fn is_tentative(self) -> bool {
        self.is_loi65() || self == Self::UnemploymentData
    }

    /// Is it of the classic generation (SSDN), which carries a document inside a string and names its user?
    #[must_use]
    pub fn is_classic(self) -> bool {
        self.classic_id().is_some()
    }

    /// The service of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.as_str() == name)
    }
}
