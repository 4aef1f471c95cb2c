//! Who somebody is and where they live: number, names, nationality, birth, residences, addresses, occupations.

use std::borrow::Cow;

use super::Subject;
use super::codes::{COUNTRIES, MUNICIPALITIES, Municipality, OCCUPATIONS, REGISTERS, SOCIAL_CATEGORIES};
use super::item::{Coded, Day, Item, Node};
use crate::population::Dice;

static ACQUIRED: Coded = Coded::new("02", "Verklaring", "Déclaration", "Erklärung");
static FOUND_AT_HOME: Coded = Coded::new(
    "1",
    "Werkelijk verblijf",
    "Résidence effective",
    "Tatsächlicher Wohnort",
);

/// The items that everybody has, newest last.
pub(super) fn items<'a>(subject: &mut Subject<'a>) -> Vec<Item<'a>> {
    let person = subject.person;
    let (born, settled) = (person.born, subject.household.settled);
    let mut at_home = subject.household.dice.clone();
    let home = at_home.pick(&MUNICIPALITIES);
    let birthplace = subject.dice.pick(&MUNICIPALITIES);
    let number = Item {
        container: "NationalNumber",
        element: None,
        it: "000",
        structure: "A1",
        since: None,
        time: None,
        until: None,
        body: vec![Node::Number(person)],
    };
    let mut items = vec![number];
    if birthplace.place.code != home.place.code {
        items.push(residence(born, birthplace).ended(settled));
        items.push(residence(settled, home));
    } else {
        items.push(residence(born, home));
    }
    items.push(Item::new(
        ("AscertainedLegalMainAddresses", "AscertainedLegalMainAddress"),
        "003",
        settled,
        vec![
            Node::Coded("InvestigationResult", &FOUND_AT_HOME),
            Node::Day("StartDate", settled),
            Node::Day("EndDate", settled.next_in_month_or_year()),
        ],
    ));
    let name = Node::Name {
        last: person.last_name,
        first: Cow::Borrowed(&person.first_names),
        used: subject.dice.chance(30),
    };
    items.push(Item::new(("Names", "Name"), "010", born, vec![name]));
    let mut since = born;
    for _ in 0..subject.dice.between(1, 3) {
        let until = Day::new(since.year + 1, since.month, since.day);
        if until < settled {
            items.push(address(&mut subject.dice, since).ended(until));
            since = until;
        }
    }
    items.push(address_in(home, &mut at_home, settled));
    items.extend(nationalities(&mut subject.dice, born));
    if subject.dice.chance(60) {
        let schooled = Day::new(born.year + 3, 9, 1);
        items.push(occupation(&mut subject.dice, schooled).ended(Day::new(2095, 0, 0)));
    }
    items.push(occupation(&mut subject.dice, Day::new(2095, 7, 1)));
    items.push(birth(&mut subject.dice, born, birthplace));
    let register = subject.dice.pick(&REGISTERS);
    let body = vec![Node::Coded("RegistrationRegister", register)];
    items.push(Item::new(
        ("RegistrationRegisters", "RegistrationRegister"),
        "210",
        born,
        body,
    ));
    items.push(Item::new(
        ("ResidenceUpdateDates", "ResidenceUpdateDate"),
        "251",
        settled,
        Vec::new(),
    ));
    items.push(Item::new(
        ("CreationDate", ""),
        "253",
        born.next_in_month_or_year(),
        Vec::new(),
    ));
    items.push(Item::new(
        ("LastUpdateDate", ""),
        "254",
        Day::new(2098, 4, 27),
        Vec::new(),
    ));
    items
}

fn residence<'a>(since: Day, municipality: &'static Municipality) -> Item<'a> {
    let body = vec![
        Node::Coded("Residence", &municipality.place),
        Node::text("Fusion", "0"),
        Node::text("Language", municipality.language),
    ];
    Item::new(("FileOwner", "Residences"), "001", since, body)
}

/// An address somewhere.
pub(super) fn address<'a>(dice: &mut Dice, since: Day) -> Item<'a> {
    let municipality = dice.pick(&MUNICIPALITIES);
    address_in(municipality, dice, since)
}

fn address_in<'a>(municipality: &'static Municipality, dice: &mut Dice, since: Day) -> Item<'a> {
    let body = vec![Node::Group("Address", place_to_live(municipality, dice))];
    Item::new(("LegalMainAddresses", "LegalMainAddress"), "020", since, body)
}

/// Postal code, street, number and sometimes a box. One street in ten is free text without a code.
pub(super) fn place_to_live<'a>(municipality: &'static Municipality, dice: &mut Dice) -> Vec<Node<'a>> {
    let position = dice.between(0, 3) as usize;
    let street = municipality.streets[position];
    let street = if dice.chance(10) {
        vec![Node::text("Graphic", street)]
    } else {
        let code = format!("{}{:04}", municipality.zip, 1001 + 140 * position);
        vec![Node::text("Code", code), Node::text("Label", street)]
    };
    let mut nodes = vec![
        Node::text("ZipCode", municipality.zip),
        Node::Group("Street", street),
        Node::text("HouseNumber", dice.between(1, 240).to_string()),
    ];
    if dice.chance(25) {
        nodes.push(Node::text("Box", format!("B{:02}", dice.between(1, 40))));
    }
    nodes
}

/// An occupation and its social category.
pub(super) fn occupation<'a>(dice: &mut Dice, since: Day) -> Item<'a> {
    let body = vec![
        Node::Coded("Occupation", dice.pick(&OCCUPATIONS)),
        Node::Coded("SocialCategory", dice.pick(&SOCIAL_CATEGORIES)),
    ];
    Item::new(("Occupations", "Occupation"), "070", since, body)
}

fn nationalities<'a>(dice: &mut Dice, born: Day) -> Vec<Item<'a>> {
    let nationality = |country: &'static Coded, since: Day, mut more: Vec<Node<'a>>| {
        let mut body = vec![Node::Coded("Nationality", country)];
        body.append(&mut more);
        Item::new(("Nationalities", "Nationality"), "031", since, body)
    };
    let belgian = &COUNTRIES[0];
    if dice.chance(75) {
        return vec![nationality(belgian, born, Vec::new()).laid_out("B1")];
    }
    let foreign = dice.pick(&COUNTRIES[1..]);
    let mut items = vec![nationality(foreign, born, Vec::new()).laid_out("B1")];
    if dice.chance(50) {
        let acquired = dice.day_in(2094, 2096);
        let country = Node::Coded("Country", foreign);
        let place = Node::Coded("Place", &MUNICIPALITIES[0].place);
        let reason = vec![Node::Coded("Justification", &ACQUIRED), place, country];
        items = items.into_iter().map(|item| item.ended(acquired)).collect();
        items.push(nationality(belgian, acquired, vec![Node::Group("Reason", reason)]).laid_out("C1"));
    }
    if dice.chance(30) {
        items.push(Item::new(
            ("MultipleNationalities", "MultipleNationality"),
            "032",
            born,
            vec![Node::Coded("Nationality", dice.pick(&COUNTRIES[1..]))],
        ));
    }
    items
}

fn birth<'a>(dice: &mut Dice, born: Day, municipality: &'static Municipality) -> Item<'a> {
    let place = if dice.chance(80) {
        Node::Coded("Place1", &municipality.place)
    } else {
        let country = Node::Coded("Country", dice.pick(&COUNTRIES[1..]));
        Node::Group(
            "Place2",
            vec![country, Node::text("Graphic", "Saint-Ludin-lès-Près")],
        )
    };
    let body = vec![Node::text("ActNumber", dice.digits(5)), place];
    let mut item = Item::new(("BirthPlace", ""), "100", born, body);
    item.time = dice
        .chance(40)
        .then(|| (dice.between(0, 23) as u8, dice.between(0, 59) as u8));
    item
}
