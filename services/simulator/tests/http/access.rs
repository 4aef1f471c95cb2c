//! ManageAccess over a real socket: what it registers, and the control routes about it.

use crate::common::Running;
use crate::dialect::Access;
use relay_simulator::manageaccess::Style;
use serde_json::json;

const US: &str = "0212344876";

#[tokio::test]
async fn who_is_registered_shows_in_the_next_list() {
    let simulator = Running::start(|_| {}).await;
    let ssin = simulator.anybody().await;
    let list = Access::of(&ssin, "LIST");
    assert!(list.ask(&simulator).await.registrations().is_empty());
    let registered = [
        ["2026-01-01", "2026-01-31", US, "PRIMARY"],
        ["2026-01-01", "2026-01-31", US, "SECONDARY"],
    ];
    let answer = Access::of(&ssin, "REGISTER").ask(&simulator).await;
    assert_eq!(answer.registrations(), registered);
    assert_eq!(answer.ok(), ["YES", "YES"]);
    let again = Access::of(&ssin, "REGISTER").ask(&simulator).await;
    assert_eq!(
        (again.registrations(), again.ok()),
        (registered.to_vec(), vec!["YES", "YES"])
    );
    assert_eq!(list.ask(&simulator).await.registrations(), registered);

    let answer = Access::of(&ssin, "UNREGISTER").ask(&simulator).await;
    assert!(answer.registrations().is_empty());
    assert!(list.ask(&simulator).await.registrations().is_empty());
    let changes = simulator.changes().await;
    let actions: Vec<_> = changes
        .iter()
        .map(|change| (&change["action"], &change["changed"]))
        .collect();
    let (register, unregister) = (json!("REGISTER"), json!("UNREGISTER"));
    let expected = [
        (&register, &json!(true)),
        (&register, &json!(false)),
        (&unregister, &json!(true)),
    ];
    assert_eq!(actions, expected);
}

#[tokio::test]
async fn the_reply_copies_what_was_asked_and_by_whom() {
    let simulator = Running::start(|_| {}).await;
    let ssin = simulator.anybody().await;
    let answer = Access::of(&ssin, "REGISTER").ask(&simulator).await;
    for (name, value) in [
        ("UserID", "80010100136"),
        ("Email", "office@example.org"),
        ("OrgUnit", US),
        ("MatrixID", "17"),
        ("MatrixSubID", "1"),
        ("Reference", "our-reference"),
        ("TimeRequest", "20261123T100000"),
        ("ServiceId", "OCMWCPASManageAccess"),
        ("Version", "20050930"),
        ("m:SSIN", &ssin),
        ("m:Action", "REGISTER"),
    ] {
        assert_eq!(answer.all(name), [value], "{name}");
    }
    assert_eq!(answer.all("c:ReturnCode"), ["0", "0"]);
    for time in ["TimeReceive", "TimeResponse"] {
        assert_eq!(answer.all(time)[0].len(), "20261123T100000".len());
    }
    let entry = simulator.ledger().await.remove(0);
    assert_eq!(entry["ticket_cbss"], answer.all("Ticket")[0]);
    for (member, expected) in [
        ("service", json!("manage-access")),
        ("action", json!("REGISTER")),
        ("ticket", json!("our-reference")),
        ("ssin", json!(ssin)),
        ("cbe_number", json!(US)),
        ("user", json!(null)),
        ("status", json!("YES 0")),
        ("http_status", json!(200)),
        ("refused", json!(null)),
    ] {
        assert_eq!(entry[member], expected, "{member}");
    }
    let change = simulator.changes().await.remove(0);
    let expected = json!({
        "sequence": 1, "ticket": "our-reference", "ticket_cbss": entry["ticket_cbss"], "ssin": ssin,
        "cbe_number": US, "action": "REGISTER", "purpose": 1, "start": "2026-01-01", "end": "2026-01-31",
        "changed": true, "executed": entry["executed"],
    });
    assert_eq!(change, expected);
}

#[tokio::test]
async fn a_list_is_of_all_organisations_by_register_and_purpose() {
    let simulator = Running::start(|_| {}).await;
    let ssin = simulator.anybody().await;
    let other = Access {
        org_unit: "0000000097",
        purpose: Some(2),
        end: None,
        ..Access::of(&ssin, "REGISTER")
    };
    Access::of(&ssin, "REGISTER").ask(&simulator).await;
    assert_eq!(
        other.ask(&simulator).await.registrations().len(),
        2,
        "those of its purpose"
    );
    let list = Access {
        purpose: None,
        ..Access::of(&ssin, "LIST")
    };
    let answer = list.ask(&simulator).await;
    assert_eq!(answer.registrations().len(), 4);
    assert_eq!(
        (answer.all("m:Purpose")[0], answer.all("m:Register")[0]),
        ("0", "ALL")
    );
    let primary = Access {
        register: Some("PRIMARY"),
        ..list.clone()
    };
    assert_eq!(
        primary.ask(&simulator).await.registrations(),
        [
            ["2026-01-01", "2026-01-31", US, "PRIMARY"],
            ["2026-01-01", "", "0000000097", "PRIMARY"]
        ]
    );
    let second = Access {
        purpose: Some(2),
        ..list.clone()
    };
    assert_eq!(second.ask(&simulator).await.registrations().len(), 2);
    let later = Access {
        start: "2026-02-01",
        end: None,
        ..list
    };
    assert_eq!(later.ask(&simulator).await.registrations().len(), 2);
}

#[tokio::test]
async fn units_and_zones_are_written_as_told() {
    let simulator = Running::start(|setup| {
        setup.style = Style {
            org_units: [(US.to_owned(), "62063".to_owned())].into(),
            zoned_dates: true,
        };
    })
    .await;
    let ssin = simulator.anybody().await;
    let answer = Access::of(&ssin, "REGISTER").ask(&simulator).await;
    assert_eq!(
        answer.registrations()[0],
        ["2026-01-01+02:00", "2026-01-31+02:00", "62063", "PRIMARY"]
    );
    assert_eq!(answer.all("OrgUnit"), [US], "the sender is as sent");
    let (_, listed) = simulator.control("GET", "/_sim/registrations", "").await;
    assert_eq!(
        (&listed[0]["cbe_number"], &listed[0]["org_unit"]),
        (&json!(US), &json!("62063"))
    );
}

#[tokio::test]
async fn registrations_can_be_set_and_read_by_hand() {
    let simulator = Running::start(|_| {}).await;
    let ssin = simulator.anybody().await;
    let posted = json!({"ssin": ssin, "cbe_number": "0000000097", "purpose": 1, "start": "2026-01-15"});
    let set = async |body: &serde_json::Value| {
        simulator
            .control("POST", "/_sim/registrations", &body.to_string())
            .await
            .0
    };
    assert_eq!(set(&posted).await, 204);
    let elsewhere = json!({
        "ssin": "80020200113", "cbe_number": US, "purpose": 7, "start": "2026-01-01", "end": "2026-01-02",
        "register": "SECONDARY",
    });
    assert_eq!(set(&elsewhere).await, 204);
    let expected = json!({
        "ssin": ssin, "org_unit": "0000000097", "purpose": 1, "start": "2026-01-15", "end": null,
        "cbe_number": "0000000097", "register": "PRIMARY",
    });
    let (_, listed) = simulator
        .control("GET", &format!("/_sim/registrations?ssin={ssin}"), "")
        .await;
    assert_eq!(
        (listed.as_array().map(Vec::len), &listed[0]),
        (Some(2), &expected)
    );
    let (_, all) = simulator.control("GET", "/_sim/registrations", "").await;
    assert_eq!(all.as_array().map(Vec::len), Some(3));
    assert_eq!(
        Access::of(&ssin, "LIST")
            .ask(&simulator)
            .await
            .registrations()
            .len(),
        2
    );
    assert!(simulator.changes().await.is_empty());
    for (member, value) in [
        ("ssin", json!("1")),
        ("cbe_number", json!("1")),
        ("start", json!("2026-13-01")),
        ("end", json!("2026-01-01")),
        ("register", json!("BOTH")),
        ("purpos", json!(1)),
    ] {
        let mut bad = posted.clone();
        bad[member] = value;
        assert_eq!(set(&bad).await, 422, "{member}");
    }
    assert_eq!(
        simulator.control("DELETE", "/_sim/registrations", "").await.0,
        204
    );
    assert!(
        Access::of(&ssin, "LIST")
            .ask(&simulator)
            .await
            .registrations()
            .is_empty()
    );
}

#[tokio::test]
async fn the_log_is_read_from_a_sequence_on() {
    let simulator = Running::start(|_| {}).await;
    let ssin = simulator.anybody().await;
    for reference in ["a", "b", "c"] {
        let access = Access {
            reference,
            ..Access::of(&ssin, "REGISTER")
        };
        access.ask(&simulator).await;
    }
    let (_, after) = simulator.control("GET", "/_sim/changes?since=1", "").await;
    assert_eq!(
        (&after[0]["ticket"], &after[1]["ticket"], &after[2]),
        (&json!("b"), &json!("c"), &json!(null))
    );
    let (_, one) = simulator.control("GET", "/_sim/changes?limit=1", "").await;
    assert_eq!(
        (one.as_array().map(Vec::len), &one[0]["sequence"]),
        (Some(1), &json!(1))
    );
    assert_eq!(simulator.control("GET", "/_sim/changes?after=1", "").await.0, 400);
}
