use relay_domain::JobState;
use sqlx::types::Uuid;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::super::{Limits, Room, Standing, WaitsFor};
use super::{reasons, tightest};
use crate::CircuitLine;

const NOW: OffsetDateTime = datetime!(2026-11-25 12:00 UTC);

fn later() -> OffsetDateTime {
    NOW + Duration::minutes(5)
}

fn standing(state: JobState) -> Standing {
    Standing {
        job_id: Uuid::from_u128(1),
        environment: "test".to_owned(),
        organisation: "eupen-test".to_owned(),
        service: "manage-access".to_owned(),
        state: state.as_str().to_owned(),
        wait_reason: None,
        due_at: NOW - Duration::seconds(1),
        deadline: None,
        lease_until: None,
        priority: 1,
        attempt: 2,
        class: Some("unavailable".to_owned()),
        look_step: None,
        looks: 0,
        looks_agreed: 0,
        look_finding: None,
        prerequisite: None,
        prerequisite_state: None,
        behind: None,
        behind_state: None,
        now: NOW,
    }
}

fn circuit(state: &str, organisation: &str, service: &str) -> CircuitLine {
    CircuitLine {
        environment: "test".to_owned(),
        organisation: organisation.to_owned(),
        service: service.to_owned(),
        state: state.to_owned(),
        failures: 5,
        allowance: 1,
        until: (state == "open").then(later),
        cause: Some("unavailable".to_owned()),
        changed_at: NOW,
    }
}

fn room(rate: Option<f64>, concurrent: Option<i32>, sending: i64, free_in_s: i64) -> Room {
    Room {
        organisation: "*".to_owned(),
        service: "*".to_owned(),
        rate,
        concurrent,
        sending,
        free_at: (free_in_s > 0).then(|| NOW + Duration::seconds(free_in_s)),
    }
}

fn words(found: &[WaitsFor]) -> Vec<&'static str> {
    found.iter().map(|waits| waits.reason).collect()
}

#[test]
fn each_open_state_has_a_reason_and_each_ended_one_has_none() {
    for state in JobState::ALL {
        let found = reasons(state, &standing(state), &Limits::default());
        assert_eq!(found.is_empty(), state.is_terminal(), "{state:?}");
        assert!(found.iter().all(|waits| !waits.detail.is_empty()));
    }
}

#[test]
fn a_job_that_is_due_waits_its_turn_in_its_lane() {
    let mut limits = Limits::default();
    let found = reasons(JobState::Accepted, &standing(JobState::Accepted), &limits);
    assert!(
        words(&found) == ["turn"] && found[0].detail.contains("producer"),
        "{found:?}"
    );
    limits.ahead = 3;
    let found = reasons(JobState::Accepted, &standing(JobState::Accepted), &limits);
    assert!(found[0].detail.ends_with(": 3"), "{found:?}");
    limits.ahead = 1000;
    let found = reasons(JobState::Accepted, &standing(JobState::Accepted), &limits);
    assert!(found[0].detail.ends_with("1000 or more"), "{found:?}");
    // A quota is what they wait for, whether its next slot is free at the moment or not.
    for free_in_s in [0, 2] {
        limits.quotas = vec![room(None, Some(9), 0, 0), room(Some(5.0), None, 0, free_in_s)];
        let found = reasons(JobState::Accepted, &standing(JobState::Accepted), &limits);
        assert_eq!(words(&found), ["turn", "quota"]);
        assert!(found[1].detail.contains("5 a second"), "{found:?}");
    }
    limits.ahead = 0;
    let found = reasons(JobState::Accepted, &standing(JobState::Accepted), &limits);
    assert_eq!(words(&found), ["quota"], "first, and paced");
    limits.quotas = vec![room(Some(5.0), None, 0, 0)];
    let found = reasons(JobState::Accepted, &standing(JobState::Accepted), &limits);
    assert_eq!(words(&found), ["turn"], "first, and its slot is free");
}

#[test]
fn a_job_that_is_not_due_says_why_and_until_when() {
    for (wait_reason, word, until) in [
        (None, "not_before", Some(later())),
        (Some("not_before"), "not_before", Some(later())),
        (Some("retry"), "retry", Some(later())),
        (Some("circuit"), "circuit", Some(later())),
        (Some("new"), "untold", None),
    ] {
        let mut job = standing(JobState::Accepted);
        job.wait_reason = wait_reason.map(str::to_owned);
        job.due_at = later();
        let found = reasons(JobState::Accepted, &job, &Limits::default());
        assert_eq!(words(&found), [word]);
        assert_eq!(found[0].until, until);
    }
}

#[test]
fn other_jobs_are_named_and_an_uncertain_one_visibly() {
    let mut job = standing(JobState::Accepted);
    job.prerequisite = Some(Uuid::from_u128(2));
    job.prerequisite_state = Some("sending".to_owned());
    job.behind = Some(Uuid::from_u128(3));
    job.behind_state = Some("sending".to_owned());
    let found = reasons(JobState::Accepted, &job, &Limits::default());
    assert_eq!(words(&found), ["prerequisite", "ordered"]);
    assert!(found[0].detail.contains(&Uuid::from_u128(2).to_string()));
    assert!(found[1].detail.contains(&Uuid::from_u128(3).to_string()));
    assert!(!found[1].detail.contains("resolve"));
    job.behind_state = Some("uncertain".to_owned());
    let found = reasons(JobState::Accepted, &job, &Limits::default());
    assert!(
        found[1]
            .detail
            .contains(&format!("relayctl job resolve {}", Uuid::from_u128(3))),
        "{found:?}"
    );
}

#[test]
fn what_holds_the_lane_is_told_with_its_end() {
    let limits = Limits {
        circuits: vec![
            circuit("open", "*", "*"),
            circuit("paused", "eupen-test", "manage-access"),
        ],
        maintenance: Some(later()),
        quotas: vec![room(Some(5.0), None, 0, 2)],
        ahead: 4,
    };
    let found = reasons(JobState::Accepted, &standing(JobState::Accepted), &limits);
    assert_eq!(words(&found), ["maintenance", "circuit", "circuit", "quota"]);
    assert_eq!(found[0].until, Some(later()));
    assert!(found[1].detail.starts_with("the environment is not called") && found[1].until.is_some());
    assert!(found[2].detail.contains("lane resume") && found[2].until.is_none());
    assert!(
        found[3].detail.contains("5 a second") && found[3].until.is_some(),
        "{found:?}"
    );
    // A call that is open is held by nothing but its lease.
    let found = reasons(JobState::Sending, &standing(JobState::Sending), &limits);
    assert_eq!(words(&found), ["sending"]);
}

#[test]
fn the_tightest_quota_is_the_one_that_lets_go_last() {
    let (paced, slower) = (room(Some(5.0), None, 0, 1), room(Some(0.1), None, 0, 8));
    let full = room(None, Some(2), 2, 0);
    let free = room(Some(100.0), Some(10), 3, 0);
    assert!(tightest(&[free]).is_none());
    let quotas = [paced, slower];
    assert_eq!(tightest(&quotas).and_then(|room| room.rate), Some(0.1));
    let [paced, slower] = quotas;
    assert_eq!(
        tightest(&[paced, full, slower]).and_then(|room| room.concurrent),
        Some(2)
    );
}

#[test]
fn a_change_that_is_looked_up_says_how_far() {
    let mut job = standing(JobState::Reconciling);
    job.look_step = Some("waiting".to_owned());
    job.due_at = later();
    let found = reasons(JobState::Reconciling, &job, &Limits::default());
    assert!(
        found[0].detail.contains("none yet") && found[0].detail.contains("look 1 comes next"),
        "{found:?}"
    );
    assert_eq!(found[0].until, Some(later()));
    (job.looks, job.looks_agreed, job.look_finding) = (3, 1, Some("absent".to_owned()));
    job.look_step = Some("sending".to_owned());
    let found = reasons(JobState::Reconciling, &job, &Limits::default());
    assert!(
        found[0].detail.contains("3 so far, the newest 1 found it absent")
            && found[0].detail.contains("look 4 is under way"),
        "{found:?}"
    );
}

#[test]
fn an_uncertain_change_is_a_persons() {
    let found = reasons(
        JobState::Uncertain,
        &standing(JobState::Uncertain),
        &Limits::default(),
    );
    assert!(words(&found) == ["uncertain"] && found[0].detail.contains("relayctl job resolve"));
}
