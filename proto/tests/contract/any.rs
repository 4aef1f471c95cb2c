//! Messages at random: every one of them good.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use relay_domain::form::sample;
use relay_domain::identify_person::{
    self, ByNumber, Gender, IdentifyPerson, PhoneticCriteria, Search, Verification,
};
use relay_domain::manage_access::{AccessAction, ManageAccess, PersonData, Proof, QueryRegister};
use relay_domain::perform_investigation::{DataGroups, PerformInvestigation};
use relay_domain::submission::IdempotencyKey;
use relay_domain::{
    Form, IncompleteDate, JobId, JobState, Language, OrganisationId, Priority, Request, Requester,
    RetrieveTiGroups, Service, Ssin, SsinCheck, Submission, TestConnection,
};
use relay_proto::{EventError, EventKind, EventMessage, Tickets};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::NOW;

/// Numbers with the check digits of people born in the 2080s: nobody's.
fn any_ssin() -> impl Strategy<Value = Ssin> {
    (0..10u64, 1..=12u64, 1..=28u64, 1..998u64).prop_map(|(year, month, day, counter)| {
        let first_nine = (80 + year) * 10_000_000 + month * 100_000 + day * 1_000 + counter;
        let check = 97 - (2_000_000_000 + first_nine) % 97;
        Ssin::parse(&format!("{first_nine:09}{check:02}"), SsinCheck::Error).unwrap()
    })
}

fn any_moment(from: OffsetDateTime) -> impl Strategy<Value = OffsetDateTime> {
    (from.unix_timestamp()..4_102_444_800, 0..1_000_000_000i128).prop_map(|(seconds, nanoseconds)| {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(seconds) * 1_000_000_000 + nanoseconds).unwrap()
    })
}

fn any_organisation() -> impl Strategy<Value = OrganisationId> {
    "[a-z0-9-]{1,40}".prop_map(|text| OrganisationId::parse(&text).unwrap())
}

fn any_key() -> impl Strategy<Value = IdempotencyKey> {
    "[ -~]{1,128}".prop_map(|text| IdempotencyKey::parse(&text).unwrap())
}

/// A submission that passes every check of [`context`].
pub(crate) fn any_submission() -> impl Strategy<Value = Submission> {
    let requester = ("[^\\pC\\pZ]\\PC{0,127}", "\\PC{0,499}[^\\pC\\pZ]")
        .prop_map(|(user_id, reason)| Requester { user_id, reason });
    let priority = prop_oneof![
        Just(Priority::Interactive),
        Just(Priority::Normal),
        Just(Priority::Batch)
    ];
    let times = (option::of(any_moment(NOW)), option::of(any_moment(NOW))).prop_filter(
        "time to send",
        |(not_before, deadline)| {
            deadline.is_none_or(|deadline| deadline > NOW && not_before.is_none_or(|first| first < deadline))
        },
    );
    let fixed = (any_organisation(), any_key(), requester, priority);
    let after_job = option::of(any::<u128>().prop_map(|id| JobId(Uuid::from_u128(id))));
    (fixed, times, after_job, any_request()).prop_map(|(fixed, times, after_job, request)| Submission {
        organisation: fixed.0,
        idempotency_key: fixed.1,
        requester: fixed.2,
        priority: fixed.3,
        not_before: times.0,
        deadline: times.1,
        after_job,
        request,
    })
}

fn any_language() -> impl Strategy<Value = Language> {
    proptest::sample::select(Language::ALL.as_slice())
}

fn any_request() -> impl Strategy<Value = Request> {
    let groups = (any_ssin(), any_language(), any::<bool>()).prop_map(|(ssin, language, history)| {
        Request::RetrieveTiGroups(RetrieveTiGroups {
            ssin,
            language,
            history,
        })
    });
    prop_oneof![
        groups,
        any_access().prop_map(Request::ManageAccess),
        any_identification().prop_map(Request::IdentifyPerson),
        any_investigation().prop_map(Request::PerformInvestigation),
        (any_name(), any_language())
            .prop_map(|(echo, language)| Request::TestConnection(TestConnection { echo, language })),
        any_form().prop_map(Request::Form),
    ]
}

/// A form that its table allows, by a seed.
fn any_form() -> impl Strategy<Value = Form> {
    let services = [
        Service::Loi65Ab,
        Service::Loi65C,
        Service::Loi65Df,
        Service::HealthCareInsurance,
        Service::UnemploymentData,
    ];
    (proptest::sample::select(services.to_vec()), any::<u64>()).prop_map(|(service, mut seed)| {
        let mut below = |bound: u32| {
            // Knuth's MMIX generator; its upper bits are the good ones.
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((seed >> 33) % u64::from(bound.max(1))) as u32
        };
        sample::any(service, &mut below).expect("a service with a table")
    })
}

fn any_investigation() -> impl Strategy<Value = PerformInvestigation> {
    let groups = any::<[bool; 4]>()
        .prop_map(
            |[family_composition, citizen, address_history, wait_register]| DataGroups {
                family_composition,
                citizen,
                address_history,
                wait_register,
            },
        )
        .prop_filter("one of them", |groups| groups.any());
    (any_ssin(), option::of(groups), any_language()).prop_map(|(ssin, data_groups, language)| {
        PerformInvestigation {
            ssin,
            data_groups,
            language,
        }
    })
}

fn any_name() -> impl Strategy<Value = String> {
    "[^\\pC\\pZ]\\PC{0,99}"
}

fn any_birth_date() -> impl Strategy<Value = IncompleteDate> {
    (1000..=2999u16, 0..=12u8, 0..=31u8)
        .prop_map(|(year, month, day)| IncompleteDate::new(year, month, if month == 0 { 0 } else { day }))
}

fn any_day() -> impl Strategy<Value = IncompleteDate> {
    (1..=9999u16, 1..=12u8, 1..=28u8).prop_map(|(year, month, day)| IncompleteDate::new(year, month, day))
}

fn any_proof() -> impl Strategy<Value = Proof> {
    let person_data = (any_name(), option::of(any_name()), any_birth_date()).prop_map(
        |(last_name, first_name, birth_date)| PersonData {
            last_name,
            first_name,
            birth_date,
        },
    );
    (
        option::of("[0-9]{10}"),
        option::of("[0-9]{12}"),
        option::of(person_data),
    )
        .prop_map(|(sis_card_number, identity_card_number, person_data)| Proof {
            sis_card_number,
            identity_card_number,
            person_data,
        })
        .prop_filter("a part of it", Proof::is_given)
}

fn any_access() -> impl Strategy<Value = ManageAccess> {
    let list = (
        option::of(0..=999u16),
        option::of(any::<u16>()),
        option::of(proptest::sample::select(QueryRegister::ALL.as_slice())),
    );
    let asked = prop_oneof![
        (
            prop_oneof![Just(AccessAction::Register), Just(AccessAction::Unregister)],
            0..=999u16
        )
            .prop_map(|(action, purpose)| (action, (Some(purpose), None, None))),
        list.prop_map(|parts| (AccessAction::List, parts)),
    ];
    let period = (any_day(), option::of(any_day())).prop_map(|(one, other)| match other {
        Some(other) => (one.min(other), Some(one.max(other))),
        None => (one, None),
    });
    (any_ssin(), asked, period, any_proof(), any_language()).prop_map(
        |(ssin, (action, (purpose, sector, query_register)), (start_date, end_date), proof, language)| {
            ManageAccess {
                ssin,
                action,
                purpose,
                start_date,
                end_date,
                sector,
                query_register,
                proof,
                language,
            }
        },
    )
}

fn any_verification() -> impl Strategy<Value = Verification> {
    let person_data = (
        any_name(),
        option::of(any_name()),
        option::of(any_name()),
        any_birth_date(),
    )
        .prop_map(
            |(last_name, first_name, middle_name, birth_date)| identify_person::PersonData {
                last_name,
                first_name,
                middle_name,
                birth_date,
            },
        );
    (
        option::of("[0-9]{10}"),
        option::of("[0-9]{12}"),
        option::of(person_data),
    )
        .prop_map(
            |(sis_card_number, identity_card_number, person_data)| Verification {
                sis_card_number,
                identity_card_number,
                person_data,
            },
        )
        .prop_filter("a part of it", Verification::is_given)
}

/// A search by number, perhaps with something to verify, or by name.
fn any_identification() -> impl Strategy<Value = IdentifyPerson> {
    let by_number = (any_ssin(), option::of(any_verification()))
        .prop_map(|(ssin, verification)| Search::Number(ByNumber { ssin, verification }));
    let names = (any_name(), option::of(any_name()), option::of(any_name()));
    let gender = option::of(proptest::sample::select(Gender::ALL.as_slice()));
    let maximum = option::of(1..=PhoneticCriteria::MOST);
    let by_name = (
        names,
        any_birth_date(),
        gender,
        option::of(any::<u16>()),
        maximum,
        any::<u16>(),
    )
        .prop_map(|(names, birth_date, gender, tolerance, maximum, needed)| {
            let incomplete = !birth_date.is_complete();
            Search::Phonetic(PhoneticCriteria {
                last_name: names.0,
                first_name: names.1,
                middle_name: names.2,
                birth_date,
                gender,
                tolerance: tolerance.or(incomplete.then_some(needed)),
                maximum,
            })
        });
    (prop_oneof![by_number, by_name], any_language())
        .prop_map(|(search, language)| IdentifyPerson { search, language })
}

/// An event with any mixture of its parts.
pub(crate) fn any_event() -> impl Strategy<Value = EventMessage> {
    let uuid = || any::<u128>().prop_map(Uuid::from_u128);
    let error = ("\\PC{0,20}", "[a-z_]{1,20}", "\\PC{0,40}").prop_map(|(path, code, text)| EventError {
        path,
        code,
        text,
    });
    let fixed = (
        uuid(),
        any_moment(OffsetDateTime::UNIX_EPOCH + time::Duration::days(365 * 30 + 8)),
        proptest::sample::select(EventKind::ALL.as_slice()),
        any::<i32>(),
        any::<i32>(),
        any::<bool>(),
    );
    let names = (
        option::of(uuid()),
        option::of(any_organisation()),
        option::of(any_key()),
        option::of("[a-z-]{1,30}"),
    );
    let result = (
        option::of(proptest::sample::select(JobState::ALL.as_slice())),
        option::of("[a-z]{1,12}"),
        vec("[A-Z]{3}[0-9]{5}", 0..4),
        option::of(uuid()),
        option::of("\\PC{1,40}"),
        vec(error, 0..4),
    );
    (fixed, names, result).prop_map(|(fixed, names, result)| EventMessage {
        event_id: fixed.0,
        occurred_at: fixed.1,
        kind: fixed.2,
        sequence: fixed.3,
        round: fixed.4,
        duplicate: fixed.5,
        job_id: names.0.map(JobId),
        organisation: names.1,
        idempotency_key: names.2,
        service: names.3,
        state: result.0,
        outcome: result.1,
        codes: result.2,
        tickets: Tickets {
            ours: result.3,
            cbss: result.4,
        },
        errors: result.5,
    })
}
