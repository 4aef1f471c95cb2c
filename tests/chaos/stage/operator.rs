//! What operators do, with the real `relayctl`, and what they remember of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use relay_testkit::installation::{OPERATOR, Output};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::Stage;
use crate::facts;
use crate::harness::Relay;
use crate::harness::record::query;
use crate::script::{Organisation, SETTLE_MS};
use crate::sender::now_us;

/// Acts on jobs that were done, by their word in the record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Act {
    pub(crate) action: String,
    /// None where many were dealt with at once.
    pub(crate) job: Option<Uuid>,
    pub(crate) count: usize,
}

/// A lane, or the environment, that was not to be called.
#[derive(Clone, Debug)]
pub(crate) struct Closure {
    /// Organisation and service.
    pub(crate) lane: Option<(Organisation, &'static str)>,
    /// When the operator knew that it was closed.
    pub(crate) from_us: i64,
    /// When it was to be opened again; none while it is closed.
    pub(crate) until_us: Option<i64>,
}

/// Sets the limits of the environment, or the rate of an organisation.
pub(super) async fn set_quota(
    relay: &Relay,
    organisation: Option<Organisation>,
    rate: Option<u32>,
    concurrent: Option<u32>,
) -> anyhow::Result<()> {
    let mut set: Vec<String> = ["quota", "set", "--environment", "test"]
        .map(str::to_owned)
        .into();
    if let Some(organisation) = organisation {
        set.extend(["--organisation".to_owned(), organisation.id().to_owned()]);
    }
    if let Some(rate) = rate {
        set.extend(["--rate", &rate.to_string(), "--burst", "0"].map(str::to_owned));
    }
    if let Some(concurrent) = concurrent {
        set.extend(["--concurrent", &concurrent.to_string()].map(str::to_owned));
    }
    let arguments: Vec<&str> = set.iter().map(String::as_str).collect();
    relayctl(relay, &arguments)
        .await?
        .succeeded()
        .context("setting a quota")?;
    Ok(())
}

async fn relayctl(relay: &Relay, arguments: &[&str]) -> anyhow::Result<Output> {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--reason", "agreed"]).collect();
    relay.installation.relayctl_as(OPERATOR, &arguments).await
}

/// Whether an act was done; that its job had moved on is an answer, too.
fn done(output: &Output) -> anyhow::Result<bool> {
    ensure!(matches!(output.code, 0 | 1), "an act of an operator: {output:?}");
    Ok(output.code == 0)
}

impl Stage {
    async fn job_ids(&self, condition: &str) -> anyhow::Result<Vec<Uuid>> {
        let sql = format!("SELECT s.job_id FROM relay.job_state AS s WHERE {condition} ORDER BY s.job_id");
        let rows = query(&self.relay().installation.owner_url(), &sql).await?;
        let ids = rows
            .iter()
            .filter_map(|row| row.first()?.as_deref()?.parse().ok());
        Ok(ids.collect())
    }

    async fn on_job(&mut self, action: &str, arguments: &[&str], job: Uuid) -> anyhow::Result<bool> {
        let id = job.to_string();
        let arguments: Vec<&str> = arguments.iter().copied().chain([id.as_str()]).collect();
        let done = done(&relayctl(self.relay(), &arguments).await?)?;
        if done {
            self.acts.push(Act {
                action: action.to_owned(),
                job: Some(job),
                count: 1,
            });
        }
        Ok(done)
    }

    pub(super) async fn retry(&mut self, nth: usize, cancel: bool) -> anyhow::Result<()> {
        let dead = "s.state IN ('failed', 'errors') AND s.discarded_at IS NULL";
        let jobs = self.job_ids(dead).await?;
        let Some(job) = nth.checked_rem(jobs.len()).map(|nth| jobs[nth]) else {
            return Ok(());
        };
        if self.on_job("job_retry", &["job", "retry"], job).await?
            && cancel
            && let Some(index) = self.submission_of(job)
        {
            self.sender.cancel(&self.upstreams, index);
        }
        Ok(())
    }

    /// Says of an uncertain change what the operator has seen at the CBSS: not before nothing can come any more.
    pub(super) async fn resolve(&mut self, nth: usize) -> anyhow::Result<()> {
        let jobs = self.settled_uncertain().await?;
        match nth.checked_rem(jobs.len()) {
            Some(nth) => self.decide(jobs[nth]).await,
            None => Ok(()),
        }
    }

    /// The same of all that is uncertain now; tells whether there was any.
    pub(crate) async fn resolve_all(&mut self) -> anyhow::Result<bool> {
        let waits = !self.job_ids("s.state = 'uncertain'").await?.is_empty();
        for job in self.settled_uncertain().await? {
            self.decide(job).await?;
        }
        Ok(waits)
    }

    async fn settled_uncertain(&self) -> anyhow::Result<Vec<Uuid>> {
        let over = format!(
            "s.state = 'uncertain' AND NOT EXISTS (SELECT FROM relay.attempt AS a WHERE a.job_id = s.job_id
             AND a.lease_until + interval '{SETTLE_MS} ms' > clock_timestamp())"
        );
        self.job_ids(&over).await
    }

    async fn decide(&mut self, job: Uuid) -> anyhow::Result<()> {
        let sql = format!("SELECT ticket FROM relay.attempt WHERE job_id = '{job}'");
        let rows = query(&self.relay().installation.owner_url(), &sql).await?;
        let tickets = rows
            .iter()
            .filter_map(|row| row.first()?.as_deref()?.parse().ok());
        let own: BTreeSet<Uuid> = tickets.collect();
        let changes = facts::changes(self, &facts::calls(self).await?).await?;
        let made = changes.iter().any(|change| own.contains(&change.ticket));
        let (action, word) = if made {
            ("job_done", "done")
        } else {
            ("job_not_done", "not-done")
        };
        self.on_job(action, &["job", "resolve", "--as", word], job)
            .await?;
        Ok(())
    }

    pub(super) async fn discard(
        &mut self,
        organisation: Organisation,
        uncertain: bool,
    ) -> anyhow::Result<()> {
        let state = if uncertain { "uncertain" } else { "failed" };
        let arguments = [
            "dead",
            "discard",
            "--organisation",
            organisation.id(),
            "--state",
            state,
            "--first",
            "3",
            "--yes",
        ];
        let output = relayctl(self.relay(), &arguments).await?.succeeded()?;
        let done = |line: &str| line.split_once(" done")?.0.trim().parse().ok();
        let count = output.stdout.lines().find_map(done).unwrap_or_default();
        self.acts.push(Act {
            action: "job_discard".to_owned(),
            job: None,
            count,
        });
        Ok(())
    }

    pub(super) async fn pause_lane(
        &mut self,
        organisation: Organisation,
        access: bool,
        ms: u64,
    ) -> anyhow::Result<()> {
        let service = if access {
            "manage-access"
        } else {
            "retrieve-ti-groups"
        };
        let lane = [
            "--environment",
            "test",
            "--organisation",
            organisation.id(),
            "--service",
            service,
        ];
        let pause = [&["lane", "pause"], &lane[..]].concat();
        relayctl(self.relay(), &pause).await?.succeeded()?;
        let lane_of = Some((organisation, service));
        self.close(lane_of, None);
        let (shared, closures) = (Arc::clone(&self.shared), Arc::clone(&self.closures));
        self.later.spawn(async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            // Two pauses of one lane end with the first one's.
            for closure in &mut *closures.lock().expect("no panic with the lock") {
                if closure.lane == lane_of {
                    closure.until_us.get_or_insert_with(now_us);
                }
            }
            let resume = [&["lane", "resume"], &lane[..]].concat();
            done(&relayctl(&shared.relay, &resume).await?)?;
            Ok(())
        });
        Ok(())
    }

    pub(super) async fn maintain(&mut self, ms: u64) -> anyhow::Result<()> {
        let from = now_us();
        let until = from + i64::try_from(ms * 1000)?;
        let text =
            |us: i64| OffsetDateTime::from_unix_timestamp_nanos(i128::from(us) * 1000)?.format(&Rfc3339);
        let written = |us| -> anyhow::Result<String> { text(us).map_err(Into::into) };
        let (begins, ends) = (written(from)?, written(until)?);
        let window = [
            "maintenance",
            "add",
            "--environment",
            "test",
            "--from",
            &begins,
            "--until",
            &ends,
        ];
        relayctl(self.relay(), &window).await?.succeeded()?;
        self.close(None, Some(until));
        Ok(())
    }

    fn close(&self, lane: Option<(Organisation, &'static str)>, until_us: Option<i64>) {
        let closure = Closure {
            lane,
            from_us: now_us(),
            until_us,
        };
        self.closures
            .lock()
            .expect("no panic with the lock")
            .push(closure);
    }
}
