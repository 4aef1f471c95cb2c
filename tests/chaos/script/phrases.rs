//! A few operations of which it is known that they meet where it hurts, as far as chance does not say otherwise.

use proptest::collection::vec;
use proptest::prelude::*;

use super::generate::{LONGEST_PAUSE_MS, calls, operation, organisation, retry, submission, submit, trouble};
use super::{Calls, Fault, Kind, Operation, Priority, Submission, Target};

/// One operation, or a few.
pub(super) fn phrase() -> impl Strategy<Value = Vec<Operation>> {
    prop_oneof![
        40 => operation().prop_map(|operation| vec![operation]),
        1 => wiped(),
        2 => held(),
        4 => lost(),
        1 => silent(),
        2 => tried_again(),
        1 => looking(),
        3 => uncertain(),
        2 => undecided(),
    ]
}

fn pause(service: Target, ms: u64) -> Operation {
    Operation::Pause { service, ms }
}

fn wait() -> impl Strategy<Value = Operation> {
    (0u64..300).prop_map(|ms| Operation::Wait { ms })
}

/// What the broker holds, and nobody has taken.
fn wiped() -> impl Strategy<Value = Vec<Operation>> {
    (vec(submit(), 2..6), wait()).prop_map(|(submits, wait)| {
        let begin = [pause(Target::Producer, 2500)];
        let end = [wait, Operation::BrokerWipe];
        begin.into_iter().chain(submits).chain(end).collect()
    })
}

/// What workers hold.
fn held() -> impl Strategy<Value = Vec<Operation>> {
    let held = (vec(submit(), 2..6), wait(), interruption());
    held.prop_map(|(submits, wait, end)| submits.into_iter().chain([wait, end]).collect())
}

/// The same, of a CBSS that fails at the moment.
fn lost() -> impl Strategy<Value = Vec<Operation>> {
    let lost = (trouble(), vec(submit(), 3..7), wait(), interruption());
    lost.prop_map(|((calls, fault), submits, wait, end)| {
        let begin = [Operation::Fault {
            calls,
            fault,
            times: 3,
        }];
        begin.into_iter().chain(submits).chain([wait, end]).collect()
    })
}

/// What nobody has said yet.
fn silent() -> impl Strategy<Value = Vec<Operation>> {
    (vec(submit(), 2..6), wait(), interruption()).prop_map(|(submits, wait, end)| {
        let begin = [pause(Target::Results, 1200)];
        begin.into_iter().chain(submits).chain([wait, end]).collect()
    })
}

/// Jobs that fail at once, followers behind them, and new rounds while somebody may be gone.
fn tried_again() -> impl Strategy<Value = Vec<Operation>> {
    let interrupted = prop::option::weighted(0.4, interruption());
    let jobs = vec((submission(), any::<bool>()), 2..5);
    (calls(), jobs, interrupted, vec(retry(), 2..5), wait()).prop_map(
        |(calls, jobs, interrupted, retries, wait)| {
            let kind = match calls {
                Calls::Question => Kind::Question,
                Calls::Register => Kind::Register,
                Calls::Unregister => Kind::Unregister,
                Calls::List => Kind::List,
                Calls::Decision => Kind::Decision,
            };
            let fault = Fault::Http404;
            let mut all = vec![Operation::Fault {
                calls,
                fault,
                times: 3,
            }];
            for (submission, followed) in jobs {
                let first = Submission { kind, ..submission };
                all.push(Operation::Submit(first));
                if followed {
                    let follower = Submission {
                        after: Some(0),
                        ..submission
                    };
                    all.push(Operation::Submit(follower));
                }
            }
            all.push(Operation::Wait { ms: 500 });
            all.extend(interrupted);
            all.extend(retries);
            all.push(wait);
            all
        },
    )
}

/// The worker dies while it looks a change up.
fn looking() -> impl Strategy<Value = Vec<Operation>> {
    (0usize..10, organisation(), 0u64..1500).prop_map(|(person, organisation, down_ms)| {
        let slow = Fault::SlowReply { ms: 900 };
        vec![
            Operation::Fault {
                calls: Calls::Register,
                fault: Fault::LostReply,
                times: 1,
            },
            Operation::Fault {
                calls: Calls::List,
                fault: slow,
                times: 4,
            },
            plain(person, Kind::Register, organisation, false),
            plain(person, Kind::Unregister, organisation, false),
            Operation::KillLooking { down_ms },
        ]
    })
}

/// A change that stays uncertain, because a part of its period is registered already, and changes behind it.
fn uncertain() -> impl Strategy<Value = Vec<Operation>> {
    let fault = prop_oneof![1 => Just(Fault::LostReply), 3 => Just(Fault::LostRequest)];
    (0usize..10, organisation(), fault).prop_map(|(person, organisation, fault)| {
        let first = plain(person, Kind::Register, organisation, true);
        vec![
            first,
            Operation::Wait { ms: 400 },
            Operation::Fault {
                calls: Calls::Register,
                fault,
                times: 1,
            },
            plain(person, Kind::Register, organisation, false),
            plain(person, Kind::Unregister, organisation, false),
            Operation::Wait { ms: 300 },
        ]
    })
}

/// A decision whose answer is lost, with nothing to look at, and what waits behind it.
fn undecided() -> impl Strategy<Value = Vec<Operation>> {
    let fault = prop_oneof![
        Just(Fault::LostReply),
        Just(Fault::LostRequest),
        Just(Fault::CutReply)
    ];
    (
        0usize..10,
        organisation(),
        fault,
        prop::option::of(interruption()),
    )
        .prop_map(|(person, organisation, fault, interrupted)| {
            let fault = Operation::Fault {
                calls: Calls::Decision,
                fault,
                times: 1,
            };
            let decision = plain(person, Kind::Decision, organisation, false);
            let submits = [fault, decision.clone(), decision];
            submits.into_iter().chain(interrupted).collect()
        })
}

fn plain(person: usize, kind: Kind, organisation: super::Organisation, other_period: bool) -> Operation {
    Operation::Submit(Submission {
        person,
        kind,
        other_period,
        organisation,
        priority: Priority::Normal,
        not_before_ms: None,
        deadline_ms: None,
        after: None,
    })
}

/// Something ends in the middle of its work.
fn interruption() -> impl Strategy<Value = Operation> {
    let worker = || prop_oneof![Just(Target::Worker), Just(Target::Worker2)];
    let kill = |service| Operation::Kill9 { service, down_ms: 0 };
    prop_oneof![
        3 => worker().prop_map(kill),
        1 => Just(kill(Target::Results)),
        1 => Just(kill(Target::Producer)),
        3 => (worker(), 3200u64..LONGEST_PAUSE_MS).prop_map(|(service, ms)| pause(service, ms)),
        1 => Just(Operation::DatabaseRestart),
        1 => Just(Operation::CutDatabase),
        1 => Just(Operation::CutBroker),
    ]
}
