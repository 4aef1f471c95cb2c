//! A private RabbitMQ server: stock, no plugin.

mod access;
mod definitions;

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use nix::sys::signal::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub use access::{RabbitAccess, Vhost};
pub use definitions::{RELAY, UPSTREAM};

use crate::account::Account;
use crate::install::RabbitInstall;
use crate::port::arbitrary_number;
use crate::process::{Daemon, ProcessId};
use crate::run_dir::{RunDir, default_base};

/// The variable that names the default of [`RabbitMqOptions::root`].
pub const ROOT: &str = "RELAY_RABBITMQ_ROOT";

const START_TIMEOUT: Duration = Duration::from_secs(120);
/// The base of run directories inside another root.
pub const RUNS: &str = "srv/relay-run";

const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// How to set up a server.
#[derive(Debug, Clone)]
pub struct RabbitMqOptions {
    /// The directory of another system that holds RabbitMQ (a chroot); needs root. By default
    /// `$RELAY_RABBITMQ_ROOT`.
    pub root: Option<PathBuf>,
    /// How many virtual hosts are made before the server takes connections. More are made one by one
    /// when these are used up, which takes half a second each.
    pub vhosts: usize,
    /// More lines for rabbitmq.conf.
    pub settings: Vec<String>,
}

impl Default for RabbitMqOptions {
    fn default() -> Self {
        Self {
            root: None,
            vhosts: 4,
            settings: Vec::new(),
        }
    }
}

/// A server of our own. Dropped, it is killed and its data is removed.
#[derive(Debug)]
pub struct RabbitMq {
    // Order matters: the processes end before their directory goes.
    daemon: Option<Daemon>,
    _epmd: Daemon,
    run_dir: RunDir,
    install: RabbitInstall,
    account: Option<Account>,
    access: RabbitAccess,
}

impl RabbitMq {
    /// Sets a server up and starts it; returns when it takes connections.
    ///
    /// # Errors
    /// When RabbitMQ is not installed or doesn't start; the error holds the end of its log.
    pub async fn start(options: RabbitMqOptions) -> anyhow::Result<Self> {
        let install = RabbitInstall::find(options.root.as_deref())?;
        let account = Account::unprivileged(&["rabbitmq"])?;
        let run_dir = match &options.root {
            // The server must see its directory.
            Some(root) if !default_base().starts_with(root) => RunDir::create_in(&root.join(RUNS))?,
            Some(_) | None => RunDir::create()?,
        };
        let access = RabbitAccess::new(&install, account, run_dir.path())?;
        let log = run_dir.path().join("epmd.log");
        let mut command = access.command(&install.epmd);
        command.arg("-port").arg(access.epmd_port().to_string());
        let mut epmd = Daemon::spawn("epmd", &mut command, &log)?;
        let address = (Ipv4Addr::LOCALHOST, access.epmd_port());
        epmd.ready(START_TIMEOUT, async || TcpStream::connect(address).await.is_ok())
            .await?;
        let mut server = Self {
            daemon: None,
            _epmd: epmd,
            run_dir,
            install,
            account,
            access,
        };
        server.write_files(&options)?;
        server.start_again().await?;
        Ok(server)
    }

    /// How to reach it.
    pub fn access(&self) -> &RabbitAccess {
        &self.access
    }

    /// The version, such as `3.10.8`.
    pub fn version(&self) -> &str {
        &self.install.version
    }

    /// The main process, when it runs.
    pub fn process(&self) -> Option<ProcessId> {
        self.daemon.as_ref().map(Daemon::id)
    }

    /// A virtual host that nobody else uses; see [`RabbitAccess::vhost`].
    ///
    /// # Errors
    /// When none is left and the server can't make another.
    pub async fn vhost(&self) -> anyhow::Result<Vhost> {
        self.access.vhost().await
    }

    /// Starts it on its port and data, after [`stop`](Self::stop) or [`kill`](Self::kill).
    ///
    /// # Errors
    /// When it runs already or doesn't start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        ensure!(self.daemon.is_none(), "RabbitMQ runs already");
        let mut command = self.server_command();
        let mut daemon = Daemon::spawn("RabbitMQ", &mut command, &self.path("rabbitmq.log"))?;
        let port = self.access.port();
        daemon.ready(START_TIMEOUT, async || greets(port).await).await?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Stops it in order.
    ///
    /// # Errors
    /// When it doesn't run, or doesn't end.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let mut daemon = self.daemon.take().context("RabbitMQ doesn't run")?;
        daemon.end(Signal::SIGTERM, STOP_TIMEOUT).await?;
        Ok(())
    }

    /// Kills all of its processes (SIGKILL), as a crash of the machine would.
    ///
    /// # Errors
    /// When it doesn't run, or a process survives.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        // Ra keeps the names of quorum queues in a DETS file that it writes out every few minutes. A queue that
        // is younger than that has no leader after a hard kill, ever: a test's queues are made to look older.
        if self.process().is_some() && std::env::var_os("NO_SYNC").is_none() {
            self.access
                .ctl(&["eval", "lists:foreach(fun dets:sync/1, dets:all())."])
                .await
                .context("writing out the names of the queues")?;
        }
        self.daemon.take().context("RabbitMQ doesn't run")?.kill().await
    }

    /// Throws its whole disk away and starts it empty, on the same port. Virtual hosts and users are
    /// there again (with those that were handed out), queues, exchanges and messages are not.
    ///
    /// # Errors
    /// When it doesn't start.
    pub async fn wipe(&mut self) -> anyhow::Result<()> {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().await?;
        }
        fs::remove_dir_all(self.path("data")).context("removing RabbitMQ's data")?;
        self.create_owned("data")?;
        self.start_again().await
    }

    fn path(&self, name: &str) -> PathBuf {
        self.run_dir.path().join(name)
    }

    fn create_owned(&self, name: &str) -> anyhow::Result<()> {
        let path = self.path(name);
        fs::create_dir(&path).with_context(|| format!("creating {}", path.display()))?;
        self.own(&path)
    }

    fn own(&self, path: &Path) -> anyhow::Result<()> {
        self.account.map_or(Ok(()), |account| account.own(path))
    }

    fn write_files(&self, options: &RabbitMqOptions) -> anyhow::Result<()> {
        for directory in ["data", "home", "log"] {
            self.create_owned(directory)?;
        }
        // A cookie of our own, readable by its owner only, or Erlang refuses it.
        let cookie = self.path("home/.erlang.cookie");
        fs::write(&cookie, format!("{:016X}", arbitrary_number())).context("writing the cookie")?;
        fs::set_permissions(&cookie, fs::Permissions::from_mode(0o400)).context("protecting the cookie")?;
        self.own(&cookie)?;
        let definitions = definitions::initial(options.vhosts);
        let write = |name: &str, text: String| {
            fs::write(self.path(name), text).with_context(|| format!("writing {}", self.path(name).display()))
        };
        write(access::DEFINITIONS, serde_json::to_string_pretty(&definitions)?)?;
        write("enabled_plugins", "[].\n".into())?;
        let mut settings = format!(
            "listeners.tcp.1 = 127.0.0.1:{}\nload_definitions = {}\nlog.file.level = info\n\
             vm_memory_high_watermark.absolute = 2GB\ndisk_free_limit.absolute = 50MB\n",
            self.access.port(),
            self.access.inside(access::DEFINITIONS).display(),
        );
        for line in &options.settings {
            settings.push_str(line);
            settings.push('\n');
        }
        write("rabbitmq.conf", settings)?;
        fs::create_dir(self.path(access::TAKEN)).context("creating the directory of used virtual hosts")
    }

    fn server_command(&self) -> Command {
        let mut command = self.access.command(&self.install.scripts.join("rabbitmq-server"));
        let access = &self.access;
        command
            // The script then becomes the server, in place of staying between us and it.
            .env("RUNNING_UNDER_SYSTEMD", "true")
            .env("RABBITMQ_MNESIA_BASE", access.inside("data"))
            .env("RABBITMQ_LOG_BASE", access.inside("log"))
            .env("RABBITMQ_CONFIG_FILE", access.inside("rabbitmq.conf"))
            .env("RABBITMQ_ADVANCED_CONFIG_FILE", access.inside("none.config"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", access.inside("enabled_plugins"))
            .env("RABBITMQ_DIST_PORT", access.dist_port().to_string())
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
            );
        command
    }
}

/// Whether a broker answers the protocol header of AMQP 0-9-1 with a frame. It opens its port last, when
/// the definitions are loaded.
async fn greets(port: u16) -> bool {
    let exchange = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(b"AMQP\x00\x00\x09\x01").await?;
        stream.read_u8().await
    };
    // 1 is a method frame: connection.start.
    matches!(timeout(Duration::from_secs(2), exchange).await, Ok(Ok(1)))
}
