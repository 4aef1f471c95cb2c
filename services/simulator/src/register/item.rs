//! The shape of what the National Register holds about a person: items of information, each with a validity.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::population::Person;

/// The language of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Dutch.
    Nl,
    /// French, which is meant when a request names none.
    Fr,
    /// German.
    De,
}

impl Language {
    /// The code in a request.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::Fr => "fr",
            Self::De => "de",
        }
    }
}

/// A date whose month or day may be unknown (0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day {
    /// Four digits.
    pub year: u16,
    /// 1 to 12, or 0.
    pub month: u8,
    /// 1 to 31, or 0.
    pub day: u8,
}

impl Day {
    /// A date; the parts are not checked.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }

    /// The same day that many years later, but never after 2099, the last year that the register can write.
    #[must_use]
    pub fn years_later(self, years: u16) -> Self {
        Self {
            year: (self.year + years).min(2099),
            ..self
        }
    }

    /// The day after, in a calendar where every month has 28 days.
    #[must_use]
    pub fn next_in_month_or_year(self) -> Self {
        match self {
            Self { day, .. } if day < 28 => Self { day: day + 1, ..self },
            Self { month, .. } if month < 12 => Self {
                month: month + 1,
                day: 1,
                ..self
            },
            Self { year, .. } => Self {
                year: year + 1,
                month: 1,
                day: 1,
            },
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A code of one of the register's tables, with its names.
#[derive(Debug)]
pub struct Coded {
    /// As in the register.
    pub code: &'static str,
    /// Dutch name.
    pub nl: &'static str,
    /// French name.
    pub fr: &'static str,
    /// German name.
    pub de: &'static str,
}

impl Coded {
    /// A code with its names.
    #[must_use]
    pub const fn new(code: &'static str, nl: &'static str, fr: &'static str, de: &'static str) -> Self {
        Self { code, nl, fr, de }
    }

    /// The name in a language.
    #[must_use]
    pub fn label(&self, language: Language) -> &'static str {
        match language {
            Language::Nl => self.nl,
            Language::Fr => self.fr,
            Language::De => self.de,
        }
    }
}

/// An element inside an item.
pub enum Node<'a> {
    /// Plain text.
    Text(&'static str, Cow<'static, str>),
    /// `Code` and `Label`.
    Coded(&'static str, &'static Coded),
    /// `Century`, `Year`, `Month`, `Day`.
    Day(&'static str, Day),
    /// Elements inside an element.
    Group(&'static str, Vec<Node<'a>>),
    /// A person's number with birth date and sex.
    Number(&'a Person),
    /// Names; `used` marks the first name in use.
    Name {
        /// Family name.
        last: &'static str,
        /// First names.
        first: Cow<'a, [&'static str]>,
        /// Whether the first of them carries the mark.
        used: bool,
    },
}

impl Node<'_> {
    /// Plain text.
    #[must_use]
    pub fn text(name: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Node::Text(name, text.into())
    }
}

/// One item: a row for whoever reads the reply.
pub struct Item<'a> {
    /// The container under the file.
    pub container: &'static str,
    /// The repeated element inside it; `None` where the container is the item itself.
    pub element: Option<&'static str>,
    /// Information type, three digits.
    pub it: &'static str,
    /// The layout variant that the register notes beside the type.
    pub structure: &'static str,
    /// Start of validity; IT000 has none.
    pub since: Option<Day>,
    /// Hours and minutes of `since`, for births and deaths.
    pub time: Option<(u8, u8)>,
    /// End of validity; an item with one is history.
    pub until: Option<Day>,
    /// What follows.
    pub body: Vec<Node<'a>>,
}

impl<'a> Item<'a> {
    /// An item that is valid since `since`.
    #[must_use]
    pub fn new(
        (container, element): (&'static str, &'static str),
        it: &'static str,
        since: Day,
        body: Vec<Node<'a>>,
    ) -> Self {
        let element = (!element.is_empty()).then_some(element);
        let since = Some(since);
        Self {
            container,
            element,
            it,
            structure: "A1",
            since,
            time: None,
            until: None,
            body,
        }
    }

    /// The same, ended.
    #[must_use]
    pub fn ended(mut self, until: Day) -> Self {
        self.until = Some(until);
        self
    }

    /// The same in another layout variant.
    #[must_use]
    pub fn laid_out(mut self, structure: &'static str) -> Self {
        self.structure = structure;
        self
    }
}
