//! Reading settings: a TOML file, overridden by environment variables; unknown keys are errors.

mod secret;
mod sections;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat, Value, ValueKind};
use serde::de::DeserializeOwned;

pub use secret::Secret;
pub use sections::{
    BrokerSettings, DatabaseSettings, HttpSettings, LogFormat, LogSettings, ShutdownSettings, VaultSettings,
};

/// Variables with this prefix override the file: `CBSS_RELAY__DATABASE__URL` is `url` in `[database]`.
pub const ENV_PREFIX: &str = "CBSS_RELAY";

/// Why settings could not be read. Secrets are not in the text.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is missing or may not be read.
    #[error("cannot read the settings file {}: {source}", path.display())]
    Unreadable {
        /// The file asked for.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is no TOML. The offending line is not quoted, for it may hold a password.
    #[error("{}, line {line}, column {column}: {message}", path.display())]
    Syntax {
        /// The file asked for.
        path: PathBuf,
        /// First line of the offence, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What the parser expected.
        message: String,
    },
    /// A key is unknown, missing or of the wrong type.
    #[error("{}{}: {message}", path.display(), overridden_by(variables))]
    Invalid {
        /// The file asked for.
        path: PathBuf,
        /// Names of the environment variables that were laid over the file.
        variables: Vec<String>,
        /// The key's path and what is wrong with it.
        message: String,
    },
}

fn overridden_by(variables: &[String]) -> String {
    if variables.is_empty() {
        String::new()
    } else {
        format!(" (overridden by {})", variables.join(", "))
    }
}

/// Reads `path` with the process's `CBSS_RELAY__SECTION__KEY` variables laid over it.
///
/// `T` and its sections carry `#[serde(deny_unknown_fields)]`; a section that belongs to another service that
/// reads the same file is a field of type [`serde::de::IgnoredAny`] with `#[serde(default)]`. A relative
/// `{ file = "..." }` ([`Secret`]) is resolved against the folder of `path`.
///
/// # Errors
/// Names the file and the key; see [`SettingsError`].
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<T, SettingsError> {
    load_with(
        path,
        std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))),
    )
}

/// Reads `path` alone: for files beside the settings file, which no variable can reach.
///
/// # Errors
/// Names the file and the key; see [`SettingsError`].
pub fn load_file<T: DeserializeOwned>(path: &Path) -> Result<T, SettingsError> {
    load_with(path, std::iter::empty())
}

/// `path` as seen from the folder of the settings file `file`; an absolute `path` stays.
#[must_use]
pub fn beside(file: &Path, path: &Path) -> PathBuf {
    file.parent()
        .map_or_else(|| path.to_owned(), |folder| folder.join(path))
}

fn load_with<T: DeserializeOwned>(
    path: &Path,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<T, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    check_syntax(path, &text)?;

    let prefix = format!("{ENV_PREFIX}__");
    let variables: HashMap<String, String> =
        variables.filter(|(name, _)| name.starts_with(&prefix)).collect();
    let mut names: Vec<String> = variables.keys().cloned().collect();
    names.sort_unstable();
    let invalid = |error: config::ConfigError| SettingsError::Invalid {
        path: path.to_owned(),
        variables: names.clone(),
        message: error.to_string(),
    };

    // Values of variables stay strings: the field's own type decides how they are read, so that a password of
    // digits remains the text it is.
    let environment = Environment::with_prefix(ENV_PREFIX)
        .prefix_separator("__")
        .separator("__")
        .source(Some(variables));
    let mut config = Config::builder()
        .add_source(File::from_str(&text, FileFormat::Toml))
        .add_source(environment)
        .build()
        .map_err(invalid)?;
    resolve_secret_files(path, &mut config.cache);
    config.try_deserialize().map_err(invalid)
}

/// The parser's own message quotes the line; this one gives its place only.
fn check_syntax(path: &Path, text: &str) -> Result<(), SettingsError> {
    let Err(error) = text.parse::<toml::Table>() else {
        return Ok(());
    };
    let before = &text[..error.span().map_or(0, |span| span.start.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Err(SettingsError::Syntax {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before.len() - line_start + 1,
        message: error.message().to_owned(),
    })
}

/// A table whose only key is `file` is a reference to a secret: anchors it at the settings file's folder.
fn resolve_secret_files(path: &Path, value: &mut Value) {
    match &mut value.kind {
        ValueKind::Table(table) => {
            if table.len() == 1
                && let Some(Value {
                    kind: ValueKind::String(file),
                    ..
                }) = table.get_mut("file")
            {
                *file = beside(path, Path::new(file)).to_string_lossy().into_owned();
            } else {
                table
                    .values_mut()
                    .for_each(|value| resolve_secret_files(path, value));
            }
        }
        ValueKind::Array(values) => values
            .iter_mut()
            .for_each(|value| resolve_secret_files(path, value)),
        ValueKind::Nil
        | ValueKind::Boolean(_)
        | ValueKind::I64(_)
        | ValueKind::I128(_)
        | ValueKind::U64(_)
        | ValueKind::U128(_)
        | ValueKind::Float(_)
        | ValueKind::String(_) => {}
    }
}
