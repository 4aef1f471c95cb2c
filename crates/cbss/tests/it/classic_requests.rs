//! What goes out to the classic generation: two layers, byte by byte and by the official schemas.

use relay_cbss::{BuildError, ClassicContext, manage_access, ssdn};
use relay_domain::manage_access::{AccessAction, PersonData, Proof, QueryRegister};
use relay_domain::{IncompleteDate, ManageAccess};
use time::macros::datetime;

use crate::support::{access, assert_xmllint, classic_context, reference_dir, xmllint_is_there};

const INNER: &str = concat!(
    "<ssdn:SSDNRequest xmlns:ssdn=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/Service\"><ssdn:RequestContext>",
    "<ssdn:AuthorizedUser><ssdn:UserID>80020200113</ssdn:UserID><ssdn:Email>relay@centre.example</ssdn:Email>",
    "<ssdn:OrgUnit>0200000000</ssdn:OrgUnit><ssdn:MatrixID>17</ssdn:MatrixID>",
    "<ssdn:MatrixSubID>1</ssdn:MatrixSubID></ssdn:AuthorizedUser><ssdn:Message>",
    "<ssdn:Reference>0195b5ac-7b1e-7000-8000-00805f9b34fb</ssdn:Reference>",
    "<ssdn:TimeRequest>20261123T160509</ssdn:TimeRequest></ssdn:Message></ssdn:RequestContext>",
    "<ssdn:ServiceRequest><ssdn:ServiceId>OCMWCPASManageAccess</ssdn:ServiceId>",
    "<ssdn:Version>20050930</ssdn:Version><manage:ManageAccessRequest ",
    "xmlns:manage=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/ManageAccess\" ",
    "xmlns:common=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/Common\"><manage:SSIN>80010100136</manage:SSIN>",
    "<manage:Purpose>1</manage:Purpose><manage:Period><common:StartDate>2081-02-03</common:StartDate>",
    "<common:EndDate>2081-04-05</common:EndDate></manage:Period><manage:Action>REGISTER</manage:Action>",
    "<manage:ProofOfAuthentication><manage:PersonData><manage:LastName>Muster</manage:LastName>",
    "<manage:FirstName>Anna</manage:FirstName><manage:BirthDate>2080-01-01</manage:BirthDate>",
    "</manage:PersonData></manage:ProofOfAuthentication></manage:ManageAccessRequest></ssdn:ServiceRequest>",
    "</ssdn:SSDNRequest>",
);

#[test]
fn the_bytes_are_these() {
    let inner = manage_access::build_inner(&access(AccessAction::Register), &classic_context()).unwrap();
    assert_eq!(inner, INNER);
    let call = manage_access::build(&access(AccessAction::Register), &classic_context()).unwrap();
    let escaped = INNER.replace('<', "&lt;").replace('>', "&gt;");
    assert_eq!(
        std::str::from_utf8(&call.body).unwrap(),
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope \
             xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body><svc:xmlString \
             xmlns:svc=\"http://ksz-bcss.fgov.be/connectors/WebServiceConnector\">{escaped}</svc:xmlString>\
             </soapenv:Body></soapenv:Envelope>"
        )
    );
    assert_eq!(
        (call.soap_action, call.content_type),
        (
            "http://ksz-bcss.fgov.be/connectors/WebServiceConnector/sendXML",
            "text/xml; charset=utf-8"
        )
    );
}

/// The request with all that a list may have.
fn list() -> ManageAccess {
    ManageAccess {
        purpose: None,
        end_date: None,
        sector: Some(17),
        query_register: Some(QueryRegister::All),
        proof: Proof {
            sis_card_number: Some("1234567890".to_owned()),
            identity_card_number: Some("123456789012".to_owned()),
            person_data: Some(PersonData {
                last_name: "  de\t la\n Muster ".to_owned(),
                first_name: None,
                birth_date: IncompleteDate::new(2080, 0, 0),
            }),
        },
        ..access(AccessAction::List)
    }
}

#[test]
fn only_a_list_names_sector_and_register() {
    let inner = manage_access::build_inner(&list(), &classic_context()).unwrap();
    for part in [
        "</manage:SSIN><manage:Period><common:StartDate>2081-02-03</common:StartDate></manage:Period>",
        "<manage:Action>LIST</manage:Action><manage:Sector>17</manage:Sector>\
         <manage:QueryRegister>ALL</manage:QueryRegister><manage:ProofOfAuthentication>\
         <manage:SISCardNumber>1234567890</manage:SISCardNumber>\
         <manage:IdentityCardNumber>123456789012</manage:IdentityCardNumber><manage:PersonData>\
         <manage:LastName>de la Muster</manage:LastName><manage:BirthDate>2080-00-00</manage:BirthDate>",
    ] {
        assert!(inner.contains(part), "{part}");
    }
    for action in [AccessAction::Register, AccessAction::Unregister] {
        let change = ManageAccess {
            action,
            purpose: Some(902),
            ..list()
        };
        let inner = manage_access::build_inner(&change, &classic_context()).unwrap();
        assert!(inner.contains(&format!(
            "<manage:Action>{}</manage:Action><manage:Proof",
            action.as_str()
        )));
    }
}

pub(crate) fn field(error: &BuildError) -> &'static str {
    match error {
        BuildError::Facet { field, .. } | BuildError::ForbiddenCharacter { field, .. } => field,
    }
}

#[test]
fn what_is_forbidden_in_a_context_is_refused_by_name() {
    let refused = |context: ClassicContext<'_>| {
        let problems = ssdn::problems(&context);
        let error = manage_access::build(&list(), &context).unwrap_err();
        assert_eq!(problems, [error]);
        field(&error)
    };
    let context = classic_context();
    for user_id in [
        "",
        "8002020011",
        "800202001131",
        "8002020011x",
        "８００２０２００１６１",
    ] {
        assert_eq!(refused(ClassicContext { user_id, ..context }), "UserID");
    }
    let long = format!("{}@x", "é".repeat(99));
    for email in ["", "@", "a@", "@a", "a b", " a@\n", &long[..], "a\u{1}@b"] {
        assert_eq!(refused(ClassicContext { email, ..context }), "Email", "{email}");
    }
    for cbe_number in ["", "020000000", "020000000x"] {
        assert_eq!(
            refused(ClassicContext {
                cbe_number,
                ..context
            }),
            "OrgUnit"
        );
    }
    for reference in ["", " \n", "a\u{FFFE}"] {
        assert_eq!(refused(ClassicContext { reference, ..context }), "Reference");
    }
    for sent_at in [datetime!(0999-12-31 23:59 UTC), datetime!(3000-01-01 00:00 UTC)] {
        assert_eq!(refused(ClassicContext { sent_at, ..context }), "TimeRequest");
    }
    // In UTC it is still 2999.
    let sent_at = datetime!(3000-01-01 00:30 +1);
    assert!(manage_access::build(&list(), &ClassicContext { sent_at, ..context }).is_ok());
    let longest = format!("{}@x", "é".repeat(98));
    for email in ["@@@", " a@b ", &longest[..]] {
        assert!(
            manage_access::build(&list(), &ClassicContext { email, ..context }).is_ok(),
            "{email}"
        );
    }
}

#[test]
fn what_is_forbidden_in_a_request_is_refused_by_name() {
    let good = access(AccessAction::Register);
    let date = |text: &str| text.parse::<IncompleteDate>().unwrap();
    let person = |last: &str, first: Option<&str>, birth: &str| Proof {
        person_data: Some(PersonData {
            last_name: last.to_owned(),
            first_name: first.map(str::to_owned),
            birth_date: date(birth),
        }),
        ..Proof::default()
    };
    let card = |sis: Option<&str>, identity: Option<&str>| Proof {
        sis_card_number: sis.map(str::to_owned),
        identity_card_number: identity.map(str::to_owned),
        person_data: None,
    };
    let with = |change: &dyn Fn(&mut ManageAccess)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let mut cases = vec![
        ("Purpose", with(&|request| request.purpose = None)),
        (
            "ProofOfAuthentication",
            with(&|request| request.proof = Proof::default()),
        ),
        (
            "EndDate",
            with(&|request| request.end_date = Some(date("2081-02-02"))),
        ),
        (
            "EndDate",
            with(&|request| request.end_date = Some(date("2081-12-00"))),
        ),
        (
            "SISCardNumber",
            with(&|request| request.proof = card(Some("123456789"), None)),
        ),
        (
            "SISCardNumber",
            with(&|request| request.proof = card(Some("123456789٣"), None)),
        ),
        (
            "IdentityCardNumber",
            with(&|request| request.proof = card(None, Some("12345678901x"))),
        ),
        (
            "LastName",
            with(&|request| request.proof = person(" \t", None, "2080-01-01")),
        ),
        (
            "LastName",
            with(&|request| request.proof = person("a\u{0}", None, "2080-01-01")),
        ),
        (
            "FirstName",
            with(&|request| request.proof = person("a", Some(""), "2080-01-01")),
        ),
    ];
    for start in [
        "2081-02-29",
        "2081-02-00",
        "2081-00-00",
        "0000-01-01",
        "2081-13-01",
    ] {
        let request = with(&|request| {
            request.start_date = date(start);
            request.end_date = None;
        });
        cases.push(("StartDate", request));
    }
    for birth in [
        "0999-01-01",
        "3000-01-01",
        "2080-13-01",
        "2080-00-07",
        "2080-01-32",
        "0000-00-00",
    ] {
        cases.push((
            "BirthDate",
            with(&|request| request.proof = person("a", None, birth)),
        ));
    }
    for (expected, request) in cases {
        let error = manage_access::build(&request, &classic_context()).unwrap_err();
        assert_eq!(
            (field(&error), manage_access::problems(&request)),
            (expected, vec![error])
        );
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let date = |text: &str| text.parse::<IncompleteDate>().unwrap();
    let person = |last: &str, birth: &str| Proof {
        person_data: Some(PersonData {
            last_name: last.to_owned(),
            first_name: None,
            birth_date: date(birth),
        }),
        ..Proof::default()
    };
    let all_wrong = ManageAccess {
        purpose: None,
        start_date: date("2081-02-30"),
        proof: Proof {
            sis_card_number: Some("secret".to_owned()),
            ..person("", "2080-00-01")
        },
        ..access(AccessAction::Register)
    };
    let problems = manage_access::problems(&all_wrong);
    assert_eq!(
        problems.iter().map(field).collect::<Vec<_>>(),
        ["Purpose", "StartDate", "SISCardNumber", "LastName", "BirthDate"]
    );
    assert!(
        problems
            .iter()
            .all(|problem| !problem.to_string().contains("secret"))
    );
    // A register's own impossible birthday has to be repeated as it is.
    let odd = ManageAccess {
        proof: person("a", "2080-02-31"),
        ..access(AccessAction::Register)
    };
    assert!(manage_access::build(&odd, &classic_context()).is_ok());
}

#[test]
fn debug_shows_nobody() {
    let call = manage_access::build(&list(), &classic_context()).unwrap();
    let shown = format!("{call:?} {:?}", classic_context());
    for secret in ["80010100136", "80020200113", "centre.example", "Muster"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_official_schemas_agree() {
    let test = "the_official_schemas_agree";
    let Some(folder) = reference_dir(test) else { return };
    if !xmllint_is_there(test) {
        return;
    }
    let envelope = folder.join("xsd/SSDN/Service/SSDNRequest.xsd");
    let service = folder.join("xsd/SSDN/OCMW_CPAS/ManageAccess/NamespaceRoot.xsd");
    let work = tempfile::tempdir().unwrap();
    let hostile = "&<>\"' é𝄞]]>\u{85}".repeat(3);
    let mut requests = vec![list()];
    for action in AccessAction::ALL {
        requests.push(access(action));
        for proof in [
            Proof {
                person_data: None,
                ..list().proof
            },
            Proof {
                person_data: Some(PersonData {
                    last_name: hostile.clone(),
                    first_name: Some(hostile.clone()),
                    birth_date: IncompleteDate::new(1000, 12, 0),
                }),
                ..Proof::default()
            },
        ] {
            requests.push(ManageAccess {
                action,
                purpose: Some(u16::MAX),
                end_date: None,
                proof,
                ..list()
            });
        }
    }
    let longest = format!("{}@<&>", "é".repeat(96));
    let own = |document: &str| {
        let (_, own) = document
            .split_once("<ssdn:Version>20050930</ssdn:Version>")
            .unwrap();
        own.split_once("</ssdn:ServiceRequest>").unwrap().0.to_owned()
    };
    for (index, request) in requests.iter().enumerate() {
        for (email, reference) in [("a@b", "1"), (&longest[..], &hostile[..])] {
            let context = ClassicContext {
                email,
                reference,
                ..classic_context()
            };
            let document = manage_access::build_inner(request, &context).unwrap();
            let file = work.path().join(format!("{index}.xml"));
            assert_xmllint(&envelope, &file, &document, true);
            assert_xmllint(&service, &file, &own(&document), true);
        }
    }
    // The checks can fail.
    let file = work.path().join("broken.xml");
    assert_xmllint(
        &envelope,
        &file,
        &INNER.replace("80020200113", "8002020011"),
        false,
    );
    let foreign = own(INNER).replace("common:StartDate", "manage:StartDate");
    assert_xmllint(&service, &file, &foreign, false);
}
