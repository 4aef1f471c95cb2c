//! The identification number of social security (NISS / INSZ).

use std::fmt;
use std::str::FromStr;

use crate::register::Day;

/// An SSIN whose check digits are right. `Debug` shows no digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ssin(u64);

/// Why a text is no SSIN with right check digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnSsin;

/// How far the month is raised in numbers of the CBSS's own register when the sex is known.
pub(super) const BIS_MONTHS: u64 = 40;

/// Check digits run from 01 to 97.
const MODULUS: u64 = 97;
/// Births of 2000 and later put a 2 before the nine digits when the check digits are made.
const SECOND_MILLENNIUM: u64 = 2_000_000_000;

impl Ssin {
    /// The number of a person born on `born` (2000 or later) with this `counter`; `month_offset` is 0, or
    /// 40 for the CBSS's own register.
    #[must_use]
    pub fn born_after_2000(born: Day, month_offset: u64, counter: u64) -> Self {
        let year = u64::from(born.year) % 100;
        let month = u64::from(born.month) + month_offset;
        let first = ((year * 100 + month) * 100 + u64::from(born.day)) * 1000 + counter;
        Self(first * 100 + MODULUS - (SECOND_MILLENNIUM + first) % MODULUS)
    }

    /// The number as an integer of at most eleven digits.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl FromStr for Ssin {
    type Err = NotAnSsin;

    /// Takes eleven ASCII digits whose check digits fit a birth before or after 2000.
    fn from_str(text: &str) -> Result<Self, NotAnSsin> {
        if text.len() != 11 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAnSsin);
        }
        let number: u64 = text.parse().map_err(|_| NotAnSsin)?;
        let (first, check) = (number / 100, number % 100);
        let fits = |base: u64| MODULUS - (base + first) % MODULUS == check;
        if fits(0) || fits(SECOND_MILLENNIUM) {
            Ok(Self(number))
        } else {
            Err(NotAnSsin)
        }
    }
}

impl fmt::Display for Ssin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:011}", self.0)
    }
}

impl fmt::Debug for Ssin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ssin(..)")
    }
}
