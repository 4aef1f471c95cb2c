//! Values that must not be printed.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

/// A password, or a URL that holds one.
///
/// In the settings it is a string, `{ file = "path" }` (one newline at the end is dropped) or
/// `{ env = "NAME" }`; references are resolved while loading, so that a missing one is a settings error.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value that comes from elsewhere than the settings.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the call that needs it: never into a log, an error or a label.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn from_file(path: &str) -> Result<Self, String> {
        let mut value = std::fs::read_to_string(Path::new(path))
            .map_err(|error| format!("cannot read the secret file {path}: {error}"))?;
        if value.ends_with('\n') {
            value.pop();
            if value.ends_with('\r') {
                value.pop();
            }
        }
        Ok(Self(value))
    }

    fn from_env(name: &str) -> Result<Self, String> {
        std::env::var(name)
            .map(Self)
            .map_err(|_| format!("the environment variable {name} is not set, or no text"))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

const EXPECTED: &str = r#"a string, { file = "path" } or { env = "NAME" }"#;

// Numbers and the like get a fixed sentence: serde's own would quote what may be a password without its quotes.
macro_rules! refuse {
    ($($visit:ident: $type:ty),*) => {
        $(fn $visit<E: de::Error>(self, _: $type) -> Result<Self::Value, E> {
            Err(E::custom(format_args!("a secret is {EXPECTED}")))
        })*
    };
}

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Secret, E> {
        Ok(Secret(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Secret, E> {
        Ok(Secret(value))
    }

    refuse!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
        let mut secret = None;
        while let Some(key) = map.next_key::<String>()? {
            if secret.is_some() {
                return Err(de::Error::custom(format_args!(
                    "a secret is one of {EXPECTED}, not both"
                )));
            }
            let reference: String = map.next_value()?;
            let resolved = match key.as_str() {
                "file" => Secret::from_file(&reference),
                "env" => Secret::from_env(&reference),
                other => return Err(de::Error::unknown_field(other, &["file", "env"])),
            };
            secret = Some(resolved.map_err(de::Error::custom)?);
        }
        secret.ok_or_else(|| de::Error::custom(format_args!("a secret is {EXPECTED}")))
    }
}
