use std::collections::{BTreeSet, VecDeque};

use proptest::prelude::*;

use super::outcome::{Return, resolve};
use super::*;
use crate::message::Properties;

fn message(exchange: &str, routing_key: &str, id: &str) -> Outgoing {
    let properties = Properties {
        message_id: Some(id.to_owned()),
        ..Properties::default()
    };
    Outgoing {
        exchange: exchange.to_owned(),
        routing_key: routing_key.to_owned(),
        properties,
        ..Outgoing::default()
    }
}

fn returned(message: &Outgoing) -> Return {
    Return {
        exchange: message.exchange.clone(),
        routing_key: message.routing_key.clone(),
        message_id: message.properties.message_id.clone(),
        code: 312,
        text: "NO_ROUTE".to_owned(),
    }
}

fn is_returned(outcome: &PublishOutcome) -> bool {
    matches!(outcome, PublishOutcome::Returned { code: 312, .. })
}

#[test]
fn a_return_attached_to_another_message_is_given_to_its_owner() {
    let batch = [message("", "there", "1"), message("", "nowhere", "2")];
    let outcomes = resolve(
        &batch,
        vec![Fate::Acked(Some(returned(&batch[1]))), Fate::Acked(None)],
    );
    assert_eq!(outcomes[0], PublishOutcome::Confirmed);
    assert!(is_returned(&outcomes[1]));
}

#[test]
fn messages_that_look_alike_are_all_taken_for_returned() {
    let batch = [
        message("", "q", "same"),
        message("", "q", "same"),
        message("", "q", "other"),
    ];
    let outcomes = resolve(
        &batch,
        vec![
            Fate::Acked(None),
            Fate::Acked(Some(returned(&batch[0]))),
            Fate::Acked(None),
        ],
    );
    assert!(is_returned(&outcomes[0]) && is_returned(&outcomes[1]));
    assert_eq!(outcomes[2], PublishOutcome::Confirmed);
}

#[test]
fn an_absent_exchange_refuses_its_messages_and_loses_the_others() {
    let batch = [message("nope", "k", "1"), message("", "q", "2")];
    let text = "NOT_FOUND - no exchange 'nope' in vhost '/'".to_owned();
    let failed = Fate::Failed {
        refusal: Some(text.clone()),
        text: "closed".to_owned(),
    };
    let outcomes = resolve(&batch, vec![failed.clone(), failed]);
    assert_eq!(
        outcomes,
        [
            PublishOutcome::Refused(text),
            PublishOutcome::Lost("closed".to_owned())
        ]
    );
}

#[test]
fn the_default_exchange_is_known_by_the_brokers_name_for_it() {
    let batch = [message("", "q", "1")];
    let text = "ACCESS_REFUSED - access to exchange 'amq.default' in vhost '/' refused".to_owned();
    let failed = Fate::Failed {
        refusal: Some(text.clone()),
        text: String::new(),
    };
    assert_eq!(resolve(&batch, vec![failed]), [PublishOutcome::Refused(text)]);
}

#[test]
fn silence_is_loss() {
    let batch = [message("", "q", "1")];
    assert!(matches!(
        resolve(&batch, vec![Fate::Unknown])[0],
        PublishOutcome::Lost(_)
    ));
}

/// The client library as it is: returns wait in a line, and each confirm takes the first of it. A return comes
/// before its own confirm, by up to `early` other confirms.
fn client_library(batch: &[Outgoing], unroutable: &[bool], confirms: &[usize], early: &[usize]) -> Vec<Fate> {
    let mut fates = vec![
        Fate::Failed {
            refusal: None,
            text: "closed".to_owned()
        };
        batch.len()
    ];
    let mut line = VecDeque::new();
    let mut announced = BTreeSet::new();
    for (now, index) in confirms.iter().enumerate() {
        for (later, unconfirmed) in confirms.iter().enumerate().skip(now) {
            if unroutable[*unconfirmed] && later - now <= early[*unconfirmed] && announced.insert(unconfirmed)
            {
                line.push_back(returned(&batch[*unconfirmed]));
            }
        }
        fates[*index] = Fate::Acked(line.pop_front());
    }
    fates
}

proptest! {
    /// Whatever the order of returns and confirms, and wherever the channel breaks: nothing that was returned
    /// is taken for delivered; and when the channel does not break, nothing that was routed for returned.
    #[test]
    fn a_returned_message_is_never_confirmed(
        unroutable in prop::collection::vec(any::<bool>(), 12),
        early in prop::collection::vec(0..12usize, 12),
        order in Just((0..12usize).collect::<Vec<_>>()).prop_shuffle(),
        broken_after in 0..20usize,
    ) {
        let batch: Vec<_> = (0..12).map(|id| message("", "q", &id.to_string())).collect();
        let mut fates = client_library(&batch, &unroutable, &order, &early);
        for index in order.iter().skip(broken_after) {
            fates[*index] = Fate::Unknown;
        }
        let outcomes = resolve(&batch, fates);
        for index in 0..12 {
            if unroutable[index] {
                prop_assert!(!outcomes[index].is_confirmed(), "{outcomes:?}");
            } else if broken_after >= 12 {
                prop_assert_eq!(&outcomes[index], &PublishOutcome::Confirmed);
            }
        }
    }
}
