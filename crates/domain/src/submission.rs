//! A submission that has passed every check.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ids::{JobId, OrganisationId};
use crate::request::Request;

/// What an upstream system asks for, checked and normalised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// For which organisation.
    pub organisation: OrganisationId,
    /// The sender's own name for this request: one key makes one job.
    pub idempotency_key: IdempotencyKey,
    /// Who asks, and why.
    pub requester: Requester,
    /// Its place among the organisation's own jobs.
    pub priority: Priority,
    /// Not to be sent before.
    pub not_before: Option<OffsetDateTime>,
    /// Of no use after.
    pub deadline: Option<OffsetDateTime>,
    /// To be run when that job ended ok or with warnings.
    pub after_job: Option<JobId>,
    /// What is asked.
    pub request: Request,
}

/// 1 to 128 printable ASCII characters. It may hold personal data: `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks alphabet (space to `~`) and length.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }

    /// The key itself: for the answer to its sender, never for a log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(…)")
    }
}

/// The person behind a request: accountable, and personal data. `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requester {
    /// The user's name in the upstream system, unique within the organisation.
    pub user_id: String,
    /// Why: the file, the enquiry.
    pub reason: String,
}

impl fmt::Debug for Requester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Requester(…)")
    }
}

/// A job's place among the jobs of its organisation; lower values go first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Somebody waits at the screen.
    Interactive,
    /// The usual.
    #[default]
    Normal,
    /// Whenever there is room.
    Batch,
}

impl Priority {
    /// The number that is stored and sorted by: 0, 1, 2.
    #[must_use]
    pub fn rank(self) -> i16 {
        match self {
            Self::Interactive => 0,
            Self::Normal => 1,
            Self::Batch => 2,
        }
    }
}

/// One thing that is wrong with a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where: a JSON path such as `request.retrieveTiGroups.ssin`.
    pub path: String,
    /// What, for programs.
    pub code: &'static str,
    /// What, for people: never the offending value.
    pub text: String,
}

impl FieldError {
    /// An error at a path.
    pub fn new(path: impl Into<String>, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            code,
            text: text.into(),
        }
    }
}

impl Submission {
    /// What makes two submissions under one key "the same": the normalised request, its service and the
    /// requester, each preceded by its length so that no two different submissions share their bytes.
    ///
    /// To be hashed under a key: the bytes are personal data.
    #[must_use]
    pub fn fingerprint_material(&self) -> Vec<u8> {
        let mut material = Vec::with_capacity(128);
        let mut part = |bytes: &[u8]| {
            material.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
            material.extend_from_slice(bytes);
        };
        part(self.request.service().as_str().as_bytes());
        part(self.requester.user_id.as_bytes());
        part(self.requester.reason.as_bytes());
        match &self.request {
            Request::RetrieveTiGroups(request) => {
                part(request.ssin.digits().as_bytes());
                part(request.language.as_str().as_bytes());
                part(&[u8::from(request.history)]);
            }
            Request::ManageAccess(request) => request.fingerprint_parts(&mut part),
            Request::IdentifyPerson(request) => request.fingerprint_parts(&mut part),
            Request::PerformInvestigation(request) => request.fingerprint_parts(&mut part),
            Request::TestConnection(request) => request.fingerprint_parts(&mut part),
            Request::Form(form) => form.fingerprint_parts(&mut part),
        }
        material
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, RetrieveTiGroups, Ssin, SsinCheck};

    fn submission(user: &str, reason: &str) -> Submission {
        Submission {
            organisation: OrganisationId::parse("eupen-test").unwrap(),
            idempotency_key: IdempotencyKey::parse("k").unwrap(),
            requester: Requester {
                user_id: user.into(),
                reason: reason.into(),
            },
            priority: Priority::Normal,
            not_before: None,
            deadline: None,
            after_job: None,
            request: Request::RetrieveTiGroups(RetrieveTiGroups {
                ssin: Ssin::parse("80010100136", SsinCheck::Error).unwrap(),
                language: Language::De,
                history: false,
            }),
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(
            submission("ab", "c").fingerprint_material(),
            submission("a", "bc").fingerprint_material()
        );
        assert_eq!(
            submission("ab", "c").fingerprint_material(),
            submission("ab", "c").fingerprint_material()
        );
    }

    #[test]
    fn debug_shows_no_person() {
        let shown = format!("{:?}", submission("user-1", "file 4711"));
        assert!(
            !shown.contains("user-1") && !shown.contains("4711") && !shown.contains("80010100136"),
            "{shown}"
        );
    }
}
