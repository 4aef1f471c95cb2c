use time::macros::date;

use super::*;

const ANYBODY: &str = "80010100136";
const US: &str = "0212344876";
const OTHERS: &str = "0000000097";

fn from_to(start: Date, end: Date) -> Period {
    Period {
        start,
        end: Some(end),
    }
}

const ALWAYS: Period = Period {
    start: date!(0001 - 01 - 01),
    end: None,
};

fn order(action: AccessAction, period: Period) -> Order<'static> {
    Order {
        ticket: Some("ours"),
        ticket_cbss: "THEIRS",
        ssin: ANYBODY,
        cbe_number: US,
        action,
        purpose: 1,
        period,
    }
}

fn moment() -> Moment {
    Moment {
        at: String::new(),
        ms: 7,
    }
}

fn execute(registrations: &Registrations, action: AccessAction, period: Period) {
    registrations.execute(&order(action, period), moment);
}

/// Periods in the primary register, after checking that the secondary has the same.
fn periods(registrations: &Registrations) -> Vec<Period> {
    let [primary, secondary] = Register::BOTH.map(|register| {
        registrations
            .overlapping(ANYBODY, ALWAYS, &[register], None)
            .into_iter()
            .map(|registration| registration.period)
            .collect::<Vec<_>>()
    });
    assert_eq!(primary, secondary);
    primary
}

#[test]
fn a_registration_is_in_both_registers_once() {
    let registrations = Registrations::new(10);
    let month = from_to(date!(2026 - 01 - 01), date!(2026 - 01 - 31));
    execute(&registrations, AccessAction::Register, month);
    execute(&registrations, AccessAction::Register, month);
    assert_eq!(periods(&registrations), [month]);
    let longer = Period { end: None, ..month };
    execute(&registrations, AccessAction::Register, longer);
    assert_eq!(periods(&registrations), [month, longer]);
    let changed: Vec<bool> = registrations
        .changes(0, 10)
        .iter()
        .map(|change| change.changed)
        .collect();
    assert_eq!(changed, [true, false, true]);
}

#[test]
fn a_registration_of_hand_completes_the_other_register() {
    let registrations = Registrations::new(10);
    let month = from_to(date!(2026 - 01 - 01), date!(2026 - 01 - 31));
    let by_hand = Registration {
        purpose: 1,
        period: month,
        cbe_number: US.to_owned(),
        register: Register::Secondary,
    };
    assert!(registrations.set(ANYBODY, by_hand.clone()));
    assert!(!registrations.set(ANYBODY, by_hand));
    execute(&registrations, AccessAction::Register, month);
    assert_eq!(periods(&registrations), [month]);
    registrations.clear();
    assert!(registrations.list(None).is_empty());
    assert_eq!(registrations.changes(0, 10).len(), 1);
}

#[test]
fn the_asked_period_is_taken_out() {
    let (first, last) = (date!(2026 - 03 - 01), date!(2026 - 06 - 30));
    let whole = from_to(first, last);
    let open = Period {
        start: first,
        end: None,
    };
    let before = from_to(first, date!(2026 - 03 - 31));
    let after = |end| Period {
        start: date!(2026 - 05 - 01),
        end,
    };
    let april = from_to(date!(2026 - 04 - 01), date!(2026 - 04 - 30));
    let from_april = Period { end: None, ..april };
    let until_april = Period {
        start: date!(2020 - 01 - 01),
        ..april
    };
    for (registered, taken_out, left) in [
        (whole, whole, vec![]),
        (open, open, vec![]),
        (whole, ALWAYS, vec![]),
        (whole, from_april, vec![before]),
        (whole, until_april, vec![after(Some(last))]),
        (whole, april, vec![before, after(Some(last))]),
        (open, april, vec![before, after(None)]),
        (open, from_april, vec![before]),
        (
            whole,
            from_to(date!(2026 - 07 - 01), date!(2026 - 07 - 31)),
            vec![whole],
        ),
        (
            whole,
            from_to(last, last),
            vec![from_to(first, date!(2026 - 06 - 29))],
        ),
    ] {
        let registrations = Registrations::new(10);
        execute(&registrations, AccessAction::Register, registered);
        execute(&registrations, AccessAction::Unregister, taken_out);
        assert_eq!(
            periods(&registrations),
            left,
            "{registered:?} without {taken_out:?}"
        );
        assert_eq!(registrations.changes(1, 1)[0].changed, left != [registered]);
    }
}

#[test]
fn other_purposes_organisations_and_people_are_left_alone() {
    let registrations = Registrations::new(10);
    let registered = order(AccessAction::Register, ALWAYS);
    for other in [
        Order {
            purpose: 2,
            ..registered
        },
        Order {
            cbe_number: OTHERS,
            ..registered
        },
        Order {
            ssin: "80020200113",
            ..registered
        },
    ] {
        registrations.execute(&other, moment);
    }
    execute(&registrations, AccessAction::Unregister, ALWAYS);
    assert_eq!(registrations.list(None).len(), 6);
    assert_eq!(registrations.list(Some(ANYBODY)).len(), 4);
    assert!(!registrations.changes(3, 1)[0].changed);
}

#[test]
fn overlaps_are_found_by_register_and_purpose() {
    let registrations = Registrations::new(10);
    let month = from_to(date!(2026 - 01 - 01), date!(2026 - 01 - 31));
    execute(&registrations, AccessAction::Register, month);
    let count = |period, registers: &[Register], purpose| {
        registrations
            .overlapping(ANYBODY, period, registers, purpose)
            .len()
    };
    assert_eq!(count(ALWAYS, &Register::BOTH, None), 2);
    assert_eq!(count(ALWAYS, &[Register::Primary], Some(1)), 1);
    assert_eq!(count(ALWAYS, &Register::BOTH, Some(2)), 0);
    let touching = from_to(date!(2026 - 01 - 31), date!(2026 - 02 - 28));
    assert_eq!(count(touching, &Register::BOTH, None), 2);
    let later = from_to(date!(2026 - 02 - 01), date!(2026 - 02 - 28));
    assert_eq!(count(later, &Register::BOTH, None), 0);
    assert_eq!(count(Period { end: None, ..later }, &Register::BOTH, None), 0);
}

#[test]
fn a_full_log_forgets_the_oldest() {
    let registrations = Registrations::new(2);
    for _ in 0..3 {
        execute(&registrations, AccessAction::Register, ALWAYS);
    }
    let sequences: Vec<u64> = registrations
        .changes(0, 10)
        .iter()
        .map(|change| change.sequence)
        .collect();
    assert_eq!(sequences, [2, 3]);
    let line = serde_json::to_value(&registrations.changes(2, 1)[0]).expect("JSON");
    assert_eq!(
        line,
        serde_json::json!({
            "sequence": 3, "ticket": "ours", "ticket_cbss": "THEIRS", "ssin": ANYBODY, "cbe_number": US,
            "action": "REGISTER", "purpose": 1, "start": "0001-01-01", "end": null, "changed": false,
            "executed": {"at": "", "ms": 7},
        })
    );
}
