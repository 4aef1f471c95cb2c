//! Processes as `/proc` shows them, and the child processes that we own.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use nix::sys::signal::{self, Signal};
use nix::unistd::{Pid, SysconfVar, sysconf};

use crate::poll_until;

/// One process. The start time tells it from a later one with the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessId {
    pid: i32,
    started: u64,
}

/// What a process used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// User and system time, with that of children that ended.
    pub cpu: Duration,
    /// Resident memory in bytes. Memory that processes of a tree share counts in each of them.
    pub resident_bytes: u64,
}

struct Stat {
    parent: i32,
    zombie: bool,
    stopped: bool,
    cpu_ticks: u64,
    started: u64,
}

impl ProcessId {
    /// The process with this number, if there is one.
    pub fn of(pid: i32) -> Option<Self> {
        Some(Self {
            pid,
            started: stat(pid)?.started,
        })
    }

    /// The process number.
    pub fn pid(self) -> i32 {
        self.pid
    }

    /// Whether this very process still runs. One that ended and is not reaped does not.
    pub fn is_alive(self) -> bool {
        stat(self.pid).is_some_and(|stat| stat.started == self.started && !stat.zombie)
    }

    /// Whether it stands still (SIGSTOP).
    pub fn is_stopped(self) -> bool {
        stat(self.pid).is_some_and(|stat| stat.started == self.started && stat.stopped)
    }

    /// Sends a signal, if this very process still runs.
    pub fn signal(self, signal: Signal) {
        if self.is_alive() {
            // The only failure left is that it ended just now, which is what the caller wants to know
            // by looking, not from here.
            signal::kill(Pid::from_raw(self.pid), signal).ok();
        }
    }

    /// This process and its descendants, parents first.
    pub fn tree(self) -> Vec<Self> {
        let everyone: Vec<(i32, i32, u64)> = pids()
            .filter_map(|pid| stat(pid).map(|stat| (pid, stat.parent, stat.started)))
            .collect();
        let mut tree = vec![self];
        let mut next = 0;
        while let Some(parent) = tree.get(next).copied() {
            let children = everyone.iter().filter(|(_, of, _)| *of == parent.pid);
            tree.extend(children.map(|&(pid, _, started)| Self { pid, started }));
            next += 1;
        }
        tree
    }

    /// What this process used, without its live children. Zero when it is gone.
    pub fn usage(self) -> Usage {
        let Some(stat) = stat(self.pid).filter(|stat| stat.started == self.started) else {
            return Usage::default();
        };
        Usage {
            cpu: ticks(stat.cpu_ticks),
            resident_bytes: resident_bytes(self.pid),
        }
    }

    /// What this process and its descendants used together.
    pub fn tree_usage(self) -> Usage {
        self.tree()
            .into_iter()
            .map(Self::usage)
            .fold(Usage::default(), |sum, one| Usage {
                cpu: sum.cpu + one.cpu,
                resident_bytes: sum.resident_bytes + one.resident_bytes,
            })
    }

    /// The value of a variable in the environment that the process was started with. None when the
    /// process is gone or belongs to somebody else.
    pub(crate) fn environment(self, name: &str) -> Option<String> {
        let environment = fs::read(format!("/proc/{}/environ", self.pid)).ok()?;
        environment.split(|&byte| byte == 0).find_map(|entry| {
            let value = entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
            String::from_utf8(value.to_vec()).ok()
        })
    }
}

/// All processes that we can see.
pub(crate) fn everyone() -> impl Iterator<Item = ProcessId> {
    pids().filter_map(ProcessId::of)
}

fn pids() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// proc_pid_stat(5). The fields start behind the last parenthesis, as a name may contain anything.
fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text[text.rfind(')')? + 1..].split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        zombie: matches!(*fields.first()?, "Z" | "X"),
        stopped: *fields.first()? == "T",
        cpu_ticks: number(11)? + number(12)? + number(13)? + number(14)?,
        started: number(19)?,
    })
}

fn ticks(count: u64) -> Duration {
    let per_second = sysconf(SysconfVar::CLK_TCK)
        .ok()
        .flatten()
        .and_then(|ticks| u64::try_from(ticks).ok());
    Duration::from_millis(count * 1000 / per_second.unwrap_or(100))
}

fn resident_bytes(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

/// A child process in a process group of its own (a Ctrl-C at the terminal does not reach it), with its
/// output in a file. Dropped, it is killed with its descendants.
#[derive(Debug)]
pub(crate) struct Daemon {
    name: String,
    child: Child,
    id: ProcessId,
    log: PathBuf,
}

impl Daemon {
    /// Starts `command`, adding its output to the file `log`.
    pub(crate) fn spawn(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let output = File::options().create(true).append(true).open(log);
        let output = output.with_context(|| format!("opening the log file {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0);
        let program = command.get_program().to_owned();
        let child = command
            .spawn()
            .with_context(|| format!("starting {name} from {}", program.display()))?;
        let pid = i32::try_from(child.id())?;
        // A child that we have not waited for keeps its entry, also when it has ended already.
        let id = ProcessId::of(pid)
            .with_context(|| format!("{name} has no entry /proc/{pid}: is /proc mounted?"))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            id,
            log: log.to_owned(),
        })
    }

    pub(crate) fn id(&self) -> ProcessId {
        self.id
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// The exit status, when the process has ended.
    pub(crate) fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits until `ready` says so; fails at once, with the end of the log, when the process ends first.
    pub(crate) async fn ready(
        &mut self,
        timeout: Duration,
        mut ready: impl AsyncFnMut() -> bool,
    ) -> anyhow::Result<()> {
        let what = format!("{} to get ready", self.name);
        let outcome = poll_until(&what, timeout, async || match self.exited() {
            Some(status) => Some(Err(status)),
            None => ready().await.then_some(Ok(())),
        });
        match outcome.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(status)) => bail!(
                "{} ended with {status}; its log ends so:\n{}",
                self.name,
                self.log_tail()
            ),
            Err(error) => {
                Err(error.context(format!("the log of {} ends so:\n{}", self.name, self.log_tail())))
            }
        }
    }

    /// Sends `signal` to the process alone and waits for its end.
    pub(crate) async fn end(&mut self, signal: Signal, timeout: Duration) -> anyhow::Result<ExitStatus> {
        self.id.signal(signal);
        self.wait_exit(timeout)
            .await
            .with_context(|| format!("{} got {signal}", self.name))
    }

    pub(crate) async fn wait_exit(&mut self, timeout: Duration) -> anyhow::Result<ExitStatus> {
        let what = format!("{} to end", self.name);
        poll_until(&what, timeout, async || self.exited()).await
    }

    /// Kills the process and its descendants (SIGKILL), and returns when all of them are gone.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        let tree = self.kill_tree();
        let what = format!("the processes of {} to be gone", self.name);
        poll_until(&what, Duration::from_secs(10), async || {
            (!tree.iter().any(|process| process.is_alive())).then_some(())
        })
        .await
    }

    fn kill_tree(&mut self) -> Vec<ProcessId> {
        let tree = self.id.tree();
        for process in &tree {
            process.signal(Signal::SIGKILL);
        }
        self.child.wait().ok();
        tree
    }

    pub(crate) fn log_tail(&self) -> String {
        tail(&self.log)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.exited().is_none() {
            self.kill_tree();
        }
    }
}

/// The last 40 lines of a file.
pub(crate) fn tail(path: &Path) -> String {
    let text = fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
