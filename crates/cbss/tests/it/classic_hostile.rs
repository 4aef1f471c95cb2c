//! Classic replies that mean harm, or nothing at all: both layers.

use proptest::prelude::*;
use relay_cbss::{Limits, ParseError, ParseErrorKind, ParseOptions, Reply, manage_access};
use relay_domain::Language;

use crate::support::{connector_reply, in_cdata, in_string};

fn parse_within(limits: Limits, body: &[u8]) -> Result<Reply, ParseError> {
    let options = ParseOptions {
        language: Language::De,
        limits,
    };
    manage_access::parse(body, None, &options)
}

fn parse(body: &str) -> Result<Reply, ParseError> {
    parse_within(Limits::default(), body.as_bytes())
}

fn document(content: &str) -> String {
    format!(
        "<SSDNReply><ReplyContext><ResultSummary><ReturnCode>0</ReturnCode></ResultSummary><Message><Ticket>T1</Ticket>\
         </Message></ReplyContext><ServiceReply><ResultSummary ok='YES'><ReturnCode>0</ReturnCode></ResultSummary>\
         <ManageAccessReply>{content}</ManageAccessReply></ServiceReply></SSDNReply>"
    )
}

/// What is wrong, and whether it is so in the document inside.
fn wrong(body: &str) -> (ParseErrorKind, bool) {
    let error = parse(body).unwrap_err();
    (error.kind, error.inner)
}

#[test]
fn nothing_is_expanded_in_either_layer() {
    let bomb = "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]>";
    let reply = document("");
    assert_eq!(
        wrong(&format!("{bomb}{}", in_string(&reply))),
        (ParseErrorKind::DocumentType, false)
    );
    for wrap in [in_string, in_cdata] {
        assert_eq!(
            wrong(&wrap(&format!("{bomb}{reply}"))),
            (ParseErrorKind::DocumentType, true)
        );
        let entity = document("<Registrations><OrgUnit>&b;</OrgUnit></Registrations>");
        assert_eq!(wrong(&wrap(&entity)), (ParseErrorKind::UndefinedEntity, true));
    }
    assert_eq!(
        wrong(&connector_reply("&b;")),
        (ParseErrorKind::UndefinedEntity, false)
    );
}

#[test]
fn what_is_no_reply_has_its_cause() {
    use ParseErrorKind as K;
    for (body, expected) in [
        (String::new(), (K::Empty, false)),
        ("<html/>".to_owned(), (K::NotSoap, false)),
        (
            "<Envelope><Body/></Envelope>".to_owned(),
            (K::UnexpectedBody, false),
        ),
        (
            "<Envelope><Body><other/></Body></Envelope>".to_owned(),
            (K::UnexpectedBody, false),
        ),
        (connector_reply("<SSDNReply/>"), (K::UnexpectedBody, false)),
        (connector_reply(""), (K::Empty, true)),
        (connector_reply(" \n"), (K::Empty, true)),
        (connector_reply("busy"), (K::Malformed, true)),
        (in_string("<html/>"), (K::UnexpectedBody, true)),
        (in_string("<SSDNReply>"), (K::Truncated, true)),
        (in_string("<SSDNReply></SSDNRequest>"), (K::Malformed, true)),
        (in_string("<SSDNReply/><SSDNReply/>"), (K::Malformed, true)),
        (
            in_string("<SSDNReply>&#0;</SSDNReply>"),
            (K::ForbiddenCharacter, true),
        ),
        (connector_reply("&#0;"), (K::ForbiddenCharacter, false)),
        (
            format!("{} more", in_string(&document(""))),
            (K::Malformed, false),
        ),
    ] {
        assert_eq!(wrong(&body), expected, "{body}");
    }
    let error = parse(&in_string("<SSDNReply><secret></SSDNReply>")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn limits_apply_to_the_document_inside() {
    let limits = Limits::for_reply_size(64 * 1024);
    let kind = |content: &str| {
        let error = parse_within(limits, in_cdata(&document(content)).as_bytes()).unwrap_err();
        (error.kind, error.inner)
    };
    let deep = format!("{}{}", "<a>".repeat(1_000), "</a>".repeat(1_000));
    assert_eq!(kind(&deep), (ParseErrorKind::TooDeep, true));
    let record = format!("<Registrations>{deep}</Registrations>");
    assert_eq!(kind(&record), (ParseErrorKind::TooDeep, true));
    let rows = "<Registrations/>".repeat(limits.max_rows + 1);
    assert_eq!(kind(&rows), (ParseErrorKind::TooMany, true));
    assert_eq!(
        kind(&"<a/>".repeat(limits.max_nodes)),
        (ParseErrorKind::TooMany, true)
    );
    assert_eq!(kind(&"x".repeat(64 * 1024)), (ParseErrorKind::TooLarge, false));
    // A long path for each of many leaves: as a record, and around the records.
    let name = "n".repeat(250);
    let (open, close) = (format!("<{name}>").repeat(40), format!("</{name}>").repeat(40));
    let leaves = format!("{open}{}{close}", "<a>1</a>".repeat(3_000));
    assert_eq!(kind(&leaves), (ParseErrorKind::TooMany, true));
    let record = format!("<Registrations>{leaves}</Registrations>");
    assert_eq!(kind(&record), (ParseErrorKind::TooMany, true));
    // What is short in its own encoding may be long inside.
    let mut body = b"<?xml version='1.0' encoding='windows-1252'?><Envelope><Body><xmlString>".to_vec();
    body.extend(vec![0x80; 60 * 1024]);
    body.extend(b"</xmlString></Body></Envelope>");
    let error = parse_within(limits, &body).unwrap_err();
    assert_eq!((error.kind, error.inner), (ParseErrorKind::TooLarge, true));
}

#[test]
fn many_remarks_take_no_longer_than_they_are_long() {
    let detail = |number| format!("<Detail><ReasonCode>A{number}</ReasonCode></Detail>");
    let details: String = (0..60_000).map(detail).collect();
    let refused = format!(
        "<SSDNReply><ReplyContext><ResultSummary><ReturnCode>10000</ReturnCode>{details}</ResultSummary></ReplyContext>\
         </SSDNReply>"
    );
    assert_eq!(parse(&in_cdata(&refused)).unwrap().codes.len(), 60_000);
}

const RECORD: &str = "<Registrations><Purpose>1</Purpose><Period><StartDate>2081-02-03+02:00</StartDate></Period>\
    <OrgUnit><![CDATA[a]]>&amp;é</OrgUnit></Registrations>";

#[test]
fn a_reply_cut_anywhere_is_refused() {
    let inner = document(RECORD);
    let whole = in_string(&inner);
    assert!(parse(&whole).is_ok());
    for cut in 0..whole.len() {
        assert!(
            parse_within(Limits::default(), &whole.as_bytes()[..cut]).is_err(),
            "{cut}"
        );
    }
    for cut in (0..inner.len()).filter(|cut| inner.is_char_boundary(*cut)) {
        assert!(parse(&in_string(&inner[..cut])).unwrap_err().inner, "{cut}");
    }
}

fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "<SSDNReply>",
        "</SSDNReply>",
        "<ReplyContext>",
        "</ReplyContext>",
        "<ServiceReply>",
        "</ServiceReply>",
        "<ResultSummary ok='NO'>",
        "</ResultSummary>",
        "<ReturnCode>0</ReturnCode>",
        "<ReturnCode>10000</ReturnCode>",
        "<Detail><ReasonCode>1</ReasonCode></Detail>",
        "<ManageAccessReply>",
        "</ManageAccessReply>",
        "<OriginalRequest><Action>LIST</Action></OriginalRequest>",
        RECORD,
        "<Registrations>",
        "</Registrations>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "&amp;",
        "&",
        "\"",
        "<",
        "/>",
        "\u{feff}",
    ];
    prop_oneof![
        prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        "\\PC{0,8}"
    ]
}

proptest! {
    #[test]
    fn any_pieces_are_read_or_refused(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        let _ = parse(&text);
        let _ = parse(&in_string(&text));
        let _ = parse(&connector_reply(&text));
        let _ = parse(&in_string(&document(&text)));
    }

    #[test]
    fn a_byte_changed_anywhere_is_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = in_string(&document(RECORD)).into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = parse_within(Limits::default(), &body);
    }
}
