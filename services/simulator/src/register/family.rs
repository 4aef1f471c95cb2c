//! Parents, children, partners, households: what refers to other people, and is said from both sides.

use std::borrow::Cow;

use super::Subject;
use super::codes::{
    CESSATION, DIVORCED, FILIATION, MARRIED, MUNICIPALITIES, ROLE_ALONE, ROLE_CHILD, ROLE_SPOUSE,
    ROLE_UNRELATED, SINGLE, TRIBUNAL,
};
use super::item::{Coded, Day, Item, Node};
use crate::population::{Bond, Dice, Person, Role};

/// Invented parents of reference persons and partners; they are on file by name only.
const GRANDPARENTS: [(&str, &[&str]); 4] = [
    ("Ausdemwinkel", &["Anneliese", "Maria"]),
    ("Delacharlerie", &["Honoré"]),
    ("Vanderstraeten-Lux", &["Godelieve"]),
    ("Kornwestheim", &["Jürgen", "Aloys"]),
];

pub(super) fn items<'a>(subject: &mut Subject<'a>) -> Vec<Item<'a>> {
    let mut items = vec![filiation(subject)];
    items.extend(children(subject));
    items.extend(civil_states(subject));
    items.extend(cohabitation(subject));
    items.extend(household(subject));
    items
}

fn names<'a>(person: &'a Person) -> Node<'a> {
    Node::Name {
        last: person.last_name,
        first: Cow::Borrowed(&person.first_names),
        used: false,
    }
}

/// Number and names of somebody who is on file here.
pub(super) fn known<'a>(element: &'static str, person: &'a Person) -> Node<'a> {
    Node::Group(element, vec![Node::Number(person), names(person)])
}

fn parents<'a>(subject: &Subject<'a>) -> Vec<&'a Person> {
    subject
        .members
        .iter()
        .filter(|member| matches!(member.role, Role::Head | Role::Partner))
        .collect()
}

/// Where the household's events took place, the same for all its members.
fn place(subject: &Subject<'_>) -> Node<'static> {
    Node::Coded("Place", place_code(subject))
}

fn place_code(subject: &Subject<'_>) -> &'static Coded {
    &subject.household.dice.clone().pick(&MUNICIPALITIES).place
}

fn filiation<'a>(subject: &mut Subject<'a>) -> Item<'a> {
    let mut body = vec![Node::Coded("FiliationType", &FILIATION)];
    if subject.person.role == Role::Child {
        let elements = ["Parent1", "Parent2"];
        body.extend(
            parents(subject)
                .into_iter()
                .zip(elements)
                .map(|(parent, name)| known(name, parent)),
        );
    } else {
        for element in ["Parent1", "Parent2"] {
            let (last, first) = *subject.dice.pick(&GRANDPARENTS);
            let name = Node::Name {
                last,
                first: Cow::Borrowed(first),
                used: false,
            };
            body.push(Node::Group(element, vec![name]));
        }
    }
    Item::new(("Filiations", "Filiation"), "110", subject.person.born, body).laid_out("C1")
}

fn children<'a>(subject: &Subject<'a>) -> Vec<Item<'a>> {
    if subject.person.role == Role::Child {
        return Vec::new();
    }
    let children = subject.members.iter().filter(|member| member.role == Role::Child);
    children
        .map(|child| {
            let body = vec![Node::Coded("FiliationType", &FILIATION), known("Child", child)];
            Item::new(
                ("DescendentFiliations", "DescendentFiliation"),
                "114",
                child.born,
                body,
            )
        })
        .collect()
}

/// The other of the two who are bound.
fn partner<'a>(subject: &Subject<'a>) -> Option<&'a Person> {
    let other = match subject.person.role {
        Role::Head => Role::Partner,
        Role::Partner => Role::Head,
        Role::Child => return None,
    };
    subject.members.iter().find(|member| member.role == other)
}

fn civil_state<'a>(state: &'static Coded, since: Day, mut more: Vec<Node<'a>>) -> Item<'a> {
    let mut body = vec![Node::Coded("CivilState", state)];
    body.append(&mut more);
    Item::new(("CivilStates", "CivilState"), "120", since, body)
}

fn civil_states<'a>(subject: &mut Subject<'a>) -> Vec<Item<'a>> {
    let single = civil_state(&SINGLE, subject.person.born, Vec::new());
    match (subject.household.bond, partner(subject)) {
        (Bond::Married(day), Some(spouse)) => {
            let act = subject.household.dice.clone().digits(4);
            let more = vec![
                known("Spouse", spouse),
                Node::Group("Lieu", vec![Node::Coded("Place1", place_code(subject))]),
                Node::text("ActNumber", act),
            ];
            vec![single.ended(day), civil_state(&MARRIED, day, more).laid_out("B1")]
        }
        (Bond::None, None) if subject.person.role == Role::Head && subject.dice.chance(25) => {
            let day = subject.dice.day_in(2086, 2089);
            vec![single.ended(day), divorce(&mut subject.dice, day)]
        }
        (Bond::None | Bond::Married(_) | Bond::Cohabiting(_), _) => vec![single],
    }
}

fn divorce<'a>(dice: &mut Dice, day: Day) -> Item<'a> {
    let place = || Node::Coded("Place", &MUNICIPALITIES[2].place);
    let judgement = vec![
        Node::Coded("Tribunal", &TRIBUNAL),
        Node::Day("Date", day),
        place(),
    ];
    let transcription = vec![Node::Day("Date", day.next_in_month_or_year()), place()];
    let lieu = vec![
        Node::Group("BelgianJudgement", judgement),
        Node::Group("Transcription", transcription),
    ];
    let more = vec![
        Node::Group("Lieu", vec![Node::Group("Place3", lieu)]),
        Node::text("ActNumber", dice.digits(4)),
    ];
    civil_state(&DIVORCED, day, more).laid_out("G1")
}

fn cohabitation<'a>(subject: &mut Subject<'a>) -> Vec<Item<'a>> {
    let item = |since: Day, node: Node<'a>| {
        Item::new(
            ("LegalCohabitations", "LegalCohabitation"),
            "123",
            since,
            vec![node],
        )
    };
    match (subject.household.bond, partner(subject)) {
        (Bond::Cohabiting(day), Some(partner)) => {
            let declaration = vec![
                Node::Day("RegistrationDate", day.next_in_month_or_year()),
                known("Partner", partner),
                place(subject),
                Node::Group("Notary", vec![Node::text("NameNotary", "Notariaat Zomerlinde")]),
            ];
            vec![item(day, Node::Group("Declaration", declaration))]
        }
        (Bond::Married(day), Some(partner)) if subject.household.size.is_multiple_of(2) => {
            let declared = Day {
                year: day.year - 1,
                ..day
            };
            let declaration = vec![
                Node::Day("RegistrationDate", declared),
                known("Partner", partner),
                place(subject),
            ];
            let cessation = vec![
                Node::Coded("Reason", &CESSATION),
                place(subject),
                known("Partner", partner),
            ];
            vec![
                item(declared, Node::Group("Declaration", declaration)).ended(day),
                item(day, Node::Group("Cessation", cessation)).laid_out("B1"),
            ]
        }
        (Bond::None | Bond::Married(_) | Bond::Cohabiting(_), _) => Vec::new(),
    }
}

/// What `member` is to the reference person.
fn role_of(member: &Person, bond: Bond) -> &'static Coded {
    match (member.role, bond) {
        (Role::Child, _) => &ROLE_CHILD,
        (Role::Partner, Bond::Married(_)) => &ROLE_SPOUSE,
        (Role::Partner, Bond::None | Bond::Cohabiting(_)) => &ROLE_UNRELATED,
        (Role::Head, _) => &ROLE_ALONE,
    }
}

/// IT140 on the file of the reference person (one per member), IT141 on the files of the others.
fn household<'a>(subject: &Subject<'a>) -> Vec<Item<'a>> {
    let (bond, settled) = (subject.household.bond, subject.household.settled);
    let row = |container, it, role, other: Option<&'a Person>| {
        let mut body = vec![Node::Coded("FamilyRole", role)];
        body.extend(
            other
                .into_iter()
                .flat_map(|person| [Node::Number(person), names(person)]),
        );
        Item::new(container, it, settled, body)
    };
    let (members, heads) = (
        ("FamilyMembers", "FamilyMember"),
        ("HeadOfFamily", "HeadOfFamily"),
    );
    match (subject.person.role, subject.members) {
        (Role::Head, [_]) => vec![row(members, "140", &ROLE_ALONE, None)],
        (Role::Head, [_, others @ ..]) => others
            .iter()
            .map(|member| row(members, "140", role_of(member, bond), Some(member)).laid_out("B1"))
            .collect(),
        (Role::Partner | Role::Child, [head, ..]) => {
            vec![row(heads, "141", role_of(subject.person, bond), Some(head))]
        }
        (_, []) => Vec::new(),
    }
}
