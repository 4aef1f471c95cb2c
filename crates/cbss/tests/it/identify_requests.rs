//! What goes out to IdentifyPerson: byte by byte, refusals by name, and by the official schemas.

use relay_cbss::{BuildError, ClassicContext, identify_person};
use relay_domain::IncompleteDate;
use relay_domain::identify_person::{
    ByNumber, Gender, IdentifyPerson, PersonData, PhoneticCriteria, Search, Verification,
};

use crate::classic_requests::field;
use crate::support::{
    SSIN, assert_xmllint, by_name, by_number, classic_context, criteria, reference_dir, xmllint_is_there,
};

const NAMESPACE: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/IdentifyPerson";

/// The service's own part of a document.
pub(crate) fn own(document: &str) -> String {
    let (_, own) = document
        .split_once(
            "<ssdn:ServiceId>OCMWCPASIdentifyPerson</ssdn:ServiceId><ssdn:Version>20050930</ssdn:Version>",
        )
        .unwrap();
    own.split_once("</ssdn:ServiceRequest>").unwrap().0.to_owned()
}

fn built(request: &IdentifyPerson) -> String {
    own(&identify_person::build_inner(request, &classic_context()).unwrap())
}

#[test]
fn the_bytes_are_these() {
    let number = format!(
        "<identify:IdentifyPersonRequest xmlns:identify=\"{NAMESPACE}\"><identify:SearchCriteria><identify:SSIN>{SSIN}\
         </identify:SSIN></identify:SearchCriteria><identify:VerificationData><identify:SISCardNumber>1234567890\
         </identify:SISCardNumber><identify:IdentityCardNumber>123456789012</identify:IdentityCardNumber>\
         <identify:PersonData><identify:LastName>Muster</identify:LastName><identify:FirstName>Anna\
         </identify:FirstName><identify:MiddleName>Berta</identify:MiddleName><identify:BirthDate>2080-01-00\
         </identify:BirthDate></identify:PersonData></identify:VerificationData></identify:IdentifyPersonRequest>"
    );
    assert_eq!(built(&by_number()), number);
    let name = format!(
        "<identify:IdentifyPersonRequest xmlns:identify=\"{NAMESPACE}\"><identify:SearchCriteria>\
         <identify:PhoneticCriteria><identify:LastName>Muster</identify:LastName><identify:FirstName>Anna\
         </identify:FirstName><identify:MiddleName>Berta</identify:MiddleName><identify:BirthDate>2080-01-00\
         </identify:BirthDate><identify:Gender>2</identify:Gender><identify:Tolerance>3</identify:Tolerance>\
         <identify:Maximum>80</identify:Maximum></identify:PhoneticCriteria></identify:SearchCriteria>\
         </identify:IdentifyPersonRequest>"
    );
    assert_eq!(built(&by_name(criteria())), name);
    let call = identify_person::build(&by_name(criteria()), &classic_context()).unwrap();
    // Escaped once, exactly.
    let escaped = name.replace('<', "&lt;").replace('>', "&gt;");
    assert!(std::str::from_utf8(&call.body).unwrap().contains(&escaped));
    assert_eq!(
        call.soap_action,
        "http://ksz-bcss.fgov.be/connectors/WebServiceConnector/sendXML"
    );
}

#[test]
fn what_is_not_known_is_not_sent() {
    let least = by_name(PhoneticCriteria {
        last_name: "  de\t la\n Muster ".to_owned(),
        first_name: None,
        middle_name: None,
        birth_date: IncompleteDate::new(2080, 1, 1),
        gender: None,
        tolerance: None,
        maximum: None,
    });
    let sent = built(&least);
    assert!(
        sent.contains("<identify:LastName>de la Muster</identify:LastName><identify:BirthDate>2080-01-01<")
    );
    for absent in [
        "FirstName",
        "MiddleName",
        "Gender",
        "Tolerance",
        "Maximum",
        "SSIN",
        "></identify:BirthDate>",
    ] {
        assert!(!sent.contains(absent), "{absent}");
    }
    let unknown = by_name(PhoneticCriteria {
        gender: Some(Gender::Unknown),
        tolerance: Some(0),
        ..criteria()
    });
    assert!(built(&unknown).contains("<identify:Gender>0</identify:Gender><identify:Tolerance>0<"));
    let plain = number(None);
    assert!(built(&plain).ends_with("</identify:SearchCriteria></identify:IdentifyPersonRequest>"));
}

pub(crate) fn number(verification: Option<Verification>) -> IdentifyPerson {
    let ssin = relay_domain::Ssin::parse(SSIN, relay_domain::SsinCheck::Warn).unwrap();
    IdentifyPerson {
        search: Search::Number(ByNumber { ssin, verification }),
        ..by_number()
    }
}

fn verified(last: &str, first: Option<&str>, middle: Option<&str>, birth: &str) -> IdentifyPerson {
    number(Some(Verification {
        person_data: Some(PersonData {
            last_name: last.to_owned(),
            first_name: first.map(str::to_owned),
            middle_name: middle.map(str::to_owned),
            birth_date: birth.parse().unwrap(),
        }),
        ..Verification::default()
    }))
}

#[test]
fn what_is_forbidden_is_refused_by_name() {
    let card = |sis: Option<&str>, identity: Option<&str>| {
        number(Some(Verification {
            sis_card_number: sis.map(str::to_owned),
            identity_card_number: identity.map(str::to_owned),
            person_data: None,
        }))
    };
    let with = |change: &dyn Fn(&mut PhoneticCriteria)| {
        let mut changed = criteria();
        change(&mut changed);
        by_name(changed)
    };
    let day = |text: &str| text.parse::<IncompleteDate>().unwrap();
    let mut cases = vec![
        ("VerificationData", card(None, None)),
        ("SISCardNumber", card(Some("123456789"), None)),
        ("SISCardNumber", card(Some("123456789٣"), None)),
        ("IdentityCardNumber", card(None, Some("12345678901x"))),
        ("LastName", verified(" \t", None, None, "2080-01-01")),
        ("FirstName", verified("a", Some(""), None, "2080-01-01")),
        ("MiddleName", verified("a", None, Some("\u{0}"), "2080-01-01")),
        ("BirthDate", verified("a", None, None, "3000-01-01")),
        ("LastName", with(&|asked| asked.last_name = String::new())),
        (
            "LastName",
            with(&|asked| asked.last_name = "a\u{FFFE}".to_owned()),
        ),
        (
            "FirstName",
            with(&|asked| asked.first_name = Some("\u{1}".to_owned())),
        ),
        (
            "MiddleName",
            with(&|asked| asked.middle_name = Some(" ".to_owned())),
        ),
        ("Tolerance", with(&|asked| asked.tolerance = None)),
        ("Maximum", with(&|asked| asked.maximum = Some(0))),
        ("Maximum", with(&|asked| asked.maximum = Some(81))),
    ];
    for birth in [
        "0999-01-01",
        "2080-13-01",
        "2080-00-07",
        "2080-01-32",
        "0000-00-00",
    ] {
        cases.push(("BirthDate", with(&|asked| asked.birth_date = day(birth))));
    }
    for (expected, request) in cases {
        let error = identify_person::build(&request, &classic_context()).unwrap_err();
        let problems = identify_person::problems(&request);
        assert_eq!((field(&error), problems), (expected, vec![error]));
    }
    // A complete date needs no tolerance; a register's own impossible birthday has to be repeated as it is.
    for birth in ["2080-01-01", "2080-02-31"] {
        let exact = with(&|asked| {
            asked.birth_date = day(birth);
            asked.tolerance = None;
        });
        assert!(
            identify_person::build(&exact, &classic_context()).is_ok(),
            "{birth}"
        );
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let all_wrong = by_name(PhoneticCriteria {
        last_name: "secret\u{1}".to_owned(),
        first_name: Some(" ".to_owned()),
        middle_name: Some("\u{2}".to_owned()),
        birth_date: IncompleteDate::new(3080, 1, 0),
        gender: None,
        tolerance: None,
        maximum: Some(255),
    });
    let problems = identify_person::problems(&all_wrong);
    assert_eq!(
        problems.iter().map(field).collect::<Vec<_>>(),
        [
            "LastName",
            "FirstName",
            "MiddleName",
            "BirthDate",
            "Tolerance",
            "Maximum"
        ]
    );
    let position = |problem: &BuildError| match problem {
        BuildError::ForbiddenCharacter { position, .. } => Some(*position),
        BuildError::Facet { .. } => None,
    };
    assert_eq!(position(&problems[0]), Some(7));
    let told: String = problems.iter().map(ToString::to_string).collect();
    assert!(!told.contains("secret") && !told.contains("3080"), "{told}");
}

#[test]
fn debug_shows_nobody() {
    let call = identify_person::build(&by_name(criteria()), &classic_context()).unwrap();
    let shown = format!("{call:?} {:?} {:?}", by_number(), by_name(criteria()));
    for secret in [SSIN, "Muster", "Anna", "2080", "1234567890"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_official_schemas_agree() {
    let test = "identify_requests::the_official_schemas_agree";
    let Some(folder) = reference_dir(test) else { return };
    if !xmllint_is_there(test) {
        return;
    }
    let envelope = folder.join("xsd/SSDN/Service/SSDNRequest.xsd");
    let service = folder.join("xsd/SSDN/OCMW_CPAS/IdentifyPerson/NamespaceRoot.xsd");
    let work = tempfile::tempdir().unwrap();
    let file = work.path().join("request.xml");
    let hostile = "&<>\"' é𝄞]]>\u{85}".repeat(3);
    let context = ClassicContext {
        reference: &hostile,
        ..classic_context()
    };
    for request in [by_number(), by_name(criteria()), number(None)] {
        let document = identify_person::build_inner(&request, &context).unwrap();
        assert_xmllint(&envelope, &file, &document, true);
        assert_xmllint(&service, &file, &own(&document), true);
    }
    // The checks can fail.
    let good = built(&by_name(criteria()));
    for (from, to) in [
        ("<identify:Maximum>80", "<identify:Maximum>81"),
        ("2080-01-00", "2080-01"),
    ] {
        assert_xmllint(&service, &file, &good.replace(from, to), false);
    }
}
