//! The request of PerformInvestigation: a person's family, legal data, addresses and stay in the waiting register.

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::ssin::Ssin;

/// PerformInvestigation: PerformInvestigationRequest.xsd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PerformInvestigation {
    /// Of whom.
    pub ssin: Ssin,
    /// What is to be told; without it, everything.
    #[serde(default)]
    pub data_groups: Option<DataGroups>,
    /// The language of the text that a person reads.
    #[serde(default)]
    pub language: Language,
}

/// `RequestDataGroupsType`: at least one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DataGroups {
    /// The family; of each member the other groups then as well.
    pub family_composition: bool,
    /// Names, birth, civil state, address, nationality.
    pub citizen: bool,
    /// Earlier addresses.
    pub address_history: bool,
    /// The waiting register.
    pub wait_register: bool,
}

impl DataGroups {
    /// Is anything asked for?
    #[must_use]
    pub fn any(self) -> bool {
        self.family_composition || self.citizen || self.address_history || self.wait_register
    }
}

impl PerformInvestigation {
    /// Its part of [`crate::Submission::fingerprint_material`].
    pub(crate) fn fingerprint_parts(&self, part: &mut impl FnMut(&[u8])) {
        part(self.ssin.digits().as_bytes());
        match self.data_groups {
            None => part(&[]),
            Some(groups) => part(
                &[
                    groups.family_composition,
                    groups.citizen,
                    groups.address_history,
                    groups.wait_register,
                ]
                .map(u8::from),
            ),
        }
        part(self.language.as_str().as_bytes());
    }
}
