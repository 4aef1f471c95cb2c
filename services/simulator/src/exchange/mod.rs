//! One call, whatever the service: read, entered in the ledger, met by a fault rule or not, answered.
//!
//! A service is a [`Question`]: what it reads, and how it executes what was asked. Everything that can happen to a
//! call on the way is here and in [`act`], once for all services.

mod act;
mod incoming;
mod respond;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request as HttpRequest, State};
use axum::response::Response;
use bytes::Bytes;
use relay_runtime::Entropy;
use time::OffsetDateTime;

pub(crate) use self::incoming::Refusal;
use self::respond::{Presence, xml};
use crate::faults::Asked;
use crate::ledger::{Call, Entry};
use crate::service::Service;
use crate::simulator::Simulator;
use crate::soap::{Element, FaultCode};

/// A question of one service that could be read.
pub(crate) trait Question: Sized + Send + Sync + 'static {
    /// The service, where the address says it.
    const SERVICE: Option<Service>;
    /// The header `SOAPAction` of each of its operations, with the quotes that SOAP 1.1 asks for.
    const SOAP_ACTIONS: &'static [&'static str];
    /// Whether it wants basic authentication.
    const AUTHENTICATED: bool;

    /// The simulator's own ticket for a call.
    fn ticket(entropy: &Entropy) -> String;

    /// Reads the element of the SOAP body; `action` is the place of the header in [`Self::SOAP_ACTIONS`].
    fn read(body: &Element, action: usize) -> Result<Self, Refusal>;

    /// What a fault rule may look at.
    fn asked(&self) -> Asked<'_>;

    /// Enters in the ledger what was asked.
    fn note(&self, entry: &mut Entry);

    /// Executes the question, notes when, and gives the whole reply. `altered` is what a fault rule wants said.
    fn answer(&self, context: &Context, altered: Option<Altered>) -> Bytes;

    /// A SOAP fault of the service; `question` where it could be read.
    fn fault(trouble: &Trouble<'_>, question: Option<&Self>, receipt: Receipt<'_>) -> String;
}

/// Where a call happens.
pub(crate) struct Context {
    pub(crate) simulator: Arc<Simulator>,
    pub(crate) call: Arc<Call>,
    /// The simulator's ticket.
    pub(crate) ticket: String,
}

impl Context {
    /// Ticket and times for an answer that leaves now.
    pub(crate) fn receipt(&self) -> Receipt<'_> {
        Receipt {
            ticket: &self.ticket,
            received: self.call.arrived(),
            replied: self.simulator.clock.now(),
        }
    }
}

/// What the CBSS adds to each answer about itself.
#[derive(Clone, Copy)]
pub(crate) struct Receipt<'c> {
    /// The CBSS's ticket.
    pub(crate) ticket: &'c str,
    /// When the request came.
    pub(crate) received: OffsetDateTime,
    /// When the reply leaves.
    pub(crate) replied: OffsetDateTime,
}

/// A result instead of the usual one.
pub(crate) struct Altered {
    pub(crate) value: String,
    pub(crate) code: String,
    pub(crate) with_data: bool,
}

/// What a SOAP fault says.
pub(crate) struct Trouble<'t> {
    /// Whose mistake it is.
    pub(crate) code: FaultCode,
    /// `faultstring`.
    pub(crate) reason: &'t str,
    /// For instance `MSG00003`.
    pub(crate) message: &'t str,
    /// For people.
    pub(crate) diagnostic: &'t str,
}

/// A question, and where it was asked.
struct Exchange<Q> {
    context: Context,
    question: Q,
}

impl<Q: Question> Exchange<Q> {
    fn answer(&self, altered: Option<Altered>) -> Bytes {
        self.question.answer(&self.context, altered)
    }

    fn fault(&self, trouble: &Trouble<'_>) -> String {
        Q::fault(trouble, Some(&self.question), self.context.receipt())
    }
}

/// One call. When the client goes away, the future of this function is dropped, and the ledger says so.
pub(crate) async fn handle<Q: Question>(
    State(simulator): State<Arc<Simulator>>,
    request: HttpRequest,
) -> Response {
    let ticket = Q::ticket(&simulator.entropy);
    let call = Arc::new(simulator.ledger.open(Q::SERVICE, ticket.clone()));
    let presence = Presence::of(Arc::clone(&call));
    let calls = simulator.calls.clone();
    let context = Context {
        simulator,
        call,
        ticket,
    };
    let response = match incoming::read::<Q>(&context, request).await {
        Ok(question) => converse(Exchange { context, question }).await,
        Err(refusal) => {
            context.call.note(|entry| {
                entry.service = entry.service.or(refusal.service());
                entry.refused = Some(refusal.to_string());
            });
            refusal.response::<Q>(context.receipt())
        }
    };
    let status = presence.answered(&response);
    calls
        .with_label_values(&[status.as_deref().unwrap_or("dropped")])
        .inc();
    response
}

async fn converse<Q: Question>(exchange: Exchange<Q>) -> Response {
    let Context { simulator, call, .. } = &exchange.context;
    let chosen = simulator.script.choose(&exchange.question.asked());
    call.note(|entry| {
        exchange.question.note(entry);
        entry.rule = chosen.as_ref().map(|chosen| chosen.id);
    });
    let scripted = chosen.as_ref().map_or(0, |chosen| chosen.latency_ms);
    let latency = simulator.latency + Duration::from_millis(scripted);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match chosen {
        Some(chosen) => act::carry_out(exchange, chosen.action).await,
        None => xml(exchange.answer(None)),
    }
}
