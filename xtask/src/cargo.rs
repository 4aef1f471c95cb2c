//! Other programs: cargo above all.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use tokio::process::Command;

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    directory.parent().unwrap_or(directory).to_owned()
}

/// A cargo command in the workspace, that knows the database from the committed `.sqlx` alone.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(workspace());
    command.env_remove("DATABASE_URL").env("SQLX_OFFLINE", "true");
    // `cargo run` has said of which package we are; build scripts that look at that would run again, and with `ring` half
    // of what we depend on.
    for (name, _) in env::vars_os() {
        let of_package = name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if of_package {
            command.env_remove(name);
        }
    }
    // Ended with us, so that nothing goes on when the user has pressed Ctrl-C.
    command.kill_on_drop(true);
    command
}

/// Builds these packages as they are tested: in debug mode, into the workspace's target directory.
pub(crate) async fn build(packages: &[&str]) -> anyhow::Result<()> {
    let mut command = cargo(&["build"]);
    for package in packages {
        command.args(["--package", package]);
    }
    run(&mut command).await
}

/// Whether this cargo subcommand is installed.
pub(crate) async fn has(subcommand: &str) -> bool {
    let output = cargo(&[subcommand, "--version"]).output().await;
    output.is_ok_and(|output| output.status.success())
}

/// Runs a command with its output on ours; fails when it fails.
pub(crate) async fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = shown(command);
    let status = command
        .status()
        .await
        .with_context(|| format!("starting `{line}`"))?;
    ensure!(status.success(), "`{line}` ended with {status}");
    Ok(())
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let command = command.as_std();
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
