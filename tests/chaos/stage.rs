//! A relay on servers of this process, and what scripts do to it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use relay_testkit::installation::OPERATOR;
use relay_testkit::{InstallationOptions, Postgres, PostgresOptions, RabbitMq, RabbitMqOptions, Service};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::figures::Figures;
use crate::harness::upstream::Upstream;
use crate::harness::{FAST, LONG, Relay};
use crate::script::{CALL_MS, Calls, Fault, MARGIN_MS, Operation, SETTLE_MS, Script, Target};
use crate::sender::{Sender, Submitted, now_us};

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

/// A service that is killed, paused and started again.
struct Instance {
    target: Target,
    running: Option<Service>,
    paused_us: Option<i64>,
}

/// While a process stood still, what it did is not to be timed.
#[derive(Clone, Debug)]
pub(crate) struct Pause {
    /// As the worker calls itself in the ledger.
    pub(crate) process: i32,
    pub(crate) from_us: i64,
    pub(crate) until_us: i64,
}

/// What is shared with the tasks that start and resume services later.
struct Shared {
    relay: Relay,
    instances: [Mutex<Instance>; 4],
    pauses: std::sync::Mutex<Vec<Pause>>,
}

/// A script's stage.
pub(crate) struct Stage {
    shared: Arc<Shared>,
    later: JoinSet<anyhow::Result<()>>,
    pub(crate) upstream: Upstream,
    pub(crate) sender: Sender,
    pub(crate) people: Vec<String>,
    /// When the broker had lost its disk, and was there again.
    pub(crate) wiped_us: Option<i64>,
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
        organisation: "registration_units = [\"0212344876\"]".to_owned(),
        access: Some(format!("{calls}\nsettle_ms = {SETTLE_MS}")),
        service: calls,
        simulator: vec!["--latency-ms".into(), script.latency_ms.to_string()],
    }
}

impl Shared {
    fn instance(&self, target: Target) -> &Mutex<Instance> {
        &self.instances[target as usize]
    }

    /// Starts it unless it runs, without waiting for anything.
    async fn start(&self, target: Target) -> anyhow::Result<()> {
        let mut instance = self.instance(target).lock().await;
        if instance.running.is_none() {
            let (service, name) = target.names();
            instance.running = Some(self.relay.command(service, name, &[]).start()?);
        }
        Ok(())
    }

    async fn resume(&self, target: Target) {
        let mut instance = self.instance(target).lock().await;
        self.resume_locked(&mut instance);
    }

    fn resume_locked(&self, instance: &mut Instance) {
        let Some(service) = &instance.running else {
            return;
        };
        if let Some(from_us) = instance.paused_us.take() {
            service.resume();
            let pause = Pause {
                process: service.process().pid(),
                from_us,
                until_us: now_us(),
            };
            self.pauses.lock().expect("no panic with the lock").push(pause);
        }
    }
}

impl Stage {
    /// Everything fresh but the servers, and all services ready.
    pub(crate) async fn set(servers: &Servers, script: &Script) -> anyhow::Result<Self> {
        let vhost = servers.rabbitmq.vhost().await?;
        let relay = Relay::on(servers.postgres.access(), vhost, &options(script)).await;
        if let Some(rate) = script.quota {
            set_quota(&relay, rate).await?;
        }
        let (producer, worker, worker2, results) = tokio::try_join!(
            first(&relay, Target::Producer),
            first(&relay, Target::Worker),
            first(&relay, Target::Worker2),
            first(&relay, Target::Results),
        )?;
        let upstream = relay.upstream().await;
        let people = relay.people(script.people).await;
        let shared = Shared {
            relay,
            instances: [producer, worker, worker2, results],
            pauses: std::sync::Mutex::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            later: JoinSet::new(),
            sender: Sender::new(&upstream),
            upstream,
            people,
            wiped_us: None,
            figures: Figures::default(),
        })
    }

    pub(crate) fn relay(&self) -> &Relay {
        &self.shared.relay
    }

    pub(crate) fn pauses(&self) -> Vec<Pause> {
        self.shared.pauses.lock().expect("no panic with the lock").clone()
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
            Operation::Submit {
                person,
                kind,
                other_period,
            } => {
                let submitted = Submitted {
                    key: format!("key-{}", self.sender.record().submissions.len()),
                    kind,
                    person: person % self.people.len(),
                    other_period,
                    body: Value::Null,
                    confirmed_us: Vec::new(),
                };
                self.sender.submit(&self.upstream, &self.people, submitted);
            }
            Operation::Again { back } => {
                if let Some(index) = self.earlier(back) {
                    self.sender.again(&self.upstream, index);
                }
            }
            Operation::Cancel { back } => {
                if let Some(index) = self.earlier(back) {
                    self.sender.cancel(&self.upstream, index);
                }
            }
            Operation::Kill9 { service, down_ms } => self.end(service, true, down_ms).await?,
            Operation::Stop { service, down_ms } => self.end(service, false, down_ms).await?,
            Operation::Pause { service, ms } => self.pause(service, ms).await,
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
            Operation::QuotaChange { rate } => set_quota(self.relay(), rate).await?,
            Operation::Wait { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
        }
        Ok(())
    }

    /// The submission that many before the last one.
    fn earlier(&self, back: usize) -> Option<usize> {
        let count = self.sender.record().submissions.len();
        count.checked_sub(1).map(|last| last.saturating_sub(back))
    }

    async fn end(&mut self, target: Target, at_once: bool, down_ms: u64) -> anyhow::Result<()> {
        {
            let mut instance = self.shared.instance(target).lock().await;
            self.shared.resume_locked(&mut instance);
            if let Some(mut service) = instance.running.take() {
                if at_once {
                    service.kill().await?;
                } else {
                    service.stop(LONG).await?;
                }
            }
        }
        let shared = Arc::clone(&self.shared);
        self.later.spawn(async move {
            tokio::time::sleep(Duration::from_millis(down_ms)).await;
            shared.start(target).await
        });
        Ok(())
    }

    async fn pause(&mut self, target: Target, ms: u64) {
        let mut instance = self.shared.instance(target).lock().await;
        let Instance {
            running: Some(service),
            paused_us: paused_us @ None,
            ..
        } = &mut *instance
        else {
            return;
        };
        *paused_us = Some(now_us());
        service.pause();
        drop(instance);
        let shared = Arc::clone(&self.shared);
        self.later.spawn(async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            shared.resume(target).await;
            Ok(())
        });
    }

    /// No more faults, and everything runs.
    pub(crate) async fn heal(&mut self) -> anyhow::Result<()> {
        let address = self.relay().installation.simulator_address();
        let rules = relay_testkit::http::get(address, "/_sim/faults").await?;
        self.figures.faults(&serde_json::from_str(&rules.body)?);
        self.relay().simulator().heal().await;
        while let Some(done) = self.later.join_next().await {
            done??;
        }
        self.tend().await
    }

    /// As an orchestrator does: who has ended by itself is started again.
    pub(crate) async fn tend(&mut self) -> anyhow::Result<()> {
        for instance in &self.shared.instances {
            let ended = {
                let mut instance = instance.lock().await;
                let status = instance.running.as_mut().and_then(Service::exited);
                status.map(|status| {
                    instance.running = None;
                    (instance.target, status)
                })
            };
            if let Some((target, status)) = ended {
                eprintln!("{} ended by itself: {status}", target.names().1);
                self.figures.ended_by_themselves += 1;
                self.shared.start(target).await?;
            }
        }
        Ok(())
    }
}

/// A service that is ready.
async fn first(relay: &Relay, target: Target) -> anyhow::Result<Mutex<Instance>> {
    let (service, name) = target.names();
    let command = relay.command(service, name, &[]);
    let running = relay.installation.start_with(command, name).await?;
    Ok(Mutex::new(Instance {
        target,
        running: Some(running.service),
        paused_us: None,
    }))
}

async fn set_quota(relay: &Relay, rate: u32) -> anyhow::Result<()> {
    let rate = rate.to_string();
    let set = [
        "quota",
        "set",
        "--environment",
        "test",
        "--rate",
        &rate,
        "--burst",
        "0",
        "--reason",
        "agreed",
    ];
    let output = relay.installation.relayctl_as(OPERATOR, &set).await?;
    output.succeeded().context("setting a quota")?;
    Ok(())
}

fn rule(calls: Calls, fault: Fault, times: u64) -> Value {
    let mut matching = match calls {
        Calls::Question => json!({"service": "retrieve-ti-groups"}),
        Calls::Register => json!({"service": "manage-access", "action": "REGISTER"}),
        Calls::Unregister => json!({"service": "manage-access", "action": "UNREGISTER"}),
        Calls::List => json!({"service": "manage-access", "action": "LIST"}),
    };
    matching["times"] = times.into();
    let action = match fault {
        Fault::LostRequest => json!({"type": "drop_request"}),
        Fault::LostReply => json!({"type": "drop_reply"}),
        Fault::CutReply => json!({"type": "drop_reply", "after_bytes": 100}),
        Fault::SlowReply { ms } => return json!({"match": matching, "latency_ms": ms}),
        Fault::LateExecution { ms } => json!({"type": "execute_after_client_gave_up", "delay_ms": ms}),
        Fault::Http500 => json!({"type": "http_500"}),
        Fault::Http503 => json!({"type": "http_503", "retry_after_s": 1}),
        Fault::Soap => json!({"type": "soap_fault"}),
    };
    json!({"match": matching, "action": action})
}
