//! Identifiers.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// A job: UUID version 7, so that new rows of a table land side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub Uuid);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which round of a job's life: 1 at first; an operator's retry opens the next one.
pub type Round = i32;

/// Which attempt of a job, counted from 1 over all rounds. It fences completions: what attempt n reports
/// changes the job only while attempt n is the newest.
pub type AttemptNumber = i32;

/// One CBE number in one environment: `[a-z0-9-]{1,40}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganisationId(String);

/// Why a text is no organisation id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an organisation id has 1 to 40 characters out of a-z, 0-9 and '-'")]
pub struct OrganisationIdError;

impl OrganisationId {
    /// Checks the alphabet and the length: the id becomes part of queue names, routing keys and labels.
    pub fn parse(text: &str) -> Result<Self, OrganisationIdError> {
        let fits = (1..=40).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(OrganisationIdError)
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for OrganisationId {
    type Error = OrganisationIdError;

    fn try_from(text: String) -> Result<Self, OrganisationIdError> {
        Self::parse(&text)
    }
}

impl From<OrganisationId> for String {
    fn from(id: OrganisationId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::OrganisationId;

    #[test]
    fn the_alphabet_is_kept() {
        assert!(OrganisationId::parse("eupen-test").is_ok());
        assert!(OrganisationId::parse(&"a".repeat(40)).is_ok());
        for text in ["", "Eupen", "a.b", "a b", "a*", "é", &"a".repeat(41)] {
            assert!(OrganisationId::parse(text).is_err(), "{text}");
        }
    }
}
