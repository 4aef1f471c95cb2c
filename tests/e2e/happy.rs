//! The main job: accepted, asked, answered, read.

use relay_domain::JobState;
use relay_proto::{Encoding, EventKind};
use relay_testkit::InstallationOptions;
use relay_testkit::installation::REQUESTER;
use serde_json::Value;

use crate::harness::check::{self, Calls};
use crate::harness::upstream::{From, protobuf};
use crate::harness::{FAST, Relay, keys, metrics};

/// Three submissions in each encoding; events in `events`.
async fn six_jobs(events: Encoding, organisation: &str) {
    let relay = Relay::new(&InstallationOptions {
        settings: FAST.to_owned(),
        organisation: organisation.to_owned(),
        ..InstallationOptions::default()
    })
    .await;
    let services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let submissions = relay.submissions("happy", 6).await;
    let mut messages = Vec::new();
    for (n, submission) in submissions.iter().enumerate() {
        let mut message = match n % 2 {
            0 => upstream.message(submission.to_string(), Encoding::Json),
            _ => upstream.message(protobuf(submission), Encoding::Protobuf),
        };
        message.properties.correlation_id = Some(format!("correlation-{n}"));
        messages.push(message);
    }
    upstream.send(&messages).await;
    check::all_ok_once(&relay, &upstream, &keys(&submissions), Calls::Once).await;

    let tickets = relay.simulator().calls_by_person().await;
    for (n, submission) in submissions.iter().enumerate() {
        let key = submission["idempotencyKey"].as_str().expect("a key");
        let end = upstream.wait_end(key).await;
        let call = &tickets[submission["retrieveTiGroups"]["ssin"].as_str().expect("an SSIN")][0];
        assert_eq!(
            end.tickets.ours.map(|ticket| ticket.to_string()),
            call.ticket,
            "{key}"
        );
        assert_eq!(end.tickets.cbss.as_ref(), Some(&call.ticket_cbss), "{key}");
        assert_eq!(end.outcome.as_deref(), Some("data"), "{key}");
        readable(&relay, &end.job_id.expect("a job").to_string()).await;

        // The reply queue says the same, in the same order, under the same ids.
        let ids = |from| -> Vec<_> {
            let own = upstream.events(from).into_iter();
            own.filter(|seen| seen.event.job_id == end.job_id)
                .map(|seen| (seen.event.event_id, seen.event.kind))
                .collect()
        };
        relay_testkit::wait_for("the replies", crate::harness::LONG, async || {
            (ids(From::Reply).len() == 2).then_some(())
        })
        .await;
        assert_eq!(ids(From::Reply), ids(From::Events), "{key}");
        for seen in upstream
            .deliveries()
            .iter()
            .filter(|seen| seen.event.job_id == end.job_id)
        {
            let properties = &seen.properties;
            assert_eq!(properties.message_type.as_deref(), Some("cbss.event.v1"));
            assert_eq!(properties.content_type.as_deref(), Some(events.content_type()));
            assert_eq!(properties.correlation_id, Some(format!("correlation-{n}")));
            let routing_key = match seen.from {
                From::Events => format!("eupen-test.retrieve-ti-groups.{}", seen.event.kind.as_str()),
                From::Reply => "reply.eupen.test".to_owned(),
            };
            assert_eq!(seen.routing_key, routing_key);
            assert!(seen.event.codes.iter().all(|code| code == "MSG00000"), "{seen:?}");
            assert_eq!(
                seen.event.kind == EventKind::Finished,
                seen.event.state == Some(JobState::Ok)
            );
        }
    }
    let [producer, _, results] = &services;
    let accepted = metrics::sum(
        producer,
        "cbss_relay_submissions_total",
        &[("answer", "accepted")],
    )
    .await;
    assert!((accepted - 6.0).abs() < 0.5, "{accepted}");
    let ended = metrics::sum(results, "cbss_relay_jobs_finished_total", &[("state", "ok")]).await;
    assert!((ended - 6.0).abs() < 0.5, "{ended}");
}

/// The requester reads rows with content.
async fn readable(relay: &Relay, job: &str) {
    let arguments = ["result", "show", job, "--reason", "file 4711", "--json"];
    let shown = relay.installation.relayctl_as(REQUESTER, &arguments).await;
    let shown = shown
        .and_then(relay_testkit::installation::Output::succeeded)
        .expect("a result");
    let result: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(result["status"], "ok");
    let rows = result["rows"].as_array().expect("rows");
    assert!(!rows.is_empty());
    for row in rows {
        let text = row["text"].as_str().unwrap_or_default();
        let fields = row["fields"].as_array().map(Vec::len).unwrap_or_default();
        assert!(!text.is_empty() && fields > 0, "{row}");
    }
}

#[tokio::test]
async fn six_jobs_and_events_in_json() {
    six_jobs(Encoding::Json, "").await;
}

#[tokio::test]
async fn six_jobs_and_events_in_protobuf() {
    six_jobs(Encoding::Protobuf, "event_encoding = \"protobuf\"").await;
}
