//! Dates of which a part may be unknown.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A date as the registers keep them: `YYYY-MM-DD`, where `00` stands for an unknown month or day.
///
/// The text is kept as it came, impossible dates included: a register's mistake is information, and a
/// completed date would be an invention. (CommonV3.xsd `IncompleteDateType`, SSDN `t_IncompleteDate`.)
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IncompleteDate {
    year: u16,
    month: u8,
    day: u8,
}

/// Why a text is no incomplete date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a date is written YYYY-MM-DD, with 00 for an unknown month or day")]
pub struct IncompleteDateError;

impl IncompleteDate {
    /// From its parts; 0 stands for an unknown one.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }

    /// The year, 0 if unknown.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, `None` if unknown.
    #[must_use]
    pub fn month(self) -> Option<u8> {
        (self.month != 0).then_some(self.month)
    }

    /// The day of the month, `None` if unknown.
    #[must_use]
    pub fn day(self) -> Option<u8> {
        (self.day != 0).then_some(self.day)
    }

    /// Are year, month and day all known?
    #[must_use]
    pub fn is_complete(self) -> bool {
        self.year != 0 && self.month != 0 && self.day != 0
    }
}

impl FromStr for IncompleteDate {
    type Err = IncompleteDateError;

    fn from_str(text: &str) -> Result<Self, IncompleteDateError> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 10
            && bytes.iter().enumerate().all(|(index, byte)| match index {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shape {
            return Err(IncompleteDateError);
        }
        let number =
            |range: std::ops::Range<usize>| text[range].parse::<u16>().map_err(|_| IncompleteDateError);
        let part = |range| number(range).and_then(|n| u8::try_from(n).map_err(|_| IncompleteDateError));
        Ok(Self {
            year: number(0..4)?,
            month: part(5..7)?,
            day: part(8..10)?,
        })
    }
}

impl fmt::Display for IncompleteDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for IncompleteDate {
    /// A birth date is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IncompleteDate(…)")
    }
}

impl TryFrom<String> for IncompleteDate {
    type Error = IncompleteDateError;

    fn try_from(text: String) -> Result<Self, IncompleteDateError> {
        text.parse()
    }
}

impl From<IncompleteDate> for String {
    fn from(date: IncompleteDate) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::IncompleteDate;

    #[test]
    fn unknown_parts_stay_unknown() {
        for text in [
            "1968-07-02",
            "1968-07-00",
            "1968-00-00",
            "0000-00-00",
            "1968-02-31",
        ] {
            assert_eq!(text.parse::<IncompleteDate>().unwrap().to_string(), text);
        }
        let date: IncompleteDate = "1968-00-00".parse().unwrap();
        assert_eq!(
            (date.year(), date.month(), date.day(), date.is_complete()),
            (1968, None, None, false)
        );
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in [
            "",
            "1968",
            "1968-7-2",
            "68-07-02",
            "1968/07/02",
            "1968-07-0x",
            "１968-07-02",
        ] {
            assert!(text.parse::<IncompleteDate>().is_err(), "{text}");
        }
    }
}
