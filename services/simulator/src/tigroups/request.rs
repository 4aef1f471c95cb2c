//! The request of RetrieveTIGroups v2, checked against its schema: order, number and namespace of elements,
//! attributes, and the facets of each value.

use crate::register::Language;
use crate::schema::{Children, Violation, facets};
use crate::soap::Element;

/// Namespace of the service's messages; their inner elements have none.
pub const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2";

/// The inner elements are unqualified.
const NONE: &str = "";

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Customer {
    /// By enterprise number.
    Cbe(String),
    /// By sector and institution.
    Institution {
        /// Number of the sector, as sent.
        sector: String,
        /// Number of the institution, as sent.
        institution: String,
    },
}

/// A request that fits the schema, except perhaps its SSIN: that is answered, not refused.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The client's own reference.
    pub ticket: Option<String>,
    /// As sent.
    pub timestamp_sent: Option<String>,
    /// Who asks.
    pub customer: Customer,
    /// In which legal context.
    pub legal_context: String,
    /// The number asked for, as sent.
    pub ssin: String,
    /// Whether it fits the patterns of `SsinType`.
    pub ssin_fits: bool,
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
    if !root.is(NAMESPACE, "retrieveTIGroupsRequest") {
        let rule = format!("expected {{{NAMESPACE}}}retrieveTIGroupsRequest");
        return Err(Violation::at("Body", rule));
    }
    let mut parts = Children::of(root, "retrieveTIGroupsRequest", NONE)?;
    let mut customer = parts.required("informationCustomer")?.children(NONE)?;
    let ticket = customer
        .optional("ticket")?
        .map(|part| part.text(|text| facets::fits(text, 36)));
    let ticket = ticket.transpose()?;
    let timestamp_sent = customer
        .optional("timestampSent")?
        .map(|part| part.text(facets::is_date_time));
    let timestamp_sent = timestamp_sent
        .transpose()?
        .map(|text| facets::collapse(&text).to_owned());
    let identification = identification(customer.required("customerIdentification")?.children(NONE)?)?;
    customer.finish()?;
    if let Some(cbss) = parts.optional("informationCBSS")? {
        let mut cbss = cbss.children(NONE)?;
        cbss.required("ticketCBSS")?.text(facets::is_uuid)?;
        cbss.required("timestampReceive")?.text(facets::is_date_time)?;
        cbss.required("timestampReply")?.text(facets::is_date_time)?;
        cbss.finish()?;
    }
    let legal_context = parts
        .required("legalContext")?
        .text(|text| facets::fits(text, 64))?;
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
        ticket,
        timestamp_sent,
        customer: identification,
        legal_context,
        ssin_fits: facets::is_ssin(&ssin),
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

fn identification(mut parts: Children<'_>) -> Result<Customer, Violation> {
    if let Some(number) = parts.optional("cbeNumber")? {
        let number = number.text(facets::is_cbe_number)?;
        parts.finish()?;
        return Ok(Customer::Cbe(number));
    }
    let sector = parts.required("sector")?.text(facets::is_up_to_999)?;
    let institution = parts.required("institution")?.text(facets::is_up_to_999)?;
    parts.finish()?;
    Ok(Customer::Institution { sector, institution })
}
