//! What the office knows, made from a number.

use crate::population::Ssin;

/// What is known of a person.
pub(super) struct Facts {
    /// Is anything?
    pub(super) known: bool,
    /// Is there a right to allowances?
    pub(super) entitled: bool,
    /// Cents a day.
    pub(super) daily: u64,
    /// 0 to 99.
    pub(super) code: u64,
    /// A word of the schema.
    pub(super) family: &'static str,
    pub(super) career_break: bool,
}

impl Facts {
    pub(super) fn of(ssin: Ssin) -> Self {
        let number = ssin.number() / 100;
        let family = ["SOLITARY", "COHABITING", "HOUSEHOLDER"];
        Self {
            known: !number.is_multiple_of(7),
            entitled: !number.is_multiple_of(3),
            daily: 4_000 + number % 2_500,
            code: number % 100,
            family: family[usize::try_from(number % 3).unwrap_or_default()],
            career_break: number.is_multiple_of(2),
        }
    }
}
