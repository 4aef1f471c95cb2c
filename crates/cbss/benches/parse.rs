//! How long it takes to read a reply of the usual size: 24 kB, 44 rows.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use relay_cbss::{ParseOptions, tx25};
use relay_domain::Language;

/// A date group.
fn date(name: &str, year: usize) -> String {
    format!(
        "<r:{name}>\n<r:Century>19</r:Century>\n<r:Year>{year:02}</r:Year>\n<r:Month>07</r:Month>\n<r:Day>0{}</r:Day></r:{name}>\n",
        year % 9 + 1
    )
}

/// Items of the commonest shapes in the proportions of real replies, as the CBSS lays them out.
fn reply() -> String {
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

fn parse(criterion: &mut Criterion) {
    let reply = reply();
    let options = ParseOptions::new(Language::De);
    let rows = tx25::parse(reply.as_bytes(), None, &options)
        .expect("the bench's reply is readable")
        .rows
        .len();
    assert_eq!(
        (rows, reply.len() / 1_000),
        (44, 24),
        "the bench measures a reply of the usual size"
    );
    let mut group = criterion.benchmark_group("tx25");
    group.throughput(Throughput::Bytes(reply.len() as u64));
    group.bench_function("parse_24k", |bencher| {
        bencher.iter(|| {
            tx25::parse(
                black_box(reply.as_bytes()),
                Some("text/xml; charset=utf-8"),
                &options,
            )
        });
    });
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
