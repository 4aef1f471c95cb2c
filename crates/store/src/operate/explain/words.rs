//! The reasons in words: from what was read to what a person is told.

use relay_domain::JobState;
use time::OffsetDateTime;

use super::{COUNTED_AHEAD, Limits, Room, Standing, WaitsFor};

fn because(reason: &'static str, detail: impl Into<String>, until: Option<OffsetDateTime>) -> WaitsFor {
    WaitsFor {
        reason,
        detail: detail.into(),
        until,
    }
}

/// The reasons, those of the job itself first. A job that has ended has none.
pub(super) fn reasons(state: JobState, standing: &Standing, limits: &Limits) -> Vec<WaitsFor> {
    match state {
        JobState::Accepted => accepted(standing, limits),
        JobState::Released => {
            let detail = "its id is on the way to a worker; it is taken back if none begins it in time";
            with_lane(vec![because("released", detail, standing.lease_until)], limits)
        }
        JobState::Sending => {
            let detail = format!(
                "attempt {} is open; it is taken over if the worker does not report in time",
                standing.attempt
            );
            vec![because("sending", detail, standing.lease_until)]
        }
        JobState::Answered => vec![because(
            "answered",
            "the answer is stored and waits to be processed: does relay-results run?",
            None,
        )],
        JobState::Reconciling => reconciling(standing, limits),
        JobState::Uncertain => vec![because(
            "uncertain",
            format!(
                "nobody knows whether the change was made; a person must decide: \
                 relayctl job resolve {} --as done|not-done --reason TEXT",
                standing.job_id
            ),
            None,
        )],
        JobState::Ok | JobState::Warnings | JobState::Errors | JobState::Validated => Vec::new(),
        JobState::Failed | JobState::Cancelled | JobState::Expired => Vec::new(),
    }
}

fn accepted(standing: &Standing, limits: &Limits) -> Vec<WaitsFor> {
    let mut found = Vec::new();
    if standing.deadline.is_some_and(|deadline| deadline <= standing.now) {
        let detail = "its deadline has passed; a producer ends it as expired";
        return vec![because("deadline", detail, None)];
    }
    if standing.due_at > standing.now {
        found.push(later(standing));
    }
    if let Some(prerequisite) = standing.prerequisite {
        let state = standing.prerequisite_state.as_deref().unwrap_or("unknown");
        let detail =
            format!("runs after job {prerequisite} has ended ok or with warnings; that one is {state}");
        found.push(because("prerequisite", detail, None));
    }
    if let (Some(job), Some(state)) = (standing.behind, standing.behind_state.as_deref()) {
        let decide = if state == JobState::Uncertain.as_str() {
            format!(" and a person must decide: relayctl job resolve {job} --as done|not-done --reason TEXT")
        } else {
            String::new()
        };
        let detail = format!(
            "changes of one person run one at a time, and job {job} comes first; that one is {state}{decide}"
        );
        found.push(because("ordered", detail, None));
    }
    let own = found.len();
    let mut found = with_lane(found, limits);
    let held = own > 0 || found.iter().any(|waits| waits.reason != "quota");
    if held {
        return found;
    }
    // Between two slots a quota is free for a moment, and still what the jobs wait for.
    if limits.ahead > 0
        && found.is_empty()
        && let Some(room) = slowest(&limits.quotas)
    {
        found.push(quota(room));
    }
    if limits.ahead > 0 || found.is_empty() {
        found.insert(0, because("turn", turn(limits.ahead), None));
    }
    found
}

fn turn(ahead: i64) -> String {
    match ahead {
        0 => "it is due, and first in its lane: does a producer run that has this organisation and service?"
            .to_owned(),
        COUNTED_AHEAD => format!("it is due; jobs of its lane that come first: {COUNTED_AHEAD} or more"),
        ahead => format!("it is due; jobs of its lane that come first: {ahead}"),
    }
}

/// Why a job is not due yet.
fn later(standing: &Standing) -> WaitsFor {
    let until = Some(standing.due_at);
    let class = standing.class.as_deref().unwrap_or("no report");
    match standing.wait_reason.as_deref() {
        Some("retry") => because(
            "retry",
            format!(
                "attempt {} came to {class}; the next one waits its turn",
                standing.attempt
            ),
            until,
        ),
        Some("circuit") => because(
            "circuit",
            format!(
                "attempt {} came to {class} and does not count; it is tried again when the lane is open",
                standing.attempt
            ),
            until,
        ),
        // An operator has opened the round; see Store::tell.
        Some("new") => because(
            "untold",
            "a new round was opened, and upstream is told of it first: does relay-results run?",
            None,
        ),
        _ => because("not_before", "is not to be sent before its time", until),
    }
}

fn reconciling(standing: &Standing, limits: &Limits) -> Vec<WaitsFor> {
    let so_far = match (&standing.look_finding, standing.looks) {
        (_, 0) => "none yet".to_owned(),
        (Some(finding), looks) => format!(
            "{looks} so far, the newest {} found it {finding}",
            standing.looks_agreed
        ),
        (None, looks) => format!("{looks} so far, which found nothing out"),
    };
    let about = format!("the outcome of the change is unknown and is looked up (looks: {so_far})");
    match standing.look_step.as_deref() {
        Some("released" | "sending") => vec![because(
            "reconciling",
            format!("{about}; look {} is under way", standing.looks + 1),
            standing.lease_until,
        )],
        Some("answered") => vec![because(
            "reconciling",
            format!(
                "{about}; the answer to look {} is being processed",
                standing.looks + 1
            ),
            None,
        )],
        _ => {
            let until = (standing.due_at > standing.now).then_some(standing.due_at);
            let detail = format!("{about}; look {} comes next", standing.looks + 1);
            with_lane(vec![because("reconciling", detail, until)], limits)
        }
    }
}

/// Adds what holds the lane.
fn with_lane(mut found: Vec<WaitsFor>, limits: &Limits) -> Vec<WaitsFor> {
    if limits.maintenance.is_some() {
        let detail = "the environment is in maintenance and is not called";
        found.push(because("maintenance", detail, limits.maintenance));
    }
    for circuit in &limits.circuits {
        let scope = scope(&circuit.organisation, &circuit.service);
        let cause = circuit.cause.as_deref().unwrap_or("unknown");
        let detail = match circuit.state.as_str() {
            "paused" => format!("{scope} is paused (cause: {cause}); relayctl lane resume lets it go on"),
            "open" => format!("{scope} is not called after failures (cause: {cause})"),
            _ => format!(
                "{scope} is being tried again after a stop (cause: {cause}), {} at a time",
                circuit.allowance
            ),
        };
        found.push(because("circuit", detail, circuit.until));
    }
    if let Some(room) = tightest(&limits.quotas) {
        found.push(quota(room));
    }
    found
}

fn scope(organisation: &str, service: &str) -> String {
    match (organisation, service) {
        ("*", "*") => "the environment".to_owned(),
        ("*", service) => format!("{service} of all organisations"),
        (organisation, "*") => format!("all of {organisation}"),
        (organisation, service) => format!("the lane {organisation} {service}"),
    }
}

fn is_full(room: &Room) -> bool {
    room.concurrent
        .is_some_and(|concurrent| room.sending >= i64::from(concurrent))
}

/// The quota that lets the next call go last: one whose calls are all taken before one that only paces.
fn tightest(quotas: &[Room]) -> Option<&Room> {
    quotas
        .iter()
        .filter(|room| is_full(room) || room.free_at.is_some())
        .max_by_key(|room| (is_full(room), room.free_at))
}

/// The quota with the lowest rate, else the one with the fewest calls.
fn slowest(quotas: &[Room]) -> Option<&Room> {
    let rate = |room: &Room| room.rate.unwrap_or(f64::INFINITY);
    quotas.iter().min_by(|one, other| {
        rate(one)
            .total_cmp(&rate(other))
            .then(one.concurrent.cmp(&other.concurrent))
    })
}

fn quota(room: &Room) -> WaitsFor {
    let rate = room.rate.map(|rate| format!("{rate} a second"));
    let concurrent = room
        .concurrent
        .map(|concurrent| format!("{} of {concurrent} calls open", room.sending));
    let limits: Vec<String> = rate.into_iter().chain(concurrent).collect();
    let next = if is_full(room) {
        "; a call that ends makes room"
    } else if room.free_at.is_some() {
        "; its next slot is not free yet"
    } else {
        ""
    };
    let detail = format!(
        "the quota of {} is the tightest ({}){next}",
        scope(&room.organisation, &room.service),
        limits.join(", ")
    );
    because("quota", detail, room.free_at)
}

#[cfg(test)]
mod tests;
