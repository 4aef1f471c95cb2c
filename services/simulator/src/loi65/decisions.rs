//! Which forms came, and how often: what a test counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::request::Form;
use crate::service::Service;

/// The forms of all organisations by their numbers.
#[derive(Default)]
pub struct Decisions(Mutex<BTreeMap<(String, String), Kept>>);

struct Kept {
    service: Service,
    element: String,
    content: String,
    times: u64,
    others: u64,
}

/// A form that was decided on.
#[derive(Debug, Serialize)]
pub struct Decided {
    /// Of which organisation.
    pub cbe_number: String,
    /// `UniqueAttestID`.
    pub attest: String,
    /// By which service.
    pub service: Service,
    /// The form's element.
    pub form: String,
    /// How often it came as it is.
    pub times: u64,
    /// How often its number came with another content.
    pub others: u64,
}

impl Decisions {
    /// Takes a form in; false when its number is that of another form.
    pub(super) fn take(&self, cbe_number: &str, service: Service, form: &Form) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = kept
            .entry((cbe_number.to_owned(), form.attest.clone()))
            .or_insert_with(|| Kept {
                service,
                element: form.element.clone(),
                content: form.content.clone(),
                times: 0,
                others: 0,
            });
        let same = entry.content == form.content;
        entry.times += u64::from(same);
        entry.others += u64::from(!same);
        same
    }

    /// All of them.
    #[must_use]
    pub fn list(&self) -> Vec<Decided> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .map(|((cbe_number, attest), kept)| Decided {
                cbe_number: cbe_number.clone(),
                attest: attest.clone(),
                service: kept.service,
                form: kept.element.clone(),
                times: kept.times,
                others: kept.others,
            })
            .collect()
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
