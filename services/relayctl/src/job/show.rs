//! `relayctl job show`.

use relay_store::{AttemptLine, JobLine, OperationLine, Store, WaitsFor};
use serde::Serialize;
use uuid::Uuid;

use crate::failure::Failure;
use crate::{operations, table};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    #[serde(flatten)]
    job: JobLine,
    waits_for: Vec<WaitsFor>,
    attempts: Vec<AttemptLine>,
    operations: Vec<OperationLine>,
}

/// One job: where it stands and why, its attempts, what operators did with it.
pub(super) async fn show(store: &Store, job_id: Uuid, json: bool) -> Result<(), Failure> {
    let Some((job, attempts)) = store.show_job(job_id).await? else {
        return Err(super::nothing(job_id));
    };
    let shown = Shown {
        job,
        waits_for: store.explain(job_id).await?,
        attempts,
        operations: store.operations_on(job_id).await?,
    };
    if json {
        return table::json(&shown);
    }
    super::print_jobs(std::slice::from_ref(&shown.job));
    for reason in &shown.waits_for {
        table::line(&line(reason));
    }
    print_attempts(&shown.attempts);
    if !shown.operations.is_empty() {
        operations::print(&shown.operations);
    }
    Ok(())
}

fn line(reason: &WaitsFor) -> String {
    let mut text = format!("waits: {}: {}", reason.reason, reason.detail);
    if let Some(until) = reason.until {
        text.push_str(&format!(" (until {})", table::time(until)));
    }
    text
}

fn print_attempts(attempts: &[AttemptLine]) {
    let text = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
    let header = [
        "No.",
        "Kind",
        "Class",
        "HTTP",
        "ms",
        "Bytes",
        "Our ticket",
        "CBSS ticket",
        "Worker",
        "Began",
    ];
    table::print(
        &header,
        attempts.iter().map(|attempt| {
            vec![
                attempt.number.to_string(),
                attempt.kind.clone(),
                attempt.class.clone().unwrap_or_else(|| "open".to_owned()),
                text(attempt.http_status.map(i32::from)),
                text(attempt.duration_ms),
                text(attempt.answer_bytes),
                attempt.ticket.to_string(),
                attempt.cbss_ticket.clone().unwrap_or_default(),
                attempt.worker.clone(),
                table::time(attempt.began_at),
            ]
        }),
    );
}

#[cfg(test)]
mod tests {
    use relay_store::WaitsFor;
    use time::macros::datetime;

    use super::line;

    #[test]
    fn a_reason_is_one_line_with_its_end() {
        let mut reason = WaitsFor {
            reason: "circuit",
            detail: "the environment is not called".to_owned(),
            until: None,
        };
        assert_eq!(line(&reason), "waits: circuit: the environment is not called");
        reason.until = Some(datetime!(2026-12-01 20:00 UTC));
        assert!(line(&reason).ends_with(" (until 2026-12-01 20:00:00Z)"));
    }
}
