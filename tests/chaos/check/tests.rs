//! A sound run has no problem, and each planted one is found and named.

use relay_domain::submission::IdempotencyKey;
use relay_domain::{JobId, JobState, OrganisationId};
use relay_proto::{EventKind, EventMessage};
use time::OffsetDateTime;
use uuid::Uuid;

mod operated;
mod planted;
mod waiting;

use super::problems;
use crate::facts::{Attempt, Call, Change, Facts, Heard, Job, Moment, Outcome, Said};
use crate::figures::Figures;
use crate::harness::upstream::From;
use crate::script::{Kind, Organisation, Priority, Script};
use crate::sender::Submitted;

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

fn event(number: u128, job: u128, sequence: i32, kind: EventKind, state: JobState) -> Heard {
    let mut event = EventMessage::new(id(number), OffsetDateTime::UNIX_EPOCH, kind);
    event.organisation = OrganisationId::parse(Organisation::Eupen.id()).ok();
    event.job_id = Some(JobId(id(job)));
    event.idempotency_key = IdempotencyKey::parse(&format!("key-{}", job - 1));
    (event.sequence, event.round, event.state) = (sequence, 1, Some(state));
    Heard {
        by: Organisation::Eupen,
        from: From::Events,
        event,
    }
}

/// Adds a change that was sent and done in the second `at`, as the job and attempt of that number.
fn add_change(facts: &mut Facts, number: u128, kind: Kind) {
    let at = i64::try_from(number).expect("small") * 2 * SECOND;
    let job = Job {
        job_id: id(number),
        organisation: Organisation::Eupen.id().to_owned(),
        service: "manage-access".to_owned(),
        priority: 1,
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
        ended: Some(moment(at + SECOND)),
        cbe_number: Some(Organisation::Eupen.cbe_number().to_owned()),
        service: Some("manage-access".to_owned()),
        action: None,
        ticket: Some(id(100 + number)),
        ticket_cbss: "t".to_owned(),
        ssin: Some(SSIN.to_owned()),
    });
    facts.changes.push(Change {
        ticket: id(100 + number),
        ssin: SSIN.to_owned(),
        cbe_number: Organisation::Eupen.cbe_number().to_owned(),
        action: "REGISTER".to_owned(),
        executed: moment(at),
    });
    say(facts, number, (1, EventKind::Accepted, JobState::Accepted), at);
    say(facts, number, (2, EventKind::Finished, JobState::Ok), at + SECOND);
    facts.record.submissions.push(Submitted {
        organisation: Organisation::Eupen,
        key: format!("key-{}", number - 1),
        kind,
        person: 0,
        other_period: false,
        priority: Priority::Normal,
        not_before_us: None,
        deadline_us: None,
        after: None,
        body: serde_json::Value::Null,
        confirmed_us: vec![at],
    });
}

/// An event of the job of that number, as it is on record and as it was heard.
fn say(facts: &mut Facts, number: u128, (sequence, kind, state): (i32, EventKind, JobState), at: i64) {
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

/// Two changes of a person, one after the other.
fn sound() -> Facts {
    let mut facts = Facts {
        people: vec![SSIN.to_owned()],
        ..Facts::default()
    };
    add_change(&mut facts, 1, Kind::Register);
    add_change(&mut facts, 2, Kind::Register);
    facts
}

fn found(facts: &Facts) -> Vec<String> {
    let script = Script {
        people: 1,
        quota: Some(12),
        concurrent: Some(2),
        second_quota: Some(4),
        settle: true,
        ..Script::default()
    };
    problems(facts, &script, &mut Figures::default())
}

/// What goes wrong, in which invariant, as the message says it.
type Planted = (&'static str, fn(&mut Facts));

/// Each is found and named, in facts in which nothing is found without it.
fn each_is_found(sound: fn() -> Facts, planted: &[Planted]) {
    assert_eq!(found(&sound()), Vec::<String>::new());
    for (name, plant) in planted {
        let mut facts = sound();
        plant(&mut facts);
        let found = found(&facts);
        assert!(
            found.iter().any(|problem| problem.starts_with(name)),
            "{name} in {found:#?}"
        );
    }
}

fn job(facts: &mut Facts, number: u128) -> &mut Job {
    facts.jobs.get_mut(&id(number)).expect("a job")
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
            .filter(|problem| problem.contains("calls of the environment within"))
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
