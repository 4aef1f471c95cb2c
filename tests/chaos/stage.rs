//! A relay on servers of this process, and what scripts do to it.

mod instances;
mod operator;
mod senders;

use std::sync::Arc;
use std::time::Duration;

use relay_testkit::{InstallationOptions, Postgres, PostgresOptions, RabbitMq, RabbitMqOptions, poll_until};
use serde_json::{Value, json};
use tokio::task::JoinSet;

pub(crate) use self::instances::Pause;
use self::instances::{Later, Shared};
use self::operator::set_quota;
pub(crate) use self::operator::{Act, Closure};
use crate::facts::DECISIONS;
use crate::figures::Figures;
use crate::harness::record::query;
use crate::harness::upstream::Upstream;
use crate::harness::{FAST, Relay};
use crate::script::{CALL_MS, Calls, Fault, MARGIN_MS, Operation, Organisation, SETTLE_MS, Script};
use crate::sender::{Sender, now_us};

/// How long a look is waited for: the lease of the change, and the time that the CBSS is given.
const LOOK: Duration = Duration::from_millis(CALL_MS + MARGIN_MS + SETTLE_MS + 1500);

/// One broker and one database server, for many scripts.
pub(crate) struct Servers {
    pub(crate) postgres: Postgres,
    pub(crate) rabbitmq: RabbitMq,
}

impl Servers {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let (postgres, rabbitmq) = tokio::try_join!(
            Postgres::start(PostgresOptions::default()),
            RabbitMq::start(RabbitMqOptions {
                vhosts: 10,
                ..RabbitMqOptions::default()
            })
        )?;
        Ok(Self { postgres, rabbitmq })
    }
}

/// A script's stage.
pub(crate) struct Stage {
    shared: Arc<Shared>,
    later: Later,
    /// In the order of `Organisation::ALL`.
    pub(crate) upstreams: [Upstream; 2],
    pub(crate) sender: Sender,
    pub(crate) people: Vec<String>,
    concurrent: Option<u32>,
    /// When the broker had lost its disk, and was there again.
    pub(crate) wiped_us: Option<i64>,
    pub(crate) acts: Vec<Act>,
    closures: Arc<std::sync::Mutex<Vec<Closure>>>,
    pub(crate) figures: Figures,
}

fn options(script: &Script) -> InstallationOptions {
    let calls = format!("http_connect_timeout_ms = 500\nhttp_total_timeout_ms = {CALL_MS}");
    let mut settings = FAST.replace("permits = 10", "permits = 6").replace(
        "lease_margin_ms = 1000",
        &format!("lease_margin_ms = {MARGIN_MS}"),
    );
    if script.circuit {
        settings = settings.replace("failures = 60000", "failures = 3\nopen_ms = 300");
    }
    InstallationOptions {
        settings,
        organisation: format!("registration_units = [\"{}\"]", Organisation::Eupen.cbe_number()),
        access: Some(format!("{calls}\nsettle_ms = {SETTLE_MS}")),
        identify: None,
        investigation: None,
        test_connection: None,
        others: vec![(
            DECISIONS.to_owned(),
            format!(
                "enabled = true\nresend_same_attest = {}\n{calls}\nsettle_ms = {SETTLE_MS}",
                script.same_attest
            ),
        )],
        service: calls,
        simulator: vec!["--latency-ms".into(), script.latency_ms.to_string()],
    }
}

impl Stage {
    /// Everything fresh but the servers, and all services ready.
    pub(crate) async fn set(servers: &Servers, script: &Script) -> anyhow::Result<Self> {
        let vhost = servers.rabbitmq.vhost().await?;
        let relay = Relay::on(servers.postgres.access(), vhost, &options(script)).await;
        let [first, second] = Organisation::ALL;
        // With a number and a broker's user of its own.
        relay.add_organisation(second.id(), |text| {
            text.replace(
                &format!("cbe_number = \"{}\"", first.cbe_number()),
                &format!("cbe_number = \"{}\"", second.cbe_number()),
            )
            .replace(
                &format!("registration_units = [\"{}\"]", first.cbe_number()),
                &format!("registration_units = [\"{}\"]", second.cbe_number()),
            )
            .replace(
                &format!("name = \"{}\"", first.user()),
                &format!("name = \"{}\"", second.user()),
            )
        });
        if script.quota.is_some() || script.concurrent.is_some() {
            set_quota(&relay, None, script.quota, script.concurrent).await?;
        }
        if script.second_quota.is_some() {
            set_quota(&relay, Some(second), script.second_quota, None).await?;
        }
        let shared = Shared::of(relay).await?;
        let vhost = shared.relay.installation.vhost();
        let upstreams = [
            Upstream::open(vhost, first.user(), first.id()).await,
            Upstream::open(vhost, second.user(), second.id()).await,
        ];
        let people = shared.relay.people(script.people).await;
        Ok(Self {
            shared: Arc::new(shared),
            later: JoinSet::new(),
            sender: Sender::new(&upstreams),
            upstreams,
            people,
            concurrent: script.concurrent,
            wiped_us: None,
            acts: Vec::new(),
            closures: Arc::default(),
            figures: Figures::default(),
        })
    }

    pub(crate) fn relay(&self) -> &Relay {
        &self.shared.relay
    }

    pub(crate) fn pauses(&self) -> Vec<Pause> {
        self.shared.pauses.lock().expect("no panic with the lock").clone()
    }

    pub(crate) fn closures(&self) -> Vec<Closure> {
        self.closures.lock().expect("no panic with the lock").clone()
    }

    /// Carries out one operation.
    pub(crate) async fn carry_out(
        &mut self,
        servers: &mut Servers,
        operation: &Operation,
    ) -> anyhow::Result<()> {
        self.figures.operation(operation);
        self.tend().await?;
        match *operation {
            Operation::Submit(submission) => self.submit(submission).await,
            Operation::Again { back } => self.again(back),
            Operation::Conflict { back, requester } => self.conflict(back, requester),
            Operation::Foreign { person } => self.foreign(person),
            Operation::Cancel { back } => self.cancel(back),
            Operation::Kill9 { service, down_ms } => {
                self.shared.end(&mut self.later, service, true, down_ms).await?;
            }
            Operation::Stop { service, down_ms } => {
                self.shared.end(&mut self.later, service, false, down_ms).await?;
            }
            Operation::KillLooking { down_ms } => self.kill_looking(down_ms).await?,
            Operation::Pause { service, ms } => self.shared.pause(&mut self.later, service, ms).await,
            Operation::BrokerRestart => {
                servers.rabbitmq.stop().await?;
                servers.rabbitmq.start_again().await?;
            }
            Operation::BrokerWipe => {
                servers.rabbitmq.wipe().await?;
                self.wiped_us = Some(now_us());
            }
            Operation::DatabaseRestart => {
                servers.postgres.kill().await?;
                servers.postgres.start_again().await?;
            }
            Operation::CutDatabase => {
                let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'relay_service'";
                servers.postgres.access().sql("postgres", cut).await?;
            }
            Operation::CutBroker => {
                let access = servers.rabbitmq.access();
                access.ctl(&["close_all_connections", "chaos"]).await?;
            }
            Operation::Fault { calls, fault, times } => {
                self.relay().simulator().fault(&rule(calls, fault, times)).await;
            }
            Operation::QuotaChange { rate } => {
                set_quota(self.relay(), None, Some(rate), self.concurrent).await?;
            }
            Operation::Retry { nth, cancel } => self.retry(nth, cancel).await?,
            Operation::Resolve { nth } => self.resolve(nth).await?,
            Operation::Discard {
                organisation,
                uncertain,
            } => self.discard(organisation, uncertain).await?,
            Operation::LanePause {
                organisation,
                access,
                ms,
            } => self.pause_lane(organisation, access, ms).await?,
            Operation::Maintenance { ms } => self.maintain(ms).await?,
            Operation::Wait { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
        }
        Ok(())
    }

    /// Waits for a look, if there may be one, and kills who does it.
    async fn kill_looking(&mut self, down_ms: u64) -> anyhow::Result<()> {
        let url = self.relay().installation.owner_url();
        let possible = "SELECT job_id FROM relay.job_state WHERE order_hash IS NOT NULL
            AND state IN ('accepted', 'released', 'sending', 'reconciling')";
        if query(&url, possible).await?.is_empty() {
            return Ok(());
        }
        let looking = "SELECT a.worker FROM relay.job_state AS s
            JOIN relay.attempt AS a ON a.job_id = s.job_id AND a.number = s.attempt WHERE s.look_step = 'sending'";
        let found = poll_until("a look", LOOK, async || {
            let rows = query(&url, looking).await.ok()?;
            let worker = rows
                .first()?
                .first()?
                .as_deref()?
                .rsplit(':')
                .next()?
                .parse()
                .ok()?;
            self.shared.target_of(worker).await
        });
        if let Ok(target) = found.await {
            self.shared.end(&mut self.later, target, true, down_ms).await?;
            self.figures.killed_looking += 1;
        }
        Ok(())
    }

    /// No more faults, and everything runs.
    pub(crate) async fn heal(&mut self) -> anyhow::Result<()> {
        let simulator = self.relay().simulator();
        self.figures.faults(&simulator.get("/_sim/faults").await?);
        simulator.heal().await;
        while let Some(done) = self.later.join_next().await {
            done??;
        }
        self.tend().await
    }

    /// As an orchestrator does: who has ended by itself is started again.
    pub(crate) async fn tend(&mut self) -> anyhow::Result<()> {
        self.figures.ended_by_themselves += self.shared.tend().await?;
        Ok(())
    }
}

fn rule(calls: Calls, fault: Fault, times: u64) -> Value {
    let mut matching = match calls {
        Calls::Question => json!({"service": "retrieve-ti-groups"}),
        Calls::Register => json!({"service": "manage-access", "action": "REGISTER"}),
        Calls::Unregister => json!({"service": "manage-access", "action": "UNREGISTER"}),
        Calls::List => json!({"service": "manage-access", "action": "LIST"}),
        Calls::Decision => json!({"service": DECISIONS}),
    };
    matching["times"] = times.into();
    let action = match fault {
        Fault::LostRequest => json!({"type": "drop_request"}),
        Fault::LostReply => json!({"type": "drop_reply"}),
        Fault::CutReply => json!({"type": "drop_reply", "after_bytes": 100}),
        Fault::SlowReply { ms } => return json!({"match": matching, "latency_ms": ms}),
        Fault::LateExecution { ms } => json!({"type": "execute_after_client_gave_up", "delay_ms": ms}),
        Fault::Http404 => json!({"type": "http_status", "code": 404}),
        Fault::Http500 => json!({"type": "http_500"}),
        Fault::Http503 => json!({"type": "http_503", "retry_after_s": 1}),
        Fault::Soap => json!({"type": "soap_fault"}),
    };
    json!({"match": matching, "action": action})
}
