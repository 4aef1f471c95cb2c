use std::collections::HashSet;

use proptest::prelude::*;

use super::{JobEvent, JobState, next};

#[test]
fn names_are_their_own_inverse() {
    for state in JobState::ALL {
        assert_eq!(JobState::from_name(state.as_str()), Some(state));
    }
    assert_eq!(
        JobEvent::ALL
            .iter()
            .map(|event| event.as_str())
            .collect::<HashSet<_>>()
            .len(),
        JobEvent::ALL.len()
    );
}

#[test]
fn every_state_is_reached_and_every_open_one_can_end() {
    let mut reached = HashSet::from([JobState::Accepted]);
    loop {
        let more: HashSet<_> = reached
            .iter()
            .flat_map(|state| JobEvent::ALL.iter().filter_map(|event| next(*state, *event)))
            .collect();
        let before = reached.len();
        reached.extend(more);
        if reached.len() == before {
            break;
        }
    }
    assert_eq!(reached.len(), JobState::ALL.len());
    for state in JobState::ALL.into_iter().filter(|state| !state.is_terminal()) {
        assert!(
            JobEvent::ALL.iter().any(|event| next(state, *event).is_some()),
            "{state:?} is a dead end"
        );
    }
}

#[test]
fn only_an_operator_leaves_a_terminal_state() {
    for state in JobState::ALL.into_iter().filter(|state| state.is_terminal()) {
        for event in JobEvent::ALL
            .into_iter()
            .filter(|event| *event != JobEvent::Reopen)
        {
            assert_eq!(next(state, event), None, "{state:?} {event:?}");
        }
    }
}

proptest! {
    /// Between two visits to `sending` lies a release, and a release comes from `accepted` only: no
    /// sequence of events makes one release send twice.
    #[test]
    fn one_release_begins_at_most_once(events in proptest::collection::vec(proptest::sample::select(JobEvent::ALL.to_vec()), 0..200)) {
        let (mut state, mut released, mut begun) = (JobState::Accepted, 0, 0);
        for event in events {
            if let Some(after) = next(state, event) {
                released += usize::from(event == JobEvent::Release);
                begun += usize::from(event == JobEvent::Begin);
                state = after;
            }
            prop_assert!(begun <= released);
        }
    }
}

/// The table as `docs/data-model.md` prints it.
fn table() -> String {
    let mut lines = vec!["| state | event | next |".to_owned(), "|---|---|---|".to_owned()];
    for state in JobState::ALL {
        for event in JobEvent::ALL {
            if let Some(after) = next(state, event) {
                lines.push(format!(
                    "| `{}` | `{}` | `{}` |",
                    state.as_str(),
                    event.as_str(),
                    after.as_str()
                ));
            }
        }
    }
    lines.join("\n")
}

#[test]
fn the_documentation_prints_this_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/data-model.md");
    let document = std::fs::read_to_string(path).expect("docs/data-model.md is part of the repository");
    let table = table();
    assert!(
        document.contains(&table),
        "docs/data-model.md lacks this table:\n{table}"
    );
}
