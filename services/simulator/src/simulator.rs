//! Everything the simulator is made of, shared by its routes.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use relay_runtime::metrics::{IntCounterVec, MetricsError};
use relay_runtime::{Clock, Entropy, Registry};

use crate::access::Access;
use crate::faults::Script;
use crate::ledger::Ledger;
use crate::loi65::Decisions;
use crate::manageaccess::Style;
use crate::population::Population;
use crate::register::Scale;
use crate::registrations::Registrations;

/// What a simulator is made from.
pub struct Setup {
    /// Makes people, their files and the dice of fault rules.
    pub seed: u64,
    /// How many people there are.
    pub population: usize,
    /// Least size of replies with history.
    pub scale: Scale,
    /// Added to every answer.
    pub latency: Duration,
    /// Who may call.
    pub access: Access,
    /// The legal contexts that are granted; others get `MSG00013`.
    pub legal_contexts: Vec<String>,
    /// Is a registration needed before the register tells of a person?
    pub require_inscription: bool,
    /// How answers of ManageAccess are written.
    pub style: Style,
    /// The time.
    pub clock: Clock,
    /// Makes tickets.
    pub entropy: Entropy,
    /// Where the metrics go.
    pub metrics: Registry,
    /// What was received.
    pub ledger: Arc<Ledger>,
}

/// The simulated CBSS.
pub struct Simulator {
    pub(crate) population: Population,
    pub(crate) scale: Scale,
    pub(crate) latency: Duration,
    pub(crate) access: Access,
    pub(crate) legal_contexts: Vec<String>,
    pub(crate) require_inscription: bool,
    pub(crate) style: Style,
    pub(crate) registrations: Registrations,
    pub(crate) decisions: Decisions,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) metrics: Registry,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) script: Script,
    pub(crate) replies: Replies,
    /// Calls by HTTP status, `dropped` for none.
    pub(crate) calls: IntCounterVec,
}

impl Simulator {
    /// Makes the population and registers the metrics.
    ///
    /// # Errors
    /// When the metrics were registered before.
    pub fn new(setup: Setup) -> Result<Self, MetricsError> {
        let calls = setup.metrics.counter(
            "simulator_calls_total",
            "Calls to the simulated CBSS by HTTP status of the reply.",
            &["status"],
        )?;
        Ok(Self {
            population: Population::generate(setup.seed, setup.population),
            scale: setup.scale,
            latency: setup.latency,
            access: setup.access,
            legal_contexts: setup.legal_contexts,
            require_inscription: setup.require_inscription,
            style: setup.style,
            registrations: Registrations::new(setup.ledger.limit()),
            decisions: Decisions::default(),
            clock: setup.clock,
            entropy: setup.entropy,
            metrics: setup.metrics,
            ledger: setup.ledger,
            script: Script::new(setup.seed),
            replies: Replies::default(),
            calls,
        })
    }

    /// Replies that stand in for the population's.
    #[must_use]
    pub fn replies(&self) -> &Replies {
        &self.replies
    }
}

/// Whole replies by SSIN, sent as they are, tickets included.
#[derive(Default)]
pub struct Replies(RwLock<HashMap<String, Bytes>>);

/// Why the folder of replies could not be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {} (--replies): {source}", path.display())]
pub struct UnreadableReply {
    path: PathBuf,
    source: io::Error,
}

impl Replies {
    /// Reads every `<ssin>.xml` of a folder; other files are left alone. Returns how many there were.
    ///
    /// # Errors
    /// Names what could not be read.
    pub fn load(&self, folder: &Path) -> Result<usize, UnreadableReply> {
        let named = |path: &Path| {
            let path = path.to_owned();
            |source| UnreadableReply { path, source }
        };
        let mut count = 0;
        for entry in std::fs::read_dir(folder).map_err(named(folder))? {
            let path = entry.map_err(named(folder))?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let is_reply = path.extension().is_some_and(|extension| extension == "xml");
            if let (Some(ssin), true) = (stem.filter(|stem| is_eleven_digits(stem)), is_reply) {
                self.put(
                    ssin.to_owned(),
                    std::fs::read(&path).map_err(named(&path))?.into(),
                );
                count += 1;
            }
        }
        Ok(count)
    }

    /// Sets the reply for one SSIN.
    pub fn put(&self, ssin: String, reply: Bytes) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(ssin, reply);
    }

    /// Removes the reply for one SSIN; false when there was none.
    pub fn remove(&self, ssin: &str) -> bool {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(ssin)
            .is_some()
    }

    /// The reply for one SSIN.
    #[must_use]
    pub fn get(&self, ssin: &str) -> Option<Bytes> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(ssin)
            .cloned()
    }
}

/// The form of names in the folder; the check digits may be anything.
pub(crate) fn is_eleven_digits(text: &str) -> bool {
    text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit())
}
