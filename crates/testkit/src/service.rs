//! Runs one of our own binaries as tests need it: with its output in a file, killed, paused, measured.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;
use std::{env, fs, thread};

use anyhow::{Context, ensure};
use nix::sys::signal::Signal;

use crate::process::{Daemon, ProcessId};
use crate::run_dir::MARKER;
use crate::{http, shared};

/// The variable that names the directory of our binaries, in place of the one that the running test was
/// built into.
pub const BIN_DIR: &str = "RELAY_BIN_DIR";

/// How to start a service. It can be started again and again.
#[derive(Debug, Clone)]
pub struct ServiceCommand {
    name: String,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    log: PathBuf,
}

/// A running service. Dropped, it is killed; in a failing test the end of its log is printed first.
#[derive(Debug)]
pub struct Service {
    daemon: Daemon,
}

impl ServiceCommand {
    /// Our binary `name`, with its output added to `<directory>/<name>.log`. The process belongs to the
    /// run directory that `directory` lies in.
    ///
    /// # Errors
    /// When the binary has not been built.
    pub fn new(name: &str, directory: &Path) -> anyhow::Result<Self> {
        let program = bin_dir()?.join(name);
        ensure!(
            program.is_file(),
            "{} has not been built: run `cargo build --package {name}`, or set {BIN_DIR}",
            program.display()
        );
        let environment = vec![(MARKER.into(), directory.into())];
        let log = directory.join(format!("{name}.log"));
        Ok(Self {
            name: name.to_owned(),
            program,
            arguments: Vec::new(),
            environment,
            log,
        })
    }

    /// Names this instance, where several of one binary run; its log is `<directory>/<instance>.log`.
    #[must_use]
    pub fn instance(mut self, instance: &str) -> Self {
        self.log.set_file_name(format!("{instance}.log"));
        self.name = instance.to_owned();
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Starts it, without waiting for anything.
    ///
    /// # Errors
    /// When the process can't be started.
    pub fn start(&self) -> anyhow::Result<Service> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        // A service must not come to depend on what only tests have.
        command.env_remove(shared::POSTGRES).env_remove(shared::RABBITMQ);
        Ok(Service {
            daemon: Daemon::spawn(&self.name, &mut command, &self.log)?,
        })
    }

    /// Runs it to its end, as a command line tool: status, standard output, standard error.
    ///
    /// # Errors
    /// When the process can't be started.
    pub async fn run(&self) -> anyhow::Result<std::process::Output> {
        let mut command = tokio::process::Command::new(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
            .env_remove(shared::POSTGRES)
            .env_remove(shared::RABBITMQ)
            .stdin(std::process::Stdio::null());
        let output = command.kill_on_drop(true).output().await;
        output.with_context(|| format!("starting {}", self.program.display()))
    }
}

impl Service {
    /// Its process, for signals and for what it uses.
    pub fn process(&self) -> ProcessId {
        self.daemon.id()
    }

    /// What it has written so far, in this and earlier starts.
    pub fn log(&self) -> String {
        fs::read(self.daemon.log())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Waits for the file that the service writes its address into.
    ///
    /// # Errors
    /// When the service ends first, the file holds no address, or `timeout` passes.
    pub async fn address(&mut self, file: &Path, timeout: Duration) -> anyhow::Result<SocketAddr> {
        let read = || fs::read_to_string(file).ok()?.trim().parse().ok();
        self.daemon.ready(timeout, async || read().is_some()).await?;
        read().with_context(|| format!("{} holds no address", file.display()))
    }

    /// Waits until `/readyz` at `address` answers 200.
    ///
    /// # Errors
    /// When the service ends first, or `timeout` passes; the error holds the end of its log.
    pub async fn ready(&mut self, address: SocketAddr, timeout: Duration) -> anyhow::Result<()> {
        self.daemon
            .ready(timeout, async || {
                http::get(address, "/readyz")
                    .await
                    .is_ok_and(|reply| reply.status == 200)
            })
            .await
    }

    /// The exit status, when it has ended.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        self.daemon.exited()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When `timeout` passes.
    pub async fn wait(&mut self, timeout: Duration) -> anyhow::Result<ExitStatus> {
        self.daemon.wait_exit(timeout).await
    }

    /// Asks it to stop (SIGTERM) and waits for its end.
    ///
    /// # Errors
    /// When `timeout` passes.
    pub async fn stop(&mut self, timeout: Duration) -> anyhow::Result<ExitStatus> {
        self.daemon.end(Signal::SIGTERM, timeout).await
    }

    /// Kills it (SIGKILL); returns when it is gone.
    ///
    /// # Errors
    /// When a descendant survives.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.daemon.kill().await
    }

    /// Stops it from running (SIGSTOP), until [`resume`](Self::resume).
    pub fn pause(&self) {
        self.daemon.id().signal(Signal::SIGSTOP);
    }

    /// Lets it run again (SIGCONT).
    pub fn resume(&self) {
        self.daemon.id().signal(Signal::SIGCONT);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "--- the log of {} ends so:\n{}\n---",
                self.daemon.name(),
                self.daemon.log_tail()
            );
        }
    }
}

/// `$RELAY_BIN_DIR`, else the directory of the running binary: `target/<profile>`, one above for tests.
///
/// # Errors
/// When the running binary can't be found.
pub fn bin_dir() -> anyhow::Result<PathBuf> {
    if let Some(directory) = env::var_os(BIN_DIR) {
        return Ok(directory.into());
    }
    let binary = env::current_exe().context("finding the running binary")?;
    let directory = binary.parent().context("the running binary has no directory")?;
    let built_into = if directory.ends_with("deps") {
        directory.parent()
    } else {
        None
    };
    Ok(built_into.unwrap_or(directory).to_owned())
}
