//! What goes wrong with submissions, calls and changes.

use relay_domain::{FieldError, JobId, JobState};
use relay_proto::EventKind;

use super::{Planted, SECOND, SSIN, each_is_found, event, found, id, job, moment, sound};
use crate::facts::{DECISIONS, Facts, Said};
use crate::script::Organisation;
use crate::sender::{Cancelled, Wrong};

fn again(facts: &mut Facts, class: &str) {
    facts.attempts[0].class = Some(class.to_owned());
    let mut second = facts.attempts[0].clone();
    (second.number, second.ticket, second.began_us) = (2, id(500), second.began_us + SECOND / 2);
    second.class = Some("ok".to_owned());
    facts.attempts.push(second);
    facts.results[0].attempt = 2;
    let mut call = facts.calls[0].clone();
    call.ticket = Some(id(500));
    facts.calls.push(call);
    let mut change = facts.changes[0].clone();
    change.ticket = id(500);
    facts.changes.insert(1, change);
}

/// The second change is a decision of unknown outcome.
fn undecided(facts: &mut Facts) {
    let job = job(facts, 2);
    job.service = DECISIONS.to_owned();
    (job.state, job.ended_us) = ("uncertain".to_owned(), None);
    facts.attempts[1].class = Some("no_answer".to_owned());
}

#[test]
fn an_attempt_that_may_have_been_executed_is_evidence_where_nothing_can_be_looked_at() {
    let mut facts = sound();
    undecided(&mut facts);
    let found = found(&facts);
    assert!(
        !found.iter().any(|problem| problem.contains("without evidence")),
        "{found:#?}"
    );
}

const PLANTED: [Planted; 33] = [
    ("(1) never ended", |facts| {
        let job = job(facts, 2);
        (job.state, job.ended_us) = ("accepted".to_owned(), None);
    }),
    ("(1) uncertain without evidence", |facts| {
        let job = job(facts, 2);
        (job.state, job.ended_us) = ("uncertain".to_owned(), None);
    }),
    ("(1) uncertain without evidence", |facts| {
        undecided(facts);
        facts.attempts[1].class = Some("refused".to_owned());
    }),
    ("(1) key-1 is 0 jobs", |facts| {
        facts.seen.retain(|seen| seen.event.job_id != Some(JobId(id(2))));
    }),
    ("(1) key-0 is 2 jobs", |facts| {
        facts.seen[0].event.job_id = Some(JobId(id(3)));
    }),
    ("(2) a call that is not on record", |facts| {
        facts.calls[0].ticket = Some(id(9));
    }),
    ("(2) two calls of one attempt", |facts| {
        facts.calls.push(facts.calls[0].clone());
    }),
    ("(2) executed, and on record as not", |facts| {
        again(facts, "unavailable");
    }),
    ("(2) sent, and on record as not", |facts| {
        facts.calls[0].executed = None;
        facts.attempts[0].class = Some("handed_back".to_owned());
    }),
    ("(2) answered, and not executed", |facts| {
        facts.calls[1].executed = None;
    }),
    ("(2) sent again after answer 1", |facts| again(facts, "ok")),
    ("(2) 0 results", |facts| {
        facts.results.pop();
    }),
    ("(3) done 2 times", |facts| again(facts, "no_answer")),
    ("(3) attempt 2 was sent blindly", |facts| {
        again(facts, "no_answer");
    }),
    ("(3) looked for a decision", |facts| {
        undecided(facts);
        facts.attempts[1].kind = "look".to_owned();
    }),
    ("(3) at the CBSS it was done 0 times", |facts| {
        facts.changes.pop();
    }),
    ("(4) overlapping", |facts| {
        facts.attempts[0].finished_us = Some(9 * SECOND);
    }),
    ("(4) begun before the earlier one had ended", |facts| {
        job(facts, 1).ended_us = Some(9 * SECOND);
    }),
    ("(4) done after a later one", |facts| facts.changes.swap(0, 1)),
    ("(5) 8 calls of the environment within 0.25 s", |facts| {
        for ticket in 600..607 {
            let mut call = facts.calls[0].clone();
            call.ticket = Some(id(ticket));
            facts.calls.push(call);
        }
    }),
    ("(6) heard [2]", |facts| {
        facts.seen.remove(0);
    }),
    ("(6) never delivered", |facts| {
        facts.seen.pop();
    }),
    ("(7) the SSIN of person 0 is in a log", |facts| {
        facts.logs = format!("{{\"ssin\":\"{SSIN}\"}}");
    }),
    ("(1) an operator has decided, and it waits", |facts| {
        let job = job(facts, 2);
        (job.state, job.ended_us, job.looks) = ("uncertain".to_owned(), None, 12);
    }),
    ("(1) of another priority", |facts| job(facts, 2).priority = 0),
    ("(1) withdrawn by nobody", |facts| {
        job(facts, 2).state = "cancelled".to_owned()
    }),
    ("(1) Some(\"key-1\") was rejected without a reason", |facts| {
        reject(facts, "too_late")
    }),
    ("(1) key-1 was not refused as conflict", |facts| {
        facts.record.wrong.push(wrong("conflict"));
    }),
    ("(1) a rejection names a job", |facts| {
        facts.record.wrong.push(wrong("conflict"));
        reject(facts, "conflict");
        let last = facts.seen.last_mut().expect("an event");
        last.event.job_id = Some(JobId(id(2)));
    }),
    ("(1) 2 submissions that are to be jobs are 3", |facts| {
        let mut third = job(facts, 2).clone();
        third.job_id = id(3);
        facts.jobs.insert(third.job_id, third);
    }),
    ("(1) the cancellation of key-1 had no effect", |facts| {
        facts.record.cancellations.push(Cancelled {
            organisation: Organisation::Eupen,
            key: "key-1".to_owned(),
            confirmed_us: Some(SECOND),
        });
    }),
    ("(2) refused in 1, and not failed", |facts| {
        facts.attempts[0].class = Some("refused".to_owned());
    }),
    ("(5) 3 calls open at once", |facts| {
        facts.calls[0].ended = Some(moment(5 * SECOND));
        facts.attempts[0].finished_us = Some(5 * SECOND);
        for (ticket, place) in [(700, 0), (701, 1)] {
            let mut call = facts.calls[place].clone();
            let mut attempt = facts.attempts[place].clone();
            (call.ticket, attempt.ticket) = (Some(id(ticket)), id(ticket));
            facts.calls.push(call);
            facts.attempts.push(attempt);
        }
    }),
];

fn wrong(code: &'static str) -> Wrong {
    Wrong {
        organisation: Organisation::Eupen,
        key: "key-1".to_owned(),
        code,
        confirmed_us: Some(SECOND),
    }
}

/// The second submission is refused for this.
fn reject(facts: &mut Facts, code: &'static str) {
    let mut heard = event(9000, 2, 0, EventKind::Rejected, JobState::Ok);
    (heard.event.job_id, heard.event.state, heard.event.round) = (None, None, 0);
    heard.event.errors = vec![FieldError::new("jobId", code, "no").into()];
    facts.said.push(Said {
        event_id: id(9000),
        job_id: None,
        sequence: 0,
        kind: "rejected".to_owned(),
        created_us: SECOND,
    });
    facts.seen.push(heard);
}

#[test]
fn each_planted_problem_is_found() {
    each_is_found(sound, &PLANTED);
}

#[test]
fn what_was_refused_as_it_must_be_is_no_problem() {
    let mut facts = sound();
    facts.record.wrong.push(wrong("conflict"));
    reject(&mut facts, "conflict");
    assert_eq!(found(&facts), Vec::<String>::new());
}

#[test]
fn a_deadline_that_had_passed_excuses_a_missing_job_and_no_other() {
    let late = |deadline_us| {
        let mut facts = sound();
        facts.jobs.remove(&id(2));
        facts.attempts.pop();
        facts.results.pop();
        facts.calls.pop();
        facts.changes.pop();
        facts.said.retain(|said| said.job_id != Some(id(2)));
        facts
            .seen
            .retain(|heard| heard.event.job_id != Some(JobId(id(2))));
        facts.record.submissions[1].deadline_us = Some(deadline_us);
        reject(&mut facts, "deadline_passed");
        found(&facts)
    };
    // The events are of the first second of 1970.
    assert_eq!(late(0), Vec::<String>::new());
    assert!(
        late(SECOND)
            .iter()
            .any(|problem| problem.contains("rejected without a reason"))
    );
}
