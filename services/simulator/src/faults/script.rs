//! The rules in force, and the choice for each call.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::{Action, Rule};
use crate::population::Dice;
use crate::service::{AccessAction, Service};

/// Separates the dice of rules from those of people.
const FAULTS: u64 = 3;

/// A rule in force.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// Given by the simulator.
    pub id: u64,
    /// As posted.
    #[serde(flatten)]
    pub rule: Rule,
    /// To how many calls it was applied.
    pub applied: u64,
}

/// What rules look at in a call.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'q> {
    /// The service called.
    pub service: Service,
    /// What it is asked to do, where it has actions.
    pub action: Option<AccessAction>,
    /// The person asked about; empty for a search by name.
    pub ssin: &'q str,
    /// The asking organisation.
    pub cbe_number: Option<&'q str>,
}

/// What a call gets.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The rule's id.
    pub id: u64,
    /// Milliseconds to wait first.
    pub latency_ms: u64,
    /// What to do.
    pub action: Action,
}

struct Active {
    listed: Listed,
    calls_per_ssin: HashMap<String, u64>,
    dice: Dice,
}

impl Active {
    /// Counts the call, and says whether the rule is for it.
    fn matches(&mut self, asked: &Asked<'_>) -> bool {
        let wanted = &self.listed.rule.r#match;
        let concerned = wanted.service.is_none_or(|wanted| wanted == asked.service)
            && wanted.action.is_none_or(|wanted| Some(wanted) == asked.action)
            && wanted.ssin.as_ref().is_none_or(|wanted| wanted == asked.ssin)
            && wanted
                .cbe_number
                .as_deref()
                .is_none_or(|wanted| Some(wanted) == asked.cbe_number);
        if !concerned {
            return false;
        }
        if let Some(nth) = wanted.nth {
            let calls = self.calls_per_ssin.entry(asked.ssin.to_owned()).or_insert(0);
            *calls += 1;
            if *calls != nth {
                return false;
            }
        }
        let used_up = wanted.times.is_some_and(|times| self.listed.applied >= times);
        !used_up && wanted.probability.is_none_or(|part| self.dice.fraction() < part)
    }
}

/// The rules in force.
pub struct Script {
    seed: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u64,
    rules: Vec<Active>,
}

impl Script {
    /// No rules; `seed` feeds the dice of rules with a probability.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a rule behind the others; returns its id.
    pub fn add(&self, rule: Rule) -> u64 {
        let mut state = self.state();
        state.last += 1;
        let id = state.last;
        let dice = Dice::new(self.seed, &[FAULTS, id]);
        let listed = Listed { id, rule, applied: 0 };
        state.rules.push(Active {
            listed,
            calls_per_ssin: HashMap::new(),
            dice,
        });
        id
    }

    /// The rules, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Listed> {
        self.state()
            .rules
            .iter()
            .map(|active| active.listed.clone())
            .collect()
    }

    /// Removes one rule; false when there is none of that id.
    pub fn remove(&self, id: u64) -> bool {
        let mut state = self.state();
        let before = state.rules.len();
        state.rules.retain(|active| active.listed.id != id);
        state.rules.len() < before
    }

    /// Removes all rules.
    pub fn clear(&self) {
        self.state().rules.clear();
    }

    /// The rule for a call, if any. Each rule counts the calls that concern it, also when an older one is applied.
    #[must_use]
    pub fn choose(&self, asked: &Asked<'_>) -> Option<Chosen> {
        let mut state = self.state();
        let mut chosen = None;
        for active in &mut state.rules {
            if active.matches(asked) && chosen.is_none() {
                active.listed.applied += 1;
                let Rule {
                    latency_ms, action, ..
                } = active.listed.rule.clone();
                chosen = Some(Chosen {
                    id: active.listed.id,
                    latency_ms,
                    action,
                });
            }
        }
        chosen
    }
}
