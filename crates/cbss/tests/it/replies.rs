//! What comes back, and what is made of it.

use encoding_rs::{UTF_16BE, WINDOWS_1252};
use relay_cbss::{Outcome, ParseErrorKind, ParseOptions, Reply, StatusKind, tx25};
use relay_domain::Language;

const TICKET: &str = "00000000-0000-4000-8000-00000000000a";

fn parse(body: impl AsRef<[u8]>) -> Reply {
    tx25::parse(body.as_ref(), Some("text/xml"), &ParseOptions::new(Language::En)).unwrap()
}

fn envelope(body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header/><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// A reply with that status and record.
fn reply(status: &str, record: &str) -> String {
    envelope(&format!(
        "<v:retrieveTIGroupsResponse xmlns:v=\"http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2\" \
         xmlns:r=\"http://www.ibz.rrn.fgov.be/XSD/xm25/rn25Schema\"><informationCustomer><ticket>ours</ticket>\
         </informationCustomer><informationCBSS><ticketCBSS>{TICKET}</ticketCBSS></informationCBSS>\
         <searchInformation><ssin>80010100136</ssin></searchInformation>{status}{record}</v:retrieveTIGroupsResponse>"
    ))
}

fn status(value: &str, code: &str) -> String {
    format!("<status><value>{value}</value><code>{code}</code><description>Words.</description></status>")
}

const RECORD: &str = "<rrn_it_implicit Language=\"de\"><r:BirthPlace Type=\"100\"><r:Date><r:Century>19</r:Century>\
    <r:Year>80</r:Year><r:Month>00</r:Month><r:Day>00</r:Day></r:Date><r:ActNumber>7</r:ActNumber><r:Place1>\
    <r:Code>63023</r:Code></r:Place1></r:BirthPlace></rrn_it_implicit>";

#[test]
fn every_status_has_its_meaning() {
    use {Outcome as O, StatusKind as S};
    for (value, code, record, expected) in [
        ("DATA_FOUND", "MSG00000", RECORD, (S::Ok, O::Data, 1, None)),
        (
            "NO_DATA_FOUND",
            "MSG00100",
            "",
            (S::Ok, O::Empty, 0, Some("INFORMATION")),
        ),
        (
            "INCOMPLETE_DATA",
            "HAN20200",
            RECORD,
            (S::Warnings, O::Partial, 1, Some("WARNING")),
        ),
        (
            "NO_RESULT",
            "MSG00008",
            "",
            (S::Errors, O::Refused, 0, Some("ERROR")),
        ),
        (
            "SOMETHING_NEW",
            "MSG09999",
            RECORD,
            (S::Warnings, O::Unknown, 1, Some("WARNING")),
        ),
        (
            "SOMETHING_NEW",
            "MSG09999",
            "",
            (S::Errors, O::Unknown, 0, Some("ERROR")),
        ),
        (
            "DATA_FOUND",
            "MSG00042",
            RECORD,
            (S::Ok, O::Data, 1, Some("INFORMATION")),
        ),
    ] {
        let reply = parse(reply(&status(value, code), record));
        let severity = reply.messages.first().map(|message| message.severity.as_str());
        assert_eq!(
            (reply.status, reply.outcome, reply.rows.len(), severity),
            expected,
            "{value}"
        );
        assert_eq!(
            (reply.ticket.as_deref(), &reply.codes[..]),
            (Some(TICKET), &[code.to_owned()][..]),
            "{value}"
        );
        assert_eq!(
            (reply.fault, reply.cbss_status.unwrap().value.as_str()),
            (false, value)
        );
    }
}

#[test]
fn a_reply_without_status_counts_by_its_rows() {
    assert_eq!(parse(reply("", RECORD)).status, StatusKind::Warnings);
    assert_eq!(parse(reply("", "")).status, StatusKind::Errors);
}

#[test]
fn a_status_with_information_says_so() {
    let information =
        "<information><fieldName>deceiseDate</fieldName><fieldValue> 2080-01-02 </fieldValue></information>";
    let status = status("DATA_FOUND", "MSG00000").replace("</status>", &format!("{information}</status>"));
    let message = parse(reply(&status, RECORD)).messages.remove(0);
    assert_eq!(
        (message.fields[0].path.as_str(), message.fields[0].value.as_str()),
        ("deceiseDate", "2080-01-02")
    );
    assert_eq!(
        (message.code.as_deref(), message.diagnostic.as_deref()),
        (Some("MSG00000"), Some("Words."))
    );
}

#[test]
fn a_code_that_could_be_somebody_is_not_let_into_events() {
    for code in ["80010100136", "MSG 80010100136", "Herr Muster", ""] {
        let reply = parse(reply(&status("NO_RESULT", code), ""));
        assert!(reply.codes.is_empty(), "{code}");
    }
}

#[test]
fn faults_of_both_generations_keep_ticket_and_messages() {
    for (element, prefix) in [("error", "v1"), ("detail", "v2")] {
        let message = format!(
            "<{element}><severity>FATAL</severity><reasonCode>MSG00003</reasonCode><diagnostic>Internal.</diagnostic>\
             <authorCode>CBSS</authorCode><information><fieldName>ssin</fieldName><fieldValue>1</fieldValue>\
             </information></{element}>"
        );
        let reply = parse(envelope(&format!(
            "<s:Fault><faultcode>s:Server</faultcode><faultstring>An error occurred.</faultstring><detail>\
             <x:retrieveTIGroupsFault xmlns:x=\"http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/{prefix}\">\
             <informationCBSS><ticketCBSS>{TICKET}</ticketCBSS></informationCBSS>{message}{message}\
             </x:retrieveTIGroupsFault></detail></s:Fault>"
        )));
        assert_eq!(
            (reply.status, reply.outcome, reply.fault),
            (StatusKind::Errors, Outcome::Fault, true)
        );
        assert_eq!(
            (reply.ticket.as_deref(), &reply.codes[..]),
            (Some(TICKET), &["MSG00003".to_owned()][..])
        );
        assert_eq!(reply.messages.len(), 2);
        let message = &reply.messages[0];
        assert_eq!(
            (
                message.severity.as_str(),
                message.author.as_deref(),
                message.diagnostic.as_deref()
            ),
            ("FATAL", Some("CBSS"), Some("Internal."))
        );
        assert_eq!(message.fields[0].path, "ssin");
    }
}

#[test]
fn faults_of_others_speak_for_themselves() {
    let soap_11 =
        "<s:Fault><faultcode>s:Server</faultcode><faultstring>Gateway time-out</faultstring></s:Fault>";
    let soap_12 = "<s:Fault><s:Code><s:Value>s:Server</s:Value></s:Code><s:Reason><s:Text xml:lang=\"en\">Gateway \
                   time-out</s:Text></s:Reason><s:Detail><trace>x</trace></s:Detail></s:Fault>";
    for fault in [soap_11, soap_12] {
        let reply = parse(envelope(fault));
        assert_eq!(
            (reply.ticket, &reply.codes[..]),
            (None, &["Server".to_owned()][..])
        );
        assert_eq!(reply.messages[0].diagnostic.as_deref(), Some("Gateway time-out"));
    }
    assert!(parse(envelope("<s:Fault/>")).fault);
}

#[test]
fn what_surrounds_a_record_is_reached_from_its_rows() {
    let record = "<rrn_it_implicit Language=\"de\">before<r:IdentityCards Language=\"2\">stray<r:IdentityCard/>\
                  <r:IdentityCard/>after</r:IdentityCards><r:Names Note=\"n\"/>behind</rrn_it_implicit>";
    let reply = parse(reply(&status("DATA_FOUND", "MSG00000"), record));
    let fields = |row: usize| {
        let fields = reply.rows[row]
            .fields
            .iter()
            .map(|field| (field.path.as_str(), field.value.as_str()));
        fields.collect::<Vec<_>>()
    };
    assert_eq!(
        fields(0),
        [
            ("../../@Language", "de"),
            ("../..", "before"),
            ("../@Language", "2"),
            ("..", "stray")
        ]
    );
    assert_eq!(fields(1), [("..", "after")]);
    assert_eq!(fields(2), [("@Note", "n"), ("..", "behind")]);
    assert_eq!(
        reply.rows.iter().map(|row| row.ordinal).collect::<Vec<_>>(),
        [1, 2, 1]
    );
}

#[test]
fn containers_may_come_twice_and_unknown_ones_too() {
    let record = "<rrn_it_implicit><r:Names><r:Name/></r:Names><r:Novelties Version=\"1\"><r:Novelty><r:Flag/><r:Part>\
                  <r:Code>1</r:Code></r:Part></r:Novelty><r:Novelty>text</r:Novelty></r:Novelties><r:NewThing Type=\"255\">\
                  <r:Deep><r:Code>7</r:Code></r:Deep></r:NewThing><r:Names><r:Name/></r:Names></rrn_it_implicit>";
    let reply = parse(reply(&status("DATA_FOUND", "MSG00000"), record));
    let rows: Vec<_> = reply
        .rows
        .iter()
        .map(|row| {
            (
                row.group.as_str(),
                row.ordinal,
                row.information_type.as_deref(),
                row.title.as_str(),
                row.text.as_str(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("Names", 1, Some("010"), "Names", ""),
            ("Novelties", 1, None, "Novelties", "Flag, Part: 1"),
            ("Novelties", 2, None, "Novelties", "text"),
            ("NewThing", 1, Some("255"), "New thing", "Deep: 7"),
            ("Names", 2, Some("010"), "Names", ""),
        ]
    );
    assert_eq!(reply.rows[1].field("../@Version"), Some("1"));
    assert_eq!(reply.rows[1].field("Flag"), Some(""));
    assert_eq!(reply.rows[2].field("."), Some("text"));
}

#[test]
fn a_type_is_a_number_of_three_digits_or_that_of_the_schema() {
    for (attribute, expected) in [
        ("Type=\"10\"", "010"),
        ("Type=\"80010100136\"", "010"),
        ("Type=\"x\"", "010"),
        ("", "010"),
        ("Type=\"255\"", "255"),
    ] {
        let record = format!("<rrn_it_implicit><r:Names><r:Name {attribute}/></r:Names></rrn_it_implicit>");
        let reply = parse(reply(&status("DATA_FOUND", "MSG00000"), &record));
        assert_eq!(
            reply.rows[0].information_type.as_deref(),
            Some(expected),
            "{attribute}"
        );
    }
}

#[test]
fn dates_stay_as_incomplete_as_they_are() {
    let since = |parts: &str| {
        let record =
            format!("<rrn_it_implicit><CreationDate><Date>{parts}</Date></CreationDate></rrn_it_implicit>");
        parse(reply(&status("DATA_FOUND", "MSG00000"), &record))
            .rows
            .remove(0)
            .since
    };
    let parts = |texts: [&str; 4]| {
        let names = ["Century", "Year", "Month", "Day"];
        names
            .iter()
            .zip(texts)
            .map(|(name, text)| format!("<{name}>{text}</{name}>"))
            .collect::<String>()
    };
    assert_eq!(
        since(&parts(["19", "68", "07", "02"])).as_deref(),
        Some("1968-07-02")
    );
    assert_eq!(
        since(&parts(["19", "68", "00", "00"])).as_deref(),
        Some("1968-00-00")
    );
    assert_eq!(
        since(&parts(["19", "68", "13", "45"])).as_deref(),
        Some("1968-13-45")
    );
    assert_eq!(since(&parts(["19", "68", "", ""])).as_deref(), Some("1968-00-00"));
    assert_eq!(
        since("<Century>19</Century><Year>68</Year>").as_deref(),
        Some("1968-00-00")
    );
    assert_eq!(since("<Year>68</Year>").as_deref(), Some("0068-00-00"));
    assert_eq!(since(&parts(["", "", "", ""])), None);
    assert_eq!(since(""), None);
}

#[test]
fn every_encoding_is_read_as_it_says() {
    let text = reply(
        &status("DATA_FOUND", "MSG00000"),
        "<rrn_it_implicit><r:Names><r:Name>é</r:Name></r:Names></rrn_it_implicit>",
    );
    let latin = WINDOWS_1252.encode(&text).0.into_owned();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with = |prefix: &[u8], rest: &[u8]| [prefix, rest].concat();
    let declared = |encoding: &str| format!("<?xml version=\"1.0\" encoding='{encoding}'?>").into_bytes();
    for (body, header) in [
        (text.clone().into_bytes(), None),
        (
            with(b"\xEF\xBB\xBF", text.as_bytes()),
            Some("text/xml; charset=iso-8859-1"),
        ),
        (with(&declared("UTF-8"), text.as_bytes()), Some("text/xml")),
        (latin.clone(), Some("text/xml; charset=\"ISO-8859-1\"")),
        (
            with(&declared("UTF-8"), &latin),
            Some("text/xml;charset=iso-8859-15"),
        ),
        (with(&declared("iso-8859-1"), &latin), None),
        (wide.clone(), Some("text/xml; charset=utf-16")),
        (wide.clone(), None),
        (little.clone(), Some("text/xml; charset=UTF-16")),
        (with(b"\xFF\xFE", &little), None),
        (with(b"\xFE\xFF", &wide), Some("text/xml; charset=utf-8")),
    ] {
        let reply = tx25::parse(&body, header, &ParseOptions::new(Language::Fr)).unwrap();
        assert_eq!(reply.rows[0].text, "é", "{header:?}");
    }
    assert_eq!(UTF_16BE.name(), "UTF-16BE");
    let error =
        |body: &[u8], header| tx25::parse(body, header, &ParseOptions::new(Language::Fr)).unwrap_err();
    let wrong = error(&latin, Some("text/xml; charset=utf-8"));
    assert_eq!(
        (wrong.kind, wrong.position as usize),
        (ParseErrorKind::NotInEncoding, text.find('é').unwrap())
    );
    assert_eq!(
        error(text.as_bytes(), Some("text/xml; charset=klingon")).kind,
        ParseErrorKind::UnknownEncoding
    );
    let claims = with(&declared("UTF-16"), text.as_bytes());
    assert_eq!(error(&claims, None).kind, ParseErrorKind::NotInEncoding);
}

#[test]
fn the_json_has_its_keys_in_their_order() {
    let json = serde_json::to_string(&parse(reply(&status("INCOMPLETE_DATA", "HAN20200"), RECORD))).unwrap();
    let expected = concat!(
        r#"{"status":"warnings","outcome":"partial","ticket":"00000000-0000-4000-8000-00000000000a","#,
        r#""codes":["HAN20200"],"messages":[{"severity":"WARNING","code":"HAN20200","author":null,"#,
        r#""diagnostic":"Words.","fields":[]}],"rows":[{"ordinal":1,"group":"BirthPlace","title":"Place of birth","#,
        r#""type":"100","since":"1980-00-00","until":null,"text":"record no. 7, 63023","fields":["#,
        r#"{"path":"../@Language","value":"de"},{"path":"@Type","value":"100"},{"path":"Date","value":"1980-00-00"},"#,
        r#"{"path":"ActNumber","value":"7"},{"path":"Place1/Code","value":"63023"}]}]}"#,
    );
    assert_eq!(json, expected);
}

#[test]
fn debug_shows_no_person() {
    let shown = format!(
        "{:#?}",
        parse(reply(&status("INCOMPLETE_DATA", "HAN20200"), RECORD))
    );
    assert!(
        !shown.contains("63023") && !shown.contains("Words") && !shown.contains("1980"),
        "{shown}"
    );
}
