//! The National Register as the simulator has it: what is on file about a person, made anew from the seed for each
//! question, always the same.

mod codes;
mod documents;
mod facts;
mod family;
mod identity;
mod item;
mod rare;
mod render;

pub use self::facts::{Facts, Home, Refugee, Stay};
pub use self::item::{Coded, Day, Item, Language, Node};

use crate::population::{Dice, Household, Person, Population};

/// Separates the dice of records from those of households.
const RECORD: u64 = 2;

/// Nobody has settled by then.
const LAST_YEAR_OF_FILLERS: u16 = 2089;

/// Least size of a reply with history: for measuring with replies as large as real ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scale {
    /// Rows, filled up with ended addresses, occupations, cards and remarks.
    pub rows: usize,
    /// Bytes of the file, filled up with one long remark (IT027).
    pub bytes: usize,
}

/// What the makers of items look at.
struct Subject<'a> {
    person: &'a Person,
    household: &'a Household,
    members: &'a [Person],
    dice: Dice,
}

impl<'a> Subject<'a> {
    fn new(population: &'a Population, person: &'a Person) -> Self {
        let dice = Dice::new(population.seed(), &[RECORD, person.ssin.number()]);
        let (household, members) = (population.household(person), population.members(person));
        Self {
            person,
            household,
            members,
            dice,
        }
    }
}

/// Everything on file about `person`, history included: containers in a fixed order, newest items first.
#[must_use]
pub fn file<'a>(population: &'a Population, person: &'a Person, scale: Scale) -> Vec<Item<'a>> {
    let mut subject = Subject::new(population, person);
    let mut items = identity::items(&mut subject);
    items.extend(family::items(&mut subject));
    items.extend(documents::items(&mut subject));
    items.extend(rare::items(&mut subject));
    // One row is kept for the remark that fills up the bytes.
    while items.len() + usize::from(scale.bytes > 0) < scale.rows {
        items.push(filler(&mut subject));
    }
    group(items)
}

/// The file as XML in `language`; without `history` only what is valid today.
pub fn write(
    population: &Population,
    person: &Person,
    (language, history): (Language, bool),
    scale: Scale,
    out: &mut String,
) {
    let scale = if history { scale } else { Scale::default() };
    let mut items = file(population, person, scale);
    items.retain(|item| history || item.until.is_none());
    let (mut remarks, others): (Vec<Item<'_>>, Vec<Item<'_>>) = items
        .into_iter()
        .partition(|item| item.container == rare::REMARKS);
    let start = out.len();
    out.push_str("<rrn_it_implicit>");
    render::containers(&others, language, out);
    let missing = scale.bytes.saturating_sub(out.len() - start);
    if missing > 0 {
        remarks.push(rare::remark(&mut Subject::new(population, person), missing));
    }
    render::containers(&remarks, language, out);
    out.push_str("</rrn_it_implicit>");
}

/// An ended item of a kind that people collect.
fn filler<'a>(subject: &mut Subject<'a>) -> Item<'a> {
    let born = subject.person.born;
    let since = subject
        .dice
        .day_in(born.year, born.year.max(LAST_YEAR_OF_FILLERS))
        .max(born);
    let item = match subject.dice.between(0, 3) {
        0 => identity::occupation(&mut subject.dice, since),
        1 => documents::identity_card(&mut subject.dice, since),
        2 => documents::passport(&mut subject.dice, since),
        _ => identity::address(&mut subject.dice, since),
    };
    item.ended(Day::new(since.year, 12, 31))
}

/// Brings items of one container together, containers in the order of their first item, newest item first.
fn group(items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    let mut containers: Vec<(&str, Vec<Item<'_>>)> = Vec::new();
    for item in items {
        match containers.iter_mut().find(|(name, _)| *name == item.container) {
            Some((_, same)) => same.push(item),
            None => containers.push((item.container, vec![item])),
        }
    }
    for (_, same) in &mut containers {
        same.sort_by_key(|item| std::cmp::Reverse((item.until.is_none(), item.since)));
    }
    containers.into_iter().flat_map(|(_, same)| same).collect()
}

#[cfg(test)]
mod tests;
