//! What a fuzzer's bytes are put to: the target `submission` of `crates/cbss/fuzz` includes this file.

use relay_domain::{FieldError, Language, Service, SsinCheck};
use relay_proto::{
    CheckContext, DecodeError, Encoding, EventMessage, RawSubmission, ResponseItem, WorkItem, decode_cancel,
    decode_submission, encode_submission,
};
use time::macros::datetime;

fn may_do_everything(_: Service) -> bool {
    true
}

fn has_every_purpose(_: Option<u16>, _: u16) -> bool {
    true
}

/// Has bytes read as every message of either encoding. Panics where an answer does not keep what is promised.
pub(crate) fn any_message(bytes: &[u8]) {
    for encoding in Encoding::ALL {
        match decode_submission(encoding, bytes) {
            Ok(raw) => checked(&raw),
            Err(error) => located(error, bytes),
        }
        match decode_cancel(encoding, bytes) {
            Ok(raw) => drop(raw.check().map_err(|errors| told(&errors))),
            Err(error) => located(error, bytes),
        }
        if let Ok(event) = EventMessage::decode(encoding, bytes) {
            for encoding in Encoding::ALL {
                assert!(
                    EventMessage::decode(encoding, &event.encode(encoding)).is_ok_and(|again| again == event)
                );
            }
        }
    }
    let _ = (WorkItem::decode(bytes), ResponseItem::decode(bytes));
}

fn checked(raw: &RawSubmission) {
    let context = CheckContext {
        ssin_check: SsinCheck::Error,
        default_language: Language::Fr,
        now: datetime!(2030-01-01 00:00 UTC),
        entitled: &may_do_everything,
        has_purpose: &has_every_purpose,
    };
    // Whom to answer, whatever else is wrong.
    let named = (raw.organisation(), raw.idempotency_key(), raw.service_name());
    match raw.check(&context) {
        Ok(submission) => {
            let own = submission.clone();
            let service = submission.request.service().as_str();
            assert!(named == (Some(own.organisation), Some(own.idempotency_key), Some(service)));
            // What was accepted is accepted again as the same, however it is written.
            for encoding in Encoding::ALL {
                let bytes = encode_submission(&submission, encoding);
                let again = decode_submission(encoding, &bytes).expect("our own writing is a message");
                assert!(again.check(&context).as_ref() == Ok(&submission));
            }
        }
        Err(errors) => told(&errors),
    }
}

/// A rejection says why, and is not as long as whoever sent the message likes.
fn told(errors: &[FieldError]) {
    assert!((1..=200).contains(&errors.len()));
    assert!(
        errors
            .iter()
            .all(|error| error.path.len() <= 1_000 && error.text.len() <= 1_000)
    );
}

fn located(error: DecodeError, bytes: &[u8]) {
    assert!(error.position.is_none_or(|position| position <= bytes.len()));
}
