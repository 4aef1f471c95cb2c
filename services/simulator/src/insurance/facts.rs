//! What the funds know, made from a number.

use crate::population::Ssin;

/// What is known of a person.
pub(super) struct Facts {
    /// The fund: three digits.
    pub(super) fund: String,
    /// Does the person have a right to anything?
    pub(super) insured: bool,
    pub(super) increased: bool,
    /// Years in which the maximum charge was reached, at most three.
    pub(super) maximum_charge: Vec<u16>,
    pub(super) medical_house: bool,
    /// Who keeps the global medical file: eleven digits.
    pub(super) provider: Option<String>,
}

impl Facts {
    pub(super) fn of(ssin: Ssin) -> Self {
        let number = ssin.number() / 100;
        let years = (0..number % 4).map(|year| 2080 + u16::try_from(year).unwrap_or_default());
        Self {
            fund: format!("{}{:02}", 1 + number % 6, number % 97),
            insured: !number.is_multiple_of(11),
            increased: number.is_multiple_of(3),
            maximum_charge: years.collect(),
            medical_house: number.is_multiple_of(5),
            provider: (!number.is_multiple_of(4)).then(|| format!("1{:010}", number % 10_000_000_000)),
        }
    }
}
