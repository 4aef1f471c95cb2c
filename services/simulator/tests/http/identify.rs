//! IdentifyPerson over a real socket: by number, by name, and what refuses a message.

use crate::common::Running;
use crate::dialect::{Answer, sent};
use relay_simulator::connector::SERVICE;
use relay_simulator::identifyperson::{IDENTIFY_PERSON, SERVICE_ID, VERSION};
use serde_json::{Value, json};

/// A document around criteria and whatever follows them.
pub(crate) fn document(criteria: &str, more: &str) -> String {
    format!(
        "<SSDNRequest xmlns=\"{SERVICE}\"><RequestContext><AuthorizedUser><UserID>80010100136</UserID>\
         <Email>office@example.org</Email><OrgUnit>0212344876</OrgUnit><MatrixID>17</MatrixID></AuthorizedUser><Message>\
         <Reference>our-reference</Reference></Message></RequestContext><ServiceRequest><ServiceId>{SERVICE_ID}</ServiceId>\
         <Version>{VERSION}</Version><i:IdentifyPersonRequest xmlns:i=\"{IDENTIFY_PERSON}\"><i:SearchCriteria>{criteria}\
         </i:SearchCriteria>{more}</i:IdentifyPersonRequest></ServiceRequest></SSDNRequest>"
    )
}

pub(crate) fn number(ssin: &str) -> String {
    format!("<i:SSIN>{ssin}</i:SSIN>")
}

pub(crate) fn name(last_name: &str, birth_date: &str, more: &str) -> String {
    format!(
        "<i:PhoneticCriteria><i:LastName>{last_name}</i:LastName><i:BirthDate>{birth_date}</i:BirthDate>{more}\
         </i:PhoneticCriteria>"
    )
}

pub(crate) fn verified(last_name: &str, birth_date: &str) -> String {
    format!(
        "<i:VerificationData><i:PersonData><i:LastName>{last_name}</i:LastName><i:BirthDate>{birth_date}</i:BirthDate>\
         </i:PersonData></i:VerificationData>"
    )
}

pub(crate) async fn ask(simulator: &Running, document: &str) -> Answer {
    let reply = simulator.call(&sent(document)).await.expect("a reply");
    assert_eq!(reply.status, 200);
    Answer::of(&reply)
}

/// Somebody: number, last name, birth date.
pub(crate) async fn somebody(simulator: &Running) -> [String; 3] {
    let (_, people) = simulator.control("GET", "/_sim/people?limit=1", "").await;
    ["ssin", "last_name", "birth_date"].map(|member| people[0][member].as_str().expect("a text").to_owned())
}

async fn last_entry(simulator: &Running) -> Value {
    simulator.ledger().await.pop().expect("an entry")
}

#[tokio::test]
async fn a_number_is_one_person_and_verification_tells_more() {
    let simulator = Running::start(|_| {}).await;
    let [ssin, last_name, born] = somebody(&simulator).await;
    let by_number = number(&ssin);
    for (criteria, more, code, ok, extended) in [
        (by_number.clone(), String::new(), None, "YES", false),
        (
            by_number.clone(),
            verified(&last_name, &born),
            Some("12007001"),
            "YES",
            true,
        ),
        (
            by_number.clone(),
            verified("Nobody", &born),
            Some("22007007"),
            "WARNING",
            false,
        ),
        (
            format!("{by_number}{}", name("Nobody", "2080-00-00", "")),
            String::new(),
            Some("21007001"),
            "WARNING",
            false,
        ),
    ] {
        let answer = ask(&simulator, &document(&criteria, &more)).await;
        assert_eq!(answer.ok(), [ok, ok], "{code:?}");
        assert_eq!(answer.all("c:ReasonCode").last().copied(), code);
        let pointer = (ok == "WARNING").then_some("20000001");
        assert_eq!(
            answer.all("c:ReasonCode").contains(&"20000001"),
            pointer.is_some()
        );
        assert_eq!(answer.all("i:SocialSecurityUser"), [ssin.as_str()]);
        assert_eq!(answer.all("i:LastName"), [last_name.as_str()]);
        assert_eq!(answer.0.contains("<i:Extended>"), extended);
        let entry = last_entry(&simulator).await;
        let status = code.map_or_else(
            || "YES 0".to_owned(),
            |code| format!("{} {code}", if ok == "YES" { "INFORMATION" } else { "WARNING" }),
        );
        for (member, expected) in [
            ("service", json!("identify-person")),
            ("action", json!(null)),
            ("ticket", json!("our-reference")),
            ("ssin", json!(ssin)),
            ("cbe_number", json!("0212344876")),
            ("status", json!(status)),
        ] {
            assert_eq!(entry[member], expected, "{member}");
        }
        assert!(!entry["executed"].is_null());
    }
}

#[tokio::test]
async fn a_name_is_everybody_who_is_called_alike() {
    let simulator = Running::start(|_| {}).await;
    let [ssin, last_name, born] = somebody(&simulator).await;
    let search = |criteria: &str| document(criteria, "");
    let found = ask(&simulator, &search(&name(&last_name.to_uppercase(), &born, ""))).await;
    assert!(found.all("i:SocialSecurityUser").contains(&ssin.as_str()));
    assert!(!found.0.contains("<i:Extended>"));
    let entry = last_entry(&simulator).await;
    assert_eq!(
        (&entry["ssin"], &entry["status"]),
        (&json!(null), &json!("YES 0"))
    );

    let year = format!("{}-00-00", &born[..4]);
    let wide = "<i:Tolerance>10</i:Tolerance>";
    let all = ask(&simulator, &search(&name(&last_name, &year, wide))).await;
    assert!(all.all("i:SocialSecurityUser").len() > 1);
    let one = format!("{wide}<i:Maximum>1</i:Maximum>");
    let one = ask(&simulator, &search(&name(&last_name, &year, &one))).await;
    assert_eq!(one.all("i:SocialSecurityUser").len(), 1);

    let nobody = ask(&simulator, &search(&name("Zzyzx", &born, ""))).await;
    assert_eq!(nobody.ok(), ["YES", "YES"]);
    assert!(nobody.0.contains("IdentifyPersonReply") && !nobody.0.contains("SearchResults"));

    let vague = ask(&simulator, &search(&name(&last_name, &year, ""))).await;
    assert_eq!(vague.ok(), ["NO", "NO"]);
    assert_eq!(vague.all("c:ReasonCode"), ["30000001", "31009001"]);
    assert_eq!(vague.all("c:FieldValue"), [year.as_str()]);
    assert!(!vague.0.contains("IdentifyPersonReply"));
    let nothing = ask(&simulator, &search("")).await;
    assert_eq!(nothing.all("c:ReasonCode"), ["30000001", "31000007"]);
    assert_eq!(last_entry(&simulator).await["status"], "ERROR 31000007");
}

#[tokio::test]
async fn fault_rules_know_the_service() {
    let simulator = Running::start(|_| {}).await;
    let [ssin, last_name, born] = somebody(&simulator).await;
    simulator
        .fault(
            r#"{"match": {"service": "identify-person", "times": 2}, "action":
                {"type": "status", "value": "WARNING", "code": "29999999", "with_data": true}}"#,
        )
        .await;
    for criteria in [number(&ssin), name(&last_name, &born, "")] {
        let answer = ask(&simulator, &document(&criteria, "")).await;
        assert_eq!(answer.all("c:ReasonCode"), ["20000001", "29999999"]);
        assert!(answer.all("i:SocialSecurityUser").contains(&ssin.as_str()));
        assert!(last_entry(&simulator).await["rule"].is_number());
    }
}

#[tokio::test]
async fn a_document_that_breaks_the_rules_is_rejected_as_a_whole() {
    let simulator = Running::start(|_| {}).await;
    let good = document(&number("80010100136"), "");
    for (from, to, code, service) in [
        (
            "80010100136</i",
            "8001010013</i",
            "31000001",
            json!("identify-person"),
        ),
        (
            "<i:SearchCriteria>",
            "<i:SearchCriteria><i:Name/>",
            "31000001",
            json!("identify-person"),
        ),
        (VERSION, "20060101", "31000001", json!("identify-person")),
        (SERVICE_ID, "OCMWCPASSomething", "31000001", json!(null)),
        (
            "i:IdentifyPersonRequest",
            "i:IdentifyRequest",
            "31000007",
            json!("identify-person"),
        ),
    ] {
        let answer = ask(&simulator, &good.replace(from, to)).await;
        assert_eq!(
            (answer.ok(), answer.all("c:ReasonCode")),
            (vec!["NO"], vec![code]),
            "{to}"
        );
        assert!(!answer.0.contains("ServiceReply"));
        let entry = last_entry(&simulator).await;
        assert_eq!(entry["service"], service, "{to}");
        assert!(entry["executed"].is_null() && entry["refused"].is_string());
    }
}
