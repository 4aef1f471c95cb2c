use proptest::prelude::*;

use super::*;
use crate::register::Language;
use crate::schema::facets;
use crate::soa::{Customer, Head};
use crate::soap;

const CUSTOMER: &str = "<informationCustomer><ticket>t</ticket><timestampSent>2026-11-23T10:00:00Z</timestampSent>\
    <customerIdentification><cbeNumber>0212344876</cbeNumber></customerIdentification></informationCustomer>";
const LEGAL: &str = "<legalContext>PCSA:SOCIAL_INQUIRY</legalContext>";
const SEARCH: &str = "<searchInformation><ssin>80010100156</ssin></searchInformation>";
const CBSS: &str = "<informationCBSS><ticketCBSS>12345678-9abc-def0-1234-56789abcdef0</ticketCBSS>\
    <timestampReceive>2026-11-23T10:00:00Z</timestampReceive><timestampReply>2026-11-23T10:00:00Z</timestampReply>\
    </informationCBSS>";

fn checked(root: &str) -> Result<Request, String> {
    let element = soap::parse(root).map_err(|error| error.to_string())?;
    check(&element).map_err(|violation| violation.to_string())
}

fn request(content: &str) -> Result<Request, String> {
    checked(&format!(
        "<v:retrieveTIGroupsRequest xmlns:v=\"{NAMESPACE}\">{content}</v:retrieveTIGroupsRequest>"
    ))
}

fn with_search(search: &str) -> Result<Request, String> {
    request(&format!(
        "{CUSTOMER}{LEGAL}<searchInformation>{search}</searchInformation>"
    ))
}

fn with_customer(customer: &str) -> Result<Request, String> {
    request(&format!(
        "<informationCustomer>{customer}</informationCustomer>{LEGAL}{SEARCH}"
    ))
}

fn with_identification(identification: &str) -> Result<Request, String> {
    with_customer(&format!(
        "<customerIdentification>{identification}</customerIdentification>"
    ))
}

#[test]
fn everything_that_may_be_said_is_read() {
    let read = request(&format!(
        "{CUSTOMER}{CBSS}{LEGAL}<searchInformation><ssin>80010100156</ssin><language>nl</language>\
         <history>true</history></searchInformation>"
    ));
    let expected = Request {
        head: Head {
            ticket: Some("t".to_owned()),
            timestamp_sent: Some("2026-11-23T10:00:00Z".to_owned()),
            customer: Customer::Cbe("0212344876".to_owned()),
            legal_context: "PCSA:SOCIAL_INQUIRY".to_owned(),
        },
        ssin: "80010100156".to_owned(),
        language: Language::Nl,
        history: true,
    };
    assert!(read == Ok(expected));
}

#[test]
fn what_is_left_out_has_its_default() {
    for search in [
        "<ssin>80010100156</ssin>",
        "<ssin>80010100156</ssin><language/><history/>",
        "<ssin>80010100156</ssin><history>0</history>",
    ] {
        let read = with_search(search).unwrap_or_else(|error| panic!("{error} for {search}"));
        assert_eq!((read.language, read.history), (Language::Fr, false));
    }
    let identification = "<customerIdentification><sector> +017 </sector><institution>1</institution></customerIdentification>";
    assert!(
        with_customer(identification)
            .is_ok_and(|read| read.head.ticket.is_none() && read.head.timestamp_sent.is_none())
    );
}

#[test]
fn order_number_and_namespace_of_elements_are_kept() {
    for (content, part_of_error) in [
        (
            format!("{CUSTOMER}{LEGAL}"),
            "expected searchInformation, found the end",
        ),
        (
            format!("{CUSTOMER}{SEARCH}"),
            "expected legalContext, found searchInformation",
        ),
        (
            format!("{LEGAL}{SEARCH}"),
            "expected informationCustomer, found legalContext",
        ),
        (
            format!("{LEGAL}{CUSTOMER}{SEARCH}"),
            "expected informationCustomer",
        ),
        (format!("{CUSTOMER}{SEARCH}{LEGAL}"), "expected legalContext"),
        (
            format!("{CUSTOMER}{LEGAL}{CBSS}{SEARCH}"),
            "expected searchInformation, found informationCBSS",
        ),
        (
            format!("{CUSTOMER}{CUSTOMER}{LEGAL}{SEARCH}"),
            "expected legalContext",
        ),
        (
            format!("{CUSTOMER}{LEGAL}{SEARCH}{SEARCH}"),
            "searchInformation is unknown, repeated or out of order",
        ),
        (format!("{CUSTOMER}{LEGAL}{SEARCH}<extra/>"), "extra is unknown"),
        (format!("{CUSTOMER}{LEGAL}{SEARCH}text"), "expected elements only"),
        (
            format!("{CUSTOMER}<v:legalContext>x</v:legalContext>{SEARCH}"),
            "found a qualified legalContext",
        ),
        (
            format!("{CUSTOMER}<legalContext><b/></legalContext>{SEARCH}"),
            "expected text",
        ),
        (
            format!("{CUSTOMER}<legalContext a=\"1\">x</legalContext>{SEARCH}"),
            "attribute a is not allowed",
        ),
    ] {
        let error = request(&content)
            .err()
            .unwrap_or_else(|| panic!("taken: {content}"));
        assert!(error.contains(part_of_error), "{error} for {content}");
    }
    let search_cases = [
        ("", "expected ssin, found the end"),
        (
            "<language>nl</language><ssin>80010100156</ssin>",
            "expected ssin, found language",
        ),
        (
            "<ssin>80010100156</ssin><history>1</history><language>nl</language>",
            "language is unknown, repeated",
        ),
        (
            "<ssin>80010100156</ssin><ssin>80010100156</ssin>",
            "ssin is unknown, repeated",
        ),
        (
            "<ssin>80010100156</ssin><history>1</history><history>1</history>",
            "history is unknown, repeated",
        ),
    ];
    for (search, part_of_error) in search_cases {
        let error = with_search(search)
            .err()
            .unwrap_or_else(|| panic!("taken: {search}"));
        assert!(error.contains(part_of_error), "{error} for {search}");
    }
}

#[test]
fn another_root_is_refused() {
    let v1 = "http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v1";
    let content = format!("{CUSTOMER}{LEGAL}{SEARCH}");
    for root in [
        format!("<v:retrieveTIGroupsRequest xmlns:v=\"{v1}\">{content}</v:retrieveTIGroupsRequest>"),
        format!("<retrieveTIGroupsRequest>{content}</retrieveTIGroupsRequest>"),
        format!("<v:retrieveTI xmlns:v=\"{NAMESPACE}\">{content}</v:retrieveTI>"),
        // A default namespace makes the inner elements qualified.
        format!("<retrieveTIGroupsRequest xmlns=\"{NAMESPACE}\">{content}</retrieveTIGroupsRequest>"),
    ] {
        assert!(checked(&root).is_err(), "{root}");
    }
}

#[test]
fn only_schema_locations_may_be_attributes() {
    let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let root = |attributes: &str| {
        checked(&format!(
            "<v:retrieveTIGroupsRequest xmlns:v=\"{NAMESPACE}\" {xsi} {attributes}>{CUSTOMER}{LEGAL}{SEARCH}\
             </v:retrieveTIGroupsRequest>"
        ))
    };
    assert!(root("xsi:schemaLocation=\"urn:a a.xsd\"").is_ok());
    assert!(root("version=\"2\"").is_err());
    assert!(root("xsi:nil=\"true\"").is_err());
}

#[test]
fn who_asks_is_said_in_one_of_two_ways() {
    for good in [
        "<cbeNumber>0212344876</cbeNumber>",
        "<sector>17</sector><institution>999</institution>",
        "<sector>0</sector><institution>00012</institution>",
    ] {
        assert!(with_identification(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "<cbeNumber>212344876</cbeNumber>",
        "<cbeNumber>02123448760</cbeNumber>",
        "<cbeNumber>0212.344.876</cbeNumber>",
        "<cbeNumber> 0212344876</cbeNumber>",
        "<cbeNumber>0212344876</cbeNumber><sector>17</sector><institution>1</institution>",
        "<sector>17</sector>",
        "<institution>1</institution><sector>17</sector>",
        "<sector>1000</sector><institution>1</institution>",
        "<sector>-1</sector><institution>1</institution>",
        "<sector/><institution>1</institution>",
    ] {
        assert!(with_identification(bad).is_err(), "{bad}");
    }
}

#[test]
fn lengths_are_counted_in_characters() {
    let identification = "<customerIdentification><cbeNumber>0212344876</cbeNumber></customerIdentification>";
    let ticket = |text: &str| with_customer(&format!("<ticket>{text}</ticket>{identification}"));
    assert!(ticket(&"é".repeat(36)).is_ok());
    assert!(ticket("").is_ok());
    assert!(ticket(&"a".repeat(37)).is_err());
    let context = |text: &str| request(&format!("{CUSTOMER}<legalContext>{text}</legalContext>{SEARCH}"));
    assert!(context(&"ü".repeat(64)).is_ok());
    assert!(context(&"a".repeat(65)).is_err());
}

#[test]
fn times_are_of_the_type_date_time() {
    for good in [
        "2026-11-23T10:00:00",
        " 2026-11-23T10:00:00.123456Z\n",
        "2028-02-29T23:59:59+14:00",
        "2000-02-29T24:00:00-05:30",
        "-0044-03-15T12:00:00",
        "12026-01-01T00:00:00Z",
    ] {
        assert!(facets::is_date_time(good), "{good}");
    }
    for bad in [
        "",
        "2026-11-23",
        "2026-11-23 10:00:00",
        "2026-11-23T10:00",
        "2026-11-23T10:00:00.",
        "2026-11-23T10:00:00z",
        "2026-11-23T10:00:00+1:00",
        "2026-11-23T10:00:00+14:01",
        "2026-11-23T10:60:00",
        "2026-11-23T24:00:01",
        "2026-13-01T10:00:00",
        "2026-00-01T10:00:00",
        "2026-11-31T10:00:00",
        "2027-02-29T10:00:00",
        "1900-02-29T10:00:00",
        "0000-01-01T10:00:00",
        "026-01-01T10:00:00",
        "02026-01-01T10:00:00",
        "+2026-01-01T10:00:00",
        "2026-11-23T10:00:00é",
    ] {
        assert!(!facets::is_date_time(bad), "{bad}");
    }
}

#[test]
fn numbers_fit_the_three_patterns_of_the_schema() {
    for good in [
        "80010100156", // national register
        "10000100182", // month and day unknown
        "80123199897", // highest parts
        "80200000000", // own register, sex unknown
        "80523199997", // own register, sex known
    ] {
        assert!(facets::is_ssin(good), "{good}");
    }
    for bad in [
        "",
        "8001010015",
        "800101001567",
        "8001010015a",
        "80.01.01-001.56",
        " 80010100156",
        "80130100156",
        "80013200156",
        "80010100056",
        "80010100198",
        "80190100156",
        "80330100156",
        "80390100156",
        "80530100156",
        "8001010015６",
    ] {
        assert!(!facets::is_ssin(bad), "{bad}");
        // A wrong number is answered, not refused.
        assert!(
            with_search(&format!("<ssin>{bad}</ssin>")).is_ok_and(|read| read.ssin == bad),
            "{bad}"
        );
    }
}

#[test]
fn languages_truth_values_and_tickets_are_of_their_types() {
    for bad in ["en", "NL", " nl", "fra"] {
        let search = format!("<ssin>80010100156</ssin><language>{bad}</language>");
        assert!(with_search(&search).is_err(), "{bad}");
    }
    for (text, expected) in [
        ("true", Some(true)),
        ("1", Some(true)),
        (" false ", Some(false)),
        ("0", Some(false)),
        ("TRUE", None),
        ("yes", None),
        (" ", None),
    ] {
        let search = format!("<ssin>80010100156</ssin><history>{text}</history>");
        assert_eq!(
            with_search(&search).ok().map(|read| read.history),
            expected,
            "{text:?}"
        );
    }
    for bad in [
        "12345678-9abc-def0-1234-56789abcdefg",
        "123456789abcdef0123456789abcdef0",
        "12345678-9abc-def0-1234-56789abcdef",
        "",
    ] {
        let cbss = CBSS.replace("12345678-9abc-def0-1234-56789abcdef0", bad);
        assert!(
            request(&format!("{CUSTOMER}{cbss}{LEGAL}{SEARCH}")).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn a_violation_names_the_place_and_no_value() {
    let error = with_search("<ssin>80010100156</ssin><language>80010100156</language>").err();
    assert_eq!(
        error.as_deref(),
        Some("retrieveTIGroupsRequest/searchInformation/language: the value does not fit its type")
    );
}

proptest! {
    /// Cutting, doubling or replacing any part of a good request makes no panic, and what is taken fits its types.
    #[test]
    fn a_mangled_request_is_taken_rightly_or_refused(
        from in 0_usize..700,
        length in 0_usize..80,
        insert in "[<>/a-z0-9 &;\"]{0,12}",
    ) {
        let good = format!(
            "<v:retrieveTIGroupsRequest xmlns:v=\"{NAMESPACE}\">{CUSTOMER}{CBSS}{LEGAL}{SEARCH}</v:retrieveTIGroupsRequest>"
        );
        let from = from.min(good.len());
        let to = (from + length).min(good.len());
        let mangled = format!("{}{insert}{}", &good[..from], &good[to..]);
        if let Ok(read) = checked(&mangled) {
            prop_assert!(read.head.legal_context.chars().count() <= 64);
            prop_assert!(read.head.ticket.is_none_or(|ticket| ticket.chars().count() <= 36));
        }
    }

    /// The schema's pattern takes every number that the population can issue.
    #[test]
    fn issued_numbers_fit_the_schema(seed: u64) {
        let population = crate::population::Population::generate(seed, 120);
        for listed in population.list(None, 0, usize::MAX) {
            prop_assert!(facets::is_ssin(&listed.ssin), "{}", listed.ssin);
        }
    }
}
