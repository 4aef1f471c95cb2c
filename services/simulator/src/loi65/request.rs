//! The forms of a request.

use super::forms::{AB_REQUEST, C_REQUEST, DF_REQUEST};
use super::{LOI65, LOI65_COMMON, Letters};
use crate::schema::{Part, Violation, facets};
use crate::soap::Element;

/// A request that fits its schema.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) letters: Letters,
    /// `KBOBCE` and `FileID`, as they came.
    pub(crate) file: (String, String),
    pub(crate) forms: Vec<Form>,
}

/// A form that is decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Its element.
    pub(crate) element: String,
    pub(crate) attest: String,
    pub(crate) ssin: String,
    /// As it came; 0 of the person who is helped, who has none.
    pub(crate) suffix: String,
    /// Name and text of the element that says for when.
    pub(crate) when: (String, String),
    /// `TotalAmount`.
    pub(crate) total: Option<i64>,
    /// All that it says, for comparison.
    pub(crate) content: String,
}

/// Reads the service's own part, whose root is the right one.
pub(crate) fn read(letters: Letters, part: &Part<'_>) -> Result<Request, Violation> {
    let root = part.element();
    let model = match letters {
        Letters::Ab => &AB_REQUEST,
        Letters::C => &C_REQUEST,
        Letters::Df => &DF_REQUEST,
    };
    model.check(root, &root.local)?;
    let file = child(root, LOI65_COMMON, "FileIdentification");
    let of_file = |name| {
        file.and_then(|file| text(file, LOI65_COMMON, name))
            .unwrap_or_default()
    };
    let forms: Vec<Form> = root.children.iter().filter_map(form).collect();
    if forms.is_empty() {
        // The schema allows it; nobody could decide anything.
        return Err(part.broken("there is no form"));
    }
    Ok(Request {
        letters,
        file: (of_file("KBOBCE"), of_file("FileID")),
        forms,
    })
}

/// A form has a number of its own.
fn form(element: &Element) -> Option<Form> {
    let attest = text(element, LOI65, "UniqueAttestID")?;
    let own = |name| text(element, LOI65, name);
    let nested = |holder, namespace, inner: Option<&str>| {
        let holder = child(element, LOI65, holder)?;
        let holder = match inner {
            Some(inner) => child(holder, LOI65_COMMON, inner)?,
            None => holder,
        };
        text(holder, namespace, "SSIN")
    };
    let ssin = own("SSIN")
        .or_else(|| nested("PrimaryBeneficiary", LOI65_COMMON, Some("BeneficiaryID")))
        .or_else(|| nested("IdentificationPrimaryBeneficiary", LOI65, None))?;
    let when = ["EntryDate", "ReferenceMonth", "ReferenceDate"]
        .into_iter()
        .find_map(|name| own(name).map(|text| (name.to_owned(), text)))?;
    Some(Form {
        element: element.local.clone(),
        attest,
        ssin: facets::collapse(&ssin).to_owned(),
        suffix: own("Suffix").unwrap_or_else(|| "0".to_owned()),
        when,
        total: own("TotalAmount").and_then(|text| facets::integer(&text)),
        content: format!("{element:?}"),
    })
}

fn child<'e>(element: &'e Element, namespace: &str, name: &str) -> Option<&'e Element> {
    element.children.iter().find(|child| child.is(namespace, name))
}

fn text(element: &Element, namespace: &str, name: &str) -> Option<String> {
    child(element, namespace, name).map(|child| child.text.clone())
}
