//! The replies of RetrieveTIGroups v2.

use std::fmt::Write as _;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::request::{Customer, NAMESPACE, Request};
use crate::exchange::{Receipt, Trouble};
use crate::population::{Found, Person, Population, Ssin, Standing};
use crate::register::{self, Scale};
use crate::soap::{self, text_element};

/// UTC with milliseconds, as the CBSS writes it.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Who says so in faults of the CBSS.
const AUTHOR: &str = "http://www.bcss.fgov.be/en/international/home/index.html";

/// The status of an answer, and whose file goes with it.
pub(super) struct Verdict<'p> {
    /// `DATA_FOUND`, `NO_DATA_FOUND`, `NO_RESULT`, or what a fault script says.
    pub value: String,
    /// For instance `MSG00000`.
    pub code: String,
    /// For people.
    pub description: &'static str,
    /// Names and values.
    pub information: Vec<(&'static str, String)>,
    /// Whose file is attached.
    pub person: Option<&'p Person>,
}

impl<'p> Verdict<'p> {
    fn refused(value: &str, code: &str, description: &'static str) -> Self {
        let (value, code) = (value.to_owned(), code.to_owned());
        Self {
            value,
            code,
            description,
            information: Vec::new(),
            person: None,
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.information.push((name, value.into()));
        self
    }

    fn found(person: &'p Person) -> Self {
        let done = Self::refused("DATA_FOUND", "MSG00000", "Treatment completed successfully.");
        Self {
            person: Some(person),
            ..done
        }
    }

    /// `NO_RESULT` because of a value in the request.
    fn invalid(field: &'static str, value: &str) -> Self {
        Self::refused("NO_RESULT", "MSG00008", "A validation error occurred.").with(field, value)
    }

    /// `NO_RESULT` because the organisation has no inscription of the person.
    fn not_integrated(request: &Request) -> Self {
        let refused = Self::refused(
            "NO_RESULT",
            "MSG00012",
            "The SSIN is not sufficiently integrated.",
        )
        .with("details", "no inscription of this person by your organisation")
        .with("ssin", request.ssin.as_str());
        match &request.customer {
            Customer::Cbe(number) => refused.with("cbeNumber", number.as_str()),
            Customer::Institution { .. } => refused,
        }
    }

    /// `NO_RESULT` because of the legal context.
    pub(super) fn not_allowed(request: &Request) -> Self {
        Self::refused(
            "NO_RESULT",
            "MSG00013",
            "Access is not allowed in this legal context.",
        )
        .with("legalContext", request.legal_context.as_str())
    }
}

/// What the CBSS says about the person asked for; `inscribed` says whether the organisation may ask about a number.
pub(super) fn decide<'p>(
    population: &'p Population,
    request: &Request,
    inscribed: impl Fn(&str) -> bool,
) -> Verdict<'p> {
    let Some(ssin) = request
        .ssin_fits
        .then(|| request.ssin.parse::<Ssin>().ok())
        .flatten()
    else {
        return Verdict::invalid("ssin", &request.ssin);
    };
    let asked = request.ssin.as_str();
    match population.find(ssin) {
        None => Verdict::refused("NO_RESULT", "MSG00005", "The SSIN does not exist.").with("ssin", asked),
        Some(Found::Cancelled) => {
            Verdict::refused("NO_RESULT", "MSG00007", "The SSIN was cancelled.").with("ssin", asked)
        }
        Some(Found::Replaced(person)) => Verdict::refused("NO_RESULT", "MSG00006", "The SSIN was replaced.")
            .with("ssin", asked)
            .with("newSSIN", person.ssin.to_string()),
        Some(Found::Person(person)) => match person.standing {
            Standing::Deceased => Verdict::refused("NO_DATA_FOUND", "MSG00009", "The person is deceased.")
                .with("deceiseDate", "2098-11-02"),
            Standing::NotIntegrated => Verdict::not_integrated(request),
            _ if !inscribed(asked) => Verdict::not_integrated(request),
            Standing::Ordinary | Standing::Replaced | Standing::Cancelled => Verdict::found(person),
        },
    }
}

/// The whole reply.
pub(super) fn write(
    population: &Population,
    request: &Request,
    receipt: Receipt<'_>,
    verdict: &Verdict<'_>,
    scale: Scale,
) -> String {
    let capacity = 2048
        + if verdict.person.is_some() {
            scale.bytes.max(16 * 1024)
        } else {
            0
        };
    soap::enclose(capacity, |out| {
        let _ = write!(out, "<v2:retrieveTIGroupsResponse xmlns:v2=\"{NAMESPACE}\">");
        information_customer(request, out);
        information_cbss(receipt, out);
        text_element("legalContext", &request.legal_context, out);
        out.push_str("<searchInformation>");
        text_element("ssin", &request.ssin, out);
        text_element("language", request.language.code(), out);
        let _ = write!(
            out,
            "<history>{}</history></searchInformation><status>",
            request.history
        );
        text_element("value", &verdict.value, out);
        text_element("code", &verdict.code, out);
        text_element("description", verdict.description, out);
        for (name, value) in &verdict.information {
            information(name, value, out);
        }
        out.push_str("</status>");
        if let Some(person) = verdict.person {
            register::write(
                population,
                person,
                (request.language, request.history),
                scale,
                out,
            );
        }
        out.push_str("</v2:retrieveTIGroupsResponse>");
    })
}

/// A fault with the service's own detail; `request` where it could be read.
pub(super) fn fault(trouble: &Trouble<'_>, request: Option<&Request>, receipt: Receipt<'_>) -> String {
    soap::fault(trouble.code, trouble.reason, |out| {
        let _ = write!(out, "<v2:retrieveTIGroupsFault xmlns:v2=\"{NAMESPACE}\">");
        if let Some(request) = request {
            information_customer(request, out);
        }
        information_cbss(receipt, out);
        out.push_str("<detail><severity>FATAL</severity>");
        text_element("reasonCode", trouble.message, out);
        // The schema allows no more.
        let diagnostic: String = trouble.diagnostic.chars().take(256).collect();
        text_element("diagnostic", &diagnostic, out);
        text_element("authorCode", AUTHOR, out);
        out.push_str("</detail></v2:retrieveTIGroupsFault>");
    })
}

fn information(name: &str, value: &str, out: &mut String) {
    out.push_str("<information>");
    text_element("fieldName", name, out);
    text_element("fieldValue", value, out);
    out.push_str("</information>");
}

fn information_customer(request: &Request, out: &mut String) {
    out.push_str("<informationCustomer>");
    if let Some(ticket) = &request.ticket {
        text_element("ticket", ticket, out);
    }
    if let Some(sent) = &request.timestamp_sent {
        text_element("timestampSent", sent, out);
    }
    out.push_str("<customerIdentification>");
    match &request.customer {
        Customer::Cbe(number) => text_element("cbeNumber", number, out),
        Customer::Institution { sector, institution } => {
            text_element("sector", sector, out);
            text_element("institution", institution, out);
        }
    }
    out.push_str("</customerIdentification></informationCustomer>");
}

pub(crate) fn information_cbss(receipt: Receipt<'_>, out: &mut String) {
    let _ = write!(
        out,
        "<informationCBSS><ticketCBSS>{}</ticketCBSS>",
        receipt.ticket
    );
    text_element("timestampReceive", &timestamp(receipt.received), out);
    text_element("timestampReply", &timestamp(receipt.replied), out);
    out.push_str("</informationCBSS>");
}

/// A moment as the CBSS writes it.
fn timestamp(at: OffsetDateTime) -> String {
    // Only a year beyond 9999 cannot be written; the clock of such a machine is not worth a failure here.
    at.to_offset(time::UtcOffset::UTC)
        .format(TIMESTAMP)
        .unwrap_or_default()
}
