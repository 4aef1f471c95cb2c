//! What the benches read and build: a reply of the usual size, 24 kB and 44 rows, and a request of each kind.

use std::fmt::Write as _;

use relay_cbss::{
    BuildError, CallContext, ClassicContext, PreparedCall, health_care_insurance,
    identify_person as identify, loi65, manage_access, perform_investigation, test_connection, tx25,
    unemployment_data,
};
use relay_domain::form::sample;
use relay_domain::identify_person::{
    ByNumber, IdentifyPerson, PersonData, PhoneticCriteria, Search, Verification,
};
use relay_domain::manage_access::{self as access, AccessAction, Proof};
use relay_domain::perform_investigation::{DataGroups, PerformInvestigation};
use relay_domain::{
    IncompleteDate, Language, ManageAccess, RetrieveTiGroups, Service, Ssin, SsinCheck, TestConnection,
};
use time::macros::datetime;

/// A date group.
fn date(name: &str, year: usize) -> String {
    format!(
        "<r:{name}>\n<r:Century>19</r:Century>\n<r:Year>{year:02}</r:Year>\n<r:Month>07</r:Month>\n<r:Day>0{}</r:Day></r:{name}>\n",
        year % 9 + 1
    )
}

/// Items of the commonest shapes in the proportions of real replies, as the CBSS lays them out.
pub(crate) fn reply() -> String {
    let mut xml = String::from(
        "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">\n<soapenv:Body>\n\
         <v2:retrieveTIGroupsResponse xmlns:v2=\"http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2\">\
         <informationCBSS><ticketCBSS>00000000-0000-4000-8000-000000000000</ticketCBSS></informationCBSS>\
         <status><value>DATA_FOUND</value><code>MSG00000</code></status>\n<rrn_it_implicit>\n",
    );
    let namespace = "xmlns:r=\"http://www.ibz.rrn.fgov.be/XSD/xm25/rn25Schema\"";
    let person = format!(
        "<r:NationalNumber>\n<r:NationalNumber>80010100136</r:NationalNumber>\n{}<r:Sex>1</r:Sex></r:NationalNumber>\n\
         <r:Name>\n<r:LastName>\n<r:Code>10553194</r:Code>\n<r:Label>Musterfrau</r:Label></r:LastName>\n\
         <r:FirstName>\n<r:Code>00021446</r:Code>\n<r:Label>Anna</r:Label></r:FirstName>\n\
         <r:FirstName>\n<r:Code>00019838</r:Code>\n<r:Label>Th&#233;r&#232;se</r:Label></r:FirstName></r:Name>\n",
        date("Date", 80)
    );
    let coded =
        |name: &str| format!("<r:{name}>\n<r:Code>63023</r:Code>\n<r:Label>Eupen</r:Label></r:{name}>\n");
    let groups = [
        (
            "LegalMainAddresses",
            "LegalMainAddress",
            "020",
            10,
            format!(
                "<r:Address>\n<r:ZipCode>4700</r:ZipCode>\n{}<r:HouseNumber>12</r:HouseNumber></r:Address>\n",
                coded("Street")
            ),
        ),
        (
            "FamilyMembers",
            "FamilyMember",
            "140",
            15,
            coded("FamilyRole") + &person,
        ),
        (
            "CivilStates",
            "CivilState",
            "120",
            6,
            format!("{}<r:Spouse>\n{person}</r:Spouse>\n", coded("CivilState")),
        ),
        (
            "IdentityCards",
            "IdentityCard",
            "195",
            10,
            format!(
                "{}<r:CardNumber>590057563866</r:CardNumber>\n{}",
                coded("TypeOfCard"),
                date("ExpiryDate", 99)
            ),
        ),
        (
            "Occupations",
            "Occupation",
            "070",
            3,
            coded("Occupation") + &coded("SocialCategory"),
        ),
    ];
    for (container, item, number, count, content) in groups {
        let _ = writeln!(xml, "<r:{container} {namespace}>");
        for index in 0..count {
            let since = date("Date", index);
            let _ = write!(
                xml,
                "<r:{item} Type=\"{number}\" Structure=\"A1\">\n{since}{content}</r:{item}>\n"
            );
        }
        let _ = writeln!(xml, "</r:{container}>");
    }
    xml.push_str("</rrn_it_implicit></v2:retrieveTIGroupsResponse></soapenv:Body></soapenv:Envelope>");
    xml
}

/// Builds one kind of request.
pub(crate) type Build = Box<dyn Fn() -> Result<PreparedCall, BuildError>>;

/// A request of each kind, with everything that it may say.
pub(crate) fn builds() -> Vec<(&'static str, Build)> {
    let ssin = Ssin::parse("80010100136", SsinCheck::Error).expect("a good number");
    let birth_date = IncompleteDate::new(2080, 1, 1);
    let (last_name, first_name) = ("Musterfrau".to_owned(), Some("Thérèse".to_owned()));
    let register = ManageAccess {
        ssin,
        action: AccessAction::Register,
        purpose: Some(1),
        start_date: IncompleteDate::new(2081, 2, 3),
        end_date: Some(IncompleteDate::new(2081, 4, 5)),
        sector: None,
        query_register: None,
        proof: Proof {
            person_data: Some(access::PersonData {
                last_name: last_name.clone(),
                first_name: first_name.clone(),
                birth_date,
            }),
            ..Proof::default()
        },
        language: Language::De,
    };
    let by_number = Search::Number(ByNumber {
        ssin,
        verification: Some(Verification {
            person_data: Some(PersonData {
                last_name: last_name.clone(),
                first_name: first_name.clone(),
                middle_name: None,
                birth_date,
            }),
            ..Verification::default()
        }),
    });
    let by_name = Search::Phonetic(PhoneticCriteria {
        last_name,
        first_name,
        middle_name: None,
        birth_date,
        gender: None,
        tolerance: Some(1),
        maximum: Some(50),
    });
    let groups = RetrieveTiGroups {
        ssin,
        language: Language::De,
        history: true,
    };
    let investigation = PerformInvestigation {
        ssin,
        data_groups: Some(DataGroups {
            family_composition: true,
            ..DataGroups::default()
        }),
        language: Language::De,
    };
    let echo = TestConnection {
        echo: "are you there?".to_owned(),
        language: Language::De,
    };
    let identify = |search| {
        let request = IdentifyPerson {
            search,
            language: Language::De,
        };
        Box::new(move || identify::build(&request, &CLASSIC)) as Build
    };
    let mut builds = vec![
        ("tx25", Box::new(move || tx25::build(&groups, &CONTEXT)) as Build),
        (
            "manage_access",
            Box::new(move || manage_access::build(&register, &CLASSIC)),
        ),
        ("identify_person, by number", identify(by_number)),
        ("identify_person, by name", identify(by_name)),
        (
            "perform_investigation",
            Box::new(move || perform_investigation::build(&investigation, "20080604", &CLASSIC)),
        ),
        ("test_connection", Box::new(move || test_connection::build(&echo))),
    ];
    builds.extend(forms());
    builds
}

/// Requests along tables. Always the same: the generator's numbers come from here.
fn forms() -> [(&'static str, Build); 3] {
    let form = |service| {
        let mut number = 0_u32;
        let mut next = |below: u32| {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (number >> 8) % below.max(1)
        };
        sample::any(service, &mut next).expect("a service with a table")
    };
    let costs = form(Service::Loi65Df);
    let insurance = form(Service::HealthCareInsurance);
    let unemployment = form(Service::UnemploymentData);
    [
        (
            "loi65, form DF",
            Box::new(move || loi65::build(&costs, "OCMWCPASWet65Loi65DF", "20050930", &CLASSIC)),
        ),
        (
            "health_care_insurance",
            Box::new(move || health_care_insurance::build(&insurance, &INSURANCE)),
        ),
        (
            "unemployment_data",
            Box::new(move || unemployment_data::build(&unemployment, &CONTEXT)),
        ),
    ]
}

const CONTEXT: CallContext<'_> = CallContext {
    cbe_number: "0200000000",
    legal_context: "PCSA:SOCIAL_INQUIRY",
    ticket: "0195b5ac-7b1e-7000-8000-00805f9b34fb",
    sent_at: datetime!(2026-11-23 17:05:09 UTC),
};

const INSURANCE: CallContext<'_> = CallContext {
    legal_context: "social inquiry and financial help",
    ..CONTEXT
};

const CLASSIC: ClassicContext<'_> = ClassicContext {
    cbe_number: "0200000000",
    sector: 17,
    subsector: 1,
    user_id: "80020200113",
    email: "relay@centre.example",
    reference: "0195b5ac-7b1e-7000-8000-00805f9b34fb",
    sent_at: datetime!(2026-11-23 17:05:09 UTC),
};
