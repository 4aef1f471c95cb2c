//! Every internal message may come twice, or late: the row decides.

use relay_domain::JobId;
use relay_proto::{ResponseItem, WorkItem, address, message_type};

use crate::harness::check::{self, Calls};
use crate::harness::queues::Insider;
use crate::harness::{Relay, fast, keys};

/// The next attempt of every job, as work items.
async fn work_items(relay: &Relay, attempt: &str) -> Vec<Vec<u8>> {
    let sql = format!("SELECT job_id, {attempt} FROM relay.job_state");
    let item = |row: &Vec<Option<String>>| {
        let [Some(job), Some(attempt)] = &row[..] else {
            panic!("{row:?}")
        };
        let item = WorkItem {
            job_id: JobId(job.parse().expect("a UUID")),
            round: 1,
            attempt: attempt.parse().expect("a number"),
        };
        item.encode()
    };
    relay.rows(&sql).await.iter().map(item).collect()
}

#[tokio::test]
async fn a_work_item_that_comes_often_or_late_makes_one_call() {
    let relay = Relay::new(&fast()).await;
    let [_producer, mut worker, _results] = relay.start_all().await;
    let upstream = relay.upstream().await;
    let insider = Insider::open(&relay);
    worker.service.kill().await.expect("a killed worker");
    let submissions = relay.submissions("often", 6).await;
    upstream.submit(&submissions[..5]).await;
    relay
        .wait_value(
            "SELECT count(*) FROM relay.job_state WHERE state = 'released'",
            "5",
        )
        .await;
    let items = work_items(&relay, "attempt + 1").await;
    for _ in 0..3 {
        insider
            .put(address::WORK, message_type::WORK, items.clone())
            .await;
    }
    let _workers = tokio::join!(
        relay.start_as("relay-worker", "worker", &[]),
        relay.start_as("relay-worker", "worker-2", &[])
    );
    let all = keys(&submissions);
    check::all_ok_once(&relay, &upstream, &all[..5], Calls::Once).await;

    // Late: of attempts that are over, and of attempts that nobody has released.
    for attempt in ["attempt", "attempt + 1", "attempt + 7"] {
        let items = work_items(&relay, attempt).await;
        insider.put(address::WORK, message_type::WORK, items).await;
    }
    insider
        .put(address::WORK, message_type::WORK, [b"no work item".to_vec()])
        .await;
    // What comes behind them in the queue has ended, so they have been taken.
    upstream.submit(&submissions[5..]).await;
    check::all_ok_once(&relay, &upstream, &all, Calls::Once).await;
    assert_eq!(relay.number("SELECT count(*) FROM relay.attempt").await, 6);
}

#[tokio::test]
async fn a_notice_that_comes_often_or_late_makes_one_result() {
    let relay = Relay::new(&fast()).await;
    let [_producer, _worker, mut results] = relay.start_all().await;
    let upstream = relay.upstream().await;
    let insider = Insider::open(&relay);
    results.service.kill().await.expect("killed results");
    let submissions = relay.submissions("notice", 6).await;
    upstream.submit(&submissions[..5]).await;
    relay
        .wait_value(
            "SELECT count(*) FROM relay.job_state WHERE state = 'answered'",
            "5",
        )
        .await;
    let notices = async || -> Vec<Vec<u8>> {
        let rows = relay.rows("SELECT job_id FROM relay.job_state").await;
        let jobs = rows.iter().flatten().flatten();
        jobs.map(|job| {
            let job_id = JobId(job.parse().expect("a UUID"));
            ResponseItem { job_id, attempt: 1 }.encode()
        })
        .collect()
    };
    for _ in 0..3 {
        insider
            .put(address::RESPONSES, message_type::RESPONSE, notices().await)
            .await;
    }
    let _results = tokio::join!(
        relay.start_as("relay-results", "results", &[]),
        relay.start_as("relay-results", "results-2", &[])
    );
    let all = keys(&submissions);
    check::all_ok_once(&relay, &upstream, &all[..5], Calls::Once).await;
    insider
        .put(address::RESPONSES, message_type::RESPONSE, notices().await)
        .await;
    insider
        .put(
            address::RESPONSES,
            message_type::RESPONSE,
            [b"no notice".to_vec()],
        )
        .await;
    upstream.submit(&submissions[5..]).await;
    check::all_ok_once(&relay, &upstream, &all, Calls::Once).await;
}
