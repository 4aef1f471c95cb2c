use proptest::prelude::*;
use relay_runtime::Entropy;
use time::macros::date;

use super::request::{PersonData, QueryRegister};
use super::*;
use crate::connector::{Asked, COMMON, Message as Whole, SERVICE, document};
use crate::exchange::Question as _;
use crate::population::{Found, Population, Ssin};
use crate::registrations::Period;

const USER: &str = "<UserID>80010100136</UserID><Email>a@b</Email><OrgUnit>0212344876</OrgUnit>\
    <MatrixID>17</MatrixID><MatrixSubID>1</MatrixSubID>";
const MESSAGE: &str =
    "<Message><Reference>ours</Reference><TimeRequest>20261123T100000</TimeRequest></Message>";
const PERIOD: &str =
    "<m:Period><c:StartDate>2026-01-01</c:StartDate><c:EndDate>2026-02-28</c:EndDate></m:Period>";
const PROOF: &str =
    "<m:ProofOfAuthentication><m:SISCardNumber>0123456789</m:SISCardNumber></m:ProofOfAuthentication>";

/// A message of this service.
struct Message {
    sender: Sender,
    request: Request,
}

fn message(text: &str) -> Result<Message, String> {
    let read = document::read(text).map_err(|rejected| rejected.violation.to_string())?;
    match read.asked {
        Asked::ManageAccess(request) => Ok(Message {
            sender: read.sender,
            request,
        }),
        Asked::IdentifyPerson(_) | Asked::PerformInvestigation(_) | Asked::Loi65(..) => {
            Err("another service".to_owned())
        }
    }
}

fn document(content: &str) -> Result<Message, String> {
    let text = format!(
        "<SSDNRequest xmlns=\"{SERVICE}\" xmlns:c=\"{COMMON}\" xmlns:m=\"{MANAGE_ACCESS}\">{content}</SSDNRequest>"
    );
    message(&text)
}

fn service_request(content: &str) -> String {
    format!(
        "<ServiceRequest><ServiceId>{SERVICE_ID}</ServiceId><Version>{VERSION}</Version>{content}</ServiceRequest>"
    )
}

fn with_context(context: &str) -> Result<Message, String> {
    let wanted = service_request(&format!(
        "<m:ManageAccessRequest><m:SSIN>80010100136</m:SSIN>{PERIOD}<m:Action>LIST</m:Action>{PROOF}</m:ManageAccessRequest>"
    ));
    document(&format!("<RequestContext>{context}</RequestContext>{wanted}"))
}

fn with_request(request: &str) -> Result<Message, String> {
    let wanted = service_request(&format!(
        "<m:ManageAccessRequest>{request}</m:ManageAccessRequest>"
    ));
    document(&format!(
        "<RequestContext><AuthorizedUser>{USER}</AuthorizedUser>{MESSAGE}</RequestContext>{wanted}"
    ))
}

fn refused(read: Result<Message, String>, part_of_error: &str, what: &str) {
    let error = read.err().unwrap_or_else(|| panic!("taken: {what}"));
    assert!(error.contains(part_of_error), "{error} for {what}");
}

#[test]
fn everything_that_may_be_said_is_read() {
    let read = with_request(&format!(
        "<m:SSIN>80010100136</m:SSIN><m:Purpose> +04 </m:Purpose>{PERIOD}<m:Action> LIST\n</m:Action>\
         <m:Sector>17</m:Sector><m:QueryRegister>SECONDARY</m:QueryRegister><m:ProofOfAuthentication>\
         <m:SISCardNumber>0123456789</m:SISCardNumber><m:IdentityCardNumber>012345678901</m:IdentityCardNumber>\
         <m:PersonData><m:LastName>X</m:LastName><m:FirstName/><m:BirthDate>2080-01-00</m:BirthDate></m:PersonData>\
         </m:ProofOfAuthentication>"
    ))
    .expect("it fits");
    let request = Request {
        ssin: "80010100136".to_owned(),
        purpose: Some(4),
        period: Period {
            start: date!(2026 - 01 - 01),
            end: Some(date!(2026 - 02 - 28)),
        },
        action: AccessAction::List,
        query_register: QueryRegister::One(Register::Secondary),
        person: Some(PersonData {
            last_name: "X".to_owned(),
            first_name: Some(String::new()),
            birth_date: "2080-01-00".to_owned(),
        }),
    };
    let sender = Sender {
        user_id: "80010100136".to_owned(),
        email: "a@b".to_owned(),
        org_unit: "0212344876".to_owned(),
        matrix_id: 17,
        matrix_sub_id: Some(1),
        reference: Some("ours".to_owned()),
        time_request: Some("20261123T100000".to_owned()),
    };
    assert_eq!((read.request, read.sender), (request, sender));
}

#[test]
fn the_context_is_checked() {
    let user = format!("<AuthorizedUser>{USER}</AuthorizedUser>");
    for good in [
        user.clone(),
        format!("{user}<Message/>"),
        user.replace("<MatrixSubID>1</MatrixSubID>", ""),
        user.replace("80010100136", " 80010100136\n"),
    ] {
        assert!(with_context(&good).is_ok(), "{good}");
    }
    let changed = |from: &str, to: &str| user.replace(from, to);
    for (context, part_of_error) in [
        (String::new(), "expected AuthorizedUser, found the end"),
        (
            format!("{MESSAGE}{user}"),
            "expected AuthorizedUser, found Message",
        ),
        (format!("{user}{user}"), "AuthorizedUser is unknown, repeated"),
        (
            format!("{user}<Message><Language>fr</Language></Message>"),
            "Language is unknown",
        ),
        (
            format!("{user}<Message><TimeRequest>2026-11-23T10:00:00</TimeRequest></Message>"),
            "TimeRequest: the value",
        ),
        (
            format!("{user}<Message><TimeRequest>20261123T10:00</TimeRequest></Message>"),
            "TimeRequest: the value",
        ),
        (changed("80010100136", "8001010013"), "UserID: the value"),
        (changed("a@b", ""), "Email: the value"),
        (changed("a@b", "@b"), "Email: the value"),
        (
            changed("<OrgUnit>0212344876</OrgUnit>", ""),
            "expected OrgUnit, found MatrixID",
        ),
        (changed("0212344876", "212344876"), "OrgUnit: the value"),
        (
            changed("<MatrixID>17", "<MatrixID>seventeen"),
            "MatrixID: the value",
        ),
        (
            changed("<Email>a@b</Email>", "<Email xmlns=\"\">a@b</Email>"),
            "found Email of another namespace",
        ),
        (
            changed("<UserID>", "<UserID a=\"1\">"),
            "attribute a is not allowed",
        ),
    ] {
        refused(with_context(&context), part_of_error, &context);
    }
}

#[test]
fn the_envelope_holds_one_request_to_this_service() {
    let context = format!("<RequestContext><AuthorizedUser>{USER}</AuthorizedUser></RequestContext>");
    let inner = format!(
        "<m:ManageAccessRequest><m:SSIN>80010100136</m:SSIN>{PERIOD}<m:Action>LIST</m:Action>{PROOF}</m:ManageAccessRequest>"
    );
    let wanted = service_request(&inner);
    assert!(document(&format!("{context}{wanted}")).is_ok());
    for (content, part_of_error) in [
        (wanted.clone(), "expected RequestContext"),
        (context.clone(), "expected ServiceRequest, found the end"),
        (
            format!("{context}{wanted}{wanted}"),
            "ServiceRequest is unknown, repeated",
        ),
        (
            format!("{context}{}", wanted.replace(SERVICE_ID, "OCMWCPASWet65")),
            "ServiceId: the value",
        ),
        (
            format!("{context}{}", wanted.replace(VERSION, "2005093")),
            "Version: the value",
        ),
        (
            format!("{context}{}", wanted.replace(VERSION, "20060101")),
            "Version: the value",
        ),
        (
            format!("{context}{}", service_request("")),
            "expected ManageAccessRequest, found the end",
        ),
        (
            format!("{context}{}", wanted.replace("m:Manage", "Manage")),
            "found ManageAccessRequest of another namespace",
        ),
        (
            format!("{context}{}", service_request(&format!("{inner}<c:SSIN/>"))),
            "SSIN of another namespace is unknown",
        ),
    ] {
        refused(document(&content), part_of_error, &content);
    }
    let other = format!("<SSDNReply xmlns=\"{SERVICE}\"/>");
    for text in ["", "no XML", "<SSDNRequest/>", other.as_str()] {
        assert!(message(text).is_err(), "{text}");
    }
}

#[test]
fn the_request_is_checked() {
    let good = format!(
        "<m:SSIN>80010100136</m:SSIN><m:Purpose>1</m:Purpose>{PERIOD}<m:Action>REGISTER</m:Action>{PROOF}"
    );
    assert!(with_request(&good).is_ok());
    let end = "<c:EndDate>2026-02-28</c:EndDate>";
    assert!(with_request(&good.replace(end, "")).is_ok());
    assert!(with_request(&good.replace("2026-02-28", " 2026-02-28+01:00 ")).is_ok());
    assert!(with_request(&good.replace("2026-02-28", "2026-01-01")).is_ok());
    let data = |inner: &str| format!("<m:PersonData>{inner}</m:PersonData>");
    let card = "<m:SISCardNumber>0123456789</m:SISCardNumber>";
    for (from, to, part_of_error) in [
        ("<m:SSIN>80010100136</m:SSIN>", "", "expected SSIN, found Purpose"),
        ("80010100136", "800101-001.36", "SSIN: the value"),
        ("80010100136", "8001010013６", "SSIN: the value"),
        ("<m:Purpose>1</m:Purpose>", "", "Action: a purpose is mandatory"),
        ("<m:Purpose>1", "<m:Purpose>1.5", "Purpose: the value"),
        ("<m:Purpose>1", "<m:Purpose>", "Purpose: the value"),
        (PERIOD, "", "expected Period, found Action"),
        (
            "c:StartDate",
            "m:StartDate",
            "found StartDate of another namespace",
        ),
        (
            "<c:StartDate>2026-01-01</c:StartDate>",
            "",
            "expected StartDate, found EndDate",
        ),
        ("2026-01-01", "2026-1-1", "StartDate: the value"),
        ("2026-01-01", "2026-02-29", "StartDate: the value"),
        ("2026-01-01", "20260101", "StartDate: the value"),
        ("2026-02-28", "2025-12-31", "EndDate: is before StartDate"),
        ("REGISTER", "register", "Action: the value"),
        ("REGISTER", "ALL", "Action: the value"),
        (PROOF, "", "expected ProofOfAuthentication, found the end"),
        (card, "", "ProofOfAuthentication: at least one part"),
        ("0123456789", "012345678", "SISCardNumber: the value"),
        (
            card,
            "<m:IdentityCardNumber>0123456789</m:IdentityCardNumber>",
            "IdentityCardNumber: the value",
        ),
        (card, &data(""), "expected LastName, found the end"),
        (
            card,
            &data("<m:LastName>X</m:LastName>"),
            "expected BirthDate, found the end",
        ),
        (
            card,
            &data("<m:LastName>X</m:LastName><m:BirthDate>2080-20-01</m:BirthDate>"),
            "BirthDate: the value",
        ),
        (
            card,
            &data("<m:LastName>X</m:LastName><m:BirthDate>0080-01-01</m:BirthDate>"),
            "BirthDate: the value",
        ),
        (
            "</m:Action>",
            "</m:Action><m:Sector>x</m:Sector>",
            "Sector: the value",
        ),
        (
            "</m:Action>",
            "</m:Action><m:QueryRegister>ANY</m:QueryRegister>",
            "QueryRegister: the value",
        ),
        (
            "<m:Action>",
            "<m:Extra/><m:Action>",
            "expected Action, found Extra",
        ),
    ] {
        refused(
            with_request(&good.replace(from, to)),
            part_of_error,
            &format!("{from} as {to}"),
        );
    }
}

#[test]
fn tickets_are_fifteen_capitals_and_digits() {
    let ticket = Whole::ticket(&Entropy::seeded(1));
    assert_eq!(ticket.len(), 15);
    assert!(
        ticket
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    );
}

#[test]
fn a_proof_holds_when_every_part_does() {
    let population = Population::generate(1, 200);
    let person = population
        .people()
        .iter()
        .find(|person| person.first_names.len() > 1)
        .expect("somebody with two first names");
    let born = person.born.to_string();
    let holds = |last_name: &str, first_name: Option<&str>, birth_date: &str| {
        let data = PersonData {
            last_name: last_name.to_owned(),
            first_name: first_name.map(str::to_owned),
            birth_date: birth_date.to_owned(),
        };
        let mut request = with_request(&format!(
            "<m:SSIN>{}</m:SSIN>{PERIOD}<m:Action>LIST</m:Action>{PROOF}",
            person.ssin
        ))
        .expect("it fits")
        .request;
        assert_eq!(decide(&population, &request), Ok(()), "a card always holds");
        request.person = Some(data);
        decide(&population, &request).is_ok()
    };
    let (first, second) = (person.first_names[0], person.first_names[1]);
    assert!(holds(&person.last_name.to_lowercase(), None, &born));
    assert!(holds(
        &format!(" {} ", person.last_name.to_uppercase()),
        Some(second),
        &born
    ));
    assert!(holds(
        person.last_name,
        Some(&format!("{first} {second}")),
        &format!("{}-00", &born[..7])
    ));
    assert!(holds(
        person.last_name,
        Some(""),
        &format!("{}-00-00", &born[..4])
    ));
    assert!(!holds("Somebody", None, &born));
    assert!(!holds("", None, &born));
    assert!(!holds(person.last_name, Some("Nobody"), &born));
    assert!(!holds(person.last_name, None, "2079-00-00"));
    assert!(matches!(population.find(person.ssin), Some(Found::Person(_))));
}

#[test]
fn numbers_not_in_force_are_refused() {
    let population = Population::generate(1, 200);
    let code = |ssin: &str| {
        let read = with_request(&format!(
            "<m:SSIN>{ssin}</m:SSIN>{PERIOD}<m:Action>LIST</m:Action>{PROOF}"
        ));
        decide(&population, &read.expect("it fits").request).map_err(|finding| finding.code)
    };
    let replaced = population.people().iter().find_map(|person| person.former_ssin);
    let replaced: Ssin = replaced.expect("somebody with a former number");
    assert_eq!(code(&replaced.to_string()), Err("31001002".into()));
    assert_eq!(code("85073003357"), Err("31001001".into()));
    assert_eq!(code("85073003356"), Err("31001004".into()));
}

proptest! {
    /// Cutting, doubling or replacing any part of a good document makes no panic, and what is taken fits its types.
    #[test]
    fn a_mangled_document_is_taken_rightly_or_refused(
        from in 0_usize..1200,
        length in 0_usize..80,
        insert in "[<>/a-z0-9 &;\"]{0,12}",
    ) {
        let inner = format!(
            "<m:ManageAccessRequest><m:SSIN>80010100136</m:SSIN><m:Purpose>1</m:Purpose>{PERIOD}\
             <m:Action>REGISTER</m:Action>{PROOF}</m:ManageAccessRequest>"
        );
        let good = format!(
            "<SSDNRequest xmlns=\"{SERVICE}\" xmlns:c=\"{COMMON}\" xmlns:m=\"{MANAGE_ACCESS}\"><RequestContext>\
             <AuthorizedUser>{USER}</AuthorizedUser>{MESSAGE}</RequestContext>{}</SSDNRequest>",
            service_request(&inner)
        );
        prop_assert!(message(&good).is_ok());
        let from = from.min(good.len());
        let to = (from + length).min(good.len());
        let mangled = format!("{}{insert}{}", &good[..from], &good[to..]);
        if let Ok(Message { sender, request }) = message(&mangled) {
            prop_assert_eq!((request.ssin.len(), sender.user_id.len(), sender.org_unit.len()), (11, 11, 10));
            prop_assert!(request.purpose.is_some() || request.action == AccessAction::List);
            prop_assert!(request.period.end.is_none_or(|end| request.period.start <= end));
        }
    }
}
