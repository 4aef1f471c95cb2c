//! While the CBSS is away, one call at a time finds out whether it is back; no job is lost, and the load comes back by
//! steps.

use std::time::Duration;

use anyhow::Context;
use relay_testkit::InstallationOptions;
use relay_testkit::installation::ORGANISATION;
use serde_json::json;
use tokio::time::sleep;

use super::Extent;
use super::place::{Place, SETTINGS, SHORT_CALLS};
use super::report::{Figure, Proof, Row};
use super::stage::Stage;
use crate::progress::say;

const JOBS: usize = 200;
/// `circuit.open_ms` here; as shipped it is 30 s. All else of the circuits is as shipped.
const OPEN_S: f64 = 1.0;
/// The longest that a circuit stays open: its first time, doubled four times.
const LONGEST_OPEN_S: f64 = 16.0 * OPEN_S;
/// What a probe may take beyond that: the producer's look at the circuits (1 s), a release, and a call that times out.
const PROBE_S: f64 = 5.0;
/// The last call before a circuit opens may be put on record while it does, seconds.
const OVERLAP_S: f64 = 0.25;

/// How the CBSS is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outage {
    /// It answers 503 and says when to come back.
    Refusal,
    /// Something before it answers 503, and nothing more.
    Gateway,
    /// It takes connections and says nothing; what it was asked, it does when it is back.
    Silence,
}

impl Outage {
    fn case(self, seconds: u32) -> String {
        match self {
            Self::Refusal => format!("503 with Retry-After for {seconds} s"),
            Self::Gateway => format!("503 for {seconds} s"),
            Self::Silence => format!("silence for {seconds} s"),
        }
    }

    async fn begin(self, place: &Place) -> anyhow::Result<()> {
        match self {
            Self::Refusal => {
                let action = json!({"type": "http_503", "retry_after_s": 1});
                place.simulator().fault(&action).await
            }
            Self::Gateway => place.simulator().fault(&json!({"type": "http_503"})).await,
            Self::Silence => {
                place.installation.simulator().pause();
                Ok(())
            }
        }
    }

    async fn end(self, place: &Place) -> anyhow::Result<()> {
        match self {
            Self::Refusal | Self::Gateway => place.simulator().heal().await,
            Self::Silence => {
                place.installation.simulator().resume();
                Ok(())
            }
        }
    }
}

pub(crate) async fn prove(stage: &mut Stage, extent: Extent<'_>, proof: &mut Proof) -> anyhow::Result<()> {
    let seconds = extent.of(30, 10);
    let mut during = Vec::new();
    let mut afterwards = Vec::new();
    for outage in [Outage::Refusal, Outage::Gateway, Outage::Silence] {
        let case = outage.case(seconds);
        if extent.takes(&case) {
            let rows = away(stage, outage, seconds).await.context(case)?;
            let [one, other] = rows;
            during.push(one);
            afterwards.push(other);
        }
    }
    proof.add(
        "200 jobs come while the CBSS is away, two workers, a circuit opens for 1 s at first",
        during,
    );
    proof.add("It is back", afterwards);
    if extent.takes("401") {
        let row = access(stage, extent.of(10, 5)).await.context("401")?;
        proof.add(
            "Access is refused; a person repairs it and resumes the lane",
            vec![row],
        );
    }
    Ok(())
}

/// Keeps each change of a circuit, with its time, in a table of its own.
const WATCH: &str = "
    CREATE TABLE public.seen (
        at timestamptz NOT NULL, lane boolean NOT NULL, state text NOT NULL, allowance integer NOT NULL);
    CREATE FUNCTION public.watch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        INSERT INTO public.seen VALUES (clock_timestamp(), NEW.service <> '*', NEW.state, NEW.allowance);
        RETURN NULL;
    END $$;
    CREATE TRIGGER watch AFTER INSERT OR UPDATE ON relay.circuit FOR EACH ROW EXECUTE FUNCTION public.watch();";

/// An installation whose circuits are watched, with jobs on their way into trouble.
async fn place(stage: &mut Stage) -> anyhow::Result<Place> {
    let options = InstallationOptions {
        settings: format!("{SETTINGS}[circuit]\nopen_ms = {}\n", OPEN_S * 1000.0),
        service: SHORT_CALLS.to_owned(),
        simulator: vec!["--latency-ms".to_owned(), "100".to_owned()],
        ..InstallationOptions::default()
    };
    let mut place = stage.install(&options).await?;
    place.installation.sql(WATCH).await?;
    place.start_all(2).await?;
    Ok(place)
}

const FAILED: &str = "SELECT count(*) FROM relay.job_state WHERE state = 'failed'";
const ENDED_WELL: &str = "SELECT count(*) FROM relay.job_state WHERE state = 'ok'";

/// Tells of each failed job how its attempts went: a bound is broken, and somebody has to find out why.
async fn explain(place: &Place) -> anyhow::Result<()> {
    let failed = "SELECT format('a job failed (%s); its attempts: %s', s.cause, string_agg(
            format('%s at %s', a.class, to_char(a.began_at, 'MI:SS.MS')), ', ' ORDER BY a.number))
        FROM relay.job_state AS s JOIN relay.attempt AS a USING (job_id) WHERE s.state = 'failed'
        GROUP BY s.job_id, s.cause, s.attempts_counted LIMIT 5";
    for line in place.installation.sql(failed).await?.lines() {
        say(line);
    }
    let circuits = "SELECT string_agg(format('%s%s %s', to_char(at, 'MI:SS.MS'),
            CASE WHEN lane THEN '' ELSE ' environment' END, state), ', ' ORDER BY at)
        FROM public.seen WHERE state <> 'resuming'";
    say(&place.installation.sql(circuits).await?);
    Ok(())
}

/// What the outage did, and what came after it.
async fn away(stage: &mut Stage, outage: Outage, seconds: u32) -> anyhow::Result<[Row; 2]> {
    let case = outage.case(seconds);
    let mut place = place(stage).await?;
    let questions = place.questions(ORGANISATION, "outage", JOBS).await?;
    outage.begin(&place).await?;
    let began = place.now().await?;
    place.submit(&questions).await?;
    sleep(Duration::from_secs_f64(
        f64::from(seconds) - (place.now().await? - began),
    ))
    .await;
    outage.end(&place).await?;
    let healed = place.now().await?;
    place
        .wait(
            "SELECT count(*) FROM relay.job_state WHERE ended_at IS NOT NULL",
            JOBS as f64,
        )
        .await?;
    let settled = "SELECT (count(*) = 0)::integer FROM relay.circuit WHERE state <> 'closed'";
    place.wait(settled, 1.0).await?;
    let during = Row::new(case.clone(), during(&place, outage, healed).await?);
    let afterwards = Row::new(case, afterwards(&place, healed).await?);
    say(&during.in_short());
    say(&afterwards.in_short());
    if place.number(FAILED).await? > 0.0 {
        explain(&place).await?;
    }
    place.end().await?;
    Ok([during, afterwards])
}

/// Calls that began before the circuit of the lane opened, and those that probed it.
async fn during(place: &Place, outage: Outage, healed: f64) -> anyhow::Result<Vec<Figure>> {
    let calls = format!(
        "WITH o AS (SELECT min(at) AS opened FROM public.seen WHERE state = 'open'),
         a AS (SELECT a.began_at, a.finished_at, a.began_at > o.opened + interval '{OVERLAP_S} s' AS probe
               FROM relay.attempt AS a, o
               WHERE a.class IS DISTINCT FROM 'handed_back' AND a.began_at < to_timestamp({healed})),
         p AS (SELECT began_at - lag(began_at) OVER (ORDER BY began_at) AS apart,
                   began_at < lag(finished_at) OVER (ORDER BY began_at) AS at_once
               FROM a WHERE probe)
         SELECT count(*) FILTER (WHERE NOT probe) FROM a
         UNION ALL SELECT count(*) FROM p
         UNION ALL SELECT coalesce(extract(epoch FROM min(apart)), 0) FROM p
         UNION ALL SELECT count(*) FILTER (WHERE at_once) FROM p"
    );
    let numbers = place.numbers(&calls).await?;
    let [before, probes, apart, overlapping] = numbers[..] else {
        anyhow::bail!("{numbers:?} are not four numbers");
    };
    // An unknown outcome is a chance used up, and a question has two: a probe may be the second one of its job.
    let lost = match outage {
        Outage::Refusal | Outage::Gateway => 0.0,
        Outage::Silence => probes,
    };
    Ok(vec![
        Figure::new("calls until it opened", before, 0),
        Figure::new("probes", probes, 0).at_least(2.0),
        Figure::new("least time between two, s", apart, 2).at_least(OPEN_S),
        Figure::new("two at once", overlapping, 0).at_most(0.0),
        Figure::new("jobs failed", place.number(FAILED).await?, 0).at_most(lost),
        Figure::new("jobs ended well", place.number(ENDED_WELL).await?, 0).at_least(JOBS as f64 - lost),
    ])
}

/// From the end of the outage to the closed circuit, and by which steps.
async fn afterwards(place: &Place, healed: f64) -> anyhow::Result<Vec<Figure>> {
    let steps = format!(
        "SELECT coalesce(string_agg(CASE state WHEN 'resuming' THEN allowance::text ELSE state END, ' ' ORDER BY at), '')
         FROM (SELECT at, state, allowance, lag((state, allowance)) OVER (ORDER BY at) AS before
               FROM public.seen WHERE lane AND at > to_timestamp({healed})) AS s
         WHERE (state, allowance) IS DISTINCT FROM before"
    );
    let steps = place.installation.sql(&steps).await?;
    let allowances: Vec<f64> = steps
        .split_whitespace()
        .filter_map(|step| step.parse().ok())
        .collect();
    let jumps = allowances
        .windows(2)
        .filter(|pair| pair[1] > 2.0 * pair[0])
        .count();
    let times = format!(
        "WITH c AS (SELECT max(at) AS closed FROM public.seen WHERE state = 'closed' AND at > to_timestamp({healed})),
         f AS (SELECT min(began_at) AS began FROM relay.attempt
               WHERE began_at > to_timestamp({healed}) AND class IS DISTINCT FROM 'handed_back')
         SELECT extract(epoch FROM f.began) - {healed} FROM f
         UNION ALL SELECT extract(epoch FROM c.closed - f.began) FROM c, f
         UNION ALL SELECT extract(epoch FROM max(ended_at)) - {healed} FROM relay.job_state"
    );
    let numbers = place.numbers(&times).await?;
    let [first, closing, all] = numbers[..] else {
        anyhow::bail!("{numbers:?} are not three numbers");
    };
    Ok(vec![
        Figure::new("until the next call, s", first, 2).at_most(LONGEST_OPEN_S + PROBE_S),
        Figure::new("from there to full speed, s", closing, 2),
        Figure::text("calls at once, by steps", steps),
        Figure::count("steps of more than double", jumps).at_most(0.0),
        Figure::new("until the last job ended, s", all, 2),
    ])
}

/// 401: nothing more is sent until an operator says so, and no job pays for it.
async fn access(stage: &mut Stage, seconds: u32) -> anyhow::Result<Row> {
    let mut place = place(stage).await?;
    place
        .simulator()
        .fault(&json!({"type": "http_status", "code": 401}))
        .await?;
    let questions = place.questions(ORGANISATION, "access", JOBS).await?;
    place.submit(&questions).await?;
    place
        .wait("SELECT count(*) FROM relay.circuit WHERE state = 'paused'", 1.0)
        .await?;
    // What was on its way comes back.
    sleep(Duration::from_secs(1)).await;
    let calls = place.simulator().calls().await?.len();
    sleep(Duration::from_secs(seconds.into())).await;
    let more = place.simulator().calls().await?.len() - calls;
    place.simulator().heal().await?;
    let lane = format!("--environment test --organisation {ORGANISATION} --service retrieve-ti-groups");
    place.operate(&format!("lane resume {lane}")).await?;
    let resumed = place.now().await?;
    place
        .wait(
            "SELECT count(*) FROM relay.job_state WHERE ended_at IS NOT NULL",
            JOBS as f64,
        )
        .await?;
    let all = "SELECT extract(epoch FROM max(ended_at)) FROM relay.job_state";
    let all = place.number(all).await? - resumed;
    let counted = "SELECT max(attempts_counted) FROM relay.job_state";
    let row = Row::new(
        "401",
        vec![
            Figure::count("calls until it was paused", calls),
            Figure::count(format!("calls in {seconds} s of the pause"), more).at_most(0.0),
            Figure::new("attempts counted of any job", place.number(counted).await?, 0).at_most(1.0),
            Figure::new("jobs failed", place.number(FAILED).await?, 0).at_most(0.0),
            Figure::new("jobs ended well", place.number(ENDED_WELL).await?, 0).at_least(JOBS as f64),
            Figure::new("from `lane resume` to the last end, s", all, 2),
        ],
    );
    say(&row.in_short());
    place.end().await?;
    Ok(row)
}
