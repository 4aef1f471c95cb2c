//! `relayctl cbss` as it is used: arguments, standard streams, exit codes.
#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

mod identify;

use std::io::Write;
use std::process::{Command, Output, Stdio};

const SETTINGS: &str = r#"
environment = "test"
cbe_number = "0200000043"
http_username = "E0200000043"
http_password = { env = "CBSS_PASSWORD" }
upstream_users = [{ name = "centre" }]
[services.retrieve-ti-groups]
legal_context = "PCSA:<OWN>"
"#;

const REPLY: &str = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><retrieveTIGroupsResponse>\
    <informationCBSS><ticketCBSS>00000000-0000-4000-8000-000000000001</ticketCBSS></informationCBSS><status>\
    <value>NO_RESULT</value><code>MSG00008</code><description>A validation error.</description><information>\
    <fieldName>ssin</fieldName><fieldValue>1</fieldValue></information></status><rrn_it_implicit><Nationalities>\
    <Nationality><Nationality><Code>150</Code></Nationality></Nationality></Nationalities></rrn_it_implicit>\
    </retrieveTIGroupsResponse></e:Body></e:Envelope>";

/// Runs the command with that standard input.
fn relayctl(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_relayctl"))
        .arg("cbss")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Builds with settings in a file of their own.
fn build(settings: &str, more: &[&str], input: &str) -> Output {
    build_for("retrieve-ti-groups", settings, more, input)
}

fn build_for(service: &str, settings: &str, more: &[&str], input: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("centre.toml");
    std::fs::write(&file, settings).unwrap();
    let mut arguments = vec![
        "build",
        "--service",
        service,
        "--settings",
        file.to_str().unwrap(),
    ];
    arguments.extend(["--reference", "4711", "--time", "2026-11-23T17:05:09+01:00"]);
    arguments.extend(more);
    relayctl(&arguments, input)
}

#[test]
fn build_prints_what_would_be_sent() {
    let output = build(
        SETTINGS,
        &[],
        r#"{"ssin":"80.01.01-001.36","language":"de","history":true}"#,
    );
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    let body = stdout(&output);
    for part in [
        "<ticket>4711</ticket><timestampSent>2026-11-23T16:05:09.000Z</timestampSent>",
        "<cbeNumber>0200000043</cbeNumber>",
        "<legalContext>PCSA:&lt;OWN&gt;</legalContext>",
        "<ssin>80010100136</ssin><language>de</language><history>true</history>",
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    assert!(body.ends_with("</soapenv:Envelope>"), "not one byte more");
}

#[test]
fn build_refuses_what_is_wrong_and_says_where() {
    let refused = |more: &[&str], input: &str| {
        let output = build(SETTINGS, more, input);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(2), ""),
            "{input}"
        );
        stderr(&output)
    };
    assert!(refused(&[], r#"{"ssin":"80010100137"}"#).contains("ssin: the check digits"));
    assert!(refused(&[], r#"{"ssin":"80010100136","langage":"fr"}"#).contains("unknown field `langage`"));
    assert!(refused(&[], r#"{"language":"fr"}"#).contains("missing field `ssin`"));
    assert!(refused(&[], r#"{"ssin":"#).contains("ends too early"));
    let secret = refused(&[], r#"{"ssin":80010100136}"#);
    assert!(
        secret.contains("column") && !secret.contains("80010100136"),
        "{secret}"
    );
    assert!(refused(&["--inner"], r#"{"ssin":"80010100136"}"#).contains("--inner"));
    assert!(refused(&["--ssin-check", "maybe"], "").contains("--ssin-check"));
}

#[test]
fn a_wrong_checksum_can_be_let_through() {
    let output = build(SETTINGS, &["--ssin-check", "warn"], r#"{"ssin":"80010100137"}"#);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("warning: ssin"));
    // French, the organisation's default.
    assert!(
        stdout(&output).contains("<ssin>80010100137</ssin><language>fr</language><history>false</history>")
    );
}

#[test]
fn settings_are_checked() {
    let input = r#"{"ssin":"80010100136"}"#;
    let unlisted = SETTINGS.split_once("[services").unwrap().0;
    let output = build(unlisted, &[], input);
    assert!(output.status.success() && stderr(&output).contains("not enabled"));
    assert!(stdout(&output).contains("<legalContext>PCSA:SOCIAL_INQUIRY</legalContext>"));
    assert_eq!(
        build(&SETTINGS.replace("cbe_number", "cbe_numbr"), &[], input)
            .status
            .code(),
        Some(2)
    );
    let missing = [
        "build",
        "--service",
        "retrieve-ti-groups",
        "--settings",
        "/no/such/file.toml",
    ];
    assert_eq!(relayctl(&missing, input).status.code(), Some(3));
}

#[test]
fn parse_prints_json_whatever_the_status() {
    let output = relayctl(
        &[
            "parse",
            "--service",
            "retrieve-ti-groups",
            "--json",
            "--lang",
            "nl",
        ],
        REPLY,
    );
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    let expected = concat!(
        r#"{"status":"errors","outcome":"refused","ticket":"00000000-0000-4000-8000-000000000001","codes":["MSG00008"],"#,
        r#""messages":[{"severity":"ERROR","code":"MSG00008","author":null,"diagnostic":"A validation error.","#,
        r#""fields":[{"path":"ssin","value":"1"}]}],"rows":[{"ordinal":1,"group":"Nationalities","#,
        r#""title":"Nationaliteit","type":"031","since":null,"until":null,"text":"150","#,
        r#""fields":[{"path":"Nationality/Code","value":"150"}]}]}"#,
        "\n"
    );
    assert_eq!(stdout(&output), expected);
}

#[test]
fn parse_prints_a_table_for_people() {
    let output = relayctl(&["parse", "--service", "retrieve-ti-groups", "-"], REPLY);
    let shown = stdout(&output);
    assert!(output.status.success());
    for part in [
        "status: errors (refused)",
        "error: MSG00008 A validation error. [ssin: 1]",
        "rows: 1",
        "Nationality",
        "031",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn a_refusal_says_what_to_do_in_the_language_asked_for() {
    let replaced = REPLY.replace("MSG00008", "MSG00006").replace(
        "<fieldName>ssin</fieldName><fieldValue>1<",
        "<fieldName>newSSIN</fieldName><fieldValue>80010100136<",
    );
    for (language, wanted) in [
        ("en", "replaced by 80010100136"),
        ("fr", "remplacé par 80010100136"),
    ] {
        let arguments = ["parse", "--service", "retrieve-ti-groups", "--lang", language];
        let shown = stdout(&relayctl(&arguments, &replaced));
        assert!(shown.contains(wanted), "{shown}");
    }
    let without = REPLY.replace("MSG00008", "MSG00012");
    let shown = stdout(&relayctl(&["parse", "--service", "retrieve-ti-groups"], &without));
    assert!(shown.contains("REGISTER"), "{shown}");
}

#[test]
fn a_test_of_the_connection_is_built_and_read() {
    let built = build_for("test-connection", SETTINGS, &[], r#"{"echo":"a & b"}"#);
    assert!(built.status.success(), "{}", stderr(&built));
    assert!(stdout(&built).contains("<echo>a &amp; b</echo>"));
    for (input, said) in [
        (r#"{"echo":" "}"#, "echo"),
        (r#"{"echo":"a","ssin":"1"}"#, "ssin"),
        ("{}", "echo"),
    ] {
        let refused = build_for("test-connection", SETTINGS, &[], input);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(said), "{}", stderr(&refused));
    }
    let reply = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><sendTestMessageResponse>\
        <echo>a</echo><sslCertificate>CN=b</sslCertificate></sendTestMessageResponse></e:Body></e:Envelope>";
    let read = relayctl(&["parse", "--service", "test-connection", "--json"], reply);
    let read: serde_json::Value = serde_json::from_str(&stdout(&read)).unwrap();
    assert_eq!(
        (&read["status"], &read["outcome"]),
        (&"ok".into(), &"data".into())
    );
    assert_eq!(read["rows"][0]["fields"][1]["value"], "CN=b");
}

#[test]
fn an_investigation_is_built_in_the_version_of_the_settings() {
    let settings = SETTINGS.replace(
        "[services",
        "ssdn_user_id = \"80010100136\"\nssdn_email = \"a@b\"\n[services.perform-investigation]\nversion = \"20090409\"\n[services",
    );
    let service = "perform-investigation";
    let input = r#"{"ssin":"80010100136","dataGroups":{"waitRegister":true}}"#;
    let built = build_for(service, &settings, &["--inner"], input);
    assert!(built.status.success(), "{}", stderr(&built));
    let document = stdout(&built);
    assert!(document.contains("<ssdn:Version>20090409<"), "{document}");
    assert!(
        document.contains("<investigate:WaitRegisterGroup>true<"),
        "{document}"
    );
    let refused = build_for(
        service,
        SETTINGS,
        &[],
        r#"{"ssin":"80010100137","dataGroups":{}}"#,
    );
    assert_eq!(refused.status.code(), Some(2));
    for said in ["ssdn_user_id", "ssdn_email", "dataGroups", "ssin"] {
        assert!(stderr(&refused).contains(said), "{said} in {}", stderr(&refused));
    }
}

#[test]
fn a_reply_does_not_steer_the_terminal() {
    let hostile = REPLY.replace("A validation error.", "A\u{9b}31m \u{202e}error.");
    assert_ne!(hostile, REPLY);
    let shown = stdout(&relayctl(
        &["parse", "--service", "retrieve-ti-groups", "-"],
        &hostile,
    ));
    assert!(shown.contains("A\\u{9b}31m \\u{202e}error."), "{shown}");
    assert!(
        !shown.contains('\u{9b}') && !shown.contains('\u{202e}'),
        "{shown}"
    );
}

#[test]
fn parse_refuses_what_it_cannot_read() {
    for input in ["", "no xml", "<html/>", &REPLY[..REPLY.len() - 5]] {
        let output = relayctl(&["parse", "--service", "retrieve-ti-groups", "--json"], input);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(3), ""),
            "{input}"
        );
        assert!(
            stderr(&output).contains("unreadable reply at byte"),
            "{}",
            stderr(&output)
        );
    }
    let missing = ["parse", "--service", "retrieve-ti-groups", "/no/such/file.xml"];
    assert_eq!(relayctl(&missing, "").status.code(), Some(3));
    for arguments in [
        &["parse"][..],
        &["parse", "--service", "no-such-service"],
        &["parse", "--lang", "it"],
    ] {
        assert_eq!(relayctl(arguments, REPLY).status.code(), Some(2), "{arguments:?}");
    }
}

/// Settings with what the classic generation needs.
fn classic_settings() -> String {
    SETTINGS
        .replace(
            "upstream_users",
            "ssdn_user_id = \"80020200113\"\nssdn_email = \"relay@centre.example\"\nsubsector = 2\nupstream_users",
        )
        .replace("[services.retrieve-ti-groups]\nlegal_context = \"PCSA:<OWN>\"", "[services.manage-access]")
}

const REGISTER: &str = r#"{"ssin":"80.01.01-001.36","action":"REGISTER","purpose":1,
    "period":{"startDate":"2081-02-03","endDate":"2081-04-05"},"sector":17,"queryRegister":"ALL",
    "proofOfAuthentication":{"personData":{"lastName":"Muster & Söhne","firstName":"Anna","birthDate":"2080-01-00"}},
    "language":"de"}"#;

#[test]
fn build_prints_a_document_inside_a_string() {
    let inner = build_for("manage-access", &classic_settings(), &["--inner"], REGISTER);
    assert_eq!((inner.status.code(), stderr(&inner).as_str()), (Some(0), ""));
    let inner = stdout(&inner);
    for part in [
        "<ssdn:UserID>80020200113</ssdn:UserID><ssdn:Email>relay@centre.example</ssdn:Email>\
         <ssdn:OrgUnit>0200000043</ssdn:OrgUnit><ssdn:MatrixID>17</ssdn:MatrixID><ssdn:MatrixSubID>2</ssdn:MatrixSubID>",
        "<ssdn:Reference>4711</ssdn:Reference><ssdn:TimeRequest>20261123T160509</ssdn:TimeRequest>",
        "<manage:SSIN>80010100136</manage:SSIN><manage:Purpose>1</manage:Purpose>",
        "<common:StartDate>2081-02-03</common:StartDate><common:EndDate>2081-04-05</common:EndDate>",
        "<manage:Action>REGISTER</manage:Action><manage:ProofOfAuthentication>",
        "<manage:LastName>Muster &amp; Söhne</manage:LastName><manage:FirstName>Anna</manage:FirstName>\
         <manage:BirthDate>2080-01-00</manage:BirthDate>",
    ] {
        assert!(inner.contains(part), "{part} in {inner}");
    }
    assert!(inner.starts_with("<ssdn:SSDNRequest ") && inner.ends_with("</ssdn:SSDNRequest>"));
    let whole = stdout(&build_for("manage-access", &classic_settings(), &[], REGISTER));
    let escaped = inner
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    assert!(whole.contains(&format!(">{escaped}</svc:xmlString>")), "{whole}");
}

#[test]
fn build_tells_all_that_is_wrong_with_a_classic_request() {
    let refused = |settings: &str, input: &str| {
        let output = build_for("manage-access", settings, &[], input);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(2), ""),
            "{input}"
        );
        stderr(&output)
    };
    let wrong = r#"{"ssin":"80010100137","action":"LIST!","period":{"startDate":"03/02/2081","endDate":"2081-02-30"},
        "queryRegister":"NONE","proofOfAuthentication":{"sisCardNumber":"12","personData":{"lastName":" ",
        "birthDate":"1980"}}}"#;
    let told = refused(SETTINGS, wrong);
    let places = told
        .lines()
        .filter_map(|line| line.strip_prefix("error: ")?.split(':').next());
    assert_eq!(
        places.collect::<Vec<_>>(),
        [
            "ssdn_user_id",
            "ssdn_email",
            "ssin",
            "action",
            "queryRegister",
            "period.startDate",
            "proofOfAuthentication.personData.birthDate",
            "period.endDate",
            "proofOfAuthentication.sisCardNumber",
            "proofOfAuthentication.personData.lastName",
        ],
        "{told}"
    );
    assert!(!told.contains("80010100137") && !told.contains("1980"), "{told}");
    let settings = classic_settings();
    let no_purpose = REGISTER.replace("\"purpose\":1,", "");
    assert!(refused(&settings, &no_purpose).contains("purpose: expected"));
    let no_user = settings.replace("ssdn_user_id = \"80020200113\"\n", "");
    assert!(refused(&no_user, REGISTER).contains("ssdn_user_id: the settings need it"));
    let bad_user = settings.replace("80020200113", "800202001");
    assert!(refused(&bad_user, REGISTER).contains("ssdn_user_id: expected eleven digits"));
    for (from, to) in [
        ("\"sector\"", "\"sektor\""),
        ("\"endDate\"", "\"stopDate\""),
        ("\"lastName\"", "\"surname\""),
    ] {
        assert!(
            refused(&settings, &REGISTER.replace(from, to)).contains("unknown field"),
            "{to}"
        );
    }
    assert!(
        refused(&settings, &REGISTER.replace("\"action\":\"REGISTER\",", ""))
            .contains("missing field `action`")
    );
}

#[test]
fn parse_prints_the_registrations() {
    let document = "<SSDNReply><ReplyContext><ResultSummary ok=\"YES\"><ReturnCode>0</ReturnCode></ResultSummary><Message>\
        <Ticket>ABCD1234EFGH567</Ticket></Message></ReplyContext><ServiceReply><ResultSummary ok=\"YES\">\
        <ReturnCode>0</ReturnCode></ResultSummary><ServiceId>OCMWCPASManageAccess</ServiceId><ManageAccessReply>\
        <OriginalRequest><Action>LIST</Action></OriginalRequest><Registrations><Purpose>1</Purpose><Period>\
        <StartDate>2081-02-03+01:00</StartDate></Period><OrgUnit>63023</OrgUnit><Register>PRIMARY</Register>\
        </Registrations></ManageAccessReply></ServiceReply></SSDNReply>";
    let escaped = document.replace('<', "&lt;").replace('>', "&gt;");
    let envelope = format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><xmlString>{escaped}</xmlString>\
         </e:Body></e:Envelope>"
    );
    let expected = concat!(
        r#"{"status":"ok","outcome":"data","ticket":"ABCD1234EFGH567","codes":[],"messages":[{"severity":"INFORMATION","#,
        r#""code":null,"author":null,"diagnostic":null,"fields":[{"path":"OriginalRequest/Action","value":"LIST"}]}],"#,
        r#""rows":[{"ordinal":1,"group":"Registrations","title":"Inscriptions","type":null,"since":"2081-02-03","#,
        r#""until":null,"text":"qualité 1, unité 63023, répertoire primaire, à partir du 03/02/2081","fields":["#,
        r#"{"path":"Purpose","value":"1"},{"path":"Period/StartDate","value":"2081-02-03+01:00"},"#,
        r#"{"path":"OrgUnit","value":"63023"},{"path":"Register","value":"PRIMARY"}]}]}"#,
        "\n"
    );
    let arguments = ["parse", "--service", "manage-access", "--json", "--lang", "fr"];
    // As it came, and as a log may have kept it.
    for input in [&envelope, document] {
        let output = relayctl(&arguments, input);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(0), expected)
        );
    }
    let broken = relayctl(&arguments, &envelope.replace("/SSDNReply", "/SSDN"));
    assert_eq!(broken.status.code(), Some(3));
    assert!(
        stderr(&broken).contains("of the document in its string"),
        "{}",
        stderr(&broken)
    );
    assert_eq!(relayctl(&arguments, REPLY).status.code(), Some(3));
}
