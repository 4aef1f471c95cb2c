//! Loi65 / Wet65: a centre's decisions and costs, sent to the State for a refund, and what the State decides of them.
//!
//! Three services of the classic generation (SSDN/OCMW_CPAS/Loi65Wet65): AB (who is helped, and how), C (aid that ends),
//! DF (costs to be refunded, aid that is recovered). Their names and versions are not public: those that
//! [`relay_domain::Service::classic_id`] gives are guesses, so that both are settings.
//!
//! A reply holds a decision for each form. That a form was refused is no refusal of the request, but nobody may take it
//! for a success either: see [`parse()`].

mod kinds;

use relay_domain::{Form, Language, Service};

use crate::reply::{Message, Outcome, Reply, Row, StatusKind};
use crate::soap::{BuildError, PreparedCall, check_digits, within};
use crate::ssdn::{self, ClassicContext, Content, ServiceName};
use crate::xml::{Element, ParseError, Scanner};
use crate::{ParseOptions, form, kinds as records};

const NAMESPACE: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/LoiWet65";
const SHARED: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/LoiWet65Common";

/// What one of the services has of its own.
struct Own {
    /// The element of its request, with its prefix.
    root: &'static str,
    /// The element of its reply.
    reply: &'static str,
    kinds: &'static [records::Kind],
}

static OWN: [(Service, Own); 3] = [
    (
        Service::Loi65Ab,
        Own {
            root: "l:L65_AB_DecisionRequest",
            reply: "L65_AB_DecisionReply",
            kinds: &kinds::AB,
        },
    ),
    (
        Service::Loi65C,
        Own {
            root: "l:L65_C_DecisionRequest",
            reply: "L65_C_DecisionReply",
            kinds: &kinds::C,
        },
    ),
    (
        Service::Loi65Df,
        Own {
            root: "l:L65_DF_DecisionRequest",
            reply: "L65_DF_DecisionReply",
            kinds: &kinds::DF,
        },
    ),
];

fn own(service: Service) -> Option<&'static Own> {
    OWN.iter()
        .find(|(known, _)| *known == service)
        .map(|(_, own)| own)
}

/// Builds the call: the request of the form's service in its `SSDNRequest` in the string of `sendXML`, valid by the schemas
/// of all three. `service_id` and `version` (eight digits) are the service's in the envelope.
pub fn build(
    form: &Form,
    service_id: &str,
    version: &str,
    context: &ClassicContext<'_>,
) -> Result<PreparedCall, BuildError> {
    ssdn::wrap(&build_inner(form, service_id, version, context)?)
}

/// Builds the document inside the string.
pub fn build_inner(
    form: &Form,
    service_id: &str,
    version: &str,
    context: &ClassicContext<'_>,
) -> Result<String, BuildError> {
    let own = own(form.service()).ok_or(BuildError::Facet {
        field: "ServiceId",
        expected: "a service of Loi65",
    })?;
    check_digits("Version", version, 8, "eight digits")?;
    within("ServiceId", service_id, 64, "1 to 64 characters")?;
    let operation = form::checked(form, form.service())?;
    let service = ServiceName {
        id: service_id,
        version,
    };
    ssdn::build_inner(context, &service, |writer| {
        writer.open_with(own.root, &[("l", NAMESPACE), ("k", SHARED), ("c", ssdn::COMMON)]);
        form::write(&operation.content, form.parts(), context.cbe_number, writer)?;
        writer.close();
        Ok(())
    })
}

/// All that keeps a form from being built.
#[must_use]
pub fn problems(form: &Form) -> Vec<BuildError> {
    form::problems(form, form.service())
}

/// Reads a reply of one of the services, or a SOAP fault in its place: a row for each decision.
///
/// Where the result summary says that all went well, the decisions have the last word: all refused is
/// [`StatusKind::Errors`] with [`Outcome::Refused`]; some refused, or any accepted in part, [`StatusKind::Warnings`] with
/// [`Outcome::Partial`]. The errors on a form are messages with their codes. `content_type` is the header of that name,
/// as for [`crate::tx25::parse()`].
pub fn parse(
    service: Service,
    body: &[u8],
    content_type: Option<&str>,
    options: &ParseOptions,
) -> Result<Reply, ParseError> {
    let own = own(service);
    // The name that the envelope gives is a setting; whose element it is says enough.
    let named = own.map(|own| (service.classic_id().unwrap_or_default(), own.reply));
    let kinds = own.map_or(&[][..], |own| own.kinds);
    ssdn::read(body, content_type, options.limits, named, |reply, scanner| {
        read_content(reply, kinds, scanner, options.language)
    })
}

fn read_content(
    reply: Element<'_, '_>,
    kinds: &[records::Kind],
    scanner: &mut Scanner<'_>,
    language: Language,
) -> Result<Content, ParseError> {
    let records = records::read(kinds, &[], reply, scanner, language)?;
    let (status, outcome) = judge(&records.rows);
    let mut remarks: Vec<Message> = Vec::new();
    for row in &records.rows {
        remarks.extend(errors_on_form(row));
    }
    let text = |message: &Message| message.diagnostic.as_deref().map_or(0, str::len);
    scanner.count_text(remarks.iter().map(text).sum())?;
    remarks.extend(Message::remark(records.around));
    Ok(Content {
        rows: records.rows,
        remarks,
        outcome,
        status,
    })
}

/// What the decisions mean together.
fn judge(rows: &[Row]) -> (StatusKind, Outcome) {
    let evaluations = || rows.iter().map(|row| row.field("Evaluation").unwrap_or_default());
    if rows.is_empty() {
        (StatusKind::Ok, Outcome::Empty)
    } else if evaluations().all(|evaluation| evaluation == "REFUSED") {
        (StatusKind::Errors, Outcome::Refused)
    } else if evaluations().all(|evaluation| evaluation == "ACCEPTED") {
        (StatusKind::Ok, Outcome::Data)
    } else if evaluations()
        .all(|evaluation| matches!(evaluation, "ACCEPTED" | "REFUSED" | "PARTIALLYACCEPTED"))
    {
        (StatusKind::Warnings, Outcome::Partial)
    } else {
        (StatusKind::Warnings, Outcome::Unknown)
    }
}

/// `ErrorsOnForm` of a decision.
fn errors_on_form(row: &Row) -> Vec<Message> {
    let refused = row.field("Evaluation") == Some("REFUSED");
    let severity = if refused { "ERROR" } else { "WARNING" };
    let mut messages: Vec<Message> = Vec::new();
    let mut last = "";
    for field in &row.fields {
        let parts = field.path.split_once('/');
        let Some((holder, part)) = parts.filter(|(holder, _)| holder.starts_with("ErrorsOnForm")) else {
            continue;
        };
        if holder != last {
            last = holder;
            messages.push(Message {
                severity: severity.to_owned(),
                code: None,
                author: None,
                diagnostic: None,
                fields: Vec::new(),
            });
        }
        if let Some(message) = messages.last_mut() {
            match part {
                "Code" => message.code = Some(field.value.clone()),
                "Description" => message.diagnostic = Some(field.value.clone()),
                _ => {}
            }
        }
    }
    messages
}
