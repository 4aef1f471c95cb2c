//! A sound run has no problem, and each planted one is found and named.

use relay_domain::submission::IdempotencyKey;
use relay_domain::{JobId, JobState};
use relay_proto::{EventKind, EventMessage};
use time::OffsetDateTime;
use uuid::Uuid;

use super::problems;
use crate::facts::{Attempt, Call, Change, Facts, Job, Moment, Outcome, Said};
use crate::figures::Figures;
use crate::harness::upstream::{From, Seen};
use crate::script::{Kind, Script};
use crate::sender::{Record, Submitted};

const SSIN: &str = "80010100136";
const SECOND: i64 = 1_000_000;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn moment(us: i64) -> Moment {
    Moment {
        at: format!("1970-01-01T00:00:{:02}Z", us / SECOND),
        ms: us.unsigned_abs() / 1000,
    }
}

fn event(number: u128, job: u128, sequence: i32, kind: EventKind, state: JobState) -> Seen {
    let mut event = EventMessage::new(id(number), OffsetDateTime::UNIX_EPOCH, kind);
    event.job_id = Some(JobId(id(job)));
    event.idempotency_key = IdempotencyKey::parse(&format!("key-{}", job - 1));
    (event.sequence, event.round, event.state) = (sequence, 1, Some(state));
    Seen {
        from: From::Events,
        event,
        properties: relay_amqp::Properties::default(),
        routing_key: String::new(),
    }
}

/// Adds a change that was sent and done in the second `at`, as the job and attempt of that number.
fn add_change(facts: &mut Facts, number: u128, kind: Kind) {
    let at = i64::try_from(number).expect("small") * 2 * SECOND;
    let job = Job {
        job_id: id(number),
        service: "manage-access".to_owned(),
        state: "ok".to_owned(),
        round: 1,
        attempt: 1,
        event_sequence: 2,
        order_hash: Some("person".to_owned()),
        order_number: Some(at),
        ended_us: Some(at + SECOND),
        ..Job::default()
    };
    facts.jobs.insert(job.job_id, job);
    facts.attempts.push(Attempt {
        job_id: id(number),
        number: 1,
        round: 1,
        kind: "send".to_owned(),
        ticket: id(100 + number),
        worker: "host:7".to_owned(),
        class: Some("ok".to_owned()),
        began_us: at,
        lease_until_us: at + 3 * SECOND,
        finished_us: Some(at + SECOND),
        answered: true,
        ..Attempt::default()
    });
    facts.results.push(Outcome {
        job_id: id(number),
        round: 1,
        attempt: 1,
        status: "ok".to_owned(),
        outcome: "data".to_owned(),
    });
    facts.calls.push(Call {
        sequence: 1,
        received: moment(at),
        executed: Some(moment(at)),
        service: "manage-access".to_owned(),
        action: None,
        ticket: Some(id(100 + number)),
        ticket_cbss: "t".to_owned(),
        ssin: Some(SSIN.to_owned()),
    });
    facts.changes.push(Change {
        ticket: id(100 + number),
        ssin: SSIN.to_owned(),
        action: "REGISTER".to_owned(),
        executed: moment(at),
    });
    for (sequence, kind, state) in [
        (1_i32, EventKind::Accepted, JobState::Accepted),
        (2, EventKind::Finished, JobState::Ok),
    ] {
        let event_id = number * 1000 + u128::from(sequence.unsigned_abs());
        facts.seen.push(event(event_id, number, sequence, kind, state));
        facts.said.push(Said {
            event_id: id(event_id),
            job_id: Some(id(number)),
            sequence: i64::from(sequence),
            kind: kind.as_str().to_owned(),
            created_us: at,
        });
    }
    facts.record.submissions.push(Submitted {
        key: format!("key-{}", number - 1),
        kind,
        person: 0,
        other_period: false,
        body: serde_json::Value::Null,
        confirmed_us: vec![at],
    });
}

fn sound() -> Facts {
    let mut facts = Facts {
        jobs: std::collections::BTreeMap::new(),
        attempts: Vec::new(),
        results: Vec::new(),
        said: Vec::new(),
        parked: Vec::new(),
        calls: Vec::new(),
        changes: Vec::new(),
        seen: Vec::new(),
        record: Record::default(),
        people: vec![SSIN.to_owned()],
        pauses: Vec::new(),
        wiped_us: None,
        logs: String::new(),
    };
    add_change(&mut facts, 1, Kind::Register);
    add_change(&mut facts, 2, Kind::Register);
    facts
}

fn found(facts: &Facts) -> Vec<String> {
    let script = Script {
        note: String::new(),
        people: 1,
        latency_ms: 0,
        circuit: false,
        quota: Some(12),
        operations: Vec::new(),
    };
    problems(facts, &script, &mut Figures::default())
}

/// What goes wrong, in which invariant, as the message says it.
type Planted = (&'static str, fn(&mut Facts));

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

const PLANTED: [Planted; 21] = [
    ("(1) never ended", |facts| {
        let job = facts.jobs.get_mut(&id(2)).expect("a job");
        (job.state, job.ended_us) = ("accepted".to_owned(), None);
    }),
    ("(1) uncertain without evidence", |facts| {
        let job = facts.jobs.get_mut(&id(2)).expect("a job");
        (job.state, job.ended_us) = ("uncertain".to_owned(), None);
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
    ("(3) at the CBSS it was done 0 times", |facts| {
        facts.changes.pop();
    }),
    ("(4) overlapping", |facts| {
        facts.attempts[0].finished_us = Some(9 * SECOND);
    }),
    ("(4) begun before the earlier one had ended", |facts| {
        facts.jobs.get_mut(&id(1)).expect("a job").ended_us = Some(9 * SECOND);
    }),
    ("(4) done after a later one", |facts| facts.changes.swap(0, 1)),
    ("(5) 8 calls within 0.25 s", |facts| {
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
];

#[test]
fn a_sound_run_has_no_problem() {
    assert_eq!(found(&sound()), Vec::<String>::new());
}

#[test]
fn each_planted_problem_is_found() {
    for (name, plant) in PLANTED {
        let mut facts = sound();
        plant(&mut facts);
        let found = found(&facts);
        assert!(
            found.iter().any(|problem| problem.starts_with(name)),
            "{name} in {found:#?}"
        );
    }
}

#[test]
fn what_a_disk_took_may_be_missing_and_nothing_else() {
    let mut facts = sound();
    facts.seen.retain(|seen| seen.event.sequence == 2);
    assert!(!found(&facts).is_empty());
    facts.wiped_us = Some(5 * SECOND);
    assert_eq!(found(&facts), Vec::<String>::new());
}

#[test]
fn a_call_of_a_worker_that_stood_still_is_in_no_window() {
    let mut facts = sound();
    for ticket in 600..607 {
        let mut call = facts.calls[0].clone();
        call.ticket = Some(id(ticket));
        facts.calls.push(call);
        let mut attempt = facts.attempts[0].clone();
        attempt.ticket = id(ticket);
        facts.attempts.push(attempt);
    }
    let windows = |facts: &Facts| {
        found(facts)
            .iter()
            .filter(|problem| problem.starts_with("(5)"))
            .count()
    };
    assert!(windows(&facts) > 0);
    facts.pauses.push(crate::stage::Pause {
        process: 7,
        from_us: 2 * SECOND,
        until_us: 3 * SECOND,
    });
    assert_eq!(windows(&facts), 0);
}
