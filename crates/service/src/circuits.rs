//! What this process knows of the circuits, and how it tells them what calls came to.
//!
//! The record decides; this is a view of it, a poll old at most. Two things are read off it: whether a failed call
//! counts against its job (not while its lane is known to be in trouble: an outage must not use up budgets), and
//! whether successes are news (only where something speaks against a circuit; else each batch would be a statement).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use relay_domain::classify::{RetryCause, Verdict};
use relay_domain::{CbssEnvironment, Service};
use relay_store::{CallNotes, CircuitLine, CircuitPolicy, Lane, Store, StoreError};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::hold::every;
use crate::organisations::Organisations;
use crate::settings::CircuitSettings;

/// Shared by the tasks of a process.
#[derive(Clone, Debug)]
pub struct Circuits {
    store: Store,
    organisations: Organisations,
    policy: CircuitPolicy,
    poll: Duration,
    known: Arc<RwLock<HashMap<Scope, CircuitLine>>>,
}

/// Environment, organisation and service of a circuit.
type Scope = (String, String, String);

/// What one call says about its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Succeeded,
    Failed,
    Misconfigured,
}

fn health(verdict: Verdict) -> Health {
    match verdict {
        // A fault of the CBSS's own concerns the one request as far as anybody knows.
        Verdict::Done(_) | Verdict::Permanent(_) | Verdict::ServerFault => Health::Succeeded,
        Verdict::Retry(RetryCause::NotSent | RetryCause::Unavailable, _) | Verdict::Unknown(_) => {
            Health::Failed
        }
        Verdict::Configuration(_) => Health::Misconfigured,
    }
}

impl Circuits {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(store: Store, organisations: Organisations, settings: &CircuitSettings) -> Self {
        Self {
            store,
            organisations,
            policy: settings.policy(),
            poll: Duration::from_millis(settings.poll_ms),
            known: Arc::default(),
        }
    }

    /// Looks at the circuits until stopped.
    pub async fn watch(self, stop: CancellationToken) -> Result<(), StoreError> {
        every(self.poll, &stop, || self.look()).await
    }

    async fn look(&self) -> Result<(), StoreError> {
        let circuits = self.store.circuits(true).await?;
        let known = circuits
            .into_iter()
            .map(|circuit| (key(&circuit), circuit))
            .collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }

    /// Is a lane, or its environment, known to be in trouble?
    #[must_use]
    pub fn is_troubled(&self, organisation: &str, service: &str) -> bool {
        self.of(organisation, service, |circuit| circuit.state != "closed")
    }

    fn of(&self, organisation: &str, service: &str, holds: impl Fn(&CircuitLine) -> bool) -> bool {
        let Some(environment) = self.environment(organisation) else {
            return false;
        };
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        [(organisation, service), ("*", "*")]
            .into_iter()
            .any(|(organisation, service)| {
                let key = (
                    environment.as_str().to_owned(),
                    organisation.to_owned(),
                    service.to_owned(),
                );
                known.get(&key).is_some_and(&holds)
            })
    }

    fn environment(&self, organisation: &str) -> Option<CbssEnvironment> {
        self.organisations
            .get(organisation)
            .map(|organisation| organisation.settings.environment)
    }

    /// Tells the circuits what calls came to: organisation, service and verdict of each. That it could not be told is
    /// logged and no more: the next failure tells it again.
    pub async fn note<'a>(&self, calls: impl IntoIterator<Item = (&'a str, &'a str, Verdict)>) {
        let notes = self.notes(calls);
        if notes.is_empty() {
            return;
        }
        match self.store.note_calls(&notes, self.policy).await {
            Ok(changed) => self.changed(changed),
            Err(error) => warn!(%error, "circuits could not be told what calls came to"),
        }
    }

    fn notes<'a>(&self, calls: impl IntoIterator<Item = (&'a str, &'a str, Verdict)>) -> Vec<CallNotes> {
        let mut notes: HashMap<(&str, &str), CallNotes> = HashMap::new();
        for (organisation, service, verdict) in calls {
            let (Some(environment), Some(known)) =
                (self.environment(organisation), Service::from_name(service))
            else {
                continue;
            };
            let note = notes.entry((organisation, service)).or_insert_with(|| CallNotes {
                lane: Lane {
                    environment,
                    organisation: organisation.to_owned(),
                    service: known,
                },
                succeeded: 0,
                failed: 0,
                class: "",
                pause: false,
            });
            match health(verdict) {
                Health::Succeeded => note.succeeded += 1,
                Health::Failed => {
                    note.failed += 1;
                    note.class = verdict.class();
                }
                Health::Misconfigured => {
                    note.pause = true;
                    note.class = verdict.class();
                }
            }
        }
        let is_news = |note: &CallNotes| {
            let marked = |circuit: &CircuitLine| circuit.state != "closed" || circuit.failures > 0;
            note.pause
                || note.failed > 0
                || self.of(&note.lane.organisation, note.lane.service.as_str(), marked)
        };
        notes.into_values().filter(is_news).collect()
    }

    fn changed(&self, changed: Vec<CircuitLine>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for circuit in changed {
            let (environment, organisation, service) =
                (&circuit.environment, &circuit.organisation, &circuit.service);
            let cause = circuit.cause.as_deref().unwrap_or_default();
            match circuit.state.as_str() {
                "paused" => error!(
                    lane.environment = environment,
                    lane.organisation = organisation,
                    lane.service = service,
                    circuit.cause = cause,
                    "a lane is paused: its access is not set up right; repair it, then `relayctl lane resume`"
                ),
                "open" => warn!(
                    lane.environment = environment,
                    lane.organisation = organisation,
                    lane.service = service,
                    circuit.cause = cause,
                    "a circuit has opened: nothing is sent there for now"
                ),
                state => info!(
                    lane.environment = environment,
                    lane.organisation = organisation,
                    lane.service = service,
                    circuit.state = state,
                    "a circuit closes step by step"
                ),
            }
            known.insert(key(&circuit), circuit);
        }
    }
}

fn key(circuit: &CircuitLine) -> Scope {
    (
        circuit.environment.clone(),
        circuit.organisation.clone(),
        circuit.service.clone(),
    )
}
