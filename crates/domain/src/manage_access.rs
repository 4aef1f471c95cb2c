//! ManageAccess: that a centre keeps a file on a person (SSDN `OCMWCPASManageAccess`, version 20050930).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::date::IncompleteDate;
use crate::language::Language;
use crate::service::OperationKind;
use crate::ssin::Ssin;

/// A request of ManageAccess: ManageAccessRequest.xsd. `Debug` shows nothing of the person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManageAccess {
    /// About whom.
    pub ssin: Ssin,
    /// What is to be done.
    pub action: AccessAction,
    /// The quality code under which the file is kept: needed to register and to take back, optional to list.
    #[serde(default)]
    pub purpose: Option<u16>,
    /// From when on; a complete date.
    pub start_date: IncompleteDate,
    /// Until when, if that is known; a complete date, not before the start.
    #[serde(default)]
    pub end_date: Option<IncompleteDate>,
    /// Lists of which sector; only to list.
    #[serde(default)]
    pub sector: Option<u16>,
    /// Lists from which register; only to list.
    #[serde(default)]
    pub query_register: Option<QueryRegister>,
    /// What shows that the centre knows whom it is talking about: at least one of its parts.
    pub proof: Proof,
    /// The language of the text that a person reads.
    #[serde(default)]
    pub language: Language,
}

/// `ActionType` of ManageAccess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AccessAction {
    /// Declares that the centre keeps a file.
    Register,
    /// Takes that back.
    Unregister,
    /// Lists what is registered.
    List,
}

impl AccessAction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Register, Self::Unregister, Self::List];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "REGISTER",
            Self::Unregister => "UNREGISTER",
            Self::List => "LIST",
        }
    }

    /// The action of that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }

    /// Does it read or write?
    #[must_use]
    pub fn operation(self) -> OperationKind {
        match self {
            Self::Register | Self::Unregister => OperationKind::Change,
            Self::List => OperationKind::Question,
        }
    }
}

/// A register that holds registrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Register {
    /// The reference directory of the CBSS.
    Primary,
    /// The directory of the centres' own sector.
    Secondary,
}

impl Register {
    /// The register of that word on the wire (`PRIMARY`, `SECONDARY`).
    #[must_use]
    pub fn from_wire(word: &str) -> Option<Self> {
        match word {
            "PRIMARY" => Some(Self::Primary),
            "SECONDARY" => Some(Self::Secondary),
            _ => None,
        }
    }
}

/// `RegisterType` of ManageAccess, as a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum QueryRegister {
    /// The CBSS's.
    Primary,
    /// The sector's.
    Secondary,
    /// Both.
    All,
}

impl QueryRegister {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Primary, Self::Secondary, Self::All];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "PRIMARY",
            Self::Secondary => "SECONDARY",
            Self::All => "ALL",
        }
    }

    /// The register of that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|register| register.as_str() == name)
    }
}

/// `ProofOfAuthenticationType`: at least one part.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proof {
    /// Number of the SIS card, ten digits.
    #[serde(default)]
    pub sis_card_number: Option<String>,
    /// Number of the identity card, twelve digits.
    #[serde(default)]
    pub identity_card_number: Option<String>,
    /// Name and birth date.
    #[serde(default)]
    pub person_data: Option<PersonData>,
}

impl Proof {
    /// Is there any part?
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.sis_card_number.is_some() || self.identity_card_number.is_some() || self.person_data.is_some()
    }
}

/// `IdentityType` of ManageAccess.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonData {
    /// Last name.
    pub last_name: String,
    /// First name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Birth date, perhaps incomplete.
    pub birth_date: IncompleteDate,
}

impl ManageAccess {
    /// The LIST by which a change is looked up: everything that is registered for the person in the change's
    /// period, in both registers, under any purpose.
    #[must_use]
    pub fn look(&self) -> Self {
        Self {
            action: AccessAction::List,
            purpose: None,
            sector: None,
            query_register: Some(QueryRegister::All),
            ..self.clone()
        }
    }

    /// The parts that make two requests "the same"; see [`crate::Submission::fingerprint_material`].
    pub(crate) fn fingerprint_parts(&self, part: &mut impl FnMut(&[u8])) {
        let number = |number: Option<u16>| number.map(|number| number.to_string()).unwrap_or_default();
        let date = |date: Option<IncompleteDate>| date.map(|date| date.to_string()).unwrap_or_default();
        part(self.ssin.digits().as_bytes());
        part(self.action.as_str().as_bytes());
        part(number(self.purpose).as_bytes());
        part(date(Some(self.start_date)).as_bytes());
        part(date(self.end_date).as_bytes());
        part(number(self.sector).as_bytes());
        part(self.query_register.map_or("", QueryRegister::as_str).as_bytes());
        part(self.proof.sis_card_number.as_deref().unwrap_or("").as_bytes());
        part(
            self.proof
                .identity_card_number
                .as_deref()
                .unwrap_or("")
                .as_bytes(),
        );
        if let Some(person) = &self.proof.person_data {
            part(person.last_name.as_bytes());
            part(person.first_name.as_deref().unwrap_or("").as_bytes());
            part(date(Some(person.birth_date)).as_bytes());
        }
        part(self.language.as_str().as_bytes());
    }
}

impl fmt::Debug for ManageAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManageAccess({} …)", self.action.as_str())
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof(…)")
    }
}

impl fmt::Debug for PersonData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonData(…)")
    }
}
