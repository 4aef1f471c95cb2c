//! The parts of the loop by themselves, as a service uses them whose deliveries finish one by one.

use std::collections::BTreeSet;

use relay_amqp::{Broker, Consumer, Decision, Queue};
use relay_testkit::rabbitmq::RELAY;
use relay_testkit::{shared, wait_for};
use tokio::time::timeout;

use crate::parts::{LONG, QUIET, Running, broker, broker_at, drain, id, queues, read, to};

async fn two_queues() -> (Broker, Running) {
    let broker = broker(queues([Queue::quorum("in", 20), Queue::quorum("out", 20)])).await;
    let running = Running::start(&broker);
    (broker, running)
}

#[tokio::test]
async fn no_more_than_the_prefetch_is_held() {
    let (broker, running) = two_queues().await;
    running.put("in", 0..20).await;
    let mut reader = read(&broker, &running, Consumer::new("in", 5));
    let mut held = reader.take(5).await;
    reader.expect_none().await;

    let two: Vec<_> = held
        .drain(..2)
        .map(|held| (held.token, Decision::Done(Vec::new())))
        .collect();
    reader.settler.settle(two).await;
    held.extend(reader.take(2).await);
    reader.expect_none().await;
    assert_eq!(
        held.iter().map(|held| id(&held.delivery)).collect::<Vec<_>>(),
        [2, 3, 4, 5, 6]
    );
    reader.finish(held).await;
}

#[tokio::test]
async fn decisions_one_by_one_and_out_of_order_are_carried_out_in_groups() {
    let (broker, running) = two_queues().await;
    running.put("in", 0..500).await;
    let mut reader = read(&broker, &running, Consumer::new("in", 100));
    let (grouped, settling) = reader.settler.grouped(100);
    let settling = tokio::spawn(settling.run());
    let mut seen = BTreeSet::new();
    let mut waiting = Vec::new();
    while seen.len() < 500 {
        let batch = reader.batches.next(100).await.expect("not stopped");
        seen.extend(batch.iter().map(|held| id(&held.delivery)));
        waiting.extend(batch);
        // The newest first, and never all, so that acknowledgements have gaps.
        while waiting.len() > 30 {
            let held = waiting.pop().expect("some");
            let message = to("out", id(&held.delivery));
            grouped.settle(held.token, Decision::Done(vec![message])).await;
        }
    }
    for held in waiting {
        let message = to("out", id(&held.delivery));
        grouped.settle(held.token, Decision::Done(vec![message])).await;
    }
    drop(grouped);
    settling.await.expect("no panic");
    assert_eq!(reader.settler.counts().acked, 500);
    let out: BTreeSet<_> = drain(&broker, &running, "out", 500).await.into_iter().collect();
    assert_eq!(out, (0..500).collect());
    reader.batches.close().await;
    read(&broker, &running, Consumer::new("in", 5))
        .expect_none()
        .await;
}

#[tokio::test]
async fn a_dropped_wait_for_a_batch_loses_no_delivery() {
    let (broker, running) = two_queues().await;
    let consumer = Consumer {
        linger: LONG,
        ..Consumer::new("in", 10)
    };
    let mut reader = read(&broker, &running, consumer);
    running.put("in", 0..4).await;
    let mut held = reader.take(1).await;
    // Lingers for a fuller batch with three in hand, and is dropped.
    let dropped = timeout(QUIET, reader.batches.next(10)).await;
    assert!(dropped.is_err(), "{dropped:?}");
    running.put("in", 4..10).await;
    held.extend(reader.take(9).await);
    assert_eq!(
        held.iter().map(|held| id(&held.delivery)).collect::<Vec<_>>(),
        (0..10).collect::<Vec<_>>()
    );
    reader.finish(held).await;
}

#[tokio::test]
async fn after_the_stop_what_is_held_can_be_settled_and_the_rest_is_free_at_once() {
    let (broker, running) = two_queues().await;
    running.put("in", 0..10).await;
    let mut reader = read(&broker, &running, Consumer::new("in", 10));
    let held = reader.take(3).await;
    reader.stop.cancel();
    assert!(reader.batches.next(10).await.is_none());

    // The first consumer is still connected: what it was sent ahead must be here already.
    let mut other = read(&broker, &running, Consumer::new("in", 10));
    let rest = other.take(7).await;
    assert_eq!(
        rest.iter()
            .map(|held| id(&held.delivery))
            .collect::<BTreeSet<_>>(),
        (3..10).collect()
    );
    other.finish(rest).await;
    reader.finish(held).await;
    read(&broker, &running, Consumer::new("in", 10))
        .expect_none()
        .await;
}

#[tokio::test]
async fn a_deleted_queue_is_declared_and_consumed_again() {
    let vhost = shared::rabbitmq().vhost().await.expect("a virtual host");
    let broker = broker_at(
        &vhost.url(RELAY),
        queues([Queue::quorum("in", 20), Queue::quorum("out", 20)]),
    );
    let running = Running::start(&broker);
    let mut reader = read(&broker, &running, Consumer::new("in", 10));
    running.put("in", [1]).await;
    let held = reader.take(1).await;
    let old = held
        .into_iter()
        .map(|held| (held.token, Decision::Done(vec![to("out", 1)])))
        .collect();

    let status = reader.batches.status();
    assert!(status.is_connected());
    delete(&vhost.url(RELAY), "in").await.expect("deleted");
    // The consumer notices only while someone waits for its deliveries.
    let waiting = tokio::spawn(async move {
        let held = reader.take(1).await;
        (reader, held)
    });
    wait_for("a publish to the new queue", LONG, async || {
        running.publisher.publish_batch(&[to("in", 2)]).await[0]
            .is_confirmed()
            .then_some(())
    })
    .await;
    let (mut reader, held) = waiting.await.expect("no panic");
    assert_eq!(id(&held[0].delivery), 2);

    reader.settler.settle(old).await;
    assert_eq!(
        drain(&broker, &running, "out", 1).await,
        [1],
        "work that is done is published all the same"
    );
    reader.expect_none().await;
    reader.finish(held).await;
}

/// As an operator might.
async fn delete(url: &str, queue: &str) -> lapin::Result<u32> {
    let connection = lapin::Connection::connect(url, lapin::ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel
        .queue_delete(queue.into(), lapin::options::QueueDeleteOptions::default())
        .await
}
