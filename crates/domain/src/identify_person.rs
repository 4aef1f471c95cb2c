//! IdentifyPerson: who somebody is, by number or by name (SSDN `OCMWCPASIdentifyPerson`, version 20050930).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::date::IncompleteDate;
use crate::language::Language;
use crate::ssin::Ssin;

/// A request of IdentifyPerson: IdentifyPersonRequest.xsd. It only reads. `Debug` shows nothing of the person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentifyPerson {
    /// By what the person is searched.
    pub search: Search,
    /// The language of the text that a person reads.
    #[serde(default)]
    pub language: Language,
}

/// `SearchCriteriaType` with the `VerificationDataType` that goes with one of its two ways.
///
/// The schema allows both ways at once, and verification data with either. The CBSS then passes over the phonetic
/// criteria, or the verification data; here such a request cannot be said.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Search {
    /// The person of a number.
    Number(ByNumber),
    /// Everybody whose name sounds like this one and whose birth date is near.
    Phonetic(PhoneticCriteria),
}

/// A number, and what is to be held against its person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ByNumber {
    /// The number.
    pub ssin: Ssin,
    /// What shows that the centre knows whom it is talking about: with it, if it fits, the CBSS tells more.
    #[serde(default)]
    pub verification: Option<Verification>,
}

/// `VerificationDataType`: at least one part. The CBSS is content if one of them fits.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verification {
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

impl Verification {
    /// Is there any part?
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.sis_card_number.is_some() || self.identity_card_number.is_some() || self.person_data.is_some()
    }
}

/// `PersonDataType` of IdentifyPerson.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonData {
    /// Last name.
    pub last_name: String,
    /// First name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Middle name.
    #[serde(default)]
    pub middle_name: Option<String>,
    /// Birth date, perhaps incomplete.
    pub birth_date: IncompleteDate,
}

/// `PhoneticCriteriaType`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PhoneticCriteria {
    /// Last name.
    pub last_name: String,
    /// First name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Middle name.
    #[serde(default)]
    pub middle_name: Option<String>,
    /// Birth date. An incomplete one needs a tolerance.
    pub birth_date: IncompleteDate,
    /// Only people of that gender.
    #[serde(default)]
    pub gender: Option<Gender>,
    /// By how much the birth date may be off: see [`ToleranceUnit`].
    #[serde(default)]
    pub tolerance: Option<u16>,
    /// How many people may be named, 1 to [`PhoneticCriteria::MOST`]; without it as many as the CBSS names at most.
    #[serde(default)]
    pub maximum: Option<u8>,
}

/// `GenderCodeType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    /// Not known.
    Unknown,
    /// Male.
    Male,
    /// Female.
    Female,
}

impl Gender {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::Male, Self::Female];

    /// The code on the wire: 0, 1, 2.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Male => 1,
            Self::Female => 2,
        }
    }

    /// The gender of that code.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|gender| u32::from(gender.code()) == code)
    }
}

/// What a tolerance counts: it follows the precision of the birth date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToleranceUnit {
    /// Of a complete date.
    Days,
    /// Of a date without its day.
    Months,
    /// Of a year alone.
    Years,
}

impl PhoneticCriteria {
    /// The highest `maximum` (PhoneticCriteriaType).
    pub const MOST: u8 = 80;

    /// What the tolerance counts.
    #[must_use]
    pub fn tolerance_unit(&self) -> ToleranceUnit {
        match (self.birth_date.month(), self.birth_date.day()) {
            (Some(_), Some(_)) => ToleranceUnit::Days,
            (Some(_), None) => ToleranceUnit::Months,
            (None, _) => ToleranceUnit::Years,
        }
    }

    /// Is a tolerance needed and not given? (The CBSS's error 31009001.)
    #[must_use]
    pub fn lacks_tolerance(&self) -> bool {
        self.tolerance.is_none() && !self.birth_date.is_complete()
    }
}

impl IdentifyPerson {
    /// The number that is asked about, if it is a search by number.
    #[must_use]
    pub fn ssin(&self) -> Option<&Ssin> {
        match &self.search {
            Search::Number(number) => Some(&number.ssin),
            Search::Phonetic(_) => None,
        }
    }

    /// The parts that make two requests "the same"; see [`crate::Submission::fingerprint_material`].
    ///
    /// Each part is preceded by its name, and what is left out adds nothing: the two ways of searching, and an empty
    /// part and none, cannot be taken for each other.
    pub(crate) fn fingerprint_parts(&self, part: &mut impl FnMut(&[u8])) {
        let mut named = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                part(name.as_bytes());
                part(value.as_bytes());
            }
        };
        match &self.search {
            Search::Number(ByNumber { ssin, verification }) => {
                named("ssin", Some(ssin.digits()));
                let Verification {
                    sis_card_number,
                    identity_card_number,
                    person_data,
                } = verification.as_ref().unwrap_or(&Verification::NONE);
                named("sis", sis_card_number.as_deref());
                named("identity", identity_card_number.as_deref());
                if let Some(person) = person_data {
                    named("last", Some(&person.last_name));
                    named("first", person.first_name.as_deref());
                    named("middle", person.middle_name.as_deref());
                    named("born", Some(&person.birth_date.to_string()));
                }
            }
            Search::Phonetic(criteria) => {
                let number = |number: Option<u16>| number.map(|number| number.to_string());
                named("sounds", Some(&criteria.last_name));
                named("first", criteria.first_name.as_deref());
                named("middle", criteria.middle_name.as_deref());
                named("born", Some(&criteria.birth_date.to_string()));
                let gender = criteria.gender.map(|gender| u16::from(gender.code()));
                named("gender", number(gender).as_deref());
                named("tolerance", number(criteria.tolerance).as_deref());
                named("maximum", number(criteria.maximum.map(u16::from)).as_deref());
            }
        }
        named("language", Some(self.language.as_str()));
    }
}

impl Verification {
    const NONE: Self = Self {
        sis_card_number: None,
        identity_card_number: None,
        person_data: None,
    };
}

impl fmt::Debug for IdentifyPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentifyPerson({:?})", self.search)
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number(_) => "by number …",
            Self::Phonetic(_) => "by name …",
        })
    }
}

impl fmt::Debug for ByNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByNumber(…)")
    }
}

impl fmt::Debug for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verification(…)")
    }
}

impl fmt::Debug for PersonData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonData(…)")
    }
}

impl fmt::Debug for PhoneticCriteria {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneticCriteria(…)")
    }
}

#[cfg(test)]
mod tests;
