//! What the classic generation answers, and what is made of it.

use relay_cbss::{Limits, Outcome, ParseErrorKind, ParseOptions, Reply, StatusKind, manage_access, ssdn};
use relay_domain::manage_access::Register;
use relay_domain::reconcile::Registration;
use relay_domain::{IncompleteDate, Language};

use crate::support::{connector_reply, in_cdata, in_string};

const TICKET: &str = "ABCD1234EFGH567";

pub(crate) fn parse_in(language: Language, document: &str) -> Reply {
    let read = |body: String| {
        manage_access::parse(body.as_bytes(), Some("text/xml"), &ParseOptions::new(language)).unwrap()
    };
    let reply = read(in_string(document));
    assert!(reply == read(in_cdata(document)) && reply == read(document.to_owned()));
    reply
}

fn parse(document: &str) -> Reply {
    parse_in(Language::En, document)
}

fn error(document: &str) -> ParseErrorKind {
    let body = in_string(document);
    let error = manage_access::parse(body.as_bytes(), None, &ParseOptions::new(Language::En)).unwrap_err();
    assert!(
        error.inner && error.to_string().contains("in its string"),
        "{error}"
    );
    error.kind
}

pub(crate) fn summary(code: &str, details: &str) -> String {
    format!(
        "<c:ResultSummary xmlns:c=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/Common\" ok=\"YES\">\
         <c:ReturnCode>{code}</c:ReturnCode>{details}</c:ResultSummary>"
    )
}

pub(crate) fn detail(severity: &str, code: &str) -> String {
    format!(
        "<c:Detail><c:Severity>{severity}</c:Severity><c:ReasonCode>{code}</c:ReasonCode><c:Diagnostic>Some\n words.\
         </c:Diagnostic><c:AuthorCodeList>CBSS</c:AuthorCodeList><c:Information><c:FieldName>SSIN</c:FieldName>\
         <c:FieldValue> 1 </c:FieldValue></c:Information><c:Information><c:FieldName>Other</c:FieldName>\
         </c:Information></c:Detail>"
    )
}

pub(crate) fn document(context: &str, services: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <SSDNReply xmlns=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/Service\">\n <ReplyContext>{context}<AuthorizedUser>\
         <UserID>80020200113</UserID></AuthorizedUser><Message><Reference>ours</Reference><Ticket>{TICKET}</Ticket>\
         <TimeReceive>20261123T160509</TimeReceive></Message></ReplyContext>{services}</SSDNReply>"
    )
}

fn service(summary: &str, content: &str) -> String {
    format!(
        "<ServiceReply>{summary}<ServiceId>OCMWCPASManageAccess</ServiceId><Version>20050930</Version>{content}\
         </ServiceReply>"
    )
}

/// A reply of the service: the copy of a request with that action, and records.
fn content(action: &str, records: &str) -> String {
    format!(
        "<m:ManageAccessReply xmlns:m=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/ManageAccess\" \
         xmlns:c=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/Common\"><m:OriginalRequest><m:SSIN>80010100136</m:SSIN>\
         <m:Purpose>1</m:Purpose><m:Period><c:StartDate>2081-02-03+02:00</c:StartDate></m:Period><m:Action>{action}\
         </m:Action></m:OriginalRequest>{records}</m:ManageAccessReply>"
    )
}

const RECORDS: &str = "<m:Registrations><m:Purpose>1</m:Purpose><m:Period><c:StartDate>2081-02-03+02:00</c:StartDate>\
    <c:EndDate>2081-04-05+02:00</c:EndDate></m:Period><m:OrgUnit>63023</m:OrgUnit><m:Register>SECONDARY</m:Register>\
    </m:Registrations>\n<m:Registrations><m:Purpose>902</m:Purpose><m:Period><c:StartDate>2081-02-03</c:StartDate>\
    </m:Period><m:OrgUnit>0200000000</m:OrgUnit><m:Register>PRIMARY</m:Register></m:Registrations>";

fn whole(action: &str, records: &str) -> String {
    document(
        &summary("0", ""),
        &service(&summary("0", ""), &content(action, records)),
    )
}

#[test]
fn every_return_code_has_its_meaning() {
    use {Outcome as O, StatusKind as S};
    for (code, action, records, expected) in [
        ("0", "LIST", RECORDS, (S::Ok, O::Data, 2)),
        ("0", "LIST", "", (S::Ok, O::Empty, 0)),
        ("0", "REGISTER", "", (S::Ok, O::Data, 0)),
        ("1", "UNREGISTER", "", (S::Warnings, O::Data, 0)),
        ("1", "LIST", RECORDS, (S::Warnings, O::Data, 2)),
        ("1", "LIST", "", (S::Warnings, O::Empty, 0)),
        ("10000", "LIST", RECORDS, (S::Errors, O::Refused, 2)),
        ("10000", "REGISTER", "", (S::Errors, O::Refused, 0)),
        ("7", "LIST", RECORDS, (S::Warnings, O::Unknown, 2)),
        ("7", "LIST", "", (S::Errors, O::Unknown, 0)),
        ("soso", "LIST", "", (S::Errors, O::Unknown, 0)),
        (" 0 ", "LIST", "", (S::Ok, O::Empty, 0)),
        // Without a code the attribute counts.
        ("", "LIST", "", (S::Ok, O::Empty, 0)),
    ] {
        let service = service(&summary(code, ""), &content(action, records));
        // The envelope's word counts for less.
        let reply = parse(&document(&summary("10000", ""), &service));
        assert_eq!(
            (reply.status, reply.outcome, reply.rows.len()),
            expected,
            "{code} {action}"
        );
        assert_eq!((reply.ticket.as_deref(), reply.fault), (Some(TICKET), false));
        // A code that is all that was said is a code.
        let codes: &[&str] = match code.trim() {
            "1" | "10000" | "7" | "soso" => &[code],
            _ => &[],
        };
        assert_eq!(reply.codes, codes, "{code}");
        assert_eq!(reply.cbss_status.unwrap().value, code.trim());
    }
}

#[test]
fn an_envelope_that_is_refused_has_no_service() {
    let reply = parse(&document(&summary("10000", &detail("ERROR", "30000001")), ""));
    assert_eq!(
        (reply.status, reply.outcome, &reply.codes[..]),
        (StatusKind::Errors, Outcome::Refused, &["30000001".to_owned()][..])
    );
    assert_eq!(reply.ticket.as_deref(), Some(TICKET));
    let message = &reply.messages[0];
    assert_eq!(
        (
            message.severity.as_str(),
            message.author.as_deref(),
            message.diagnostic.as_deref()
        ),
        ("ERROR", Some("CBSS"), Some("Some words."))
    );
    let fields = message
        .fields
        .iter()
        .map(|field| (field.path.as_str(), field.value.as_str()));
    assert_eq!(fields.collect::<Vec<_>>(), [("SSIN", "1"), ("Other", "")]);
    // The same for a service that does not say how it went.
    let silent = parse(&document(&summary("10000", ""), "<ServiceReply/>"));
    assert_eq!(
        (silent.status, silent.outcome),
        (StatusKind::Errors, Outcome::Refused)
    );
    // That all went well nobody has said who did anything.
    assert_eq!(
        error(&document(&summary("0", ""), "")),
        ParseErrorKind::UnexpectedBody
    );
    let nothing = parse("<SSDNReply/>");
    assert_eq!(
        (nothing.status, nothing.outcome),
        (StatusKind::Errors, Outcome::Unknown)
    );
}

#[test]
fn remarks_of_both_levels_are_kept_the_services_first() {
    let of_service = [
        detail("WARNING", "22007007"),
        detail("", "80010100136"),
        detail("INFORMATION", "22007007"),
    ];
    let of_context = [detail("WARNING", "20000001"), detail("INFORMATION", "19999999")];
    let reply = parse(&document(
        &summary("1", &of_context.concat()),
        &service(&summary("1", &of_service.concat()), &content("LIST", "")),
    ));
    let messages: Vec<_> = reply
        .messages
        .iter()
        .map(|message| (message.severity.as_str(), message.code.as_deref()))
        .collect();
    assert_eq!(
        messages,
        [
            ("WARNING", Some("22007007")),
            // Its own severity is missing.
            ("WARNING", Some("80010100136")),
            ("INFORMATION", Some("22007007")),
            ("INFORMATION", Some("19999999")),
            ("INFORMATION", None),
        ]
    );
    // Each code once, and none that could be somebody.
    assert_eq!(reply.codes, ["22007007", "19999999"]);
}

#[test]
fn registrations_are_rows() {
    let reply = parse(&whole("LIST", RECORDS));
    let json = serde_json::to_string(&reply.rows).unwrap();
    let expected = concat!(
        r#"[{"ordinal":1,"group":"Registrations","title":"Registrations","type":null,"since":"2081-02-03","#,
        r#""until":"2081-04-05","text":"purpose 1, unit 63023, secondary register, from 2081-02-03 to 2081-04-05","#,
        r#""fields":[{"path":"Purpose","value":"1"},{"path":"Period/StartDate","value":"2081-02-03+02:00"},"#,
        r#"{"path":"Period/EndDate","value":"2081-04-05+02:00"},{"path":"OrgUnit","value":"63023"},"#,
        r#"{"path":"Register","value":"SECONDARY"}]},"#,
        r#"{"ordinal":2,"group":"Registrations","title":"Registrations","type":null,"since":"2081-02-03","#,
        r#""until":null,"text":"purpose 902, unit 0200000000, primary register, from 2081-02-03","#,
        r#""fields":[{"path":"Purpose","value":"902"},{"path":"Period/StartDate","value":"2081-02-03"},"#,
        r#"{"path":"OrgUnit","value":"0200000000"},{"path":"Register","value":"PRIMARY"}]}]"#,
    );
    assert_eq!(json, expected);
}

#[test]
fn a_person_reads_it_in_four_languages() {
    for (language, title, texts) in [
        (
            Language::Nl,
            "Inschrijvingen",
            [
                "hoedanigheid 1, eenheid 63023, secundair repertorium, van 03/02/2081 tot en met 05/04/2081",
                "hoedanigheid 902, eenheid 0200000000, primair repertorium, vanaf 03/02/2081",
            ],
        ),
        (
            Language::Fr,
            "Inscriptions",
            [
                "qualité 1, unité 63023, répertoire secondaire, du 03/02/2081 au 05/04/2081",
                "qualité 902, unité 0200000000, répertoire primaire, à partir du 03/02/2081",
            ],
        ),
        (
            Language::De,
            "Eintragungen",
            [
                "Eigenschaft 1, Einheit 63023, sekundäres Verzeichnis, vom 03.02.2081 bis zum 05.04.2081",
                "Eigenschaft 902, Einheit 0200000000, primäres Verzeichnis, ab 03.02.2081",
            ],
        ),
    ] {
        let rows = parse_in(language, &whole("LIST", RECORDS)).rows;
        for (row, text) in rows.iter().zip(texts) {
            assert_eq!((row.title.as_str(), row.text.as_str()), (title, text));
        }
    }
}

#[test]
fn the_copy_of_the_request_is_no_registration_and_is_not_lost() {
    let reply = parse(&whole(
        "LIST",
        "<m:News m:since=\"then\"><m:Part>1</m:Part></m:News>stray",
    ));
    let message = reply.messages.last().unwrap();
    assert_eq!(
        (
            message.severity.as_str(),
            &message.code,
            &message.author,
            &message.diagnostic
        ),
        ("INFORMATION", &None, &None, &None)
    );
    let fields = message
        .fields
        .iter()
        .map(|field| (field.path.as_str(), field.value.as_str()));
    assert_eq!(
        fields.collect::<Vec<_>>(),
        [
            ("OriginalRequest/SSIN", "80010100136"),
            ("OriginalRequest/Purpose", "1"),
            ("OriginalRequest/Period/StartDate", "2081-02-03+02:00"),
            ("OriginalRequest/Action", "LIST"),
            ("News/@since", "then"),
            ("News/Part", "1"),
            (".", "stray"),
        ]
    );
    for nothing in [
        "<ManageAccessReply/>",
        "<ManageAccessReply><OriginalRequest/></ManageAccessReply>",
    ] {
        let reply = parse(&document("", &service(&summary("0", ""), nothing)));
        assert_eq!((reply.messages.len(), reply.outcome), (0, Outcome::Empty));
    }
}

#[test]
fn what_is_strange_in_a_record_is_kept() {
    let record = "<m:Registrations m:origin=\"x\"><m:Register>TERTIARY</m:Register><m:Period><c:EndDate>soon</c:EndDate>\
                  <c:Note>a</c:Note><c:Note>b</c:Note></m:Period>text<m:Phase><m:Code>7</m:Code></m:Phase><m:Flag/>\
                  <m:Purpose>many</m:Purpose></m:Registrations><m:Registrations/>";
    let reply = parse(&whole("LIST", record));
    let row = &reply.rows[0];
    let fields = row
        .fields
        .iter()
        .map(|field| (field.path.as_str(), field.value.as_str()));
    assert_eq!(
        fields.collect::<Vec<_>>(),
        [
            ("@origin", "x"),
            ("Register", "TERTIARY"),
            ("Period/EndDate", "soon"),
            ("Period/Note", "a"),
            ("Period/Note[2]", "b"),
            (".", "text"),
            ("Phase/Code", "7"),
            ("Flag", ""),
            ("Purpose", "many"),
        ]
    );
    assert_eq!(
        (row.since.as_deref(), row.until.as_deref(), row.text.as_str()),
        (None, None, "purpose many, TERTIARY, until soon")
    );
    assert_eq!(
        (
            reply.rows[1].ordinal,
            reply.rows[1].text.as_str(),
            reply.rows[1].fields.len()
        ),
        (2, "", 0)
    );
}

#[test]
fn registrations_are_values() {
    let date = IncompleteDate::new;
    let strange = "<m:Registrations><m:Period><c:StartDate>2081-02-03Z</c:StartDate><c:EndDate>soon</c:EndDate></m:Period>\
                   <m:Register>ALL</m:Register><m:Purpose>70000</m:Purpose></m:Registrations><m:Registrations/>";
    let reply = parse(&whole("LIST", &format!("{RECORDS}{strange}")));
    let nothing = Registration {
        purpose: None,
        start: None,
        end: None,
        unit: String::new(),
        register: None,
    };
    assert_eq!(
        manage_access::registrations(&reply),
        [
            Registration {
                purpose: Some(1),
                start: Some(date(2081, 2, 3)),
                end: Some(date(2081, 4, 5)),
                unit: "63023".to_owned(),
                register: Some(Register::Secondary),
            },
            Registration {
                purpose: Some(902),
                start: Some(date(2081, 2, 3)),
                unit: "0200000000".to_owned(),
                register: Some(Register::Primary),
                ..nothing.clone()
            },
            // An end that cannot be read is not an open one.
            Registration {
                start: Some(date(2081, 2, 3)),
                end: Some(date(0, 0, 0)),
                ..nothing.clone()
            },
            nothing,
        ]
    );
}

#[test]
fn order_prefixes_and_strangers_do_not_matter() {
    let good = service(&summary("0", ""), &content("LIST", RECORDS));
    let other = good
        .replace("OCMWCPASManageAccess", "Other")
        .replace("63023", "elsewhere");
    let shuffled = format!(
        "\u{FEFF} \n<x:SSDNReply xmlns:x=\"urn:x\"><New><Deep>1</Deep></New>{other}{good}<ReplyContext><Message>\
         <New/><Ticket> {TICKET} </Ticket></Message></ReplyContext><!-- so --></x:SSDNReply>\n"
    );
    let body = in_string(&shuffled);
    let reply = manage_access::parse(body.as_bytes(), None, &ParseOptions::new(Language::En)).unwrap();
    assert_eq!(reply.rows[0].field("OrgUnit"), Some("63023"));
    assert_eq!(
        (reply.ticket.as_deref(), reply.status),
        (Some(TICKET), StatusKind::Ok)
    );
    // A ticket that could be somebody is none.
    let reply = parse(&whole("LIST", "").replace(TICKET, "80010100136"));
    assert_eq!(reply.ticket, None);
}

#[test]
fn without_the_services_own_element_nothing_is_known() {
    let reply = parse(&document("", &service(&summary("0", ""), "")));
    assert_eq!(
        (reply.status, reply.outcome, reply.rows.len()),
        (StatusKind::Ok, Outcome::Unknown, 0)
    );
    let foreign = "<IdentifyPersonReply><SearchResults/></IdentifyPersonReply>";
    assert_eq!(
        error(&document("", &service(&summary("0", ""), foreign))),
        ParseErrorKind::UnexpectedBody
    );
    let refused = parse(&document("", &service(&summary("10000", ""), foreign)));
    assert_eq!(refused.outcome, Outcome::Refused);
    // Read for what all services share, it is as good as any.
    let body = in_string(&document("", &service(&summary("0", ""), foreign)));
    let reply = ssdn::read_reply(body.as_bytes(), None, Limits::default()).unwrap();
    assert_eq!(
        (reply.status, reply.outcome, reply.rows.len()),
        (StatusKind::Ok, Outcome::Data, 0)
    );
}

#[test]
fn a_fault_is_one() {
    let body = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault><faultcode>s:Server\
                </faultcode><faultstring>Gateway time-out</faultstring></s:Fault></s:Body></s:Envelope>";
    let reply = manage_access::parse(body.as_bytes(), None, &ParseOptions::new(Language::En)).unwrap();
    assert_eq!(
        (reply.status, reply.outcome, reply.fault, &reply.codes[..]),
        (
            StatusKind::Errors,
            Outcome::Fault,
            true,
            &["Server".to_owned()][..]
        )
    );
    assert!(manage_access::registrations(&reply).is_empty());
}

#[test]
fn the_string_is_text_however_it_is_written() {
    let inner = whole("LIST", RECORDS);
    let numeric: String = inner.chars().map(|c| format!("&#{};", u32::from(c))).collect();
    let (start, end) = inner.split_at(inner.find("63023").unwrap());
    let mixed = format!(
        "<![CDATA[{start}]]><!-- a remark -->{}",
        end.replace('<', "&lt;").replace('>', "&gt;")
    );
    for content in [numeric, mixed] {
        let body = connector_reply(&content);
        let reply = manage_access::parse(body.as_bytes(), None, &ParseOptions::new(Language::En)).unwrap();
        assert!(reply == parse(&inner));
    }
    // Escaped in both layers, and once more in the eyes of the reader: what a unit is called is its matter.
    let reply = parse(&whole("LIST", RECORDS).replace("63023", "A &amp;lt; &lt;B&gt; &#x1D11E;"));
    assert_eq!(reply.rows[0].field("OrgUnit"), Some("A &lt; <B> 𝄞"));
}

#[test]
fn debug_shows_no_person() {
    let reply = parse(&whole("LIST", RECORDS));
    let shown = format!("{reply:#?}");
    for secret in ["80010100136", "63023", "2081"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
