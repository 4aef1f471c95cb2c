//! Withdrawn jobs, and jobs that follow another one.

use std::collections::BTreeSet;

use relay_amqp::Outgoing;
use relay_domain::JobState;
use relay_proto::{Encoding, EventKind, message_type};
use relay_runtime::Clock;
use relay_testkit::installation::{ORGANISATION, USER_ID, submission};
use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;

use crate::harness::upstream::Upstream;
use crate::harness::{Relay, fast};

/// A cancellation as a message.
pub(crate) fn cancel(upstream: &Upstream, target: (&str, &str)) -> Outgoing {
    let body = json!({
        "organisation": ORGANISATION,
        target.0: target.1,
        "requester": { "userId": USER_ID, "reason": "entered by mistake" },
    });
    let mut message = upstream.message(body.to_string(), Encoding::Json);
    message.properties.message_type = Some(message_type::CANCEL.to_owned());
    message
}

/// A submission that nobody sends within this test.
pub(crate) fn tomorrow(key: &str, ssin: &str) -> Value {
    let later = Clock::system().now() + Duration::days(1);
    let mut submission = submission(key, ssin);
    submission["notBefore"] = later.format(&Rfc3339).expect("a time").into();
    submission
}

#[tokio::test]
async fn a_job_is_withdrawn_until_an_attempt_starts() {
    let relay = Relay::new(&fast()).await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let people = relay.people(3).await;
    upstream
        .submit(&[
            tomorrow("by-key", &people[0]),
            tomorrow("by-id", &people[1]),
            submission("done", &people[2]),
        ])
        .await;
    let job = upstream
        .wait("the job's id", |events| {
            let own = |key: &str| {
                events.iter().find(|seen| {
                    seen.event
                        .idempotency_key
                        .as_ref()
                        .is_some_and(|k| k.as_str() == key)
                })
            };
            own("by-id").and_then(|seen| seen.event.job_id)
        })
        .await
        .to_string();
    assert_eq!(upstream.wait_end("done").await.state, Some(JobState::Ok));
    // Batches are handled side by side, so their answers may come in any order.
    upstream
        .send(&[
            cancel(&upstream, ("idempotencyKey", "by-key")),
            cancel(&upstream, ("jobId", &job)),
            cancel(&upstream, ("idempotencyKey", "done")),
            cancel(&upstream, ("idempotencyKey", "unheard-of")),
            // Again: it stays withdrawn, and that is what is said.
            cancel(&upstream, ("idempotencyKey", "by-key")),
        ])
        .await;
    for key in ["by-key", "by-id"] {
        let end = upstream.wait_end(key).await;
        assert_eq!(
            (end.kind, end.state),
            (EventKind::Finished, Some(JobState::Cancelled)),
            "{key}"
        );
    }
    let refused = upstream
        .wait("two refusals", |events| {
            let codes: BTreeSet<_> = events
                .iter()
                .filter(|seen| seen.event.kind == EventKind::Rejected)
                .map(|seen| seen.event.errors[0].code.clone())
                .collect();
            (codes.len() == 2).then_some(codes)
        })
        .await;
    assert_eq!(
        refused,
        BTreeSet::from(["job_not_found".into(), "too_late".into()])
    );
    let repeated = upstream
        .wait("the answer to the second cancellation", |_| {
            let events = upstream.of_key("by-key");
            (events.len() == 3).then_some(events)
        })
        .await;
    let repeated: Vec<_> = repeated
        .iter()
        .map(|event| (event.kind, event.sequence, event.duplicate, event.state))
        .collect();
    assert_eq!(
        repeated,
        [
            (EventKind::Accepted, 1, false, Some(JobState::Accepted)),
            (EventKind::Finished, 2, false, Some(JobState::Cancelled)),
            (EventKind::Accepted, 2, true, Some(JobState::Cancelled)),
        ]
    );
    assert_eq!(relay.simulator().calls().await.len(), 1);
    // Who withdrew it, and why, is on record, sealed.
    let acts = "SELECT string_agg(action || ' ' || upstream_user, ' ') FROM relay.operation WHERE octet_length(reason) > 50";
    assert_eq!(relay.value(acts).await, "job_cancel eupen job_cancel eupen");
}

#[tokio::test]
async fn a_job_follows_another_or_ends_with_it() {
    let relay = Relay::new(&fast()).await;
    let upstream = relay.upstream_before_services().await;
    let _services = relay.start_all().await;
    let people = relay.people(4).await;
    let refuse = json!({"type": "status", "value": "NO_RESULT", "code": "MSG00005"});
    relay.simulator().fault_for(&people[2], &refuse).await;
    let slow = json!({"match": {"ssin": people[0]}, "latency_ms": 700});
    relay.simulator().fault(&slow).await;
    upstream
        .submit(&[submission("good", &people[0]), submission("bad", &people[2])])
        .await;
    let id = async |key: &'static str| {
        upstream
            .wait(&format!("the id of {key}"), |events| {
                let own = |seen: &&crate::harness::upstream::Seen| {
                    seen.event
                        .idempotency_key
                        .as_ref()
                        .is_some_and(|own| own.as_str() == key)
                };
                events.iter().find(own).and_then(|seen| seen.event.job_id)
            })
            .await
            .to_string()
    };
    let after = |key: &str, ssin: &str, job: &str| {
        let mut follower = submission(key, ssin);
        follower["afterJob"] = job.into();
        follower
    };
    upstream
        .submit(&[
            after("follows", &people[1], &id("good").await),
            after("orphan", &people[3], &id("bad").await),
            after("stray", &people[3], "0195b5ac-7b1e-7000-8000-00805f9b34fb"),
        ])
        .await;
    assert_eq!(upstream.wait_end("follows").await.state, Some(JobState::Ok));
    let orphan = upstream.wait_end("orphan").await;
    assert_eq!(
        (orphan.state, orphan.outcome.as_deref()),
        (Some(JobState::Cancelled), Some("prerequisite"))
    );
    let stray = upstream.wait_end("stray").await;
    assert_eq!(
        (stray.kind, stray.errors[0].code.as_str()),
        (EventKind::Rejected, "job_not_found")
    );
    let calls = relay.simulator().calls_by_person().await;
    let (first, then) = (&calls[&people[0]][0], &calls[&people[1]][0]);
    let answered = first.answered.as_ref().expect("an answer").ms;
    assert!(
        then.received.ms >= answered,
        "the follower was sent before the first one had ended"
    );
    assert!(!calls.contains_key(&people[3]));
}
