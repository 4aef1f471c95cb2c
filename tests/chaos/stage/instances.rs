//! The services of a stage: killed, stopped, paused and started again.

use std::sync::Arc;
use std::time::Duration;

use relay_testkit::Service;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::harness::{LONG, Relay};
use crate::script::Target;
use crate::sender::now_us;

/// A service that is killed, paused and started again.
pub(super) struct Instance {
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
pub(super) struct Shared {
    pub(super) relay: Relay,
    pub(super) instances: [Mutex<Instance>; 4],
    pub(super) pauses: std::sync::Mutex<Vec<Pause>>,
}

/// What happens later.
pub(super) type Later = JoinSet<anyhow::Result<()>>;

impl Shared {
    /// All services, ready.
    pub(super) async fn of(relay: Relay) -> anyhow::Result<Self> {
        let (producer, worker, worker2, results) = tokio::try_join!(
            first(&relay, Target::Producer),
            first(&relay, Target::Worker),
            first(&relay, Target::Worker2),
            first(&relay, Target::Results),
        )?;
        Ok(Self {
            relay,
            instances: [producer, worker, worker2, results],
            pauses: std::sync::Mutex::default(),
        })
    }

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

    /// Kills or stops it; it is started again later.
    pub(super) async fn end(
        self: &Arc<Self>,
        later: &mut Later,
        target: Target,
        at_once: bool,
        down_ms: u64,
    ) -> anyhow::Result<()> {
        {
            let mut instance = self.instance(target).lock().await;
            self.resume_locked(&mut instance);
            if let Some(mut service) = instance.running.take() {
                if at_once {
                    service.kill().await?;
                } else {
                    service.stop(LONG).await?;
                }
            }
        }
        let shared = Arc::clone(self);
        later.spawn(async move {
            tokio::time::sleep(Duration::from_millis(down_ms)).await;
            shared.start(target).await
        });
        Ok(())
    }

    /// Lets it stand still; it goes on later.
    pub(super) async fn pause(self: &Arc<Self>, later: &mut Later, target: Target, ms: u64) {
        let mut instance = self.instance(target).lock().await;
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
        let shared = Arc::clone(self);
        later.spawn(async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            shared.resume(target).await;
            Ok(())
        });
    }

    /// The service with this process, if it runs.
    pub(super) async fn target_of(&self, process: i32) -> Option<Target> {
        for instance in &self.instances {
            let instance = instance.lock().await;
            let own = |service: &Service| service.process().pid() == process;
            if instance.running.as_ref().is_some_and(own) {
                return Some(instance.target);
            }
        }
        None
    }

    /// Starts again who has ended by itself. Returns how many.
    pub(super) async fn tend(&self) -> anyhow::Result<u64> {
        let mut count = 0;
        for instance in &self.instances {
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
                count += 1;
                self.start(target).await?;
            }
        }
        Ok(count)
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
