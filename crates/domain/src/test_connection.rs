//! The request of TestConnection: a text that the CBSS sends back, to see that it can be reached.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::language::Language;

/// The most characters of a text to be echoed. The schema sets no limit; a test needs no more.
pub const LONGEST_ECHO: usize = 100;

/// TestConnection: TestConnectionServiceV1.xsd, `SendTestMessageRequestType`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestConnection {
    /// What is to come back: 1 to [`LONGEST_ECHO`] characters, no control characters. It is no place for personal data;
    /// it is kept from logs all the same.
    pub echo: String,
    /// The language of the text that a person reads.
    #[serde(default)]
    pub language: Language,
}

impl TestConnection {
    /// Its part of [`crate::Submission::fingerprint_material`].
    pub(crate) fn fingerprint_parts(&self, part: &mut impl FnMut(&[u8])) {
        part(self.echo.as_bytes());
        part(self.language.as_str().as_bytes());
    }
}

impl fmt::Debug for TestConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestConnection(…)")
    }
}
