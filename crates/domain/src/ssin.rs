//! SSIN: the Belgian social security identification number (NISS / INSZ), of the national register or, as
//! a BIS number, of the CBSS's own register.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// Eleven digits: `YYMMDD`, a counter of three, and a check of two.
///
/// The check is `97 − (n mod 97)`, where `n` is the first nine digits, preceded by a 2 for people born in
/// 2000 or later; since 2·10⁹ is no multiple of 97, at most one of the two rules matches a number and so
/// tells the century. BIS numbers have 20 or 40 added to the month. Only the check digits are verified:
/// months of 00 and days above 31 do occur (exhausted counters), so the date part proves nothing.
///
/// `Debug` shows nothing of the number, and there is no `Display`: an SSIN is personal data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ssin([u8; 11]);

/// How a wrong check digit is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SsinCheck {
    /// It refuses the number.
    #[default]
    Error,
    /// The number passes; [`Ssin::has_valid_checksum`] tells.
    Warn,
}

/// Which register numbers a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// The national register: month 00 to 12.
    National,
    /// The CBSS's register of people who are not in the national one: month raised by 20 (sex unknown) or
    /// 40 (sex known).
    Bis,
}

/// Why a text is no SSIN. No variant carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SsinError {
    /// A character other than a digit or a separator (space, `.`, `-`, `/`).
    #[error(
        "an SSIN has digits and the separators space, '.', '-', '/' only (another character stands at position {position})"
    )]
    Character {
        /// Which character, counted from 1.
        position: usize,
    },
    /// Not eleven digits.
    #[error("an SSIN has 11 digits, not {found}")]
    Length {
        /// How many digits there are.
        found: usize,
    },
    /// Neither century's check rule holds.
    #[error("the check digits of this SSIN do not fit, neither for a birth before 2000 nor after")]
    Checksum,
}

impl Ssin {
    /// Reads a number, with or without separators.
    pub fn parse(text: &str, check: SsinCheck) -> Result<Self, SsinError> {
        let mut digits = [0u8; 11];
        let mut found = 0;
        for (index, character) in text.chars().enumerate() {
            match character {
                '0'..='9' => {
                    if let Some(slot) = digits.get_mut(found) {
                        *slot = character as u8;
                    }
                    found += 1;
                }
                ' ' | '.' | '-' | '/' => {}
                _ => return Err(SsinError::Character { position: index + 1 }),
            }
        }
        if found != digits.len() {
            return Err(SsinError::Length { found });
        }
        let ssin = Self(digits);
        if check == SsinCheck::Error && !ssin.has_valid_checksum() {
            return Err(SsinError::Checksum);
        }
        Ok(ssin)
    }

    /// The eleven digits, without separators: for the wire and for keyed hashes, never for a log.
    #[must_use]
    pub fn digits(&self) -> &str {
        // Every byte came from '0'..='9'.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Does one of the two century rules hold?
    #[must_use]
    pub fn has_valid_checksum(&self) -> bool {
        self.born_since_2000().is_some()
    }

    /// Which century's rule holds: `Some(false)` before 2000, `Some(true)` since, `None` for neither.
    #[must_use]
    pub fn born_since_2000(&self) -> Option<bool> {
        let number = |range: std::ops::Range<usize>| {
            self.0[range]
                .iter()
                .fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'))
        };
        let (first_nine, check) = (number(0..9), number(9..11));
        if check == 97 - first_nine % 97 {
            Some(false)
        } else if check == 97 - (2_000_000_000 + first_nine) % 97 {
            Some(true)
        } else {
            None
        }
    }

    /// The register that numbered this person, told by the month.
    #[must_use]
    pub fn register(&self) -> Register {
        if self.0[2] >= b'2' {
            Register::Bis
        } else {
            Register::National
        }
    }
}

impl fmt::Debug for Ssin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ssin(…)")
    }
}

impl Serialize for Ssin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.digits())
    }
}

impl<'de> Deserialize<'de> for Ssin {
    /// What was stored had been checked when it came in, so a wrong checksum passes here.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text, SsinCheck::Warn).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
