//! The request of RetrieveTIGroups v2, checked against its schema: order, number and namespace of elements,
//! attributes, and the facets of each value.

use crate::register::Language;
use crate::schema::{Children, Violation, facets};
use crate::soa::Head;
use crate::soap::Element;

/// Namespace of the service's messages; their inner elements have none.
pub const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2";

/// The inner elements are unqualified.
const NONE: &str = "";

/// A request that fits the schema, except perhaps its SSIN: that is answered, not refused.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks, and how.
    pub head: Head,
    /// The number asked for, as sent.
    pub ssin: String,
    /// The language of labels.
    pub language: Language,
    /// Whether ended items are wanted.
    pub history: bool,
}

/// Reads the body's element.
///
/// # Errors
/// The first place that breaks the schema.
pub fn check(root: &Element) -> Result<Request, Violation> {
    let mut parts = Children::of_message(root, NAMESPACE, "retrieveTIGroupsRequest")?;
    let head = Head::read(&mut parts, |text| facets::fits(text, 64))?;
    let mut search = parts.required("searchInformation")?.children(NONE)?;
    let ssin = search.required("ssin")?.text(|_| true)?;
    let language = search
        .optional("language")?
        .map(|part| part.value(language))
        .transpose()?;
    let history = search
        .optional("history")?
        .map(|part| part.value(history))
        .transpose()?;
    search.finish()?;
    parts.finish()?;
    Ok(Request {
        head,
        ssin,
        language: language.unwrap_or(Language::Fr),
        history: history.unwrap_or(false),
    })
}

/// An empty element has the default of its declaration.
fn language(text: &str) -> Option<Language> {
    match text {
        "nl" => Some(Language::Nl),
        "fr" | "" => Some(Language::Fr),
        "de" => Some(Language::De),
        _ => None,
    }
}

/// An empty element has the default of its declaration.
fn history(text: &str) -> Option<bool> {
    if text.is_empty() {
        Some(false)
    } else {
        facets::boolean(text)
    }
}
