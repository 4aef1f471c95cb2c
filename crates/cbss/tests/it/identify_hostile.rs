//! Replies of IdentifyPerson that mean harm, or nothing at all.

use proptest::prelude::*;
use relay_cbss::{Limits, ParseError, ParseErrorKind, ParseOptions, Reply, identify_person};
use relay_domain::Language;

use crate::support::{in_cdata, in_string};

const PERSON: &str = "<LimitedLegalData origin='RN_RR'><Basic><LastName><![CDATA[a]]>&amp;é𝄞</LastName><Address>\
    <Street lang='fr'>x</Street></Address></Basic><Extended/></LimitedLegalData>";

fn parse_within(limits: Limits, body: &[u8]) -> Result<Reply, ParseError> {
    let options = ParseOptions {
        language: Language::Fr,
        limits,
    };
    identify_person::parse(body, None, &options)
}

fn document(people: &str) -> String {
    format!(
        "<SSDNReply><ReplyContext/><ServiceReply><ResultSummary ok='YES'><ReturnCode>0</ReturnCode></ResultSummary>\
         <IdentifyPersonReply><SearchResults>{people}</SearchResults></IdentifyPersonReply></ServiceReply></SSDNReply>"
    )
}

#[test]
fn nothing_is_expanded() {
    let entity = document("<LimitedLegalData><Basic><LastName>&b;</LastName></Basic></LimitedLegalData>");
    for wrap in [in_string, in_cdata] {
        let error = parse_within(Limits::default(), wrap(&entity).as_bytes()).unwrap_err();
        assert_eq!((error.kind, error.inner), (ParseErrorKind::UndefinedEntity, true));
        let bomb = format!("<!DOCTYPE a [<!ENTITY b \"ha\">]>{entity}");
        let error = parse_within(Limits::default(), wrap(&bomb).as_bytes()).unwrap_err();
        assert_eq!((error.kind, error.inner), (ParseErrorKind::DocumentType, true));
    }
}

#[test]
fn limits_apply() {
    let limits = Limits::for_reply_size(64 * 1024);
    let kind = |people: &str| {
        let error = parse_within(limits, in_cdata(&document(people)).as_bytes()).unwrap_err();
        (error.kind, error.inner)
    };
    let deep = format!("{}{}", "<a>".repeat(1_000), "</a>".repeat(1_000));
    assert_eq!(
        kind(&format!("<LimitedLegalData>{deep}</LimitedLegalData>")),
        (ParseErrorKind::TooDeep, true)
    );
    let rows = "<LimitedLegalData/>".repeat(limits.max_rows + 1);
    assert_eq!(kind(&rows), (ParseErrorKind::TooMany, true));
    // A long path for each of many leaves: as a person, and around the people.
    let name = "n".repeat(250);
    let (open, close) = (format!("<{name}>").repeat(40), format!("</{name}>").repeat(40));
    let leaves = format!("{open}{}{close}", "<a>1</a>".repeat(3_000));
    assert_eq!(kind(&leaves), (ParseErrorKind::TooMany, true));
    let person = format!("<LimitedLegalData>{leaves}</LimitedLegalData>");
    assert_eq!(kind(&person), (ParseErrorKind::TooMany, true));
}

#[test]
fn many_names_of_a_street_take_no_longer_than_they_are_long() {
    let street = |number| format!("<Street>{}</Street>", number % 5);
    let streets: String = (0..50_000).map(street).collect();
    let person = format!("<LimitedLegalData><Basic><Address>{streets}</Address></Basic></LimitedLegalData>");
    let reply = parse_within(Limits::default(), in_cdata(&document(&person)).as_bytes()).unwrap();
    assert_eq!(reply.rows[0].text, "0 / 1 / 2 / 3 / 4");
    // Each another name: as many are told as a record may have by the schema.
    let streets: String = (0..50_000)
        .map(|number| format!("<Street>{number}</Street>"))
        .collect();
    let person = format!("<LimitedLegalData><Basic><Address>{streets}</Address></Basic></LimitedLegalData>");
    let reply = parse_within(Limits::default(), in_cdata(&document(&person)).as_bytes()).unwrap();
    assert_eq!(reply.rows[0].text, "0 / 1 / 2 / 3 / 4");
    assert_eq!(reply.rows[0].fields.len(), 50_000);
}

#[test]
fn a_reply_cut_anywhere_is_refused() {
    let whole = in_string(&document(PERSON));
    assert!(parse_within(Limits::default(), whole.as_bytes()).is_ok());
    for cut in 0..whole.len() {
        assert!(
            parse_within(Limits::default(), &whole.as_bytes()[..cut]).is_err(),
            "{cut}"
        );
    }
}

proptest! {
    #[test]
    fn a_byte_changed_anywhere_is_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = in_string(&document(PERSON)).into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = parse_within(Limits::default(), &body);
    }

    #[test]
    fn any_text_comes_back_as_it_is(text in "[<>&'\"\\]a\u{10000}-\u{10FFFF}]{1,30}") {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let person = format!("<LimitedLegalData><Basic><LastName>{escaped}</LastName></Basic></LimitedLegalData>");
        let reply = parse_within(Limits::default(), in_string(&document(&person)).as_bytes()).unwrap();
        prop_assert_eq!(reply.rows[0].field("Basic/LastName"), Some(text.as_str()));
        prop_assert_eq!(&reply.rows[0].text, &text);
    }
}
