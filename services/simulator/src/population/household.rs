//! Who lives together, and when it came about.

use std::collections::HashMap;

use super::names::{FEMALE_NAMES, LAST_NAMES, MALE_NAMES};
use super::ssin::BIS_MONTHS;
use super::{Dice, Person, Sex, Ssin, Standing};
use crate::register::Day;

/// Separates the dice of households from those of records.
const HOUSEHOLD: u64 = 1;

/// A person's place in the household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The reference person.
    Head,
    /// Who is bound to the reference person.
    Partner,
    /// A child of the reference person, and of the partner where there is one.
    Child,
}

/// What binds reference person and partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bond {
    /// Nobody to be bound to.
    None,
    /// Married since that day.
    Married(Day),
    /// Legally cohabiting since that day.
    Cohabiting(Day),
}

/// People who live together; they stand next to each other in the population.
pub struct Household {
    /// Index of the first member (the reference person) in the population.
    pub first: usize,
    /// How many they are.
    pub size: usize,
    /// What binds the first two.
    pub bond: Bond,
    /// Since when they live at their present address.
    pub settled: Day,
    /// Makes all that the members have in common, such as the address.
    pub dice: Dice,
}

impl Household {
    /// Adds the members of household number `index`, at most `room` of them, to `people`.
    pub(super) fn settle(
        seed: u64,
        index: usize,
        room: usize,
        people: &mut Vec<Person>,
        numbers: &mut Numbers,
    ) -> Self {
        let mut dice = Dice::new(seed, &[HOUSEHOLD, index as u64]);
        let first = people.len();
        let (partner, children) = match dice.between(0, 19) {
            0..=4 => (false, 0),
            5..=8 => (true, 0),
            9..=16 => (true, dice.between(1, 4) as usize),
            _ => (false, dice.between(1, 2) as usize),
        };
        let partner = partner && room >= 2;
        let children = children.min(room - 1 - usize::from(partner));
        let mut add = |role: Role, sex: Sex, years: (u64, u64), last_name: &'static str, dice: &mut Dice| {
            let year = dice.between(years.0, years.1) as u16;
            let wished = Day::new(year, dice.between(1, 12) as u8, dice.between(1, 28) as u8);
            let (ssin, born) = numbers.issue(wished, sex);
            let first_names = first_names(sex, dice);
            let standing = Standing::Ordinary;
            let household = index;
            people.push(Person {
                ssin,
                former_ssin: None,
                born,
                sex,
                last_name,
                first_names,
                household,
                role,
                standing,
            });
        };
        let (head, name) = (some_sex(&mut dice), *dice.pick(LAST_NAMES));
        add(Role::Head, head, (2080, 2081), name, &mut dice);
        if partner {
            let sex = match (head, dice.chance(92)) {
                (Sex::Male, true) | (Sex::Female, false) => Sex::Female,
                (Sex::Female, true) | (Sex::Male, false) => Sex::Male,
            };
            let other = *dice.pick(LAST_NAMES);
            add(Role::Partner, sex, (2080, 2081), other, &mut dice);
        }
        for _ in 0..children {
            let sex = some_sex(&mut dice);
            add(Role::Child, sex, (2086, 2089), name, &mut dice);
        }
        let day = dice.day_in(2083, 2085);
        let bond = match (partner, dice.chance(70)) {
            (false, _) => Bond::None,
            (true, true) => Bond::Married(day),
            (true, false) => Bond::Cohabiting(day),
        };
        let settled = dice.day_in(2090, 2093);
        Self {
            first,
            size: 1 + usize::from(partner) + children,
            bond,
            settled,
            dice,
        }
    }
}

impl Dice {
    /// A day in one of the years from `first` to `last`.
    pub fn day_in(&mut self, first: u16, last: u16) -> Day {
        let year = self.between(u64::from(first), u64::from(last)) as u16;
        Day::new(year, self.between(1, 12) as u8, self.between(1, 28) as u8)
    }
}

fn some_sex(dice: &mut Dice) -> Sex {
    if dice.chance(50) { Sex::Male } else { Sex::Female }
}

/// One to three different first names.
pub(crate) fn first_names(sex: Sex, dice: &mut Dice) -> Vec<&'static str> {
    let names = match sex {
        Sex::Male => MALE_NAMES,
        Sex::Female => FEMALE_NAMES,
    };
    let mut chosen = Vec::with_capacity(3);
    for _ in 0..dice.between(1, 3) {
        let name = *dice.pick(names);
        if !chosen.contains(&name) {
            chosen.push(name);
        }
    }
    chosen
}

/// Counters in use, by birth day (with the raised month of the CBSS's own register) and sex.
#[derive(Default)]
pub(super) struct Numbers {
    used: HashMap<(Day, u64, bool), u64>,
}

/// Counters of one day and sex: 001, 003 .. 997 or 002, 004 .. 998.
const COUNTERS_A_DAY: u64 = 499;

impl Numbers {
    /// The next number for someone born on `wished`, or on the first later day that has a counter left.
    pub(super) fn issue(&mut self, wished: Day, sex: Sex) -> (Ssin, Day) {
        self.next(wished, 0, sex)
    }

    /// A number of the CBSS's own register.
    pub(super) fn bis(&mut self, born: Day, sex: Sex) -> Ssin {
        self.next(born, BIS_MONTHS, sex).0
    }

    fn next(&mut self, wished: Day, month_offset: u64, sex: Sex) -> (Ssin, Day) {
        let mut day = wished;
        loop {
            let used = self
                .used
                .entry((day, month_offset, sex == Sex::Male))
                .or_insert(0);
            if *used < COUNTERS_A_DAY {
                let counter = 2 * *used + if sex == Sex::Male { 1 } else { 2 };
                *used += 1;
                return (Ssin::born_after_2000(day, month_offset, counter), day);
            }
            day = day.next_in_month_or_year();
        }
    }
}
