//! Directories of a run, and what a killed run left behind.
//!
//! A run directory is `<base>/<random name>`, and its owner holds a lock on the file `lock` in it as
//! long as it lives: the kernel gives the lock back however the owner ends. A directory whose lock is
//! free is therefore a leftover; whoever creates the next directory under the same base ends the
//! processes that carry its path in their environment, and removes it.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use nix::sys::signal::Signal;
use nix::unistd::Uid;

use crate::port::arbitrary_number;
use crate::process::{ProcessId, everyone};

/// The variable that every process of a run carries: the path of its run directory.
pub const MARKER: &str = "RELAY_RUN_MARKER";

/// The variable that names the base of run directories, in place of `run` in the [`state_dir`].
pub const BASE: &str = "RELAY_RUN_DIR";

const LOCK: &str = "lock";
/// In the base. Another name, as the base may be the run directory of a whole test run.
const TURN: &str = "turn";

/// A directory of our own. Dropped, the processes that belong to it are ended and it is removed.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    _lock: File,
}

impl RunDir {
    /// A new directory under [`default_base`], after leftovers there were removed.
    ///
    /// # Errors
    /// When directories or lock files cannot be made.
    pub fn create() -> anyhow::Result<Self> {
        Self::create_in(&default_base())
    }

    /// A new directory under `base`, after leftovers there were removed.
    ///
    /// # Errors
    /// When directories or lock files cannot be made.
    pub fn create_in(base: &Path) -> anyhow::Result<Self> {
        let failed = || format!("creating a run directory under {}", base.display());
        fs::create_dir_all(base).with_context(failed)?;
        let base = base.canonicalize().with_context(failed)?;
        // Creating and sweeping exclude each other: a directory is not seen before it is locked.
        let turn = File::create(base.join(TURN)).with_context(failed)?;
        turn.lock().with_context(failed)?;
        sweep(&base)?;
        let path = base.join(format!("{:016x}", arbitrary_number()));
        fs::create_dir(&path).with_context(failed)?;
        // Servers run as other users, and must reach their own directory in it.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).with_context(failed)?;
        let lock = File::create(path.join(LOCK)).with_context(failed)?;
        lock.lock().with_context(failed)?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The environment variable that marks a process as part of this run.
    pub fn marker(&self) -> (&'static str, &Path) {
        (MARKER, &self.path)
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            eprintln!("{error:#}; the next run tries again");
        }
    }
}

/// Where run directories go: `$RELAY_RUN_DIR`, else `run` in the [`state_dir`].
pub fn default_base() -> PathBuf {
    std::env::var_os(BASE).map_or_else(|| state_dir().join("run"), PathBuf::from)
}

/// Where everything goes that tests and tools leave on the disk: `.relay` in the workspace, or, when we are
/// root and other users may not enter the workspace, `cbss-relay` in the directory for temporary files.
pub fn state_dir() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."));
    if Uid::effective().is_root() && !workspace.ancestors().all(others_may_enter) {
        return std::env::temp_dir().join("cbss-relay");
    }
    workspace.join(".relay")
}

fn others_may_enter(directory: &Path) -> bool {
    fs::metadata(directory).is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
}

/// Removes what ended runs left under `base`.
fn sweep(base: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(base).with_context(|| format!("reading {}", base.display()))? {
        let path = entry?.path();
        let Ok(lock) = File::open(path.join(LOCK)) else {
            // Its owner ended before the lock file was there (then it is empty), or it is not ours.
            fs::remove_dir(&path).ok();
            continue;
        };
        match lock.try_lock() {
            Ok(()) => remove(&path)?,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("locking {}", path.join(LOCK).display()));
            }
        }
    }
    Ok(())
}

fn remove(path: &Path) -> anyhow::Result<()> {
    end_processes(path);
    fs::remove_dir_all(path).with_context(|| format!("removing the run directory {}", path.display()))
}

/// Ends every process that is marked with `path` or a directory in it: asked first (SIGTERM, which lets
/// PostgreSQL give back its shared memory), then killed.
fn end_processes(path: &Path) {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut signal = Signal::SIGTERM;
    for round in 0..500 {
        if round == 150 {
            signal = Signal::SIGKILL;
        }
        let ours = marked(path);
        if ours.is_empty() {
            return;
        }
        if round == 0 || signal == Signal::SIGKILL {
            for process in ours {
                process.signal(signal);
            }
        }
        thread::sleep(PAUSE);
    }
}

/// The live processes whose environment proves that they belong to the run directory `path`.
pub(crate) fn marked(path: &Path) -> Vec<ProcessId> {
    let this = i32::try_from(std::process::id()).unwrap_or_default();
    everyone()
        .filter(|process| process.pid() != this && process.is_alive())
        .filter(|process| {
            process
                .environment(MARKER)
                .is_some_and(|marker| Path::new(&marker).starts_with(path))
        })
        .collect()
}
