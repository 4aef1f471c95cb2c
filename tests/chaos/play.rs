//! A script from its beginning to the verdict.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use tokio::sync::Mutex;
use tokio::task::LocalSet;
use tokio::time::Instant;

use crate::check;
use crate::check::events::unheard;
use crate::facts::{self, Facts, Job};
use crate::figures::Figures;
use crate::harness::record::query;
use crate::script::{Organisation, Script};
use crate::stage::{Servers, Stage};

/// For everything to end once nothing goes wrong any more: a person's changes are looked up one after another.
const ENDING: Duration = Duration::from_secs(120);
/// How long an upstream system waits for `accepted` before it submits again.
const PATIENCE: Duration = Duration::from_secs(4);

/// Plays a script on a task of its own, so that a panic of the harness is a problem as well.
pub(crate) async fn play(
    servers: &Arc<Mutex<Option<Servers>>>,
    script: &Script,
) -> Result<Figures, Vec<String>> {
    let (servers, script) = (Arc::clone(servers), script.clone());
    // The harness's futures are not all `Send`.
    let local = LocalSet::new();
    let playing = local.spawn_local(async move {
        let mut servers = servers.lock().await;
        let servers = match &mut *servers {
            Some(servers) => servers,
            none => none.insert(Servers::start().await?),
        };
        whole(servers, &script).await
    });
    match local.run_until(playing).await {
        Ok(Ok((figures, problems))) if problems.is_empty() => Ok(figures),
        Ok(Ok((_, problems))) => Err(problems),
        Ok(Err(error)) => Err(vec![format!("(0) {error:#}")]),
        Err(panic) => Err(vec![format!("(0) {panic}")]),
    }
}

async fn whole(servers: &mut Servers, script: &Script) -> anyhow::Result<(Figures, Vec<String>)> {
    let began = Instant::now();
    let mut stage = Stage::set(servers, script).await?;
    for operation in &script.operations {
        stage.carry_out(servers, operation).await?;
    }
    stage.heal().await?;
    let mut left = end(&mut stage).await?;
    // What is decided may come to nothing again, and be decided once more.
    while script.settle && left.is_none() && stage.resolve_all().await? {
        left = end(&mut stage).await?;
    }
    let facts = Facts::gather(&stage).await?;
    let mut figures = stage.figures.clone();
    let mut problems = check::problems(&facts, script, &mut figures);
    if let Some(left) = left {
        problems.insert(0, format!("(1) not at rest after {} s: {left}", ENDING.as_secs()));
    }
    if !problems.is_empty() || env::var_os("CHAOS_KEEP").is_some() {
        keep(&stage, &facts, script);
    }
    figures.scripts = 1;
    figures.seconds = began.elapsed().as_secs_f64();
    Ok((figures, problems))
}

/// Waits until nothing moves any more; says what is left when that takes too long.
async fn end(stage: &mut Stage) -> anyhow::Result<Option<String>> {
    let deadline = Instant::now() + ENDING;
    let mut asked = Instant::now();
    let mut last = "nothing was looked at".to_owned();
    while Instant::now() < deadline {
        stage.tend().await?;
        if asked.elapsed() > PATIENCE {
            submit_again(stage);
            asked = Instant::now();
        }
        // A server that was restarted just now may not answer yet.
        match standing(stage).await {
            Ok(None) => return Ok(None),
            Ok(Some(left)) => last = left,
            Err(error) => last = format!("{error:#}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(Some(last))
}

/// As a real upstream system: what the broker had confirmed and then lost with its disk.
fn submit_again(stage: &mut Stage) {
    let Some(wiped) = stage.wiped_us else { return };
    let answered = answered(stage);
    for (index, submitted) in stage.sender.record().submissions.iter().enumerate() {
        let lost = submitted.confirmed_us.last().is_some_and(|last| *last <= wiped);
        if lost && !answered.contains(&(submitted.organisation, submitted.key.clone())) {
            stage.sender.again(&stage.upstreams, index);
            stage.figures.resubmitted += 1;
        }
    }
}

/// Keys of which the relay has said what became of their submissions: a job, or too late for one.
fn answered(stage: &Stage) -> BTreeSet<(Organisation, String)> {
    let mut answered = BTreeSet::new();
    for organisation in Organisation::ALL {
        for seen in stage.upstreams[organisation as usize].deliveries() {
            let told = seen.event.job_id.is_some() || check::is_past_its_deadline(&seen.event);
            if let (true, Some(key)) = (told, &seen.event.idempotency_key) {
                answered.insert((organisation, key.as_str().to_owned()));
            }
        }
    }
    answered
}

/// What is not at rest yet, if anything.
async fn standing(stage: &Stage) -> anyhow::Result<Option<String>> {
    let record = stage.sender.record();
    if record.outstanding > 0 {
        return Ok(Some(format!("{} messages are not confirmed", record.outstanding)));
    }
    let answered = answered(stage);
    let silent: Vec<_> = record
        .submissions
        .iter()
        .filter(|one| !answered.contains(&(one.organisation, one.key.clone())))
        .collect();
    if !silent.is_empty() {
        return Ok(Some(format!("submissions without an answer: {silent:?}")));
    }
    let jobs = facts::jobs(stage).await?;
    let all: Vec<&Job> = jobs.iter().collect();
    let blocked = check::blocked(&all);
    let open: Vec<&Job> = all
        .into_iter()
        .filter(|job| job.ended_us.is_none() && job.state != "uncertain" && !blocked.contains(&job.job_id))
        .collect();
    if !open.is_empty() {
        return Ok(Some(format!("{} open jobs: {open:?}", open.len())));
    }
    let outbox = "SELECT count(*) FROM relay.outbox WHERE parked_at IS NULL";
    let waiting = query(&stage.relay().installation.owner_url(), outbox).await?;
    if waiting[0][0].as_deref() != Some("0") {
        return Ok(Some(format!("{waiting:?} events in the outbox")));
    }
    let facts = Facts::gather(stage).await?;
    let unheard = unheard(&facts.said, &facts.heard(), facts.wiped_us);
    if !unheard.is_empty() {
        return Ok(Some(format!("events that did not come: {unheard:?}")));
    }
    let silent = check::unanswered(&facts);
    Ok((!silent.is_empty()).then(|| silent.join(", ")))
}

/// Logs and facts, for a look afterwards.
fn keep(stage: &Stage, facts: &Facts, script: &Script) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("chaos")
        .join(script.name());
    let copied = fs::create_dir_all(&folder).and_then(|()| {
        fs::write(folder.join("facts.json"), format!("{:#}", facts.dump()))?;
        for entry in fs::read_dir(stage.relay().installation.directory())? {
            let path = entry?.path();
            if let (Some(name), Some("log")) = (
                path.file_name(),
                path.extension().and_then(|extension| extension.to_str()),
            ) {
                fs::copy(&path, folder.join(name))?;
            }
        }
        Ok(())
    });
    eprintln!("logs and facts are in {}: {copied:?}", folder.display());
}
