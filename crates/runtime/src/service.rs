//! The shape of every service's `main`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tracing::{error, info};

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::health::Health;
use crate::http::Endpoint;
use crate::lifecycle::Lifecycle;
use crate::metrics::Registry;
use crate::settings::{HttpSettings, LogSettings, ShutdownSettings};
use crate::telemetry;

/// Exit code for bad settings: `EX_CONFIG` of sysexits.h.
pub const EXIT_SETTINGS: u8 = 78;

/// Arguments that every long-running service takes.
#[derive(Args, Clone, Debug)]
pub struct CommonArgs {
    /// Settings file; CBSS_RELAY__SECTION__KEY variables override it.
    #[arg(long, value_name = "FILE", default_value = "relay.toml")]
    pub config: PathBuf,
    /// Check the settings and exit: 0 when they are good, 78 when not.
    #[arg(long)]
    pub check_config: bool,
}

/// A service's settings.
pub trait ServiceSettings: Sized {
    /// Reads and checks everything, files beside `file` included: what `--check-config` accepts must start.
    ///
    /// # Errors
    /// Says which file and key is wrong, and what to write there.
    fn load(file: &Path) -> anyhow::Result<Self>;
    /// Section `[http]`.
    fn http(&self) -> &HttpSettings;
    /// Section `[log]`.
    fn log(&self) -> &LogSettings;
    /// Section `[shutdown]`.
    fn shutdown(&self) -> &ShutdownSettings;
}

/// What a service builds itself from.
pub struct Context {
    /// The time.
    pub clock: Clock,
    /// Random numbers.
    pub entropy: Entropy,
    /// Where the service registers its dependencies.
    pub health: Arc<Health>,
    /// Where the service registers its metrics.
    pub metrics: Registry,
    /// Where the service spawns its tasks, and learns of the stop.
    pub lifecycle: Lifecycle,
}

/// Runs a service: configuration, telemetry, `build`, then until stopped.
///
/// `build` connects what the service needs and spawns its tasks on `context.lifecycle`; health and metrics are
/// already served while it runs, and a stop signal ends it. Returns 0 after a clean stop (or good settings with
/// `--check-config`), 78 for bad settings, 1 when building or running failed.
pub fn run_service<S, B>(name: &'static str, args: &CommonArgs, build: B) -> ExitCode
where
    S: ServiceSettings,
    B: AsyncFnOnce(S, &mut Context) -> anyhow::Result<()>,
{
    let settings = match S::load(&args.config) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            return ExitCode::from(EXIT_SETTINGS);
        }
    };
    if args.check_config {
        report_good(&args.config);
        return ExitCode::SUCCESS;
    }
    if let Err(error) = telemetry::init(settings.log(), name) {
        eprintln!("{name}: {error:#}");
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            error!(%error, "cannot start the threads of this process");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(build_and_run(settings, build)) {
        Ok(()) => {
            info!("stopped");
            ExitCode::SUCCESS
        }
        Err(error) => {
            error!(error = format!("{error:#}"), "stopped after a failure");
            ExitCode::FAILURE
        }
    }
}

async fn build_and_run<S, B>(settings: S, build: B) -> anyhow::Result<()>
where
    S: ServiceSettings,
    B: AsyncFnOnce(S, &mut Context) -> anyhow::Result<()>,
{
    let mut lifecycle = Lifecycle::new(settings.shutdown().grace())?;
    let shutdown = lifecycle.shutdown().clone();
    let health = Arc::new(Health::new());
    // Not ready before everything is built, however many checks stand by then.
    health.register("start-up", || async { Err("still starting".to_owned()) });
    let metrics = Registry::new()?;
    let endpoint = Endpoint::bind(settings.http()).await?;
    let serving = endpoint.serve(Arc::clone(&health), metrics.clone(), shutdown.soft().clone());
    lifecycle.spawn_background("http", async { Ok(serving.await?) });

    let (clock, entropy) = (Clock::system(), Entropy::system());
    let mut context = Context {
        clock,
        entropy,
        health,
        metrics,
        lifecycle,
    };
    tokio::select! {
        biased;
        () = shutdown.soft().cancelled() => return Ok(()),
        built = build(settings, &mut context) => built?,
    }
    context.health.register("start-up", || async { Ok(()) });
    info!("running");
    Ok(context.lifecycle.run().await?)
}

#[expect(clippy::print_stdout, reason = "the answer to --check-config")]
fn report_good(file: &Path) {
    println!("{}: configuration is good", file.display());
}
