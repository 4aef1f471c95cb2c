//! The loop with a handler.

use std::sync::Arc;
use std::time::Duration;

use relay_amqp::{BatchHandler, Broker, Consumer, Decision, Delivery, LoopError, Queue, Settler, run};
use relay_testkit::wait_for;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::parts::{Each, LONG, Running, broker, drain, queues, read, to};

async fn three_queues() -> (Broker, Running) {
    let broker = broker(queues([
        Queue::quorum("in", 3).dead_letter_to("dead"),
        Queue::quorum("out", 1000),
        Queue::quorum("dead", 1000),
    ]))
    .await;
    let running = Running::start(&broker);
    (broker, running)
}

struct Looping {
    settler: Settler,
    stop: CancellationToken,
    task: JoinHandle<Result<(), LoopError>>,
}

impl Looping {
    fn start<H: BatchHandler>(
        broker: &Broker,
        running: &Running,
        consumer: Consumer,
        handler: &Arc<H>,
    ) -> Self {
        let reader = read(broker, running, consumer);
        let (settler, stop) = (reader.settler.clone(), reader.stop.clone());
        let task = tokio::spawn(run(reader.batches, reader.settler, Arc::clone(handler)));
        Self { settler, stop, task }
    }

    async fn stop(self) -> Settler {
        self.stop.cancel();
        tokio::time::timeout(LONG, self.task)
            .await
            .expect("in time")
            .expect("no panic")
            .expect("no defect");
        self.settler
    }
}

fn quick() -> Consumer {
    Consumer {
        requeue_pause: Duration::from_millis(10),
        ..Consumer::new("in", 100)
    }
}

#[tokio::test]
async fn done_publishes_then_acknowledges() {
    let (broker, running) = three_queues().await;
    running.put("in", 0..300).await;
    let handler =
        Each::new(|delivery: &Delivery| Decision::Done(vec![to("out", crate::parts::id(delivery))]));
    let looping = Looping::start(&broker, &running, quick(), &handler);
    assert_eq!(
        drain(&broker, &running, "out", 300).await,
        (0..300).collect::<Vec<_>>(),
        "in order"
    );
    wait_for("all acknowledgements", LONG, async || {
        (looping.settler.counts().acked == 300).then_some(())
    })
    .await;
    looping.stop().await;
    read(&broker, &running, quick()).expect_none().await;
}

#[tokio::test]
async fn batches_side_by_side_handle_everything_once() {
    let (broker, running) = three_queues().await;
    running.put("in", 0..1000).await;
    let handler = Each::new(|_: &Delivery| Decision::Done(Vec::new()));
    let consumer = Consumer {
        max_batch: 7,
        max_in_flight_batches: 4,
        linger: Duration::from_millis(2),
        ..quick()
    };
    let looping = Looping::start(&broker, &running, consumer, &handler);
    wait_for("all acknowledgements", LONG, async || {
        (looping.settler.counts().acked == 1000).then_some(())
    })
    .await;
    looping.stop().await;
    let mut ids = handler.ids();
    ids.sort_unstable();
    assert_eq!(ids, (0..1000).collect::<Vec<_>>());
    read(&broker, &running, quick()).expect_none().await;
}

#[tokio::test]
async fn a_requeued_delivery_comes_again_counted_and_alone() {
    let (broker, running) = three_queues().await;
    running.put("in", 0..10).await;
    let handler = Each::new(|delivery: &Delivery| {
        let again = crate::parts::id(delivery) == 4 && !delivery.redelivered;
        if again {
            Decision::Requeue
        } else {
            Decision::Done(Vec::new())
        }
    });
    let looping = Looping::start(&broker, &running, quick(), &handler);
    wait_for("all acknowledgements", LONG, async || {
        (looping.settler.counts().acked == 10).then_some(())
    })
    .await;
    assert_eq!(looping.stop().await.counts().requeued, 1);

    let seen = handler.seen.lock().expect("no panic");
    assert_eq!(seen.len(), 11);
    let again: Vec<_> = seen.iter().filter(|delivery| delivery.redelivered).collect();
    assert_eq!(again.len(), 1);
    assert_eq!(
        (crate::parts::id(again[0]), again[0].delivery_count),
        (4, Some(1))
    );
}

#[tokio::test]
async fn a_dead_lettered_delivery_arrives_in_the_dead_letter_queue() {
    let (broker, running) = three_queues().await;
    running.put("in", 0..10).await;
    let handler = Each::new(|delivery: &Delivery| match crate::parts::id(delivery) {
        3 => Decision::DeadLetter { cause: "test" },
        _ => Decision::Done(Vec::new()),
    });
    let looping = Looping::start(&broker, &running, quick(), &handler);
    assert_eq!(drain(&broker, &running, "dead", 1).await, [3]);
    wait_for("all acknowledgements", LONG, async || {
        (looping.settler.counts().acked == 9).then_some(())
    })
    .await;
    assert_eq!(looping.stop().await.counts().dead_lettered, 1);
}

#[tokio::test]
async fn a_delivery_that_is_always_returned_is_dead_lettered_by_the_limit() {
    let (broker, running) = three_queues().await;
    running.put("in", [1]).await;
    let handler = Each::new(|_: &Delivery| Decision::Requeue);
    let looping = Looping::start(&broker, &running, quick(), &handler);
    assert_eq!(drain(&broker, &running, "dead", 1).await, [1]);
    looping.stop().await;
    assert_eq!(handler.ids().len(), 4, "the first delivery and three more");
}

#[tokio::test]
async fn an_unroutable_publish_sends_its_delivery_back_and_no_other() {
    let (broker, running) = three_queues().await;
    running.put("in", 0..20).await;
    let handler = Each::new(|delivery: &Delivery| {
        let id = crate::parts::id(delivery);
        // The first time there is no such queue; the second time there is.
        let queue = if id == 5 && !delivery.redelivered {
            "nowhere"
        } else {
            "out"
        };
        Decision::Done(vec![to(queue, id)])
    });
    let looping = Looping::start(&broker, &running, quick(), &handler);
    let mut ids = drain(&broker, &running, "out", 20).await;
    ids.sort_unstable();
    assert_eq!(ids, (0..20).collect::<Vec<_>>());
    wait_for("all acknowledgements", LONG, async || {
        (looping.settler.counts().acked == 20).then_some(())
    })
    .await;
    assert_eq!(looping.stop().await.counts().requeued, 1);
    assert_eq!(handler.ids().len(), 21);
}

#[tokio::test]
async fn too_few_decisions_end_the_loop_with_an_error() {
    struct Forgetful;
    impl BatchHandler for Forgetful {
        async fn handle(&self, _: Vec<Delivery>) -> Vec<Decision> {
            Vec::new()
        }
    }
    let (broker, running) = three_queues().await;
    running.put("in", [1]).await;
    let looping = Looping::start(&broker, &running, quick(), &Arc::new(Forgetful));
    let error = tokio::time::timeout(LONG, looping.task)
        .await
        .expect("in time")
        .expect("no panic");
    let error = error.expect_err("a defect").to_string();
    assert_eq!(error, "the handler of in made 0 decisions about 1 deliveries");
    assert_eq!(drain(&broker, &running, "in", 1).await, [1], "nothing is lost");
}

#[tokio::test]
async fn a_panic_of_the_handler_ends_the_loop_with_that_panic() {
    let (broker, running) = three_queues().await;
    running.put("in", [1]).await;
    let handler = Each::new(|_: &Delivery| -> Decision { panic!("defect") });
    let looping = Looping::start(&broker, &running, quick(), &handler);
    let error = tokio::time::timeout(LONG, looping.task)
        .await
        .expect("in time")
        .expect_err("a panic");
    assert!(error.is_panic());
    assert_eq!(drain(&broker, &running, "in", 1).await, [1], "nothing is lost");
}

#[tokio::test]
async fn a_stop_finishes_what_is_held() {
    struct Slow(tokio::sync::Semaphore, tokio::sync::Notify);
    impl BatchHandler for Slow {
        async fn handle(&self, batch: Vec<Delivery>) -> Vec<Decision> {
            self.1.notify_one();
            let _permit = self.0.acquire().await.expect("open");
            batch.iter().map(|_| Decision::Done(Vec::new())).collect()
        }
    }
    let (broker, running) = three_queues().await;
    running.put("in", 0..10).await;
    let handler = Arc::new(Slow(tokio::sync::Semaphore::new(0), tokio::sync::Notify::new()));
    let looping = Looping::start(
        &broker,
        &running,
        Consumer {
            max_batch: 4,
            ..quick()
        },
        &handler,
    );
    handler.1.notified().await;
    looping.stop.cancel();
    handler.0.add_permits(1);
    let settler = looping.stop().await;
    let acked = settler.counts().acked;
    assert!((1..=4).contains(&acked), "one batch was held: {acked}");
    let left = 10 - usize::try_from(acked).expect("small");
    assert_eq!(
        drain(&broker, &running, "in", left).await.len(),
        left,
        "the others went back"
    );
    read(&broker, &running, quick()).expect_none().await;
}
