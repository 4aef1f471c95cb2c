use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::port::arbitrary_number;

/// How to reach a private PostgreSQL as its superuser. As JSON it goes to the processes of a test run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PostgresAccess {
    port: u16,
    user: String,
    password: String,
    bin_dir: PathBuf,
    run_dir: PathBuf,
}

impl PostgresAccess {
    pub(super) fn new(port: u16, bin_dir: &Path, run_dir: &Path) -> Self {
        Self {
            port,
            user: "relay_admin".into(),
            password: format!("{:016x}", arbitrary_number()),
            bin_dir: bin_dir.into(),
            run_dir: run_dir.into(),
        }
    }

    /// The TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The superuser.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The superuser's password.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The URL of `database` for the superuser.
    pub fn url(&self, database: &str) -> String {
        self.url_as(&self.user, &self.password, database)
    }

    /// The URL of `database` for another role. Name and password must need no escaping in a URL.
    pub fn url_as(&self, user: &str, password: &str, database: &str) -> String {
        format!("postgres://{user}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs SQL in `database` as the superuser, several statements in one implicit transaction. Gives
    /// the rows as text, one a line, columns separated by `|`.
    ///
    /// # Errors
    /// With what psql says, when the server is away or a statement fails.
    pub async fn sql(&self, database: &str, sql: &str) -> anyhow::Result<String> {
        self.psql(database, &["--command", sql]).await
    }

    /// Runs a file of SQL in `database` as the superuser, in one transaction.
    ///
    /// # Errors
    /// With what psql says, when the server is away or a statement fails.
    pub async fn sql_file(&self, database: &str, file: &Path) -> anyhow::Result<String> {
        let path = file
            .to_str()
            .with_context(|| format!("{} is not UTF-8", file.display()))?;
        self.psql(database, &["--single-transaction", "--file", path])
            .await
    }

    async fn psql(&self, database: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(self.bin_dir.join("psql"));
        command.args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
        ]);
        command.args(["--host=127.0.0.1", "--username", &self.user, "--dbname", database]);
        command.arg("--port").arg(self.port.to_string()).args(arguments);
        command
            .env("PGPASSWORD", &self.password)
            .env("PGCONNECT_TIMEOUT", "10")
            .stdin(Stdio::null());
        let output = command
            .kill_on_drop(true)
            .output()
            .await
            .context("starting psql")?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "psql in {database} ended with {}: {}",
            output.status,
            errors.trim()
        );
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// Creates an empty database.
    ///
    /// # Errors
    /// When it exists already, or the server refuses.
    pub async fn create_database(&self, name: &str) -> anyhow::Result<()> {
        checked(name)?;
        self.sql("postgres", &format!("create database {name}"))
            .await
            .map(drop)
    }

    /// Removes a database, with the sessions that still use it.
    ///
    /// # Errors
    /// When it doesn't exist, or the server refuses.
    pub async fn drop_database(&self, name: &str) -> anyhow::Result<()> {
        checked(name)?;
        self.sql("postgres", &format!("drop database {name} with (force)"))
            .await
            .map(drop)
    }

    /// Makes sure that the database `template` exists. The first to ask, of all processes of the test
    /// run, builds it with `build`, which gets the URL of an empty database and must have closed its
    /// connections when it returns; the others wait for that.
    ///
    /// # Errors
    /// Those of `build`, or of the server.
    pub async fn ensure_template<F>(&self, template: &str, build: F) -> anyhow::Result<()>
    where
        F: AsyncFnOnce(String) -> anyhow::Result<()>,
    {
        checked(template)?;
        let path = self.run_dir.join("template.lock");
        let lock = File::create(&path).with_context(|| format!("creating {}", path.display()))?;
        let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await?;
        let _turn = lock.with_context(|| format!("locking {}", path.display()))?;
        let count = format!("select count(*) from pg_database where datname = '{template}'");
        if self.sql("postgres", &count).await? == "1" {
            return Ok(());
        }
        let unfinished = format!("{template}_unfinished");
        self.sql("postgres", &format!("drop database if exists {unfinished}"))
            .await?;
        self.create_database(&unfinished).await?;
        build(self.url(&unfinished))
            .await
            .with_context(|| format!("building the database {template}"))?;
        self.sql(
            "postgres",
            &format!("alter database {unfinished} rename to {template}"),
        )
        .await
        .map(drop)
    }

    /// A fresh database with the content of `template`; returns its name.
    ///
    /// # Errors
    /// When there is no such template, somebody is connected to it, or the server refuses.
    pub async fn database_from(&self, template: &str) -> anyhow::Result<String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        checked(template)?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // Pids come back on servers that run for long.
        let name = format!(
            "test_{}_{count}_{:08x}",
            std::process::id(),
            arbitrary_number() as u32
        );
        self.sql("postgres", &format!("create database {name} template {template}"))
            .await?;
        Ok(name)
    }
}

/// Names go into SQL as they are.
fn checked(name: &str) -> anyhow::Result<()> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty()
        || name.len() > 63
        || !name.bytes().all(plain)
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        bail!("{name:?} is no plain database name: lower case letters, digits and _, at most 63");
    }
    Ok(())
}
