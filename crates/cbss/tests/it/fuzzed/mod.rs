//! Every reader, fed with anything: the bounded form of the fuzz target `parse`, and of its seeds.

mod body;
#[path = "../../../../domain/tests/fuzzed/damage.rs"]
mod damage;

use proptest::prelude::*;
use relay_cbss::ParseOptions;
use relay_domain::{Language, Service};

use body::{How, any_input, any_reply};
use damage::damaged;

/// Replies that are read, as inputs of the fuzz target.
const SEEDS: [&[u8]; 10] = [
    include_bytes!("../../../fuzz/seeds/parse/tx25"),
    include_bytes!("../../../fuzz/seeds/parse/tx25-refused"),
    include_bytes!("../../../fuzz/seeds/parse/fault"),
    include_bytes!("../../../fuzz/seeds/parse/manage-access"),
    include_bytes!("../../../fuzz/seeds/parse/identify-person"),
    include_bytes!("../../../fuzz/seeds/parse/loi65-ab"),
    include_bytes!("../../../fuzz/seeds/parse/loi65-c"),
    include_bytes!("../../../fuzz/seeds/parse/loi65-df"),
    include_bytes!("../../../fuzz/seeds/parse/health-care-insurance"),
    include_bytes!("../../../fuzz/seeds/parse/unemployment-data"),
];

const PIECES: [&str; 52] = [
    "<a>",
    "</a>",
    "<a/>",
    "<a b='c'>",
    " b='c'",
    "xmlns:a='b' ",
    "<!DOCTYPE a>",
    "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;'>]>",
    "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
    "<!ENTITY b 'ha'>",
    "&b;",
    "&amp;",
    "&#65;",
    "&#x10FFFF;",
    "&#0;",
    "&#xD800;",
    "&#99999999999;",
    "&",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml version='1.0' encoding='utf-16'?>",
    "<?xml version='1.0' encoding='windows-1252'?>",
    "<?xml version='1.0' encoding='klingon'?>",
    "<?a b?>",
    "<rrn_it_implicit>",
    "</rrn_it_implicit>",
    "<Names><Name>",
    "</Name></Names>",
    "<Date><Century>20</Century></Date>",
    "<CreationDate/>",
    "<Name/>",
    "<Registrations/>",
    "<LimitedLegalData/>",
    "<Registrations>",
    "<LimitedLegalData>",
    "<DecisionResultC>",
    "<ErrorsOnForm/>",
    "<payment/>",
    "<situation>",
    "<result>",
    "<paidSums><paidSum/></paidSums>",
    "<Street>a</Street>",
    "<Fault>",
    "</",
    "<",
    "'",
    "\u{0}",
    "\u{feff}",
    "\u{fffe}",
    "\u{1d11e}",
];

#[test]
fn the_seeds_are_read() {
    for seed in SEEDS {
        any_input(seed);
        let service = Service::ALL[usize::from(seed[0] - b'0')];
        assert!(relay_cbss::parse(service, &seed[2..], None, &ParseOptions::new(Language::En)).is_ok());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn damaged_replies_are_read_or_refused(input in damaged(&SEEDS, &PIECES)) {
        any_input(&input);
    }

    #[test]
    fn damaged_bodies_are_read_or_refused_however_they_are_read(
        input in damaged(&SEEDS, &PIECES),
        other in prop::option::weighted(0.2, b'0'..=b'9'),
        // Tight limits most of the time: that is where something is to be kept.
        second in prop_oneof![2 => Just(b'`'), 1 => any::<u8>()],
    ) {
        if let [first, _, body @ ..] = input.as_slice() {
            any_reply(How::of(other.unwrap_or(*first), second), body);
        }
    }
}
