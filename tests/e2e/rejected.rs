//! Submissions with something wrong in them: all of it is named, and nothing of it becomes a job.

use relay_amqp::Outgoing;
use relay_proto::{Encoding, EventMessage, message_type};
use relay_testkit::installation::submission;
use serde_json::{Value, json};

use crate::harness::upstream::Upstream;
use crate::harness::{Relay, fast, metrics};

/// Where | what | the path that is named | the code.
const WRONG: &str = r#"
/idempotencyKey            | null                       | idempotencyKey                      | required
/idempotencyKey            | "é"                        | idempotencyKey                      | invalid
/idempotencyKey            | 7                          | idempotencyKey                      | wrong_type
/requester                 | "user-1"                   | requester                           | wrong_type
/requester/userId          | " "                        | requester.userId                    | required
/requester/reason          | null                       | requester.reason                    | required
/requester/reason          | "file\u00004711"           | requester.reason                    | invalid
/requester/role            | "clerk"                    | requester.role                      | unknown_field
/language                  | "DE"                       | language                            | invalid
/priority                  | "urgent"                   | priority                            | invalid
/notBefore                 | "tomorrow"                 | notBefore                           | invalid
/deadline                  | "2020-01-01T00:00:00Z"     | deadline                            | deadline_passed
/deadline                  | 1896000000                 | deadline                            | wrong_type
/afterJob                  | "0190f3a2-5c1e-7000-8000-000000000001" | afterJob                | job_not_found
/afterJob                  | "the last one"             | afterJob                            | invalid
/purpose                   | "debt"                     | purpose                             | unknown_field
/retrieveTiGroups          | null                       | request                             | exactly_one_request
/retrieveTiGroups/ssin     | null                       | request.retrieveTiGroups.ssin       | required
/retrieveTiGroups/ssin     | "8001010013"               | request.retrieveTiGroups.ssin       | invalid
/retrieveTiGroups/ssin     | "80010100137"              | request.retrieveTiGroups.ssin       | checksum
/retrieveTiGroups/until    | 1                          | request.retrieveTiGroups.until      | unknown_field
"#;

struct Case {
    name: String,
    message: Outgoing,
    /// Path and code.
    errors: Vec<(String, String)>,
}

fn case(upstream: &Upstream, name: &str, body: &Value, errors: &[(&str, &str)]) -> Case {
    let owned = |(path, code): &(&str, &str)| ((*path).to_owned(), (*code).to_owned());
    let mut message = upstream.message(body.to_string(), Encoding::Json);
    message.properties.correlation_id = Some(name.to_owned());
    Case {
        name: name.to_owned(),
        message,
        errors: errors.iter().map(owned).collect(),
    }
}

fn cases(upstream: &Upstream, ssin: &str) -> Vec<Case> {
    let good = |name: &str| submission(name, ssin);
    let mut cases = Vec::new();
    for (n, line) in WRONG.trim().lines().enumerate() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [pointer, value, path, code] = cells[..] else {
            panic!("four cells: {line}")
        };
        let name = format!("wrong-{n}");
        let mut body = good(&name);
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        body.pointer_mut(parent).expect("a parent")[key] = serde_json::from_str(value).expect("JSON");
        cases.push(case(upstream, &name, &body, &[(path, code)]));
    }
    let mut several = good("several");
    several["language"] = json!("it");
    several["retrieveTiGroups"]["ssin"] = json!("80010100137");
    several["retrieveTiGroups"]["purpose"] = json!("debt");
    several["requester"] = json!({"userId": "user-1"});
    cases.push(case(
        upstream,
        "several",
        &several,
        &[
            ("language", "invalid"),
            ("request.retrieveTiGroups.purpose", "unknown_field"),
            ("request.retrieveTiGroups.ssin", "checksum"),
            ("requester.reason", "required"),
        ],
    ));
    let mut unknown = good("unknown-service");
    unknown["dimona"] = unknown["retrieveTiGroups"].take();
    if let Some(fields) = unknown.as_object_mut() {
        fields.remove("retrieveTiGroups");
    }
    let errors = [("dimona", "unknown_field"), ("request", "exactly_one_request")];
    cases.push(case(upstream, "unknown-service", &unknown, &errors));
    let mut disabled = good("disabled-service");
    disabled["organisation"] = json!("eupen-second");
    let errors = [("request.retrieveTiGroups", "service_not_enabled")];
    cases.push(case(upstream, "disabled-service", &disabled, &errors));

    let mut foreign = case(
        upstream,
        "foreign-reply",
        &good("foreign-reply"),
        &[("reply_to", "foreign_reply_to")],
    );
    foreign.message.properties.reply_to = Some("reply.ghent.test".to_owned());
    cases.push(foreign);
    let mut foreign = case(
        upstream,
        "empty-reply",
        &good("empty-reply"),
        &[("reply_to", "foreign_reply_to")],
    );
    foreign.message.properties.reply_to = Some("reply.eupen.".to_owned());
    cases.push(foreign);
    let cancel =
        json!({"organisation": "eupen-test", "idempotencyKey": "taken", "requester": good("")["requester"]});
    let mut cancel = case(upstream, "cancel", &cancel, &[("jobId", "job_not_found")]);
    cancel.message.properties.message_type = Some(message_type::CANCEL.to_owned());
    cases.push(cancel);
    // Field 6000 of a submission of the future, in protobuf.
    let mut future = case(upstream, "future", &good("future"), &[("#6000", "unknown_field")]);
    let body = [
        crate::harness::upstream::protobuf(&good("future")),
        vec![0x80, 0xf7, 0x02, 0x01],
    ]
    .concat();
    future.message = upstream.message(body, Encoding::Protobuf);
    future.message.properties.correlation_id = Some("future".to_owned());
    cases.push(future);
    cases
}

#[tokio::test]
async fn everything_wrong_is_named_and_nothing_becomes_a_job() {
    let relay = Relay::new(&fast()).await;
    relay.add_organisation("eupen-second", |first| {
        first.replace(
            "[services.retrieve-ti-groups]",
            "[services.retrieve-ti-groups]\nenabled = false",
        )
    });
    let services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let second = Upstream::open(relay.installation.vhost(), "eupen", "eupen-second").await;
    let ssin = relay.people(1).await.remove(0);
    let cases = cases(&upstream, &ssin);
    let messages: Vec<_> = cases.iter().map(|case| case.message.clone()).collect();
    upstream.send(&messages).await;

    for case in &cases {
        let listener = if case.name == "disabled-service" {
            &second
        } else {
            &upstream
        };
        let answer: EventMessage = listener
            .wait(&format!("the answer to {}", case.name), |seen| {
                let own = |seen: &&_| own(seen, &case.name);
                seen.iter().find(own).map(|seen| seen.event.clone())
            })
            .await;
        let mut errors: Vec<_> = answer
            .errors
            .iter()
            .map(|error| (error.path.clone(), error.code.clone()))
            .collect();
        errors.sort_unstable();
        assert_eq!(errors, case.errors, "{}", case.name);
        assert_eq!(
            (answer.kind.as_str(), answer.job_id, answer.sequence),
            ("rejected", None, 0),
            "{}",
            case.name
        );
        for error in &answer.errors {
            assert!(
                !error.text.contains("80010100137") && !error.text.contains("user-1"),
                "{error:?}"
            );
        }
    }
    relay.wait_said().await;
    assert_eq!(relay.number("SELECT count(*) FROM relay.job").await, 0);
    assert_eq!(relay.number("SELECT count(*) FROM relay.quarantine").await, 0);
    assert!(relay.simulator().calls().await.is_empty());
    let counted = metrics::sum(
        &services[0],
        "cbss_relay_submissions_total",
        &[("answer", "rejected")],
    )
    .await;
    assert_eq!(counted.round() as usize, cases.len());
    // What was rejected may come again, repaired, under its key.
    upstream.submit(&[submission("several", &ssin)]).await;
    upstream
        .wait("the repaired submission", |seen| {
            seen.iter()
                .any(|seen| seen.event.state == Some(relay_domain::JobState::Ok))
                .then_some(())
        })
        .await;
}

fn own(seen: &crate::harness::upstream::Seen, name: &str) -> bool {
    seen.properties.correlation_id.as_deref() == Some(name)
}
