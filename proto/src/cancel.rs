//! Cancellations: what upstream systems withdraw.

use std::fmt;

use relay_domain::submission::IdempotencyKey;
use relay_domain::{FieldError, JobId, OrganisationId, Requester};

use crate::check;
use crate::codes;
use crate::encoding::Encoding;
use crate::error::DecodeError;
use crate::read::{Findings, read};
use crate::shape::CANCEL;
use crate::wire;

/// Reads a cancellation. It fails only for bytes that are no message at all: they go to quarantine.
pub fn decode_cancel(encoding: Encoding, bytes: &[u8]) -> Result<RawCancel, DecodeError> {
    let (message, findings) = read(encoding, bytes, &CANCEL)?;
    Ok(RawCancel { message, findings })
}

/// A cancellation as it came in, not yet checked. `Debug` shows nothing of it.
pub struct RawCancel {
    message: wire::Cancel,
    findings: Findings,
}

impl fmt::Debug for RawCancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawCancel(…)")
    }
}

/// A checked cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancel {
    /// The organisation of the job.
    pub organisation: OrganisationId,
    /// Which job.
    pub target: CancelTarget,
    /// Who withdraws it, and why.
    pub requester: Requester,
}

/// How a cancellation names its job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelTarget {
    /// By its id.
    Job(JobId),
    /// By the key under which it was submitted.
    Key(IdempotencyKey),
}

impl RawCancel {
    /// The organisation, if it is named and well formed: whom to answer.
    #[must_use]
    pub fn organisation(&self) -> Option<OrganisationId> {
        OrganisationId::parse(&self.message.organisation).ok()
    }

    /// The key, if there is a well formed one: to be given back with the answer.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<IdempotencyKey> {
        IdempotencyKey::parse(&self.message.idempotency_key)
    }

    /// Checks everything, and names everything that is wrong at once.
    pub fn check(&self) -> Result<Cancel, Vec<FieldError>> {
        let mut findings = self.findings.start_of_checks();
        let organisation = check::organisation(&self.message.organisation, &mut findings);
        let target = target(&self.message, &mut findings);
        let requester = check::requester(self.message.requester.as_ref(), &mut findings);
        let checked = || {
            Some(Cancel {
                organisation: organisation?,
                target: target?,
                requester: requester?,
            })
        };
        findings.conclude(checked())
    }
}

fn target(message: &wire::Cancel, findings: &mut Findings) -> Option<CancelTarget> {
    match (message.job_id.as_str(), message.idempotency_key.as_str()) {
        ("", "") => {
            findings.report(
                "jobId",
                codes::EXACTLY_ONE_TARGET,
                "the job is missing: name it by jobId or by idempotencyKey",
            );
            None
        }
        ("", key) => check::idempotency_key(key, findings).map(CancelTarget::Key),
        (id, "") => check::job_id("jobId", id, findings).map(CancelTarget::Job),
        (_, _) => {
            findings.report(
                "jobId",
                codes::EXACTLY_ONE_TARGET,
                "name the job by jobId or by idempotencyKey, not by both",
            );
            None
        }
    }
}

impl Cancel {
    /// Writes a cancellation, for those who withdraw.
    #[must_use]
    pub fn encode(&self, encoding: Encoding) -> Vec<u8> {
        let (job_id, idempotency_key) = match &self.target {
            CancelTarget::Job(id) => (id.to_string(), String::new()),
            CancelTarget::Key(key) => (String::new(), key.as_str().to_owned()),
        };
        let message = wire::Cancel {
            organisation: self.organisation.as_str().to_owned(),
            job_id,
            idempotency_key,
            requester: Some(wire::Requester {
                user_id: self.requester.user_id.clone(),
                reason: self.requester.reason.clone(),
            }),
        };
        crate::encode(&message, encoding)
    }
}
