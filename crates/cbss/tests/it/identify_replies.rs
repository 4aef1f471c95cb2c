//! What IdentifyPerson answers, and what is made of it.

use relay_cbss::{Outcome, ParseErrorKind, ParseOptions, Reply, StatusKind, identify_person};
use relay_domain::Language;

use crate::classic_replies::{detail, document, summary};
use crate::support::{in_cdata, in_string};

fn parse_in(language: Language, document: &str) -> Reply {
    let read = |body: String| {
        identify_person::parse(body.as_bytes(), Some("text/xml"), &ParseOptions::new(language)).unwrap()
    };
    let reply = read(in_string(document));
    assert!(reply == read(in_cdata(document)) && reply == read(document.to_owned()));
    reply
}

fn parse(document: &str) -> Reply {
    parse_in(Language::En, document)
}

fn service(summary: &str, content: &str) -> String {
    format!(
        "<ServiceReply>{summary}<ServiceId>OCMWCPASIdentifyPerson</ServiceId><Version>20050930</Version>{content}\
         </ServiceReply>"
    )
}

/// The service's own element around that.
fn own(inside: &str) -> String {
    format!(
        "<i:IdentifyPersonReply xmlns:i=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/IdentifyPerson\">{inside}\
         </i:IdentifyPersonReply>"
    )
}

fn found(people: &str) -> String {
    own(&format!("<i:SearchResults>{people}</i:SearchResults>"))
}

fn whole(people: &str) -> String {
    document(&summary("0", ""), &service(&summary("0", ""), &found(people)))
}

const AT_HOME: &str = "<i:LimitedLegalData origin=\"RN_RR\"><i:Basic><i:SocialSecurityUser>80010100136\
    </i:SocialSecurityUser><i:LastName>MUSTER</i:LastName><i:FirstName>ANNA</i:FirstName><i:MiddleName>BERTA\
    </i:MiddleName><i:BirthDate>2080-01-00</i:BirthDate><i:Gender modificationDate=\"2081-00-00\">2</i:Gender>\
    <i:Address><i:CountryCode>150</i:CountryCode><i:MunicipalityCode>63023</i:MunicipalityCode>\
    <i:Municipality lang=\"nl\">DORP</i:Municipality><i:Municipality lang=\"fr\">VILLAGE</i:Municipality>\
    <i:PostalCode>4700</i:PostalCode><i:StreetCode>1821</i:StreetCode><i:Street lang=\"fr\">RUE &amp; CO</i:Street>\
    <i:Street>STRASSE</i:Street><i:HouseNumber>12</i:HouseNumber><i:Box>B</i:Box></i:Address></i:Basic><i:Extended>\
    <i:CivilState>10</i:CivilState><i:BirthLocationCode>63079</i:BirthLocationCode><i:BirthLocation>ORT\
    </i:BirthLocation><i:DeceaseDate>2085-02-03</i:DeceaseDate><i:InscriptionRegister>2</i:InscriptionRegister>\
    <i:NationalityCode>173</i:NationalityCode></i:Extended></i:LimitedLegalData>";

const ABROAD: &str = "<i:LimitedLegalData><i:Basic><i:SocialSecurityUser>80020200113</i:SocialSecurityUser>\
    <i:LastName>PROBE</i:LastName><i:BirthDate>2080-00-00</i:BirthDate><i:Gender>0</i:Gender><i:DiplomaticPost>\
    <i:CountryCode>999</i:CountryCode><i:Post>1418</i:Post><i:AddressPlainText>WEG 1 STADT</i:AddressPlainText>\
    </i:DiplomaticPost></i:Basic><i:Extended/></i:LimitedLegalData>";

#[test]
fn people_found_are_rows() {
    let reply = parse(&whole(&format!("{AT_HOME}\n{ABROAD}")));
    assert_eq!(
        (reply.status, reply.outcome, reply.messages.len()),
        (StatusKind::Ok, Outcome::Data, 0)
    );
    assert_eq!(reply.ticket.as_deref(), Some("ABCD1234EFGH567"));
    let json = serde_json::to_string(&reply.rows[1]).unwrap();
    let expected = concat!(
        r#"{"ordinal":2,"group":"LimitedLegalData","title":"Persons","type":null,"since":null,"until":null,"#,
        r#""text":"PROBE (80020200113, born 2080), WEG 1 STADT, country: 999, diplomatic post: 1418","fields":["#,
        r#"{"path":"Basic/SocialSecurityUser","value":"80020200113"},{"path":"Basic/LastName","value":"PROBE"},"#,
        r#"{"path":"Basic/BirthDate","value":"2080-00-00"},{"path":"Basic/Gender","value":"0"},"#,
        r#"{"path":"Basic/DiplomaticPost/CountryCode","value":"999"},{"path":"Basic/DiplomaticPost/Post","value":"1418"},"#,
        r#"{"path":"Basic/DiplomaticPost/AddressPlainText","value":"WEG 1 STADT"},{"path":"Extended","value":""}]}"#,
    );
    assert_eq!(json, expected);
    let first = &reply.rows[0];
    for (path, value) in [
        ("@origin", "RN_RR"),
        ("Basic/BirthDate", "2080-01-00"),
        ("Basic/Gender/@modificationDate", "2081-00-00"),
        ("Basic/Gender", "2"),
        ("Basic/Address/Municipality/@lang", "nl"),
        ("Basic/Address/Municipality[2]/@lang", "fr"),
        ("Basic/Address/Municipality[2]", "VILLAGE"),
        ("Basic/Address/Street[2]", "STRASSE"),
        ("Extended/DeceaseDate", "2085-02-03"),
    ] {
        assert_eq!(first.field(path), Some(value), "{path}");
    }
    assert_eq!(first.fields.len(), 27);
}

#[test]
fn a_person_reads_it_in_four_languages() {
    for (language, title, text) in [
        (
            Language::Nl,
            "Personen",
            "MUSTER, ANNA BERTA (80010100136, vrouw, geboren 01/2080 te ORT), RUE & CO / STRASSE 12 bus B, 4700 DORP, \
             België, overleden op 03/02/2085, ongehuwd, nationaliteit: Duitsland, register: 2, bron: rijksregister",
        ),
        (
            Language::Fr,
            "Personnes",
            "MUSTER, ANNA BERTA (80010100136, femme, né(e) 01/2080 à ORT), RUE & CO 12 bte B, 4700 VILLAGE, Belgique, \
             décédé(e) le 03/02/2085, célibataire, nationalité: Allemagne, registre: 2, source: registre national",
        ),
        (
            Language::De,
            "Personen",
            "MUSTER, ANNA BERTA (80010100136, weiblich, geboren 01.2080 in ORT), RUE & CO / STRASSE 12 Bk. B, 4700 DORP \
             / VILLAGE, Belgien, verstorben am 03.02.2085, ledig, Staatsangehörigkeit: Deutschland, Register: 2, \
             Quelle: Nationalregister",
        ),
        (
            Language::En,
            "Persons",
            "MUSTER, ANNA BERTA (80010100136, female, born 2080-01 in ORT), RUE & CO / STRASSE 12 box B, 4700 DORP / \
             VILLAGE, Belgium, died on 2085-02-03, single, nationality: Germany, register: 2, source: national register",
        ),
    ] {
        let reply = parse_in(language, &whole(AT_HOME));
        assert_eq!(
            (reply.rows[0].title.as_str(), reply.rows[0].text.as_str()),
            (title, text)
        );
    }
}

#[test]
fn what_is_missing_or_unknown_hides_nothing() {
    let text = |person: &str| {
        let reply = parse(&whole(&format!(
            "<i:LimitedLegalData>{person}</i:LimitedLegalData>"
        )));
        reply.rows[0].text.clone()
    };
    for (person, expected) in [
        ("", ""),
        ("<i:Basic/>", ""),
        ("<i:Basic><i:LastName>A</i:LastName></i:Basic>", "A"),
        (
            "<i:Basic><i:SocialSecurityUser>1</i:SocialSecurityUser><i:Gender>7</i:Gender></i:Basic>",
            "1, 7",
        ),
        (
            "<i:Extended><i:CivilState>25</i:CivilState><i:NationalityCode>998</i:NationalityCode></i:Extended>",
            "civil state: 25, nationality: 998",
        ),
        (
            "<i:Basic><i:BirthDate>some day</i:BirthDate></i:Basic><i:Extended><i:BirthLocationCode>63079\
             </i:BirthLocationCode></i:Extended>",
            "born some day in 63079",
        ),
        (
            "<i:Basic><i:Address><i:MunicipalityCode>63023</i:MunicipalityCode><i:StreetCode>5</i:StreetCode>\
             <i:HouseNumber>1</i:HouseNumber></i:Address></i:Basic>",
            "street 5 1, municipality 63023",
        ),
        (
            "<i:Basic><i:Address><i:Municipality lang=\"xx\">EUPEN</i:Municipality><i:Municipality lang=\"de\">EUPEN\
             </i:Municipality></i:Address></i:Basic>",
            "EUPEN",
        ),
    ] {
        assert_eq!(text(person), expected, "{person}");
    }
    let foreign = AT_HOME.replace("RN_RR", "ELSEWHERE");
    assert!(
        parse(&whole(&foreign)).rows[0]
            .text
            .ends_with("source: ELSEWHERE")
    );
}

#[test]
fn every_return_code_has_its_meaning() {
    use {Outcome as O, StatusKind as S};
    for (code, content, expected) in [
        ("0", found(AT_HOME), (S::Ok, O::Data, 1)),
        ("0", own(""), (S::Ok, O::Empty, 0)),
        ("0", found(""), (S::Ok, O::Empty, 0)),
        ("1", found(AT_HOME), (S::Warnings, O::Data, 1)),
        ("1", own(""), (S::Warnings, O::Empty, 0)),
        ("10000", String::new(), (S::Errors, O::Refused, 0)),
        ("10000", found(AT_HOME), (S::Errors, O::Refused, 1)),
        ("7", found(AT_HOME), (S::Warnings, O::Unknown, 1)),
        ("7", own(""), (S::Errors, O::Unknown, 0)),
        // All went well, and not a word of the service about it: that nobody was found is not said.
        ("0", String::new(), (S::Ok, O::Unknown, 0)),
    ] {
        // The envelope's word counts for less.
        for context in ["0", "1", "10000"] {
            let reply = parse(&document(
                &summary(context, ""),
                &service(&summary(code, ""), &content),
            ));
            assert_eq!(
                (reply.status, reply.outcome, reply.rows.len()),
                expected,
                "{code}"
            );
        }
    }
}

#[test]
fn messages_of_both_levels_are_told_without_the_pointers() {
    let reply = parse(&document(
        &summary("1", &detail("WARNING", "20000001")),
        &service(
            &summary(
                "1",
                &[detail("WARNING", "22007007"), detail("INFORMATION", "10000001")].concat(),
            ),
            &found(AT_HOME),
        ),
    ));
    assert_eq!(reply.codes, ["22007007", "10000001"]);
    assert_eq!((reply.status, reply.messages.len()), (StatusKind::Warnings, 2));
    // An envelope that is refused has no reply of the service.
    let refused = parse(&document(&summary("10000", &detail("ERROR", "31000007")), ""));
    assert_eq!(
        (refused.status, refused.outcome, refused.codes),
        (StatusKind::Errors, Outcome::Refused, vec!["31000007".to_owned()])
    );
}

#[test]
fn what_is_around_the_people_is_told_in_a_message() {
    let inside = format!(
        "<i:Notice a=\"b\">some text</i:Notice><i:SearchResults total=\"2\"><i:More>200</i:More>{AT_HOME}</i:SearchResults>\
         <i:SearchResults>{ABROAD}</i:SearchResults>"
    );
    let reply = parse(&document(
        &summary("0", ""),
        &service(&summary("0", ""), &own(&inside)),
    ));
    let [message] = &reply.messages[..] else {
        panic!("one message")
    };
    assert_eq!((message.severity.as_str(), &message.code), ("INFORMATION", &None));
    let fields: Vec<_> = message
        .fields
        .iter()
        .map(|field| (field.path.as_str(), field.value.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            ("Notice/@a", "b"),
            ("Notice", "some text"),
            ("SearchResults/@total", "2"),
            ("SearchResults/More", "200"),
        ]
    );
    // People of a second list are counted on.
    assert_eq!(
        reply.rows.iter().map(|row| row.ordinal).collect::<Vec<_>>(),
        [1, 2]
    );
}

#[test]
fn another_service_s_reply_is_none_of_ours() {
    let foreign = "<ManageAccessReply><OriginalRequest/></ManageAccessReply>";
    let body = in_string(&document(&summary("0", ""), &service(&summary("0", ""), foreign)));
    let error = identify_person::parse(body.as_bytes(), None, &ParseOptions::new(Language::En)).unwrap_err();
    assert_eq!((error.kind, error.inner), (ParseErrorKind::UnexpectedBody, true));
    let fault = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><e:Fault>\
        <faultcode>e:Server</faultcode><faultstring>No.</faultstring></e:Fault></e:Body></e:Envelope>";
    let fault = identify_person::parse(fault.as_bytes(), None, &ParseOptions::new(Language::En)).unwrap();
    assert_eq!(
        (fault.status, fault.outcome, fault.fault),
        (StatusKind::Errors, Outcome::Fault, true)
    );
}
