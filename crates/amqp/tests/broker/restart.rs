//! What a broker that goes away does to those who use it. These tests start their own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use relay_amqp::{Broker, Consumer, Decision, Delivery, PublishOutcome, Queue, run};
use relay_testkit::{RabbitMq, RabbitMqOptions, wait_for};

use crate::parts::{Each, LONG, Running, broker_on, drain, id, queues, read, to};

async fn own_server() -> (RabbitMq, Broker) {
    let server = RabbitMq::start(RabbitMqOptions::default())
        .await
        .expect("a server");
    let queues = queues([Queue::quorum("in", 1000), Queue::quorum("out", 1000)]);
    let broker = broker_on(server.access(), queues).await;
    (server, broker)
}

/// Publishes 0, 1, 2, ... until each is confirmed, again and again where it is not; ends at a word.
async fn publish_insistently(running: Arc<Running>, until: Arc<std::sync::atomic::AtomicBool>) -> u32 {
    let mut next = 0;
    while !until.load(std::sync::atomic::Ordering::Relaxed) {
        let mut batch: Vec<_> = (next..next + 10).map(|id| to("in", id)).collect();
        while !batch.is_empty() {
            let outcomes = running.publisher.publish_batch(&batch).await;
            let mut kept = outcomes.iter().map(|outcome| !outcome.is_confirmed());
            batch.retain(|_| kept.next().expect("one outcome each"));
        }
        next += 10;
    }
    next
}

#[tokio::test]
async fn restarts_lose_nothing_that_was_confirmed() {
    let (mut server, broker) = own_server().await;
    let running = Arc::new(Running::start(&broker));
    let handler = Each::new(|delivery: &Delivery| Decision::Done(vec![to("out", id(delivery))]));
    let consumer = Consumer {
        requeue_pause: Duration::from_millis(50),
        ..Consumer::new("in", 100)
    };
    let reader = read(&broker, &running, consumer);
    let (settler, stop, status) = (
        reader.settler.clone(),
        reader.stop.clone(),
        reader.batches.status(),
    );
    let looping = tokio::spawn(run(reader.batches, reader.settler, Arc::clone(&handler)));
    let enough = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let publishing = tokio::spawn(publish_insistently(Arc::clone(&running), Arc::clone(&enough)));

    for crash in [false, true] {
        let before = settler.counts().acked;
        wait_for("traffic", LONG, async || {
            (settler.counts().acked > before + 200).then_some(())
        })
        .await;
        if crash {
            server.kill().await.expect("killed")
        } else {
            server.stop().await.expect("stopped")
        }
        wait_for("both to notice", LONG, async || {
            (!running.publisher.is_connected() && !status.is_connected()).then_some(())
        })
        .await;
        server.start_again().await.expect("started");
    }
    let before = settler.counts().acked;
    wait_for("traffic after all", LONG, async || {
        (settler.counts().acked > before + 200).then_some(())
    })
    .await;
    enough.store(true, std::sync::atomic::Ordering::Relaxed);
    let published = publishing.await.expect("no panic");

    let mut reader = read(&broker, &running, Consumer::new("out", 1000));
    let mut out = BTreeSet::new();
    while out.len() < published as usize {
        let held = reader.take(1).await;
        out.extend(held.iter().map(|held| id(&held.delivery)));
        reader
            .settler
            .settle(
                held.into_iter()
                    .map(|held| (held.token, Decision::Done(vec![])))
                    .collect(),
            )
            .await;
    }
    assert_eq!(out, (0..published).collect());
    stop.cancel();
    looping.await.expect("no panic").expect("no defect");
}

#[tokio::test]
async fn an_empty_broker_gets_its_topology_again() {
    let (mut server, broker) = own_server().await;
    let running = Running::start(&broker);
    let mut reader = read(&broker, &running, Consumer::new("in", 10));
    running.put("in", [1]).await;
    let old = reader.take(1).await;

    server.wipe().await.expect("wiped");
    let waiting = tokio::spawn(async move {
        let held = reader.take(1).await;
        (reader, held)
    });
    wait_for("a confirm of the new broker", LONG, async || {
        running.publisher.publish_batch(&[to("in", 2)]).await[0]
            .is_confirmed()
            .then_some(())
    })
    .await;
    let (reader, new) = waiting.await.expect("no panic");
    assert_eq!(id(&new[0].delivery), 2);

    let settler = reader.settler.clone();
    settler
        .settle(
            old.into_iter()
                .map(|held| (held.token, Decision::Done(vec![to("out", 1)])))
                .collect(),
        )
        .await;
    assert_eq!(
        settler.counts().stale,
        1,
        "a token of the lost connection has no effect"
    );
    assert_eq!(
        drain(&broker, &running, "out", 1).await,
        [1],
        "work that is done is published all the same"
    );
    reader.finish(new).await;
    assert_eq!(settler.counts().acked, 1);
}

#[tokio::test]
async fn a_broker_without_memory_is_not_ready_and_loses_nothing() {
    let (server, broker) = own_server().await;
    let running = Arc::new(Running::start(&broker));
    running.put("in", [1]).await;
    let limit = async |value: &str| {
        let limit = ["set_vm_memory_high_watermark", "absolute", value];
        server.access().ctl(&limit).await.expect("set");
    };
    limit("1MB").await;
    // The broker blocks a connection when it next publishes.
    wait_for("the block", LONG, async || {
        let publisher = running.publisher.clone();
        tokio::spawn(async move { publisher.publish_batch(&[to("in", 2)]).await });
        (!running.publisher.is_connected()).then_some(())
    })
    .await;
    let waiting = {
        let running = Arc::clone(&running);
        tokio::spawn(async move { running.publisher.publish_batch(&[to("in", 3)]).await })
    };
    limit("2GB").await;
    wait_for("the end of the block", LONG, async || {
        running.publisher.is_connected().then_some(())
    })
    .await;
    assert_eq!(
        waiting.await.expect("no panic"),
        [PublishOutcome::Confirmed],
        "it waited"
    );
    let mut reader = read(&broker, &running, Consumer::new("in", 100));
    let held = reader.take(3).await;
    assert_eq!(id(&held[0].delivery), 1);
    reader.finish(held).await;
}
