//! What goes out, byte by byte, by our own strict reading and by the official schema.

use proptest::prelude::*;
use relay_cbss::{BuildError, CallContext, tx25};
use relay_domain::{Language, RetrieveTiGroups, Ssin, SsinCheck};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::support::dom::Node;
use crate::support::{assert_xmllint, context, reference_dir, request, xmllint_is_there};

const GOLDEN: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
    "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>",
    "<svc:retrieveTIGroupsRequest xmlns:svc=\"http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2\">",
    "<informationCustomer><ticket>0195b5ac-7b1e-7000-8000-00805f9b34fb</ticket>",
    "<timestampSent>2026-11-23T16:05:09.123Z</timestampSent>",
    "<customerIdentification><cbeNumber>0200000000</cbeNumber></customerIdentification></informationCustomer>",
    "<legalContext>PCSA:SOCIAL_INQUIRY</legalContext>",
    "<searchInformation><ssin>80010100136</ssin><language>de</language><history>true</history></searchInformation>",
    "</svc:retrieveTIGroupsRequest></soapenv:Body></soapenv:Envelope>",
);

#[test]
fn the_bytes_are_these() {
    let call = tx25::build(&request(Language::De, true), &context()).unwrap();
    assert_eq!(std::str::from_utf8(&call.body).unwrap(), GOLDEN);
    assert_eq!(
        call.soap_action,
        "http://kszbcss.fgov.be/RetrieveTIGroupsService/retrieveTI"
    );
    assert_eq!(call.content_type, "text/xml; charset=utf-8");
}

#[test]
fn english_asks_for_french_labels() {
    let asked = |language| {
        let call = tx25::build(&request(language, false), &context()).unwrap();
        let body = String::from_utf8(call.body.to_vec()).unwrap();
        let (_, rest) = body.split_once("<language>").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    assert_eq!(Language::ALL.map(asked), ["nl", "fr", "de", "fr"]);
}

#[test]
fn what_the_schema_forbids_is_refused_by_name() {
    let refused =
        |context: CallContext<'_>| tx25::build(&request(Language::Nl, false), &context).unwrap_err();
    let field = |error| match error {
        BuildError::Facet { field, .. } | BuildError::ForbiddenCharacter { field, .. } => field,
    };
    for cbe_number in [
        "",
        "020000000",
        "02000000000",
        "020000000x",
        "０２００００００００",
    ] {
        assert_eq!(
            field(refused(CallContext {
                cbe_number,
                ..context()
            })),
            "cbeNumber",
            "{cbe_number}"
        );
    }
    for legal_context in ["", " ", &"x".repeat(65)] {
        assert_eq!(
            field(refused(CallContext {
                legal_context,
                ..context()
            })),
            "legalContext"
        );
    }
    for ticket in ["", &"x".repeat(37)] {
        assert_eq!(field(refused(CallContext { ticket, ..context() })), "ticket");
    }
    let early = datetime!(0000-01-01 00:00 UTC);
    assert_eq!(
        field(refused(CallContext {
            sent_at: early,
            ..context()
        })),
        "timestampSent"
    );
    assert_eq!(
        refused(CallContext {
            ticket: "a\u{1}b",
            ..context()
        }),
        BuildError::ForbiddenCharacter {
            field: "ticket",
            position: 2
        }
    );
    let shown = refused(CallContext {
        ticket: "secret\u{1}",
        ..context()
    })
    .to_string();
    assert!(shown.contains("ticket") && !shown.contains("secret"), "{shown}");
}

#[test]
fn debug_shows_nobody() {
    let call = tx25::build(&request(Language::De, true), &context()).unwrap();
    assert!(!format!("{call:?} {:?}", context()).contains("80010100136"));
}

#[test]
fn numbers_of_exhausted_counters_are_outside_the_pattern() {
    // The first five pass mod 97 and are in circulation; CommonV3.xsd 3.3-45 allows three of them.
    let fits = [
        ("10000100182", true),
        ("10200100128", true),
        ("10400100171", true),
        ("00003241778", false),
        ("24203200171", false),
        ("80010100136", true),
        ("80010100098", false),
        ("80010100198", false),
        ("80140100136", false),
        ("80530100136", false),
        ("80210100036", true),
    ];
    for (number, expected) in fits {
        let ssin = Ssin::parse(number, SsinCheck::Warn).unwrap();
        assert_eq!(tx25::ssin_fits_schema(&ssin), expected, "{number}");
    }
}

/// The elements in the order that the schema's sequences want, each with a check of its text; the texts from
/// outside arrive as they were given.
fn assert_valid(body: &str, ticket: &str, stated_context: &str) {
    let root = Node::parse(body);
    let names = |node: &Node| {
        node.children
            .iter()
            .map(|child| child.name.clone())
            .collect::<Vec<_>>()
    };
    let only = |node: &Node, name: &str| {
        assert_eq!(names(node), [name]);
        node.children[0].clone()
    };
    assert_eq!(root.name, "Envelope");
    let request = only(&only(&root, "Body"), "retrieveTIGroupsRequest");
    assert_eq!(
        names(&request),
        ["informationCustomer", "legalContext", "searchInformation"]
    );
    let [customer, legal_context, search] = &request.children[..] else {
        panic!()
    };
    assert_eq!(
        names(customer),
        ["ticket", "timestampSent", "customerIdentification"]
    );
    let sent = &customer.children[1].text;
    assert_eq!((sent.len(), sent.ends_with('Z')), (24, true), "{sent}");
    let cbe_number = only(&customer.children[2], "cbeNumber");
    assert!(cbe_number.text.len() == 10 && cbe_number.text.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(customer.children[0].text, ticket);
    assert_eq!(legal_context.text, stated_context);
    assert_eq!(names(search), ["ssin", "language", "history"]);
    let [ssin, language, history] = &search.children[..] else {
        panic!()
    };
    assert!(ssin.text.len() == 11 && ssin.text.bytes().all(|b| b.is_ascii_digit()));
    assert!(["nl", "fr", "de"].contains(&language.text.as_str()));
    assert!(["true", "false"].contains(&history.text.as_str()));
}

proptest! {
    #[test]
    fn whatever_is_built_is_valid(
        ticket in "\\PC{0,40}",
        legal_context in ".{0,70}",
        seconds in -62_135_596_800i64..253_402_300_800,
        language in 0usize..4,
        history in any::<bool>(),
    ) {
        let sent_at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let context = CallContext { ticket: &ticket, legal_context: &legal_context, sent_at, ..context() };
        if let Ok(call) = tx25::build(&request(Language::ALL[language], history), &context) {
            assert_valid(std::str::from_utf8(&call.body).unwrap(), &ticket, &legal_context);
            prop_assert!((1..=36).contains(&ticket.chars().count()));
            prop_assert!((1..=64).contains(&legal_context.chars().count()));
        }
    }
}

/// A schema of one element of the request's type, beside the official ones.
const WRAPPER: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:types="http://kszbcss.fgov.be/types/RetrieveTIGroups/v2"
  targetNamespace="http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2">
  <xs:import namespace="http://kszbcss.fgov.be/types/RetrieveTIGroups/v2" schemaLocation="SCHEMA"/>
  <xs:element name="retrieveTIGroupsRequest" type="types:RetrieveTIGroupsRequestType"/>
</xs:schema>"#;

#[test]
fn the_official_schema_agrees() {
    let test = "the_official_schema_agrees";
    let Some(folder) = reference_dir(test) else { return };
    if !xmllint_is_there(test) {
        return;
    }
    let schema = folder.join("xsd/be/fgov/kszbcss/types/RetrieveTIGroups/RetrieveTIGroupsV2.xsd");
    let work = tempfile::tempdir().unwrap();
    let wrapper = work.path().join("wrapper.xsd");
    std::fs::write(&wrapper, WRAPPER.replace("SCHEMA", schema.to_str().unwrap())).unwrap();
    let longest = "&<>\"'\r\té𝄞".repeat(4);
    let mut calls = Vec::new();
    for language in Language::ALL {
        for history in [false, true] {
            for (ticket, legal_context) in [("1", "x"), (&longest[..], &"<&>".repeat(21))] {
                let context = CallContext {
                    ticket,
                    legal_context,
                    ..context()
                };
                calls.push(tx25::build(&request(language, history), &context).unwrap());
            }
        }
    }
    let bis = RetrieveTiGroups {
        ssin: Ssin::parse("80410100027", SsinCheck::Warn).unwrap(),
        ..request(Language::De, true)
    };
    calls.push(tx25::build(&bis, &context()).unwrap());
    for (index, call) in calls.iter().enumerate() {
        let body = std::str::from_utf8(&call.body).unwrap();
        let (_, request) = body.split_once("<soapenv:Body>").unwrap();
        let (request, _) = request.split_once("</soapenv:Body>").unwrap();
        assert_xmllint(&wrapper, &work.path().join(format!("{index}.xml")), request, true);
    }
    // The check can fail: without its legal context the request is invalid.
    let broken = GOLDEN
        .split_once("<soapenv:Body>")
        .unwrap()
        .1
        .split_once("</soapenv:Body>")
        .unwrap()
        .0;
    let broken = broken.replace("<legalContext>PCSA:SOCIAL_INQUIRY</legalContext>", "");
    assert_xmllint(&wrapper, &work.path().join("broken.xml"), &broken, false);
}
