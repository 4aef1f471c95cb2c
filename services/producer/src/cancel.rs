//! What a cancellation can still do to a job.

use relay_domain::JobState;

/// Where a job stands, for who would withdraw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// No attempt has started.
    Open,
    /// It is withdrawn already.
    Withdrawn,
    /// An attempt has started, or it has ended otherwise.
    TooLate,
}

/// Why a job that is [`Standing::TooLate`] is not withdrawn.
pub(crate) const TOO_LATE: &str =
    "an attempt has started, or the job has ended: it cannot be withdrawn any more";
/// Why a job that is not there is not withdrawn.
pub(crate) const NO_SUCH_JOB: &str = "the organisation has no such job";

pub(crate) fn standing(state: JobState) -> Standing {
    match state {
        JobState::Accepted | JobState::Released => Standing::Open,
        JobState::Cancelled => Standing::Withdrawn,
        JobState::Sending
        | JobState::Answered
        | JobState::Reconciling
        | JobState::Uncertain
        | JobState::Ok
        | JobState::Warnings
        | JobState::Errors
        | JobState::Validated
        | JobState::Failed
        | JobState::Expired => Standing::TooLate,
    }
}
