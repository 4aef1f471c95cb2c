//! TestConnection: what goes out and what comes back, by our own reading and by the official schema.

use proptest::prelude::*;
use relay_cbss::{BuildError, Outcome, ParseErrorKind, ParseOptions, StatusKind, test_connection};
use relay_domain::{Language, TestConnection};

use crate::support::dom::Node;
use crate::support::random::Random;
use crate::support::sample::words;
use crate::support::{assert_xmllint, reference_dir, xmllint_is_there};

const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/TestConnectionServiceService/v1";

fn request(echo: &str) -> TestConnection {
    TestConnection {
        echo: echo.to_owned(),
        language: Language::En,
    }
}

fn reply(content: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><t:sendTestMessageResponse \
         xmlns:t=\"{NAMESPACE}\">{content}</t:sendTestMessageResponse></s:Body></s:Envelope>"
    )
}

#[test]
fn the_bytes_are_these() {
    let call = test_connection::build(&request("a <b> & c")).unwrap();
    let wanted = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope \
         xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body><svc:sendTestMessageRequest \
         xmlns:svc=\"{NAMESPACE}\"><echo>a &lt;b&gt; &amp; c</echo></svc:sendTestMessageRequest></soapenv:Body>\
         </soapenv:Envelope>"
    );
    assert_eq!(std::str::from_utf8(&call.body).unwrap(), wanted);
    assert_eq!(
        call.soap_action,
        "http://kszbcss.fgov.be/TestConnectionServiceService/sendTestMessage"
    );
}

#[test]
fn what_cannot_be_sent_is_refused_by_name() {
    for echo in ["", "  ", &"x".repeat(101), "a\u{0}b", "a\u{ffff}b"] {
        let (BuildError::Facet { field, .. } | BuildError::ForbiddenCharacter { field, .. }) =
            test_connection::build(&request(echo)).unwrap_err();
        assert_eq!(field, "echo", "{echo:?}");
    }
    assert_eq!(test_connection::problems(&request(&"\u{1}".repeat(101))).len(), 2);
}

proptest! {
    #[test]
    fn what_is_sent_is_what_was_asked(echo in "[^\\pC\\pZ]\\PC{0,99}") {
        let call = test_connection::build(&request(&echo)).expect("a request");
        let envelope = Node::parse(std::str::from_utf8(&call.body).expect("text"));
        prop_assert_eq!(&envelope.children[0].children[0].children[0].text, &echo);
    }
}

#[test]
fn requests_and_the_replies_of_the_tests_are_valid() {
    let test = "requests_and_the_replies_of_the_tests_are_valid";
    let Some(folder) = reference_dir(test).filter(|_| xmllint_is_there(test)) else {
        return;
    };
    let types = folder.canonicalize().unwrap();
    let place = tempfile::tempdir().unwrap();
    let schema = place.path().join("messages.xsd");
    let wrapper = format!(
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"http://kszbcss.fgov.be/types/TestConnectionService/v1\" \
         targetNamespace=\"{NAMESPACE}\"><xs:import namespace=\"http://kszbcss.fgov.be/types/TestConnectionService/v1\" \
         schemaLocation=\"{}/xsd/TestConnectionServiceV1.xsd\"/>\
         <xs:element name=\"sendTestMessageRequest\" type=\"t:SendTestMessageRequestType\"/>\
         <xs:element name=\"sendTestMessageResponse\" type=\"t:SendTestMessageResponseType\"/></xs:schema>",
        types.display()
    );
    std::fs::write(&schema, wrapper).unwrap();
    let body = |envelope: &str| {
        let from = envelope.find(":Body>").unwrap() + 6;
        let to = envelope.rfind("</").unwrap();
        let to = envelope[..to].rfind("</").unwrap();
        envelope[from..to].to_owned()
    };
    let file = place.path().join("message.xml");
    let mut random = Random(7);
    for _ in 0..20 {
        let text: String = words(&mut random).chars().take(100).collect();
        let Ok(call) = test_connection::build(&request(&text)) else {
            continue;
        };
        assert_xmllint(
            &schema,
            &file,
            &body(std::str::from_utf8(&call.body).unwrap()),
            true,
        );
    }
    assert_xmllint(&schema, &file, &body(&reply(FULL)), true);
    assert_xmllint(&schema, &file, &body(&reply("<sslCertificate/>")), false);
}

const FULL: &str = "<informationCBSS><ticketCBSS>00000000-0000-4000-8000-000000000001</ticketCBSS>\
    <timestampReceive>2030-01-31T07:00:00.000Z</timestampReceive><timestampReply>2030-01-31T07:00:00.100Z</timestampReply>\
    </informationCBSS><echo>are you there?</echo><sslCertificate>CN=somebody</sslCertificate>";

#[test]
fn a_reply_is_one_row_with_all_that_came() {
    for language in Language::ALL {
        let reply =
            test_connection::parse(reply(FULL).as_bytes(), None, &ParseOptions::new(language)).unwrap();
        assert_eq!((reply.status, reply.outcome), (StatusKind::Ok, Outcome::Data));
        assert_eq!(
            reply.ticket.as_deref(),
            Some("00000000-0000-4000-8000-000000000001")
        );
        let [row] = &reply.rows[..] else { panic!("one row") };
        let fields: Vec<_> = row
            .fields
            .iter()
            .map(|field| (&field.path[..], &field.value[..]))
            .collect();
        assert_eq!(
            fields,
            [
                (
                    "informationCBSS/ticketCBSS",
                    "00000000-0000-4000-8000-000000000001"
                ),
                ("informationCBSS/timestampReceive", "2030-01-31T07:00:00.000Z"),
                ("informationCBSS/timestampReply", "2030-01-31T07:00:00.100Z"),
                ("echo", "are you there?"),
                ("sslCertificate", "CN=somebody"),
            ]
        );
        assert!(
            row.text.starts_with("are you there? (") && row.text.ends_with("CN=somebody)"),
            "{}",
            row.text
        );
        assert!(!row.title.is_empty());
    }
}

#[test]
fn what_is_new_or_missing_is_borne() {
    let options = ParseOptions::new(Language::En);
    let parse = |content: &str| test_connection::parse(reply(content).as_bytes(), None, &options);
    let other = parse("<news kind=\"x\">y</news><echo>a</echo>").unwrap();
    assert_eq!(other.rows[0].field("news/@kind"), Some("x"));
    assert_eq!(other.rows[0].field("news"), Some("y"));
    let without = parse("<sslCertificate>CN=a</sslCertificate>").unwrap();
    assert_eq!(
        (without.status, without.outcome),
        (StatusKind::Errors, Outcome::Unknown)
    );
    let fault = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault><faultcode>s:Server\
        </faultcode><faultstring>busy</faultstring></s:Fault></s:Body></s:Envelope>";
    let fault = test_connection::parse(fault.as_bytes(), None, &options).unwrap();
    assert_eq!(
        (fault.status, fault.outcome),
        (StatusKind::Errors, Outcome::Fault)
    );
    let html = test_connection::parse(b"<html><body>no</body></html>", None, &options).unwrap_err();
    assert_eq!(html.kind, ParseErrorKind::NotSoap);
}
