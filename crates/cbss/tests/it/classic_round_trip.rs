//! Whatever goes out to the classic generation reads back through both layers, by a reading of our own.

use proptest::prelude::*;
use relay_cbss::{ClassicContext, manage_access, ssdn};
use relay_domain::manage_access::{AccessAction, PersonData, Proof, QueryRegister};
use relay_domain::{IncompleteDate, ManageAccess, Ssin, SsinCheck};
use time::OffsetDateTime;

use crate::support::classic_context;
use crate::support::dom::Node;

/// The elements of a document with their text, in order, as paths.
pub(crate) fn leaves(node: &Node, path: &str, found: &mut Vec<(String, String)>) {
    let path = format!("{path}/{}", node.name);
    if node.children.is_empty() {
        found.push((path, node.text.clone()));
    } else {
        assert_eq!(node.text, "", "{path}");
        node.children.iter().for_each(|child| leaves(child, &path, found));
    }
}

/// What the schema wants of a request, as paths below the root: written apart from the code under test.
fn expected(request: &ManageAccess, context: &ClassicContext<'_>, time: &str) -> Vec<(String, String)> {
    let collapsed = |text: &str| {
        let words = text
            .split([' ', '\t', '\r', '\n'])
            .filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ")
    };
    let mut found: Vec<(String, String)> = Vec::new();
    let mut add = |path: &str, value: Option<String>| {
        found.extend(value.map(|value| (format!("/SSDNRequest/{path}"), value)));
    };
    let user = |name: &str| format!("RequestContext/AuthorizedUser/{name}");
    add(&user("UserID"), Some(context.user_id.to_owned()));
    add(&user("Email"), Some(collapsed(context.email)));
    add(&user("OrgUnit"), Some(context.cbe_number.to_owned()));
    add(&user("MatrixID"), Some(context.sector.to_string()));
    add(&user("MatrixSubID"), Some(context.subsector.to_string()));
    add(
        "RequestContext/Message/Reference",
        Some(context.reference.to_owned()),
    );
    add("RequestContext/Message/TimeRequest", Some(time.to_owned()));
    add(
        "ServiceRequest/ServiceId",
        Some("OCMWCPASManageAccess".to_owned()),
    );
    add("ServiceRequest/Version", Some("20050930".to_owned()));
    let own = |name: &str| format!("ServiceRequest/ManageAccessRequest/{name}");
    let list = request.action == AccessAction::List;
    add(&own("SSIN"), Some(request.ssin.digits().to_owned()));
    add(
        &own("Purpose"),
        request.purpose.map(|purpose| purpose.to_string()),
    );
    add(&own("Period/StartDate"), Some(request.start_date.to_string()));
    add(
        &own("Period/EndDate"),
        request.end_date.map(|date| date.to_string()),
    );
    add(&own("Action"), Some(request.action.as_str().to_owned()));
    add(
        &own("Sector"),
        request.sector.filter(|_| list).map(|sector| sector.to_string()),
    );
    let register = request.query_register.filter(|_| list);
    add(
        &own("QueryRegister"),
        register.map(|register| register.as_str().to_owned()),
    );
    let proof = |name: &str| own(&format!("ProofOfAuthentication/{name}"));
    add(&proof("SISCardNumber"), request.proof.sis_card_number.clone());
    add(
        &proof("IdentityCardNumber"),
        request.proof.identity_card_number.clone(),
    );
    if let Some(person) = &request.proof.person_data {
        add(&proof("PersonData/LastName"), Some(collapsed(&person.last_name)));
        add(
            &proof("PersonData/FirstName"),
            person.first_name.as_deref().map(collapsed),
        );
        add(
            &proof("PersonData/BirthDate"),
            Some(person.birth_date.to_string()),
        );
    }
    found
}

/// Text with what XML finds difficult, perhaps more than it can carry.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}",
        ".{0,20}",
        "[<>&'\"\\]a\\r\\n\\t \u{10000}-\u{10FFFF}]{1,20}",
        Just("]]>&lt;&amp;lt;<![CDATA[".to_owned()),
    ]
}

fn date(years: std::ops::Range<u16>) -> impl Strategy<Value = IncompleteDate> {
    (years, 0u8..14, 0u8..33).prop_map(|(year, month, day)| IncompleteDate::new(year, month, day))
}

prop_compose! {
    fn any_proof()(
        sis in proptest::option::of("[0-9]{9,10}"),
        identity in proptest::option::of("[0-9]{12}"),
        last_name in text(), first_name in proptest::option::of(text()), birth_date in date(1900..2100),
        named in any::<bool>(),
    ) -> Proof {
        let person = PersonData { last_name, first_name, birth_date };
        Proof { sis_card_number: sis, identity_card_number: identity, person_data: named.then_some(person) }
    }
}

prop_compose! {
    fn any_request()(
        action in 0usize..3,
        purpose in proptest::option::of(any::<u16>()),
        start_date in date(2000..2003), end_date in proptest::option::of(date(2000..2003)),
        sector in proptest::option::of(any::<u16>()), register in proptest::option::of(0usize..3),
        proof in any_proof(),
    ) -> ManageAccess {
        ManageAccess {
            ssin: Ssin::parse("80010100136", SsinCheck::Warn).unwrap(),
            action: AccessAction::ALL[action],
            purpose, start_date, end_date, sector,
            query_register: register.map(|register| QueryRegister::ALL[register]),
            proof,
            language: relay_domain::Language::Nl,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn what_is_built_reads_back_through_both_layers(
        request in any_request(), reference in text(), user in text(),
        sector in any::<u16>(), subsector in any::<u16>(), seconds in -70_000_000_000i64..40_000_000_000,
    ) {
        let email = format!("{user}@centre.example");
        let sent_at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let context = ClassicContext { sector, subsector, email: &email, reference: &reference, sent_at, ..classic_context() };
        let whole = [manage_access::problems(&request), ssdn::problems(&context)].concat();
        match manage_access::build(&request, &context) {
            Err(error) => prop_assert_eq!(Some(&error), whole.first()),
            Ok(call) => {
                prop_assert!(whole.is_empty());
                let outer = Node::parse(std::str::from_utf8(&call.body).unwrap());
                let string = &outer.child("Body").unwrap().child("xmlString").unwrap();
                prop_assert!(string.children.is_empty());
                prop_assert_eq!(&string.text, &manage_access::build_inner(&request, &context).unwrap());
                let mut found = Vec::new();
                leaves(&Node::parse(&string.text), "", &mut found);
                let (date, clock) = (sent_at.date(), sent_at.time());
                let time = format!("{:04}{:02}{:02}T{:02}{:02}{:02}", date.year(), u8::from(date.month()), date.day(),
                    clock.hour(), clock.minute(), clock.second());
                prop_assert_eq!(found, expected(&request, &context, &time));
            }
        }
    }
}
