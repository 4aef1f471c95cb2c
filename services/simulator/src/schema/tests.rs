use time::macros::date;

use super::*;

#[test]
fn values_of_the_dialect_are_of_their_types() {
    for (text, expected) in [
        ("7", Some(7)),
        (" -007\n", Some(-7)),
        ("+0", Some(0)),
        ("", None),
        ("+", None),
        ("1 2", None),
        ("--1", None),
    ] {
        assert_eq!(facets::integer(text), expected, "{text:?}");
    }
    assert_eq!(facets::integer("1234567890123456789"), None);
    assert_eq!(facets::date("2028-02-29Z"), Some(date!(2028 - 02 - 29)));
    for bad in [
        "",
        "0000-01-01",
        "+999-01-01",
        "-026-01-01",
        "12026-01-01",
        "2026-01-01x",
        "2026-01-01+15:00",
        "2026-00-01",
        "é026-01-01",
    ] {
        assert_eq!(facets::date(bad), None, "{bad}");
    }
    for good in ["19991231T235959", "20000000T000000", "29991939T295959"] {
        assert!(facets::is_compact_date_time(good), "{good}");
    }
    for bad in [
        "30000101T000000",
        "20260101T000060",
        "20260101 000000",
        " 20260101T000000",
        "20262101T000000",
    ] {
        assert!(!facets::is_compact_date_time(bad), "{bad}");
    }
    assert_eq!(facets::email(" a  b@c ").as_deref(), Some("a b@c"));
    assert_eq!(facets::email(&format!("a@{}", "b".repeat(99))), None);
    for bad in ["a", "a@", "@", "@a@"] {
        assert_eq!(facets::email(bad), None, "{bad}");
    }
    assert!(facets::email("@@@").is_some(), "the pattern takes it");
}
