//! In every window of length T, at most ⌈R·(T+V)⌉ + burst calls: over workers that die, and a database that does.

use std::time::Duration;

use anyhow::{Context, ensure};
use relay_testkit::InstallationOptions;
use relay_testkit::installation::{ORGANISATION, USER_ID};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use super::Extent;
use super::place::{CBE_NUMBER, Place, SETTINGS, SHORT_CALLS};
use super::report::{Figure, Proof, Row};
use super::simulator::Call;
use super::stage::Stage;
use super::windows::{LENGTHS_S, allowed, most, most_open, rate};
use crate::progress::say;

/// Calls a second, the calls that may come at once beyond that, and the simulator's latency.
const CASES: [(u32, u32, u32); 6] = [
    (5, 0, 0),
    (5, 10, 1000),
    (20, 0, 200),
    (20, 10, 0),
    (50, 0, 1000),
    (50, 10, 200),
];
const WORKERS: usize = 3;
/// The worker that is killed.
const VICTIM: &str = "worker-2";
/// By then every burst of the cases is full.
const FILLED: Duration = Duration::from_millis(2500);
/// How much of a rate is used while there is work, %.
const USED: f64 = 95.0;
const OTHER: &str = "eupen-second";
const OTHER_CBE_NUMBER: &str = "0212344975";

pub(crate) async fn prove(stage: &mut Stage, extent: Extent<'_>, proof: &mut Proof) -> anyhow::Result<()> {
    let seconds = extent.of(25, 12);
    let mut rows = Vec::new();
    for (per_second, burst, latency_ms) in CASES {
        let case = format!("{per_second}/s, burst {burst}, {latency_ms} ms");
        if extent.takes(&case) {
            let mut place = stage.install(&paced(per_second, burst, latency_ms)).await?;
            let calls = one_lane(&mut place, per_second, seconds)
                .await
                .with_context(|| case.clone())?;
            place.end().await?;
            let row = row(&case, f64::from(per_second), burst, &times(&calls), true);
            say(&row.in_short());
            rows.push(row);
        }
    }
    proof.add(
        "One quota, three workers of which one is killed and started again: most calls in any window of T, and what \
         is used of the rate",
        rows,
    );
    if extent.takes("composed") {
        let rows = composed(stage, seconds).await.context("composed quotas")?;
        proof.add(
            "Quotas of environment, organisation and service at once, a worker is killed",
            rows,
        );
    }
    if extent.takes("concurrent") {
        let rows = concurrent(stage, seconds).await.context("concurrent_requests")?;
        proof.add("Calls open at once, a worker is killed", rows);
    }
    if extent.takes("database") {
        let rows = database(stage, seconds)
            .await
            .context("a crash of the database")?;
        proof.add(
            "PostgreSQL is killed and started again; afterwards the burst is empty",
            rows,
        );
    }
    Ok(())
}

/// One quota on the service.
fn paced(per_second: u32, burst: u32, latency_ms: u32) -> InstallationOptions {
    limited(
        &format!("requests_per_second = {per_second}.0, burst = {burst}"),
        latency_ms,
    )
}

fn limited(quota: &str, latency_ms: u32) -> InstallationOptions {
    InstallationOptions {
        settings: SETTINGS.to_owned(),
        service: format!("{SHORT_CALLS}\nquota = {{ {quota} }}"),
        simulator: vec!["--latency-ms".to_owned(), latency_ms.to_string()],
        ..InstallationOptions::default()
    }
}

/// More work than fits, all of it there beforehand; a worker is killed after a third of the time.
async fn one_lane(place: &mut Place, per_second: u32, seconds: u32) -> anyhow::Result<Vec<Call>> {
    // Half as much again, and what bursts take.
    let jobs = (per_second * seconds * 3 / 2 + 50) as usize;
    place
        .start(&[("relay-producer", "producer"), ("relay-results", "results")])
        .await?;
    let questions = place.questions(ORGANISATION, "paced", jobs).await?;
    place.submit(&questions).await?;
    with_a_victim(place, seconds).await?;
    let calls = place.simulator().calls().await?;
    ensure!(
        calls.len() < jobs,
        "all {jobs} jobs were done before the time was over"
    );
    Ok(calls)
}

/// Starts the workers, kills one and starts it again, until the time is over.
async fn with_a_victim(place: &mut Place, seconds: u32) -> anyhow::Result<()> {
    // A burst begins empty.
    sleep(FILLED).await;
    let began = Instant::now();
    place
        .start(&[("relay-worker", "worker-1"), ("relay-worker", "worker-3")])
        .await?;
    let mut victim = place.installation.start("relay-worker", VICTIM).await?;
    sleep_until(began + Duration::from_secs(seconds.into()) / 3).await;
    victim.service.kill().await?;
    place.start(&[("relay-worker", VICTIM)]).await?;
    sleep_until(began + Duration::from_secs(seconds.into())).await;
    Ok(())
}

fn times(calls: &[Call]) -> Vec<u64> {
    calls.iter().map(|call| call.received_ms).collect()
}

fn row(case: &str, per_second: f64, burst: u32, received_ms: &[u64], used_up: bool) -> Row {
    let mut figures: Vec<Figure> = LENGTHS_S
        .iter()
        .map(|&length| {
            let found = Figure::count(format!("{length} s"), most(received_ms, length));
            found.at_most(allowed(per_second, burst, length))
        })
        .collect();
    let used = Figure::new("of the rate, %", rate(received_ms) / per_second * 100.0, 1);
    figures.push(if used_up { used.at_least(USED) } else { used });
    figures.push(Figure::count("calls", received_ms.len()));
    Row::new(case, figures)
}

/// The environment holds 30 a second, one organisation 12 (burst 5), its RetrieveTIGroups 4 (burst 2): all three are
/// used up, by three lanes of two organisations.
async fn composed(stage: &mut Stage, seconds: u32) -> anyhow::Result<Vec<Row>> {
    let mut place = stage
        .install(&InstallationOptions {
            organisation: format!(
                "registration_units = [\"{CBE_NUMBER}\"]\nquota = {{ requests_per_second = 12.0, burst = 5 }}"
            ),
            access: Some(SHORT_CALLS.to_owned()),
            ..limited("requests_per_second = 4.0, burst = 2", 200)
        })
        .await?;
    place.add_organisation(OTHER, |first| {
        let unlimited = first.lines().filter(|line| !line.starts_with("quota"));
        let text: Vec<&str> = unlimited.collect();
        text.join("\n")
            .replace(CBE_NUMBER, OTHER_CBE_NUMBER)
            .replace(&format!("E{OTHER_CBE_NUMBER}"), &format!("E{CBE_NUMBER}"))
    })?;
    place
        .operate("quota set --environment test --rate 30 --burst 0")
        .await?;
    place
        .start(&[("relay-producer", "producer"), ("relay-results", "results")])
        .await?;
    let jobs = (seconds * 45) as usize;
    let mut submissions = place.questions(ORGANISATION, "first", jobs).await?;
    submissions.extend(
        place
            .questions(ORGANISATION, "list", jobs)
            .await?
            .iter()
            .map(list),
    );
    submissions.extend(place.questions(OTHER, "other", jobs).await?);
    place.submit(&submissions).await?;
    with_a_victim(&mut place, seconds).await?;
    let calls = place.simulator().calls().await?;
    place.end().await?;
    let own: Vec<Call> = calls
        .iter()
        .filter(|call| call.cbe_number == CBE_NUMBER)
        .cloned()
        .collect();
    let service: Vec<Call> = own
        .iter()
        .filter(|call| call.service == "retrieve-ti-groups")
        .cloned()
        .collect();
    let rows = vec![
        row("environment, 30/s", 30.0, 0, &times(&calls), true),
        row("organisation, 12/s, burst 5", 12.0, 5, &times(&own), true),
        row("service, 4/s, burst 2", 4.0, 2, &times(&service), true),
    ];
    rows.iter().for_each(|row| say(&row.in_short()));
    Ok(rows)
}

/// The same question to ManageAccess: who has this person registered?
fn list(question: &Value) -> Value {
    json!({
        "organisation": question["organisation"],
        "idempotencyKey": question["idempotencyKey"],
        "requester": { "userId": USER_ID, "reason": "file 4711" },
        "manageAccess": {
            "ssin": question["retrieveTiGroups"]["ssin"],
            "action": "LIST",
            "period": { "startDate": "2026-01-01", "endDate": "2026-12-31" },
            "proofOfAuthentication": { "identityCardNumber": "591000000000" },
        },
    })
}

async fn concurrent(stage: &mut Stage, seconds: u32) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (limit, latency_ms) in [(4_u32, 250_u32), (20, 1000)] {
        let options = limited(&format!("concurrent_requests = {limit}"), latency_ms);
        let mut place = stage.install(&options).await?;
        let possible = f64::from(limit) * 1000.0 / f64::from(latency_ms);
        let calls = one_lane(&mut place, possible as u32, seconds).await?;
        place.end().await?;
        // The answers to the killed worker reached nobody, and would have taken as long.
        let end = |call: &Call| {
            call.answered_ms
                .unwrap_or(call.received_ms + u64::from(latency_ms))
        };
        let open: Vec<_> = calls.iter().map(|call| (call.received_ms, end(call))).collect();
        let row = Row::new(
            format!("{limit} at once, {latency_ms} ms"),
            vec![
                Figure::count("most open at once", most_open(&open)).at_most(limit.into()),
                Figure::new("calls a second", rate(&times(&calls)), 1),
                Figure::new("with no pause between calls", possible, 1),
                Figure::count("calls", calls.len()),
            ],
        );
        say(&row.in_short());
        rows.push(row);
    }
    Ok(rows)
}

async fn database(stage: &mut Stage, seconds: u32) -> anyhow::Result<Vec<Row>> {
    let (per_second, burst) = (20_u32, 10);
    let mut place = stage.install(&paced(per_second, burst, 200)).await?;
    let jobs = (per_second * seconds * 3 / 2) as usize;
    place
        .start(&[("relay-producer", "producer"), ("relay-results", "results")])
        .await?;
    let questions = place.questions(ORGANISATION, "paced", jobs).await?;
    place.submit(&questions).await?;
    sleep(FILLED).await;
    for number in 1..=WORKERS {
        let name = format!("worker-{number}");
        place.start(&[("relay-worker", &name)]).await?;
    }
    let half = Duration::from_secs(seconds.into()) / 2;
    sleep(half).await;
    let killed = Instant::now();
    stage.crash_postgres().await?;
    let down = killed.elapsed();
    let at_restart = times(&place.simulator().calls().await?);
    sleep(half).await;
    let calls = times(&place.simulator().calls().await?);
    place.end().await?;
    let after = calls.get(at_restart.len()..).unwrap_or_default();
    let last_before = at_restart.last().copied().unwrap_or_default();
    let first_after = after.first().copied().context("no call came after the restart")?;
    let say_row = |row: Row| {
        say(&row.in_short());
        row
    };
    say(&format!("the database was away for {:.1} s", down.as_secs_f64()));
    let pause_s = (first_after - last_before) as f64 / 1000.0;
    Ok(vec![
        say_row(row(
            &format!("20/s, burst 10, 200 ms, a pause of {pause_s:.1} s between calls"),
            per_second.into(),
            burst,
            &calls,
            false,
        )),
        say_row(row(
            "calls after the restart, as if there were no burst",
            per_second.into(),
            0,
            after,
            true,
        )),
    ])
}
