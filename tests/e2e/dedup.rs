//! One key makes one job, however often and from however many sides it comes.

use std::collections::BTreeSet;

use relay_domain::JobState;
use relay_proto::{Encoding, EventKind};
use relay_testkit::installation::submission;
use serde_json::json;

use crate::harness::check::{self, Calls};
use crate::harness::metrics;
use crate::harness::upstream::protobuf;
use crate::harness::{Relay, fast};

#[tokio::test]
async fn fifty_submissions_of_one_key_make_one_job() {
    let relay = Relay::new(&fast()).await;
    let services = relay.start_all().await;
    let second = relay.start_as("relay-producer", "producer-2", &[]).await;
    let mut upstreams = Vec::new();
    for _ in 0..5 {
        upstreams.push(relay.upstream().await);
    }
    // The first one listens from the beginning.
    upstreams[0]
        .wait("nothing yet", |seen| seen.is_empty().then_some(()))
        .await;

    let ssin = relay.people(1).await.remove(0);
    let written = submission("same", &ssin);
    let mut spaced = written.clone();
    let (birth, rest) = ssin.split_at(6);
    spaced["retrieveTiGroups"]["ssin"] = format!("{birth}-{} {}", &rest[..3], &rest[3..]).into();
    let sending = (0..50).map(|n| {
        let upstream = &upstreams[n % upstreams.len()];
        let message = match n % 3 {
            0 => upstream.message(written.to_string(), Encoding::Json),
            1 => upstream.message(protobuf(&written), Encoding::Protobuf),
            _ => upstream.message(spaced.to_string(), Encoding::Json),
        };
        let publisher = upstream.publisher.clone();
        tokio::spawn(async move { publisher.publish_batch(&[message]).await[0].is_confirmed() })
    });
    for sent in sending.collect::<Vec<_>>() {
        assert!(sent.await.expect("a task"));
    }

    // All upstreams share the organisation's queue, so each event reaches one of them.
    let answers = || {
        let seen = upstreams.iter().flat_map(|upstream| upstream.deliveries());
        let unique: BTreeSet<_> = seen
            .map(|seen| {
                let event = seen.event;
                (
                    event.event_id,
                    event.kind.as_str(),
                    event.duplicate,
                    event.job_id.map(|id| id.0),
                )
            })
            .collect();
        unique
    };
    relay_testkit::wait_for("51 events", crate::harness::LONG, async || {
        (answers().len() >= 51).then_some(())
    })
    .await;
    relay.wait_ended(1).await;
    relay.wait_said().await;
    let answers = answers();
    let count = |kind: EventKind, duplicate| {
        answers
            .iter()
            .filter(|answer| answer.1 == kind.as_str() && answer.2 == duplicate)
            .count()
    };
    assert_eq!(count(EventKind::Accepted, false), 1);
    assert_eq!(count(EventKind::Accepted, true), 49);
    assert_eq!(count(EventKind::Finished, false), 1);
    assert_eq!(answers.len(), 51);
    assert_eq!(
        answers
            .iter()
            .map(|answer| answer.3)
            .collect::<BTreeSet<_>>()
            .len(),
        1,
        "one job"
    );
    check::record(&relay, 1).await;
    check::ledger(&relay, Calls::Once).await;
    let mut counted = 0.0;
    for producer in [&services[0], &second] {
        counted += metrics::sum(
            producer,
            "cbss_relay_submissions_total",
            &[("answer", "duplicate")],
        )
        .await;
    }
    assert!((counted - 49.0).abs() < 0.5, "{counted} duplicates are counted");
}

#[tokio::test]
async fn a_key_that_comes_with_something_else_is_a_conflict() {
    let relay = Relay::new(&fast()).await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let people = relay.people(2).await;
    let first = submission("taken", &people[0]);
    upstream.submit(std::slice::from_ref(&first)).await;
    let job = upstream.wait_end("taken").await.job_id;

    let changes = [
        ("another-person", "/retrieveTiGroups/ssin", json!(people[1])),
        ("another-user", "/requester/userId", json!("user-18")),
        ("another-reason", "/requester/reason", json!("file 4712")),
        ("another-question", "/retrieveTiGroups/history", json!(false)),
        ("another-language", "/language", json!("fr")),
    ];
    let mut messages = Vec::new();
    for (name, pointer, value) in &changes {
        let mut changed = first.clone();
        *changed.pointer_mut(pointer).expect("a field") = value.clone();
        let mut message = upstream.message(changed.to_string(), Encoding::Json);
        message.properties.correlation_id = Some((*name).to_owned());
        messages.push(message);
    }
    upstream.send(&messages).await;
    for (name, ..) in &changes {
        let what = format!("the answer to {name}");
        let answer = upstream
            .wait(&what, |seen| {
                let own =
                    |properties: &relay_amqp::Properties| properties.correlation_id.as_deref() == Some(*name);
                seen.iter()
                    .find(|seen| own(&seen.properties))
                    .map(|seen| seen.event.clone())
            })
            .await;
        assert_eq!(
            (answer.kind, answer.job_id, answer.state),
            (EventKind::Rejected, None, None),
            "{name}"
        );
        assert_eq!(
            (answer.sequence, answer.round, answer.duplicate),
            (0, 0, false),
            "{name}"
        );
        let errors: Vec<_> = answer
            .errors
            .iter()
            .map(|error| (error.path.as_str(), error.code.as_str()))
            .collect();
        assert_eq!(errors, [("idempotencyKey", "conflict")], "{name}");
    }
    // The same again, after its end: the same job, and where it stands.
    upstream.submit(std::slice::from_ref(&first)).await;
    let again = upstream
        .wait("the answer to the same again", |seen| {
            seen.iter()
                .find(|seen| seen.event.duplicate)
                .map(|seen| seen.event.clone())
        })
        .await;
    assert_eq!(
        (again.job_id, again.state, again.sequence),
        (job, Some(JobState::Ok), 2)
    );
    relay.wait_said().await;
    check::record(&relay, 1).await;
    check::ledger(&relay, Calls::Once).await;
}
