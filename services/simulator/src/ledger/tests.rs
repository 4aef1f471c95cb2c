use tokio::sync::mpsc::unbounded_channel;

use super::*;

fn ledger() -> Arc<Ledger> {
    Arc::new(Ledger::new(Clock::system(), 100, None))
}

#[test]
fn a_call_is_noted_from_arrival_to_answer() {
    let ledger = ledger();
    let call = ledger.open(Service::RetrieveTiGroups, "ours".to_owned());
    assert_eq!(
        ledger.entries(0, 10)[0].answered.as_ref().map(|moment| moment.ms),
        None
    );
    call.note(|entry| entry.ssin = Some("80010100156".to_owned()));
    call.execute();
    call.answer(200, Some(12));
    let entry = ledger.entries(0, 10).remove(0);
    assert_eq!(
        (entry.sequence, entry.http_status, entry.bytes),
        (1, Some(200), Some(12))
    );
    let executed = entry.executed.expect("was executed").ms;
    let answered = entry.answered.expect("was answered").ms;
    assert!(entry.received.ms <= executed && executed <= answered);
}

#[test]
fn entries_are_read_from_a_sequence_on() {
    let ledger = ledger();
    for ticket in ["a", "b", "c"] {
        drop(ledger.open(Service::RetrieveTiGroups, ticket.to_owned()));
    }
    let tickets = |since, limit| -> Vec<String> {
        ledger
            .entries(since, limit)
            .into_iter()
            .map(|entry| entry.ticket_cbss)
            .collect()
    };
    assert_eq!(tickets(1, 10), ["b", "c"]);
    assert_eq!(tickets(0, 2), ["a", "b"]);
}

#[test]
fn a_reset_forgets_and_counts_on() {
    let ledger = ledger();
    let open = ledger.open(Service::RetrieveTiGroups, "a".to_owned());
    ledger.reset();
    open.execute();
    assert_eq!(ledger.entries(0, 10).len(), 0);
    let next = ledger.open(Service::RetrieveTiGroups, "b".to_owned());
    next.execute();
    let entries = ledger.entries(0, 10);
    assert_eq!((entries.len(), entries[0].sequence), (1, 2));
    assert!(entries[0].executed.is_some());
}

#[test]
fn the_summary_counts_calls_and_executions() {
    let ledger = ledger();
    for (ssin, ticket, executes) in [("1", "x", true), ("1", "y", false), ("2", "x", true)] {
        let call = ledger.open(Service::RetrieveTiGroups, String::new());
        call.note(|entry| (entry.ssin, entry.ticket) = (Some(ssin.to_owned()), Some(ticket.to_owned())));
        if executes {
            call.execute();
        }
    }
    drop(ledger.open(Service::RetrieveTiGroups, String::new()));
    let summary = ledger.summary();
    assert_eq!(
        summary.total,
        Count {
            calls: 4,
            executed: 2
        }
    );
    assert_eq!(
        summary.by_ssin["1"],
        Count {
            calls: 2,
            executed: 1
        }
    );
    assert_eq!(
        summary.by_ticket["x"],
        Count {
            calls: 2,
            executed: 2
        }
    );
}

#[test]
fn a_call_goes_to_the_file_once_it_is_over() {
    let (lines, mut received) = unbounded_channel();
    let ledger = Arc::new(Ledger::new(Clock::system(), 100, Some(lines)));
    let call = Arc::new(ledger.open(Service::RetrieveTiGroups, "a".to_owned()));
    let late = Arc::clone(&call);
    drop(call);
    assert!(received.try_recv().is_err());
    late.execute();
    drop(late);
    let line: serde_json::Value = serde_json::from_str(&received.try_recv().expect("a line")).expect("JSON");
    assert_eq!(line["ticket_cbss"], "a");
    assert!(line["executed"]["ms"].is_u64());
}

#[test]
fn a_full_ledger_forgets_the_oldest_and_says_so() {
    let ledger = Arc::new(Ledger::new(Clock::system(), 2, None));
    let oldest = ledger.open(Service::RetrieveTiGroups, "a".to_owned());
    let (second, third) = (
        ledger.open(Service::RetrieveTiGroups, "b".to_owned()),
        ledger.open(Service::RetrieveTiGroups, "c".to_owned()),
    );
    oldest.execute();
    second.execute();
    drop((oldest, second, third));
    let sequences: Vec<u64> = ledger.entries(0, 10).iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, [2, 3]);
    let summary = ledger.summary();
    assert_eq!(
        (summary.forgotten, summary.total),
        (
            1,
            Count {
                calls: 2,
                executed: 1
            }
        )
    );
    ledger.reset();
    assert_eq!(ledger.summary(), Summary::default());
}
