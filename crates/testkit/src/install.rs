//! Where the installed server binaries are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};

use crate::account::Account;

/// The oldest PostgreSQL that we run on.
pub const POSTGRES_MINIMUM: u32 = 15;

/// PostgreSQL's server and client binaries.
#[derive(Debug, Clone)]
pub struct PostgresInstall {
    /// The directory with `initdb`, `postgres` and `psql`.
    pub bin_dir: PathBuf,
    /// As `postgres --version` tells it, such as `15.18`.
    pub version: String,
}

/// RabbitMQ's scripts.
#[derive(Debug, Clone)]
pub struct RabbitInstall {
    /// The file system that holds it, when that is not ours (a chroot).
    pub root: Option<PathBuf>,
    /// The directory with `rabbitmq-server` and `rabbitmqctl`, as seen inside `root`.
    pub scripts: PathBuf,
    /// `epmd`, as seen inside `root`.
    pub epmd: PathBuf,
    /// Such as `3.10.8`; `unknown` when the directories don't tell.
    pub version: String,
}

impl PostgresInstall {
    /// The newest one: `$PG_BIN_DIR` alone when it is set, else Debian's and Red Hat's directories and `PATH`.
    ///
    /// # Errors
    /// When there is none, or only ones older than [`POSTGRES_MINIMUM`].
    pub fn find() -> anyhow::Result<Self> {
        let directories = match env::var_os("PG_BIN_DIR") {
            Some(directory) => vec![PathBuf::from(directory)],
            None => {
                let mut all = glob_versions(Path::new("/usr/lib/postgresql"), "", "bin");
                all.extend(glob_versions(Path::new("/usr"), "pgsql-", "bin"));
                all.extend(search_path("initdb").and_then(|file| Some(file.parent()?.to_owned())));
                all
            }
        };
        let mut found: Vec<(u32, Self)> = directories.into_iter().filter_map(Self::inspect).collect();
        found.sort_by_key(|(major, _)| *major);
        let Some((major, newest)) = found.pop() else {
            bail!(
                "no PostgreSQL server found (initdb, postgres and psql in one directory): install PostgreSQL \
                 {POSTGRES_MINIMUM} or newer, or set PG_BIN_DIR to the directory of its binaries"
            );
        };
        ensure!(
            major >= POSTGRES_MINIMUM,
            "PostgreSQL in {} is {}: {POSTGRES_MINIMUM} or newer is needed; PG_BIN_DIR can point to another",
            newest.bin_dir.display(),
            newest.version
        );
        Ok(newest)
    }

    fn inspect(bin_dir: PathBuf) -> Option<(u32, Self)> {
        if !["initdb", "postgres", "psql"]
            .iter()
            .all(|name| bin_dir.join(name).is_file())
        {
            return None;
        }
        let output = Command::new(bin_dir.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
        let text = String::from_utf8(output.stdout).ok()?;
        let version = text.split_whitespace().nth(2)?.to_owned();
        let digits = version
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(version.len());
        Some((version[..digits].parse().ok()?, Self { bin_dir, version }))
    }
}

impl RabbitInstall {
    /// The one in `root` (our own file system when none): `$RABBITMQ_SBIN_DIR`, Debian's directory,
    /// `PATH`. Debian's wrapper in /usr/sbin is passed over: it insists on the system's account and
    /// directories.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(root: Option<&Path>) -> anyhow::Result<Self> {
        let inside = |path: &Path| match root {
            Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
            None => path.to_owned(),
        };
        let mut candidates = vec![PathBuf::from("/usr/lib/rabbitmq/bin")];
        if root.is_none() {
            candidates.splice(0..0, env::var_os("RABBITMQ_SBIN_DIR").map(PathBuf::from));
            candidates
                .extend(search_path("rabbitmq-server").and_then(|file| Some(file.parent()?.to_owned())));
        }
        let scripts = candidates.into_iter().find(|directory| {
            // rabbitmq-env lies beside the real scripts only, not beside Debian's wrappers.
            ["rabbitmq-server", "rabbitmqctl", "rabbitmq-env"]
                .iter()
                .all(|name| fs::exists(inside(&directory.join(name))).unwrap_or(false))
        });
        let place = || {
            root.map(|root| format!(" in {}", root.display()))
                .unwrap_or_default()
        };
        let scripts = scripts.with_context(|| {
            format!(
                "no RabbitMQ found{}: install rabbitmq-server, or set RABBITMQ_SBIN_DIR to the directory of its \
                 scripts",
                place()
            )
        })?;
        let epmd = match root {
            Some(_) => Some(PathBuf::from("/usr/bin/epmd")).filter(|path| inside(path).is_file()),
            None => search_path("epmd"),
        };
        let epmd = epmd.with_context(|| format!("no epmd found{}: install Erlang", place()))?;
        let version = version_of(&inside(&scripts.join("rabbitmq-server")));
        Ok(Self {
            root: root.map(Path::to_owned),
            scripts,
            epmd,
            version,
        })
    }
}

/// A command that runs `program` (as seen inside `root`) as `account`.
pub(crate) fn command_in(root: Option<&Path>, program: &Path, account: Option<Account>) -> Command {
    match (root, account) {
        (None, None) => Command::new(program),
        (None, Some(account)) => {
            let mut command = Command::new(program);
            account.apply(&mut command);
            command
        }
        (Some(root), account) => {
            let mut command = Command::new("chroot");
            if let Some(account) = account {
                command
                    .arg(format!("--userspec={}", account.userspec()))
                    .arg("--groups=");
            }
            command.arg(root).arg(program);
            command
        }
    }
}

/// Out of `.../rabbitmq_server-3.10.8/sbin/rabbitmq-server`.
fn version_of(server: &Path) -> String {
    let real = server.canonicalize().unwrap_or_default();
    let names = real.iter().filter_map(|part| part.to_str());
    let version = names
        .into_iter()
        .find_map(|name| name.strip_prefix("rabbitmq_server-"));
    version.unwrap_or("unknown").to_owned()
}

/// The directories `<base>/<prefix><number>/<leaf>`.
fn glob_versions(base: &Path, prefix: &str, leaf: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(base).into_iter().flatten().flatten();
    let named = entries.filter(|entry| {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(prefix));
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    });
    named.map(|entry| entry.path().join(leaf)).collect()
}

/// The real file behind the first `program` on `PATH`.
pub fn search_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found = env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())?;
    found.canonicalize().ok()
}
