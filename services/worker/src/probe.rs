//! Whether the CBSS can be reached, seen by a TestConnection every so often: one for each environment, as the first
//! organisation (by id) that is entitled to the service there and sends live.
//!
//! Off unless `worker.probe_interval_ms` is set. What the newest probe came to is the check `cbss-<environment>` of
//! `/readyz` and the gauge `cbss_relay_cbss_reachable`. It decides nothing: jobs are held by circuits, which see the real
//! calls, and a worker that is not ready goes on working, for nobody sends it requests. Probes stand outside of quotas,
//! carry no personal data and leave no attempt on record.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use prometheus::IntGaugeVec;
use relay_cbss::{ParseOptions, StatusKind, test_connection};
use relay_domain::{CbssEnvironment, Language, Service, TestConnection};
use relay_runtime::{Context, Entropy};
use relay_service::Organisations;
use relay_service::hold::every;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::routes::Routes;

/// What is sent, with something that no answer before can hold.
const ECHO: &str = "cbss-relay probe";

/// One environment's.
struct Probe {
    environment: CbssEnvironment,
    organisation: String,
    routes: Arc<Routes>,
    entropy: Entropy,
    /// What the newest probe came to.
    state: Arc<RwLock<Result<(), String>>>,
    reachable: IntGaugeVec,
}

/// Starts what the settings ask for.
pub(crate) fn start(
    context: &mut Context,
    routes: &Arc<Routes>,
    organisations: &Organisations,
    entropy: &Entropy,
    reachable: &IntGaugeVec,
    interval: Duration,
) {
    if interval.is_zero() {
        return;
    }
    let mut accesses = BTreeMap::new();
    for (id, organisation) in organisations.iter() {
        let settings = &organisation.settings;
        if settings.live && settings.service(Service::TestConnection).is_some() {
            accesses
                .entry(settings.environment.as_str())
                .or_insert((settings.environment, id.as_str().to_owned()));
        }
    }
    if accesses.is_empty() {
        warn!(
            "worker.probe_interval_ms is set, and no organisation that sends live is entitled to test-connection"
        );
    }
    let stop = context.lifecycle.shutdown().soft().clone();
    for (environment, organisation) in accesses.into_values() {
        let state = Arc::new(RwLock::new(Err("not probed yet".to_owned())));
        let probe = Probe {
            environment,
            organisation,
            routes: Arc::clone(routes),
            entropy: entropy.clone(),
            state: Arc::clone(&state),
            reachable: reachable.clone(),
        };
        context.health.register(check_name(environment), move || {
            let state = state.read().unwrap_or_else(PoisonError::into_inner).clone();
            async move { state }
        });
        let stop = stop.clone();
        context
            .lifecycle
            .spawn("probe", async move { probe.run(interval, stop).await });
    }
}

fn check_name(environment: CbssEnvironment) -> &'static str {
    match environment {
        CbssEnvironment::Test => "cbss-test",
        CbssEnvironment::Acpt => "cbss-acpt",
        CbssEnvironment::Prod => "cbss-prod",
    }
}

impl Probe {
    async fn run(self, interval: Duration, stop: CancellationToken) -> anyhow::Result<()> {
        Ok(every(interval, &stop, || async {
            self.look().await;
            Ok(())
        })
        .await?)
    }

    async fn look(&self) {
        let found = self.ask().await;
        self.reachable
            .with_label_values(&[self.environment.as_str()])
            .set(found.is_ok().into());
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.is_ok() != found.is_ok() {
            match &found {
                Ok(()) => info!(
                    lane.environment = self.environment.as_str(),
                    "the CBSS can be reached"
                ),
                Err(error) => warn!(
                    lane.environment = self.environment.as_str(),
                    error, "the CBSS cannot be reached"
                ),
            }
        }
        *state = found;
    }

    async fn ask(&self) -> Result<(), String> {
        let service = Service::TestConnection;
        let route = self
            .routes
            .get(&self.organisation, service.as_str())
            .ok_or("the service is not enabled")?;
        let echo = format!("{ECHO} {}", self.entropy.uuid_v4());
        let request = TestConnection {
            echo: echo.clone(),
            language: Language::En,
        };
        let call = test_connection::build(&request).map_err(|error| error.to_string())?;
        let answer = route.client.send(&call, &route.endpoint, None).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let options = ParseOptions::new(Language::En);
        let reply = test_connection::parse(&answer.body, answer.content_type.as_deref(), &options)
            .map_err(|error| format!("HTTP status {}: {error}", answer.status))?;
        let echoed = reply.rows.first().and_then(|row| row.field("echo"));
        if reply.status == StatusKind::Ok && echoed == Some(echo.as_str()) {
            Ok(())
        } else {
            Err(format!(
                "HTTP status {}, outcome {}, and not the text that was sent",
                answer.status,
                reply.outcome.as_str()
            ))
        }
    }
}
