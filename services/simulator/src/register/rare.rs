//! Items that few people have: together with the usual ones, every container of the schema.

mod papers;
mod people;
mod places;
mod refugees;
mod verification;

use super::Subject;
use super::codes::MUNICIPALITIES;
use super::item::{Item, Node};
use crate::population::Person;

/// A code of the register with its Dutch, French and German name, as an element.
macro_rules! code {
    ($element:literal, $code:literal, $nl:literal, $fr:literal, $de:literal) => {
        $crate::register::Node::Coded(
            $element,
            const { &$crate::register::Coded::new($code, $nl, $fr, $de) },
        )
    };
}
use code;

/// A kind of item that may be on file beside the usual.
struct Kind {
    container: &'static str,
    /// Empty where the container is the item.
    element: &'static str,
    it: &'static str,
    /// The item's content; `None` for a person whom it does not suit.
    body: for<'a> fn(&mut Subject<'a>) -> Option<Vec<Node<'a>>>,
}

const fn kind(
    container: &'static str,
    element: &'static str,
    it: &'static str,
    body: for<'a> fn(&mut Subject<'a>) -> Option<Vec<Node<'a>>>,
) -> Kind {
    Kind {
        container,
        element,
        it,
        body,
    }
}

const KINDS: [&[Kind]; 5] = [
    papers::KINDS,
    people::KINDS,
    places::KINDS,
    refugees::KINDS,
    verification::KINDS,
];

const TOTAL: usize = papers::KINDS.len()
    + people::KINDS.len()
    + places::KINDS.len()
    + refugees::KINDS.len()
    + verification::KINDS.len();

/// From one kind of a file to its next; a prime that does not divide their number, so that no kind comes twice.
const STRIDE: usize = 7;
const _: () = assert!(!TOTAL.is_multiple_of(STRIDE));

/// At most this many kinds go on one file.
const AT_MOST: u64 = 5;

pub(super) fn items<'a>(subject: &mut Subject<'a>) -> Vec<Item<'a>> {
    let first = subject.dice.between(0, TOTAL as u64 - 1) as usize;
    let count = subject.dice.between(0, AT_MOST) as usize;
    (0..count)
        .filter_map(|step| item(subject, (first + STRIDE * step) % TOTAL))
        .collect()
}

fn item<'a>(subject: &mut Subject<'a>, index: usize) -> Option<Item<'a>> {
    let kind = KINDS.iter().flat_map(|kinds| kinds.iter()).nth(index)?;
    let since = subject.dice.day_in(2094, 2097);
    let body = (kind.body)(subject)?;
    let item = Item::new((kind.container, kind.element), kind.it, since, body);
    let ended = subject.dice.chance(25);
    Some(if ended {
        item.ended(since.years_later(1))
    } else {
        item
    })
}

impl<'a> Subject<'a> {
    /// Somebody else of the household.
    fn relative(&self) -> Option<&'a Person> {
        self.members.iter().find(|member| member.ssin != self.person.ssin)
    }
}

/// Where remarks go; it is written last, when the size of the rest is known.
pub(super) const REMARKS: &str = "LegalResidences";

/// A remark (IT027) that adds about `bytes` to the reply, in words that repeat no more than real ones do.
pub(super) fn remark<'a>(subject: &mut Subject<'a>, bytes: usize) -> Item<'a> {
    const AROUND_THE_TEXT: usize = 260;
    let mut text = String::with_capacity(bytes);
    while text.len() + AROUND_THE_TEXT < bytes {
        let municipality = subject.dice.pick(&MUNICIPALITIES);
        text.push_str(subject.dice.pick::<&str>(&municipality.streets));
        text.push(' ');
        text.push_str(&subject.dice.digits(5));
        text.push(' ');
    }
    let since = subject.dice.day_in(2094, 2098);
    Item::new(
        (REMARKS, "LegalResidence"),
        "027",
        since,
        vec![Node::text("Graphic", text)],
    )
}
