//! Items as XML, in the register's namespace.

use std::fmt::Write as _;

use super::item::{Day, Item, Language, Node};
use crate::population::Person;
use crate::soap::escape_into;

/// The namespace of the register's elements.
const NAMESPACE: &str = "http://www.ibz.rrn.fgov.be/XSD/xm25/rn25Schema";

/// Writes containers: items of one container stand together already, and stay in the order given.
pub(super) fn containers(items: &[Item<'_>], language: Language, out: &mut String) {
    let mut writer = Writer { out, language };
    items
        .chunk_by(|one, next| one.container == next.container)
        .for_each(|same| writer.container(same));
}

struct Writer<'o> {
    out: &'o mut String,
    language: Language,
}

impl Writer<'_> {
    fn container(&mut self, items: &[Item<'_>]) {
        let Some(head) = items.first() else { return };
        let namespace = Some(NAMESPACE);
        match head.element {
            None => items
                .iter()
                .for_each(|item| self.item(item, item.container, namespace)),
            Some(element) => {
                self.start(head.container, namespace, "");
                items.iter().for_each(|item| self.item(item, element, None));
                self.end(head.container);
            }
        }
    }

    fn item(&mut self, item: &Item<'_>, name: &str, namespace: Option<&str>) {
        let attributes = format!(" Type=\"{}\" Structure=\"{}\"", item.it, item.structure);
        self.start(name, namespace, &attributes);
        if let Some(since) = item.since {
            self.day("Date", since);
        }
        if let Some((hours, minutes)) = item.time {
            self.start("Time", None, "");
            self.two_digits("HH", hours);
            self.two_digits("MM", minutes);
            self.end("Time");
        }
        if let Some(until) = item.until {
            self.day("DelDate", until);
        }
        self.nodes(&item.body);
        self.end(name);
    }

    fn nodes(&mut self, nodes: &[Node<'_>]) {
        nodes.iter().for_each(|node| self.node(node));
    }

    fn node(&mut self, node: &Node<'_>) {
        match node {
            Node::Text(name, text) => self.text(name, text),
            Node::Coded(name, coded) => {
                self.start(name, None, "");
                self.text("Code", coded.code);
                self.text("Label", coded.label(self.language));
                self.end(name);
            }
            Node::Day(name, day) => self.day(name, *day),
            Node::Group(name, nodes) => {
                self.start(name, None, "");
                self.nodes(nodes);
                self.end(name);
            }
            Node::Number(person) => self.number(person),
            Node::Name { last, first, used } => self.name(last, first, *used),
        }
    }

    fn number(&mut self, person: &Person) {
        let _ = write!(
            self.out,
            "<r:NationalNumber><r:NationalNumber>{}</r:NationalNumber>",
            person.ssin
        );
        self.day("Date", person.born);
        self.text("Sex", person.sex.digit());
        self.end("NationalNumber");
    }

    fn name(&mut self, last: &str, first: &[&str], used: bool) {
        self.start("Name", None, "");
        self.part_of_name("LastName", "", last);
        for (position, name) in first.iter().enumerate() {
            let mark = if used && position == 0 {
                " UsedFirstName=\"YES\""
            } else {
                ""
            };
            self.part_of_name("FirstName", mark, name);
        }
        self.end("Name");
    }

    /// A name with its number in the register's list of names (here: made from its letters).
    fn part_of_name(&mut self, element: &str, attributes: &str, name: &str) {
        let number = name.bytes().fold(7_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(byte))
        });
        self.start(element, None, attributes);
        let _ = write!(self.out, "<r:Code>{:08}</r:Code>", number % 100_000_000);
        self.text("Label", name);
        self.end(element);
    }

    fn day(&mut self, name: &str, day: Day) {
        self.start(name, None, "");
        // Years have four digits, so both halves have two.
        self.two_digits("Century", (day.year / 100) as u8);
        self.two_digits("Year", (day.year % 100) as u8);
        self.two_digits("Month", day.month);
        self.two_digits("Day", day.day);
        self.end(name);
    }

    /// A number below 100. Dates are most of a reply, and formatting them the usual way most of its cost.
    fn two_digits(&mut self, name: &str, number: u8) {
        self.start(name, None, "");
        self.out.push(char::from(b'0' + number / 10 % 10));
        self.out.push(char::from(b'0' + number % 10));
        self.end(name);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.start(name, None, "");
        escape_into(text, self.out);
        self.end(name);
    }

    fn start(&mut self, name: &str, namespace: Option<&str>, attributes: &str) {
        self.out.push_str("<r:");
        self.out.push_str(name);
        if let Some(namespace) = namespace {
            let _ = write!(self.out, " xmlns:r=\"{namespace}\"");
        }
        self.out.push_str(attributes);
        self.out.push('>');
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</r:");
        self.out.push_str(name);
        self.out.push('>');
    }
}
