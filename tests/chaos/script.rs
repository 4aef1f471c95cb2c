//! Scripts: what is submitted and what goes wrong meanwhile, as generated from a seed or read from a file.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::{Deserialize, Serialize};

/// How long the CBSS is given to finish what it may be doing, from the end of the lease on.
pub(crate) const SETTLE_MS: u64 = 3000;
/// A call's whole time-out.
pub(crate) const CALL_MS: u64 = 1500;
/// How long a lease outlives the call.
pub(crate) const MARGIN_MS: u64 = 1000;
/// The latest execution after a request has arrived: after the end of its lease, and before `SETTLE_MS` are over.
const LATEST_MS: u64 = 4500;
/// Longer than a lease.
const LONGEST_PAUSE_MS: u64 = 4000;

/// One scenario on a fresh database and virtual host.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// What it is about, or where it came from.
    #[serde(default)]
    pub(crate) note: String,
    /// How many people submissions are about: few, so that order matters.
    pub(crate) people: usize,
    /// Of the simulated CBSS, milliseconds.
    #[serde(default)]
    pub(crate) latency_ms: u64,
    /// Do circuits open after three failures, for 300 ms at first?
    #[serde(default)]
    pub(crate) circuit: bool,
    /// Requests per second.
    #[serde(default)]
    pub(crate) quota: Option<u32>,
    /// In order.
    pub(crate) operations: Vec<Operation>,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "op", deny_unknown_fields)]
pub(crate) enum Operation {
    /// A submission under a new key.
    Submit {
        person: usize,
        kind: Kind,
        /// For a period that overlaps the usual one: what is found then decides nothing.
        #[serde(default)]
        other_period: bool,
    },
    /// An earlier submission once more, as it was.
    Again { back: usize },
    /// An earlier submission is withdrawn.
    Cancel { back: usize },
    /// SIGKILL; started again after this time.
    Kill9 { service: Target, down_ms: u64 },
    /// SIGTERM, and its end awaited; started again after this time.
    Stop { service: Target, down_ms: u64 },
    /// SIGSTOP, and SIGCONT after this time.
    Pause { service: Target, ms: u64 },
    /// Stopped in order and started on its data.
    BrokerRestart,
    /// Killed, and started with an empty disk.
    BrokerWipe,
    /// Killed, and started on its data.
    DatabaseRestart,
    /// The server ends the services' sessions.
    CutDatabase,
    /// The broker ends all connections, upstream's as well.
    CutBroker,
    /// The next calls of a kind go wrong.
    Fault { calls: Calls, fault: Fault, times: u64 },
    /// An operator sets the rate.
    QuotaChange { rate: u32 },
    /// Nothing happens.
    Wait { ms: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Question,
    Register,
    Unregister,
    List,
}

impl Kind {
    pub(crate) fn is_change(self) -> bool {
        match self {
            Self::Register | Self::Unregister => true,
            Self::Question | Self::List => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    Producer,
    Worker,
    Worker2,
    Results,
}

impl Target {
    pub(crate) const ALL: [Self; 4] = [Self::Producer, Self::Worker, Self::Worker2, Self::Results];

    /// The binary, and the name of the instance.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Producer => ("relay-producer", "producer"),
            Self::Worker => ("relay-worker", "worker"),
            Self::Worker2 => ("relay-worker", "worker-2"),
            Self::Results => ("relay-results", "results"),
        }
    }
}

/// Which calls a fault is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Calls {
    Question,
    Register,
    Unregister,
    /// Questions of upstream, and the looks at changes.
    List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub(crate) enum Fault {
    /// Not executed, no answer.
    LostRequest,
    /// Executed, no answer.
    LostReply,
    /// Executed, and the answer breaks off.
    CutReply,
    /// Answered late, or not executed if the client goes away before.
    SlowReply {
        ms: u64,
    },
    /// Executed after this time, whether or not the client still waits.
    LateExecution {
        ms: u64,
    },
    Http500,
    Http503,
    #[serde(rename = "soap_fault")]
    Soap,
}

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

    pub(crate) fn highest_rate(&self) -> Option<u32> {
        let changes = self.operations.iter().filter_map(|operation| {
            if let Operation::QuotaChange { rate } = operation {
                Some(*rate)
            } else {
                None
            }
        });
        // Without a rate from the start, the calls before the first change were not limited.
        self.quota.map(|first| changes.fold(first, u32::max))
    }

    /// The same without a part of its operations.
    pub(crate) fn without(&self, from: usize, count: usize) -> Self {
        let mut less = self.clone();
        less.operations
            .drain(from..(from + count).min(self.operations.len()));
        less
    }
}

fn scripts() -> impl Strategy<Value = Script> {
    let rates = prop_oneof![Just(12u32), Just(25), Just(50)];
    (
        6usize..=10,
        prop_oneof![1 => Just(0u64), 3 => 20u64..250],
        prop::bool::weighted(0.4),
        prop::option::weighted(0.4, rates),
        vec(phrase(), 45..90),
    )
        .prop_map(|(people, latency_ms, circuit, quota, operations)| Script {
            note: String::new(),
            people,
            latency_ms,
            circuit,
            quota,
            operations: bounded(operations.concat(), quota.is_some()),
        })
}

/// At most one long interruption of each server: they take most of a script's time. Rates only where one is set from
/// the start.
fn bounded(mut operations: Vec<Operation>, quota: bool) -> Vec<Operation> {
    let (mut broker, mut database, mut cuts) = (0, 0, 0);
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
        Operation::QuotaChange { .. } => quota,
        Operation::Submit { .. }
        | Operation::Again { .. }
        | Operation::Cancel { .. }
        | Operation::Kill9 { .. }
        | Operation::Stop { .. }
        | Operation::Pause { .. }
        | Operation::CutDatabase
        | Operation::Fault { .. }
        | Operation::Wait { .. } => true,
    });
    operations
}

/// One operation; or a few of which it is known that they meet where it hurts, as far as chance does not say otherwise.
fn phrase() -> impl Strategy<Value = Vec<Operation>> {
    let pause = |service, ms| Operation::Pause { service, ms };
    let wait = || (0u64..300).prop_map(|ms| Operation::Wait { ms });
    // What the broker holds, and nobody has taken.
    let wiped = (vec(submit(), 2..6), wait()).prop_map(move |(submits, wait)| {
        let begin = [pause(Target::Producer, 2500)];
        let end = [wait, Operation::BrokerWipe];
        begin.into_iter().chain(submits).chain(end).collect()
    });
    // What workers hold.
    let held = (vec(submit(), 2..6), wait(), interruption());
    let held = held.prop_map(|(submits, wait, end)| submits.into_iter().chain([wait, end]).collect());
    // The same, of a CBSS that fails at the moment.
    let lost = (trouble(), vec(submit(), 3..7), wait(), interruption());
    let lost = lost.prop_map(|((calls, fault), submits, wait, end)| {
        let begin = [Operation::Fault {
            calls,
            fault,
            times: 3,
        }];
        begin.into_iter().chain(submits).chain([wait, end]).collect()
    });
    // What nobody has said yet.
    let silent = (vec(submit(), 2..6), wait(), interruption()).prop_map(move |(submits, wait, end)| {
        let begin = [pause(Target::Results, 1200)];
        begin.into_iter().chain(submits).chain([wait, end]).collect()
    });
    prop_oneof![
        40 => operation().prop_map(|operation| vec![operation]),
        1 => wiped,
        2 => held,
        4 => lost,
        1 => silent,
    ]
}

/// Something ends in the middle of its work.
fn interruption() -> impl Strategy<Value = Operation> {
    let worker = || prop_oneof![Just(Target::Worker), Just(Target::Worker2)];
    let kill = |service| Operation::Kill9 { service, down_ms: 0 };
    prop_oneof![
        3 => worker().prop_map(kill),
        1 => Just(kill(Target::Results)),
        1 => Just(kill(Target::Producer)),
        3 => (worker(), 3200u64..LONGEST_PAUSE_MS).prop_map(|(service, ms)| Operation::Pause { service, ms }),
        1 => Just(Operation::DatabaseRestart),
        1 => Just(Operation::CutDatabase),
        1 => Just(Operation::CutBroker),
    ]
}

fn submit() -> impl Strategy<Value = Operation> {
    let kind = prop_oneof![
        4 => Just(Kind::Question),
        4 => Just(Kind::Register),
        4 => Just(Kind::Unregister),
        1 => Just(Kind::List),
    ];
    (0usize..10, kind, prop::bool::weighted(0.05)).prop_map(|(person, kind, other_period)| {
        Operation::Submit {
            person,
            kind,
            other_period,
        }
    })
}

fn operation() -> impl Strategy<Value = Operation> {
    let target = || prop::sample::select(Target::ALL.to_vec());
    let worker = prop_oneof![2 => Just(Target::Worker), 2 => Just(Target::Worker2), 3 => target()];
    let pause = prop_oneof![3 => 200u64..1500, 1 => 3200u64..LONGEST_PAUSE_MS];
    let down = || prop_oneof![1 => Just(0u64), 1 => 100u64..2500];
    prop_oneof![
        36 => submit(),
        2 => (0usize..6).prop_map(|back| Operation::Again { back }),
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
        12 => (20u64..600).prop_map(|ms| Operation::Wait { ms }),
    ]
}

fn calls() -> impl Strategy<Value = Calls> {
    prop_oneof![
        2 => Just(Calls::Question),
        3 => Just(Calls::Register),
        3 => Just(Calls::Unregister),
        1 => Just(Calls::List),
    ]
}

/// Which calls, and what happens to them. That a change is executed late is what looks are there for.
fn trouble() -> impl Strategy<Value = (Calls, Fault)> {
    let change = prop_oneof![Just(Calls::Register), Just(Calls::Unregister)];
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
        1 => Just(Fault::Http500),
        1 => Just(Fault::Http503),
        1 => Just(Fault::Soap),
    ]
}

#[test]
fn a_seed_makes_one_script_and_a_file_keeps_it() {
    let script = Script::generated(7);
    let text = serde_json::to_string(&script).expect("JSON");
    assert_eq!(text, serde_json::to_string(&Script::generated(7)).expect("JSON"));
    let read: Script = serde_json::from_str(&text).expect("a script");
    assert_eq!(read.operations, script.operations);
    assert_ne!(Script::generated(8).operations, script.operations);
}
