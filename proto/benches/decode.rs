//! What reading a submission and writing an event cost. The aim is less than 20 µs for a submission.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use relay_domain::{Language, SsinCheck};
use relay_proto::{CheckContext, Encoding, EventKind, EventMessage, decode_submission, encode_submission};
use time::OffsetDateTime;
use uuid::Uuid;

const SUBMISSION: &[u8] = include_bytes!("../golden/submission.v1.json");

fn contract(criterion: &mut Criterion) {
    let context = CheckContext {
        ssin_check: SsinCheck::Error,
        default_language: Language::Fr,
        now: OffsetDateTime::UNIX_EPOCH,
        entitled: &|_| true,
        has_purpose: &|_, _| true,
    };
    let checked = |encoding, bytes: &[u8]| {
        decode_submission(encoding, bytes)
            .expect("a message")
            .check(&context)
            .expect("a good one")
    };
    let submission = checked(Encoding::Json, SUBMISSION);
    let event = EventMessage {
        sequence: 1,
        organisation: Some(submission.organisation.clone()),
        idempotency_key: Some(submission.idempotency_key.clone()),
        round: 1,
        ..EventMessage::new(
            Uuid::from_u128(7),
            OffsetDateTime::UNIX_EPOCH,
            EventKind::Accepted,
        )
    };
    for encoding in Encoding::ALL {
        let bytes = encode_submission(&submission, encoding);
        criterion.bench_function(
            &format!("submission, {encoding:?}: decode and check"),
            |bencher| {
                bencher.iter(|| checked(encoding, black_box(&bytes)));
            },
        );
        criterion.bench_function(&format!("event, {encoding:?}: encode"), |bencher| {
            bencher.iter(|| black_box(&event).encode(encoding));
        });
    }
}

criterion_group!(benches, contract);
criterion_main!(benches);
