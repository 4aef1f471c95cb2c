//! Literal bytes, both ways; `golden/README.md` says what they are.

use relay_domain::form::{Form, Given, GivenValue};
use relay_domain::identify_person::{
    self, ByNumber, Gender, IdentifyPerson, PhoneticCriteria, Search, Verification,
};
use relay_domain::manage_access::{AccessAction, ManageAccess, PersonData, Proof, QueryRegister};
use relay_domain::perform_investigation::{DataGroups, PerformInvestigation};
use relay_domain::submission::IdempotencyKey;
use relay_domain::{
    IncompleteDate, JobId, JobState, Language, OrganisationId, Priority, Request, Requester,
    RetrieveTiGroups, Service, Ssin, SsinCheck, Submission, TestConnection,
};
use relay_proto::{
    Cancel, CancelTarget, Encoding, EventError, EventKind, EventMessage, ResponseItem, Tickets, WorkItem,
    decode_cancel, decode_submission, encode_submission,
};
use time::macros::datetime;
use uuid::{Uuid, uuid};

use crate::context;

const JOB: JobId = JobId(uuid!("0190f3a2-5c1e-7000-8000-000000000001"));

/// The two golden files of a message.
macro_rules! golden {
    ($name:literal) => {
        [
            (
                Encoding::Json,
                include_str!(concat!("../../golden/", $name, ".json"))
                    .trim_end()
                    .as_bytes()
                    .to_vec(),
            ),
            (
                Encoding::Protobuf,
                unhex(include_str!(concat!("../../golden/", $name, ".hex"))),
            ),
        ]
    };
}

fn unhex(text: &str) -> Vec<u8> {
    text.lines()
        .flat_map(|line| line.split('#').next().unwrap_or_default().split_whitespace())
        .map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits"))
        .collect()
}

fn submission() -> Submission {
    Submission {
        organisation: OrganisationId::parse("eupen-test").unwrap(),
        idempotency_key: IdempotencyKey::parse("7f3c-1").unwrap(),
        requester: Requester {
            user_id: "user-1".into(),
            reason: "file 4711".into(),
        },
        priority: Priority::Interactive,
        not_before: Some(datetime!(2030-01-31 07:00 UTC)),
        deadline: Some(datetime!(2030-01-31 08:00:00.25 UTC)),
        after_job: None,
        request: Request::RetrieveTiGroups(RetrieveTiGroups {
            ssin: Ssin::parse("80010100136", SsinCheck::Error).unwrap(),
            language: Language::De,
            history: true,
        }),
    }
}

#[test]
fn submission_with_everything() {
    for (encoding, bytes) in golden!("submission.v1") {
        let raw = decode_submission(encoding, &bytes).unwrap();
        assert_eq!(raw.check(&context()), Ok(submission()), "{encoding:?}");
        assert_eq!(raw.service_name(), Some("retrieve-ti-groups"));
        assert_eq!(encode_submission(&submission(), encoding), bytes, "{encoding:?}");
    }
}

#[test]
fn submission_with_the_least() {
    let expected = Submission {
        priority: Priority::Normal,
        not_before: None,
        deadline: None,
        request: Request::RetrieveTiGroups(RetrieveTiGroups {
            ssin: Ssin::parse("80010100136", SsinCheck::Error).unwrap(),
            language: Language::De,
            history: false,
        }),
        ..submission()
    };
    for (encoding, bytes) in golden!("submission-short.v1") {
        assert_eq!(
            decode_submission(encoding, &bytes).unwrap().check(&context()),
            Ok(expected.clone()),
            "{encoding:?}"
        );
    }
}

fn plain(key: &str, after_job: Option<JobId>, request: Request) -> Submission {
    Submission {
        idempotency_key: IdempotencyKey::parse(key).unwrap(),
        priority: Priority::Normal,
        not_before: None,
        deadline: None,
        after_job,
        request,
        ..submission()
    }
}

fn check_both(expected: &Submission, service: &str, golden: [(Encoding, Vec<u8>); 2]) {
    for (encoding, bytes) in golden {
        let raw = decode_submission(encoding, &bytes).unwrap();
        assert_eq!(raw.check(&context()).as_ref(), Ok(expected), "{encoding:?}");
        assert_eq!(raw.service_name(), Some(service));
        assert_eq!(
            String::from_utf8_lossy(&encode_submission(expected, encoding)),
            String::from_utf8_lossy(&bytes),
            "{encoding:?}"
        );
    }
}

#[test]
fn submission_to_identify_by_number() {
    let request = IdentifyPerson {
        search: Search::Number(ByNumber {
            ssin: Ssin::parse("80010100136", SsinCheck::Error).unwrap(),
            verification: Some(Verification {
                sis_card_number: Some("0123456789".into()),
                identity_card_number: Some("012345678901".into()),
                person_data: Some(identify_person::PersonData {
                    last_name: "Müller".into(),
                    first_name: Some("Änne".into()),
                    middle_name: Some("Käthe".into()),
                    birth_date: IncompleteDate::new(2080, 1, 0),
                }),
            }),
        }),
        language: Language::De,
    };
    check_both(
        &plain("7f3c-4", None, Request::IdentifyPerson(request)),
        "identify-person",
        golden!("submission-identify-person.v1"),
    );
}

#[test]
fn submission_to_search_by_name() {
    let request = IdentifyPerson {
        search: Search::Phonetic(PhoneticCriteria {
            last_name: "Müller".into(),
            first_name: Some("Änne".into()),
            middle_name: Some("Käthe".into()),
            birth_date: IncompleteDate::new(2080, 1, 0),
            gender: Some(Gender::Female),
            tolerance: Some(0),
            maximum: Some(80),
        }),
        language: Language::Fr,
    };
    check_both(
        &plain("7f3c-5", None, Request::IdentifyPerson(request)),
        "identify-person",
        golden!("submission-search-person.v1"),
    );
}

#[test]
fn submission_to_investigate() {
    let request = PerformInvestigation {
        ssin: Ssin::parse("80010100136", SsinCheck::Error).unwrap(),
        data_groups: Some(DataGroups {
            family_composition: true,
            wait_register: true,
            ..DataGroups::default()
        }),
        language: Language::Nl,
    };
    check_both(
        &plain("7f3c-7", None, Request::PerformInvestigation(request)),
        "perform-investigation",
        golden!("submission-perform-investigation.v1"),
    );
}

/// The bytes of services with a table: both encodings are one submission, which is written as it was.
#[test]
fn submissions_of_forms() {
    for (service, golden) in [
        ("loi65-ab", golden!("submission-loi65-ab.v1")),
        ("loi65-c", golden!("submission-loi65-c.v1")),
        ("loi65-df", golden!("submission-loi65-df.v1")),
        (
            "health-care-insurance",
            golden!("submission-health-care-insurance.v1"),
        ),
        ("unemployment-data", golden!("submission-unemployment-data.v1")),
    ] {
        let (encoding, bytes) = &golden[0];
        let expected = decode_submission(*encoding, bytes)
            .unwrap()
            .check(&context())
            .unwrap();
        assert_eq!(expected.request.language(), Language::De);
        check_both(&expected, service, golden);
    }
}

#[test]
fn submission_to_ask_what_was_paid() {
    let text = |name: &str, value: &str| Given {
        name: name.into(),
        value: GivenValue::Text(value.into()),
    };
    let period = Given {
        name: "period".into(),
        value: GivenValue::Parts(vec![
            text("beginDate", "2081-01-01"),
            text("endDate", "2081-06-30"),
        ]),
    };
    let form = Form::new(
        Service::UnemploymentData,
        "consultPaidSums",
        vec![text("ssin", "80010100136"), period, text("allAllowance", "true")],
        Language::De,
    );
    check_both(
        &plain("7f3c-19", None, Request::Form(form)),
        "unemployment-data",
        golden!("submission-unemployment-data.v1"),
    );
}

#[test]
fn submission_to_test_the_connection() {
    let request = TestConnection {
        echo: "are you there? é <&>".into(),
        language: Language::Fr,
    };
    let expected = Submission {
        requester: Requester {
            user_id: "user-1".into(),
            reason: "monitoring".into(),
        },
        ..plain("7f3c-6", None, Request::TestConnection(request))
    };
    check_both(
        &expected,
        "test-connection",
        golden!("submission-test-connection.v1"),
    );
}

#[test]
fn submission_to_register() {
    let request = ManageAccess {
        ssin: Ssin::parse("80010100136", SsinCheck::Error).unwrap(),
        action: AccessAction::Register,
        purpose: Some(902),
        start_date: IncompleteDate::new(2030, 2, 1),
        end_date: Some(IncompleteDate::new(2030, 7, 31)),
        sector: None,
        query_register: None,
        proof: Proof {
            sis_card_number: Some("0123456789".into()),
            identity_card_number: Some("012345678901".into()),
            person_data: Some(PersonData {
                last_name: "Müller".into(),
                first_name: Some("Änne".into()),
                birth_date: IncompleteDate::new(2080, 1, 0),
            }),
        },
        language: Language::De,
    };
    check_both(
        &plain("7f3c-2", None, Request::ManageAccess(request)),
        "manage-access",
        golden!("submission-manage-access.v1"),
    );
}

#[test]
fn submission_to_list_after_another_job() {
    let request = ManageAccess {
        ssin: Ssin::parse("80010100136", SsinCheck::Error).unwrap(),
        action: AccessAction::List,
        purpose: Some(0),
        start_date: IncompleteDate::new(2030, 2, 1),
        end_date: None,
        sector: Some(17),
        query_register: Some(QueryRegister::All),
        proof: Proof {
            sis_card_number: None,
            identity_card_number: None,
            person_data: Some(PersonData {
                last_name: "Müller".into(),
                first_name: None,
                birth_date: IncompleteDate::new(2080, 0, 0),
            }),
        },
        language: Language::Fr,
    };
    check_both(
        &plain("7f3c-3", Some(JOB), Request::ManageAccess(request)),
        "manage-access",
        golden!("submission-list-access.v1"),
    );
}

#[test]
fn cancel() {
    let expected = Cancel {
        organisation: OrganisationId::parse("eupen-test").unwrap(),
        target: CancelTarget::Job(JOB),
        requester: Requester {
            user_id: "user-1".into(),
            reason: "file 4711 was closed".into(),
        },
    };
    for (encoding, bytes) in golden!("cancel.v1") {
        assert_eq!(
            decode_cancel(encoding, &bytes).unwrap().check(),
            Ok(expected.clone()),
            "{encoding:?}"
        );
        assert_eq!(expected.encode(encoding), bytes, "{encoding:?}");
    }
}

fn event(id: Uuid, kind: EventKind) -> EventMessage {
    EventMessage {
        organisation: Some(OrganisationId::parse("eupen-test").unwrap()),
        idempotency_key: IdempotencyKey::parse("7f3c-1"),
        ..EventMessage::new(id, datetime!(2030-01-31 07:00 UTC), kind)
    }
}

fn check_event(expected: &EventMessage, golden: [(Encoding, Vec<u8>); 2], routing_key: &str) {
    for (encoding, bytes) in golden {
        assert_eq!(
            EventMessage::decode(encoding, &bytes).as_ref(),
            Ok(expected),
            "{encoding:?}"
        );
        assert_eq!(
            String::from_utf8_lossy(&expected.encode(encoding)),
            String::from_utf8_lossy(&bytes),
            "{encoding:?}"
        );
    }
    assert_eq!(expected.routing_key().as_deref(), Some(routing_key));
}

#[test]
fn event_accepted() {
    let expected = EventMessage {
        sequence: 1,
        job_id: Some(JOB),
        service: Some("retrieve-ti-groups".into()),
        round: 1,
        state: Some(JobState::Accepted),
        duplicate: true,
        ..event(uuid!("0190f3a2-5c1e-7000-8000-000000000012"), EventKind::Accepted)
    };
    check_event(
        &expected,
        golden!("event-accepted.v1"),
        "eupen-test.retrieve-ti-groups.accepted",
    );
}

#[test]
fn event_finished() {
    let expected = EventMessage {
        sequence: 2,
        occurred_at: datetime!(2030-01-31 07:00:01.123456 UTC),
        job_id: Some(JOB),
        service: Some("retrieve-ti-groups".into()),
        round: 1,
        state: Some(JobState::Warnings),
        outcome: Some("partial".into()),
        codes: vec!["MSG00100".into(), "MSG00200".into()],
        tickets: Tickets {
            ours: Some(uuid!("0190f3a2-5c1e-4000-8000-000000000021")),
            cbss: Some("cbss-ticket-1".into()),
        },
        ..event(uuid!("0190f3a2-5c1e-7000-8000-000000000011"), EventKind::Finished)
    };
    check_event(
        &expected,
        golden!("event-finished.v1"),
        "eupen-test.retrieve-ti-groups.finished",
    );
}

#[test]
fn event_rejected() {
    let error = |path: &str, code: &str, text: &str| EventError {
        path: path.into(),
        code: code.into(),
        text: text.into(),
    };
    let expected = EventMessage {
        occurred_at: datetime!(2030-01-31 07:00:00.005 UTC),
        service: Some("identify-person".into()),
        errors: vec![
            error("requester.reason", "too_long", "this has at most 500 characters"),
            error(
                "request.identifyPerson",
                "service_not_supported",
                "this version of the relay does not carry this service",
            ),
        ],
        ..event(uuid!("0190f3a2-5c1e-7000-8000-000000000013"), EventKind::Rejected)
    };
    check_event(
        &expected,
        golden!("event-rejected.v1"),
        "eupen-test.identify-person.rejected",
    );
}

/// An event of a job of ManageAccess.
fn access_event(id: Uuid, kind: EventKind) -> EventMessage {
    EventMessage {
        job_id: Some(JOB),
        idempotency_key: IdempotencyKey::parse("7f3c-2"),
        service: Some("manage-access".into()),
        ..event(id, kind)
    }
}

#[test]
fn event_parked() {
    let expected = EventMessage {
        sequence: 2,
        occurred_at: datetime!(2030-01-31 07:05 UTC),
        round: 1,
        state: Some(JobState::Uncertain),
        outcome: Some("unknown_outcome".into()),
        tickets: Tickets {
            ours: Some(uuid!("0190f3a2-5c1e-4000-8000-000000000021")),
            cbss: None,
        },
        ..access_event(uuid!("0190f3a2-5c1e-7000-8000-000000000014"), EventKind::Parked)
    };
    check_event(
        &expected,
        golden!("event-parked.v1"),
        "eupen-test.manage-access.parked",
    );
}

#[test]
fn event_reopened() {
    let expected = EventMessage {
        sequence: 3,
        occurred_at: datetime!(2030-01-31 08:00 UTC),
        round: 2,
        state: Some(JobState::Accepted),
        ..access_event(uuid!("0190f3a2-5c1e-7000-8000-000000000015"), EventKind::Reopened)
    };
    check_event(
        &expected,
        golden!("event-reopened.v1"),
        "eupen-test.manage-access.reopened",
    );
}

#[test]
fn internal_messages() {
    let work = WorkItem {
        job_id: JOB,
        round: 1,
        attempt: 2,
    };
    let bytes = unhex(include_str!("../../golden/work.v1.hex"));
    assert_eq!(WorkItem::decode(&bytes), Ok(work));
    assert_eq!(work.encode(), bytes);

    let response = ResponseItem {
        job_id: JOB,
        attempt: 2,
    };
    let bytes = unhex(include_str!("../../golden/response.v1.hex"));
    assert_eq!(ResponseItem::decode(&bytes), Ok(response));
    assert_eq!(response.encode(), bytes);
}

#[test]
fn internal_messages_without_their_parts_are_refused() {
    let bytes = unhex(include_str!("../../golden/work.v1.hex"));
    // 18 bytes of id, 2 of round, 2 of attempt.
    for cut in [0, 2, 17, 18, 20] {
        assert!(WorkItem::decode(&bytes[..cut]).is_err(), "{cut}");
    }
    assert!(
        ResponseItem::decode(&[0x0a, 0x02, 0x01, 0x02, 0x10, 0x01]).is_err(),
        "an id of two bytes"
    );
}
