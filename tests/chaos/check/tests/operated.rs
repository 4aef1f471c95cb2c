//! What goes wrong with rounds and with what operators did.

use relay_domain::JobState;
use relay_proto::EventKind;

use super::{Planted, SECOND, each_is_found, found, id, job, say, sound};
use crate::facts::{Attempt, Facts, Operated};
use crate::stage::Act;

/// The job of that number had failed (refused) in a first round, and an operator opened the one that ended well.
pub(super) fn failed_before(facts: &mut Facts, number: u128) {
    reopened(
        facts,
        number,
        "job_retry",
        "was failed (refused)",
        EventKind::Finished,
        JobState::Failed,
    );
}

/// The same, after a first round that ended in another way. What was sent first is half a second older.
fn reopened(facts: &mut Facts, number: u128, action: &str, detail: &str, end: EventKind, state: JobState) {
    let place = usize::try_from(number).expect("small") - 1;
    let at = facts.attempts[place].began_us;
    let mut first = facts.attempts[place].clone();
    (first.ticket, first.class, first.answered) = (id(300 + number), Some("refused".to_owned()), false);
    (first.began_us, first.finished_us) = (at - SECOND / 2, Some(at - SECOND / 4));
    let second = &mut facts.attempts[place];
    (second.number, second.round) = (2, 2);
    facts.attempts.push(first);
    facts
        .attempts
        .sort_by_key(|attempt| (attempt.job_id, attempt.number));
    for result in facts
        .results
        .iter_mut()
        .filter(|result| result.job_id == id(number))
    {
        (result.round, result.attempt) = (2, 2);
    }
    let own = job(facts, number);
    (own.round, own.attempt, own.event_sequence) = (2, 2, 4);
    facts
        .seen
        .retain(|heard| heard.event.job_id.is_none_or(|job| job.0 != id(number)));
    facts.said.retain(|said| said.job_id != Some(id(number)));
    let course = [
        (1, EventKind::Accepted, JobState::Accepted),
        (2, end, state),
        (3, EventKind::Reopened, JobState::Accepted),
        (4, EventKind::Finished, JobState::Ok),
    ];
    for step in course {
        say(facts, number, step, at - SECOND / 4);
        let heard = facts.seen.last_mut().expect("an event");
        heard.event.round = if step.0 < 3 { 1 } else { 2 };
    }
    facts.operated.push(Operated {
        action: action.to_owned(),
        job_id: id(number),
        detail: Some(detail.to_owned()),
        at_us: at - SECOND / 8,
    });
    facts.acts.push(Act {
        action: action.to_owned(),
        job: Some(id(number)),
        count: 1,
    });
}

fn tried_again() -> Facts {
    let mut facts = sound();
    failed_before(&mut facts, 1);
    facts
}

/// A change that nobody knew of, and that was sent again because an operator has seen that it was not made.
fn not_done() -> Facts {
    let mut facts = sound();
    reopened(
        &mut facts,
        1,
        "job_not_done",
        "was uncertain",
        EventKind::Parked,
        JobState::Uncertain,
    );
    facts.attempts[0].class = Some("no_answer".to_owned());
    facts
}

/// Exchanges the places of two events of the first job.
fn exchange(facts: &mut Facts, one: i64, other: i64) {
    for said in facts.said.iter_mut().filter(|said| said.job_id == Some(id(1))) {
        said.sequence = match said.sequence {
            sequence if sequence == one => other,
            sequence if sequence == other => one,
            sequence => sequence,
        };
    }
}

const PLANTED: [Planted; 15] = [
    ("(1) a round that nobody opened", |facts| facts.operated.clear()),
    ("(1) a round that nobody opened", |facts| job(facts, 2).round = 2),
    // What a withdrawal before `reopened` was told did.
    ("(6) round 1 told", |facts| exchange(facts, 3, 4)),
    ("(6) round 2 told", |facts| exchange(facts, 3, 4)),
    ("(6) events [2, 3]", |facts| {
        facts.said.retain(|said| said.kind != "reopened");
        facts
            .said
            .iter_mut()
            .filter(|said| said.sequence == 4)
            .for_each(|said| said.sequence = 3);
    }),
    ("(6) events [2, 3, 3, 4]", |facts| {
        let mut twice = facts.said.clone();
        twice.retain(|said| said.kind == "reopened");
        twice[0].event_id = id(77);
        facts.said.extend(twice);
    }),
    ("(6) round 1 told", |facts| {
        facts
            .said
            .iter_mut()
            .filter(|said| said.sequence == 2)
            .for_each(|said| said.kind = "parked".to_owned());
    }),
    ("(6) told of a round that is not on record", |facts| {
        facts.operated.clear();
    }),
    ("(6) heard finished", |facts| {
        facts
            .seen
            .iter_mut()
            .filter(|heard| heard.event.sequence == 4)
            .for_each(|heard| heard.event.round = 1);
    }),
    ("(6) heard finished", |facts| {
        let ended = facts.seen.iter_mut().filter(|heard| heard.event.sequence == 4);
        ended.for_each(|heard| heard.event.state = Some(JobState::Failed));
    }),
    ("(1) job_retry of Some", |facts| facts.acts.clear()),
    ("(1) job_discard of None", |facts| {
        facts.acts.push(Act {
            action: "job_discard".to_owned(),
            job: None,
            count: 1,
        });
    }),
    ("(2) 0 results of round 2", |facts| {
        facts.results.retain(|result| result.job_id != id(1));
    }),
    ("(2) 1 results of round 1", |facts| facts.results[0].round = 1),
    // The later change was under way when the earlier one was sent again.
    ("(4) under way together", |facts| {
        facts.attempts[1].began_us = 4 * SECOND + 1;
        job(facts, 1).ended_us = Some(5 * SECOND);
    }),
];

const OF_EVIDENCE: [Planted; 3] = [
    // Opened by a retry, it would be sent blindly.
    ("(3) attempt 2 was sent blindly", |facts| {
        facts.operated[0].action = "job_retry".to_owned();
    }),
    ("(6) round 1 told", |facts| {
        facts
            .said
            .iter_mut()
            .filter(|said| said.sequence == 2)
            .for_each(|said| said.kind = "finished".to_owned());
    }),
    // Others waited while it was uncertain.
    ("(4) begun before the earlier one had ended", |facts| {
        facts.attempts[2].began_us = 2 * SECOND - 1;
    }),
];

/// The earlier change had failed and is sent in a new round while the later one, found not done, waits to be sent again.
fn between() -> Facts {
    let mut facts = tried_again();
    let place = facts.attempts.iter().position(|attempt| attempt.job_id == id(2));
    let place = place.expect("an attempt of the second job");
    let again = facts.attempts.remove(place);
    let at = 2 * SECOND - SECOND / 10;
    let steps = [
        ("send", "no_answer", at),
        ("look", "ok", at + 10),
        ("look", "ok", at + 20),
    ];
    for (number, (kind, class, began)) in (1_i64..).zip(steps) {
        let mut step = again.clone();
        (step.number, step.ticket) = (number, id(400 + number.unsigned_abs() as u128));
        (step.kind, step.class) = (kind.to_owned(), Some(class.to_owned()));
        (step.began_us, step.finished_us) = (began, Some(began + 5));
        facts.attempts.push(step);
    }
    facts.attempts.push(Attempt { number: 4, ..again });
    facts
        .attempts
        .sort_by_key(|attempt| (attempt.job_id, attempt.number));
    facts
}

#[test]
fn an_earlier_change_may_be_sent_while_a_later_one_waits_to_be_sent_again() {
    let order = |facts: &Facts| {
        let mut found = found(facts);
        found.retain(|problem| problem.starts_with("(4)"));
        found
    };
    let mut facts = between();
    assert_eq!(order(&facts), [""; 0]);
    // But not while it is looked up.
    let mut looks = facts.attempts.iter_mut().filter(|attempt| attempt.kind == "look");
    looks.next_back().expect("a look").finished_us = Some(2 * SECOND + 1);
    assert!(
        order(&facts)[0].starts_with("(4) under way together"),
        "{:?}",
        order(&facts)
    );
}

#[test]
fn each_planted_problem_is_found() {
    each_is_found(tried_again, &PLANTED);
    each_is_found(not_done, &OF_EVIDENCE);
}

#[test]
fn a_change_that_an_operator_found_done_has_no_result() {
    let mut facts = sound();
    facts.results.pop();
    let settle = |facts: &mut Facts| {
        facts.operated.push(Operated {
            action: "job_done".to_owned(),
            job_id: id(2),
            detail: Some("was uncertain".to_owned()),
            at_us: 5 * SECOND,
        });
        facts.acts.push(Act {
            action: "job_done".to_owned(),
            job: Some(id(2)),
            count: 1,
        });
    };
    assert!(!found(&facts).is_empty());
    settle(&mut facts);
    assert_eq!(found(&facts), Vec::<String>::new());
}
