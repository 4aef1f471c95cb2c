//! The life of a job: one table of states and events.

use serde::{Deserialize, Serialize};

/// Where a job stands. The names are those of the database column and of the events sent upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Durable, waiting for its due time.
    Accepted,
    /// An id is on its way to a worker.
    Released,
    /// An attempt is open.
    Sending,
    /// An answer is stored and not yet processed.
    Answered,
    /// A change with an unknown outcome is being looked up.
    Reconciling,
    /// A person must decide.
    Uncertain,
    /// The CBSS gave a usable answer.
    Ok,
    /// A usable answer, with warnings.
    Warnings,
    /// The CBSS answered; there is no usable result.
    Errors,
    /// Built and checked, not sent: live requests are off.
    Validated,
    /// The relay gave up, with a cause.
    Failed,
    /// Withdrawn before an attempt started.
    Cancelled,
    /// Its deadline passed before an attempt started, or between two; never during one.
    Expired,
}

/// What can happen to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobEvent {
    /// The producer lets it go to a worker.
    Release,
    /// The work item did not reach a worker within its lease.
    ReleaseLost,
    /// A worker opens an attempt.
    Begin,
    /// A complete answer is stored.
    AnswerStored,
    /// Not sent: handed back before the first byte, or to be tried again later.
    Retry,
    /// The attempt's lease ended with nothing reported; asking again is allowed.
    Rescue,
    /// The attempt of a change ended with an unknown outcome.
    OutcomeUnknown,
    /// The relay gives up.
    GiveUp,
    /// Live requests are off: the request was built and checked.
    BuiltOnly,
    /// The processed answer is usable.
    ProcessedOk,
    /// The processed answer is usable, with warnings.
    ProcessedWarnings,
    /// The processed answer is no usable result.
    ProcessedErrors,
    /// Looking did not settle it.
    Park,
    /// The submitter withdraws it.
    Cancel,
    /// The submitter's deadline passed.
    DeadlinePassed,
    /// An operator opens a new round.
    Reopen,
}

impl JobState {
    /// All states, in the order of a job's life.
    pub const ALL: [Self; 13] = [
        Self::Accepted,
        Self::Released,
        Self::Sending,
        Self::Answered,
        Self::Reconciling,
        Self::Uncertain,
        Self::Ok,
        Self::Warnings,
        Self::Errors,
        Self::Validated,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The name in the database, in events and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Released => "released",
            Self::Sending => "sending",
            Self::Answered => "answered",
            Self::Reconciling => "reconciling",
            Self::Uncertain => "uncertain",
            Self::Ok => "ok",
            Self::Warnings => "warnings",
            Self::Errors => "errors",
            Self::Validated => "validated",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Does this round end here?
    #[must_use]
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Ok | Self::Warnings | Self::Errors | Self::Validated => true,
            Self::Failed | Self::Cancelled | Self::Expired => true,
            Self::Accepted | Self::Released | Self::Sending => false,
            Self::Answered | Self::Reconciling | Self::Uncertain => false,
        }
    }
}

impl JobEvent {
    /// All events.
    pub const ALL: [Self; 16] = [
        Self::Release,
        Self::ReleaseLost,
        Self::Begin,
        Self::AnswerStored,
        Self::Retry,
        Self::Rescue,
        Self::OutcomeUnknown,
        Self::GiveUp,
        Self::BuiltOnly,
        Self::ProcessedOk,
        Self::ProcessedWarnings,
        Self::ProcessedErrors,
        Self::Park,
        Self::Cancel,
        Self::DeadlinePassed,
        Self::Reopen,
    ];

    /// The name in the documentation's table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::ReleaseLost => "release_lost",
            Self::Begin => "begin",
            Self::AnswerStored => "answer_stored",
            Self::Retry => "retry",
            Self::Rescue => "rescue",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::GiveUp => "give_up",
            Self::BuiltOnly => "built_only",
            Self::ProcessedOk => "processed_ok",
            Self::ProcessedWarnings => "processed_warnings",
            Self::ProcessedErrors => "processed_errors",
            Self::Park => "park",
            Self::Cancel => "cancel",
            Self::DeadlinePassed => "deadline_passed",
            Self::Reopen => "reopen",
        }
    }
}

/// The state after an event, or `None` where the event has no place: then nothing happens, and the one
/// who reported it is late or a duplicate.
///
/// The store's statements carry the same table: each UPDATE names the states that it expects. The table
/// is printed in `docs/data-model.md`, and a test keeps the two alike.
#[must_use]
pub fn next(state: JobState, event: JobEvent) -> Option<JobState> {
    use JobEvent as E;
    use JobState as S;
    let after = match state {
        S::Accepted => match event {
            E::Release => S::Released,
            E::Cancel => S::Cancelled,
            E::DeadlinePassed => S::Expired,
            E::GiveUp => S::Failed,
            // A late answer, of an attempt after which nothing newer was sent.
            E::AnswerStored => S::Answered,
            E::ReleaseLost | E::Begin | E::Retry | E::Rescue | E::OutcomeUnknown => {
                return None;
            }
            E::BuiltOnly | E::ProcessedOk | E::ProcessedWarnings | E::ProcessedErrors => return None,
            E::Park | E::Reopen => return None,
        },
        S::Released => match event {
            E::ReleaseLost => S::Accepted,
            E::Begin => S::Sending,
            E::Cancel => S::Cancelled,
            E::DeadlinePassed => S::Expired,
            E::AnswerStored => S::Answered,
            E::Release | E::Retry | E::Rescue | E::OutcomeUnknown | E::GiveUp => {
                return None;
            }
            E::BuiltOnly | E::ProcessedOk | E::ProcessedWarnings | E::ProcessedErrors => return None,
            E::Park | E::Reopen => return None,
        },
        S::Sending => match event {
            E::AnswerStored => S::Answered,
            E::Retry | E::Rescue => S::Accepted,
            E::OutcomeUnknown => S::Reconciling,
            E::GiveUp => S::Failed,
            E::BuiltOnly => S::Validated,
            E::Park => S::Uncertain,
            E::Release | E::ReleaseLost | E::Begin | E::Cancel | E::DeadlinePassed | E::Reopen => {
                return None;
            }
            E::ProcessedOk | E::ProcessedWarnings | E::ProcessedErrors => return None,
        },
        S::Answered => match event {
            E::ProcessedOk => S::Ok,
            E::ProcessedWarnings => S::Warnings,
            E::ProcessedErrors => S::Errors,
            E::Retry => S::Accepted,
            E::OutcomeUnknown => S::Reconciling,
            E::GiveUp => S::Failed,
            E::Park => S::Uncertain,
            E::Release | E::ReleaseLost | E::Begin | E::AnswerStored | E::Rescue | E::BuiltOnly => {
                return None;
            }
            E::Cancel | E::DeadlinePassed | E::Reopen => return None,
        },
        S::Reconciling => match event {
            E::ProcessedOk => S::Ok,
            // What the answer to a repeated decision of Loi65 may say.
            E::ProcessedWarnings => S::Warnings,
            E::ProcessedErrors => S::Errors,
            E::Retry => S::Accepted,
            E::Park => S::Uncertain,
            // A late answer to the change itself.
            E::AnswerStored => S::Answered,
            E::Release | E::ReleaseLost | E::Begin | E::Rescue | E::OutcomeUnknown => {
                return None;
            }
            E::GiveUp | E::BuiltOnly => return None,
            E::Cancel | E::DeadlinePassed | E::Reopen => return None,
        },
        S::Uncertain => match event {
            E::ProcessedOk => S::Ok,
            E::ProcessedErrors => S::Errors,
            E::GiveUp => S::Failed,
            E::Reopen => S::Accepted,
            E::AnswerStored => S::Answered,
            E::Release | E::ReleaseLost | E::Begin | E::Retry | E::Rescue => return None,
            E::OutcomeUnknown | E::BuiltOnly | E::ProcessedWarnings | E::Park => return None,
            E::Cancel | E::DeadlinePassed => return None,
        },
        S::Errors | S::Failed => match event {
            E::Reopen => S::Accepted,
            E::Release | E::ReleaseLost | E::Begin | E::AnswerStored | E::Retry | E::Rescue => return None,
            E::OutcomeUnknown | E::GiveUp | E::BuiltOnly | E::ProcessedOk => return None,
            E::ProcessedWarnings | E::ProcessedErrors | E::Park | E::Cancel | E::DeadlinePassed => {
                return None;
            }
        },
        S::Ok | S::Warnings | S::Validated | S::Cancelled | S::Expired => return None,
    };
    Some(after)
}

#[cfg(test)]
mod tests;
