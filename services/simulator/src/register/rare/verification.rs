//! What the register still has to verify.

use super::{Kind, code, kind};
use crate::register::codes::{COUNTRIES, MARRIED, MUNICIPALITIES};
use crate::register::documents::some_place;
use crate::register::identity::place_to_live;
use crate::register::{Day, Node};

/// What all of them begin with.
fn state<'a>() -> Vec<Node<'a>> {
    vec![
        Node::Day("DateEntered", Day::new(2094, 4, 1)),
        Node::Day("DateValidated", Day::new(2094, 5, 0)),
        code!("Validation", "1", "Bevestigd", "Validé", "Bestätigt"),
    ]
}

fn with<'a>(more: impl IntoIterator<Item = Node<'a>>) -> Option<Vec<Node<'a>>> {
    let mut nodes = state();
    nodes.extend(more);
    Some(nodes)
}

pub(super) const KINDS: &[Kind] = &[
    kind("GendersToVerify", "GenderToVerify", "040", |subject| {
        let gender = vec![
            Node::text("Code", subject.person.sex.digit()),
            Node::text("Label", "?"),
        ];
        with([Node::Group("Gender", gender)])
    }),
    kind("NamesToVerify", "NameToVerify", "041", |_| {
        with([Node::text("Graphic", "Nemo, Ödön")])
    }),
    kind("AddressesToVerify", "AddressToVerify", "042", |subject| {
        let place = some_place("Place", &mut subject.dice);
        with([
            place,
            Node::Group("Address", place_to_live(&MUNICIPALITIES[3], &mut subject.dice)),
        ])
    }),
    kind("NationalitiesToVerify", "NationalityToVerify", "043", |subject| {
        with([Node::Coded("Nationality", subject.dice.pick(&COUNTRIES))])
    }),
    kind("BirthPlacesToVerify", "BirthPlaceToVerify", "044", |subject| {
        with([
            some_place("Place", &mut subject.dice),
            Node::text("Graphic", "Ludin-lès-Près"),
        ])
    }),
    kind("CivilStatesToVerify", "CivilStateToVerify", "045", |_| {
        with([Node::Coded("CivilState", &MARRIED)])
    }),
    kind("DeceasesToVerify", "DeceaseToVerify", "046", |_| with([])),
];
