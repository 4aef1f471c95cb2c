//! Stored answers are read again: results follow the parser, jobs and events stay as upstream was told.

use relay_testkit::installation::{OPERATOR, OTHER, Output, REQUESTER};
use serde_json::Value;

use crate::harness::{Relay, fast, keys};

const WHY: &str = "ticket 4711";

async fn ctl(relay: &Relay, login: &str, arguments: &[&str]) -> Output {
    let ran = relay.installation.relayctl_as(login, arguments).await;
    ran.expect("relayctl")
}

/// Has everything read again, and gives the report.
async fn reparse(relay: &Relay, with: &[&str]) -> Value {
    let start = ["reparse", "start", "--wait", "--json", "--reason", WHY];
    let ran = ctl(relay, OPERATOR, &[&start, with].concat()).await;
    serde_json::from_str(&ran.succeeded().expect("a run").stdout).expect("JSON")
}

/// What the requester sees.
async fn shown(relay: &Relay, job: &str) -> Value {
    let show = ["result", "show", job, "--reason", WHY, "--json"];
    let looked = ctl(relay, REQUESTER, &show).await;
    serde_json::from_str(&looked.succeeded().expect("a result").stdout).expect("JSON")
}

/// Finding and differences of a job; nothing where there is none.
fn of<'a>(report: &'a Value, job: &str) -> Option<(&'a str, String, bool)> {
    let findings = report["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["jobId"] == job)?;
    let differences = finding["differences"].as_array().expect("differences");
    let differences: Vec<&str> = differences.iter().filter_map(Value::as_str).collect();
    Some((
        finding["finding"].as_str().expect("a word"),
        differences.join(" "),
        finding["applied"].as_bool().expect("a bool"),
    ))
}

/// Jobs with results, all of them the requester's.
async fn jobs(relay: &Relay, count: usize) -> Vec<String> {
    let upstream = relay.upstream().await;
    let submissions = relay.submissions("reparse", count).await;
    upstream.submit(&submissions).await;
    upstream.wait_finished(keys(&submissions).len()).await;
    let rows = relay.rows("SELECT job_id FROM relay.job ORDER BY job_id").await;
    rows.into_iter().flatten().flatten().collect()
}

/// What upstream was told, and how jobs stand: no run changes it.
const TOLD: &str =
    "SELECT (SELECT string_agg(job_id || state || round, ' ' ORDER BY job_id) FROM relay.job_state)
    || (SELECT count(*) FROM relay.event) || (SELECT count(*) FROM relay.attempt)";

#[tokio::test]
async fn results_follow_the_parser_and_what_changed_is_told() {
    let relay = Relay::new(&fast()).await;
    let _services = relay.start_all().await;
    let jobs = jobs(&relay, 8).await;
    let told = relay.value(TOLD).await;
    let [dates, language, codes, gone, status, damaged, content, untouched] = &jobs[..] else {
        panic!("eight jobs")
    };
    let before = [
        shown(&relay, dates).await,
        shown(&relay, codes).await,
        shown(&relay, content).await,
    ];
    let german = shown(&relay, language).await;
    // As parsers of before may have left it.
    for sql in [
        format!(
            "UPDATE relay.result SET row_since = array_fill(NULL::text, ARRAY[cardinality(row_since)]) WHERE job_id = '{dates}'"
        ),
        format!(
            "UPDATE relay.job SET language = CASE language WHEN 'fr' THEN 'nl' ELSE 'fr' END WHERE job_id = '{language}'"
        ),
        format!("UPDATE relay.result SET codes = '{{}}', outcome = 'unknown' WHERE job_id = '{codes}'"),
        format!("DELETE FROM relay.answer WHERE job_id = '{gone}'"),
        format!("UPDATE relay.result SET status = 'errors' WHERE job_id = '{status}'"),
        format!(
            "UPDATE relay.answer SET body = set_byte(body, 60, get_byte(body, 60) # 1) WHERE job_id = '{damaged}'"
        ),
        format!(
            "UPDATE relay.result SET content = set_byte(content, 60, get_byte(content, 60) # 1) WHERE job_id = '{content}'"
        ),
    ] {
        relay.rows(&sql).await;
    }
    let stored = "SELECT md5(string_agg(r::text, ' ' ORDER BY job_id)) FROM relay.result AS r";
    let was = relay.value(stored).await;
    let wanted = |applied| {
        [
            (dates, Some(("changed", "dates".to_owned(), applied))),
            (language, Some(("changed", "titles texts".to_owned(), applied))),
            (codes, Some(("changed", "outcome codes".to_owned(), applied))),
            (gone, Some(("no_answer", String::new(), false))),
            (status, Some(("status", "status".to_owned(), false))),
            (damaged, Some(("damaged", String::new(), false))),
            (content, Some(("changed", "content".to_owned(), applied))),
            (untouched, None),
        ]
    };
    let report = reparse(&relay, &["--dry-run"]).await;
    assert_eq!((&report["looked"], &report["results"]), (&8.into(), &8.into()));
    for (job, finding) in wanted(false) {
        assert_eq!(of(&report, job), finding);
    }
    assert_eq!(relay.value(stored).await, was, "a dry run changes nothing");

    let report = reparse(&relay, &[]).await;
    for (job, finding) in wanted(true) {
        assert_eq!(of(&report, job), finding);
    }
    assert_eq!(shown(&relay, dates).await, before[0]);
    assert_eq!(shown(&relay, codes).await, before[1]);
    assert_eq!(shown(&relay, content).await, before[2]);
    let french = shown(&relay, language).await;
    assert_ne!(french["rows"][0]["title"], german["rows"][0]["title"]);
    assert_eq!(french["rows"][0]["fields"], german["rows"][0]["fields"]);
    assert_eq!(relay.value(TOLD).await, told);
    let kept = format!("SELECT status FROM relay.result WHERE job_id = '{status}'");
    assert_eq!(
        relay.value(&kept).await,
        "errors",
        "how a job ended is a person's to decide"
    );

    // What is left is what a person must look at; and one job alone can be read again.
    let report = reparse(&relay, &[]).await;
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(3));
    let report = reparse(&relay, &["--job", gone]).await;
    assert_eq!(
        (&report["looked"], report["findings"].as_array().map(Vec::len)),
        (&1.into(), Some(1))
    );
    let report = reparse(&relay, &["--service", "manage-access"]).await;
    assert_eq!(report["looked"], 0);
    let acts = "SELECT count(*) FROM relay.operation WHERE action = 'reparse' AND login = 'login_operator'";
    assert_eq!(relay.number(acts).await, 5);
}

#[tokio::test]
async fn a_run_is_stopped_by_operators_only() {
    let relay = Relay::new(&fast()).await;
    let start = ["reparse", "start", "--reason", WHY];
    assert_eq!(ctl(&relay, OTHER, &start).await.code, 4);
    ctl(&relay, OPERATOR, &start).await.succeeded().expect("a run");
    ctl(&relay, OPERATOR, &start)
        .await
        .succeeded()
        .expect("the same run");
    let stop = |number| ["reparse", "stop", number, "--reason", WHY];
    assert_eq!(ctl(&relay, OTHER, &stop("1")).await.code, 4);
    ctl(&relay, OPERATOR, &stop("1"))
        .await
        .succeeded()
        .expect("stopped");
    assert_eq!(ctl(&relay, OPERATOR, &stop("1")).await.code, 1);
    assert_eq!(ctl(&relay, OPERATOR, &stop("2")).await.code, 3);
    assert_eq!(ctl(&relay, OPERATOR, &["reparse", "show", "2"]).await.code, 3);
    let listed = ctl(&relay, OPERATOR, &["reparse", "list", "--json"]).await;
    let runs: Value = serde_json::from_str(&listed.succeeded().expect("runs").stdout).expect("JSON");
    assert_eq!(runs.as_array().map(Vec::len), Some(1));
    assert_eq!(runs[0]["outcome"], "stopped");
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_run_goes_on_after_a_kill_and_passes_over_what_kills() {
    use std::os::unix::process::ExitStatusExt;

    use crate::harness::LONG;

    /// An answer that ended a batch and then, alone, so many processes is passed over.
    const DEATHS: i32 = 4;
    let relay = Relay::new(&fast()).await;
    let mut services = relay.start_all().await;
    let jobs = jobs(&relay, 2).await;
    services[2].service.stop(LONG).await.expect("an end");
    let blank = "UPDATE relay.result SET row_since = array_fill(NULL::text, ARRAY[cardinality(row_since)])";
    relay.rows(blank).await;
    ctl(&relay, OPERATOR, &["reparse", "start", "--reason", WHY])
        .await
        .succeeded()
        .expect("a run");
    let place = "SELECT looked || ' ' || tries FROM relay.reparse";
    for death in 1..=DEATHS {
        let mut doomed = relay
            .command(
                "relay-results",
                "results",
                &[("CBSS_RELAY_CRASH_AT", "reparse.after_read")],
            )
            .start()
            .expect("a process");
        let status = doomed.wait(LONG).await.expect("the end of a doomed process");
        assert!(status.signal().is_some(), "{status}");
        assert_eq!(
            relay.value(place).await,
            format!("0 {death}"),
            "nothing is written twice"
        );
        relay.rows("UPDATE relay.reparse SET tried_at = NULL").await;
    }
    let _fresh = relay.start("relay-results").await;
    relay
        .wait_value("SELECT looked || ' ' || outcome FROM relay.reparse", "2 done")
        .await;
    let found =
        "SELECT string_agg(job_id || finding || applied, ' ' ORDER BY job_id) FROM relay.reparse_finding";
    assert_eq!(
        relay.value(found).await,
        format!("{}crashesfalse {}changedtrue", jobs[0], jobs[1])
    );
}
