use std::time::Duration;

use relay_amqp::{Outgoing, Properties, PublishOutcome, Queue, Topology};
use relay_testkit::wait_for;

use crate::parts::{LONG, Running, broker, drain, queues, to};

async fn with_queue() -> (relay_amqp::Broker, Running) {
    let broker = broker(queues([Queue::quorum("q", 5)])).await;
    let running = Running::start(&broker);
    (broker, running)
}

#[tokio::test]
async fn a_batch_arrives_confirmed_and_in_order() {
    let (broker, running) = with_queue().await;
    running.put("q", 0..500).await;
    assert_eq!(
        drain(&broker, &running, "q", 500).await,
        (0..500).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn properties_and_body_arrive_as_they_were() {
    let (broker, running) = with_queue().await;
    let text = |value: &str| Some(value.to_owned());
    let properties = Properties {
        message_type: text("cbss.submission.v1"),
        content_type: text("application/json"),
        message_id: text("m-1"),
        correlation_id: text("c-1"),
        reply_to: text("reply.x"),
        user_id: text("relay"),
        priority: Some(4),
        timestamp: Some(1_700_000_000),
        headers: [("traceparent".to_owned(), "00-1".to_owned())].into(),
    };
    // More than one frame.
    let body = vec![0xA5; 300_000];
    let message = Outgoing {
        properties: properties.clone(),
        body: body.clone().into(),
        ..to("q", 1)
    };
    assert_eq!(
        running.publisher.publish_batch(&[message]).await,
        [PublishOutcome::Confirmed]
    );

    let mut reader = crate::parts::read(&broker, &running, relay_amqp::Consumer::new("q", 1));
    let held = reader.take(1).await;
    let delivery = &held[0].delivery;
    assert_eq!(delivery.properties, properties);
    assert_eq!(delivery.body, body);
    assert!(!delivery.redelivered);
    assert_eq!(
        (delivery.exchange.as_str(), delivery.routing_key.as_str()),
        ("", "q")
    );
    reader.finish(held).await;
}

#[tokio::test]
async fn each_unroutable_message_is_reported_as_returned_and_no_other() {
    let (_broker, running) = with_queue().await;
    for round in 0..20 {
        let batch: Vec<_> = (0..60)
            .map(|id| to(if (id + round) % 7 < 2 { "nowhere" } else { "q" }, id))
            .collect();
        for (message, outcome) in batch.iter().zip(running.publisher.publish_batch(&batch).await) {
            let returned = matches!(outcome, PublishOutcome::Returned { code: 312, .. });
            assert_eq!(
                returned,
                message.routing_key == "nowhere",
                "{message:?}: {outcome:?}"
            );
            assert_ne!(returned, outcome.is_confirmed());
        }
    }
}

#[tokio::test]
async fn batches_side_by_side_keep_their_outcomes_apart() {
    let (_broker, running) = with_queue().await;
    let tasks: Vec<_> = (0..24)
        .map(|number| {
            let publisher = running.publisher.clone();
            let queue = if number % 3 == 0 { "nowhere" } else { "q" };
            tokio::spawn(async move {
                let batch: Vec<_> = (0..40).map(|id| to(queue, number * 100 + id)).collect();
                (queue, publisher.publish_batch(&batch).await)
            })
        })
        .collect();
    for task in tasks {
        let (queue, outcomes) = task.await.expect("no panic");
        assert!(
            outcomes
                .iter()
                .all(|outcome| outcome.is_confirmed() == (queue == "q")),
            "{queue}: {outcomes:?}"
        );
    }
}

#[tokio::test]
async fn an_absent_exchange_is_refused_and_does_not_wedge_the_publisher() {
    let (broker, running) = with_queue().await;
    for _ in 0..20 {
        let absent = Outgoing {
            exchange: "absent".to_owned(),
            ..to("key", 2)
        };
        let outcomes = running.publisher.publish_batch(&[absent]).await;
        assert!(
            matches!(&outcomes[..], [PublishOutcome::Refused(text)] if text.contains("absent")),
            "{outcomes:?}"
        );
    }
    assert!(running.publisher.is_connected(), "only a channel was closed");
    running.put("q", [3]).await;
    assert_eq!(drain(&broker, &running, "q", 1).await, [3]);
}

#[tokio::test]
async fn a_forged_user_id_is_not_confirmed_and_does_not_wedge_the_publisher() {
    let (_broker, running) = with_queue().await;
    let mut forged = to("q", 1);
    forged.properties.user_id = Some("eupen".to_owned());
    let outcomes = running.publisher.publish_batch(&[forged]).await;
    assert!(
        matches!(&outcomes[..], [PublishOutcome::Lost(text)] if text.contains("user_id")),
        "{outcomes:?}"
    );
    running.put("q", [2]).await;
}

#[tokio::test]
async fn a_full_queue_nacks() {
    let broker = broker(queues([Queue::quorum("small", 5).max_length(2)])).await;
    let running = Running::start(&broker);
    // The limit takes hold a little after the message that reaches it.
    wait_for("a nack", LONG, async || {
        let outcomes = running.publisher.publish_batch(&[to("small", 1)]).await;
        match &outcomes[..] {
            [PublishOutcome::Nacked] => Some(()),
            [PublishOutcome::Confirmed] => None,
            other => panic!("{other:?}"),
        }
    })
    .await;
}

#[tokio::test]
async fn a_text_that_amqp_cannot_carry_is_refused_before_it_is_sent() {
    let (_broker, running) = with_queue().await;
    let long = to(&"k".repeat(256), 1);
    let outcomes = running.publisher.publish_batch(&[long, to("q", 2)]).await;
    assert!(matches!(&outcomes[0], PublishOutcome::Refused(text) if text.contains("routing_key")));
    assert_eq!(outcomes[1], PublishOutcome::Confirmed);
}

#[tokio::test]
async fn without_a_connection_messages_are_lost_within_the_time_out() {
    let port = relay_testkit::free_port().expect("a port");
    let mut options = relay_amqp::BrokerOptions::new(
        &format!("amqp://relay:relay@127.0.0.1:{port}/t0"),
        "test",
        relay_amqp::Jitter::new(|| 0.5),
    )
    .expect("a good URL");
    options.confirm_timeout = Duration::from_millis(200);
    let running = Running::start(&relay_amqp::Broker::new(options, Topology::default()));
    let outcomes = running.publisher.publish_batch(&[to("q", 1)]).await;
    assert!(
        matches!(&outcomes[..], [PublishOutcome::Lost(text)] if text.contains("200 ms") && text.contains("cannot connect")),
        "{outcomes:?}"
    );
    assert!(!running.publisher.is_connected());
}
