//! TestConnection over a real socket.

use crate::common::{Running, envelope, post};
use relay_simulator::testconnection::{NAMESPACE, PATH, SOAP_ACTION};

/// `E0212344876:secret`.
const CREDENTIALS: &str = "Basic RTAyMTIzNDQ4NzY6c2VjcmV0";

fn sent(content: &str, authorization: &str) -> Vec<u8> {
    let body = envelope(&format!(
        "<t:sendTestMessageRequest xmlns:t=\"{NAMESPACE}\">{content}</t:sendTestMessageRequest>"
    ));
    let headers = [
        ("authorization", authorization),
        ("content-type", "text/xml; charset=utf-8"),
        ("soapaction", SOAP_ACTION),
    ];
    post(PATH, &headers, body.as_bytes())
}

#[tokio::test]
async fn an_echo_comes_back_to_who_may_ask_and_asks_by_the_schema() {
    let simulator = Running::start(|_| {}).await;
    let reply = simulator
        .call(&sent("<echo>a &lt; b</echo>", CREDENTIALS))
        .await
        .expect("a reply");
    assert_eq!((reply.status, reply.value("echo").as_str()), (200, "a &lt; b"));
    assert!(!reply.value("ticketCBSS").is_empty() && !reply.value("sslCertificate").is_empty());
    for (content, credentials, status) in [
        ("<echo>a</echo>", "Basic bm9ib2R5Og==", 401),
        ("", CREDENTIALS, 500),
        ("<echo>a</echo><echo>b</echo>", CREDENTIALS, 500),
        ("<echo xmlns=\"urn:other\">a</echo>", CREDENTIALS, 500),
    ] {
        let reply = simulator
            .call(&sent(content, credentials))
            .await
            .expect("a reply");
        assert_eq!(reply.status, status, "{content}");
    }
    let ledger = simulator.ledger().await;
    let executed = ledger.iter().filter(|entry| !entry["executed"].is_null()).count();
    assert_eq!((ledger.len(), executed), (5, 1));
    assert_eq!(ledger[0]["service"], "test-connection");
}
