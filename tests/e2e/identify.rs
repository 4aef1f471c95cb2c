//! IdentifyPerson: who somebody is, by number and by name, through the whole relay.

use relay_amqp::Outgoing;
use relay_domain::JobState;
use relay_proto::{Encoding, EventKind, EventMessage};
use relay_testkit::InstallationOptions;
use relay_testkit::installation::{ORGANISATION, OTHER, Output, REQUESTER, USER_ID};
use serde_json::{Value, json};

use crate::harness::upstream::{Upstream, protobuf};
use crate::harness::{Relay, SHORT_CALLS, fast};

fn options(organisation: &str) -> InstallationOptions {
    InstallationOptions {
        organisation: organisation.to_owned(),
        identify: Some(SHORT_CALLS.to_owned()),
        ..fast()
    }
}

fn submission(key: &str, request: &Value) -> Value {
    json!({
        "organisation": ORGANISATION,
        "idempotencyKey": key,
        "requester": { "userId": USER_ID, "reason": "file 4711" },
        "language": "de",
        "identifyPerson": request,
    })
}

/// Somebody whom the simulator knows.
struct Somebody {
    ssin: String,
    last_name: String,
    birth_date: String,
}

struct Identifying {
    relay: Relay,
    upstream: Upstream,
    _services: [relay_testkit::installation::Running; 3],
    somebody: Somebody,
}

impl Identifying {
    async fn new(options: &InstallationOptions) -> Self {
        let relay = Relay::new(options).await;
        let services = relay.start_all().await;
        let upstream = relay.upstream().await;
        let somebody = relay.simulator().somebody().await;
        let text = |member: &str| somebody[member].as_str().expect("a text").to_owned();
        let somebody = Somebody {
            ssin: text("ssin"),
            last_name: text("last_name"),
            birth_date: text("birth_date"),
        };
        Self {
            relay,
            upstream,
            _services: services,
            somebody,
        }
    }

    /// Submits in an encoding and waits for the end.
    async fn ask(&self, key: &str, request: &Value, encoding: Encoding) -> EventMessage {
        let submission = submission(key, request);
        let body = match encoding {
            Encoding::Json => submission.to_string().into_bytes(),
            Encoding::Protobuf => protobuf(&submission),
        };
        let message: Outgoing = self.upstream.message(body, encoding);
        self.upstream.send(&[message]).await;
        self.upstream.wait_end(key).await
    }

    /// The result as a login reads it.
    async fn show(&self, login: &str, end: &EventMessage, more: &[&str]) -> Output {
        let job = end.job_id.expect("a job").to_string();
        let mut arguments = vec!["result", "show", &job, "--reason", "file 4711"];
        arguments.extend(more);
        let shown = self.relay.installation.relayctl_as(login, &arguments).await;
        shown.expect("relayctl")
    }

    async fn read(&self, end: &EventMessage) -> Value {
        let shown = self.show(REQUESTER, end, &["--json"]).await;
        let shown = shown.succeeded().expect("a result");
        serde_json::from_str(&shown.stdout).expect("JSON")
    }
}

fn field<'r>(row: &'r Value, path: &str) -> Option<&'r str> {
    let fields = row["fields"].as_array()?;
    let found = fields.iter().find(|field| field["path"] == path)?;
    found["value"].as_str()
}

/// By number and by name, in one encoding for messages and events.
async fn identify(encoding: Encoding, organisation: &str) {
    let identifying = Identifying::new(&options(organisation)).await;
    let Somebody {
        ssin,
        last_name,
        birth_date,
    } = &identifying.somebody;
    let person = json!({"lastName": last_name.to_uppercase(), "birthDate": birth_date});
    let by_number = json!({"ssin": ssin, "verificationData": {"personData": person}});
    let end = identifying.ask("number", &by_number, encoding).await;
    assert_eq!(
        (end.state, end.outcome.as_deref(), &end.codes[..]),
        (Some(JobState::Ok), Some("data"), &["12007001".to_owned()][..])
    );
    assert_eq!(end.service.as_deref(), Some("identify-person"));
    let result = identifying.read(&end).await;
    let rows = result["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 1);
    assert_eq!(field(&rows[0], "Basic/SocialSecurityUser"), Some(ssin.as_str()));
    assert!(field(&rows[0], "Extended/CivilState").is_some(), "validated");
    assert_eq!(rows[0]["title"], "Personen");
    assert_eq!(
        (&rows[0]["since"], &rows[0]["type"]),
        (&Value::Null, &Value::Null)
    );
    let text = rows[0]["text"].as_str().expect("a text");
    assert!(text.contains(last_name) && text.contains(ssin), "{text}");

    let year = format!("{}-00-00", &birth_date[..4]);
    let by_name = json!({"phoneticCriteria": {"lastName": last_name, "birthDate": year, "tolerance": 10, "maximum": 5}});
    let end = identifying.ask("name", &by_name, encoding).await;
    assert_eq!(
        (end.state, end.outcome.as_deref()),
        (Some(JobState::Ok), Some("data"))
    );
    let result = identifying.read(&end).await;
    let rows = result["rows"].as_array().expect("rows");
    assert!((1..=5).contains(&rows.len()), "{}", rows.len());
    assert!(rows.iter().all(|row| field(row, "Extended/CivilState").is_none()));
    // A table for people, for whoever asked and nobody else.
    let table = identifying.show(REQUESTER, &end, &[]).await;
    let table = table.succeeded().expect("a table").stdout;
    assert!(
        table.contains("Personen") && table.contains("identify-person"),
        "{table}"
    );
    assert_eq!(identifying.show(OTHER, &end, &[]).await.code, 4);

    for seen in identifying
        .upstream
        .events(crate::harness::upstream::From::Events)
    {
        assert_eq!(
            seen.properties.content_type.as_deref(),
            Some(encoding.content_type())
        );
    }
    // Of a person that has a number the same hash as ever; of a search by name none.
    let hashes = "SELECT string_agg((person_hash IS NULL)::text, ' ' ORDER BY accepted_at) FROM relay.job";
    assert_eq!(identifying.relay.value(hashes).await, "false true");
    let ordered = "SELECT count(*) FROM relay.job_state WHERE order_hash IS NOT NULL";
    assert_eq!(
        identifying.relay.number(ordered).await,
        0,
        "questions wait for nobody"
    );
    let structure = "SELECT count(*) FROM relay.result_row WHERE since IS NOT NULL OR until IS NOT NULL";
    assert_eq!(
        identifying.relay.number(structure).await,
        0,
        "a birth date is no structure"
    );
}

#[tokio::test]
async fn identify_in_json() {
    identify(Encoding::Json, "").await;
}

#[tokio::test]
async fn identify_in_protobuf() {
    identify(Encoding::Protobuf, "event_encoding = \"protobuf\"").await;
}

#[tokio::test]
async fn identify_ends_as_the_cbss_answers() {
    let identifying = Identifying::new(&options("")).await;
    let Somebody { ssin, birth_date, .. } = &identifying.somebody;
    let nobody = json!({"lastName": "Zzyzx", "birthDate": birth_date});
    let empty = json!({ "phoneticCriteria": nobody });
    let unknown = json!({"ssin": "85073003357"});
    let mismatch = json!({"ssin": ssin, "verificationData": {"personData": nobody}});
    for (key, request, state, outcome, codes) in [
        ("empty", &empty, JobState::Ok, "empty", &[][..]),
        ("errors", &unknown, JobState::Errors, "refused", &["31001001"]),
        ("warnings", &mismatch, JobState::Warnings, "data", &["22007007"]),
    ] {
        let end = identifying.ask(key, request, Encoding::Json).await;
        assert_eq!(
            (end.state, end.outcome.as_deref()),
            (Some(state), Some(outcome)),
            "{key}"
        );
        assert_eq!(end.codes, codes, "{key}");
        let result = identifying.read(&end).await;
        assert_eq!(result["status"], state.as_str());
        let rows = result["rows"].as_array().expect("rows");
        assert_eq!(rows.len(), usize::from(key == "warnings"));
    }
    // A question may be asked again when nobody knows whether it arrived.
    let rule = json!({"match": {"service": "identify-person", "times": 1}, "action": {"type": "drop_reply"}});
    identifying.relay.simulator().fault(&rule).await;
    let end = identifying
        .ask("lost", &json!({ "ssin": ssin }), Encoding::Json)
        .await;
    assert_eq!(end.state, Some(JobState::Ok));
    let attempts = format!(
        "SELECT string_agg(kind || ':' || class, ' ' ORDER BY number) FROM relay.attempt WHERE job_id = '{}'",
        end.job_id.expect("a job")
    );
    assert_eq!(identifying.relay.value(&attempts).await, "send:no_answer send:ok");
}

#[tokio::test]
async fn identify_names_everything_that_is_wrong() {
    let identifying = Identifying::new(&options("")).await;
    let wrong = json!({
        "ssin": "80010100137",
        "phoneticCriteria": {
            "lastName": "Geheim\u{1}", "birthDate": "2080-00-00", "gender": 3, "maximum": 81, "nickname": "x",
        },
        "verificationData": {"sisCardNumber": "12", "personData": {"birthDate": "gestern"}},
    });
    let answer = identifying.ask("wrong", &wrong, Encoding::Json).await;
    assert_eq!((answer.kind, answer.job_id), (EventKind::Rejected, None));
    let mut errors: Vec<_> = answer
        .errors
        .iter()
        .map(|error| {
            let path = error.path.trim_start_matches("request.identifyPerson.");
            (path, error.code.as_str())
        })
        .collect();
    errors.sort_unstable();
    assert_eq!(
        errors,
        [
            ("phoneticCriteria", "invalid"),
            ("phoneticCriteria.gender", "invalid"),
            ("phoneticCriteria.lastName", "invalid"),
            ("phoneticCriteria.maximum", "invalid"),
            ("phoneticCriteria.nickname", "unknown_field"),
            ("ssin", "checksum"),
            ("verificationData.personData.birthDate", "invalid"),
            ("verificationData.personData.lastName", "required"),
            ("verificationData.sisCardNumber", "invalid"),
        ]
    );
    let told = format!("{:?}", answer.errors);
    assert!(
        !told.contains("Geheim") && !told.contains("80010100137"),
        "{told}"
    );
    let vague = json!({"phoneticCriteria": {"lastName": "Geheim", "birthDate": "2080-01-00"}});
    let answer = identifying.ask("vague", &vague, Encoding::Json).await;
    let path = "request.identifyPerson.phoneticCriteria.tolerance";
    assert_eq!((answer.errors[0].path.as_str(), answer.errors.len()), (path, 1));
    assert_eq!(
        identifying.relay.number("SELECT count(*) FROM relay.job").await,
        0
    );
    assert!(identifying.relay.simulator().calls().await.is_empty());
}

#[tokio::test]
async fn identify_is_built_and_not_sent_where_nothing_is_live() {
    let identifying = Identifying::new(&options("live = false")).await;
    let request = json!({"phoneticCriteria": {"lastName": "Zzyzx", "birthDate": "2080-01-01"}});
    let end = identifying.ask("built", &request, Encoding::Json).await;
    assert_eq!(end.state, Some(JobState::Validated));
    // The same key with another name is another request.
    let other = json!({"phoneticCriteria": {"lastName": "Zzyzy", "birthDate": "2080-01-01"}});
    identifying.upstream.submit(&[submission("built", &other)]).await;
    let conflict = identifying
        .upstream
        .wait("a conflict", |seen| {
            let rejected = seen.iter().find(|seen| seen.event.kind == EventKind::Rejected)?;
            Some(rejected.event.errors[0].code.clone())
        })
        .await;
    assert_eq!(conflict, "conflict");
    assert!(identifying.relay.simulator().calls().await.is_empty());
}
