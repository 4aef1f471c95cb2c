//! What a person reads: for the shapes of all groups, in four languages.

use relay_cbss::tx25::Group;
use relay_cbss::{ParseOptions, Row, tx25};
use relay_domain::Language;

const PERSON: &str = "<NationalNumber><NationalNumber>80010100136</NationalNumber><Date><Century>20</Century>\
    <Year>80</Year><Month>01</Month><Day>01</Day></Date><Sex>2</Sex></NationalNumber><Name><LastName><Code>1</Code>\
    <Label>Muster</Label></LastName><LastName><Label>Frau</Label></LastName><FirstName><Label>Anna</Label></FirstName>\
    <FirstName><Code>00042</Code></FirstName></Name>";

fn row(record: &str, language: Language) -> Row {
    let body = format!(
        "<Envelope><Body><retrieveTIGroupsResponse><status><value>DATA_FOUND</value><code>MSG00000</code></status>\
         <rrn_it_implicit>{record}</rrn_it_implicit></retrieveTIGroupsResponse></Body></Envelope>"
    );
    tx25::parse(body.as_bytes(), None, &ParseOptions::new(language))
        .unwrap()
        .rows
        .remove(0)
}

/// The text of an item of a group, in English.
fn text(group: &str, content: &str) -> String {
    text_in(Language::En, group, content)
}

fn text_in(language: Language, group: &str, content: &str) -> String {
    let group = tx25::group(group).unwrap();
    // The items' own names decide some labels.
    let item = match group.name {
        "FamilyMembers" => "FamilyMember",
        "HeadOfFamily" => "HeadOfFamily",
        "Guardians" => "Guardian",
        "Deceases" => "Decease",
        "CivilStates" => "CivilState",
        "Nationalities" => "Nationality",
        "FileOwner" => "Residences",
        "GendersToVerify" => "GenderToVerify",
        _ => "Item",
    };
    let name = group.name;
    let record = if group.single {
        format!("<{name}>{content}</{name}>")
    } else {
        format!("<{name}><{item}>{content}</{item}></{name}>")
    };
    row(&record, language).text
}

fn date(name: &str, parts: [&str; 4]) -> String {
    let [century, year, month, day] = parts;
    format!(
        "<{name}><Century>{century}</Century><Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></{name}>"
    )
}

#[test]
fn a_person_is_a_name_a_number_a_sex_and_a_birth_date() {
    let content = format!("<Parent1>{PERSON}</Parent1>");
    let expected = [
        "ouder 1: Muster Frau, Anna 00042 (80010100136, vrouw, geboren 01/01/2080)",
        "parent 1: Muster Frau, Anna 00042 (80010100136, femme, né(e) 01/01/2080)",
        "Elternteil 1: Muster Frau, Anna 00042 (80010100136, weiblich, geboren 01.01.2080)",
        "parent 1: Muster Frau, Anna 00042 (80010100136, female, born 2080-01-01)",
    ];
    assert_eq!(
        Language::ALL.map(|language| text_in(language, "Filiations", &content)),
        expected
    );
    let number = "<NationalNumber><NationalNumber>80010100136</NationalNumber></NationalNumber>";
    assert_eq!(text("ReferencedFiles", number), "80010100136");
    assert_eq!(
        text("NationalNumber", PERSON),
        "80010100136 (female, born 2080-01-01)"
    );
    let no_number = "<Parent1><Name><LastName><Label>Muster</Label></LastName></Name></Parent1>";
    assert_eq!(text("Filiations", no_number), "parent 1: Muster");
}

#[test]
fn members_and_heads_of_a_household_are_not_mixed_up() {
    let content = format!("<FamilyRole><Code>03</Code><Label>child</Label></FamilyRole>{PERSON}");
    let person = "Muster Frau, Anna 00042 (80010100136, female, born 2080-01-01)";
    // IT140: the subject is the head, the row names a member.
    assert_eq!(
        text("FamilyMembers", &content),
        format!("member's role: child (03), household member: {person}")
    );
    // IT141: the subject is a member, the row names the reference person.
    assert_eq!(
        text("HeadOfFamily", &content),
        format!("role in the household: child (03), reference person: {person}")
    );
}

#[test]
fn the_guardian_is_named() {
    let status = "<Status><Code>24</Code><Label>provisional administrator</Label></Status>";
    let person = text("Guardians", &format!("{status}{PERSON}"));
    assert!(
        person.starts_with("provisional administrator (24), person who represents or assists: Muster"),
        "{person}"
    );
    let words = text("Guardians", &format!("{status}<Graphic1>Maître X</Graphic1>"));
    assert_eq!(
        words,
        "provisional administrator (24), person who represents or assists: Maître X"
    );
}

#[test]
fn dates_are_written_as_far_as_they_are_known() {
    let expiry = |parts, language| text_in(language, "ReturnPermissions", &date("ExpiryDate", parts));
    assert_eq!(
        expiry(["20", "81", "03", "00"], Language::Fr),
        "valable jusqu'au: 03/2081"
    );
    assert_eq!(
        expiry(["20", "81", "03", "00"], Language::De),
        "gültig bis: 03.2081"
    );
    assert_eq!(expiry(["20", "81", "00", "00"], Language::Nl), "geldig tot: 2081");
    assert_eq!(
        expiry(["20", "81", "03", "04"], Language::En),
        "valid until: 2081-03-04"
    );
    // A day without a month, a year that is none, two digits: shown as they came.
    assert_eq!(
        expiry(["20", "81", "00", "04"], Language::Fr),
        "valable jusqu'au: 2081-00-04"
    );
    assert_eq!(
        expiry(["", "", "03", "04"], Language::Fr),
        "valable jusqu'au: 0000-03-04"
    );
    assert_eq!(expiry(["", "", "", ""], Language::Fr), "");
}

#[test]
fn codes_stand_in_for_labels_and_languages_are_all_shown() {
    assert_eq!(
        text(
            "Occupations",
            "<Occupation><Code>09617</Code><Label/></Occupation>"
        ),
        "09617"
    );
    assert_eq!(
        text("Nationalities", "<Nationality><Code>150</Code></Nationality>"),
        "150"
    );
    let street = "<Address><ZipCode>4700</ZipCode><Street><Code>1</Code><Label>Rue</Label><Label>Straße</Label></Street>\
                  <HouseNumber>12</HouseNumber><Box>b</Box></Address>";
    assert_eq!(
        text_in(Language::De, "LegalMainAddresses", street),
        "Rue / Straße 12 Bk. b, 4700"
    );
    let street = "<Address><ZipCode>4700</ZipCode><Street><Code>4711</Code></Street><HouseNumber>12</HouseNumber></Address>";
    assert_eq!(text("LegalMainAddresses", street), "4711 12, 4700");
    let gender = "<Gender><Code>1</Code></Gender>";
    assert_eq!(text_in(Language::Fr, "GendersToVerify", gender), "sexe: homme");
}

#[test]
fn times_contacts_and_empty_elements_speak() {
    let death = "<Time><HH>13</HH><MM>05</MM></Time><Decease><ActNumber>7</ActNumber><Place1><Code>1</Code></Place1></Decease>";
    assert_eq!(text("Deceases", death), "time: 13:05, record no. 7, place: 1");
    assert_eq!(text("StatusOfRefugee", "<Escape/>"), "absconded");
    assert_eq!(
        text(
            "StatusOfRefugee",
            "<GeneralInfo><Code>1</Code></GeneralInfo><UnrestrictedStay/>"
        ),
        "1, unrestricted stay"
    );
    assert_eq!(
        text(
            "ManagersInfo",
            "<Graphic1/><Contacts><EmailAddress>a@b.example</EmailAddress></Contacts>"
        ),
        "e-mail: a@b.example"
    );
    assert_eq!(
        text(
            "FileOwner",
            "<Residence><Code>1</Code></Residence><Fusion>1</Fusion><Language>1</Language>"
        ),
        "1, merged municipality: yes, language: French"
    );
    assert_eq!(
        text(
            "BelgianVotersAbroad",
            "<Elections><Code>1</Code><Code>3</Code></Elections>"
        ),
        "elections: 1, 3"
    );
}

#[test]
fn a_date_alone_is_the_text() {
    assert_eq!(
        text_in(
            Language::De,
            "CreationDate",
            &date("Date", ["20", "81", "03", "04"])
        ),
        "04.03.2081"
    );
}

#[test]
fn parts_of_a_judgment_stay_together() {
    let date = date("Date", ["19", "98", "05", "08"]);
    let content = format!(
        "<CivilState><Code>41</Code></CivilState><Lieu><Place3><BelgianJudgement>{date}<CourtName>Court</CourtName>\
         </BelgianJudgement></Place3></Lieu><ActNumber>63</ActNumber>"
    );
    assert_eq!(
        text("CivilStates", &content),
        "41, place: Belgian judgment: [date: 1998-05-08, name of the court: Court], record no. 63"
    );
}

#[test]
fn every_group_has_a_title_in_every_language() {
    for group in Group::all() {
        for language in Language::ALL {
            assert!(!group.title(language).is_empty(), "{} {language:?}", group.name);
        }
        assert_eq!(tx25::group(group.name), Some(group), "names are unique");
    }
}
