//! Personal data is sealed wherever it rests, and in clear nowhere that it need not be.

use relay_amqp::Outgoing;
use relay_proto::{Encoding, address};
use relay_testkit::InstallationOptions;
use relay_testkit::installation::{Output, REQUESTER, submission};
use serde_json::{Value, json};

use crate::harness::queues::peek;
use crate::harness::record::Rows;
use crate::harness::upstream::{From, Upstream};
use crate::harness::{Relay, SHORT_CALLS, fast, metrics};

/// What a submission holds of a person, besides the SSIN.
const USER: &str = "user-zebra-4402";
const REASON: &str = "reason-okapi-7713";
const KEY: &str = "key-tapir-9081";
const CORRELATION: &str = "correlation-ibex-3320";
/// A name to search for that nobody has, a first name, and a card.
const LAST_NAME: &str = "Quaggamann";
const FIRST_NAME: &str = "Zorillafried";
const CARD: &str = "591000771302";

/// Everything that must not be found.
struct Secrets(Vec<String>);

impl Secrets {
    fn found_in(&self, place: &str, bytes: &[u8]) {
        for secret in &self.0 {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {place}");
        }
    }

    /// Looks into every column of every table.
    async fn in_the_record(&self, relay: &Relay) {
        let columns = relay
            .rows(
                "SELECT c.table_schema || '.' || c.table_name, c.column_name, c.data_type
                 FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name)
                 WHERE c.table_schema IN ('relay', 'public') AND t.table_type = 'BASE TABLE'",
            )
            .await;
        let all = self.0.join(",");
        assert!(columns.len() > 60, "{} columns", columns.len());
        for column in columns {
            let [Some(table), Some(name), Some(kind)] = &column[..] else {
                panic!("{column:?}")
            };
            let holds = if kind == "bytea" {
                format!("position(convert_to(secret, 'UTF8') IN {name}) > 0")
            } else {
                format!("position(secret IN {name}::text) > 0")
            };
            let sql =
                format!("SELECT secret FROM {table}, unnest('{{{all}}}'::text[]) AS secret WHERE {holds}");
            assert_eq!(relay.rows(&sql).await, Rows::new(), "in {table}.{name}");
        }
    }
}

#[tokio::test]
async fn personal_data_is_in_clear_nowhere() {
    let relay = Relay::new(&InstallationOptions {
        settings: fast().settings.replace("level = \"debug", "level = \"trace"),
        identify: Some(SHORT_CALLS.to_owned()),
        ..fast()
    })
    .await;
    let [producer, mut worker, mut results] = relay.start_all().await;
    let upstream = relay.upstream().await;
    let people = relay.people(4).await;
    let mut messages = submissions(&upstream, &people);
    messages.extend(searches(&upstream, &people[0]));
    // Step by step, so that each internal queue can be looked at while it is full.
    worker.service.stop(crate::harness::LONG).await.expect("an end");
    results.service.stop(crate::harness::LONG).await.expect("an end");
    upstream.send(&messages).await;
    let work = peek(&relay, address::WORK, 6).await;
    let worker = relay.start("relay-worker").await;
    let responses = peek(&relay, address::RESPONSES, 6).await;
    let results = relay.start("relay-results").await;
    upstream.wait_finished(6).await;
    // In quarantine as well.
    let garbage = upstream.message(format!("{{\"{KEY}\":\"{}\",", people[0]), Encoding::Json);
    let nobody = Upstream::open(relay.installation.vhost(), "mallory", "eupen-test").await;
    nobody
        .send(&[nobody.message(messages[0].body.clone(), Encoding::Json)])
        .await;
    upstream.send(&[garbage]).await;
    relay
        .wait_value("SELECT count(*) FROM relay.quarantine", "2")
        .await;
    relay.wait_said().await;

    // And what the CBSS said.
    let names = names(&read(&relay).await);
    assert!(!names.is_empty(), "no names in the rows");

    let fixed = [USER, REASON, LAST_NAME, FIRST_NAME, CARD, KEY, CORRELATION].map(str::to_owned);
    let secrets = Secrets([&fixed[..], &people[..], &names[..]].concat());
    for body in work.iter().chain(&responses) {
        assert!(body.len() < 40, "ids only");
        secrets.found_in("an internal message", body);
    }
    secrets.in_the_record(&relay).await;
    secrets.found_in("the logs", relay.logs().as_bytes());
    for service in [&producer, &worker, &results] {
        secrets.found_in("the metrics", metrics::page(service).await.as_bytes());
    }
    // Events go back to who submitted, with the key that it gave, and nothing more.
    let personal = Secrets([&fixed[..5], &people[..], &names[..]].concat());
    for seen in upstream.events(From::Events) {
        personal.found_in("an event", &seen.event.encode(Encoding::Json));
    }
}

/// Three good submissions and one with an error, all with personal data wherever there is room for it.
fn submissions(upstream: &Upstream, people: &[String]) -> Vec<Outgoing> {
    let numbered = people.iter().enumerate();
    let message = |(n, ssin): (usize, &String)| {
        let mut body = submission(&format!("{KEY}-{n}"), ssin);
        body["requester"]["userId"] = USER.into();
        body["requester"]["reason"] = REASON.into();
        if n == 3 {
            // Rejected: what is wrong with it is said without its content.
            body["retrieveTiGroups"]["ssin"] = format!("{}x", &ssin[..10]).into();
        }
        let mut message = upstream.message(body.to_string(), Encoding::Json);
        message.properties.correlation_id = Some(CORRELATION.to_owned());
        message
    };
    numbered.map(message).collect()
}

/// Searches of IdentifyPerson: by name, by number with verification, a refused one, and one with an error.
fn searches(upstream: &Upstream, ssin: &str) -> Vec<Outgoing> {
    let criteria = |birth_date: &str| json!({"lastName": LAST_NAME, "firstName": FIRST_NAME, "birthDate": birth_date, "tolerance": 1});
    let person = json!({"lastName": LAST_NAME, "firstName": FIRST_NAME, "birthDate": "2080-01-01"});
    let wrong =
        json!({"lastName": LAST_NAME, "firstName": format!("{FIRST_NAME}\u{1}"), "birthDate": "2080-00-00"});
    let requests = [
        json!({ "phoneticCriteria": criteria("2080-01-00") }),
        json!({ "ssin": ssin, "verificationData": { "identityCardNumber": CARD, "personData": person } }),
        // The CBSS does not know this number.
        json!({ "ssin": "85073003357", "verificationData": { "identityCardNumber": CARD } }),
        json!({ "phoneticCriteria": wrong, "verificationData": { "identityCardNumber": CARD } }),
    ];
    let numbered = requests.into_iter().enumerate();
    let message = |(n, request): (usize, Value)| {
        let body = json!({
            "organisation": "eupen-test",
            "idempotencyKey": format!("{KEY}-identify-{n}"),
            "requester": { "userId": USER, "reason": REASON },
            "identifyPerson": request,
        });
        let mut message = upstream.message(body.to_string(), Encoding::Json);
        message.properties.correlation_id = Some(CORRELATION.to_owned());
        message
    };
    numbered.map(message).collect()
}

/// One of the results, read by its requester with a reason.
async fn read(relay: &Relay) -> Value {
    let job = relay
        .value("SELECT job_id FROM relay.result JOIN relay.job USING (job_id) WHERE service = 'retrieve-ti-groups' LIMIT 1")
        .await;
    let (login, organisation) = (REQUESTER, "eupen-test");
    let add = [
        "reader",
        "add",
        "--login",
        login,
        "--organisation",
        organisation,
        "--user-id",
        USER,
    ];
    let added = relay.installation.relayctl(&add).await;
    added.and_then(Output::succeeded).expect("a reader");
    let show = ["result", "show", &job, "--reason", REASON, "--json"];
    let shown = relay.installation.relayctl_as(login, &show).await;
    let shown = shown.and_then(Output::succeeded).expect("a result");
    serde_json::from_str(&shown.stdout).expect("JSON")
}

/// Names in the rows of a result: texts of IT 010 fields, without words of the document.
fn names(result: &Value) -> Vec<String> {
    let rows = result["rows"].as_array().into_iter().flatten();
    let fields = rows
        .filter(|row| row["type"] == "010")
        .flat_map(|row| row["fields"].as_array().into_iter().flatten());
    let mut names: Vec<String> = fields
        .filter_map(|field| field["value"].as_str())
        .filter(|value| value.len() > 4 && value.starts_with(char::is_uppercase) && !value.contains('\''))
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
