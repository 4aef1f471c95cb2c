//! The newer services whose operations have a request of their own each, and a person's number, a legal context and a
//! verdict in common: one [`Question`] serves them all.

use bytes::Bytes;
use relay_runtime::Entropy;

use super::{Head, Verdict, decide, fault};
use crate::exchange::{Altered, Context, Question, Receipt, Refusal, Trouble};
use crate::faults::Asked;
use crate::ledger::Entry;
use crate::schema::Violation;
use crate::service::Service;
use crate::simulator::Simulator;
use crate::soap::Element;

/// What one such service has of its own; this is implemented by its request.
pub(crate) trait Consultation: Sized + Send + Sync + 'static {
    const SERVICE: Service;
    /// Namespace of the messages.
    const NAMESPACE: &'static str;
    /// In the order of [`Self::SOAP_ACTIONS`].
    const OPERATIONS: &'static [&'static str];
    /// As in [`Question::SOAP_ACTIONS`].
    const SOAP_ACTIONS: &'static [&'static str];
    /// The legal context that is granted without the simulator being told so.
    const GRANTED: &'static str;

    /// Reads the body's element, which must be that of the action.
    fn check(body: &Element, action: usize) -> Result<Self, Violation>;
    fn operation(&self) -> &'static str;
    fn head(&self) -> &Head;
    /// As sent.
    fn ssin(&self) -> &str;

    /// What is said in a granted legal context.
    fn decide<'s>(&self, simulator: &'s Simulator) -> Verdict<'s> {
        decide(simulator, self.head(), self.ssin())
    }

    fn write(&self, receipt: Receipt<'_>, verdict: &Verdict<'_>) -> String;
}

impl<C: Consultation> Question for C {
    const SERVICE: Option<Service> = Some(C::SERVICE);
    const SOAP_ACTIONS: &'static [&'static str] = C::SOAP_ACTIONS;
    const AUTHENTICATED: bool = true;

    fn ticket(entropy: &Entropy) -> String {
        entropy.uuid_v4().to_string()
    }

    fn read(body: &Element, action: usize) -> Result<Self, Refusal> {
        Ok(C::check(body, action)?)
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            service: C::SERVICE,
            action: None,
            ssin: self.ssin(),
            cbe_number: self.head().cbe_number(),
        }
    }

    fn note(&self, entry: &mut Entry) {
        self.head().note(entry);
        entry.ssin = Some(self.ssin().to_owned());
    }

    fn answer(&self, context: &Context, altered: Option<Altered>) -> Bytes {
        context.call.execute();
        let simulator = &*context.simulator;
        let asked = &self.head().legal_context;
        let verdict = if asked == C::GRANTED || simulator.legal_contexts.contains(asked) {
            self.decide(simulator)
        } else {
            Verdict::not_allowed(self.head())
        };
        let verdict = verdict.altered(altered);
        context.call.note(|entry| entry.status = Some(verdict.status()));
        self.write(context.receipt(), &verdict).into()
    }

    fn fault(trouble: &Trouble<'_>, question: Option<&Self>, receipt: Receipt<'_>) -> String {
        let operation = question.map_or(C::OPERATIONS[0], C::operation);
        let element = format!("{operation}Fault");
        fault((&element, C::NAMESPACE), trouble, question.map(C::head), receipt)
    }
}
