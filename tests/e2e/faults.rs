//! The CBSS's faults: what becomes of the job, how often it is asked, what is counted.

mod cases;

use std::collections::BTreeMap;

use relay_domain::JobState;
use relay_testkit::InstallationOptions;
use relay_testkit::installation::submission;
use serde_json::json;

use self::cases::{Case, End, cases};
use crate::harness::{FAST, Relay, fast, metrics};

/// More than any call of these tests holds back, and less than what is to be given up.
const CALLS: &str = "http_connect_timeout_ms = 1000\nhttp_total_timeout_ms = 4000";

/// Small budgets, and answers of at most 2 MiB.
fn options() -> InstallationOptions {
    let budgets = "base_ms = 50\nmax_attempts = 3\nmax_unknown_resends = 1\nmax_server_faults = 1";
    let settings = FAST
        .replace("base_ms = 50", budgets)
        .replace("[worker]", "[worker]\nmax_response_bytes = 2097152");
    InstallationOptions {
        settings,
        service: CALLS.to_owned(),
        ..InstallationOptions::default()
    }
}

/// A state, and what came of it in a word.
fn expected(case: &Case) -> (JobState, &'static str) {
    match case.end {
        End::Ok(outcome) => (JobState::Ok, outcome),
        End::Warnings(outcome) => (JobState::Warnings, outcome),
        End::Errors(outcome) => (JobState::Errors, outcome),
        End::Failed(cause) => (JobState::Failed, cause),
    }
}

#[tokio::test]
async fn each_fault_has_its_end_and_its_number_of_calls() {
    let relay = Relay::new(&options()).await;
    let [_producer, worker, results] = relay.start_all().await;
    let upstream = relay.upstream().await;
    let cases = cases();
    let people = relay.people(cases.len()).await;
    let mut submissions = Vec::new();
    for (case, ssin) in cases.iter().zip(&people) {
        match case.times {
            Some(times) => relay.simulator().fault_times(ssin, times, &case.action).await,
            None => relay.simulator().fault_for(ssin, &case.action).await,
        }
        submissions.push(submission(case.name, ssin));
    }
    upstream.submit(&submissions).await;
    let mut most = 0;
    relay_testkit::wait_for("the ends of all cases", crate::harness::LONG, async || {
        most = most.max(worker.service.process().usage().resident_bytes);
        (upstream.finished() == cases.len()).then_some(())
    })
    .await;
    assert!(most < 100 << 20, "the worker used {} MiB", most >> 20);
    relay.wait_said().await;

    // One that gave up is executed later: its call is counted as well.
    let executed: usize = cases.iter().map(|case| case.executed).sum();
    relay_testkit::wait_for("late executions", crate::harness::LONG, async || {
        let calls = relay.simulator().calls().await;
        (calls.iter().filter(|call| call.executed.is_some()).count() >= executed).then_some(())
    })
    .await;
    let calls = relay.simulator().calls_by_person().await;
    for (case, ssin) in cases.iter().zip(&people) {
        let end = upstream.wait_end(case.name).await;
        let (state, outcome) = expected(case);
        assert_eq!(
            (end.state, end.outcome.as_deref()),
            (Some(state), Some(outcome)),
            "{}",
            case.name
        );
        let calls = &calls[ssin];
        let executed = calls.iter().filter(|call| call.executed.is_some()).count();
        assert_eq!(
            (calls.len(), executed),
            (case.classes.len(), case.executed),
            "calls of {}",
            case.name
        );
        // The event names the attempt that settled it, and the CBSS's ticket where it gave one.
        let last = calls.last().expect("a call");
        assert_eq!(
            end.tickets.ours.map(|ticket| ticket.to_string()),
            last.ticket,
            "{}",
            case.name
        );
        if case.cbss_ticket {
            assert_eq!(
                end.tickets.cbss.as_ref(),
                Some(&last.ticket_cbss),
                "{}",
                case.name
            );
        }
        assert_eq!(end.codes, case.codes, "codes of {}", case.name);
        let job = end.job_id.expect("a job");
        let sql = format!(
            "SELECT string_agg(class, ' ' ORDER BY number) FROM relay.attempt WHERE job_id = '{job}'"
        );
        assert_eq!(
            relay.value(&sql).await,
            case.classes.join(" "),
            "classes of {}",
            case.name
        );
        let results = format!("SELECT count(*) FROM relay.result WHERE job_id = '{job}'");
        let has_result = !matches!(case.end, End::Failed(_));
        assert_eq!(
            relay.number(&results).await,
            i64::from(has_result),
            "results of {}",
            case.name
        );
    }
    counted(&cases, &[&worker, &results]).await;
    // Answers that could not be read wait for a person; the raw bytes stay sealed beside their attempt.
    let kept = "SELECT count(DISTINCT job_id) FROM relay.quarantine WHERE cause = 'unreadable_answer' AND source = 'answer'";
    let unreadable = cases
        .iter()
        .filter(|case| matches!(case.end, End::Failed("unreadable")))
        .count();
    assert_eq!(
        relay.number(kept).await,
        i64::try_from(unreadable).expect("a count")
    );
}

/// The counters of attempts and of ends agree with the table.
async fn counted(cases: &[Case], services: &[&relay_testkit::installation::Running]) {
    let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ends: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for case in cases {
        for class in case.classes {
            *classes.entry(class).or_default() += 1;
        }
        let (state, outcome) = expected(case);
        let cause = if state == JobState::Failed { outcome } else { "" };
        *ends.entry((state.as_str(), cause)).or_default() += 1;
    }
    for (class, count) in classes {
        let mut sum = 0.0;
        for service in services {
            sum += metrics::sum(service, "cbss_relay_attempts_total", &[("class", class)]).await;
        }
        assert_eq!(sum.round() as usize, count, "attempts of class {class}");
    }
    for ((state, cause), count) in ends {
        let mut sum = 0.0;
        for service in services {
            let labels = [("state", state), ("cause", cause)];
            sum += metrics::sum(service, "cbss_relay_jobs_finished_total", &labels).await;
        }
        assert_eq!(sum.round() as usize, count, "jobs that ended {state} ({cause})");
    }
}

#[tokio::test]
async fn a_wait_that_the_cbss_asks_for_is_kept() {
    let relay = Relay::new(&options()).await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    relay
        .simulator()
        .fault_times(&ssin, 1, &json!({"type": "http_503", "retry_after_s": 2}))
        .await;
    upstream.submit(&[submission("patient", &ssin)]).await;
    assert_eq!(upstream.wait_end("patient").await.state, Some(JobState::Ok));
    let calls = relay.simulator().calls().await;
    assert_eq!(calls.len(), 2);
    let first = calls[0].answered.as_ref().expect("an answer").ms;
    let waited = calls[1].received.ms - first;
    assert!(waited >= 2000, "asked again after {waited} ms");
}

#[tokio::test]
async fn what_never_left_is_tried_again_and_is_no_call() {
    let relay = Relay::new(&options()).await;
    let nobody = relay_testkit::free_port().expect("a port");
    relay.add_organisation("eupen-second", |first| {
        let address = relay.installation.simulator_address().to_string();
        first.replace(&address, &format!("127.0.0.1:{nobody}"))
    });
    let services = relay.start_all().await;
    let upstream =
        crate::harness::upstream::Upstream::open(relay.installation.vhost(), "eupen", "eupen-second").await;
    let ssin = relay.people(1).await.remove(0);
    let mut unreachable = submission("unreachable", &ssin);
    unreachable["organisation"] = "eupen-second".into();
    upstream.submit(&[unreachable]).await;
    let end = upstream.wait_end("unreachable").await;
    assert_eq!(
        (end.state, end.outcome.as_deref()),
        (Some(JobState::Failed), Some("attempts"))
    );
    let classes = "SELECT string_agg(class, ' ' ORDER BY number) FROM relay.attempt";
    assert_eq!(relay.value(classes).await, "not_sent not_sent not_sent");
    assert!(relay.simulator().calls().await.is_empty());
    let labels = [("class", "not_sent"), ("organisation", "eupen-second")];
    let counted = metrics::sum(&services[1], "cbss_relay_attempts_total", &labels).await;
    assert_eq!(counted.round() as usize, 3);
}

#[tokio::test]
async fn the_simulator_that_comes_back_is_asked_once() {
    let relay = Relay::new(&fast()).await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    // Frozen: connections open, and nobody answers until the call is given up.
    relay.installation.simulator().pause();
    let ssin = "80010100136";
    upstream.submit(&[submission("frozen", ssin)]).await;
    let lost = "SELECT count(*) FROM relay.attempt WHERE class = 'no_answer'";
    relay.wait_value(lost, "1").await;
    relay.installation.simulator().resume();
    let end = upstream.wait_end("frozen").await;
    assert!(
        end.state.is_some_and(JobState::is_terminal) && end.state != Some(JobState::Failed),
        "{end:?}"
    );
    assert_eq!(relay.number("SELECT count(*) FROM relay.answer").await, 1);
}

#[tokio::test]
async fn an_answer_in_other_bytes_than_it_says_is_kept_as_it_came() {
    let relay = Relay::new(&options()).await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let ssin = relay.simulator().somebody_with_an_accent().await;
    let latin1 = json!({"type": "wrong_charset", "encoding": "latin1"});
    relay.simulator().fault_for(&ssin, &latin1).await;
    upstream.submit(&[submission("accent", &ssin)]).await;
    let end = upstream.wait_end("accent").await;
    assert_eq!(
        (end.state, end.outcome.as_deref()),
        (Some(JobState::Failed), Some("unreadable"))
    );
    let kept = "SELECT count(*) || ' ' || count(DISTINCT a.job_id) FROM relay.attempt AS a
        JOIN relay.answer AS w USING (job_id, number) WHERE a.answer_bytes > 1000 AND a.class = 'unreadable'";
    assert_eq!(relay.value(kept).await, "2 1");
    let position =
        "SELECT count(*) FROM relay.quarantine WHERE cause = 'unreadable_answer' AND byte_position > 0";
    assert_eq!(relay.number(position).await, 1, "where the bytes go wrong");
}
