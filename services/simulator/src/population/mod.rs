//! The people who exist here: households made from a seed, who refer to each other and belong to nobody.
//!
//! Everybody is born in the 2080s and carries a number with right check digits for that time, so no number can be
//! a living person's. The National Register's dates know no century after the twentieth hundred, so these lives
//! are short: whoever is an adult was born in 2080 or 2081, marries before 2086, and nothing happens after 2099.

mod dice;
mod household;
mod names;
mod ssin;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub use self::dice::Dice;
use self::household::Numbers;
pub use self::household::{Bond, Household, Role};
pub use self::ssin::{NotAnSsin, Ssin};
use crate::register::Day;

/// The largest population: the numbers of the 2080s would hold more, a test never needs them.
pub const LARGEST: usize = 200_000;

/// Of every this many people, one has each special standing.
const SPECIAL_EVERY: usize = 50;

/// A sex as the National Register writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Written 1; the counter of the SSIN is odd.
    Male,
    /// Written 2; the counter of the SSIN is even.
    Female,
}

impl Sex {
    /// The digit of the register.
    #[must_use]
    pub fn digit(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
        }
    }
}

/// One invented person.
pub struct Person {
    /// The number in force.
    pub ssin: Ssin,
    /// A number of the CBSS's own register that `ssin` has replaced.
    pub former_ssin: Option<Ssin>,
    /// The day of birth.
    pub born: Day,
    /// The sex.
    pub sex: Sex,
    /// The family name.
    pub last_name: &'static str,
    /// One to three first names.
    pub first_names: Vec<&'static str>,
    /// Index of the household in the population.
    pub household: usize,
    /// The place in it.
    pub role: Role,
    /// What keeps the CBSS from answering with data, if anything does.
    pub standing: Standing,
}

/// How the CBSS treats a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Answered with data.
    Ordinary,
    /// The number was replaced by another.
    Replaced,
    /// The number was cancelled; nobody carries it.
    Cancelled,
    /// The person is not integrated for the asking organisation.
    NotIntegrated,
    /// The person died; the answer is that fact alone.
    Deceased,
}

/// What a number stands for.
#[derive(Clone, Copy)]
pub enum Found<'a> {
    /// A person under the number in force.
    Person(&'a Person),
    /// A number that was replaced: the person has another one now.
    Replaced(&'a Person),
    /// A number that was cancelled.
    Cancelled,
}

enum Entry {
    Person(usize),
    Former(usize),
    Cancelled,
}

/// A line of the listing for tests and demonstrations.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// The number to ask for.
    pub ssin: String,
    /// How it will be answered.
    pub kind: Standing,
    /// Family name (none for a cancelled number).
    pub last_name: Option<&'static str>,
    /// First names.
    pub first_names: Vec<&'static str>,
    /// `YYYY-MM-DD`.
    pub birth_date: Option<String>,
    /// The sex.
    pub sex: Option<Sex>,
    /// People with the same number live together.
    pub household: Option<usize>,
    /// The number in force, when `ssin` was replaced.
    pub new_ssin: Option<String>,
}

/// Everybody, and every number.
pub struct Population {
    seed: u64,
    people: Vec<Person>,
    households: Vec<Household>,
    cancelled: Vec<Ssin>,
    by_number: HashMap<Ssin, Entry>,
}

impl Population {
    /// Makes `size` people; equal arguments make equal people. Sizes above [`LARGEST`] are cut to it.
    #[must_use]
    pub fn generate(seed: u64, size: usize) -> Self {
        let size = size.min(LARGEST);
        let mut numbers = Numbers::default();
        let (mut people, mut households) = (Vec::with_capacity(size), Vec::new());
        while people.len() < size {
            let room = size - people.len();
            let household = Household::settle(seed, households.len(), room, &mut people, &mut numbers);
            households.push(household);
        }
        let mut cancelled = Vec::new();
        for (index, person) in people.iter_mut().enumerate() {
            match index % SPECIAL_EVERY {
                7 => person.former_ssin = Some(numbers.bis(person.born, person.sex)),
                17 => cancelled.push(numbers.issue(person.born, person.sex).0),
                27 => person.standing = Standing::NotIntegrated,
                37 => person.standing = Standing::Deceased,
                _ => {}
            }
        }
        let mut by_number = HashMap::with_capacity(size + size / 20);
        for (index, person) in people.iter().enumerate() {
            by_number.insert(person.ssin, Entry::Person(index));
            if let Some(former) = person.former_ssin {
                by_number.insert(former, Entry::Former(index));
            }
        }
        by_number.extend(cancelled.iter().map(|ssin| (*ssin, Entry::Cancelled)));
        Self {
            seed,
            people,
            households,
            cancelled,
            by_number,
        }
    }

    /// The seed that made it.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Everybody, in the order in which they were made.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// What `ssin` stands for; `None` when it was never issued.
    #[must_use]
    pub fn find(&self, ssin: Ssin) -> Option<Found<'_>> {
        self.by_number.get(&ssin).map(|entry| match entry {
            Entry::Person(index) => Found::Person(&self.people[*index]),
            Entry::Former(index) => Found::Replaced(&self.people[*index]),
            Entry::Cancelled => Found::Cancelled,
        })
    }

    /// The household that `person` lives in.
    #[must_use]
    pub fn household(&self, person: &Person) -> &Household {
        &self.households[person.household]
    }

    /// The members of the household that `person` lives in, the reference person first.
    #[must_use]
    pub fn members(&self, person: &Person) -> &[Person] {
        let household = self.household(person);
        &self.people[household.first..household.first + household.size]
    }

    /// Numbers of one kind (or of all kinds), in a fixed order.
    pub fn list(&self, kind: Option<Standing>, offset: usize, limit: usize) -> Vec<Listed> {
        let people = self.people.iter().map(Listed::person);
        let replaced = self.people.iter().filter_map(Listed::replaced);
        let cancelled = self.cancelled.iter().map(|ssin| Listed::cancelled(*ssin));
        people
            .chain(replaced)
            .chain(cancelled)
            .filter(|listed| kind.is_none_or(|kind| listed.kind == kind))
            .skip(offset)
            .take(limit)
            .collect()
    }
}

impl Listed {
    fn person(person: &Person) -> Self {
        Self {
            ssin: person.ssin.to_string(),
            kind: person.standing,
            last_name: Some(person.last_name),
            first_names: person.first_names.clone(),
            birth_date: Some(person.born.to_string()),
            sex: Some(person.sex),
            household: Some(person.household),
            new_ssin: None,
        }
    }

    fn replaced(person: &Person) -> Option<Self> {
        let former = person.former_ssin?;
        let new_ssin = Some(person.ssin.to_string());
        Some(Self {
            ssin: former.to_string(),
            kind: Standing::Replaced,
            new_ssin,
            ..Self::person(person)
        })
    }

    fn cancelled(ssin: Ssin) -> Self {
        Self {
            ssin: ssin.to_string(),
            kind: Standing::Cancelled,
            last_name: None,
            first_names: Vec::new(),
            birth_date: None,
            sex: None,
            household: None,
            new_ssin: None,
        }
    }
}

#[cfg(test)]
mod tests;
