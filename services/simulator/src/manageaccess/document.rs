//! The document in the string: who sends it, and that it is one request to this service.

use super::request;
use super::{CONNECTOR, MANAGE_ACCESS, Message, SERVICE, SERVICE_ID, VERSION};
use crate::schema::{Children, Violation, facets};
use crate::soap::{self, Element};

/// Who sends a message, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    pub(super) user_id: String,
    pub(super) email: String,
    /// The enterprise number of the organisation.
    pub(super) org_unit: String,
    pub(super) matrix_id: i64,
    pub(super) matrix_sub_id: Option<i64>,
    pub(super) reference: Option<String>,
    pub(super) time_request: Option<String>,
}

/// The string in the body.
pub(super) fn string(body: &Element) -> Result<String, Violation> {
    if !body.is(CONNECTOR, "xmlString") {
        return Err(Violation::at(
            "Body",
            format!("expected {{{CONNECTOR}}}xmlString"),
        ));
    }
    if !body.attributes.is_empty() {
        return Err(Violation::at("xmlString", "has an attribute"));
    }
    if !body.children.is_empty() {
        return Err(Violation::at(
            "xmlString",
            "holds elements, expected an escaped document",
        ));
    }
    Ok(body.text.clone())
}

/// Reads the document.
pub(super) fn read(text: &str) -> Result<Message, Violation> {
    let root = soap::parse(text).map_err(|error| Violation::at("xmlString", error.to_string()))?;
    if !root.is(SERVICE, "SSDNRequest") {
        return Err(Violation::at(
            "xmlString",
            format!("expected {{{SERVICE}}}SSDNRequest"),
        ));
    }
    let mut parts = Children::of(&root, "SSDNRequest", SERVICE)?;
    let sender = sender(parts.required("RequestContext")?.children(SERVICE)?)?;
    let mut wanted = parts.required("ServiceRequest")?.children(SERVICE)?;
    wanted.required("ServiceId")?.text(|text| text == SERVICE_ID)?;
    wanted.required("Version")?.text(|text| text == VERSION)?;
    let inner = wanted.required_of(MANAGE_ACCESS, "ManageAccessRequest")?;
    let request = request::read(inner.children(MANAGE_ACCESS)?)?;
    wanted.finish()?;
    // More of them would fit the schema.
    parts.finish()?;
    Ok(Message { sender, request })
}

fn sender(mut context: Children<'_>) -> Result<Sender, Violation> {
    let mut user = context.required("AuthorizedUser")?.children(SERVICE)?;
    let user_id = user.required("UserID")?.value(|text| facets::digits(text, 11))?;
    let email = user.required("Email")?.value(facets::email)?;
    // Without it nobody would be asking; the schema can do without.
    let org_unit = user.required("OrgUnit")?.text(facets::is_cbe_number)?;
    let matrix_id = user.required("MatrixID")?.value(facets::integer)?;
    let matrix_sub_id = user.optional("MatrixSubID")?;
    let matrix_sub_id = matrix_sub_id
        .map(|part| part.value(facets::integer))
        .transpose()?;
    user.finish()?;
    let (mut reference, mut time_request) = (None, None);
    if let Some(message) = context.optional("Message")? {
        let mut message = message.children(SERVICE)?;
        let given = message.optional("Reference")?;
        reference = given.map(|part| part.text(|_| true)).transpose()?;
        let given = message.optional("TimeRequest")?;
        time_request = given
            .map(|part| part.text(facets::is_compact_date_time))
            .transpose()?;
        message.finish()?;
    }
    context.finish()?;
    Ok(Sender {
        user_id,
        email,
        org_unit,
        matrix_id,
        matrix_sub_id,
        reference,
        time_request,
    })
}
