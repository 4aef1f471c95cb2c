//! What a fuzzer's bytes are put to: the target `identifiers` of `crates/cbss/fuzz` includes this file.

use relay_domain::submission::IdempotencyKey;
use relay_domain::{IncompleteDate, OrganisationId, Ssin, SsinCheck, SsinError};

/// Has a text read as everything that the domain reads. Panics where an answer does not agree with the text.
pub(crate) fn any_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    number(&text);
    date(&text);
    if let Ok(id) = OrganisationId::parse(&text) {
        assert!(id.as_str() == text && text.len() <= 40);
    }
    if let Some(key) = IdempotencyKey::parse(&text) {
        assert!(key.as_str() == text && text.len() <= 128);
    }
}

fn number(text: &str) {
    let strict = Ssin::parse(text, SsinCheck::Error);
    let digits = || text.chars().filter(char::is_ascii_digit);
    match Ssin::parse(text, SsinCheck::Warn) {
        Ok(ssin) => {
            assert!(ssin.digits().chars().eq(digits()), "other digits than the text's");
            assert_eq!(Ssin::parse(ssin.digits(), SsinCheck::Warn), Ok(ssin));
            let expected = ssin
                .has_valid_checksum()
                .then_some(ssin)
                .ok_or(SsinError::Checksum);
            assert_eq!(strict, expected);
            assert!(!format!("{ssin:?} {:?}", ssin.register()).contains(ssin.digits()));
        }
        Err(error) => {
            assert_eq!(strict, Err(error));
            match error {
                SsinError::Character { position } => {
                    let found = text.chars().nth(position - 1);
                    assert!(found.is_some_and(|c| !matches!(c, '0'..='9' | ' ' | '.' | '-' | '/')));
                }
                SsinError::Length { found } => assert!(found != 11 && found == digits().count()),
                SsinError::Checksum => panic!("a lenient reading has checked the check digits"),
            }
        }
    }
}

fn date(text: &str) {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_date = lengths == [4, 2, 2]
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    match text.parse::<IncompleteDate>() {
        Ok(date) => {
            assert!(is_date && date.to_string() == text);
            let again = IncompleteDate::new(date.year(), date.month().unwrap_or(0), date.day().unwrap_or(0));
            assert!(again == date, "the parts are not the date");
            assert!(!format!("{date:?}").bytes().any(|byte| byte.is_ascii_digit()));
        }
        Err(_) => assert!(!is_date, "a date was refused"),
    }
}
