//! A request as a tree of elements with resolved namespaces.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::reader::NsReader;

/// Nothing the CBSS is asked nests deeper.
const DEEPEST: usize = 32;

/// An attribute, namespace declarations left out.
#[derive(Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Empty for an attribute without prefix.
    pub namespace: String,
    /// Name without prefix.
    pub local: String,
    /// Normalised value.
    pub value: String,
}

/// An element with its text and children.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Empty for an unqualified element.
    pub namespace: String,
    /// Name without prefix.
    pub local: String,
    /// In document order.
    pub attributes: Vec<Attribute>,
    /// In document order.
    pub children: Vec<Element>,
    /// All character data directly inside, white space kept.
    pub text: String,
}

impl Element {
    /// Whether this is that element.
    #[must_use]
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.namespace == namespace && self.local == local
    }
}

/// Why a text is no XML that a SOAP message may be. The text itself is not repeated: it may hold personal data.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not well-formed near byte {position}: {reason}")]
pub struct MalformedXml {
    /// Bytes before the place.
    pub position: u64,
    /// What is wrong there.
    pub reason: &'static str,
}

/// Reads one document. SOAP messages hold no document type declaration and no processing instruction.
///
/// # Errors
/// When it is not well-formed, uses an undeclared prefix or entity, or nests too deeply.
pub fn parse(text: &str) -> Result<Element, MalformedXml> {
    let mut reader = NsReader::from_str(text);
    let mut tree = Tree::default();
    loop {
        let position = reader.buffer_position();
        let at = |reason| MalformedXml { position, reason };
        let (namespace, event) = reader.read_resolved_event().map_err(|_| at("syntax"))?;
        let namespace = bound(&namespace);
        match event {
            Event::Start(start) => {
                let namespace = namespace.map_err(at)?;
                let element = element(namespace, &start, reader.resolver()).map_err(at)?;
                tree.open(element).map_err(at)?;
            }
            Event::Empty(start) => {
                let namespace = namespace.map_err(at)?;
                let element = element(namespace, &start, reader.resolver()).map_err(at)?;
                tree.open(element).map_err(at)?;
                tree.close().map_err(at)?;
            }
            Event::End(_) => tree.close().map_err(at)?,
            Event::Text(text) => tree.text(&text.xml10_content()).map_err(at)?,
            Event::CData(text) => tree.text(&text.xml10_content()).map_err(at)?,
            Event::GeneralRef(reference) => tree.text(&referenced(&reference).map_err(at)?).map_err(at)?,
            Event::Comment(_) | Event::Decl(_) => {}
            Event::PI(_) => return Err(at("a processing instruction")),
            Event::DocType(_) => return Err(at("a document type declaration")),
            Event::Eof => return tree.finish().map_err(at),
        }
    }
}

/// The open elements, and the finished root.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
}

impl Tree {
    fn open(&mut self, element: Element) -> Result<(), &'static str> {
        if self.root.is_some() {
            return Err("a second root element");
        }
        if self.open.len() == DEEPEST {
            return Err("nested too deeply");
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), &'static str> {
        let element = self.open.pop().ok_or("an end tag without a start tag")?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), &'static str> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim_matches(is_space).is_empty() => {}
            None => return Err("text outside the root element"),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, &'static str> {
        if !self.open.is_empty() {
            return Err("the document ends inside an element");
        }
        self.root.ok_or("no element")
    }
}

/// White space as XML has it.
pub(crate) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn bound(namespace: &ResolveResult<'_>) -> Result<String, &'static str> {
    match namespace {
        ResolveResult::Bound(namespace) => Ok(namespace.as_ref().to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(_) => Err("an undeclared prefix"),
    }
}

fn element(
    namespace: String,
    start: &BytesStart<'_>,
    resolver: &NamespaceResolver,
) -> Result<Element, &'static str> {
    let mut element = Element {
        namespace,
        local: start.local_name().as_ref().to_owned(),
        ..Element::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| "an attribute")?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, local) = resolver.resolve_attribute(attribute.key);
        let namespace = bound(&namespace)?;
        let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0);
        let value = value.map_err(|_| "the value of an attribute")?.into_owned();
        element.attributes.push(Attribute {
            namespace,
            local: local.as_ref().to_owned(),
            value,
        });
    }
    Ok(element)
}

fn referenced(reference: &BytesRef<'_>) -> Result<String, &'static str> {
    if let Some(character) = reference
        .resolve_char_ref()
        .map_err(|_| "a character reference")?
    {
        return Ok(character.to_string());
    }
    let known = quick_xml::escape::resolve_xml_entity(&reference.xml10_content());
    known.map(str::to_owned).ok_or("an undeclared entity")
}
