//! The few facts of a file that other services tell too, taken from the file itself so that they agree with it.

use super::{Coded, Day, Item, Node, Scale, file};
use crate::population::{Person, Population};

/// What is valid today; what the file does not say is missing.
pub struct Facts {
    /// IT120.
    pub civil_state: Option<&'static Coded>,
    /// IT100: a municipality, or a country.
    pub birth_place: Option<&'static Coded>,
    /// IT210.
    pub register: Option<&'static Coded>,
    /// IT031.
    pub nationality: Option<&'static Coded>,
    /// IT022, otherwise IT001 and IT020.
    pub home: Option<Home>,
    /// IT020 with its history, the newest first.
    pub stays: Vec<Stay>,
    /// IT205, IT206.
    pub refugee: Option<Refugee>,
}

/// An address in the country, and since when.
pub struct Stay {
    /// The first day.
    pub since: Day,
    /// The postal code.
    pub postal_code: String,
    /// The street.
    pub street: String,
    /// The number of the house.
    pub house_number: String,
    /// The letter box, if there is one.
    pub mail_box: Option<String>,
}

/// Somebody who asked for asylum.
pub struct Refugee {
    /// When.
    pub asked: Day,
    /// Since when there is an answer.
    pub status: Option<Day>,
}

/// Where somebody lives.
pub enum Home {
    /// In the country.
    Here {
        /// Its municipality.
        municipality: &'static Coded,
        /// Its postal code.
        postal_code: String,
        /// The street's number in the municipality, where it has one.
        street_code: Option<String>,
        /// The street.
        street: String,
        /// The number of the house.
        house_number: String,
        /// The letter box, if there is one.
        mail_box: Option<String>,
    },
    /// Abroad, registered with a diplomatic post.
    Abroad {
        /// The country.
        country: &'static Coded,
        /// The post.
        post: &'static Coded,
        /// The address as one line.
        lines: String,
    },
}

/// A street's number has that many digits, behind the postal code.
const STREET_DIGITS: usize = 4;

impl Facts {
    /// The facts about `person`.
    #[must_use]
    pub fn of(population: &Population, person: &Person) -> Self {
        let items = file(population, person, Scale::default());
        let coded = |container: &str, name: &str| coded(current(&items, container)?, name);
        Self {
            civil_state: coded("CivilStates", "CivilState"),
            birth_place: coded("BirthPlace", "Place1").or_else(|| coded("BirthPlace", "Country")),
            register: coded("RegistrationRegisters", "RegistrationRegister"),
            nationality: coded("Nationalities", "Nationality"),
            home: abroad(&items).or_else(|| here(&items)),
            stays: stays(&items),
            refugee: refugee(&items),
        }
    }
}

fn here(items: &[Item<'_>]) -> Option<Home> {
    let municipality = coded(current(items, "FileOwner")?, "Residence")?;
    let address = current(items, "LegalMainAddresses")?;
    let street = within(address, "Street")?;
    let code = text(street, "Code");
    Some(Home::Here {
        municipality,
        postal_code: text(address, "ZipCode")?,
        street_code: code.and_then(|code| {
            code.get(code.len().checked_sub(STREET_DIGITS)?..)
                .map(str::to_owned)
        }),
        street: text(street, "Label").or_else(|| text(street, "Graphic"))?,
        house_number: text(address, "HouseNumber")?,
        mail_box: text(address, "Box"),
    })
}

fn stays(items: &[Item<'_>]) -> Vec<Stay> {
    let mut stays: Vec<Stay> = items
        .iter()
        .filter(|item| item.container == "LegalMainAddresses")
        .filter_map(|item| {
            let street = within(&item.body, "Street")?;
            Some(Stay {
                since: item.since?,
                postal_code: text(&item.body, "ZipCode")?,
                street: text(street, "Label").or_else(|| text(street, "Graphic"))?,
                house_number: text(&item.body, "HouseNumber")?,
                mail_box: text(&item.body, "Box"),
            })
        })
        .collect();
    stays.sort_by_key(|stay| std::cmp::Reverse(stay.since));
    stays
}

fn refugee(items: &[Item<'_>]) -> Option<Refugee> {
    let since = |container: &str| {
        let item = items.iter().find(|item| item.container == container)?;
        item.since
    };
    Some(Refugee {
        asked: since("RefugeeTypes")?,
        status: since("StatusOfRefugee"),
    })
}

fn abroad(items: &[Item<'_>]) -> Option<Home> {
    let residence = current(items, "ResidenceAbroad")?;
    let lines = ["Graphic1", "Graphic2"].map(|name| text(residence, name));
    Some(Home::Abroad {
        country: coded(residence, "Territory")?,
        post: coded(residence, "PosteDiplomatique")?,
        lines: lines.into_iter().flatten().collect::<Vec<_>>().join(" "),
    })
}

/// The content of the newest item of that container that has not ended.
fn current<'i, 'p>(items: &'i [Item<'p>], container: &str) -> Option<&'i [Node<'p>]> {
    let item = items
        .iter()
        .find(|item| item.container == container && item.until.is_none())?;
    Some(&item.body)
}

/// The first code of that name, at any depth.
fn coded(nodes: &[Node<'_>], wanted: &str) -> Option<&'static Coded> {
    nodes.iter().find_map(|node| match node {
        Node::Coded(name, coded) if *name == wanted => Some(*coded),
        Node::Group(_, inner) => coded(inner, wanted),
        Node::Text(..) | Node::Coded(..) | Node::Day(..) | Node::Number(_) | Node::Name { .. } => None,
    })
}

/// The first text of that name, at any depth.
fn text(nodes: &[Node<'_>], wanted: &str) -> Option<String> {
    nodes.iter().find_map(|node| match node {
        Node::Text(name, content) if *name == wanted => Some(content.clone().into_owned()),
        Node::Group(_, inner) => text(inner, wanted),
        Node::Text(..) | Node::Coded(..) | Node::Day(..) | Node::Number(_) | Node::Name { .. } => None,
    })
}

/// What is in the first group of that name, at any depth.
fn within<'n, 'p>(nodes: &'n [Node<'p>], wanted: &str) -> Option<&'n [Node<'p>]> {
    nodes.iter().find_map(|node| match node {
        Node::Group(name, inner) if *name == wanted => Some(inner.as_slice()),
        Node::Group(_, inner) => within(inner, wanted),
        Node::Text(..) | Node::Coded(..) | Node::Day(..) | Node::Number(_) | Node::Name { .. } => None,
    })
}
