use relay_amqp::{AmqpError, Binding, Exchange, ExchangeKind, Outgoing, PublishOutcome, Queue, Topology};
use relay_testkit::rabbitmq::RELAY;
use relay_testkit::shared;

use crate::parts::{Running, broker, broker_at, drain, queues, to};

fn events() -> Topology {
    Topology {
        exchanges: vec![Exchange {
            name: "events".to_owned(),
            kind: ExchangeKind::Topic,
        }],
        queues: vec![
            Queue::quorum("events.one", 5)
                .dead_letter_to("dead")
                .max_length(1000),
            Queue::quorum("dead", 1_000_000),
        ],
        bindings: vec![Binding {
            exchange: "events".to_owned(),
            queue: "events.one".to_owned(),
            routing_key: "one.#".to_owned(),
        }],
    }
}

#[tokio::test]
async fn the_same_topology_is_declared_again_and_routes() {
    let broker = broker(events()).await;
    broker.declare().await.expect("declared");
    broker.declare().await.expect("declared again");

    let running = Running::start(&broker);
    let message = Outgoing {
        exchange: "events".to_owned(),
        routing_key: "one.two.three".to_owned(),
        ..to("", 7)
    };
    assert_eq!(
        running.publisher.publish_batch(&[message]).await,
        [PublishOutcome::Confirmed]
    );
    assert_eq!(drain(&broker, &running, "events.one", 1).await, [7]);
}

#[tokio::test]
async fn other_arguments_are_reported_with_the_queue_and_the_argument() {
    let vhost = shared::rabbitmq().vhost().await.expect("a virtual host");
    let url = vhost.url(RELAY);
    broker_at(&url, events()).declare().await.expect("declared");

    let changed = queues([Queue::quorum("events.one", 6)
        .dead_letter_to("dead")
        .max_length(1000)]);
    let error = broker_at(&url, changed).declare().await.expect_err("must differ");
    assert!(
        matches!(&error, AmqpError::ArgumentsDiffer { entity, .. } if entity == "queue events.one"),
        "{error}"
    );
    assert!(error.to_string().contains("x-delivery-limit"), "{error}");

    broker_at(&url, events())
        .declare()
        .await
        .expect("the old arguments still fit");
}

#[tokio::test]
async fn an_unreachable_broker_is_named_by_its_address() {
    let port = relay_testkit::free_port().expect("a port");
    let broker = broker_at(&format!("amqp://relay:secret@127.0.0.1:{port}/x"), events());
    let error = broker.declare().await.expect_err("nobody listens").to_string();
    assert!(
        error.contains(&port.to_string()) && !error.contains("secret"),
        "{error}"
    );
}
