//! Events of which nobody takes note block nobody else.

use relay_amqp::{Consumer, Decision, Publisher, Topology};
use relay_proto::{Encoding, EventMessage};
use relay_testkit::installation::submission;
use relay_testkit::shared;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::harness::upstream::{From, Upstream, broker};
use crate::harness::{LONG, Relay, fast, keys, metrics};

#[tokio::test]
async fn events_for_a_queue_that_is_gone_are_parked_and_block_no_other() {
    let relay = Relay::new(&fast()).await;
    relay.add_organisation("eupen-second", |first| first);
    let services = relay.start_all().await;
    let vhost = relay.installation.vhost().name();
    let gone = ["--vhost", vhost, "delete_queue", "cbss.events.eupen-second"];
    shared::rabbitmq().ctl(&gone).await.expect("a queue that is gone");

    let upstream = relay.upstream().await;
    let mut submissions = relay.submissions("heard", 5).await;
    for (n, ssin) in relay.people(5).await.iter().enumerate() {
        let mut unheard = submission(&format!("unheard-{n}"), ssin);
        unheard["organisation"] = "eupen-second".into();
        submissions.insert(2 * n, unheard);
    }
    upstream.submit(&submissions).await;
    upstream.wait_finished(5).await;
    relay.wait_ended(10).await;
    relay.wait_said().await;
    // The reply queue is there, and hears of all.
    relay_testkit::wait_for("20 replies", LONG, async || {
        (upstream.events(From::Reply).len() == 20).then_some(())
    })
    .await;
    let parked = "SELECT count(*) FROM relay.outbox JOIN relay.event USING (event_id)
        WHERE destination = 'events' AND organisation = 'eupen-second' AND parked_at IS NOT NULL
          AND park_reason LIKE '312%'";
    assert_eq!(relay.number(parked).await, 10);
    assert_eq!(relay.number("SELECT count(*) FROM relay.outbox").await, 10);
    relay_testkit::wait_for("the gauge of parked events", LONG, async || {
        let parked = metrics::sum(&services[2], "cbss_relay_outbox_parked_events", &[]).await;
        (parked.round() as usize == 10).then_some(())
    })
    .await;
}

#[tokio::test]
async fn events_wait_for_a_queue_that_is_full_and_keep_their_order() {
    let relay = Relay::new(&fast()).await;
    let _services = relay.start_all().await;
    let vhost = relay.installation.vhost().name();
    let tight = [
        "--vhost",
        vhost,
        "set_policy",
        "--apply-to",
        "queues",
        "tight",
        "^cbss[.]events[.]",
        "{\"max-length\":3}",
    ];
    shared::rabbitmq().ctl(&tight).await.expect("a policy");
    let submissions = relay.submissions("ordered", 35).await;
    let (first, others) = submissions.split_at(5);
    let sender = Upstream::open(relay.installation.vhost(), "eupen", "nobody").await;
    // The limit is soft: the queue is full once some rounds of events have gone in.
    sender.submit(first).await;
    relay.wait_ended(5).await;
    sender.submit(others).await;
    // Nobody takes events yet, so that both of each job wait when somebody does.
    relay.wait_ended(35).await;
    let waiting = "SELECT count(*) FROM (SELECT job_id FROM relay.outbox JOIN relay.event USING (event_id)
        WHERE destination = 'events' GROUP BY job_id HAVING count(*) = 2) AS both_of_a_job";
    let waiting = relay.number(waiting).await;
    assert!(waiting >= 20, "both events wait of {waiting} jobs only");
    let order = read_slowly(&relay, 70).await;
    relay.wait_said().await;
    for key in keys(&submissions) {
        let own: Vec<_> = order
            .iter()
            .filter(|(of, _)| *of == key)
            .map(|(_, sequence)| *sequence)
            .collect();
        assert_eq!(own, [1, 2], "events of {key}");
    }
}

/// Takes one event at a time, so that the queue is full, has room, and is full again; gives key and sequence of
/// each, in the order of their first deliveries.
async fn read_slowly(relay: &Relay, count: usize) -> Vec<(String, i32)> {
    let broker = broker(relay.installation.vhost(), "eupen", Topology::default());
    let (publisher, _link) = Publisher::new(broker.clone());
    let consumer = Consumer::new("cbss.events.eupen-test", 1);
    let (mut batches, settler) = consumer.open(broker, publisher, CancellationToken::new());
    let mut order = Vec::new();
    while order.len() < count {
        let batch = timeout(LONG, batches.next(1)).await;
        for held in batch.expect("an event in time").expect("a subscription") {
            let event = EventMessage::decode(Encoding::Json, &held.delivery.body).expect("an event");
            let key = event.idempotency_key.expect("a key").as_str().to_owned();
            if !order.contains(&(key.clone(), event.sequence)) {
                order.push((key, event.sequence));
            }
            settler
                .settle(vec![(held.token, Decision::Done(Vec::new()))])
                .await;
        }
    }
    order
}
