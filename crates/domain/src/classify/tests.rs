use std::time::Duration;

use super::{
    Answer, Body, Codes, FailureCause, Happening, RetryCause as R, UnknownCause as U, Usable, Verdict as V,
    classify,
};
use crate::service::OperationKind::{Change, Question};

fn reply(usable: Usable, code: &str) -> Body {
    Body::Reply {
        usable,
        codes: vec![code.to_owned()],
    }
}

fn fault(code: &str) -> Body {
    Body::Fault {
        codes: if code.is_empty() {
            vec![]
        } else {
            vec![code.to_owned()]
        },
    }
}

fn answer(http_status: u16, retry_after: Option<u64>, body: Body) -> Happening {
    Happening::Answer(Answer {
        http_status,
        retry_after: retry_after.map(Duration::from_secs),
        body,
    })
}

const CONFIG: V = V::Configuration(FailureCause::Configuration);
const REFUSED: V = V::Permanent(FailureCause::Refused);
const NOT_SENT: V = V::Retry(R::NotSent, None);
const RETRY: V = V::Retry(R::Unavailable, None);
const RETRY_IN_7: V = V::Retry(R::Unavailable, Some(Duration::from_secs(7)));
const NO_ANSWER: V = V::Unknown(U::NoAnswer);
const SERVER: V = V::Unknown(U::ServerError);
const GARBLED: V = V::Unknown(U::Unreadable);
const OK: V = V::Done(Usable::Ok);
const WARNINGS: V = V::Done(Usable::Warnings);
const ERRORS: V = V::Done(Usable::Errors);

/// HTTP status, `Retry-After`, body, the verdict for a question, the verdict for a change.
type Row = (u16, Option<u64>, Body, V, V);

fn rows() -> Vec<Row> {
    vec![
        (200, None, reply(Usable::Ok, "MSG00000"), OK, OK),
        (200, None, reply(Usable::Ok, "MSG00100"), OK, OK),
        (200, None, reply(Usable::Warnings, "HAN20200"), WARNINGS, WARNINGS),
        (200, None, reply(Usable::Errors, "MSG00005"), ERRORS, ERRORS),
        (200, None, reply(Usable::Errors, "MSG00013"), CONFIG, CONFIG),
        (200, None, reply(Usable::Errors, "MSG00001"), RETRY, RETRY),
        (200, None, reply(Usable::Errors, "MSG00002"), RETRY, RETRY),
        (500, None, fault("HAN00031"), RETRY, RETRY),
        (500, Some(7), fault("MSG00001"), RETRY_IN_7, RETRY_IN_7),
        (500, None, fault("MSG00003"), V::ServerFault, SERVER),
        (500, None, fault("MSG00099"), ERRORS, ERRORS),
        (500, None, fault(""), V::ServerFault, SERVER),
        (400, None, fault(""), REFUSED, REFUSED),
        (429, Some(7), Body::Unreadable, RETRY_IN_7, RETRY_IN_7),
        (503, Some(7), Body::Unreadable, RETRY_IN_7, SERVER),
        (503, None, Body::Unreadable, RETRY, SERVER),
        (502, None, Body::Unreadable, SERVER, SERVER),
        (504, None, Body::Unreadable, SERVER, SERVER),
        (500, None, Body::Unreadable, SERVER, SERVER),
        (200, None, Body::Unreadable, GARBLED, GARBLED),
        (401, None, Body::Unreadable, CONFIG, CONFIG),
        (403, None, Body::Unreadable, CONFIG, CONFIG),
        (407, None, Body::Unreadable, CONFIG, CONFIG),
        (302, None, Body::Unreadable, CONFIG, CONFIG),
        (404, None, Body::Unreadable, REFUSED, REFUSED),
        (413, None, Body::Unreadable, REFUSED, REFUSED),
    ]
}

#[test]
fn the_table_holds() {
    for (status, retry_after, body, question, change) in rows() {
        let happening = answer(status, retry_after, body);
        assert_eq!(
            classify(&Codes::default(), Question, &happening),
            question,
            "question: {happening:?}"
        );
        assert_eq!(
            classify(&Codes::default(), Change, &happening),
            change,
            "change: {happening:?}"
        );
    }
    for operation in [Question, Change] {
        assert_eq!(
            classify(&Codes::default(), operation, &Happening::NotSent),
            NOT_SENT
        );
        assert_eq!(
            classify(&Codes::default(), operation, &Happening::NoAnswer),
            NO_ANSWER
        );
    }
}

#[test]
fn a_change_is_retried_only_when_documented_as_not_executed() {
    for status in 100..=599 {
        for retry_after in [None, Some(1)] {
            for body in [Body::Unreadable, fault(""), fault("MSG00003"), fault("MSG99999")] {
                let verdict = classify(&Codes::default(), Change, &answer(status, retry_after, body));
                let retried = matches!(verdict, V::Retry(..) | V::ServerFault);
                assert!(!retried || status == 429, "{status}: {verdict:?}");
            }
        }
    }
}

#[test]
fn codes_are_data() {
    let codes = Codes {
        unavailable: vec!["MSG00099".to_owned()],
        ..Codes::default()
    };
    let happening = |code| answer(200, None, reply(Usable::Errors, code));
    assert_eq!(classify(&codes, Change, &happening("MSG00099")), RETRY);
    assert_eq!(classify(&codes, Change, &happening("MSG00001")), ERRORS);
    assert_eq!(classify(&codes, Question, &happening("MSG00013")), CONFIG);
}
