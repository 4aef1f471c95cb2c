//! Checking a message against a schema: order, number and namespace of elements, attributes, and the facets of each
//! value.

pub(crate) mod facets;
pub(crate) mod grammar;

use crate::soap::{Element, is_space};

/// Attributes of this namespace that may stand anywhere.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What in a request breaks the schema. Names elements and rules, never values.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{path}: {rule}")]
pub struct Violation {
    /// Elements from the request down, separated by slashes.
    pub path: String,
    /// What is wrong there.
    pub rule: String,
    /// Whether something mandatory is not there, rather than something being wrong.
    pub lacking: bool,
}

impl Violation {
    /// Something is wrong at `path`.
    pub(crate) fn at(path: &str, rule: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            rule: rule.into(),
            lacking: false,
        }
    }

    /// The same, of something that is not there.
    pub(crate) fn lacking(self) -> Self {
        Self {
            lacking: true,
            ..self
        }
    }
}

/// One element of a message, and where it stands.
pub(crate) struct Part<'e> {
    element: &'e Element,
    path: String,
}

impl<'e> Part<'e> {
    /// The element itself.
    pub(crate) fn element(&self) -> &'e Element {
        self.element
    }

    pub(crate) fn broken(&self, rule: &str) -> Violation {
        Violation::at(&self.path, rule)
    }

    /// Its children, which are all of that namespace.
    pub(crate) fn children(self, namespace: &'static str) -> Result<Children<'e>, Violation> {
        Children::of(self.element, &self.path, namespace)
    }

    /// The text of an element without children that `fits`.
    pub(crate) fn text(self, fits: impl FnOnce(&str) -> bool) -> Result<String, Violation> {
        self.value(|text| fits(text).then(|| text.to_owned()))
    }

    /// What `read` makes of the text of an element without children.
    pub(crate) fn value<T>(self, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Violation> {
        only_known_attributes(self.element, &self.path)?;
        if !self.element.children.is_empty() {
            return Err(self.broken("holds elements, expected text"));
        }
        read(&self.element.text).ok_or_else(|| self.broken("the value does not fit its type"))
    }
}

/// The children of an element, taken in the order of its `xs:sequence`.
pub(crate) struct Children<'e> {
    rest: std::slice::Iter<'e, Element>,
    path: String,
    namespace: &'static str,
}

impl<'e> Children<'e> {
    /// The children of `parent`, which are all of `namespace` (empty: unqualified).
    pub(crate) fn of(parent: &'e Element, path: &str, namespace: &'static str) -> Result<Self, Violation> {
        only_known_attributes(parent, path)?;
        if !parent.text.trim_matches(is_space).is_empty() {
            return Err(Violation::at(path, "holds text, expected elements only"));
        }
        Ok(Self {
            rest: parent.children.iter(),
            path: path.to_owned(),
            namespace,
        })
    }

    /// The children, unqualified, of the SOAP body's element, which must be `name` of `namespace`.
    pub(crate) fn of_message(root: &'e Element, namespace: &str, name: &str) -> Result<Self, Violation> {
        if !root.is(namespace, name) {
            return Err(Violation::at("Body", format!("expected {{{namespace}}}{name}")));
        }
        Self::of(root, name, "")
    }

    /// The next element if it is `name`.
    pub(crate) fn optional(&mut self, name: &str) -> Result<Option<Part<'e>>, Violation> {
        let Some(element) = self
            .rest
            .as_slice()
            .first()
            .filter(|element| element.is(self.namespace, name))
        else {
            return Ok(None);
        };
        self.rest.next();
        Ok(Some(Part {
            element,
            path: format!("{}/{name}", self.path),
        }))
    }

    /// Like [`Self::required`], of another namespace than the others.
    pub(crate) fn required_of(&mut self, namespace: &'static str, name: &str) -> Result<Part<'e>, Violation> {
        let own = std::mem::replace(&mut self.namespace, namespace);
        let part = self.required(name);
        self.namespace = own;
        part
    }

    /// The next element, which must be `name`.
    pub(crate) fn required(&mut self, name: &str) -> Result<Part<'e>, Violation> {
        let found = self.next_name();
        let missing = Violation::at(&self.path, format!("expected {name}, found {found}")).lacking();
        self.optional(name)?.ok_or(missing)
    }

    /// Refuses what is left.
    pub(crate) fn finish(&self) -> Result<(), Violation> {
        if self.rest.as_slice().is_empty() {
            return Ok(());
        }
        let rule = format!("{} is unknown, repeated or out of order", self.next_name());
        Err(Violation::at(&self.path, rule))
    }

    fn next_name(&self) -> String {
        match self.rest.as_slice().first() {
            None => "the end".to_owned(),
            Some(element) if element.namespace == self.namespace => element.local.clone(),
            Some(element) if self.namespace.is_empty() => format!("a qualified {}", element.local),
            Some(element) => format!("{} of another namespace", element.local),
        }
    }
}

fn only_known_attributes(element: &Element, path: &str) -> Result<(), Violation> {
    let known = |namespace: &str, local: &str| {
        namespace == SCHEMA_INSTANCE && matches!(local, "schemaLocation" | "noNamespaceSchemaLocation")
    };
    match element
        .attributes
        .iter()
        .find(|attribute| !known(&attribute.namespace, &attribute.local))
    {
        None => Ok(()),
        Some(attribute) => {
            let rule = format!("attribute {} is not allowed", attribute.local);
            Err(Violation::at(path, rule))
        }
    }
}

#[cfg(test)]
mod tests;
