//! A private PostgreSQL server.

mod access;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use nix::sys::signal::Signal;

pub use access::PostgresAccess;

use crate::account::Account;
use crate::free_port;
use crate::install::PostgresInstall;
use crate::process::{Daemon, ProcessId};
use crate::run_dir::RunDir;

const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// How to set up a server. The default suits tests; durability is never turned off, as the services
/// refuse to start without it.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// `max_connections`.
    pub max_connections: u16,
    /// More settings for postgresql.conf, such as `("log_min_duration_statement", "0")`; text values
    /// with their quotes.
    pub settings: Vec<(String, String)>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            max_connections: 200,
            settings: Vec::new(),
        }
    }
}

/// A server of our own. Dropped, it is stopped and its data is removed.
#[derive(Debug)]
pub struct Postgres {
    // Order matters: the server ends before its directory goes.
    daemon: Option<Daemon>,
    run_dir: RunDir,
    install: PostgresInstall,
    account: Option<Account>,
    options: PostgresOptions,
    access: PostgresAccess,
}

impl Postgres {
    /// Creates a cluster and starts it; returns when it takes connections.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or doesn't start; the error holds the end of its log.
    pub async fn start(options: PostgresOptions) -> anyhow::Result<Self> {
        let install = PostgresInstall::find()?;
        let account = Account::unprivileged(&["postgres"])?;
        let run_dir = RunDir::create()?;
        let access = PostgresAccess::new(free_port()?, &install.bin_dir, run_dir.path());
        let mut server = Self {
            daemon: None,
            run_dir,
            install,
            account,
            options,
            access,
        };
        server.create_cluster()?;
        server.start_again().await?;
        Ok(server)
    }

    /// How to reach it.
    pub fn access(&self) -> &PostgresAccess {
        &self.access
    }

    /// The version, such as `15.18`.
    pub fn version(&self) -> &str {
        &self.install.version
    }

    /// The main process, when it runs.
    pub fn process(&self) -> Option<ProcessId> {
        self.daemon.as_ref().map(Daemon::id)
    }

    /// The server's log.
    pub fn log(&self) -> PathBuf {
        self.run_dir.path().join("postgres.log")
    }

    /// Starts it on its port and data, after [`stop`](Self::stop) or [`kill`](Self::kill).
    ///
    /// # Errors
    /// When it runs already or doesn't start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        ensure!(self.daemon.is_none(), "PostgreSQL runs already");
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data());
        let mut daemon = Daemon::spawn("PostgreSQL", &mut command, &self.log())?;
        let access = &self.access;
        daemon
            .ready(START_TIMEOUT, async || {
                access.sql("postgres", "select 1").await.is_ok()
            })
            .await?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Stops it in order; sessions are ended ("fast shutdown").
    ///
    /// # Errors
    /// When it doesn't run, or doesn't end.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let mut daemon = self.daemon.take().context("PostgreSQL doesn't run")?;
        daemon.end(Signal::SIGINT, STOP_TIMEOUT).await?;
        Ok(())
    }

    /// Kills all of its processes (SIGKILL), as a crash of the machine would.
    ///
    /// # Errors
    /// When it doesn't run, or a process survives.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.daemon.take().context("PostgreSQL doesn't run")?.kill().await
    }

    /// Throws all data away and starts empty, on the same port.
    ///
    /// # Errors
    /// When the new cluster can't be made or started.
    pub async fn wipe(&mut self) -> anyhow::Result<()> {
        if self.daemon.is_some() {
            self.kill().await?;
        }
        free_shared_memory(&self.data());
        fs::remove_dir_all(self.data()).context("removing PostgreSQL's data")?;
        self.create_cluster()?;
        self.start_again().await
    }

    fn data(&self) -> PathBuf {
        self.run_dir.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.install.bin_dir.join(program));
        let (name, value) = self.run_dir.marker();
        command
            .env(name, value)
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .current_dir(self.run_dir.path());
        if let Some(account) = self.account {
            account.apply(&mut command);
        }
        command
    }

    fn create_cluster(&self) -> anyhow::Result<()> {
        let data = self.data();
        let password_file = self.run_dir.path().join("password");
        fs::create_dir(&data).with_context(|| format!("creating {}", data.display()))?;
        fs::write(&password_file, self.access.password()).context("writing the password file")?;
        if let Some(account) = self.account {
            account.own(&data)?;
            account.own(&password_file)?;
        }
        // Nothing to lose here, so initdb need not wait for the disk; the server itself does.
        let mut command = self.command("initdb");
        command.args([
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--username",
        ]);
        command
            .arg(self.access.user())
            .arg("--pwfile")
            .arg(&password_file)
            .arg("-D")
            .arg(&data);
        let output = command.output().context("starting initdb")?;
        ensure!(
            output.status.success(),
            "initdb ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let path = data.join("postgresql.conf");
        // At the end of what initdb found out about this machine: the last value of a setting counts.
        let file = File::options().append(true).open(&path);
        file.and_then(|mut file| file.write_all(self.configuration().as_bytes()))
            .with_context(|| format!("writing {}", path.display()))
    }

    fn configuration(&self) -> String {
        let mut text = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = ''\nmax_connections = {}\n\
             timezone = 'UTC'\nlog_timezone = 'UTC'\nlc_messages = 'C'\n",
            self.access.port(),
            self.options.max_connections,
        );
        for (name, value) in &self.options.settings {
            text.push_str(&format!("{name} = {value}\n"));
        }
        text
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            drop(daemon);
        }
        free_shared_memory(&self.data());
    }
}

/// A killed PostgreSQL leaves its System V segment behind; postmaster.pid names it in its seventh line.
fn free_shared_memory(data: &Path) {
    let Ok(text) = fs::read_to_string(data.join("postmaster.pid")) else {
        return;
    };
    if let Some(id) = text
        .lines()
        .nth(6)
        .and_then(|line| line.split_whitespace().nth(1))
    {
        // Gone already is as good as removed.
        Command::new("ipcrm").args(["-m", id]).output().ok();
    }
}
