//! RabbitMQ 4 on a Debian 12: the package of Debian 13 in a directory tree of its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use relay_testkit::install::{RabbitInstall, search_path};
use relay_testkit::run_dir::state_dir;
use tokio::process::Command;

use crate::cargo::run;
use crate::progress::say;
use crate::setup::{Apt, NoServices};

/// The tree that holds it; made on first use, which takes some minutes, and kept in `.relay/chroot`.
pub(crate) async fn root() -> anyhow::Result<PathBuf> {
    let root = state_dir().join("chroot/trixie");
    if !root.exists() {
        create(&root)
            .await
            .context("installing RabbitMQ 4 into a chroot")?;
    }
    let install = RabbitInstall::find(Some(&root))
        .with_context(|| format!("{} is damaged: remove it and try again", root.display()))?;
    say(&format!("RabbitMQ {} in {}", install.version, root.display()));
    Ok(root)
}

async fn create(root: &Path) -> anyhow::Result<()> {
    let apt = Apt::find().await?;
    if search_path("debootstrap").is_none() {
        apt.install(&["debootstrap"]).await?;
    }
    // Finished under another name first: what has the right name is complete.
    let unfinished = root.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).with_context(|| format!("removing {}", unfinished.display()))?;
    }
    fs::create_dir_all(&unfinished).with_context(|| format!("creating {}", unfinished.display()))?;
    say(&format!("debootstrap of Debian 13 into {}", unfinished.display()));
    let mut command = Command::new("debootstrap");
    command.arg("--variant=minbase").arg("trixie").arg(&unfinished);
    run(&mut command).await?;
    say("installing rabbitmq-server there");
    let guard = NoServices::under(&unfinished)?;
    let mut command = inside(&unfinished);
    command.args([
        "apt-get",
        "--quiet",
        "install",
        "--yes",
        "--no-install-recommends",
        "rabbitmq-server",
    ]);
    run(&mut command).await?;
    drop(guard);
    fs::rename(&unfinished, root).with_context(|| format!("naming {}", root.display()))
}

fn inside(root: &Path) -> Command {
    let mut command = Command::new("chroot");
    command
        .arg(root)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", "/root");
    command
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(std::process::Stdio::null());
    command
}
