//! Nobody waits for another organisation's queue, for jobs that are tried again, or for less urgent jobs.

use std::time::Duration;

use anyhow::Context;
use relay_testkit::InstallationOptions;
use relay_testkit::installation::ORGANISATION;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Extent;
use super::place::{CBE_NUMBER, Place, SETTINGS, SHORT_CALLS};
use super::report::{Figure, Proof, Row};
use super::stage::Stage;
use crate::progress::say;

/// Calls a second of the environment.
const RATE: f64 = 20.0;
/// `producer.release_window_ms`, seconds.
const WINDOW_S: f64 = 2.0;
/// First attempts take turns with repeated ones: half, and a little for how the counting begins and ends, %.
const SHARE: f64 = 45.0;

/// n/R + 2W, seconds.
fn longest_wait(organisations: u32) -> f64 {
    f64::from(organisations) / RATE + 2.0 * WINDOW_S
}

pub(crate) async fn prove(stage: &mut Stage, extent: Extent<'_>, proof: &mut Proof) -> anyhow::Result<()> {
    let busy = extent.of(10_000, 2_000);
    let mut rows = Vec::new();
    for organisations in [2, 5] {
        let case = format!("{organisations} organisations, {busy} jobs of one");
        if extent.takes(&case) {
            rows.push(first_jobs(stage, &case, organisations, busy, extent.of(10, 4)).await?);
        }
    }
    proof.add(
        "The environment takes 20 calls a second: seconds from acceptance to the call of single jobs beside \
         a long queue",
        rows,
    );
    if extent.takes("retries") {
        let row = retries(stage, extent.of(15, 8)).await.context("retries")?;
        proof.add(
            "All calls fail and are repeated for ever; new jobs come",
            vec![row],
        );
    }
    if extent.takes("priorities") {
        let row = priorities(stage, extent.of(10, 4)).await.context("priorities")?;
        proof.add(
            "Interactive jobs behind batch jobs of the same organisation",
            vec![row],
        );
    }
    Ok(())
}

async fn place(stage: &mut Stage, settings: &str) -> anyhow::Result<Place> {
    let options = InstallationOptions {
        settings: format!("{SETTINGS}{settings}"),
        service: SHORT_CALLS.to_owned(),
        ..InstallationOptions::default()
    };
    let place = stage.install(&options).await?;
    place
        .operate("quota set --environment test --rate 20 --burst 0")
        .await?;
    Ok(place)
}

/// Seconds from acceptance to the first call, of the jobs that a condition names and that were called. An attempt is
/// begun before its slot; that it was called is known from when its answer was there, and how long that had taken.
fn waits(condition: &str) -> String {
    format!(
        "SELECT extract(epoch FROM min(a.finished_at - a.duration_ms * interval '1 ms') - j.accepted_at)
         FROM relay.attempt AS a JOIN relay.job AS j USING (job_id) JOIN relay.job_state AS s USING (job_id)
         WHERE a.class <> 'handed_back' AND {condition} GROUP BY j.job_id ORDER BY 1"
    )
}

fn figures(waits_s: &[f64], longest_s: f64) -> Vec<Figure> {
    let median = waits_s.get(waits_s.len() / 2).copied().unwrap_or(f64::NAN);
    let longest = waits_s.last().copied().unwrap_or(f64::NAN);
    vec![
        Figure::count("jobs", waits_s.len()),
        Figure::new("median wait, s", median, 2),
        Figure::new("longest wait, s", longest, 2).at_most(longest_s),
    ]
}

/// All organisations but one ask a single question at the same moment, again and again.
async fn first_jobs(
    stage: &mut Stage,
    case: &str,
    organisations: u32,
    busy: usize,
    rounds: usize,
) -> anyhow::Result<Row> {
    let mut place = place(stage, "").await?;
    let others: Vec<String> = (2..=organisations)
        .map(|number| format!("eupen-{number}"))
        .collect();
    for (first_digits, other) in (2_123_450..).zip(&others) {
        place.add_organisation(other, |first| {
            // The number's own check.
            let number = format!("cbe_number = \"{first_digits:08}{:02}\"", 97 - first_digits % 97);
            first.replace(&format!("cbe_number = \"{CBE_NUMBER}\""), &number)
        })?;
    }
    place.start_all(2).await?;
    let questions = place.questions(ORGANISATION, "busy", busy).await?;
    place.submit(&questions).await?;
    for round in 0..rounds {
        let mut singles: Vec<Value> = Vec::new();
        for other in &others {
            singles.extend(place.questions(other, &format!("single-{round}"), 1).await?);
        }
        place.submit(&singles).await?;
        // No multiple of the release window: each round meets it at another point.
        sleep(Duration::from_millis(2700)).await;
    }
    let of_others = format!("j.organisation <> '{ORGANISATION}'");
    let begun = format!("SELECT count(*) FROM ({}) AS w", waits(&of_others));
    place.wait(&begun, (others.len() * rounds) as f64).await?;
    let mut figures = figures(
        &place.numbers(&waits(&of_others)).await?,
        longest_wait(organisations),
    );
    let left = "SELECT count(*) FROM relay.job_state WHERE ended_at IS NULL";
    let left = Figure::new(
        "jobs of the long queue left at the end",
        place.number(left).await?,
        0,
    );
    figures.push(left.at_least(1.0));
    place.end().await?;
    let row = Row::new(case, figures);
    say(&row.in_short());
    Ok(row)
}

/// 200 jobs that fail and are due again at once, then 300 new ones: what part of the attempts is theirs?
async fn retries(stage: &mut Stage, seconds: u32) -> anyhow::Result<Row> {
    // The circuit would keep retries away; here they are to come.
    let settings =
        "[circuit]\nfailures = 60000\n[retry]\nbase_ms = 500\ncap_ms = 1000\nmax_attempts = 1000\n";
    let mut place = place(stage, settings).await?;
    place.simulator().fault(&json!({"type": "http_503"})).await?;
    place.start_all(2).await?;
    let failing = place.questions(ORGANISATION, "failing", 200).await?;
    place.submit(&failing).await?;
    let tried = "SELECT count(*) FROM relay.job_state WHERE attempts_counted > 0";
    place.wait(tried, 200.0).await?;
    let from = place.now().await?;
    let new = place.questions(ORGANISATION, "new", 300).await?;
    place.submit(&new).await?;
    sleep(Duration::from_secs(seconds.into()) + Duration::from_secs_f64(2.0 * WINDOW_S)).await;
    // From the first attempt of a new job on: what had been released before it is begun before it.
    let shares = format!(
        "WITH a AS (SELECT a.number, a.began_at FROM relay.attempt AS a WHERE a.class IS DISTINCT FROM 'handed_back'),
         f AS (SELECT min(a.began_at) AS began FROM a WHERE a.number = 1 AND a.began_at > to_timestamp({from}))
         SELECT count(*) FILTER (WHERE a.number = 1) * 100.0 / count(*) FROM a, f
         WHERE a.began_at BETWEEN f.began AND f.began + interval '{seconds} s'
         UNION ALL SELECT count(*) FROM a, f WHERE a.began_at BETWEEN f.began AND f.began + interval '{seconds} s'
         UNION ALL SELECT extract(epoch FROM f.began) - {from} FROM f
         UNION ALL SELECT count(*) FROM relay.job_state WHERE attempts_counted = 0"
    );
    let numbers = place.numbers(&shares).await?;
    let [share, attempts, first, untried] = numbers[..] else {
        anyhow::bail!("{numbers:?} are not four numbers");
    };
    place.end().await?;
    let row = Row::new(
        "200 jobs fail again and again, 300 are new",
        vec![
            Figure::new("first attempts, % of all", share, 1).at_least(SHARE),
            Figure::new("attempts", attempts, 0),
            Figure::new("until the first new one begins, s", first, 2).at_most(longest_wait(1)),
            Figure::new("new jobs left at the end", untried, 0).at_least(1.0),
        ],
    );
    say(&row.in_short());
    Ok(row)
}

/// 2,000 batch jobs, and now and then somebody who waits for an answer.
async fn priorities(stage: &mut Stage, count: usize) -> anyhow::Result<Row> {
    let mut place = place(stage, "").await?;
    place.start_all(2).await?;
    let mut batch = place.questions(ORGANISATION, "batch", 2_000).await?;
    batch.iter_mut().for_each(|job| job["priority"] = "batch".into());
    place.submit(&batch).await?;
    for number in 0..count {
        let mut one = place
            .questions(ORGANISATION, &format!("urgent-{number}"), 1)
            .await?;
        one.iter_mut()
            .for_each(|job| job["priority"] = "interactive".into());
        place.submit(&one).await?;
        sleep(Duration::from_millis(2300)).await;
    }
    let urgent = waits("s.priority = 0");
    place
        .wait(&format!("SELECT count(*) FROM ({urgent}) AS w"), count as f64)
        .await?;
    let mut figures = figures(&place.numbers(&urgent).await?, longest_wait(1));
    let left = "SELECT count(*) FROM relay.job_state WHERE ended_at IS NULL AND priority = 2";
    let left = Figure::new("batch jobs left at the end", place.number(left).await?, 0);
    figures.push(left.at_least(1.0));
    place.end().await?;
    let row = Row::new("2000 batch jobs", figures);
    say(&row.in_short());
    Ok(row)
}
