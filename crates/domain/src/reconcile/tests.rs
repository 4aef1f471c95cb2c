use super::{Conclusion, Finding, Registration, conclude, find};
use crate::manage_access::{AccessAction, ManageAccess, Proof, Register};
use crate::{IncompleteDate, Language, Ssin, SsinCheck};

fn date(text: &str) -> IncompleteDate {
    text.parse().unwrap()
}

fn change(start: &str, end: Option<&str>) -> ManageAccess {
    ManageAccess {
        ssin: Ssin::parse("80010100136", SsinCheck::Error).unwrap(),
        action: AccessAction::Register,
        purpose: Some(1),
        start_date: date(start),
        end_date: end.map(date),
        sector: None,
        query_register: None,
        proof: Proof::default(),
        language: Language::Fr,
    }
}

fn entry(
    purpose: u16,
    start: &str,
    end: Option<&str>,
    unit: &str,
    register: Option<Register>,
) -> Registration {
    Registration {
        purpose: Some(purpose),
        start: Some(date(start)),
        end: end.map(date),
        unit: unit.to_owned(),
        register,
    }
}

const P: Option<Register> = Some(Register::Primary);
const S: Option<Register> = Some(Register::Secondary);
const BOTH: [Register; 2] = [Register::Primary, Register::Secondary];

fn look(registers: &[Register], registrations: &[Registration]) -> Finding {
    let units = ["63023".to_owned()];
    find(
        &change("2026-01-01", Some("2026-02-28")),
        &units,
        registers,
        registrations,
    )
}

#[test]
fn a_match_is_purpose_period_unit_and_register() {
    let whole =
        |purpose, unit: &str, register| entry(purpose, "2026-01-01", Some("2026-02-28"), unit, register);
    let (first, second) = (whole(1, "63023", P), whole(1, "63023", S));
    assert_eq!(look(&BOTH, &[first.clone(), second.clone()]), Finding::Present);
    assert_eq!(look(&BOTH, &[]), Finding::Absent);
    // In one register of two.
    assert_eq!(look(&BOTH, std::slice::from_ref(&second)), Finding::Partial);
    assert_eq!(
        look(&[Register::Secondary], std::slice::from_ref(&second)),
        Finding::Present
    );
    // A register that does not count shows nothing.
    assert_eq!(
        look(&[Register::Secondary], std::slice::from_ref(&first)),
        Finding::Absent
    );
    // Another's, or for another purpose.
    assert_eq!(
        look(
            &BOTH,
            &[
                whole(1, "62063", P),
                whole(2, "63023", P),
                first.clone(),
                second.clone()
            ]
        ),
        Finding::Present
    );
    assert_eq!(
        look(&BOTH, &[whole(1, "62063", P), whole(2, "63023", S)]),
        Finding::Absent
    );
    // A register that nobody knows is no proof.
    assert_eq!(look(&BOTH, &[whole(1, "63023", None)]), Finding::Partial);
}

#[test]
fn periods_are_the_same_overlap_or_do_not_touch() {
    let both = |start, end| [entry(1, start, end, "63023", P), entry(1, start, end, "63023", S)];
    for (start, end, expected) in [
        ("2026-01-01", Some("2026-02-28"), Finding::Present),
        // An end that is missing is another end.
        ("2026-01-01", None, Finding::Partial),
        ("2026-01-01", Some("2026-02-27"), Finding::Partial),
        ("2025-12-31", Some("2026-02-28"), Finding::Partial),
        ("2026-01-00", Some("2026-02-28"), Finding::Partial),
        ("2025-01-01", Some("2025-12-31"), Finding::Absent),
        ("2025-01-01", Some("2026-01-01"), Finding::Partial),
        ("2026-03-01", None, Finding::Absent),
        ("2026-02-28", None, Finding::Partial),
    ] {
        assert_eq!(look(&BOTH, &both(start, end)), expected, "{start} {end:?}");
    }
    let open = change("2026-01-01", None);
    let units = ["63023".to_owned()];
    assert_eq!(
        find(&open, &units, &BOTH, &both("2026-01-01", None)),
        Finding::Present
    );
    assert_eq!(
        find(&open, &units, &BOTH, &both("2026-01-01", Some("2026-12-31"))),
        Finding::Partial
    );
}

#[test]
fn two_looks_must_agree() {
    use AccessAction::{List, Register, Unregister};
    for (action, finding, expected) in [
        (Register, Finding::Present, Conclusion::Done),
        (Register, Finding::Absent, Conclusion::NotDone),
        (Register, Finding::Partial, Conclusion::Uncertain),
        (Unregister, Finding::Present, Conclusion::NotDone),
        (Unregister, Finding::Absent, Conclusion::Done),
        (Unregister, Finding::Partial, Conclusion::Uncertain),
        (List, Finding::Present, Conclusion::Uncertain),
    ] {
        assert_eq!(conclude(action, finding, 1), None);
        assert_eq!(
            conclude(action, finding, 2),
            Some(expected),
            "{action:?} {finding:?}"
        );
    }
}
