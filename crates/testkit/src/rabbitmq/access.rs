use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::definitions;
use crate::account::Account;
use crate::free_port;
use crate::install::{RabbitInstall, command_in};
use crate::run_dir::MARKER;

pub(super) const DEFINITIONS: &str = "definitions.json";
/// A directory with a file for each virtual host that was handed out.
pub(super) const TAKEN: &str = "vhosts";

/// How to reach a private RabbitMQ. As JSON it goes to the processes of a test run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RabbitAccess {
    port: u16,
    dist_port: u16,
    epmd_port: u16,
    node: String,
    root: Option<PathBuf>,
    account: Option<Account>,
    scripts: PathBuf,
    run_dir: PathBuf,
    /// The run directory as the server sees it.
    inside: PathBuf,
}

/// A virtual host of one test.
#[derive(Debug, Clone)]
pub struct Vhost {
    name: String,
    port: u16,
}

impl Vhost {
    /// Its name, which needs no escaping in a URL.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The AMQP URL for one of the users [`RELAY`](super::RELAY) and [`UPSTREAM`](super::UPSTREAM).
    pub fn url(&self, user: &str) -> String {
        format!("amqp://{user}:{user}@127.0.0.1:{}/{}", self.port, self.name)
    }
}

impl RabbitAccess {
    pub(super) fn new(
        install: &RabbitInstall,
        account: Option<Account>,
        run_dir: &Path,
    ) -> anyhow::Result<Self> {
        ensure!(
            install.root.is_none() || account.is_some(),
            "only root can start a RabbitMQ in another root"
        );
        let inside = match &install.root {
            Some(root) => Path::new("/").join(run_dir.strip_prefix(root.canonicalize()?)?),
            None => run_dir.to_owned(),
        };
        let port = free_port()?;
        Ok(Self {
            port,
            dist_port: free_port()?,
            epmd_port: free_port()?,
            node: format!("relay-{port}@localhost"),
            root: install.root.clone(),
            account,
            scripts: install.scripts.clone(),
            run_dir: run_dir.to_owned(),
            inside,
        })
    }

    /// The AMQP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn dist_port(&self) -> u16 {
        self.dist_port
    }

    pub(super) fn epmd_port(&self) -> u16 {
        self.epmd_port
    }

    /// A path in the run directory, as the server sees it.
    pub(super) fn inside(&self, name: &str) -> PathBuf {
        self.inside.join(name)
    }

    /// A virtual host that no other test of this run has or had.
    ///
    /// # Errors
    /// When none is left and the server can't make another.
    pub async fn vhost(&self) -> anyhow::Result<Vhost> {
        for number in 0.. {
            let name = format!("t{number}");
            let taken = File::create_new(self.run_dir.join(TAKEN).join(&name));
            match taken {
                Ok(_) => {
                    self.ensure_vhost(&name).await?;
                    return Ok(Vhost {
                        name,
                        port: self.port,
                    });
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).context("taking a virtual host of the test run"),
            }
        }
        unreachable!("the numbers don't end")
    }

    /// The definitions file is what a wiped server starts from, so new virtual hosts go there too.
    async fn ensure_vhost(&self, name: &str) -> anyhow::Result<()> {
        let path = self.run_dir.join(DEFINITIONS);
        let turn = File::open(self.run_dir.join(TAKEN)).context("opening the lock of the definitions")?;
        let turn = tokio::task::spawn_blocking(move || turn.lock().map(|()| turn)).await?;
        let _turn = turn.context("locking the definitions")?;
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let mut all: Value = serde_json::from_str(&text)?;
        if definitions::has_vhost(&all, name) {
            return Ok(());
        }
        let more = definitions::vhost(name);
        let file = format!("{name}.json");
        fs::write(self.run_dir.join(&file), more.to_string()).context("writing definitions")?;
        let inside = self.inside(&file);
        let inside = inside.to_str().context("the run directory's path is not UTF-8")?;
        self.ctl(&["import_definitions", inside]).await?;
        definitions::append(&mut all, &more);
        fs::write(&path, serde_json::to_string_pretty(&all)?).context("writing definitions")
    }

    /// Runs `rabbitmqctl` with these arguments; gives its standard output.
    ///
    /// # Errors
    /// With what it says, when it fails.
    pub async fn ctl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.command(&self.scripts.join("rabbitmqctl"));
        command.arg("--quiet").args(arguments).stdin(Stdio::null());
        let output = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .output()
            .await;
        let output = output.context("starting rabbitmqctl")?;
        ensure!(
            output.status.success(),
            "rabbitmqctl {} ended with {}: {}{}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stdout).trim(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// A command of this server's installation, as the server's account, that knows its node, cookie and
    /// ports, and nothing of the machine's own RabbitMQ.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = command_in(self.root.as_deref(), program, self.account);
        command
            .env(MARKER, &self.run_dir)
            .env("HOME", self.inside("home"))
            .env("LC_ALL", "C.UTF-8")
            .env("RABBITMQ_NODENAME", &self.node)
            .env("RABBITMQ_CONF_ENV_FILE", self.inside("none.conf"))
            .env("ERL_EPMD_PORT", self.epmd_port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            // Any free port, for its own side of the conversation with the server.
            .env("RABBITMQ_CTL_DIST_PORT_MIN", "0")
            .env("RABBITMQ_CTL_DIST_PORT_MAX", "0")
            .current_dir("/");
        command
    }
}
