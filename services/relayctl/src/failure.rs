//! Why a command ends without success, and with which exit code.

use std::fmt;
use std::process::ExitCode;

use relay_store::StoreError;

/// A failure, in the words that are shown.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It worked, and the outcome is a negative one: 1.
    Negative(String),
    /// Usage or validation: 2.
    Invalid(String),
    /// Not found or not readable: 3.
    NotFound(String),
    /// Denied: 4.
    Denied(String),
    /// A dependency cannot be reached: 5.
    Unreachable(String),
    /// It took too long: 6.
    TimeOut(String),
}

impl Failure {
    /// A failure of settings or input, with everything that led to it.
    pub(crate) fn invalid(error: anyhow::Error) -> Self {
        Self::Invalid(format!("{error:#}"))
    }

    /// The same, with what to do about it.
    pub(crate) fn then(self, advice: &str) -> Self {
        let with = |text: String| format!("{text}; {advice}");
        match self {
            Self::Negative(text) => Self::Negative(with(text)),
            Self::Invalid(text) => Self::Invalid(with(text)),
            Self::NotFound(text) => Self::NotFound(with(text)),
            Self::Denied(text) => Self::Denied(with(text)),
            Self::Unreachable(text) => Self::Unreachable(with(text)),
            Self::TimeOut(text) => Self::TimeOut(with(text)),
        }
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Negative(_) => 1,
            Self::Invalid(_) => 2,
            Self::NotFound(_) => 3,
            Self::Denied(_) => 4,
            Self::Unreachable(_) => 5,
            Self::TimeOut(_) => 6,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Negative(text) | Self::Invalid(text) | Self::NotFound(text) => f.write_str(text),
            Self::Denied(text) | Self::Unreachable(text) | Self::TimeOut(text) => f.write_str(text),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if error.is_unreachable() {
            return Self::Unreachable(format!("the database cannot be reached: {error}"));
        }
        if error.is_denied() {
            return Self::Denied(format!("the database refuses this login: {error}"));
        }
        Self::NotFound(error.to_string())
    }
}
