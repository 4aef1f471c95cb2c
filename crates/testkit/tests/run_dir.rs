//! What a killed run leaves behind is found and removed, and nothing else is.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use relay_testkit::process::ProcessId;
use relay_testkit::{RunDir, wait_for};

const BASE: &str = "RELAY_TESTKIT_VICTIM_BASE";

/// Not a test of its own: the run that the others kill. It makes a run directory, starts a process in it
/// and waits.
#[test]
#[ignore = "started by the other tests of this file"]
fn victim() {
    let base = env::var_os(BASE).expect("started by another test");
    let run = RunDir::create_in(Path::new(&base)).expect("creates");
    let (name, value) = run.marker();
    let mut child = Command::new("sleep")
        .arg("600")
        .env(name, value)
        .spawn()
        .expect("starts");
    fs::write(run.path().join("child"), child.id().to_string()).expect("writes");
    child.wait().expect("waits");
}

struct Victim {
    process: Child,
    run: PathBuf,
    child: ProcessId,
}

async fn start_victim(base: &Path) -> Victim {
    let process = Command::new(env::current_exe().expect("known"))
        .args(["--ignored", "--exact", "victim"])
        .env(BASE, base)
        .stdout(Stdio::null())
        .spawn()
        .expect("starts");
    let (run, child) = wait_for("the victim's child", Duration::from_secs(20), async || {
        let entries = fs::read_dir(base).ok()?.flatten();
        entries.map(|entry| entry.path()).find_map(|run| {
            let pid = fs::read_to_string(run.join("child")).ok()?.parse().ok()?;
            Some((run, ProcessId::of(pid)?))
        })
    })
    .await;
    Victim { process, run, child }
}

#[tokio::test]
async fn a_killed_run_is_cleaned_up_by_the_next() {
    let base = tempfile::tempdir().expect("creates");
    let mut victim = start_victim(base.path()).await;
    victim.process.kill().expect("kills");
    victim.process.wait().expect("reaps");
    assert!(victim.child.is_alive(), "SIGKILL reaches the run alone");

    let next = RunDir::create_in(base.path()).expect("creates");
    assert!(!victim.run.exists());
    assert!(!victim.child.is_alive());
    assert!(next.path().exists());
}

#[tokio::test]
async fn a_run_that_lives_is_left_alone() {
    let base = tempfile::tempdir().expect("creates");
    let mut victim = start_victim(base.path()).await;
    drop(RunDir::create_in(base.path()).expect("creates"));
    assert!(victim.run.exists());
    assert!(victim.child.is_alive());
    victim.process.kill().expect("kills");
    victim.process.wait().expect("reaps");
    drop(RunDir::create_in(base.path()).expect("creates"));
    assert!(!victim.child.is_alive());
}

#[test]
fn other_peoples_processes_and_directories_stay() {
    let base = tempfile::tempdir().expect("creates");
    let foreign = base.path().join("foreign");
    fs::create_dir(&foreign).expect("creates");
    fs::write(foreign.join("file"), "kept").expect("writes");
    let mut bystander = Command::new("sleep")
        .arg("600")
        .current_dir(&foreign)
        .spawn()
        .expect("starts");
    drop(RunDir::create_in(base.path()).expect("creates"));
    assert!(foreign.join("file").exists());
    assert!(bystander.try_wait().expect("asks").is_none());
    bystander.kill().expect("kills");
    bystander.wait().expect("reaps");
}

#[test]
fn a_run_directory_can_be_the_base_of_others() {
    let base = tempfile::tempdir().expect("creates");
    let outer = RunDir::create_in(base.path()).expect("creates");
    let inner = RunDir::create_in(outer.path()).expect("creates, with the outer one still locked");
    assert!(inner.path().starts_with(outer.path()));
    let path = inner.path().to_owned();
    drop(outer);
    assert!(!path.exists());
    std::mem::forget(inner);
}
