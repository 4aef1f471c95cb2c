//! Messages that are none, or from nobody who may be answered: kept, sealed, with a cause; they hurt no other.

use relay_amqp::{Outgoing, PublishOutcome};
use relay_proto::Encoding;
use relay_testkit::installation::submission;
use serde_json::Value;

use crate::harness::check::{self, Calls};
use crate::harness::upstream::{From, Upstream};
use crate::harness::{Relay, fast, keys, metrics};

/// Stands in every bad message, and must stand nowhere in the record.
const MARK: &str = "mark-5d1c";

/// Cause and message.
fn garbage(eupen: &Upstream, mallory: &Upstream, ssin: &str) -> Vec<(&'static str, Outgoing)> {
    let json = |body: Vec<u8>| eupen.message(body, Encoding::Json);
    let wire = |body: Vec<u8>| eupen.message(body, Encoding::Protobuf);
    let good = submission(MARK, ssin);
    let changed = |change: fn(&mut Outgoing)| {
        let mut message = json(good.to_string().into_bytes());
        change(&mut message);
        message
    };
    let of = |organisation: &str| {
        let mut body = good.clone();
        body["organisation"] = organisation.into();
        json(body.to_string().into_bytes())
    };
    let deep = format!("{{\"{MARK}\":{}1{}}}", "[".repeat(60), "]".repeat(60));
    let large = format!("{{\"{MARK}\":\"{}\"}}", "x".repeat(300 * 1024));
    vec![
        (
            "broken_json",
            json(format!("{{\"organisation\":\"{MARK}").into_bytes()),
        ),
        ("not_an_object", json(format!("[\"{MARK}\"]").into_bytes())),
        (
            "duplicate_key",
            json(format!("{{\"{MARK}\":1,\"{MARK}\":2}}").into_bytes()),
        ),
        (
            "invalid_utf8",
            json([format!("{{\"{MARK}\":\"").as_bytes(), b"\xff\"}"].concat()),
        ),
        ("too_deep", json(deep.into_bytes())),
        ("broken_wire", wire([MARK.as_bytes(), b"\xff\xff\xff"].concat())),
        ("too_large", json(large.into_bytes())),
        (
            "unknown_content_type",
            changed(|message| message.properties.content_type = Some("text/xml".into())),
        ),
        (
            "unknown_content_type",
            changed(|message| message.properties.content_type = None),
        ),
        (
            "unknown_type",
            changed(|message| message.properties.message_type = Some("cbss.submission.v9".into())),
        ),
        (
            "unknown_type",
            changed(|message| message.properties.message_type = None),
        ),
        (
            "unauthenticated",
            changed(|message| message.properties.user_id = None),
        ),
        ("unauthorised", mallory.message(good.to_string(), Encoding::Json)),
        ("unauthorised", of("nowhere")),
        ("unauthorised", of("No Organisation")),
    ]
}

#[tokio::test]
async fn what_is_no_message_is_kept_sealed_and_nobody_is_told() {
    let relay = Relay::new(&fast()).await;
    let services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let mallory = Upstream::open(relay.installation.vhost(), "mallory", "eupen-test").await;
    let ssin = relay.people(1).await.remove(0);
    let garbage = garbage(&upstream, &mallory, &ssin);
    for (cause, message) in &garbage {
        let sender = match message.properties.user_id.as_deref() {
            Some("mallory") => &mallory,
            Some(_) | None => &upstream,
        };
        let outcomes = sender
            .publisher
            .publish_batch(std::slice::from_ref(message))
            .await;
        assert_eq!(outcomes, [PublishOutcome::Confirmed], "{cause}");
    }
    let kept = "SELECT count(*) FROM relay.quarantine";
    relay.wait_value(kept, &garbage.len().to_string()).await;

    let sql = "SELECT string_agg(cause, ' ' ORDER BY cause) FROM relay.quarantine WHERE source = 'cbss.intake' AND seen = 1";
    let mut causes: Vec<_> = garbage.iter().map(|(cause, _)| *cause).collect();
    causes.sort_unstable();
    assert_eq!(relay.value(sql).await, causes.join(" "));
    let positions = "SELECT count(*) FROM relay.quarantine WHERE byte_position > 0";
    assert_eq!(
        relay.number(positions).await,
        5,
        "all that did not decode but the list, which begins wrong"
    );
    let sealed =
        format!("SELECT count(*) FROM relay.quarantine WHERE position('{MARK}'::bytea IN message) > 0");
    assert_eq!(relay.number(&sealed).await, 0);
    assert_eq!(
        relay
            .number("SELECT count(*) FROM relay.quarantine WHERE message_bytes < 20")
            .await,
        0
    );

    // The same again is the same item.
    upstream.send(&[garbage[0].1.clone()]).await;
    relay
        .wait_value("SELECT max(seen) FROM relay.quarantine", "2")
        .await;
    assert_eq!(
        relay.number(kept).await,
        i64::try_from(garbage.len()).expect("a count")
    );
    let counted = metrics::sum(
        &services[0],
        "cbss_relay_submissions_total",
        &[("answer", "quarantined")],
    )
    .await;
    assert_eq!(counted.round() as usize, garbage.len() + 1);
    relay_testkit::wait_for("the gauge of quarantine", crate::harness::LONG, async || {
        let items = metrics::sum(
            &services[2],
            "cbss_relay_quarantine_items",
            &[("cause", "unauthorised")],
        )
        .await;
        (items.round() as usize == 3).then_some(())
    })
    .await;
    assert!(!relay.logs().contains(MARK), "what is kept is not logged");

    // A name that is not the sender's own does not even get past the broker.
    let mut forged = upstream.message(submission("forged", &ssin).to_string(), Encoding::Json);
    forged.properties.user_id = Some("ghent".to_owned());
    let outcomes = upstream.publisher.publish_batch(&[forged]).await;
    assert!(
        format!("{outcomes:?}").contains("user_id property set to 'ghent'"),
        "{outcomes:?}"
    );

    // A job afterwards: the first that anybody hears of.
    let after = [submission("after", &ssin)];
    upstream.submit(&after).await;
    check::all_ok_once(&relay, &upstream, &keys(&after), Calls::Once).await;
    assert!(
        upstream
            .events(From::Reply)
            .iter()
            .all(|seen| seen.event.idempotency_key.is_some())
    );
    assert!(mallory.events(From::Reply).is_empty());
    assert_eq!(
        relay.number(kept).await,
        i64::try_from(garbage.len()).expect("a count")
    );
}

#[tokio::test]
async fn one_poisoned_message_between_twenty_good_ones_hurts_none() {
    let relay = Relay::new(&fast()).await;
    let [mut producer, _worker, _results] = relay.start_all().await;
    let upstream = relay.upstream().await;
    let mallory = Upstream::open(relay.installation.vhost(), "mallory", "eupen-test").await;
    // All of them lie in the queue when the producer comes back, so that they make one batch.
    producer.service.kill().await.expect("a killed producer");
    let submissions: Vec<Value> = relay.submissions("good", 20).await;
    let bad = garbage(&upstream, &mallory, "80010100136");
    let poison = bad.into_iter().map(|(_, message)| message);
    let mut poison = poison.filter(|message| message.properties.user_id.as_deref() != Some("mallory"));
    let mut messages = Vec::new();
    for (n, submission) in submissions.iter().enumerate() {
        if n % 4 == 1 {
            messages.extend(poison.next());
        }
        messages.push(upstream.message(submission.to_string(), Encoding::Json));
    }
    upstream.send(&messages).await;
    let _producer = relay.start("relay-producer").await;
    check::all_ok_once(&relay, &upstream, &keys(&submissions), Calls::Once).await;
    assert_eq!(relay.number("SELECT count(*) FROM relay.quarantine").await, 5);
}

#[tokio::test]
async fn dead_letters_are_drained_into_quarantine() {
    let relay = Relay::new(&fast()).await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let mut dead = upstream.message(format!("{{\"{MARK}\":1}}"), Encoding::Json);
    dead.routing_key = "cbss.dead".to_owned();
    upstream.send(&[dead.clone(), dead.clone()]).await;
    let sql = "SELECT string_agg(concat_ws(' ', cause, source, seen), ', ') FROM relay.quarantine";
    relay.wait_value(sql, "dead_letter cbss.dead 2").await;
}
