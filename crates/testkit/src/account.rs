//! The unprivileged account that a server runs as when we are root (PostgreSQL refuses root).

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use nix::unistd::{Uid, User};
use serde::{Deserialize, Serialize};

/// A user and its group, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The first of `names` that exists, else `nobody`; none when we are not root, as a server then
    /// runs as ourselves.
    ///
    /// # Errors
    /// When the user database cannot be read, or has none of the names.
    pub fn unprivileged(names: &[&str]) -> anyhow::Result<Option<Self>> {
        if !Uid::effective().is_root() {
            return Ok(None);
        }
        for name in names.iter().chain(&["nobody"]) {
            let found = User::from_name(name).with_context(|| format!("looking up the user {name}"))?;
            if let Some(user) = found {
                return Ok(Some(Self {
                    uid: user.uid.as_raw(),
                    gid: user.gid.as_raw(),
                }));
            }
        }
        anyhow::bail!("we are root, and of the users {names:?} and nobody none exists to run a server as")
    }

    /// Makes `command` run as this account, without supplementary groups.
    pub fn apply(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Gives `path` to this account.
    ///
    /// # Errors
    /// When the owner cannot be changed.
    pub fn own(self, path: &Path) -> anyhow::Result<()> {
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("changing the owner of {}", path.display()))
    }

    /// `uid:gid`, as chroot's `--userspec` takes it.
    pub fn userspec(self) -> String {
        format!("{}:{}", self.uid, self.gid)
    }
}
