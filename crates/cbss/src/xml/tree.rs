//! A part of a document in memory.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{ParseError, Scanner, Token, collapse, is_blank};

/// An element and all that is in it, in document order; nodes borrow from the document.
#[derive(Default)]
pub(crate) struct Tree<'a> {
    nodes: Vec<Stored<'a>>,
    attributes: Vec<(&'a str, Cow<'a, str>)>,
    siblings: Siblings<'a>,
    /// The open elements: their nodes, and where their children begin to be counted.
    open: Vec<(usize, usize)>,
}

struct Stored<'a> {
    content: Content<'a>,
    /// The first node that comes after this one and is not inside it.
    end: u32,
}

enum Content<'a> {
    Element {
        name: &'a str,
        number: u32,
        attributes: (u32, u32),
    },
    Text(Cow<'a, str>),
}

/// A child of an element.
#[derive(Clone, Copy)]
pub(crate) enum Node<'t, 'a> {
    Element(Element<'t, 'a>),
    /// Text, white space collapsed, never empty.
    Text(&'t str),
}

/// An element of a [`Tree`].
#[derive(Clone, Copy)]
pub(crate) struct Element<'t, 'a> {
    tree: &'t Tree<'a>,
    at: u32,
}

impl<'a> Tree<'a> {
    /// Reads the element that has just been opened, up to and including its end, in place of what the tree
    /// held before.
    pub(crate) fn read(&mut self, scanner: &mut Scanner<'a>, name: &'a str) -> Result<(), ParseError> {
        self.nodes.clear();
        self.attributes.clear();
        self.siblings.leave(0);
        self.open.clear();
        self.enter(scanner, name, 1);
        let mut text: Option<Cow<'a, str>> = None;
        loop {
            let token = scanner.next()?;
            if let Token::Text(part) = token {
                match &mut text {
                    Some(text) => text.to_mut().push_str(&part),
                    // Lines between elements; in front of text it would be dropped as well.
                    None if is_blank(&part) => {}
                    None => text = Some(part),
                }
                continue;
            }
            if let Some(text) = text.take() {
                self.push_text(text);
            }
            match token {
                Token::Start(name) => {
                    let entered = self.open.last().map_or(0, |(_, entered)| *entered);
                    let number = self.siblings.number(entered, name);
                    self.enter(scanner, name, number);
                }
                Token::End => {
                    let Some((index, entered)) = self.open.pop() else {
                        return Ok(());
                    };
                    self.siblings.leave(entered);
                    self.nodes[index].end = self.length();
                    if self.open.is_empty() {
                        return Ok(());
                    }
                }
                Token::Text(_) | Token::Eof => return Err(scanner.error(super::ParseErrorKind::Malformed)),
            }
        }
    }

    fn enter(&mut self, scanner: &mut Scanner<'a>, name: &'a str, number: u32) {
        let first = self.attributes.len() as u32;
        self.attributes.append(scanner.attributes());
        let attributes = (first, self.attributes.len() as u32);
        self.nodes.push(Stored {
            content: Content::Element {
                name,
                number,
                attributes,
            },
            end: 0,
        });
        self.open.push((self.nodes.len() - 1, self.siblings.enter()));
    }

    fn push_text(&mut self, text: Cow<'a, str>) {
        let text = collapse(text);
        if text.is_empty() {
            return;
        }
        let end = self.length() + 1;
        self.nodes.push(Stored {
            content: Content::Text(text),
            end,
        });
    }

    fn length(&self) -> u32 {
        // Far below 2³²: the limits count nodes.
        self.nodes.len() as u32
    }

    /// The element that was read.
    pub(crate) fn root(&self) -> Element<'_, 'a> {
        Element { tree: self, at: 0 }
    }
}

impl<'t, 'a> Element<'t, 'a> {
    /// The name without prefix.
    pub(crate) fn name(self) -> &'a str {
        match self.tree.nodes[self.at as usize].content {
            Content::Element { name, .. } => name,
            Content::Text(_) => "",
        }
    }

    /// Its place among the siblings of the same name, from 1.
    pub(crate) fn number(self) -> u32 {
        match self.tree.nodes[self.at as usize].content {
            Content::Element { number, .. } => number,
            Content::Text(_) => 1,
        }
    }

    /// Its attributes, values with white space collapsed.
    pub(crate) fn attributes(self) -> &'t [(&'a str, Cow<'a, str>)] {
        match self.tree.nodes[self.at as usize].content {
            Content::Element {
                attributes: (from, to),
                ..
            } => &self.tree.attributes[from as usize..to as usize],
            Content::Text(_) => &[],
        }
    }

    /// The value of an attribute.
    pub(crate) fn attribute(self, name: &str) -> Option<&'t str> {
        self.attributes()
            .iter()
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value.as_ref())
    }

    /// Elements and text directly within it.
    pub(crate) fn nodes(self) -> impl Iterator<Item = Node<'t, 'a>> + Clone {
        let tree = self.tree;
        let end = tree.nodes[self.at as usize].end;
        let mut next = self.at + 1;
        std::iter::from_fn(move || {
            let node = (next < end).then(|| &tree.nodes[next as usize])?;
            let at = std::mem::replace(&mut next, node.end);
            Some(match &node.content {
                Content::Element { .. } => Node::Element(Element { tree, at }),
                Content::Text(text) => Node::Text(text),
            })
        })
    }

    /// The elements directly within it.
    pub(crate) fn elements(self) -> impl Iterator<Item = Element<'t, 'a>> + Clone {
        self.nodes().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child of that name.
    pub(crate) fn child(self, name: &str) -> Option<Element<'t, 'a>> {
        self.elements().find(|element| element.name() == name)
    }

    /// The first element of that name in it, at any depth, in document order.
    pub(crate) fn descendant(self, name: &str) -> Option<Element<'t, 'a>> {
        let end = self.tree.nodes[self.at as usize].end;
        (self.at + 1..end)
            .map(|at| Element { tree: self.tree, at })
            .find(|element| element.name() == name)
    }

    /// Is there no element within it?
    pub(crate) fn is_leaf(self) -> bool {
        self.elements().next().is_none()
    }

    /// Its own text: the first, where elements stand between several.
    pub(crate) fn text(self) -> &'t str {
        self.nodes()
            .find_map(|node| match node {
                Node::Text(text) => Some(text),
                Node::Element(_) => None,
            })
            .unwrap_or_default()
    }

    /// The text of the first child of that name, if it has any.
    pub(crate) fn child_text(self, name: &str) -> Option<&'t str> {
        self.child(name)
            .map(Element::text)
            .filter(|text| !text.is_empty())
    }
}

/// Counts the children of the open elements by name. The schemas have few names per element, and repeated ones next to
/// each other; a hostile document has neither, so past a few the search becomes a lookup.
#[derive(Default)]
struct Siblings<'a> {
    /// Of all open elements, the innermost last: each element's begin where it was entered.
    few: Vec<(&'a str, u32)>,
    /// What is too much for that, of elements by where they were entered, the innermost last.
    many: Vec<(usize, HashMap<&'a str, u32>)>,
}

impl<'a> Siblings<'a> {
    const FEW: usize = 16;

    /// An element has been opened; the place is to be given back.
    fn enter(&self) -> usize {
        self.few.len()
    }

    /// The innermost element has been closed.
    fn leave(&mut self, entered: usize) {
        self.few.truncate(entered);
        if self.many.last().is_some_and(|(of, _)| *of == entered) {
            self.many.pop();
        }
    }

    /// The number of a child of the innermost element among those of its name.
    fn number(&mut self, entered: usize, name: &'a str) -> u32 {
        let known = self.few[entered..]
            .iter_mut()
            .rev()
            .find(|(known, _)| *known == name);
        if let Some((_, count)) = known {
            *count += 1;
            return *count;
        }
        if self.few.len() - entered < Self::FEW {
            self.few.push((name, 1));
            return 1;
        }
        if self.many.last().is_none_or(|(of, _)| *of != entered) {
            self.many.push((entered, HashMap::new()));
        }
        let count = self
            .many
            .last_mut()
            .map(|(_, counts)| counts.entry(name).or_insert(0));
        count.map_or(1, |count| {
            *count += 1;
            *count
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Siblings;

    #[test]
    fn children_are_counted_by_name_however_many_there_are() {
        let names: Vec<String> = (0..40).map(|number| format!("n{number}")).collect();
        let mut siblings = Siblings::default();
        let outer = siblings.enter();
        for round in 1..=3 {
            for name in &names {
                assert_eq!(siblings.number(outer, name), round);
                // Within each child the count begins anew.
                let inner = siblings.enter();
                for again in 1..=2 {
                    for name in names.iter().take(20) {
                        assert_eq!(siblings.number(inner, name), again);
                    }
                }
                siblings.leave(inner);
            }
        }
        siblings.leave(outer);
        assert!(siblings.few.is_empty() && siblings.many.is_empty());
    }
}
