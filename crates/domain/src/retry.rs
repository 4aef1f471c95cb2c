//! What to do after an attempt: the budgets, and the wait before the next one.

use std::time::Duration;

use crate::classify::{FailureCause, UnknownCause, Usable, Verdict};
use crate::service::OperationKind;

/// How often, how long and how patiently a job is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts that count, over one round.
    pub max_attempts: u32,
    /// Time that calls and the waits between them may take.
    pub max_elapsed: Duration,
    /// How often a question is asked again after an unknown outcome.
    pub max_unknown_resends: u32,
    /// How often a question is asked again after a fault of the CBSS's own.
    pub max_server_faults: u32,
    /// How often a job is taken over from a process that died.
    pub max_rescues: u32,
    /// How often it is looked up whether a change of unknown outcome was made; then a person must decide.
    pub max_looks: u32,
    /// The wait after the first attempt; it doubles from attempt to attempt.
    pub base: Duration,
    /// The longest wait, `Retry-After` included, before jitter.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 8,
            max_elapsed: Duration::from_secs(24 * 3600),
            max_unknown_resends: 1,
            max_server_faults: 3,
            max_rescues: 3,
            max_looks: 12,
            base: Duration::from_secs(5),
            cap: Duration::from_secs(900),
        }
    }
}

/// What a round has used up, the attempt at hand included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Attempts that count.
    pub attempts: u32,
    /// Unknown outcomes before this one.
    pub unknown_outcomes: u32,
    /// Faults of the CBSS before this one.
    pub server_faults: u32,
    /// Time that the job itself has used: its calls and the waits between them. Waiting for a lane that is closed,
    /// for a quota or for a worker is not counted.
    pub elapsed: Duration,
    /// Looks at a change of unknown outcome.
    pub looks: u32,
}

/// What becomes of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// It ends with the CBSS's answer.
    Finish(Usable),
    /// It is tried again after this wait.
    TryAgain(Duration),
    /// It ends without an answer.
    GiveUp(FailureCause),
    /// A change whose outcome nobody knows: to be looked up, never sent again blindly.
    Reconcile,
    /// It was not executed, for a reason that lies in the lane: it waits until the lane's circuit lets it go, and the
    /// attempt does not count.
    Hold,
}

/// Decides. `chance` lies in [0, 1): jitter only ever adds, by at most half of the wait. `troubled` says that the lane
/// is known not to work at the moment: what was not executed then costs its job nothing.
#[must_use]
pub fn next_step(
    policy: &RetryPolicy,
    operation: OperationKind,
    verdict: Verdict,
    spent: Spent,
    troubled: bool,
    chance: f64,
) -> NextStep {
    let (asked_wait, exhausted) = match verdict {
        Verdict::Done(usable) => return NextStep::Finish(usable),
        Verdict::Permanent(cause) => return NextStep::GiveUp(cause),
        Verdict::Configuration(_) => return NextStep::Hold,
        Verdict::Retry(..) if troubled => return NextStep::Hold,
        Verdict::Unknown(_) if operation == OperationKind::Change => return NextStep::Reconcile,
        Verdict::ServerFault if operation == OperationKind::Change => return NextStep::Reconcile,
        Verdict::Unknown(cause) if spent.unknown_outcomes >= policy.max_unknown_resends => {
            return NextStep::GiveUp(match cause {
                UnknownCause::Unreadable => FailureCause::Unreadable,
                UnknownCause::NoAnswer | UnknownCause::ServerError => FailureCause::UnknownOutcome,
            });
        }
        // The CBSS did answer: the fault is the result.
        Verdict::ServerFault if spent.server_faults >= policy.max_server_faults => {
            return NextStep::Finish(Usable::Errors);
        }
        Verdict::Unknown(_) => (None, NextStep::GiveUp(FailureCause::Attempts)),
        Verdict::ServerFault => (None, NextStep::Finish(Usable::Errors)),
        Verdict::Retry(_, wait) => (wait, NextStep::GiveUp(FailureCause::Attempts)),
    };
    if spent.attempts >= policy.max_attempts {
        return exhausted;
    }
    let wait = wait_before_next(policy, spent.attempts, asked_wait, chance);
    if spent.elapsed + wait > policy.max_elapsed {
        return match exhausted {
            NextStep::GiveUp(_) => NextStep::GiveUp(FailureCause::Time),
            NextStep::Finish(_) | NextStep::TryAgain(_) | NextStep::Reconcile | NextStep::Hold => exhausted,
        };
    }
    NextStep::TryAgain(wait)
}

/// The wait before the next look, after so many. `chance` lies in [0, 1).
#[must_use]
pub fn wait_before_look(policy: &RetryPolicy, looks: u32, chance: f64) -> Duration {
    wait_before_next(policy, looks, None, chance)
}

/// Exponential from `base`, at least what the server asked for, at most `cap`; then up to half as much on
/// top, so that jobs that failed together don't come back together.
fn wait_before_next(policy: &RetryPolicy, attempts: u32, asked: Option<Duration>, chance: f64) -> Duration {
    let doublings = attempts.saturating_sub(1).min(20);
    let own = policy.base.saturating_mul(1 << doublings);
    let wait = own.max(asked.unwrap_or_default()).min(policy.cap);
    wait + wait.mul_f64(0.5 * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::classify::RetryCause;
    use crate::service::OperationKind::{Change, Question};

    const RETRY: Verdict = Verdict::Retry(RetryCause::NotSent, None);
    const UNKNOWN: Verdict = Verdict::Unknown(UnknownCause::NoAnswer);

    fn spent(attempts: u32) -> Spent {
        Spent {
            attempts,
            ..Spent::default()
        }
    }

    #[test]
    fn budgets_end_a_job() {
        let policy = RetryPolicy::default();
        assert_eq!(
            next_step(&policy, Question, RETRY, spent(1), false, 0.0),
            NextStep::TryAgain(Duration::from_secs(5))
        );
        assert_eq!(
            next_step(&policy, Question, RETRY, spent(8), false, 0.0),
            NextStep::GiveUp(FailureCause::Attempts)
        );
        let late = Spent {
            elapsed: policy.max_elapsed,
            ..spent(1)
        };
        assert_eq!(
            next_step(&policy, Question, RETRY, late, false, 0.0),
            NextStep::GiveUp(FailureCause::Time)
        );
    }

    #[test]
    fn trouble_of_the_lane_costs_a_job_nothing() {
        let policy = RetryPolicy::default();
        let configuration = Verdict::Configuration(FailureCause::Configuration);
        for operation in [Question, Change] {
            assert_eq!(
                next_step(&policy, operation, RETRY, spent(99), true, 0.0),
                NextStep::Hold
            );
            assert_eq!(
                next_step(&policy, operation, configuration, spent(1), false, 0.0),
                NextStep::Hold
            );
        }
        // What may have been executed counts, in trouble or not.
        let again = Spent {
            unknown_outcomes: 1,
            ..spent(2)
        };
        assert_eq!(
            next_step(&policy, Question, UNKNOWN, again, true, 0.0),
            NextStep::GiveUp(FailureCause::UnknownOutcome)
        );
    }

    #[test]
    fn an_unknown_outcome_has_a_budget_of_its_own() {
        let policy = RetryPolicy::default();
        assert!(matches!(
            next_step(&policy, Question, UNKNOWN, spent(1), false, 0.0),
            NextStep::TryAgain(_)
        ));
        let again = Spent {
            unknown_outcomes: 1,
            ..spent(2)
        };
        assert_eq!(
            next_step(&policy, Question, UNKNOWN, again, false, 0.0),
            NextStep::GiveUp(FailureCause::UnknownOutcome)
        );
        assert_eq!(
            next_step(&policy, Change, UNKNOWN, spent(1), false, 0.0),
            NextStep::Reconcile
        );
    }

    #[test]
    fn a_fault_that_stays_is_the_answer() {
        let policy = RetryPolicy::default();
        assert!(matches!(
            next_step(&policy, Question, Verdict::ServerFault, spent(1), false, 0.0),
            NextStep::TryAgain(_)
        ));
        let again = Spent {
            server_faults: 3,
            ..spent(4)
        };
        assert_eq!(
            next_step(&policy, Question, Verdict::ServerFault, again, false, 0.0),
            NextStep::Finish(Usable::Errors)
        );
    }

    #[test]
    fn retry_after_is_honoured_up_to_the_cap() {
        let policy = RetryPolicy::default();
        let asked = |seconds| Verdict::Retry(RetryCause::Unavailable, Some(Duration::from_secs(seconds)));
        assert_eq!(
            next_step(&policy, Question, asked(60), spent(1), false, 0.0),
            NextStep::TryAgain(Duration::from_secs(60))
        );
        assert_eq!(
            next_step(&policy, Question, asked(99_999), spent(1), false, 0.0),
            NextStep::TryAgain(policy.cap)
        );
    }

    proptest! {
        #[test]
        fn jitter_only_adds(attempts in 1u32..7, chance in 0.0f64..1.0) {
            let policy = RetryPolicy::default();
            let plain = wait_before_next(&policy, attempts, None, 0.0);
            let jittered = wait_before_next(&policy, attempts, None, chance);
            prop_assert!(jittered >= plain && jittered <= plain.mul_f64(1.5));
        }
    }
}
