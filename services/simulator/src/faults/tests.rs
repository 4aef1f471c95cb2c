use super::*;

const ANYBODY: &str = "80010100156";

fn rule(json: &str) -> Rule {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}"))
}

fn asked<'q>(ssin: &'q str, cbe_number: Option<&'q str>) -> Asked<'q> {
    Asked {
        service: Service::RetrieveTiGroups,
        action: None,
        ssin,
        cbe_number,
    }
}

/// The examples of the module's documentation.
fn documented() -> Vec<String> {
    let source = include_str!("mod.rs");
    let block = source
        .split("//! ```json\n")
        .nth(1)
        .and_then(|rest| rest.split("//! ```").next());
    let lines = block.expect("a block of examples").lines();
    lines
        .map(|line| line.trim_start_matches("//! ").to_owned())
        .collect()
}

#[test]
fn the_documented_examples_are_rules() {
    let examples = documented();
    assert!(examples.len() >= 5);
    for example in examples {
        assert_eq!(rule(&example).check(), Ok(()), "{example}");
    }
}

#[test]
fn every_action_comes_back_from_json() {
    for json in [
        r#"{"type":"none"}"#,
        r#"{"type":"drop_request"}"#,
        r#"{"type":"drop_reply"}"#,
        r#"{"type":"drop_reply","after_bytes":10}"#,
        r#"{"type":"execute_after_client_gave_up","delay_ms":5}"#,
        r#"{"type":"http_500"}"#,
        r#"{"type":"http_503","retry_after_s":3}"#,
        r#"{"type":"http_status","code":404}"#,
        r#"{"type":"soap_fault","code":"MSG00003"}"#,
        r#"{"type":"status","value":"NO_RESULT","code":"MSG00002","with_data":false}"#,
        r#"{"type":"malformed_xml"}"#,
        r#"{"type":"truncated_body"}"#,
        r#"{"type":"wrong_charset","encoding":"utf16"}"#,
        r#"{"type":"html_page"}"#,
        r#"{"type":"empty_body"}"#,
        r#"{"type":"huge_body","bytes":1}"#,
        r#"{"type":"slow_body","bytes_per_s":1}"#,
        r#"{"type":"redirect","to":"http://127.0.0.1:1/"}"#,
    ] {
        let action: Action = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}"));
        assert_eq!(serde_json::to_string(&action).expect("JSON"), json);
    }
}

#[test]
fn what_cannot_be_carried_out_is_refused() {
    for (json, error) in [
        (r#"{"match":{"probability":1.5}}"#, BadRule::Probability),
        (r#"{"match":{"nth":0}}"#, BadRule::Count),
        (r#"{"match":{"times":0}}"#, BadRule::Count),
        (
            r#"{"action":{"type":"http_status","code":199}}"#,
            BadRule::HttpStatus,
        ),
        (
            r#"{"action":{"type":"http_status","code":600}}"#,
            BadRule::HttpStatus,
        ),
        (
            r#"{"action":{"type":"slow_body","bytes_per_s":0}}"#,
            BadRule::Pace,
        ),
        (
            r#"{"action":{"type":"redirect","to":"http://a b"}}"#,
            BadRule::Location,
        ),
    ] {
        assert_eq!(rule(json).check(), Err(error), "{json}");
    }
    for json in [
        r#"{"mach":{}}"#,
        r#"{"match":{"person":"x"}}"#,
        r#"{"action":{"type":"explode"}}"#,
    ] {
        assert!(serde_json::from_str::<Rule>(json).is_err(), "{json}");
    }
}

#[test]
fn a_rule_is_for_the_calls_it_matches() {
    let script = Script::new(1);
    script.add(rule(
        r#"{"match":{"ssin":"80010100156","cbe_number":"0212344876"}}"#,
    ));
    assert!(script.choose(&asked(ANYBODY, Some("0212344876"))).is_some());
    assert!(script.choose(&asked(ANYBODY, Some("0000000097"))).is_none());
    assert!(script.choose(&asked(ANYBODY, None)).is_none());
    assert!(script.choose(&asked("80010100255", Some("0212344876"))).is_none());
    assert_eq!(script.list()[0].applied, 1);
}

#[test]
fn a_rule_can_be_for_one_service_or_one_action() {
    let register = Asked {
        service: Service::ManageAccess,
        action: Some(AccessAction::Register),
        ..asked(ANYBODY, None)
    };
    let list = Asked {
        action: Some(AccessAction::List),
        ..register
    };
    let hits = |json| {
        let script = Script::new(1);
        script.add(rule(json));
        [asked(ANYBODY, None), register, list].map(|asked| script.choose(&asked).is_some())
    };
    assert_eq!(
        hits(r#"{"match":{"service":"retrieve-ti-groups"}}"#),
        [true, false, false]
    );
    assert_eq!(
        hits(r#"{"match":{"service":"manage-access"}}"#),
        [false, true, true]
    );
    assert_eq!(hits(r#"{"match":{"action":"LIST"}}"#), [false, false, true]);
    assert_eq!(
        hits(r#"{"match":{"service":"retrieve-ti-groups","action":"LIST"}}"#),
        [false; 3]
    );
    assert_eq!(hits("{}"), [true; 3]);
    for json in [
        r#"{"match":{"action":"list"}}"#,
        r#"{"match":{"service":"other"}}"#,
    ] {
        assert!(serde_json::from_str::<Rule>(json).is_err(), "{json}");
    }
}

#[test]
fn nth_counts_per_person_and_times_in_all() {
    let script = Script::new(1);
    script.add(rule(r#"{"match":{"nth":2}}"#));
    let hits: Vec<bool> = ["a", "b", "a", "a", "b", "b"]
        .map(|ssin| script.choose(&asked(ssin, None)).is_some())
        .to_vec();
    assert_eq!(hits, [false, false, true, false, true, false]);
    script.clear();
    script.add(rule(r#"{"match":{"times":2}}"#));
    let hits: Vec<bool> = ["a", "b", "a"]
        .map(|ssin| script.choose(&asked(ssin, None)).is_some())
        .to_vec();
    assert_eq!(hits, [true, true, false]);
}

#[test]
fn the_oldest_matching_rule_is_applied_alone() {
    let script = Script::new(1);
    let first = script.add(rule(r#"{"match":{"times":1}}"#));
    let second = script.add(rule("{}"));
    let chosen = || script.choose(&asked(ANYBODY, None)).map(|chosen| chosen.id);
    assert_eq!((chosen(), chosen()), (Some(first), Some(second)));
    assert!(script.remove(second));
    assert!(!script.remove(second));
    assert_eq!(chosen(), None);
}

#[test]
fn probability_is_kept_and_repeats_with_the_seed() {
    let hits = |seed| {
        let script = Script::new(seed);
        script.add(rule(r#"{"match":{"probability":0.25}}"#));
        (0..4000)
            .map(|_| script.choose(&asked(ANYBODY, None)).is_some())
            .collect::<Vec<bool>>()
    };
    let count = hits(9).into_iter().filter(|hit| *hit).count();
    assert!((850..1150).contains(&count), "{count} of 4000");
    assert_eq!(hits(9), hits(9));
    assert_ne!(hits(9), hits(10));
}
