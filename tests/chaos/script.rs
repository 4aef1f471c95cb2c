//! Scripts: what is submitted and what goes wrong meanwhile, as generated from a seed or read from a file.

mod generate;
mod phrases;

use serde::{Deserialize, Serialize};

/// How long the CBSS is given to finish what it may be doing, from the end of the lease on.
pub(crate) const SETTLE_MS: u64 = 3000;
/// A call's whole time-out.
pub(crate) const CALL_MS: u64 = 1500;
/// How long a lease outlives the call.
pub(crate) const MARGIN_MS: u64 = 1000;

/// One scenario on a fresh database and virtual host.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
    /// Requests per second of the environment.
    #[serde(default)]
    pub(crate) quota: Option<u32>,
    /// Calls open at once in the environment.
    #[serde(default)]
    pub(crate) concurrent: Option<u32>,
    /// Requests per second of the second organisation.
    #[serde(default)]
    pub(crate) second_quota: Option<u32>,
    /// Is a decision of unknown outcome sent again under its number?
    #[serde(default)]
    pub(crate) same_attest: bool,
    /// Does an operator decide about all that is uncertain at the end?
    #[serde(default)]
    pub(crate) settle: bool,
    /// In order.
    pub(crate) operations: Vec<Operation>,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "op", deny_unknown_fields)]
pub(crate) enum Operation {
    /// A submission under a new key.
    Submit(Submission),
    /// An earlier submission once more, as it was.
    Again { back: usize },
    /// The key of an earlier submission that was accepted, with another person or requester.
    Conflict { back: usize, requester: bool },
    /// A submission of the second organisation that is to follow a job of the first one.
    Foreign { person: usize },
    /// An earlier submission is withdrawn.
    Cancel { back: usize },
    /// SIGKILL; started again after this time.
    Kill9 { service: Target, down_ms: u64 },
    /// SIGKILL of the worker that looks a change up, as soon as one does. Started again after this time.
    KillLooking { down_ms: u64 },
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
    /// An operator sets the environment's rate.
    QuotaChange { rate: u32 },
    /// An operator opens a new round of one of the jobs that failed or ended with errors; its sender withdraws it in the
    /// same moment, or not.
    Retry { nth: usize, cancel: bool },
    /// An operator finds out whether an uncertain change was made, and says so.
    Resolve { nth: usize },
    /// An operator puts an organisation's dead letters aside: those that are uncertain, or that failed.
    Discard {
        organisation: Organisation,
        uncertain: bool,
    },
    /// An operator pauses a lane, and resumes it after this time.
    LanePause {
        organisation: Organisation,
        access: bool,
        ms: u64,
    },
    /// An operator announces a window from now on.
    Maintenance { ms: u64 },
    /// Nothing happens.
    Wait { ms: u64 },
}

/// What is submitted, and when it may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Submission {
    pub(crate) person: usize,
    pub(crate) kind: Kind,
    /// For a period that overlaps the usual one: what is found then decides nothing.
    #[serde(default)]
    pub(crate) other_period: bool,
    #[serde(default)]
    pub(crate) organisation: Organisation,
    #[serde(default)]
    pub(crate) priority: Priority,
    /// From its sending on.
    #[serde(default)]
    pub(crate) not_before_ms: Option<u64>,
    /// From its sending on.
    #[serde(default)]
    pub(crate) deadline_ms: Option<u64>,
    /// After the job of the organisation's own submission that many before.
    #[serde(default)]
    pub(crate) after: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Organisation {
    #[default]
    Eupen,
    Ghent,
}

impl Organisation {
    pub(crate) const ALL: [Self; 2] = [Self::Eupen, Self::Ghent];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Eupen => relay_testkit::installation::ORGANISATION,
            Self::Ghent => "ghent-test",
        }
    }

    /// The user at the broker.
    pub(crate) fn user(self) -> &'static str {
        match self {
            Self::Eupen => relay_testkit::installation::UPSTREAM_USER,
            Self::Ghent => "ghent",
        }
    }

    /// The second one is nobody's.
    pub(crate) fn cbe_number(self) -> &'static str {
        match self {
            Self::Eupen => "0212344876",
            Self::Ghent => "0999999922",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Priority {
    Interactive,
    #[default]
    Normal,
    Batch,
}

impl Priority {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Normal => "normal",
            Self::Batch => "batch",
        }
    }

    /// As the record has it.
    pub(crate) fn rank(self) -> i64 {
        match self {
            Self::Interactive => 0,
            Self::Normal => 1,
            Self::Batch => 2,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Question,
    Register,
    Unregister,
    List,
    /// A change with nothing to look at: a form of Loi65 C.
    Decision,
}

impl Kind {
    pub(crate) fn is_change(self) -> bool {
        match self {
            Self::Register | Self::Unregister | Self::Decision => true,
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
    Decision,
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
    Http404,
    Http500,
    Http503,
    #[serde(rename = "soap_fault")]
    Soap,
}

impl Script {
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

    /// For files about it: two scripts made of one differ in length.
    pub(crate) fn name(&self) -> String {
        let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let note: String = self.note.chars().map(word).collect();
        format!("{note}-{}", self.operations.len())
    }

    /// The same without a part of its operations.
    pub(crate) fn without(&self, from: usize, count: usize) -> Self {
        let mut less = self.clone();
        less.operations
            .drain(from..(from + count).min(self.operations.len()));
        less
    }
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
