//! The checks that messages and requests share. Each gives the value, or notes what is wrong with it.

use prost_types::Timestamp;
use relay_domain::submission::IdempotencyKey;
use relay_domain::{JobId, Language, OrganisationId, Requester, Ssin, SsinCheck, SsinError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::codes;
use crate::read::Findings;
use crate::wire;

const LONGEST_USER_ID: usize = 128;
const LONGEST_REASON: usize = 500;

pub(crate) fn organisation(text: &str, findings: &mut Findings) -> Option<OrganisationId> {
    if text.is_empty() {
        findings.report("organisation", codes::REQUIRED, "the organisation is missing");
        return None;
    }
    OrganisationId::parse(text)
        .map_err(|error| findings.report("organisation", codes::INVALID, error.to_string()))
        .ok()
}

pub(crate) fn idempotency_key(text: &str, findings: &mut Findings) -> Option<IdempotencyKey> {
    const PATH: &str = "idempotencyKey";
    let key = IdempotencyKey::parse(text);
    if text.is_empty() {
        findings.report(PATH, codes::REQUIRED, "the idempotency key is missing");
    } else if key.is_none() && text.is_ascii() && text.len() > 128 {
        findings.report(
            PATH,
            codes::TOO_LONG,
            "an idempotency key has at most 128 characters",
        );
    } else if key.is_none() {
        findings.report(
            PATH,
            codes::INVALID,
            "an idempotency key has 1 to 128 printable ASCII characters",
        );
    }
    key
}

pub(crate) fn requester(requester: Option<&wire::Requester>, findings: &mut Findings) -> Option<Requester> {
    let (user_id, reason) = requester.map_or(("", ""), |requester| (&requester.user_id, &requester.reason));
    let user_id = free_text("requester.userId", user_id, LONGEST_USER_ID, findings);
    let reason = free_text("requester.reason", reason, LONGEST_REASON, findings);
    Some(Requester {
        user_id: user_id?,
        reason: reason?,
    })
}

/// A text for people: something besides white space, not too long, no control characters.
fn free_text(path: &str, text: &str, longest: usize, findings: &mut Findings) -> Option<String> {
    if text.trim().is_empty() {
        findings.report(
            path,
            codes::REQUIRED,
            "this is missing or empty; every question must be accounted for",
        );
    } else if text.chars().count() > longest {
        findings.report(
            path,
            codes::TOO_LONG,
            format!("this has at most {longest} characters"),
        );
    } else if text.chars().any(char::is_control) {
        findings.report(
            path,
            codes::INVALID,
            "control characters (line breaks and tabs too) are not allowed here",
        );
    } else {
        return Some(text.to_owned());
    }
    None
}

/// A job's id: a UUID as RFC 9562 writes it, with hyphens, in small or capital letters.
pub(crate) fn job_id(path: &str, text: &str, findings: &mut Findings) -> Option<JobId> {
    // The parser takes other forms too; among them, only this one is so long.
    let id = Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
    if id.is_none() {
        findings.report(path, codes::INVALID, "a job id is a UUID with hyphens");
    }
    id.map(JobId)
}

pub(crate) fn ssin(path: &str, text: &str, check: SsinCheck, findings: &mut Findings) -> Option<Ssin> {
    if text.is_empty() {
        findings.report(path, codes::REQUIRED, "the SSIN is missing");
        return None;
    }
    Ssin::parse(text, check)
        .map_err(|error| {
            let code = match error {
                SsinError::Character { .. } | SsinError::Length { .. } => codes::INVALID,
                SsinError::Checksum => codes::CHECKSUM,
            };
            findings.report(path, code, error.to_string());
        })
        .ok()
}

/// A language, or the one to fall back to where none is named.
pub(crate) fn language(path: &str, code: &str, fallback: Language, findings: &mut Findings) -> Language {
    if code.is_empty() {
        return fallback;
    }
    Language::from_code(code).unwrap_or_else(|| {
        findings.report(path, codes::INVALID, "a language is nl, fr, de or en");
        fallback
    })
}

pub(crate) fn moment(
    path: &str,
    timestamp: Option<Timestamp>,
    findings: &mut Findings,
) -> Option<OffsetDateTime> {
    let moment = crate::time::from_timestamp(timestamp?);
    if moment.is_none() {
        findings.report(
            path,
            codes::INVALID,
            "a time lies between the beginning of 2000 and the end of 2099",
        );
    }
    moment
}
