//! The document in the string: who sends it, and that it is one request to one of the services.

use super::{Asked, CONNECTOR, Message, SERVICE};
use crate::schema::{Children, Violation, facets};
use crate::service::Service;
use crate::soap::{self, Element};
use crate::{identifyperson, loi65, manageaccess, performinvestigation};

/// Who sends a message, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sender {
    pub(crate) user_id: String,
    pub(crate) email: String,
    /// The enterprise number of the organisation.
    pub(crate) org_unit: String,
    pub(crate) matrix_id: i64,
    pub(crate) matrix_sub_id: Option<i64>,
    pub(crate) reference: Option<String>,
    pub(crate) time_request: Option<String>,
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

/// Why a document cannot be taken, and to which service it went, as far as it says so.
#[derive(Debug)]
pub(crate) struct Rejected {
    pub(crate) violation: Violation,
    pub(crate) service: Option<Service>,
}

/// Reads the document.
pub(crate) fn read(text: &str) -> Result<Message, Rejected> {
    let mut service = None;
    read_noting(text, &mut service).map_err(|violation| Rejected { violation, service })
}

fn read_noting(text: &str, service: &mut Option<Service>) -> Result<Message, Violation> {
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
    let asked = wanted.required("ServiceId")?.value(service_of)?;
    *service = Some(asked.service());
    let version = wanted.required("Version")?.value(|text| asked.version(text))?;
    let asked = asked.read(version, &mut wanted)?;
    wanted.finish()?;
    // More of them would fit the schema.
    parts.finish()?;
    Ok(Message { sender, asked })
}

/// A service behind the connector.
#[derive(Clone, Copy)]
enum Wanted {
    ManageAccess,
    IdentifyPerson,
    PerformInvestigation,
    Loi65(loi65::Letters),
}

fn service_of(id: &str) -> Option<Wanted> {
    match id {
        manageaccess::SERVICE_ID => Some(Wanted::ManageAccess),
        identifyperson::SERVICE_ID => Some(Wanted::IdentifyPerson),
        performinvestigation::SERVICE_ID => Some(Wanted::PerformInvestigation),
        other => loi65::Letters::ALL
            .into_iter()
            .find(|letters| letters.service_id() == other)
            .map(Wanted::Loi65),
    }
}

impl Wanted {
    fn service(self) -> Service {
        match self {
            Self::ManageAccess => Service::ManageAccess,
            Self::IdentifyPerson => Service::IdentifyPerson,
            Self::PerformInvestigation => Service::PerformInvestigation,
            Self::Loi65(letters) => letters.service(),
        }
    }

    /// The version of that name, if there is one.
    fn version(self, text: &str) -> Option<String> {
        let versions: &[&'static str] = match self {
            Self::ManageAccess => &[manageaccess::VERSION],
            Self::IdentifyPerson => &[identifyperson::VERSION],
            Self::PerformInvestigation => &performinvestigation::VERSIONS,
            // Which ones there are is not public.
            Self::Loi65(_) => return facets::digits(text, 8),
        };
        versions.contains(&text).then(|| text.to_owned())
    }

    /// Reads the service's own part.
    fn read(self, version: String, parts: &mut Children<'_>) -> Result<Asked, Violation> {
        match self {
            Self::ManageAccess => {
                const NAMESPACE: &str = manageaccess::MANAGE_ACCESS;
                let inner = parts.required_of(NAMESPACE, "ManageAccessRequest")?;
                let request = manageaccess::request::read(inner.children(NAMESPACE)?)?;
                Ok(Asked::ManageAccess(request))
            }
            Self::IdentifyPerson => {
                const NAMESPACE: &str = identifyperson::IDENTIFY_PERSON;
                let inner = parts.required_of(NAMESPACE, "IdentifyPersonRequest")?;
                let request = identifyperson::request::read(inner.children(NAMESPACE)?)?;
                Ok(Asked::IdentifyPerson(request))
            }
            Self::PerformInvestigation => {
                const NAMESPACE: &str = performinvestigation::PERFORM_INVESTIGATION;
                let inner = parts.required_of(NAMESPACE, "PerformInvestigationRequest")?;
                let request = performinvestigation::request::read(&version, inner.children(NAMESPACE)?)?;
                Ok(Asked::PerformInvestigation(request))
            }
            Self::Loi65(letters) => {
                let inner = parts.required_of(loi65::LOI65, &letters.root())?;
                Ok(Asked::Loi65(loi65::read(letters, &inner)?, version))
            }
        }
    }
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
