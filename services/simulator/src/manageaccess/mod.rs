//! ManageAccess: a welfare organisation registers a person, ends that, or asks who has registered the person.
//!
//! It is reached through [`crate::connector`], which says what refuses a message. What breaks the rules of the document
//! is not executed; besides the schema's rules these are: a purpose unless for a LIST; some proof; no end before the
//! start; years from 0001 to 9999; ASCII digits. What the business refuses (the number, the proof) gets a result of
//! severity `ERROR`, and changes nothing.
//!
//! A proof holds when every part of it does. Card numbers always hold: no cards are known here. The last name must be
//! the person's in any case of letters, each word of the first name one of the first names, the birth date the same
//! where it is not 00. All of it goes for a LIST too. A call is executed, as the ledger has it, also when it is a LIST
//! or the business refuses it: it was worked on. What took effect is in the log of [`crate::registrations`], where
//! the rules of registering are too.
//!
//! What is not public was made up: the reason codes of refusals; `Purpose` 0 in the copy of a LIST that had none (the
//! schema wants one); the zone `+02:00` for all dates, where zones are asked for; the registrations in the
//! reply to REGISTER and UNREGISTER, which are those of that purpose by any organisation; what `Sector` is for, which is read and ignored.

mod decide;
mod reply;
pub(crate) mod request;

use std::collections::HashMap;

use self::decide::decide;
use self::request::Request;
use crate::connector::{Outcome, Sender};
use crate::exchange::Context;
use crate::registrations::{Order, Register, Registration};
use crate::service::AccessAction;

/// Namespace of this service's own part.
pub const MANAGE_ACCESS: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/ManageAccess";

/// `ServiceId`.
pub const SERVICE_ID: &str = "OCMWCPASManageAccess";
/// `Version`.
pub const VERSION: &str = "20050930";

/// How answers are written.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// What stands for an organisation in `OrgUnit`, by its enterprise number; the number itself where nothing does.
    pub org_units: HashMap<String, String>,
    /// Whether dates end with a zone.
    pub zoned_dates: bool,
}

impl Style {
    /// The `OrgUnit` of an organisation.
    #[must_use]
    pub fn org_unit<'s>(&'s self, cbe_number: &'s str) -> &'s str {
        self.org_units.get(cbe_number).map_or(cbe_number, String::as_str)
    }
}

/// Executes what was asked.
pub(crate) fn answer(sender: &Sender, request: &Request, context: &Context) -> Outcome {
    match decide(&context.simulator.population, request) {
        Ok(()) => {
            let registrations = execute(sender, request, context);
            Outcome {
                findings: Vec::new(),
                content: Some(reply::content(request, &registrations, &context.simulator.style)),
            }
        }
        Err(finding) => {
            context.call.execute();
            Outcome {
                findings: vec![finding],
                content: None,
            }
        }
    }
}

/// Gives what is registered then.
fn execute(sender: &Sender, request: &Request, context: &Context) -> Vec<Registration> {
    let registrations = &context.simulator.registrations;
    let registers: &[Register] = match (request.action, request.purpose) {
        (AccessAction::List, _) | (AccessAction::Register | AccessAction::Unregister, None) => {
            context.call.execute();
            request.query_register.registers()
        }
        (AccessAction::Register | AccessAction::Unregister, Some(purpose)) => {
            let order = Order {
                ticket: sender.reference.as_deref(),
                ticket_cbss: &context.ticket,
                ssin: &request.ssin,
                cbe_number: &sender.org_unit,
                action: request.action,
                purpose,
                period: request.period,
            };
            registrations.execute(&order, || context.call.execute());
            &Register::BOTH
        }
    };
    registrations.overlapping(&request.ssin, request.period, registers, request.purpose)
}

#[cfg(test)]
mod tests;
