//! Replies that mean harm, or nothing at all.

use proptest::prelude::*;
use relay_cbss::{Limits, ParseErrorKind, ParseOptions, tx25};
use relay_domain::Language;

fn options(limits: Limits) -> ParseOptions {
    ParseOptions {
        language: Language::En,
        limits,
    }
}

fn error(body: impl AsRef<[u8]>) -> ParseErrorKind {
    tx25::parse(body.as_ref(), None, &ParseOptions::new(Language::En))
        .unwrap_err()
        .kind
}

fn reply(record: &str) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><retrieveTIGroupsResponse>\
         <status><value>DATA_FOUND</value><code>MSG00000</code></status><rrn_it_implicit>{record}</rrn_it_implicit>\
         </retrieveTIGroupsResponse></e:Body></e:Envelope>"
    )
}

#[test]
fn nothing_is_expanded() {
    let bomb = "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><a>&b;</a>";
    assert_eq!(error(bomb), ParseErrorKind::DocumentType);
    assert_eq!(
        error(reply("<Names>&b;</Names>")),
        ParseErrorKind::UndefinedEntity
    );
    assert_eq!(
        error(reply("<Names a=\"&b;\"/>")),
        ParseErrorKind::UndefinedEntity
    );
}

#[test]
fn depth_has_a_limit() {
    let deep = |levels: usize| reply(&format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels)));
    assert_eq!(error(deep(100_000)), ParseErrorKind::TooDeep);
    assert!(tx25::parse(deep(40).as_bytes(), None, &ParseOptions::new(Language::En)).is_ok());
}

#[test]
fn size_rows_nodes_and_attributes_have_limits() {
    let limits = Limits::for_reply_size(64 * 1024);
    let kind = |record: &str| {
        tx25::parse(reply(record).as_bytes(), None, &options(limits))
            .unwrap_err()
            .kind
    };
    assert_eq!(kind(&"x".repeat(65 * 1024)), ParseErrorKind::TooLarge);
    assert_eq!(
        kind(&"<CreationDate/>".repeat(limits.max_rows + 1)),
        ParseErrorKind::TooMany
    );
    assert_eq!(
        kind(&format!("<Names>{}</Names>", "<a/>".repeat(limits.max_nodes))),
        ParseErrorKind::TooMany
    );
    let attributes: String = (0..100).map(|number| format!(" a{number}=''")).collect();
    assert_eq!(kind(&format!("<Names{attributes}/>")), ParseErrorKind::TooMany);
}

#[test]
fn a_long_path_is_not_repeated_without_end() {
    let name = "n".repeat(250);
    let levels = 40;
    let mut record = String::from("<Names><Name>");
    (0..levels).for_each(|_| record.push_str(&format!("<{name}>")));
    record.push_str(&"<a>1</a>".repeat(3_000));
    (0..levels).for_each(|_| record.push_str(&format!("</{name}>")));
    record.push_str("</Name></Names>");
    // 3,000 leaves below a path of 10 kB would make 30 MB of a reply of 45 kB.
    let result = tx25::parse(
        reply(&record).as_bytes(),
        None,
        &options(Limits::for_reply_size(64 * 1024)),
    );
    assert_eq!(result.unwrap_err().kind, ParseErrorKind::TooMany);
}

#[test]
fn what_is_no_reply_has_its_cause() {
    for (body, kind) in [
        ("", ParseErrorKind::Empty),
        (" \n", ParseErrorKind::Empty),
        ("<html><body>503</body></html>", ParseErrorKind::NotSoap),
        ("<Envelope/>", ParseErrorKind::NotSoap),
        ("<Envelope><Body/></Envelope>", ParseErrorKind::UnexpectedBody),
        (
            "<Envelope><Body><xmlString>x</xmlString></Body></Envelope>",
            ParseErrorKind::UnexpectedBody,
        ),
        ("<Envelope><Body>", ParseErrorKind::Truncated),
        ("<Envelope></Body>", ParseErrorKind::Malformed),
        ("\u{FEFF}\u{FEFF}<Envelope/>", ParseErrorKind::Malformed),
        ("<Envelope/><Envelope/>", ParseErrorKind::NotSoap),
        ("{\"error\": true}", ParseErrorKind::Malformed),
        ("<Envelope>\u{0}</Envelope>", ParseErrorKind::ForbiddenCharacter),
        (
            "<?xml version=\"1.0\" encoding=\"klingon\"?><a/>",
            ParseErrorKind::UnknownEncoding,
        ),
    ] {
        assert_eq!(error(body), kind, "{body}");
    }
    assert_eq!(
        error(reply("<Names>&#0;</Names>")),
        ParseErrorKind::ForbiddenCharacter
    );
    assert_eq!(
        error(reply("<Names>&#xD800;</Names>")),
        ParseErrorKind::ForbiddenCharacter
    );
    assert_eq!(error(reply("<Na/mes></Na/mes>")), ParseErrorKind::Malformed);
    assert_eq!(
        error(format!("{} trailing", reply(""))),
        ParseErrorKind::Malformed
    );
    assert_eq!(error(format!("{}<more/>", reply(""))), ParseErrorKind::Malformed);
}

#[test]
fn an_error_tells_where_and_quotes_nothing() {
    let secret = "80010100136";
    let body = reply(&format!("<Names>{secret}&{secret};</Names>"));
    let error = tx25::parse(body.as_bytes(), None, &ParseOptions::new(Language::En)).unwrap_err();
    assert_eq!(error.position as usize, body.find('&').unwrap());
    assert!(!format!("{error} {error:?}").contains(secret));
    let body = reply(&format!("<Names><{secret}></Names>"));
    let error = tx25::parse(body.as_bytes(), None, &ParseOptions::new(Language::En)).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(secret));
}

/// Pieces that a hostile document may be made of.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "<e:Envelope>",
            "</e:Envelope>",
            "<e:Body>",
            "</e:Body>",
            "<retrieveTIGroupsResponse>",
            "</retrieveTIGroupsResponse>",
            "<rrn_it_implicit>",
            "</rrn_it_implicit>",
            "<Names>",
            "</Names>",
            "<Name ",
            "Type='010'>",
            "</Name>",
            "<Date>",
            "<Century>19</Century>",
            "<Year>68",
            "</Year>",
            "</Date>",
            "<Fault>",
            "</Fault>",
            "<status>",
            "</status>",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<?xml version='1.0'?>",
            "&amp;",
            "&#65;",
            "&",
            ";",
            "\"",
            "'",
            "/>",
            "<",
            ">",
            "<CreationDate/>",
            "\u{feff}",
            " ",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,8}",
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..2_000), header in "\\PC{0,30}") {
        let _ = tx25::parse(&body, Some(&header), &ParseOptions::new(Language::Nl));
    }

    #[test]
    fn any_pieces_are_read_or_refused(pieces in prop::collection::vec(piece(), 0..60)) {
        let _ = tx25::parse(pieces.concat().as_bytes(), None, &ParseOptions::new(Language::De));
    }

    #[test]
    fn a_reply_cut_anywhere_is_refused(cut in 0usize..10_000) {
        let whole = reply("<Names><Name Type=\"010\"><Date><Century>19</Century></Date><![CDATA[a]]>&amp;</Name></Names>");
        let cut = cut % whole.len();
        prop_assert!(tx25::parse(&whole.as_bytes()[..cut], None, &ParseOptions::new(Language::Fr)).is_err());
    }
}
