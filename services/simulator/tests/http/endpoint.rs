//! The endpoint over a real socket: authentication, refusals, standings, the ledger, the control routes.

use crate::common::{CREDENTIALS, Running, ask, envelope, http_with, question};
use relay_simulator::tigroups::SOAP_ACTION;
use serde_json::json;

const XML: &str = "text/xml; charset=utf-8";

#[tokio::test]
async fn an_ordinary_person_is_answered_with_data() {
    let simulator = Running::start(|_| {}).await;
    let ssin = simulator.ssins("ordinary", 1).await.remove(0);
    let reply = ask(&simulator, &question(&ssin, "de", true)).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some(XML)));
    assert_eq!(
        (reply.value("value").as_str(), reply.value("code").as_str()),
        ("DATA_FOUND", "MSG00000")
    );
    assert_eq!(reply.value("ticket"), "our-ticket");
    assert_eq!(reply.value("ssin"), ssin);
    assert_eq!(
        reply.value("r:NationalNumber").trim(),
        "",
        "the group of that name comes first"
    );
    let entry = simulator.ledger().await.remove(0);
    assert_eq!(entry["ticket_cbss"], reply.value("ticketCBSS"));
    assert_eq!(entry["bytes"], reply.body.len());
    for (member, expected) in [
        ("service", json!("retrieve-ti-groups")),
        ("action", json!(null)),
        ("ticket", json!("our-ticket")),
        ("ssin", json!(ssin)),
        ("cbe_number", json!("0212344876")),
        ("user", json!("E0212344876")),
        ("legal_context", json!("PCSA:SOCIAL_INQUIRY")),
        ("history", json!(true)),
        ("language", json!("de")),
        ("status", json!("DATA_FOUND MSG00000")),
        ("http_status", json!(200)),
        ("client_present", json!(true)),
        ("rule", json!(null)),
        ("refused", json!(null)),
    ] {
        assert_eq!(entry[member], expected, "{member}");
    }
}

#[tokio::test]
async fn each_standing_has_its_status() {
    let simulator = Running::start(|_| {}).await;
    for (kind, value, code, field) in [
        ("replaced", "NO_RESULT", "MSG00006", "newSSIN"),
        ("cancelled", "NO_RESULT", "MSG00007", "ssin"),
        ("not_integrated", "NO_RESULT", "MSG00012", "cbeNumber"),
        ("deceased", "NO_DATA_FOUND", "MSG00009", "deceiseDate"),
    ] {
        let ssin = simulator.ssins(kind, 1).await.remove(0);
        let reply = ask(&simulator, &question(&ssin, "fr", false)).await;
        assert_eq!(
            (reply.value("value").as_str(), reply.value("code").as_str()),
            (value, code),
            "{kind}"
        );
        assert!(
            reply.text().contains(&format!("<fieldName>{field}</fieldName>")),
            "{kind}"
        );
        assert!(!reply.text().contains("rrn_it_implicit"), "{kind}");
    }
    let (_, people) = simulator
        .control("GET", "/_sim/people?kind=replaced&limit=1", "")
        .await;
    let in_force = people[0]["new_ssin"].as_str().expect("the number in force");
    let reply = ask(&simulator, &question(in_force, "fr", false)).await;
    assert_eq!(reply.value("value"), "DATA_FOUND");
}

#[tokio::test]
async fn numbers_that_are_wrong_or_unknown_are_answered() {
    let simulator = Running::start(|_| {}).await;
    for (ssin, code) in [
        ("85073003357", "MSG00005"),   // valid, never issued here
        ("85073003356", "MSG00008"),   // check digits
        ("85993003357", "MSG00008"),   // pattern
        ("850730-033.57", "MSG00008"), // separators
        ("", "MSG00008"),
    ] {
        let reply = ask(&simulator, &question(ssin, "fr", false)).await;
        let found = (
            reply.status,
            reply.value("value"),
            reply.value("code"),
            reply.value("fieldName"),
        );
        assert_eq!(
            found,
            (200, "NO_RESULT".to_owned(), code.to_owned(), "ssin".to_owned()),
            "{ssin}"
        );
    }
}

#[tokio::test]
async fn another_legal_context_is_not_allowed() {
    let simulator = Running::start(|_| {}).await;
    let ssin = simulator.ssins("ordinary", 1).await.remove(0);
    let other = question(&ssin, "fr", false).replace("PCSA:SOCIAL_INQUIRY", "CURIOSITY");
    let reply = ask(&simulator, &other).await;
    assert_eq!(
        (reply.value("value").as_str(), reply.value("code").as_str()),
        ("NO_RESULT", "MSG00013")
    );
}

#[tokio::test]
async fn what_breaks_soap_or_the_schema_gets_a_client_fault() {
    let simulator = Running::start(|_| {}).await;
    let good = question("80010100156", "fr", false);
    for (body, reason) in [
        (
            good.replace("<language>fr</language>", "<language>en</language>"),
            "language: the value",
        ),
        (
            good.replace("</v2:retrieveTIGroupsRequest>", ""),
            "not well-formed",
        ),
        (envelope("<other/>"), "expected {http://kszbcss.fgov.be"),
        (String::new(), "no element"),
    ] {
        let reply = ask(&simulator, &body).await;
        assert_eq!(
            (reply.status, reply.value("faultcode").as_str()),
            (500, "soapenv:Client"),
            "{reason}"
        );
        let entry = simulator.ledger().await.pop().expect("an entry");
        assert_eq!(entry["ticket_cbss"], reply.value("ticketCBSS"));
        assert!(
            entry["refused"]
                .as_str()
                .is_some_and(|refused| refused.contains(reason)),
            "{entry}"
        );
        assert!(entry["executed"].is_null());
    }
    let reply = ask(
        &simulator,
        &good.replace("schemas.xmlsoap.org/soap/envelope", "www.w3.org/2003/05"),
    )
    .await;
    assert_eq!(
        (reply.status, reply.value("faultcode").as_str()),
        (500, "soapenv:VersionMismatch")
    );
}

#[tokio::test]
async fn headers_are_checked() {
    let simulator = Running::start(|_| {}).await;
    let basic = format!("Basic {CREDENTIALS}");
    let unquoted = SOAP_ACTION.trim_matches('"');
    let body = question("80010100156", "fr", false);
    for (authorization, content_type, action, status) in [
        (basic.as_str(), XML, SOAP_ACTION, 200),
        (basic.as_str(), "Text/XML;charset=\"UTF-8\"", SOAP_ACTION, 200),
        ("", XML, SOAP_ACTION, 401),
        ("Basic RTAyMTIzNDQ4NzY6d3Jvbmc=", XML, SOAP_ACTION, 401),
        ("Basic not-base64!", XML, SOAP_ACTION, 401),
        ("Bearer x", XML, SOAP_ACTION, 401),
        (
            basic.as_str(),
            "application/soap+xml; charset=utf-8",
            SOAP_ACTION,
            415,
        ),
        (basic.as_str(), "text/xml", SOAP_ACTION, 415),
        (basic.as_str(), "text/xml; charset=iso-8859-1", SOAP_ACTION, 415),
        (basic.as_str(), XML, unquoted, 500),
        (basic.as_str(), XML, "\"\"", 500),
        (basic.as_str(), XML, "\"http://kszbcss.fgov.be/Other/op\"", 500),
    ] {
        let headers = [
            ("authorization", authorization),
            ("content-type", content_type),
            ("soapaction", action),
        ];
        let reply = simulator
            .call(&http_with(&headers, body.as_bytes()))
            .await
            .expect("a reply");
        assert_eq!(reply.status, status, "{authorization} {content_type} {action}");
        assert_eq!(reply.header("www-authenticate").is_some(), status == 401);
    }
    let latin1 = body
        .replace("our-ticket", "é")
        .chars()
        .map(|c| c as u8)
        .collect::<Vec<u8>>();
    let headers = [
        ("authorization", basic.as_str()),
        ("content-type", XML),
        ("soapaction", SOAP_ACTION),
    ];
    let reply = simulator
        .call(&http_with(&headers, &latin1))
        .await
        .expect("a reply");
    assert_eq!(reply.status, 500, "a body that is no UTF-8");
}

#[tokio::test]
async fn replies_can_be_given_from_a_folder_and_at_run_time() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(folder.path().join("80010100199.xml"), "<from-the-folder/>").expect("written");
    std::fs::write(folder.path().join("README.md"), "not a reply").expect("written");
    let replies = relay_simulator::simulator::Replies::default();
    assert_eq!(replies.load(folder.path()).expect("readable"), 1);
    assert_eq!(
        replies.get("80010100199").as_deref(),
        Some(&b"<from-the-folder/>"[..])
    );
    assert!(replies.load(&folder.path().join("absent")).is_err());

    // The check digits of given replies may be wrong, as those of published samples are.
    let simulator = Running::start(|_| {}).await;
    let (status, _) = simulator
        .control("POST", "/_sim/replies/80010100199", "<given/>")
        .await;
    assert_eq!(status, 204);
    let asked = question("80010100199", "fr", false);
    assert_eq!(ask(&simulator, &asked).await.text(), "<given/>");
    assert_eq!(
        simulator
            .control("DELETE", "/_sim/replies/80010100199", "")
            .await
            .0,
        204
    );
    assert_eq!(ask(&simulator, &asked).await.value("code"), "MSG00008");
    assert_eq!(
        simulator
            .control("POST", "/_sim/replies/someone", "<given/>")
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn the_control_routes_answer() {
    let simulator = Running::start(|_| {}).await;
    assert_eq!(simulator.ssins("ordinary", 10).await.len(), 10);
    let (_, first) = simulator.control("GET", "/_sim/people?limit=2", "").await;
    let (_, second) = simulator
        .control("GET", "/_sim/people?limit=1&offset=1", "")
        .await;
    assert_eq!(first[1], second[0]);
    assert_eq!(simulator.control("GET", "/_sim/people?kind=odd", "").await.0, 400);
    assert_eq!(simulator.control("GET", "/_sim/people?page=2", "").await.0, 400);

    ask(&simulator, &question("85073003357", "fr", false)).await;
    let (_, summary) = simulator.control("GET", "/_sim/ledger/summary", "").await;
    assert_eq!(summary["total"], json!({"calls": 1, "executed": 1}));
    assert_eq!(summary["by_ticket"]["our-ticket"]["calls"], 1);
    assert_eq!(simulator.control("DELETE", "/_sim/ledger", "").await.0, 204);
    assert!(simulator.ledger().await.is_empty());

    let id = simulator.fault(r#"{"action": {"type": "http_500"}}"#).await;
    let (_, rules) = simulator.control("GET", "/_sim/faults", "").await;
    assert_eq!((&rules[0]["id"], &rules[0]["applied"]), (&json!(id), &json!(0)));
    assert_eq!(rules[0]["action"]["type"], "http_500");
    assert_eq!(
        simulator
            .control("DELETE", &format!("/_sim/faults/{id}"), "")
            .await
            .0,
        204
    );
    assert_eq!(
        simulator
            .control("DELETE", &format!("/_sim/faults/{id}"), "")
            .await
            .0,
        404
    );
    assert_eq!(
        simulator
            .control("POST", "/_sim/faults", r#"{"match":{"nth":0}}"#)
            .await
            .0,
        422
    );
    assert_eq!(simulator.control("DELETE", "/_sim/faults", "").await.0, 204);

    for path in ["/healthz", "/readyz"] {
        assert_eq!(simulator.control("GET", path, "").await.0, 200);
    }
    let metrics = b"GET /metrics HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n\r\n";
    let text = simulator.call(metrics).await.expect("a reply").text();
    assert!(
        text.contains("cbss_relay_simulator_calls_total{status=\"200\"} 1"),
        "{text}"
    );
}
