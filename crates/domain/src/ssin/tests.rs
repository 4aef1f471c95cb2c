use proptest::prelude::*;

use super::{Register, Ssin, SsinCheck, SsinError};

/// A number whose check digits follow the rule of the given century.
fn with_check(first_nine: u64, since_2000: bool) -> String {
    let base = if since_2000 {
        2_000_000_000 + first_nine
    } else {
        first_nine
    };
    format!("{first_nine:09}{:02}", 97 - base % 97)
}

#[test]
fn both_centuries_are_told_apart() {
    let old = Ssin::parse(&with_check(800_101_001, false), SsinCheck::Error).unwrap();
    let new = Ssin::parse(&with_check(800_101_001, true), SsinCheck::Error).unwrap();
    assert_eq!(old.born_since_2000(), Some(false));
    assert_eq!(new.born_since_2000(), Some(true));
}

#[test]
fn overflow_numbers_and_bis_numbers_pass() {
    // Public examples of exhausted counters and unknown dates (belgif rest-guide, issue 81).
    for text in [
        "10000100182",
        "10200100128",
        "10400100171",
        "00003241778",
        "24203200171",
    ] {
        assert!(Ssin::parse(text, SsinCheck::Error).is_ok(), "{text}");
    }
    assert_eq!(
        Ssin::parse("24203200171", SsinCheck::Error).unwrap().register(),
        Register::Bis
    );
    assert_eq!(
        Ssin::parse("10000100182", SsinCheck::Error).unwrap().register(),
        Register::National
    );
}

#[test]
fn separators_are_tolerated_and_other_characters_named_by_position() {
    let plain = Ssin::parse("80010100136", SsinCheck::Error).unwrap();
    assert_eq!(Ssin::parse("80.01.01-001.36", SsinCheck::Error).unwrap(), plain);
    assert_eq!(Ssin::parse("800101 001/36", SsinCheck::Error).unwrap(), plain);
    assert_eq!(
        Ssin::parse("80010x00136", SsinCheck::Error),
        Err(SsinError::Character { position: 6 })
    );
    // Full-width digits are digits for Unicode, not for us.
    assert_eq!(
        Ssin::parse("8001010013\u{ff16}", SsinCheck::Error),
        Err(SsinError::Character { position: 11 })
    );
    assert_eq!(
        Ssin::parse("8001010013", SsinCheck::Error),
        Err(SsinError::Length { found: 10 })
    );
    assert_eq!(
        Ssin::parse("", SsinCheck::Error),
        Err(SsinError::Length { found: 0 })
    );
}

#[test]
fn a_wrong_checksum_is_refused_or_told() {
    assert_eq!(
        Ssin::parse("80010100137", SsinCheck::Error),
        Err(SsinError::Checksum)
    );
    let lowered = Ssin::parse("80010100137", SsinCheck::Warn).unwrap();
    assert!(!lowered.has_valid_checksum());
}

#[test]
fn debug_shows_nothing() {
    let shown = format!("{:?}", Ssin::parse("80010100136", SsinCheck::Error).unwrap());
    assert!(!shown.chars().any(|c| c.is_ascii_digit()), "{shown}");
}

proptest! {
    #[test]
    fn one_wrong_digit_never_passes(first_nine in 0u64..1_000_000_000, since_2000: bool, at in 0usize..9, by in 1u8..10) {
        let good = with_check(first_nine, since_2000);
        let original = Ssin::parse(&good, SsinCheck::Error).unwrap();
        let mut bytes = good.into_bytes();
        bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
        let changed = Ssin::parse(std::str::from_utf8(&bytes).unwrap(), SsinCheck::Warn).unwrap();
        // A wrong digit may turn one century's number into the other's, never into one of its own.
        prop_assert_ne!(changed.born_since_2000(), original.born_since_2000());
    }

    #[test]
    fn any_text_is_handled(text in "\\PC{0,30}") {
        let _ = Ssin::parse(&text, SsinCheck::Error);
    }
}
