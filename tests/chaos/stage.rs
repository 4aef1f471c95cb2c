//! A relay on servers of this process, and what scripts do to it.

mod instances;
mod operator;

use std::sync::Arc;
use std::time::Duration;

use relay_testkit::{InstallationOptions, Postgres, PostgresOptions, RabbitMq, RabbitMqOptions, poll_until};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

pub(crate) use self::instances::Pause;
use self::instances::{Later, Shared};
use self::operator::set_quota;
pub(crate) use self::operator::{Act, Closure};
use crate::figures::Figures;
use crate::harness::record::query;
use crate::harness::upstream::Upstream;
use crate::harness::{FAST, Relay};
use crate::script::{
    CALL_MS, Calls, Fault, MARGIN_MS, Operation, Organisation, SETTLE_MS, Script, Submission,
};
use crate::sender::{Sender, now_us};

/// How long upstream waits for the id of a job that another one is to follow.
const ID: Duration = Duration::from_millis(600);
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
            Operation::Submit(_)
            | Operation::Again { .. }
            | Operation::Conflict { .. }
            | Operation::Foreign { .. }
            | Operation::Cancel { .. } => self.upstream_does(operation).await,
            Operation::Kill9 { service, down_ms } => {
                self.shared.end(&mut self.later, service, true, down_ms).await
            }
            Operation::Stop { service, down_ms } => {
                self.shared.end(&mut self.later, service, false, down_ms).await
            }
            Operation::KillLooking { down_ms } => self.kill_looking(down_ms).await,
            Operation::Pause { service, ms } => {
                self.shared.pause(&mut self.later, service, ms).await;
                Ok(())
            }
            Operation::BrokerRestart
            | Operation::BrokerWipe
            | Operation::DatabaseRestart
            | Operation::CutDatabase
            | Operation::CutBroker => self.server_fails(servers, operation).await,
            Operation::Fault { calls, fault, times } => {
                self.relay().simulator().fault(&rule(calls, fault, times)).await;
                Ok(())
            }
            Operation::QuotaChange { rate } => {
                set_quota(self.relay(), None, Some(rate), self.concurrent).await
            }
            Operation::Retry { nth, cancel } => self.retry(nth, cancel).await,
            Operation::Resolve { nth } => self.resolve(nth).await,
            Operation::Discard {
                organisation,
                uncertain,
            } => self.discard(organisation, uncertain).await,
            Operation::LanePause {
                organisation,
                access,
                ms,
            } => self.pause_lane(organisation, access, ms).await,
            Operation::Maintenance { ms } => self.maintain(ms).await,
            Operation::Wait { ms } => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Ok(())
            }
        }
    }

    /// What senders do; nothing, where there is no earlier submission to do it with.
    async fn upstream_does(&mut self, operation: &Operation) -> anyhow::Result<()> {
        match *operation {
            Operation::Submit(submission) => {
                let after = match submission.after {
                    Some(back) => self.prerequisite(submission, back).await,
                    None => None,
                };
                self.sender
                    .submit(&self.upstreams, &self.people, submission, after);
            }
            Operation::Again { back } => {
                if let Some(index) = self.earlier(back) {
                    self.sender.again(&self.upstreams, index);
                }
            }
            Operation::Cancel { back } => {
                if let Some(index) = self.earlier(back) {
                    self.sender.cancel(&self.upstreams, index);
                }
            }
            Operation::Conflict { back, requester } => {
                // Only what is a job already: else this might become it.
                let index = self.earlier(back).filter(|index| self.job_of(*index).is_some());
                if let Some(index) = index {
                    self.sender
                        .conflict(&self.upstreams, &self.people, index, requester);
                }
            }
            Operation::Foreign { person } => {
                let count = self.sender.record().submissions.len();
                let first = |index: &usize| {
                    self.sender.record().submissions[*index].organisation == Organisation::Eupen
                };
                let job = (0..count)
                    .rev()
                    .filter(first)
                    .find_map(|index| self.job_of(index));
                if let Some((_, job)) = job {
                    let ssin = &self.people[person % self.people.len()];
                    self.sender.foreign(&self.upstreams, ssin, &job);
                }
            }
            _ => unreachable!("an operation of somebody else: {operation:?}"),
        }
        Ok(())
    }

    async fn server_fails(&mut self, servers: &mut Servers, operation: &Operation) -> anyhow::Result<()> {
        match operation {
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
            _ => unreachable!("an operation of somebody else: {operation:?}"),
        }
        Ok(())
    }

    /// The submission that many before the last one.
    fn earlier(&self, back: usize) -> Option<usize> {
        let count = self.sender.record().submissions.len();
        count.checked_sub(1).map(|last| last.saturating_sub(back))
    }

    /// Key and job of a submission, once upstream has heard of it.
    fn job_of(&self, index: usize) -> Option<(String, String)> {
        let submitted = &self.sender.record().submissions[index];
        let seen = self.upstreams[submitted.organisation as usize].deliveries();
        let own = seen.iter().find_map(|seen| {
            let key = seen.event.idempotency_key.as_ref()?;
            (key.as_str() == submitted.key)
                .then_some(seen.event.job_id)
                .flatten()
        });
        own.map(|job| (submitted.key.clone(), job.0.to_string()))
    }

    /// The submission of a job that upstream has heard of.
    fn submission_of(&self, job: Uuid) -> Option<usize> {
        let record = self.sender.record();
        Organisation::ALL.into_iter().find_map(|organisation| {
            let seen = self.upstreams[organisation as usize].deliveries();
            let own = seen
                .iter()
                .find(|seen| seen.event.job_id.is_some_and(|own| own.0 == job))?;
            let key = own.event.idempotency_key.as_ref()?;
            let named =
                |one: &crate::sender::Submitted| one.organisation == organisation && one.key == key.as_str();
            record.submissions.iter().position(named)
        })
    }

    /// The job that a submission is to follow: that of its organisation that many before, or, if nothing is heard of
    /// it in time, the newest of which something was.
    async fn prerequisite(&self, submission: Submission, back: usize) -> Option<(String, String)> {
        let record = self.sender.record();
        let mut own: Vec<usize> = (0..record.submissions.len())
            .filter(|index| record.submissions[*index].organisation == submission.organisation)
            .collect();
        own.reverse();
        let wanted = *own.get(back.min(own.len().checked_sub(1)?))?;
        let waited = poll_until("the id of a job", ID, async || self.job_of(wanted)).await;
        let known = || own.iter().find_map(|index| self.job_of(*index));
        waited.ok().or_else(known)
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
