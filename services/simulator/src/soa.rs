//! What the newer services share: the head of their messages, verdicts, faults. SOAP 1.1, document/literal, basic
//! authentication.

mod consultation;

use std::fmt::Write as _;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

pub(crate) use self::consultation::Consultation;
use crate::exchange::{Altered, Receipt, Trouble};
use crate::ledger::Entry;
use crate::population::{Found, Person, Ssin, Standing};
use crate::registrations::{Period, Register};
use crate::schema::{Children, Violation, facets};
use crate::simulator::Simulator;
use crate::soap::{self, text_element};

/// The inner elements are unqualified.
const NONE: &str = "";

/// UTC with milliseconds, as the CBSS writes it.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Who says so in faults of the CBSS.
const AUTHOR: &str = "http://www.bcss.fgov.be/en/international/home/index.html";

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

/// The first parts of every request.
#[derive(Clone, PartialEq, Eq)]
pub struct Head {
    /// The client's own reference.
    pub ticket: Option<String>,
    /// As sent.
    pub timestamp_sent: Option<String>,
    /// Who asks.
    pub customer: Customer,
    /// In which legal context.
    pub legal_context: String,
}

impl Head {
    /// Reads `informationCustomer`, `informationCBSS` and `legalContext`.
    pub(crate) fn read(
        parts: &mut Children<'_>,
        legal_context: impl FnOnce(&str) -> bool,
    ) -> Result<Self, Violation> {
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
        let legal_context = parts.required("legalContext")?.text(legal_context)?;
        Ok(Self {
            ticket,
            timestamp_sent,
            customer: identification,
            legal_context,
        })
    }

    pub(crate) fn cbe_number(&self) -> Option<&str> {
        match &self.customer {
            Customer::Cbe(number) => Some(number),
            Customer::Institution { .. } => None,
        }
    }

    /// Enters in the ledger who asked.
    pub(crate) fn note(&self, entry: &mut Entry) {
        entry.ticket.clone_from(&self.ticket);
        entry.cbe_number = self.cbe_number().map(str::to_owned);
        entry.legal_context = Some(self.legal_context.clone());
    }

    /// Has the organisation registered the person, for any purpose, with today in the period?
    fn is_inscribed(&self, simulator: &Simulator, ssin: &str) -> bool {
        let today = simulator.clock.now().date();
        let today = Period {
            start: today,
            end: Some(today),
        };
        simulator
            .registrations
            .overlapping(ssin, today, &[Register::Primary], None)
            .iter()
            .any(|registration| Some(registration.cbe_number.as_str()) == self.cbe_number())
    }

    /// `informationCustomer`, as it came.
    pub(crate) fn write_customer(&self, out: &mut String) {
        out.push_str("<informationCustomer>");
        if let Some(ticket) = &self.ticket {
            text_element("ticket", ticket, out);
        }
        if let Some(sent) = &self.timestamp_sent {
            text_element("timestampSent", sent, out);
        }
        out.push_str("<customerIdentification>");
        match &self.customer {
            Customer::Cbe(number) => text_element("cbeNumber", number, out),
            Customer::Institution { sector, institution } => {
                text_element("sector", sector, out);
                text_element("institution", institution, out);
            }
        }
        out.push_str("</customerIdentification></informationCustomer>");
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

/// The status of an answer, and whose data go with it.
pub(crate) struct Verdict<'p> {
    /// `DATA_FOUND`, `NO_DATA_FOUND`, `NO_RESULT`, or what a fault script says.
    pub(crate) value: String,
    /// For instance `MSG00000`.
    pub(crate) code: String,
    /// For people.
    pub(crate) description: &'static str,
    /// Names and values.
    pub(crate) information: Vec<(&'static str, String)>,
    /// Whose data are attached.
    pub(crate) person: Option<&'p Person>,
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

    /// Nothing is known at the supplier.
    pub(crate) fn nothing_known() -> Self {
        Self::refused("NO_DATA_FOUND", "MSG00100", "No data found at the supplier.")
    }

    /// `NO_RESULT` because of a value in the request.
    pub(crate) fn invalid(field: &'static str, value: &str) -> Self {
        Self::refused("NO_RESULT", "MSG00008", "A validation error occurred.").with(field, value)
    }

    /// `NO_RESULT` because the organisation has no inscription of the person.
    fn not_integrated(head: &Head, ssin: &str) -> Self {
        let refused = Self::refused(
            "NO_RESULT",
            "MSG00012",
            "The SSIN is not sufficiently integrated.",
        )
        .with("details", "no inscription of this person by your organisation")
        .with("ssin", ssin);
        match head.cbe_number() {
            Some(number) => refused.with("cbeNumber", number),
            None => refused,
        }
    }

    /// `NO_RESULT` because of the legal context.
    pub(crate) fn not_allowed(head: &Head) -> Self {
        Self::refused(
            "NO_RESULT",
            "MSG00013",
            "Access is not allowed in this legal context.",
        )
        .with("legalContext", head.legal_context.as_str())
    }

    /// What a fault rule wants said instead.
    pub(crate) fn altered(mut self, altered: Option<Altered>) -> Self {
        if let Some(altered) = altered {
            self.description = "As the fault script says.";
            self.person = self.person.filter(|_| altered.with_data);
            (self.value, self.code) = (altered.value, altered.code);
        }
        self
    }

    /// The status as it is written in the ledger.
    pub(crate) fn status(&self) -> String {
        format!("{} {}", self.value, self.code)
    }

    /// `status`.
    pub(crate) fn write(&self, out: &mut String) {
        out.push_str("<status>");
        text_element("value", &self.value, out);
        text_element("code", &self.code, out);
        text_element("description", self.description, out);
        for (name, value) in &self.information {
            out.push_str("<information>");
            text_element("fieldName", name, out);
            text_element("fieldValue", value, out);
            out.push_str("</information>");
        }
        out.push_str("</status>");
    }
}

/// What the CBSS says about the person asked for.
pub(crate) fn decide<'s>(simulator: &'s Simulator, head: &Head, asked: &str) -> Verdict<'s> {
    let number = asked.parse::<Ssin>().ok().filter(|_| facets::is_ssin(asked));
    let Some(ssin) = number else {
        return Verdict::invalid("ssin", asked);
    };
    match simulator.population.find(ssin) {
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
            Standing::NotIntegrated => Verdict::not_integrated(head, asked),
            _ if simulator.require_inscription && !head.is_inscribed(simulator, asked) => {
                Verdict::not_integrated(head, asked)
            }
            Standing::Ordinary | Standing::Replaced | Standing::Cancelled => Verdict::found(person),
        },
    }
}

/// A fault with the service's own detail; `head` where the request could be read.
pub(crate) fn fault(
    (element, namespace): (&str, &str),
    trouble: &Trouble<'_>,
    head: Option<&Head>,
    receipt: Receipt<'_>,
) -> String {
    soap::fault(trouble.code, trouble.reason, |out| {
        let _ = write!(out, "<f:{element} xmlns:f=\"{namespace}\">");
        if let Some(head) = head {
            head.write_customer(out);
        }
        information_cbss(receipt, out);
        out.push_str("<detail><severity>FATAL</severity>");
        text_element("reasonCode", trouble.message, out);
        // The schema allows no more.
        let diagnostic: String = trouble.diagnostic.chars().take(256).collect();
        text_element("diagnostic", &diagnostic, out);
        text_element("authorCode", AUTHOR, out);
        let _ = write!(out, "</detail></f:{element}>");
    })
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
