//! From the command line to a running simulator.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use relay_runtime::settings::LogFormat;
use relay_runtime::{Clock, Entropy, Lifecycle, LogSettings, Registry, telemetry};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::access::Access;
use crate::ledger::Ledger;
use crate::manageaccess::Style;
use crate::options::{Credential, Options};
use crate::register::Scale;
use crate::server::Server;
use crate::simulator::{Setup, Simulator};
use crate::tls;

/// How long open calls may take to end after a signal.
const GRACE: Duration = Duration::from_secs(2);

/// Runs until a signal.
///
/// # Errors
/// Says which option cannot be used, or what failed.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let format = if options.log_text {
        LogFormat::Text
    } else {
        LogFormat::Json
    };
    telemetry::init(
        &LogSettings {
            format,
            ..LogSettings::default()
        },
        "relay-simulator",
    )?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(options))
}

async fn serve(options: &Options) -> anyhow::Result<()> {
    let mut lifecycle = Lifecycle::new(GRACE)?;
    let clock = Clock::system();
    let lines = match &options.ledger_file {
        None => None,
        Some(path) => {
            let file = fs::File::options().create(true).append(true).open(path);
            let file = file.with_context(|| format!("cannot open {} (--ledger-file)", path.display()))?;
            let (lines, received) = unbounded_channel();
            let stop = lifecycle.shutdown().hard().clone();
            lifecycle.spawn("ledger-file", write_lines(file, received, stop));
            Some(lines)
        }
    };
    let simulator = Arc::new(Simulator::new(Setup {
        seed: options.seed,
        population: usize::try_from(options.population)?,
        scale: Scale {
            rows: options.rows_per_person,
            bytes: options.reply_bytes,
        },
        latency: Duration::from_millis(options.latency_ms),
        access: Access::for_users(
            options
                .credential
                .iter()
                .map(password)
                .collect::<Result<Vec<_>, _>>()?,
        ),
        legal_contexts: options.legal_context.clone(),
        require_inscription: options.require_inscription,
        style: style(options),
        ledger: Arc::new(Ledger::new(clock.clone(), options.ledger_limit, lines)),
        clock,
        entropy: Entropy::system(),
        metrics: Registry::new()?,
    })?);
    if let Some(folder) = &options.replies {
        let count = simulator.replies().load(folder)?;
        info!(replies.count = count, "replies loaded");
    }
    let tls = match (&options.tls_cert, &options.tls_key) {
        (Some(certificates), Some(key)) => Some(tls::acceptor(certificates, key)?),
        (None, _) | (_, None) => None,
    };
    let server = Server::bind(options.listen, tls, simulator).await;
    let server = server.with_context(|| format!("cannot listen on {} (--listen)", options.listen))?;
    info!(http.listen = %server.address(), population.size = options.population, seed = options.seed, "serving");
    if let Some(path) = &options.address_file {
        write_address(path, &server.address().to_string())?;
    }
    let shutdown = lifecycle.shutdown().clone();
    lifecycle.spawn("http", async move {
        server.serve(shutdown).await;
        Ok(())
    });
    Ok(lifecycle.run().await?)
}

fn style(options: &Options) -> Style {
    let units = options.org_unit.iter();
    Style {
        org_units: units
            .map(|org_unit| (org_unit.cbe_number.clone(), org_unit.unit.clone()))
            .collect(),
        zoned_dates: options.zoned_dates,
    }
}

fn password(credential: &Credential) -> anyhow::Result<(String, String)> {
    let file = &credential.file;
    let text = fs::read_to_string(file).with_context(|| {
        format!(
            "cannot read {} (--credential {})",
            file.display(),
            credential.user
        )
    })?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    Ok((
        credential.user.clone(),
        password.strip_suffix('\r').unwrap_or(password).to_owned(),
    ))
}

/// Written beside and renamed, so that who waits for the file never reads half an address.
fn write_address(path: &Path, address: &str) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let written = fs::write(&beside, format!("{address}\n")).and_then(|()| fs::rename(&beside, path));
    written.with_context(|| format!("cannot write {} (--address-file)", path.display()))
}

/// Appends lines until the last call is over; each is with the operating system before the next is taken.
async fn write_lines(
    mut file: fs::File,
    mut lines: UnboundedReceiver<String>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    loop {
        let line = tokio::select! {
            biased;
            line = lines.recv() => line,
            () = stop.cancelled() => None,
        };
        let Some(mut line) = line else { return Ok(()) };
        line.push('\n');
        file.write_all(line.as_bytes())
            .context("cannot append to the ledger file (--ledger-file)")?;
    }
}
