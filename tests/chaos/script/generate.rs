//! Scripts by chance.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::phrases::phrase;
use super::{Calls, Fault, Kind, Operation, Organisation, Priority, Script, Submission, Target};

/// The latest execution after a request has arrived: after the end of its lease, and before `SETTLE_MS` are over.
const LATEST_MS: u64 = 4500;
/// Longer than a lease.
pub(super) const LONGEST_PAUSE_MS: u64 = 4000;

impl Script {
    /// The script of this seed: always the same.
    pub(crate) fn generated(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config {
            failure_persistence: None,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let mut script = scripts()
            .new_tree(&mut runner)
            .expect("a strategy without filters")
            .current();
        script.note = format!("generated from seed {seed}");
        script
    }
}

fn scripts() -> impl Strategy<Value = Script> {
    let rates = prop_oneof![Just(12u32), Just(25), Just(50)];
    let limits = (
        prop::option::weighted(0.4, rates),
        prop::option::weighted(0.3, 2u32..8),
        prop::option::weighted(0.4, 4u32..15),
    );
    (
        6usize..=10,
        prop_oneof![1 => Just(0u64), 3 => 20u64..250],
        prop::bool::weighted(0.4),
        limits,
        (any::<bool>(), prop::bool::weighted(0.4)),
        vec(phrase(), 35..75),
    )
        .prop_map(
            |(
                people,
                latency_ms,
                circuit,
                (quota, concurrent, second_quota),
                (settle, same_attest),
                operations,
            )| Script {
                note: String::new(),
                people,
                latency_ms,
                circuit,
                quota,
                concurrent,
                second_quota,
                settle,
                same_attest,
                operations: bounded(operations.concat(), quota.is_some()),
            },
        )
}

/// At most one long interruption of each server, one wait for a look, and two closings: they take most of a script's
/// time. Rates only where one is set from the start.
fn bounded(mut operations: Vec<Operation>, quota: bool) -> Vec<Operation> {
    let (mut broker, mut database, mut cuts, mut looking, mut closed) = (0, 0, 0, 0, 0);
    operations.retain(|operation| match operation {
        Operation::BrokerRestart | Operation::BrokerWipe => {
            broker += 1;
            broker == 1
        }
        Operation::DatabaseRestart => {
            database += 1;
            database == 1
        }
        Operation::CutBroker => {
            cuts += 1;
            cuts == 1
        }
        Operation::KillLooking { .. } => {
            looking += 1;
            looking == 1
        }
        Operation::LanePause { .. } | Operation::Maintenance { .. } => {
            closed += 1;
            closed <= 2
        }
        Operation::QuotaChange { .. } => quota,
        Operation::Submit(_)
        | Operation::Again { .. }
        | Operation::Conflict { .. }
        | Operation::Foreign { .. }
        | Operation::Cancel { .. }
        | Operation::Kill9 { .. }
        | Operation::Stop { .. }
        | Operation::Pause { .. }
        | Operation::CutDatabase
        | Operation::Fault { .. }
        | Operation::Retry { .. }
        | Operation::Resolve { .. }
        | Operation::Discard { .. }
        | Operation::Wait { .. } => true,
    });
    operations
}

pub(super) fn organisation() -> impl Strategy<Value = Organisation> {
    prop_oneof![3 => Just(Organisation::Eupen), 1 => Just(Organisation::Ghent)]
}

/// When it may run. A deadline lies behind `notBefore`, or nothing would be sent.
fn times() -> impl Strategy<Value = (Option<u64>, Option<u64>)> {
    let not_before = prop::option::weighted(0.1, 100u64..2500);
    let deadline = prop::option::weighted(0.15, prop_oneof![2 => 100u64..1500, 1 => 2000u64..9000]);
    (not_before, deadline).prop_map(|(not_before, deadline)| {
        let from = not_before.unwrap_or_default();
        (not_before, deadline.map(|deadline| from + deadline))
    })
}

pub(super) fn submission() -> impl Strategy<Value = Submission> {
    let kind = prop_oneof![
        4 => Just(Kind::Question),
        4 => Just(Kind::Register),
        4 => Just(Kind::Unregister),
        1 => Just(Kind::List),
        2 => Just(Kind::Decision),
    ];
    let priority = prop_oneof![
        1 => Just(Priority::Interactive),
        3 => Just(Priority::Normal),
        1 => Just(Priority::Batch),
    ];
    (
        (0usize..10, kind, prop::bool::weighted(0.05)),
        organisation(),
        priority,
        times(),
        prop::option::weighted(0.12, 0usize..4),
    )
        .prop_map(
            |((person, kind, other_period), organisation, priority, (not_before_ms, deadline_ms), after)| {
                Submission {
                    person,
                    kind,
                    other_period,
                    organisation,
                    priority,
                    not_before_ms,
                    deadline_ms,
                    after,
                }
            },
        )
}

pub(super) fn submit() -> impl Strategy<Value = Operation> {
    submission().prop_map(Operation::Submit)
}

pub(super) fn operation() -> impl Strategy<Value = Operation> {
    let target = || prop::sample::select(Target::ALL.to_vec());
    let worker = prop_oneof![2 => Just(Target::Worker), 2 => Just(Target::Worker2), 3 => target()];
    let pause = prop_oneof![3 => 200u64..1500, 1 => 3200u64..LONGEST_PAUSE_MS];
    let down = || prop_oneof![1 => Just(0u64), 1 => 100u64..2500];
    prop_oneof![
        36 => submit(),
        2 => (0usize..6).prop_map(|back| Operation::Again { back }),
        1 => (0usize..6, any::<bool>()).prop_map(|(back, requester)| Operation::Conflict { back, requester }),
        1 => (0usize..10).prop_map(|person| Operation::Foreign { person }),
        2 => (0usize..4).prop_map(|back| Operation::Cancel { back }),
        4 => (target(), down()).prop_map(|(service, down_ms)| Operation::Kill9 { service, down_ms }),
        2 => (target(), down()).prop_map(|(service, down_ms)| Operation::Stop { service, down_ms }),
        3 => (worker, pause).prop_map(|(service, ms)| Operation::Pause { service, ms }),
        1 => prop_oneof![1 => Just(Operation::BrokerRestart), 2 => Just(Operation::BrokerWipe)],
        1 => Just(Operation::DatabaseRestart),
        1 => Just(Operation::CutDatabase),
        1 => Just(Operation::CutBroker),
        9 => (trouble(), 1u64..4).prop_map(|((calls, fault), times)| Operation::Fault { calls, fault, times }),
        1 => prop_oneof![Just(8u32), Just(20), Just(40)].prop_map(|rate| Operation::QuotaChange { rate }),
        6 => operator(),
        12 => (20u64..600).prop_map(|ms| Operation::Wait { ms }),
    ]
}

/// What operators do.
fn operator() -> impl Strategy<Value = Operation> {
    let discard = (organisation(), prop::bool::weighted(0.3)).prop_map(|(organisation, uncertain)| {
        Operation::Discard {
            organisation,
            uncertain,
        }
    });
    let pause = (organisation(), any::<bool>(), 200u64..1500).prop_map(|(organisation, access, ms)| {
        Operation::LanePause {
            organisation,
            access,
            ms,
        }
    });
    prop_oneof![
        4 => retry(),
        2 => (0usize..4).prop_map(|nth| Operation::Resolve { nth }),
        1 => discard,
        1 => pause,
        1 => (200u64..1200).prop_map(|ms| Operation::Maintenance { ms }),
    ]
}

pub(super) fn retry() -> impl Strategy<Value = Operation> {
    (0usize..4, prop::bool::weighted(0.4)).prop_map(|(nth, cancel)| Operation::Retry { nth, cancel })
}

pub(super) fn calls() -> impl Strategy<Value = Calls> {
    prop_oneof![
        2 => Just(Calls::Question),
        3 => Just(Calls::Register),
        3 => Just(Calls::Unregister),
        1 => Just(Calls::List),
        2 => Just(Calls::Decision),
    ]
}

/// Which calls, and what happens to them. That a change is executed late is what looks are there for.
pub(super) fn trouble() -> impl Strategy<Value = (Calls, Fault)> {
    let change = prop_oneof![
        Just(Calls::Register),
        Just(Calls::Unregister),
        Just(Calls::Decision)
    ];
    let late = (3200u64..LATEST_MS).prop_map(|ms| Fault::LateExecution { ms });
    prop_oneof![
        4 => (calls(), fault()),
        1 => (change, late),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        4 => Just(Fault::LostRequest),
        4 => Just(Fault::LostReply),
        1 => Just(Fault::CutReply),
        2 => (200u64..2500).prop_map(|ms| Fault::SlowReply { ms }),
        5 => prop_oneof![1 => 300u64..1900, 2 => 3200u64..LATEST_MS].prop_map(|ms| Fault::LateExecution { ms }),
        3 => Just(Fault::Http404),
        1 => Just(Fault::Http500),
        1 => Just(Fault::Http503),
        1 => Just(Fault::Soap),
    ]
}
