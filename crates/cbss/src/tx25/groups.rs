//! The groups of information types: which there are, what they are called.

mod table;

use std::borrow::Cow;

use relay_domain::Language;

/// One of the containers that `FileInfoType` of xm25.xsd knows.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// The container's element.
    pub name: &'static str,
    /// The information type of its items, three digits.
    pub number: &'static str,
    /// Is the container itself the one item?
    pub single: bool,
    titles: [&'static str; 4],
    /// A letter for each title.
    sources: &'static str,
}

/// Where a title comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TitleSource {
    /// The annotation of the type in xm25.xsd, accents and capitals repaired, additions left out.
    Schema,
    /// What another client of the CBSS for centres calls it.
    Client,
    /// Our own words.
    Own,
}

impl Group {
    /// All 88, in the order of their numbers.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &table::GROUPS
    }

    /// What a person calls it.
    #[must_use]
    pub fn title(&self, language: Language) -> &'static str {
        self.titles[index(language)]
    }

    /// Where that title comes from.
    #[must_use]
    pub fn title_source(&self, language: Language) -> TitleSource {
        match self.sources.as_bytes().get(index(language)) {
            Some(b'S') => TitleSource::Schema,
            Some(b'C') => TitleSource::Client,
            Some(_) | None => TitleSource::Own,
        }
    }
}

/// The place of a language in our tables.
pub(super) fn index(language: Language) -> usize {
    match language {
        Language::Nl => 0,
        Language::Fr => 1,
        Language::De => 2,
        Language::En => 3,
    }
}

/// The group that an element of the record holds, if the schema knows it.
#[must_use]
pub fn group(element: &str) -> Option<&'static Group> {
    table::GROUPS.iter().find(|group| group.name == element)
}

/// The title of a group, for an unknown one its element's name as words.
pub(super) fn title<'a>(element: &'a str, group: Option<&'static Group>, language: Language) -> Cow<'a, str> {
    match group {
        Some(group) => Cow::Borrowed(group.title(language)),
        None => words(element),
    }
}

/// `SomeNewThing` as "Some new thing"; capitals in a row stay together.
pub(super) fn words(name: &str) -> Cow<'_, str> {
    let mut spaced = String::with_capacity(name.len() + 4);
    let mut before: Option<char> = None;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let starts_word = character.is_uppercase()
            && before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit());
        if character == '_' {
            spaced.push(' ');
        } else if starts_word {
            spaced.push(' ');
            if characters.peek().is_some_and(|next| next.is_lowercase()) {
                spaced.extend(character.to_lowercase());
            } else {
                spaced.push(character);
            }
        } else {
            spaced.push(character);
        }
        before = Some(character);
    }
    if spaced == name {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(spaced)
    }
}
