//! IdentifyPerson offline.

use super::{SETTINGS, build_for, classic_settings, relayctl, stderr, stdout};

const BY_NUMBER: &str = r#"{"ssin":"80.01.01-001.36","verificationData":{"identityCardNumber":"123456789012",
    "personData":{"lastName":"Muster & Söhne","firstName":"","birthDate":"2080-01-00"}},"language":"de"}"#;
const BY_NAME: &str = r#"{"phoneticCriteria":{"lastName":"Müller","firstName":"Änne","middleName":"Käthe",
    "birthDate":"2080-01-00","gender":2,"tolerance":3,"maximum":80}}"#;

fn settings() -> String {
    classic_settings().replace("manage-access", "identify-person")
}

#[test]
fn build_prints_both_ways_of_searching() {
    for (input, parts) in [
        (
            BY_NUMBER,
            [
                "<identify:SearchCriteria><identify:SSIN>80010100136</identify:SSIN></identify:SearchCriteria>\
                 <identify:VerificationData><identify:IdentityCardNumber>123456789012</identify:IdentityCardNumber>",
                "<identify:LastName>Muster &amp; Söhne</identify:LastName><identify:BirthDate>2080-01-00<",
            ],
        ),
        (
            BY_NAME,
            [
                "<identify:SearchCriteria><identify:PhoneticCriteria><identify:LastName>Müller</identify:LastName>",
                "<identify:Gender>2</identify:Gender><identify:Tolerance>3</identify:Tolerance>\
                 <identify:Maximum>80</identify:Maximum></identify:PhoneticCriteria></identify:SearchCriteria>",
            ],
        ),
    ] {
        let inner = build_for("identify-person", &settings(), &["--inner"], input);
        assert_eq!((inner.status.code(), stderr(&inner).as_str()), (Some(0), ""));
        let inner = stdout(&inner);
        for part in parts {
            assert!(inner.contains(part), "{part} in {inner}");
        }
        assert!(inner.contains("<ssdn:ServiceId>OCMWCPASIdentifyPerson</ssdn:ServiceId>"));
        let whole = stdout(&build_for("identify-person", &settings(), &[], input));
        let escaped = inner
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        assert!(whole.contains(&format!(">{escaped}</svc:xmlString>")), "{whole}");
    }
}

#[test]
fn build_tells_all_that_is_wrong() {
    let refused = |settings: &str, input: &str| {
        let output = build_for("identify-person", settings, &[], input);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(2), ""),
            "{input}"
        );
        stderr(&output)
    };
    let places = |told: &str| -> Vec<String> {
        let lines = told.lines();
        let places = lines.filter_map(|line| line.strip_prefix("error: ")?.split(':').next());
        places.map(str::to_owned).collect()
    };
    let wrong = r#"{"ssin":"80010100137","phoneticCriteria":{"lastName":" ","middleName":"\u0001","birthDate":"1980",
        "gender":3,"maximum":81},"verificationData":{"sisCardNumber":"12","personData":{"lastName":"\u0000",
        "birthDate":"2080-01-00"}}}"#;
    let told = refused(SETTINGS, wrong);
    assert_eq!(
        places(&told),
        [
            "ssdn_user_id",
            "ssdn_email",
            "ssin",
            "phoneticCriteria",
            "phoneticCriteria.gender",
            "phoneticCriteria.birthDate",
            "verificationData.sisCardNumber",
            "verificationData.personData.lastName",
            "phoneticCriteria.lastName",
            "phoneticCriteria.middleName",
            "phoneticCriteria.maximum",
        ],
        "{told}"
    );
    assert!(!told.contains("80010100137") && !told.contains("1980"), "{told}");
    assert!(told.contains("for identify-person"), "{told}");
    for (input, place) in [
        ("{}", "ssin"),
        (r#"{"ssin":""}"#, "ssin"),
        (
            r#"{"ssin":"80010100136","verificationData":{}}"#,
            "verificationData",
        ),
        (
            r#"{"phoneticCriteria":{"lastName":"a","birthDate":"2080-01-01"},"verificationData":{"sisCardNumber":"1234567890"}}"#,
            "verificationData",
        ),
        (
            r#"{"phoneticCriteria":{"lastName":"a","birthDate":"2080-00-00"}}"#,
            "phoneticCriteria.tolerance",
        ),
    ] {
        assert_eq!(places(&refused(&settings(), input)), [place], "{input}");
    }
    let unknown = BY_NAME.replace("\"gender\"", "\"sex\"");
    assert!(refused(&settings(), &unknown).contains("unknown field"));
}

#[test]
fn parse_prints_the_people() {
    let document = "<SSDNReply><ReplyContext><ResultSummary ok=\"YES\"><ReturnCode>0</ReturnCode></ResultSummary><Message>\
        <Ticket>ABCD1234EFGH567</Ticket></Message></ReplyContext><ServiceReply><ResultSummary ok=\"YES\">\
        <ReturnCode>0</ReturnCode></ResultSummary><ServiceId>OCMWCPASIdentifyPerson</ServiceId><IdentifyPersonReply>\
        <SearchResults><LimitedLegalData origin=\"RN_RR\"><Basic><SocialSecurityUser>80010100136</SocialSecurityUser>\
        <LastName>MUSTER</LastName><BirthDate>2080-01-00</BirthDate></Basic></LimitedLegalData></SearchResults>\
        </IdentifyPersonReply></ServiceReply></SSDNReply>";
    let expected = concat!(
        r#"{"status":"ok","outcome":"data","ticket":"ABCD1234EFGH567","codes":[],"messages":[],"rows":[{"ordinal":1,"#,
        r#""group":"LimitedLegalData","title":"Personnes","type":null,"since":null,"until":null,"#,
        r#""text":"MUSTER (80010100136, né(e) 01/2080), source: registre national","fields":["#,
        r#"{"path":"@origin","value":"RN_RR"},{"path":"Basic/SocialSecurityUser","value":"80010100136"},"#,
        r#"{"path":"Basic/LastName","value":"MUSTER"},{"path":"Basic/BirthDate","value":"2080-01-00"}]}]}"#,
        "\n"
    );
    let arguments = ["parse", "--service", "identify-person", "--json", "--lang", "fr"];
    let output = relayctl(&arguments, document);
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(0), expected)
    );
    let table = relayctl(&["parse", "--service", "identify-person"], document);
    assert!(stdout(&table).contains("Persons") && stdout(&table).contains("born 2080-01"));
}
