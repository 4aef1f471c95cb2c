//! The three layers of ManageAccess that can refuse: SOAP, the document, the business.

use crate::common::{Running, envelope};
use crate::dialect::{Access, Answer, sent, soap};
use relay_simulator::connector::{CONNECTOR, PATH, SOAP_ACTION};

#[tokio::test]
async fn the_business_refuses_numbers_and_proofs() {
    let simulator = Running::start(|_| {}).await;
    let (_, people) = simulator.control("GET", "/_sim/people?limit=1", "").await;
    let person = &people[0];
    let ssin = person["ssin"].as_str().expect("a number");
    let proved = |last_name: &str, birth_date: &str| Access {
        proof: format!(
            "<m:PersonData><m:LastName>{last_name}</m:LastName><m:BirthDate>{birth_date}</m:BirthDate></m:PersonData>"
        ),
        ..Access::of(ssin, "REGISTER")
    };
    let (replaced, cancelled) = (
        simulator.ssins("replaced", 1).await,
        simulator.ssins("cancelled", 1).await,
    );
    for (access, code) in [
        (Access::of("85073003357", "REGISTER"), "31001001"),
        (Access::of("85073003356", "LIST"), "31001004"),
        (Access::of(&replaced[0], "REGISTER"), "31001002"),
        (Access::of(&cancelled[0], "UNREGISTER"), "31001003"),
        (proved("Somebody", "2080-00-00"), "32007007"),
    ] {
        let answer = access.ask(&simulator).await;
        assert_eq!(answer.ok(), ["NO", "NO"], "{code}");
        assert_eq!(answer.all("c:ReasonCode"), ["30000001", code]);
        assert_eq!(answer.all("c:FieldValue")[0], access.ssin);
        assert!(!answer.0.contains("ManageAccessReply"));
        let entry = simulator.ledger().await.pop().expect("an entry");
        assert_eq!(entry["status"], format!("ERROR {code}"));
    }
    assert!(simulator.changes().await.is_empty());
    let last_name = person["last_name"].as_str().expect("a name").to_lowercase();
    let born = person["birth_date"].as_str().expect("a date");
    assert_eq!(
        proved(&last_name, born).ask(&simulator).await.ok(),
        ["YES", "YES"]
    );
    assert_eq!(simulator.changes().await.len(), 1);
}

#[tokio::test]
async fn a_document_that_breaks_the_rules_is_rejected_as_a_whole() {
    let simulator = Running::start(|_| {}).await;
    // No rule is asked about it.
    simulator.fault(r#"{"action": {"type": "http_500"}}"#).await;
    let good = Access::of("80010100136", "REGISTER");
    for (document, code, reason) in [
        (
            good.document().replace("c:StartDate", "m:StartDate"),
            "31000007",
            "StartDate of another namespace",
        ),
        (
            Access {
                purpose: None,
                ..good.clone()
            }
            .document(),
            "31000007",
            "purpose is mandatory",
        ),
        (
            Access {
                proof: String::new(),
                ..good.clone()
            }
            .document(),
            "31000007",
            "at least one part",
        ),
        (
            Access {
                end: Some("2025-01-01"),
                ..good.clone()
            }
            .document(),
            "31000001",
            "is before StartDate",
        ),
        (
            Access {
                action: "DROP",
                ..good.clone()
            }
            .document(),
            "31000001",
            "Action: the value",
        ),
        (
            Access {
                org_unit: "1",
                ..good.clone()
            }
            .document(),
            "31000001",
            "OrgUnit: the value",
        ),
        (
            good.document().replace("20050930", "20050931"),
            "31000001",
            "Version: the value",
        ),
        (
            good.document().replace("</SSDNRequest>", ""),
            "31000001",
            "not well-formed",
        ),
    ] {
        let reply = simulator.call(&sent(&document)).await.expect("a reply");
        assert_eq!(reply.status, 200, "{reason}");
        let answer = Answer::of(&reply);
        assert_eq!(
            (answer.ok(), answer.all("c:ReturnCode")),
            (vec!["NO"], vec!["10000"])
        );
        assert_eq!(
            (answer.all("c:ReasonCode"), answer.all("c:AuthorCodeList")),
            (vec![code], vec!["CBSS"])
        );
        assert!(answer.all("c:Diagnostic")[0].contains(reason), "{answer:?}");
        assert!(!answer.0.contains("ServiceReply") && !answer.0.contains("Ticket"));
        let entry = simulator.ledger().await.pop().expect("an entry");
        assert!(
            entry["refused"]
                .as_str()
                .is_some_and(|refused| refused.contains(reason)),
            "{entry}"
        );
        assert!(entry["executed"].is_null() && entry["rule"].is_null());
    }
    assert!(simulator.changes().await.is_empty());
}

#[tokio::test]
async fn what_is_no_message_gets_a_soap_fault() {
    let simulator = Running::start(|_| {}).await;
    let string = |content: &str| envelope(&format!("<xmlString xmlns=\"{CONNECTOR}\">{content}</xmlString>"));
    for (body, reason) in [
        (String::new(), "no element"),
        (envelope("<other/>"), "expected {http://ksz-bcss.fgov.be"),
        (
            envelope("<xmlString>x</xmlString>"),
            "expected {http://ksz-bcss.fgov.be",
        ),
        (string("<a/>"), "expected an escaped document"),
    ] {
        let reply = simulator.call(&soap(&body)).await.expect("a reply");
        assert_eq!(
            (reply.status, reply.value("faultcode").as_str()),
            (500, "soapenv:Client"),
            "{reason}"
        );
        assert!(reply.value("faultstring").contains(reason), "{}", reply.text());
        assert!(!reply.text().contains("detail"));
    }
    let good = Access::of("80010100136", "LIST").http();
    let good = String::from_utf8(good).expect("text");
    for (from, to, status) in [
        (SOAP_ACTION, "\"\"", 500),
        ("text/xml; charset=utf-8", "text/xml", 415),
        (PATH, "/connectors/webservice", 404),
    ] {
        let reply = simulator
            .call(good.replace(from, to).as_bytes())
            .await
            .expect("a reply");
        assert_eq!(reply.status, status, "{to}");
    }
}
