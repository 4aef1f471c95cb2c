//! `relayctl events`.

use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};
use relay_store::{EventReplay, EventSelection, SaidEvent, Store, StoreError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::arguments::{self, Reason};
use crate::failure::Failure;
use crate::table;

/// Events of one batch, if no job has more.
const BATCH: usize = 500;
/// The outbox takes the next batch when no more than so many entries wait there: new events queue behind them.
const ROOM: i64 = 1000;
/// How often it is looked at, and how often in vain before the command gives up.
const LOOK: Duration = Duration::from_millis(200);
const LOOKS: u32 = 300;
/// How often a batch is tried that got into the way of a service.
const TRIES: u32 = 5;

/// Say events again.
#[derive(Debug, Args)]
pub(crate) struct EventsCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Send an organisation's events again: to its exchange, never to reply queues; under the same ids, those of a job in
    /// their order. Events that are parked have another chance. Without --yes it is only said how many there are. What
    /// was interrupted is resumed by the same command.
    #[command(
        after_help = "Example:\n  relayctl events replay --organisation eupen --since 2026-12-01T20:00:00Z \\\n    \
                      --reason \"the broker lost its disk\" --yes"
    )]
    Replay(ReplayArgs),
}

#[derive(Debug, Args)]
struct ReplayArgs {
    /// Of this organisation.
    #[arg(long, value_parser = arguments::organisation)]
    organisation: String,
    /// Written from then on: a time with its zone.
    #[arg(long, value_parser = arguments::moment)]
    since: OffsetDateTime,
    /// And before this; without it, before now.
    #[arg(long, value_parser = arguments::moment)]
    until: Option<OffsetDateTime>,
    /// About this job only.
    #[arg(long, value_name = "JOB_ID")]
    job: Option<Uuid>,
    /// Send them.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    reason: Reason,
}

impl EventsCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        let Action::Replay(arguments) = self.action;
        let selection = EventSelection {
            organisation: arguments.organisation,
            since: arguments.since,
            until: arguments.until,
            job_id: arguments.job,
        };
        if selection.until.is_some_and(|until| until <= selection.since) {
            return Err(Failure::Invalid("--until: must be later than --since".to_owned()));
        }
        let store = crate::store(config)?;
        if !arguments.yes {
            let events = store.said_events(&selection, None).await?;
            for line in summary(&events) {
                table::line(&line);
            }
            table::line("nothing was done: --yes sends them");
            return Ok(());
        }
        let replay = store
            .begin_event_replay(&selection, &arguments.reason.reason)
            .await?;
        if replay.done_until.is_some() {
            table::line(&format!(
                "going on after {} events that are done already",
                replay.events
            ));
        }
        let selection = EventSelection {
            until: Some(replay.until),
            ..selection
        };
        let events = store.said_events(&selection, replay.done_until).await?;
        let mut done = 0;
        let outcome = say(&store, &replay, &events, &mut done).await;
        table::line(&format!("{done} events are in the outbox again"));
        outcome.map_err(|failure| failure.then("the same command goes on where this one stopped"))
    }
}

async fn say(
    store: &Store,
    replay: &EventReplay,
    events: &[SaidEvent],
    done: &mut i64,
) -> Result<(), Failure> {
    let bar = table::progress(events.len(), "Send");
    let mut batches = batches(events, BATCH).peekable();
    if batches.peek().is_none() {
        store.replay_events(replay, &[], true).await?;
    }
    while let Some(batch) = batches.next() {
        if *done > 0 {
            wait_for_room(store).await?;
        }
        *done += put(store, replay, batch, batches.peek().is_none()).await?;
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

async fn put(
    store: &Store,
    replay: &EventReplay,
    batch: &[SaidEvent],
    last: bool,
) -> Result<i64, StoreError> {
    let mut tries = 1;
    loop {
        match store.replay_events(replay, batch, last).await {
            // A dead-lock with a service that moves some of these jobs: one of both has to come again.
            Err(error) if error.is_transient() && !error.is_unreachable() && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(LOOK).await;
            }
            other => return other,
        }
    }
}

async fn wait_for_room(store: &Store) -> Result<(), Failure> {
    let (mut last, mut vain) = (i64::MAX, 0);
    loop {
        let waiting = store.outbox_waiting().await?;
        if waiting <= ROOM {
            return Ok(());
        }
        vain = if waiting < last { 0 } else { vain + 1 };
        if vain > LOOKS {
            return Err(Failure::TimeOut(format!(
                "{waiting} events wait in the outbox and none goes out: does results run, and is there room in the queues?"
            )));
        }
        last = waiting;
        tokio::time::sleep(LOOK).await;
    }
}

/// Runs of whole units: what is about one job goes into one batch.
fn batches(events: &[SaidEvent], size: usize) -> impl Iterator<Item = &[SaidEvent]> {
    let mut rest = events;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = size.min(rest.len());
        while end < rest.len() && rest[end].unit == rest[end - 1].unit {
            end += 1;
        }
        let (batch, after) = rest.split_at(end);
        rest = after;
        Some(batch)
    })
}

fn summary(events: &[SaidEvent]) -> Vec<String> {
    let mut units: Vec<Uuid> = events.iter().map(|event| event.unit).collect();
    units.dedup();
    let waiting = events.iter().filter(|event| event.waits).count();
    vec![
        format!(
            "events that match: {}, about {} jobs or rejections",
            events.len(),
            units.len()
        ),
        format!("of these in the outbox still, or parked there: {waiting}"),
    ]
}

#[cfg(test)]
mod tests {
    use relay_store::SaidEvent;
    use uuid::Uuid;

    use super::{batches, summary};

    fn events(units: &[u128]) -> Vec<SaidEvent> {
        let event = |(index, unit): (usize, &u128)| SaidEvent {
            event_id: Uuid::from_u128(index as u128),
            unit: Uuid::from_u128(*unit),
            waits: index == 0,
        };
        units.iter().enumerate().map(event).collect()
    }

    #[test]
    fn a_batch_does_not_end_within_a_job() {
        let sizes =
            |units: &[u128]| -> Vec<usize> { batches(&events(units), 2).map(<[SaidEvent]>::len).collect() };
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&[1, 2, 3]), [2, 1]);
        assert_eq!(sizes(&[1, 1, 1, 2, 3, 3, 4]), [3, 3, 1]);
    }

    #[test]
    fn jobs_are_counted_once() {
        let lines = summary(&events(&[1, 1, 2]));
        assert_eq!(
            lines,
            [
                "events that match: 3, about 2 jobs or rejections",
                "of these in the outbox still, or parked there: 1"
            ]
        );
    }
}
