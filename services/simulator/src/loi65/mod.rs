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

/// Which of the three services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letters {
    Ab,
    C,
    Df,
}

impl Letters {
    pub(crate) const ALL: [Self; 3] = [Self::Ab, Self::C, Self::Df];

    fn word(self) -> &'static str {
        match self {
            Self::Ab => "AB",
            Self::C => "C",
            Self::Df => "DF",
        }
    }

    /// `ServiceId`.
    pub(crate) fn service_id(self) -> &'static str {
        match self {
            Self::Ab => "OCMWCPASWet65Loi65AB",
            Self::C => "OCMWCPASWet65Loi65C",
            Self::Df => "OCMWCPASWet65Loi65DF",
        }
    }

    /// The element of the request.
    pub(crate) fn root(self) -> String {
        format!("L65_{}_DecisionRequest", self.word())
    }

    pub(crate) fn service(self) -> Service {
        match self {
            Self::Ab => Service::Loi65Ab,
            Self::C => Service::Loi65C,
            Self::Df => Service::Loi65Df,
        }
    }
}

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
            let known = simulator
                .decisions
                .take(org_unit, request.letters.service(), form);
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
