//! `cargo xtask sqlx`: what `cargo sqlx prepare` does, on a private server and without that tool.
//!
//! sqlx's macros ask the database that DATABASE_URL names about each query, and write what they learn
//! into SQLX_OFFLINE_DIR, a file a query.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use relay_testkit::{Postgres, PostgresOptions, RunDir};

use crate::cargo::{cargo, run as run_command, shown, workspace};
use crate::progress::say;
use crate::setup;

const DATABASE: &str = "prepare";

/// Write or compare.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Changes nothing; fails when the files differ from what they should be.
    #[arg(long)]
    check: bool,
}

impl Args {
    /// `--check`.
    pub(crate) fn check() -> Self {
        Self { check: true }
    }
}

/// File names and contents.
type Files = BTreeMap<OsString, Vec<u8>>;

/// Regenerates `.sqlx`, or compares.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    setup::run().await?;
    say("starting a private PostgreSQL");
    let postgres = Postgres::start(PostgresOptions::default()).await?;
    migrate(&postgres).await?;
    let scratch = RunDir::create()?;
    let wanted = scratch.path().join("sqlx");
    fs::create_dir(&wanted).context("creating a directory for the new files")?;
    describe(&postgres, &wanted).await?;

    let directory = workspace().join(".sqlx");
    let (wanted, found) = (read(&wanted)?, read(&directory)?);
    let differences = differences(&wanted, &found);
    if args.check {
        if !differences.is_empty() {
            bail!(
                ".sqlx is not what the code needs: run `cargo xtask sqlx`\n{}",
                differences.join("\n")
            );
        }
    } else {
        write(&directory, &wanted, &found)?;
    }
    say(&format!(
        "{} queries, {} changed",
        wanted.len(),
        differences.len()
    ));
    Ok(())
}

/// Applies all migrations in order, as `relayctl migrate` does.
async fn migrate(postgres: &Postgres) -> anyhow::Result<()> {
    let access = postgres.access();
    access.create_database(DATABASE).await?;
    let directory = workspace().join("migrations");
    let entries = fs::read_dir(&directory).with_context(|| format!("reading {}", directory.display()))?;
    let mut files: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<_>>()?;
    files.retain(|path| path.to_str().is_some_and(|path| path.ends_with(".up.sql")));
    files.sort();
    for file in &files {
        access
            .sql_file(DATABASE, file)
            .await
            .with_context(|| format!("applying {}", file.display()))?;
    }
    say(&format!("applied {} migrations", files.len()));
    Ok(())
}

/// Compiles the crate with the queries against the database.
async fn describe(postgres: &Postgres, into: &Path) -> anyhow::Result<()> {
    // The compiler runs the macros again only if it thinks that the crate has changed.
    let source = workspace().join("crates/store/src/lib.rs");
    let file = File::options().write(true).open(&source);
    file.and_then(|file| file.set_times(FileTimes::new().set_modified(now())))
        .with_context(|| format!("touching {}", source.display()))?;
    let mut command = cargo(&["check", "--package", "relay-store", "--all-targets"]);
    command.env("DATABASE_URL", postgres.access().url(DATABASE));
    command.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", into);
    say(&shown(&command));
    run_command(&mut command).await
}

#[expect(
    clippy::disallowed_methods,
    reason = "a file's time is compared with those that the system's clock made"
)]
fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

fn read(directory: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    if !directory.exists() {
        return Ok(files);
    }
    let failed = || format!("reading {}", directory.display());
    for entry in fs::read_dir(directory).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        files.insert(entry.file_name(), fs::read(entry.path()).with_context(failed)?);
    }
    Ok(files)
}

fn differences(wanted: &Files, found: &Files) -> Vec<String> {
    let missing_or_changed = wanted.iter().filter_map(|(name, content)| match found.get(name) {
        None => Some(format!("missing: {}", name.display())),
        Some(other) if other != content => Some(format!("changed: {}", name.display())),
        Some(_) => None,
    });
    let stale = found.keys().filter(|name| !wanted.contains_key(*name));
    missing_or_changed
        .chain(stale.map(|name| format!("stale: {}", name.display())))
        .collect()
}

fn write(directory: &Path, wanted: &Files, found: &Files) -> anyhow::Result<()> {
    let failed = || format!("writing {}", directory.display());
    fs::create_dir_all(directory).with_context(failed)?;
    for name in found.keys().filter(|name| !wanted.contains_key(*name)) {
        fs::remove_file(directory.join(name)).with_context(failed)?;
    }
    for (name, content) in wanted
        .iter()
        .filter(|(name, content)| found.get(*name) != Some(content))
    {
        fs::write(directory.join(name), content).with_context(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
