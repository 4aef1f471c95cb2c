//! Whatever is said of a person found is in its row: random people, by the official schema and by none.

use proptest::prelude::*;
use relay_cbss::{ParseOptions, Reply, identify_person};
use relay_domain::Language;

use crate::support::random::Random;
use crate::support::sample::{Sample, words};
use crate::support::{assert_xmllint, in_cdata, in_string, reference_dir, xmllint_is_there};

const NAMESPACE: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/IdentifyPerson";

fn digits(random: &mut Random, count: usize) -> String {
    (0..count)
        .map(|_| char::from(b'0' + random.below(10) as u8))
        .collect()
}

/// `t_IncompleteDate`, calendars or not.
fn date(random: &mut Random) -> String {
    let (century, day) = (random.below(2) + 1, random.below(40));
    format!("{century}{}-{:02}-{day:02}", digits(random, 3), random.below(20))
}

/// `t_NISCode`.
fn code(random: &mut Random) -> String {
    random.below(100_000).to_string()
}

fn leaf(random: &mut Random, sample: &mut Sample, name: &str, value: &str) {
    sample.space(random);
    sample.open(random, name, &[]);
    sample.text(random, value);
    sample.close(name);
}

/// An element that need not be there.
fn perhaps(random: &mut Random, sample: &mut Sample, name: &str, value: fn(&mut Random) -> String) {
    if random.once_in(2) {
        let value = value(random);
        leaf(random, sample, name, &value);
    }
}

/// None to five descriptions, in a language or none.
fn descriptions(random: &mut Random, sample: &mut Sample, name: &str) {
    for _ in 0..random.below(6) {
        let language = [("lang", random.pick(&["nl", "fr", "de", "en"]).to_owned())];
        let attributes = if random.once_in(3) { &[][..] } else { &language };
        sample.open(random, name, attributes);
        let text = words(random);
        sample.text(random, &text);
        sample.close(name);
    }
}

fn address(random: &mut Random, sample: &mut Sample) {
    sample.open(random, "Address", &[]);
    let country = code(random);
    leaf(random, sample, "CountryCode", &country);
    perhaps(random, sample, "MunicipalityCode", code);
    descriptions(random, sample, "Municipality");
    perhaps(random, sample, "PostalCode", words);
    perhaps(random, sample, "StreetCode", code);
    descriptions(random, sample, "Street");
    perhaps(random, sample, "HouseNumber", words);
    perhaps(random, sample, "Box", words);
    sample.close("Address");
}

fn diplomatic_post(random: &mut Random, sample: &mut Sample) {
    sample.open(random, "DiplomaticPost", &[]);
    perhaps(random, sample, "CountryCode", code);
    let (post, number) = (code(random), random.below(1_000));
    leaf(random, sample, "Post", &post);
    leaf(random, sample, "AddressPlainText", &format!("Łódź & <{number}>"));
    sample.close("DiplomaticPost");
}

fn extended(random: &mut Random, sample: &mut Sample) {
    sample.open(random, "Extended", &[]);
    perhaps(random, sample, "CivilState", code);
    perhaps(random, sample, "BirthLocationCode", code);
    descriptions(random, sample, "BirthLocation");
    perhaps(random, sample, "DeceaseDate", date);
    perhaps(random, sample, "InscriptionRegister", words);
    perhaps(random, sample, "NationalityCode", code);
    sample.close("Extended");
}

/// `LimitedLegalDataType`.
fn person(random: &mut Random, sample: &mut Sample) {
    let origin = [("origin", random.pick(&["BCSS_KSZ", "RN_RR"]).to_owned())];
    let attributes = if random.once_in(3) { &[][..] } else { &origin };
    sample.open(random, "LimitedLegalData", attributes);
    sample.space(random);
    sample.open(random, "Basic", &[]);
    let number = digits(random, 11);
    leaf(random, sample, "SocialSecurityUser", &number);
    let last_name = words(random);
    leaf(random, sample, "LastName", &last_name);
    perhaps(random, sample, "FirstName", words);
    perhaps(random, sample, "MiddleName", words);
    let born = date(random);
    leaf(random, sample, "BirthDate", &born);
    if random.once_in(2) {
        let changed = [("modificationDate", date(random))];
        let attributes = if random.once_in(2) { &[][..] } else { &changed };
        sample.open(random, "Gender", attributes);
        let gender = random.pick(&["0", "1", "2"]);
        sample.text(random, gender);
        sample.close("Gender");
    }
    match random.below(3) {
        0 => address(random, sample),
        1 => diplomatic_post(random, sample),
        _ => {}
    }
    sample.close("Basic");
    if random.once_in(2) {
        extended(random, sample);
    }
    sample.close("LimitedLegalData");
    sample.rows.push(("LimitedLegalData".to_owned(), None));
}

/// The service's own element around what was written.
fn own(sample: &Sample) -> String {
    format!(
        "<r:IdentifyPersonReply xmlns:r=\"{NAMESPACE}\">{}</r:IdentifyPersonReply>",
        sample.xml()
    )
}

fn read(sample: &Sample, seed: u64) -> Reply {
    let document = format!(
        "<SSDNReply xmlns=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/Service\"><ReplyContext/><ServiceReply>\
         <ResultSummary ok=\"YES\"><ReturnCode>0</ReturnCode></ResultSummary><ServiceId>OCMWCPASIdentifyPerson\
         </ServiceId><Version>20050930</Version>{}</ServiceReply></SSDNReply>",
        own(sample)
    );
    let body = if seed.is_multiple_of(2) {
        in_string(&document)
    } else {
        in_cdata(&document)
    };
    let language = Language::ALL[(seed / 2 % 4) as usize];
    identify_person::parse(body.as_bytes(), None, &ParseOptions::new(language)).unwrap()
}

/// Holds a reply against the list of all that is in it.
fn assert_everything_is_there(sample: &Sample, reply: &Reply) {
    let found: Vec<&str> = reply
        .rows
        .iter()
        .flat_map(|row| &row.fields)
        .map(|field| field.value.as_str())
        .filter(|value| !value.is_empty())
        .collect();
    assert_eq!(found, sample.values, "every value, in document order");
    assert_eq!(reply.rows.len(), sample.rows.len());
    for row in &reply.rows {
        assert!(!row.title.is_empty());
        let mut paths: Vec<&str> = row.fields.iter().map(|field| field.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), row.fields.len(), "paths tell the fields apart");
    }
}

fn people(seed: u64) -> Sample {
    let mut random = Random(seed);
    let mut sample = Sample::default();
    sample.open(&mut random, "SearchResults", &[]);
    for _ in 0..=random.below(4) {
        sample.space(&mut random);
        person(&mut random, &mut sample);
    }
    sample.close("SearchResults");
    sample
}

#[test]
fn people_by_the_schema_lose_nothing() {
    for seed in 0..1_000 {
        let sample = people(seed);
        let reply = read(&sample, seed);
        assert_everything_is_there(&sample, &reply);
        assert!(reply.messages.is_empty());
        for row in &reply.rows {
            // What is always there is in the text as well.
            let given = |path| row.field(path).unwrap_or_default();
            assert!(
                row.text.contains(given("Basic/SocialSecurityUser")),
                "seed {seed}"
            );
            assert!(row.text.contains(given("Basic/LastName")), "seed {seed}");
        }
    }
}

#[test]
fn the_official_schema_has_such_people() {
    let test = "the_official_schema_has_such_people";
    let Some(folder) = reference_dir(test) else { return };
    if !xmllint_is_there(test) {
        return;
    }
    let schema = folder.join("xsd/SSDN/OCMW_CPAS/IdentifyPerson/NamespaceRoot.xsd");
    let work = tempfile::tempdir().unwrap();
    let file = work.path().join("reply.xml");
    for seed in 0..60 {
        assert_xmllint(&schema, &file, &own(&people(seed)), true);
    }
}

proptest! {
    /// Elements that no schema has, in a person, beside people and around them.
    #[test]
    fn people_by_no_schema_lose_nothing(seed in any::<u64>()) {
        let mut random = Random(seed);
        let mut sample = Sample::default();
        anything(&mut random, &mut sample, "Novelty", 2);
        sample.open(&mut random, "SearchResults", &[("total", "2".to_owned())]);
        anything(&mut random, &mut sample, "Remark", 1);
        let around = std::mem::take(&mut sample.values);
        for _ in 0..=random.below(3) {
            anything(&mut random, &mut sample, "LimitedLegalData", 3);
            sample.rows.push(("LimitedLegalData".to_owned(), None));
        }
        sample.close("SearchResults");
        let reply = read(&sample, seed);
        assert_everything_is_there(&sample, &reply);
        let told: Vec<&str> = reply.messages.iter().flat_map(|message| &message.fields)
            .map(|field| field.value.as_str()).filter(|value| !value.is_empty()).collect();
        prop_assert_eq!(told, around);
    }
}

/// An element with attributes, text and elements in any arrangement.
fn anything(random: &mut Random, sample: &mut Sample, name: &str, depth: usize) {
    let attributes = [("origin", words(random)), ("lang", String::new())];
    let used = random.below(attributes.len() + 1);
    sample.open(random, name, &attributes[..used]);
    if random.once_in(3) {
        let text = words(random);
        sample.text(random, &text);
    }
    for _ in 0..if depth == 0 { 0 } else { random.below(5) } {
        let names = [
            "Basic",
            "Extended",
            "Address",
            "DiplomaticPost",
            "Street",
            "Gender",
            "BirthDate",
            "LastName",
            "Novelty",
        ];
        let child = random.pick(&names);
        anything(random, sample, child, depth - 1);
    }
    sample.close(name);
}
