//! Loi65 / Wet65: decisions and costs of centres, and what the State decides of each form.
//!
//! Three services behind [`crate::connector`], AB, C and DF, which says what refuses a message. Each form of a request gets
//! one decision. A number that is not in force is an error of the whole request, by the codes of [`crate::manageaccess`].
//!
//! Made up, since none of it is public: the names and the version of the services (those that the relay guesses; any version of
//! eight digits passes); how the State decides: a form for somebody who is dead is refused (000001); a form whose
//! `UniqueAttestID` came before with another content is refused (000002); amounts above a limit are accepted in part; all else is
//! accepted. A form that came before as it is gets the decision that it had, and counts once: see [`Decisions`].

mod decisions;
mod forms;
mod reply;
mod request;

pub use self::decisions::{Decided, Decisions};
pub(crate) use self::request::{Request, read};
use crate::connector::{Outcome, in_force};
use crate::exchange::Context;
use crate::population::{Population, Standing};
use crate::service::Service;

/// Namespace of the forms.
pub const LOI65: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/LoiWet65";
/// Namespace of what they share.
pub const LOI65_COMMON: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/LoiWet65Common";

/// The part of the State that decides has no name for more than this in one sum.
const MOST: i64 = 500_000;

const DEAD: (&str, &str) = ("000001", "The beneficiary is deceased.");
const OTHER_CONTENT: (&str, &str) = ("000002", "This UniqueAttestID was used for another form.");

/// `ServiceId`, the element of the request, and its service.
pub(crate) const SERVICES: [(&str, &str, Service); 3] = [
    ("OCMWCPASWet65Loi65AB", "L65_AB_DecisionRequest", Service::Loi65Ab),
    ("OCMWCPASWet65Loi65C", "L65_C_DecisionRequest", Service::Loi65C),
    ("OCMWCPASWet65Loi65DF", "L65_DF_DecisionRequest", Service::Loi65Df),
];

/// What is decided of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evaluation {
    Accepted,
    InPart,
    Refused((&'static str, &'static str)),
}

impl Evaluation {
    fn word(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::InPart => "PARTIALLYACCEPTED",
            Self::Refused(_) => "REFUSED",
        }
    }
}

/// Decides.
pub(crate) fn answer(org_unit: &str, request: &Request, context: &Context) -> Outcome {
    context.call.execute();
    let simulator = &*context.simulator;
    for form in &request.forms {
        if let Err(error) = in_force(&simulator.population, &form.ssin) {
            return Outcome {
                findings: vec![error],
                content: None,
            };
        }
    }
    let decided: Vec<_> = request
        .forms
        .iter()
        .map(|form| {
            let known = simulator.decisions.take(org_unit, request.service, form);
            let evaluation = if known {
                evaluate(&simulator.population, form)
            } else {
                Evaluation::Refused(OTHER_CONTENT)
            };
            (form, evaluation)
        })
        .collect();
    Outcome {
        findings: Vec::new(),
        content: Some(reply::content(request, &decided)),
    }
}

fn evaluate(population: &Population, form: &request::Form) -> Evaluation {
    let dead = in_force(population, &form.ssin).is_ok_and(|person| person.standing == Standing::Deceased);
    if dead {
        Evaluation::Refused(DEAD)
    } else if form.total.is_some_and(|total| total > MOST) {
        Evaluation::InPart
    } else {
        Evaluation::Accepted
    }
}
