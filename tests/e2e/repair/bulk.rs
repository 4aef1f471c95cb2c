//! Many items at once.

use relay_proto::Encoding;
use relay_testkit::installation::{OPERATOR, OTHER, submission};

use super::{WHY, ctl, ended};
use crate::harness::upstream::Upstream;
use crate::harness::{LONG, Relay, fast};

#[tokio::test]
async fn a_few_go_first_the_rest_follows_and_nothing_is_repeated() {
    let relay = Relay::new(&fast()).await;
    let mut producer = relay.start("relay-producer").await;
    let mallory = Upstream::open(relay.installation.vhost(), "mallory", "eupen-test").await;
    let people = relay.people(4).await;
    let keyed = people.iter().enumerate();
    let bodies: Vec<_> = keyed
        .map(|(n, ssin)| submission(&format!("bulk-{n}"), ssin))
        .collect();
    let mut messages: Vec<_> = bodies
        .iter()
        .map(|body| mallory.message(body.to_string(), Encoding::Json))
        .collect();
    // Of another cause: not meant.
    messages.push(mallory.message("[]", Encoding::Json));
    mallory.send(&messages).await;
    let waiting = "SELECT string_agg(cause || ' ' || items, ',' ORDER BY cause) FROM
        (SELECT cause, count(*) AS items FROM relay.quarantine WHERE settled_at IS NULL GROUP BY cause) AS by_cause";
    relay.wait_value(waiting, "not_an_object 1,unauthorised 4").await;

    let replay = ["quarantine", "replay", "--cause", "unauthorised", "--reason", WHY];
    let with = |more: &[&'static str]| [&replay[..], more].concat();
    let asked = ctl(&relay, OPERATOR, &replay).await;
    assert!(
        asked.code == 2 && asked.stdout.contains("4 unauthorised"),
        "no terminal, no --yes: {asked:?}"
    );
    assert_eq!(ctl(&relay, OTHER, &with(&["--yes"])).await.code, 4);
    assert_eq!(relay.number("SELECT count(*) FROM relay.replay").await, 0);
    // One first: it is as unauthorised as before.
    let first = ctl(&relay, OPERATOR, &with(&["--first", "1", "--yes"])).await;
    assert!(first.code == 0 && first.stdout.contains("1 done"), "{first:?}");
    assert_eq!(ended(&relay, 1).await, "refused unauthorised");

    // The settings change, and so does the outcome, of the rest.
    producer.service.stop(LONG).await.expect("an end");
    relay.add_organisation("eupen-test", |file| {
        file.replace(
            "{ name = \"eupen\" }",
            "{ name = \"eupen\" }, { name = \"mallory\" }",
        )
    });
    let _producer = relay.start("relay-producer").await;
    let rest = ctl(&relay, OPERATOR, &with(&["--first", "2", "--yes"])).await;
    assert!(
        rest.stdout.contains("stayed: 1") && rest.stdout.contains("2 done"),
        "{rest:?}"
    );
    ended(&relay, 3).await;
    let rest = ctl(&relay, OPERATOR, &with(&["--yes"])).await;
    assert!(
        rest.stdout.contains("1 unauthorised") && rest.stdout.contains("1 done"),
        "{rest:?}"
    );
    ended(&relay, 4).await;
    let none = ctl(&relay, OPERATOR, &with(&["--yes"])).await;
    assert!(none.code == 0 && !none.stdout.contains("done"), "{none:?}");
    let again = ctl(&relay, OPERATOR, &with(&["--again", "--yes"])).await;
    assert!(again.stdout.contains("1 done"), "{again:?}");
    assert_eq!(ended(&relay, 5).await, "accepted");
    assert_eq!(relay.number("SELECT count(*) FROM relay.job").await, 4);
    assert_eq!(relay.value(waiting).await, "not_an_object 1");
}
