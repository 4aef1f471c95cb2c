//! How a service is put together.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use relay_amqp::{Batches, Broker, BrokerOptions, Jitter, Publisher};
use relay_runtime::{Clock, Context, Entropy};
use relay_store::{Connect, Store, StoreError};
use relay_vault::Vault;
use tracing::warn;

use crate::announce::Announcer;
use crate::pulse::ServicePulse;
use crate::settings::{RelaySettings, SettingsFile};
use crate::topology::topology;

/// The parts that every service has.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The record.
    pub store: Store,
    /// Where the broker is, and what is declared there.
    pub broker: Broker,
    /// Confirmed publishing.
    pub publisher: Publisher,
    /// The wording of events.
    pub announcer: Announcer,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
}

/// Opens the vault of the settings.
pub fn open_vault(file: &SettingsFile, entropy: &Entropy) -> anyhow::Result<Arc<Vault>> {
    let entropy = entropy.clone();
    let vault = Vault::open_directory(&file.vault.keys_dir, move |buffer| entropy.fill(buffer))?;
    Ok(Arc::new(vault))
}

/// Prepares the record of the settings, as the given application.
pub fn open_store(file: &SettingsFile, application_name: &str, vault: Arc<Vault>) -> anyhow::Result<Store> {
    let connect = Connect {
        url: file.database.url.expose(),
        application_name,
        max_connections: file.database.max_connections,
        connect_timeout: Duration::from_millis(file.database.connect_timeout_ms),
        statement_timeout: Duration::from_millis(file.database.statement_timeout_ms),
    };
    Ok(Store::connect(&connect, vault)?)
}

/// Prepares the broker of the settings.
pub fn open_broker(settings: &RelaySettings, name: &str, entropy: &Entropy) -> anyhow::Result<Broker> {
    let file = &settings.file.broker;
    let chance = entropy.clone();
    let mut options = BrokerOptions::new(file.url.expose(), name, Jitter::new(move || chance.unit_f64()))
        .context("broker.url")?
        .with_heartbeat_s(file.heartbeat_s);
    options.connect_timeout = Duration::from_millis(file.connect_timeout_ms);
    options.confirm_timeout = Duration::from_millis(file.confirm_timeout_ms);
    options.reconnect_min = Duration::from_millis(file.reconnect_min_ms);
    options.reconnect_max = Duration::from_millis(file.reconnect_max_ms);
    Ok(Broker::new(options, topology(&settings.organisations)))
}

impl Parts {
    /// Puts a service together: vault, record (checked, waited for), broker, publisher; and registers what
    /// readiness depends on.
    pub async fn build(
        name: &'static str,
        settings: &RelaySettings,
        context: &mut Context,
    ) -> anyhow::Result<Self> {
        let vault = open_vault(&settings.file, &context.entropy)?;
        let store = open_store(&settings.file, name, vault)?;
        let database = store.clone();
        context.health.register("database", move || {
            let store = database.clone();
            async move { store.ping().await.map_err(|error| error.to_string()) }
        });
        wait_for_database(&store).await?;
        let state_dir = settings.file.state_dir.as_deref();
        let pulse = ServicePulse::begin(&store, name, state_dir, context.entropy.clone()).await?;
        let stop = context.lifecycle.shutdown().soft().clone();
        context
            .lifecycle
            .spawn("pulse", async move { pulse.run(&stop).await });
        check_clock(&store, &context.clock).await;

        let broker = open_broker(settings, name, &context.entropy)?;
        let (publisher, link) = Publisher::new(broker.clone());
        // Ends with the process: whoever stops may still have something to publish.
        context.lifecycle.spawn_background("publisher", async move {
            link.run().await;
            Ok(())
        });
        let connected = publisher.clone();
        context.health.register("broker", move || {
            let connected = connected.is_connected();
            async move {
                if connected {
                    Ok(())
                } else {
                    Err("not connected".to_owned())
                }
            }
        });
        let announcer = Announcer::new(
            context.clock.clone(),
            context.entropy.clone(),
            settings.organisations.clone(),
        );
        Ok(Self {
            store,
            broker,
            publisher,
            announcer,
            clock: context.clock.clone(),
            entropy: context.entropy.clone(),
        })
    }
}

/// Readiness of a subscription.
pub fn watch_subscription(context: &Context, name: &'static str, batches: &Batches) {
    let status = batches.status();
    context.health.register(name, move || {
        let connected = status.is_connected();
        async move {
            if connected {
                Ok(())
            } else {
                Err("not subscribed".to_owned())
            }
        }
    });
}

/// A clock further from the database's than this is worth a word: times that are sent to the CBSS are this side's.
const CLOCK_TOLERANCE_S: f64 = 2.0;

async fn check_clock(store: &Store, clock: &Clock) {
    match store.clock_lead_s(clock.now()).await {
        Ok(lead_s) if lead_s.abs() > CLOCK_TOLERANCE_S => warn!(
            clock.lead_s = lead_s,
            "this machine's clock and the database's differ: set both by NTP. Leases and quotas use the database's, \
             the times in requests this one's"
        ),
        Ok(_) => {}
        Err(error) => warn!(%error, "the database's clock could not be compared"),
    }
}

/// A database that starts later than its services is no failure; one that loses commits is.
async fn wait_for_database(store: &Store) -> Result<(), StoreError> {
    let mut told = false;
    loop {
        match store.check().await {
            Err(error) if error.is_transient() => {
                if !told {
                    warn!(%error, "waiting for the database");
                    told = true;
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            // Another container may be about to migrate.
            Err(error @ StoreError::SchemaVersion { wanted, found }) if found < wanted => {
                if !told {
                    warn!(%error, "waiting for the schema");
                    told = true;
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            checked => return checked,
        }
    }
}
