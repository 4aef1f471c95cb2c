//! What a part of a form can hold, and whether a value fits.

use super::Group;
use crate::date::IncompleteDate;
use crate::ssin::{Ssin, SsinCheck, SsinError};

/// What a part holds.
#[derive(Debug)]
pub enum Holds {
    /// A value.
    Value(Simple),
    /// Other parts.
    Group(&'static Group),
    /// The organisation's own number in the enterprise register. The caller's context says it.
    OwnNumber,
}

/// A type of values, as XML Schema has simple types. `expected` says it for people.
#[derive(Debug)]
pub enum Simple {
    /// So many characters, none of them a control character.
    Text {
        /// At least.
        least: u16,
        /// At most.
        most: u16,
        /// For people.
        expected: &'static str,
    },
    /// ASCII digits, at most so many.
    Digits {
        /// At most.
        most: u8,
        /// For people.
        expected: &'static str,
    },
    /// One of these words.
    OneOf {
        /// The words.
        words: &'static [&'static str],
        /// For people.
        expected: &'static str,
    },
    /// A whole number.
    Integer {
        /// The lowest.
        least: i32,
        /// The highest.
        most: i32,
        /// For people.
        expected: &'static str,
    },
    /// At most six digits, a point and at most two decimals.
    Decimal,
    /// `true` or `false`.
    Flag,
    /// The same, which goes out as `1` or `0`.
    FlagAsNumber,
    /// A day, not before the other, if one is given.
    Date {
        /// The earliest, `YYYY-MM-DD`.
        from: Option<&'static str>,
        /// For people.
        expected: &'static str,
    },
    /// A day, of which month and day may be `00`.
    IncompleteDate,
    /// A month, `YYYY-MM`, from 2002 on.
    Month,
    /// A person's number.
    Ssin,
    /// A day; where it is not given, the request says `today`.
    DateOrToday,
}

/// Why a value does not fit. It does not carry the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// In what respect.
    pub kind: MisfitKind,
    /// What is expected, for people.
    pub expected: &'static str,
}

/// In what respect a value does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MisfitKind {
    /// Not what is expected.
    Invalid,
    /// Too many characters.
    TooLong,
    /// Check digits that do not fit.
    Checksum,
}

/// Any day.
pub(super) const DAY: Holds = Holds::Value(Simple::Date {
    from: None,
    expected: "a day, as YYYY-MM-DD",
});

/// Yes or no.
pub(super) const FLAG: Holds = Holds::Value(Simple::Flag);

/// The number of a person.
pub(super) const SSIN: Holds = Holds::Value(Simple::Ssin);

/// A day of a form of Loi65.
pub(super) const DAY_FROM_2002: Holds = Holds::Value(Simple::Date {
    from: Some("2002-01-01"),
    expected: "a day from 2002-01-01 on, as YYYY-MM-DD",
});

const CONTROL: &str = "no control characters (line breaks and tabs too)";

impl Simple {
    /// The value as it goes out, if it fits.
    pub fn fit(&self, text: &str, ssin_check: SsinCheck) -> Result<String, Misfit> {
        let invalid = |expected| Misfit {
            kind: MisfitKind::Invalid,
            expected,
        };
        let fits = match self {
            Self::Text {
                least,
                most,
                expected,
            } => {
                let count = text.chars().count();
                if count > usize::from(*most) {
                    return Err(Misfit {
                        kind: MisfitKind::TooLong,
                        expected,
                    });
                }
                if text.chars().any(is_forbidden) {
                    return Err(invalid(CONTROL));
                }
                count >= usize::from(*least) && !text.trim().is_empty()
            }
            Self::Digits { most, .. } => {
                (1..=usize::from(*most)).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::OneOf { words, .. } => words.contains(&text),
            Self::Integer { least, most, .. } => text
                .parse::<i32>()
                .is_ok_and(|number| (*least..=*most).contains(&number) && number.to_string() == text),
            Self::Decimal => is_decimal(text),
            Self::Flag | Self::FlagAsNumber => matches!(text, "true" | "false"),
            Self::Date { from, .. } => is_day(text) && from.is_none_or(|from| text >= from),
            Self::DateOrToday => is_day(text),
            Self::IncompleteDate => is_incomplete_date(text),
            Self::Month => is_month(text),
            Self::Ssin => {
                return match Ssin::parse(text, ssin_check) {
                    Ok(ssin) => Ok(ssin.digits().to_owned()),
                    Err(SsinError::Checksum) => Err(Misfit {
                        kind: MisfitKind::Checksum,
                        expected: "check digits that fit the number, for a birth before 2000 or after",
                    }),
                    Err(SsinError::Character { .. } | SsinError::Length { .. }) => {
                        Err(invalid(self.expected()))
                    }
                };
            }
        };
        fits.then(|| text.to_owned())
            .ok_or_else(|| invalid(self.expected()))
    }

    /// What is expected, for people.
    #[must_use]
    pub fn expected(&self) -> &'static str {
        match self {
            Self::Text { expected, .. }
            | Self::Digits { expected, .. }
            | Self::OneOf { expected, .. }
            | Self::Integer { expected, .. }
            | Self::Date { expected, .. } => expected,
            Self::Decimal => "at most six digits, then perhaps a point and one or two decimals",
            Self::Flag | Self::FlagAsNumber => "true or false",
            Self::IncompleteDate => "YYYY-MM-DD, YYYY-MM-00 or YYYY-00-00, from year 1000 to 2999",
            Self::Month => "a month from 2002 on, as YYYY-MM",
            Self::DateOrToday => "a day, as YYYY-MM-DD",
            Self::Ssin => "eleven digits; the separators space, '.', '-' and '/' are tolerated",
        }
    }
}

/// XML 1.0 has no way to write the last two, nor most control characters.
fn is_forbidden(character: char) -> bool {
    character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// A day of the calendar.
fn is_day(text: &str) -> bool {
    let date = text.parse::<IncompleteDate>().ok().filter(|date| date.year() > 0);
    date.and_then(|date| {
        let month = time::Month::try_from(date.month()?).ok()?;
        time::Date::from_calendar_date(date.year().into(), month, date.day()?).ok()
    })
    .is_some()
}

fn is_month(text: &str) -> bool {
    text >= "2002-01" && text.len() == 7 && is_day(&format!("{text}-01"))
}

/// A day of the calendar, or a month of it, or a year: what `t_IncompleteDate` takes.
fn is_incomplete_date(text: &str) -> bool {
    let in_range = ("1000".."3000").contains(&text);
    in_range
        && text
            .parse::<IncompleteDate>()
            .is_ok_and(|date| match (date.month(), date.day()) {
                (Some(_), Some(_)) => is_day(text),
                (Some(month), None) => month <= 12,
                (None, day) => day.is_none(),
            })
}

fn is_decimal(text: &str) -> bool {
    let digits =
        |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, decimals)) => digits(whole, 6) && digits(decimals, 2),
        None => digits(text, 6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(holds: &Simple, text: &str) -> bool {
        holds.fit(text, SsinCheck::Error).is_ok()
    }

    #[test]
    fn only_what_the_schema_takes_fits() {
        let code = Simple::Text {
            least: 1,
            most: 2,
            expected: "",
        };
        for (text, fit) in [
            ("1", true),
            ("é€", true),
            ("", false),
            ("  ", false),
            ("abc", false),
            ("\t", false),
            ("\u{ffff}", false),
        ] {
            assert_eq!(fits(&code, text), fit, "{text:?}");
        }
        let suffix = Simple::Integer {
            least: 0,
            most: 99,
            expected: "",
        };
        for (text, fit) in [
            ("0", true),
            ("99", true),
            ("100", false),
            ("-1", false),
            ("01", false),
            ("+1", false),
            ("1.0", false),
        ] {
            assert_eq!(fits(&suffix, text), fit, "{text:?}");
        }
        for (text, fit) in [
            ("0", true),
            ("999999.99", true),
            ("1.5", true),
            ("1.", false),
            (".5", false),
            ("1.234", false),
            ("1234567", false),
        ] {
            assert_eq!(fits(&Simple::Decimal, text), fit, "{text:?}");
        }
        for (text, fit) in [
            ("2002-01", true),
            ("2030-12", true),
            ("2001-12", false),
            ("2030-13", false),
            ("2030-1", false),
            ("9999-00", false),
        ] {
            assert_eq!(fits(&Simple::Month, text), fit, "{text:?}");
        }
        let since = Simple::Date {
            from: Some("2002-01-01"),
            expected: "",
        };
        for (text, fit) in [
            ("2002-01-01", true),
            ("2001-12-31", false),
            ("2030-02-30", false),
            ("2030-02-00", false),
            ("2030-02-01Z", false),
        ] {
            assert_eq!(fits(&since, text), fit, "{text:?}");
        }
        for (text, fit) in [
            ("1980-00-00", true),
            ("1980-12-00", true),
            ("1980-12-31", true),
            ("1980-13-00", false),
            ("1980-00-01", false),
            ("3000-01-01", false),
            ("0999-01-01", false),
        ] {
            assert_eq!(fits(&Simple::IncompleteDate, text), fit, "{text:?}");
        }
        assert_eq!(
            Simple::Ssin.fit("80.01.01-001.36", SsinCheck::Error).as_deref(),
            Ok("80010100136")
        );
        assert_eq!(
            Simple::Ssin
                .fit("80010100137", SsinCheck::Error)
                .map_err(|misfit| misfit.kind),
            Err(MisfitKind::Checksum)
        );
        assert!(Simple::Ssin.fit("80010100137", SsinCheck::Warn).is_ok());
    }
}
