//! Papers: identity cards, their certificates, passports, driving licences, declarations.

use super::Subject;
use super::codes::{
    COUNTRIES, IDENTITY_CARD, ISSUED, LICENCE, LICENCE_CATEGORIES, LICENCE_GRANTED, MUNICIPALITIES,
    ORGAN_DECLARATIONS, PASSPORT, POST,
};
use super::item::{Day, Item, Node};
use crate::population::Dice;

static PRESENT: super::Coded = super::Coded::new("1", "Aanwezig", "Présent", "Vorhanden");

pub(super) fn items<'a>(subject: &mut Subject<'a>) -> Vec<Item<'a>> {
    let dice = &mut subject.dice;
    let mut items = Vec::new();
    let mut since = dice.day_in(2091, 2092);
    for _ in 0..dice.between(0, 2) {
        let until = since.years_later(2);
        items.push(identity_card(dice, since).ended(until));
        since = until;
    }
    let card = dice.digits(12);
    items.push(card_with_number(dice, since, card.clone()));
    let certificates = vec![
        Node::text("IdentityCard", card),
        Node::Group("Certificate1", vec![Node::text("Number", dice.digits(16))]),
        Node::Group("Certificate2", vec![Node::Coded("Presence", &PRESENT)]),
    ];
    items.push(Item::new(
        ("EIDCertificates", "EIDCertificate"),
        "180",
        since,
        certificates,
    ));
    if dice.chance(50) {
        let since = dice.day_in(2094, 2097);
        items.push(passport(dice, since));
    }
    if dice.chance(40) {
        items.push(old_licence(dice));
    } else if dice.chance(60) {
        items.push(licence(dice));
    }
    if dice.chance(30) {
        let body = vec![
            Node::Coded("Declaration", dice.pick(&ORGAN_DECLARATIONS)),
            some_place("Place", dice),
        ];
        items.push(Item::new(
            ("OrganDonations", "OrganDonation"),
            "192",
            dice.day_in(2095, 2098),
            body,
        ));
    }
    items
}

/// A municipality by code and name.
pub(super) fn some_place<'a>(element: &'static str, dice: &mut Dice) -> Node<'a> {
    Node::Coded(element, &dice.pick(&MUNICIPALITIES).place)
}

/// An identity card of the electronic kind.
pub(super) fn identity_card<'a>(dice: &mut Dice, since: Day) -> Item<'a> {
    let number = format!("59{}", dice.digits(10));
    card_with_number(dice, since, number)
}

fn card_with_number<'a>(dice: &mut Dice, since: Day, number: String) -> Item<'a> {
    let body = vec![
        Node::Coded("TypeOfCard", &IDENTITY_CARD),
        Node::text("CardNumber", number),
        Node::Group("Delivery", vec![some_place("Place", dice)]),
        Node::Day("ExpiryDate", since.years_later(5)),
    ];
    Item::new(("IdentityCards", "IdentityCard"), "195", since, body).laid_out("F1")
}

/// A passport, issued by a municipality or a diplomatic post. Its number is padded with blanks, as registers do.
pub(super) fn passport<'a>(dice: &mut Dice, since: Day) -> Item<'a> {
    let issuer = if dice.chance(70) {
        some_place("Place", dice)
    } else {
        Node::Coded("PosteDiplomatique", &POST)
    };
    let ident = vec![
        Node::Coded("PassportType", &PASSPORT),
        Node::text("PassportNumber", format!("EH{}  ", dice.digits(6))),
    ];
    let body = vec![
        Node::Coded("Status", &ISSUED),
        Node::Group("PassportIdent", ident),
        Node::Group("Issuer", vec![issuer]),
        Node::text("RenewalNumber", "00"),
        Node::Day("ProductionDate", since.next_in_month_or_year()),
        Node::Day("ExpiryDate", since.years_later(5)),
    ];
    Item::new(("Passports", "Passport"), "199", since, body).laid_out("C1")
}

fn old_licence<'a>(dice: &mut Dice) -> Item<'a> {
    let categories: Vec<Node<'a>> = LICENCE_CATEGORIES
        .iter()
        .take(dice.between(1, 3) as usize)
        .map(|category| Node::Coded("Category", category))
        .collect();
    let body = vec![
        Node::Coded("TypeOfLicense", &LICENCE_GRANTED),
        Node::Group("Categories", categories),
        Node::text("LicenseNumber", format!("A{}", dice.digits(6))),
        Node::Group("Delivery", vec![some_place("Place", dice)]),
    ];
    Item::new(
        ("DrivingLicensesOldModel", "DrivingLicense"),
        "194",
        dice.day_in(2092, 2094),
        body,
    )
}

fn licence<'a>(dice: &mut Dice) -> Item<'a> {
    let body = vec![
        Node::Coded("TypeOfLicense", &LICENCE),
        Node::text("LicenseNumber", dice.digits(10)),
        some_place("Place", dice),
        Node::Coded("DeliveryCountry", &COUNTRIES[0]),
    ];
    Item::new(
        ("DrivingLicenses", "DrivingLicense"),
        "191",
        dice.day_in(2093, 2096),
        body,
    )
}
