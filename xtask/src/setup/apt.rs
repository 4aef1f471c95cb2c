//! Debian's packages, installed without starting their services.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::cargo::run;
use crate::progress::say;

static UPDATED: OnceCell<()> = OnceCell::const_new();

/// apt-get, usable.
pub(crate) struct Apt;

impl Apt {
    /// # Errors
    /// When this is no Debian-like system, or we are not root.
    pub(crate) async fn find() -> anyhow::Result<Self> {
        let id = Command::new("id")
            .arg("-u")
            .output()
            .await
            .context("asking who we are")?;
        let root = id.stdout.trim_ascii() == b"0";
        let debian = Path::new("/usr/bin/apt-get").exists();
        ensure!(
            root && debian,
            "packages are installed for you only on Debian and Ubuntu, and only for root: install PostgreSQL 15 or \
             newer (server and client programs) and RabbitMQ 3.10 or newer with your system's means"
        );
        Ok(Self)
    }

    /// Installs packages from the system's own sources, saying so.
    pub(crate) async fn install(&self, packages: &[&str]) -> anyhow::Result<()> {
        UPDATED
            .get_or_try_init(async || {
                say("apt-get update");
                run(&mut apt_get(&["update"])).await
            })
            .await?;
        say(&format!(
            "apt-get install {}, whose services are kept from starting",
            packages.join(" ")
        ));
        let _guard = NoServices::under(Path::new("/"))?;
        let mut command = apt_get(&["install", "--yes", "--no-install-recommends"]);
        // A configuration file that is there already stays.
        command
            .args(["-o", "Dpkg::Options::=--force-confold"])
            .args(packages);
        run(&mut command).await
    }

    /// Installs PostgreSQL, without the cluster that its package would make.
    pub(crate) async fn postgres(&self) -> anyhow::Result<()> {
        let settings = Path::new("/etc/postgresql-common/createcluster.conf");
        if !settings.exists() {
            fs::create_dir_all("/etc/postgresql-common").context("creating /etc/postgresql-common")?;
            fs::write(settings, "create_main_cluster = false\n")
                .with_context(|| format!("writing {}", settings.display()))?;
        }
        self.install(&["postgresql", "postgresql-client"]).await
    }
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(["--quiet", "-o", "DPkg::Lock::Timeout=300"])
        .args(arguments);
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C.UTF-8");
    command.stdin(std::process::Stdio::null());
    command
}

/// As long as it lives, packages that are installed don't start their services: a policy-rc.d says so.
/// The file that was there before comes back afterwards.
pub(crate) struct NoServices {
    policy: PathBuf,
    saved: PathBuf,
}

impl NoServices {
    /// For the system under `root`.
    pub(crate) fn under(root: &Path) -> anyhow::Result<Self> {
        let policy = root.join("usr/sbin/policy-rc.d");
        let saved = root.join("usr/sbin/policy-rc.d.before-cbss-relay");
        let failed = || format!("replacing {}", policy.display());
        // One that is saved already comes from a run that was killed, and is the real one.
        if !saved.exists() {
            match fs::rename(&policy, &saved) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                outcome => outcome.with_context(failed)?,
            }
        }
        let guard = Self { policy, saved };
        fs::write(
            &guard.policy,
            "#!/bin/sh\n# Temporary, by cargo xtask: no service starts.\nexit 101\n",
        )
        .and_then(|()| fs::set_permissions(&guard.policy, fs::Permissions::from_mode(0o755)))
        .with_context(|| format!("writing {}", guard.policy.display()))?;
        Ok(guard)
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        let restored = match fs::rename(&self.saved, &self.policy) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::remove_file(&self.policy),
            outcome => outcome,
        };
        if let Err(error) = restored {
            say(&format!(
                "{} could not be restored: {error}",
                self.policy.display()
            ));
        }
    }
}
