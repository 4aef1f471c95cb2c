//! The table: what the simulator does, and what must come of it.
//!
//! Budgets: 3 attempts, 1 question again after an unknown outcome, 1 after a fault of the CBSS's own.

use serde_json::{Value, json};

/// How a job ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Ok(&'static str),
    Warnings(&'static str),
    Errors(&'static str),
    Failed(&'static str),
}

/// One fault.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) action: Value,
    /// For how many calls; for all without it.
    pub(super) times: Option<u64>,
    pub(super) end: End,
    /// The class of each attempt: each is a call that reached the simulator.
    pub(super) classes: &'static [&'static str],
    /// How many of them the CBSS worked on.
    pub(super) executed: usize,
    /// The codes of the final event.
    pub(super) codes: &'static [&'static str],
    /// Does the final event carry the CBSS's ticket of the last call?
    pub(super) cbss_ticket: bool,
}

fn always(
    name: &'static str,
    action: Value,
    end: End,
    classes: &'static [&'static str],
    executed: usize,
    codes: &'static [&'static str],
) -> Case {
    Case {
        name,
        action,
        times: None,
        end,
        classes,
        executed,
        codes,
        cbss_ticket: !codes.is_empty(),
    }
}

/// The first call only; the second is answered well.
fn once(name: &'static str, action: Value, class: &'static [&'static str; 2], executed: usize) -> Case {
    Case {
        times: Some(1),
        cbss_ticket: true,
        ..always(name, action, End::Ok("data"), class, executed, &["MSG00000"])
    }
}

fn status(value: &str, code: &str, with_data: bool) -> Value {
    json!({"type": "status", "value": value, "code": code, "with_data": with_data})
}

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = no_answer();
    cases.extend(http());
    cases.extend(bodies());
    cases.extend(answers());
    cases
}

/// The connection breaks, or time is up: nobody knows whether it was executed.
fn no_answer() -> Vec<Case> {
    const TWICE: &[&str] = &["no_answer", "no_answer"];
    const AGAIN: &[&str; 2] = &["no_answer", "ok"];
    let unknown = End::Failed("unknown_outcome");
    let late = json!({"type": "execute_after_client_gave_up", "delay_ms": 5000});
    vec![
        always(
            "drop-request",
            json!({"type": "drop_request"}),
            unknown,
            TWICE,
            0,
            &[],
        ),
        always(
            "drop-reply",
            json!({"type": "drop_reply"}),
            unknown,
            TWICE,
            2,
            &[],
        ),
        once("drop-request-once", json!({"type": "drop_request"}), AGAIN, 1),
        once("drop-reply-once", json!({"type": "drop_reply"}), AGAIN, 2),
        once(
            "cut-reply-once",
            json!({"type": "drop_reply", "after_bytes": 300}),
            AGAIN,
            2,
        ),
        once("executed-late", late, AGAIN, 2),
        always(
            "huge-body",
            json!({"type": "huge_body", "bytes": 50_000_000}),
            unknown,
            TWICE,
            2,
            &[],
        ),
    ]
}

/// What the status of HTTP says.
fn http() -> Vec<Case> {
    let unknown = End::Failed("unknown_outcome");
    let busy = json!({"type": "http_503", "retry_after_s": 1});
    vec![
        always(
            "http-500",
            json!({"type": "http_500"}),
            unknown,
            &["server_error", "server_error"],
            0,
            &[],
        ),
        once(
            "http-500-once",
            json!({"type": "http_500"}),
            &["server_error", "ok"],
            1,
        ),
        always(
            "http-503-bare",
            json!({"type": "http_503"}),
            End::Failed("attempts"),
            &["unavailable"; 3],
            0,
            &[],
        ),
        always(
            "http-503",
            busy.clone(),
            End::Failed("attempts"),
            &["unavailable"; 3],
            0,
            &[],
        ),
        once("http-503-once", busy, &["unavailable", "ok"], 1),
        once(
            "http-429-once",
            json!({"type": "http_status", "code": 429}),
            &["unavailable", "ok"],
            1,
        ),
        always(
            "http-404",
            json!({"type": "http_status", "code": 404}),
            End::Failed("refused"),
            &["refused"],
            0,
            &[],
        ),
    ]
}

/// A complete answer with status 200 that is none of the service's.
fn bodies() -> Vec<Case> {
    const TWICE: &[&str] = &["unreadable", "unreadable"];
    let unreadable = End::Failed("unreadable");
    let utf16 = json!({"type": "wrong_charset", "encoding": "utf16"});
    vec![
        always(
            "malformed",
            json!({"type": "malformed_xml"}),
            unreadable,
            TWICE,
            2,
            &[],
        ),
        always(
            "truncated",
            json!({"type": "truncated_body"}),
            unreadable,
            TWICE,
            2,
            &[],
        ),
        always("html", json!({"type": "html_page"}), unreadable, TWICE, 0, &[]),
        always("empty", json!({"type": "empty_body"}), unreadable, TWICE, 2, &[]),
        once(
            "malformed-once",
            json!({"type": "malformed_xml"}),
            &["unreadable", "ok"],
            2,
        ),
        // Its byte order mark says more than the header that is wrong.
        always("utf-16", utf16, End::Ok("data"), &["ok"], 1, &["MSG00000"]),
    ]
}

/// The CBSS's own words.
fn answers() -> Vec<Case> {
    let fault = json!({"type": "soap_fault", "code": "MSG00003"});
    let refused = End::Errors("refused");
    vec![
        always(
            "fault-stays",
            fault.clone(),
            End::Errors("fault"),
            &["server_fault"; 2],
            0,
            &["MSG00003"],
        ),
        once("fault-once", fault, &["server_fault", "ok"], 1),
        once(
            "unavailable-once",
            status("NO_RESULT", "MSG00001", false),
            &["unavailable", "ok"],
            2,
        ),
        always(
            "refused",
            status("NO_RESULT", "MSG00005", false),
            refused,
            &["errors"],
            1,
            &["MSG00005"],
        ),
        always(
            "no-data",
            status("NO_DATA_FOUND", "MSG00100", false),
            End::Ok("empty"),
            &["ok"],
            1,
            &["MSG00100"],
        ),
        always(
            "incomplete",
            status("INCOMPLETE_DATA", "HAN20200", true),
            End::Warnings("partial"),
            &["warnings"],
            1,
            &["HAN20200"],
        ),
    ]
}
