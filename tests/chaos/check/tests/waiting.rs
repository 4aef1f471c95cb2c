//! What goes wrong with what waits: times, prerequisites, closed lanes, two organisations.

use relay_domain::{JobId, JobState, OrganisationId};
use relay_proto::EventKind;

use super::{Planted, SECOND, each_is_found, event, found, id, job, say, sound};
use crate::check::blocked;
use crate::facts::{Facts, Heard, Job};
use crate::script::{Organisation, Priority};
use crate::sender::Submitted;
use crate::stage::{Closure, Pause};

/// The first change; the second one follows it and has times; a third one, which nothing was sent of, expired.
fn waited() -> Facts {
    let mut facts = sound();
    let second = &mut facts.record.submissions[1];
    second.after = Some("key-0".to_owned());
    second.not_before_us = Some(3 * SECOND);
    second.deadline_us = Some(5 * SECOND);
    let third = Submitted {
        key: "key-2".to_owned(),
        after: None,
        not_before_us: None,
        deadline_us: Some(7 * SECOND),
        ..second.clone()
    };
    facts.record.submissions.push(third);
    unsent(&mut facts, "expired", None);
    facts
}

/// The third job has ended so, without an attempt.
fn unsent(facts: &mut Facts, state: &str, cause: Option<&str>) {
    let mut third = job(facts, 2).clone();
    (third.job_id, third.attempt, third.order_number) = (id(3), 0, Some(9 * SECOND));
    (third.state, third.cause) = (state.to_owned(), cause.map(str::to_owned));
    third.ended_us = Some(7 * SECOND);
    facts.jobs.insert(third.job_id, third);
    let state = JobState::from_name(state).expect("a state");
    facts
        .seen
        .retain(|heard| heard.event.job_id != Some(JobId(id(3))));
    facts.said.retain(|said| said.job_id != Some(id(3)));
    say(facts, 3, (1, EventKind::Accepted, JobState::Accepted), 6 * SECOND);
    say(facts, 3, (2, EventKind::Finished, state), 7 * SECOND);
}

fn closure(lane: Option<(Organisation, &'static str)>, until_us: Option<i64>) -> Closure {
    Closure {
        lane,
        from_us: 3 * SECOND,
        until_us,
    }
}

const PLANTED: [Planted; 20] = [
    ("(9) attempt 1 began before its time", |facts| {
        facts.record.submissions[1].not_before_us = Some(4 * SECOND + 1);
    }),
    ("(9) attempt 1 began after the deadline", |facts| {
        facts.record.submissions[1].deadline_us = Some(4 * SECOND);
    }),
    ("(9) expired before its deadline", |facts| {
        job(facts, 3).ended_us = Some(7 * SECOND - 1);
    }),
    ("(9) expired before its deadline", |facts| {
        facts.record.submissions[2].deadline_us = None;
    }),
    ("(9) expired before its deadline", |facts| job(facts, 3).round = 2),
    ("(9) expired during attempt 1", |facts| {
        let mut attempt = facts.attempts[0].clone();
        (attempt.job_id, attempt.ticket, attempt.began_us) = (id(3), id(103), 6 * SECOND);
        (attempt.finished_us, attempt.class) = (Some(7 * SECOND + 1), Some("no_answer".to_owned()));
        facts.attempts.push(attempt);
    }),
    ("(9) nobody asked for that", |facts| {
        facts.record.submissions.pop();
    }),
    // An attempt began while the other job was open, or had ended badly.
    ("(9) run before", |facts| {
        job(facts, 1).ended_us = Some(4 * SECOND + 1)
    }),
    ("(9) run before", |facts| {
        job(facts, 1).state = "errors".to_owned()
    }),
    ("(9) ended with what did not fail", |facts| {
        facts.record.submissions[2].after = Some("key-0".to_owned());
        unsent(facts, "cancelled", Some("prerequisite"));
    }),
    ("(9) it followed nothing", |facts| {
        unsent(facts, "cancelled", Some("prerequisite"))
    }),
    (
        "(9) its prerequisite failed, and it is no cancelled job",
        |facts| {
            facts.record.submissions[2].after = Some("key-0".to_owned());
            unsent(facts, "failed", Some("prerequisite"));
        },
    ),
    ("(9) attempt 1 began while", |facts| {
        facts.closures.push(closure(None, None))
    }),
    ("(9) attempt 1 began while", |facts| {
        let lane = Some((Organisation::Eupen, "manage-access"));
        facts.closures.push(closure(lane, Some(5 * SECOND)));
    }),
    ("(8) ghent-test heard of Some(\"eupen-test\")", |facts| {
        facts.seen.push(by_the_second(Organisation::Eupen));
    }),
    ("(8) ghent-test heard of another's job", |facts| {
        facts.seen.push(by_the_second(Organisation::Ghent));
    }),
    ("(8) called as 0999999922", |facts| {
        facts.calls[0].cbe_number = Some(Organisation::Ghent.cbe_number().to_owned());
    }),
    ("(8) in line with another organisation's", |facts| {
        job(facts, 3).organisation = Organisation::Ghent.id().to_owned();
    }),
    ("(1) key-2 is 0 jobs", |facts| {
        // The same key of the other organisation is another one.
        facts
            .seen
            .iter_mut()
            .filter(|heard| heard.event.job_id == Some(JobId(id(3))))
            .for_each(|heard| {
                heard.by = Organisation::Ghent;
            });
    }),
    ("(5) 3 calls of the second organisation within 0.1 s", |facts| {
        for ticket in 600..603 {
            let mut call = facts.calls[0].clone();
            call.ticket = Some(id(ticket));
            call.cbe_number = Some(Organisation::Ghent.cbe_number().to_owned());
            facts.calls.push(call);
        }
    }),
];

/// An event of the first one's job, under this name.
fn by_the_second(named: Organisation) -> Heard {
    let mut heard = event(1002, 1, 2, EventKind::Finished, JobState::Ok);
    heard.by = Organisation::Ghent;
    heard.event.organisation = OrganisationId::parse(named.id()).ok();
    heard
}

#[test]
fn each_planted_problem_is_found() {
    each_is_found(waited, &PLANTED);
}

#[test]
fn what_a_lane_or_a_time_does_not_concern_is_no_problem() {
    let mut facts = waited();
    facts
        .closures
        .push(closure(Some((Organisation::Ghent, "manage-access")), None));
    facts
        .closures
        .push(closure(Some((Organisation::Eupen, "retrieve-ti-groups")), None));
    facts.closures.push(closure(None, Some(4 * SECOND)));
    // A look sends nothing: it may come after the deadline.
    let mut look = facts.attempts[1].clone();
    (look.number, look.ticket, look.kind) = (2, id(202), "look".to_owned());
    (look.began_us, look.finished_us) = (9 * SECOND, Some(9 * SECOND));
    facts.closures.clear();
    facts.attempts.push(look);
    let problems = found(&facts);
    assert!(
        !problems.iter().any(|problem| problem.starts_with("(9)")),
        "{problems:#?}"
    );
}

#[test]
fn a_follower_ends_with_a_round_that_failed_though_the_next_one_ends_well() {
    let mut facts = waited();
    facts.record.submissions[2].after = Some("key-0".to_owned());
    unsent(&mut facts, "cancelled", Some("prerequisite"));
    super::operated::failed_before(&mut facts, 1);
    let problems = found(&facts);
    assert!(
        !problems
            .iter()
            .any(|problem| problem.starts_with("(9) ended with")),
        "{problems:#?}"
    );
}

#[test]
fn a_call_that_outlives_its_lease_counts_until_its_end() {
    let mut facts = waited();
    let held = |facts: &Facts| {
        found(facts)
            .iter()
            .any(|problem| problem.contains("open at once"))
    };
    for (ticket, lease_until_us) in [(700, 3 * SECOND), (701, 3 * SECOND), (702, 9 * SECOND)] {
        let (mut call, mut attempt) = (facts.calls[0].clone(), facts.attempts[0].clone());
        (call.ticket, attempt.ticket, attempt.lease_until_us) =
            (Some(id(ticket)), id(ticket), lease_until_us);
        (call.ended, attempt.finished_us) = (None, None);
        facts.calls.push(call);
        facts.attempts.push(attempt);
    }
    assert!(
        held(&facts),
        "three and the first one in the second in which all are open"
    );
    for attempt in &mut facts.attempts[2..4] {
        attempt.lease_until_us = 2 * SECOND;
    }
    facts.pauses.push(Pause {
        process: 7,
        from_us: SECOND,
        until_us: 8 * SECOND,
    });
    assert!(!held(&facts), "what begins when its lease is over counts no more");
}

#[test]
fn a_priority_is_one_of_three() {
    let ranks = [Priority::Interactive, Priority::Normal, Priority::Batch].map(Priority::rank);
    assert_eq!(ranks, [0, 1, 2]);
}

#[test]
fn an_uncertain_change_holds_up_the_others_of_its_person_whatever_their_place() {
    for (uncertain, waiting) in [(1, 2), (2, 1)] {
        let mut facts = sound();
        for (number, state) in [(uncertain, "uncertain"), (waiting, "accepted")] {
            let own = job(&mut facts, number);
            (own.state, own.ended_us) = (state.to_owned(), None);
        }
        let all: Vec<&Job> = facts.jobs.values().collect();
        assert_eq!(blocked(&all).into_iter().collect::<Vec<_>>(), [id(waiting)]);
    }
    // Nobody waits for a later one that is not under way.
    let mut facts = sound();
    for number in [1, 2] {
        let own = job(&mut facts, number);
        (own.state, own.ended_us) = ("accepted".to_owned(), None);
    }
    let all: Vec<&Job> = facts.jobs.values().collect();
    assert!(blocked(&all).is_empty());
}
