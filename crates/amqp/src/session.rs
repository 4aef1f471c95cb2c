//! One subscription on one connection, and the acknowledgements owed to it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use futures_util::future::join_all;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use lapin::{Channel, Connection};
use tokio::sync::Mutex;

/// The right to settle one delivery, once. It holds the connection that the delivery came on: on another one
/// its number means another message.
pub struct Token {
    pub(crate) session: Arc<Session>,
    pub(crate) tag: u64,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("tag", &self.tag)
            .field("stale", &!self.session.is_alive())
            .finish()
    }
}

pub(crate) struct Session {
    connection: Connection,
    channel: Channel,
    /// Tags handed out and not settled. Its lock is held while acknowledgements are written: a cumulative one
    /// covers all lower tags, so none of those may be on its way to another end.
    outstanding: Mutex<BTreeSet<u64>>,
}

impl Session {
    pub(crate) fn new(connection: Connection, channel: Channel) -> Self {
        Self {
            connection,
            channel,
            outstanding: Mutex::default(),
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.connection.status().connected() && self.channel.status().connected()
    }

    pub(crate) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Notes tags that are about to be handed out.
    pub(crate) async fn hold(&self, tags: impl IntoIterator<Item = u64>) {
        self.outstanding.lock().await.extend(tags);
    }

    /// Acknowledges `tags`, with one cumulative acknowledgement as far as nothing lower is outstanding.
    pub(crate) async fn ack(&self, tags: Vec<u64>) -> lapin::Result<()> {
        let mut outstanding = self.outstanding.lock().await;
        let plan = AckPlan::new(&mut outstanding, tags);
        if let Some(tag) = plan.up_to {
            self.channel
                .basic_ack(tag, BasicAckOptions { multiple: true })
                .await?;
        }
        let options = BasicAckOptions { multiple: false };
        let written = join_all(
            plan.single
                .into_iter()
                .map(|tag| self.channel.basic_ack(tag, options)),
        )
        .await;
        written.into_iter().collect()
    }

    /// Gives `tags` back to the queue, or to its dead-letter queue.
    pub(crate) async fn nack(&self, tags: Vec<u64>, requeue: bool) -> lapin::Result<()> {
        let mut outstanding = self.outstanding.lock().await;
        for tag in &tags {
            outstanding.remove(tag);
        }
        let options = BasicNackOptions {
            multiple: false,
            requeue,
        };
        let written = join_all(tags.into_iter().map(|tag| self.channel.basic_nack(tag, options))).await;
        written.into_iter().collect()
    }

    /// Ends the connection; what is unsettled goes back to the queue.
    pub(crate) async fn close(&self) -> lapin::Result<()> {
        self.connection.close(200, "done".into()).await
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("alive", &self.is_alive())
            .finish_non_exhaustive()
    }
}

/// How to acknowledge a set of tags.
#[derive(Debug, PartialEq, Eq)]
struct AckPlan {
    /// This one and all lower ones at once.
    up_to: Option<u64>,
    single: Vec<u64>,
}

impl AckPlan {
    /// Takes `tags` out of `outstanding`; those that are not in it (settled before) are left out.
    fn new(outstanding: &mut BTreeSet<u64>, tags: Vec<u64>) -> Self {
        let mut tags: BTreeSet<u64> = tags.into_iter().filter(|tag| outstanding.contains(tag)).collect();
        let mut up_to = None;
        while let Some(lowest) = outstanding.first().copied()
            && tags.remove(&lowest)
        {
            outstanding.remove(&lowest);
            up_to = Some(lowest);
        }
        for tag in &tags {
            outstanding.remove(tag);
        }
        Self {
            up_to,
            single: tags.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_prefix_is_acknowledged_at_once_and_the_rest_singly() {
        let mut outstanding = BTreeSet::from([3, 4, 5, 6, 7]);
        let plan = AckPlan::new(&mut outstanding, vec![4, 3, 7]);
        assert_eq!(
            plan,
            AckPlan {
                up_to: Some(4),
                single: vec![7]
            }
        );
        assert_eq!(outstanding, BTreeSet::from([5, 6]));
    }

    #[test]
    fn a_tag_that_is_settled_already_is_left_alone() {
        let mut outstanding = BTreeSet::from([2]);
        assert_eq!(
            AckPlan::new(&mut outstanding, vec![1]),
            AckPlan {
                up_to: None,
                single: vec![]
            }
        );
        assert_eq!(outstanding, BTreeSet::from([2]));
    }

    proptest! {
        /// A broker that follows the plans has exactly the chosen tags acknowledged, and never hears of a tag
        /// that it does not know.
        #[test]
        fn plans_acknowledge_what_was_asked_and_nothing_else(
            groups in prop::collection::vec(0..4usize, 1..40),
        ) {
            let mut outstanding: BTreeSet<u64> = (1..=groups.len() as u64).collect();
            let mut broker = outstanding.clone();
            for group in 0..3 {
                let tags: Vec<u64> =
                    (1..).zip(&groups).filter(|(_, of)| **of == group).map(|(tag, _)| tag).collect();
                let expected: BTreeSet<u64> = broker.iter().copied().filter(|tag| !tags.contains(tag)).collect();
                let plan = AckPlan::new(&mut outstanding, tags);
                if let Some(up_to) = plan.up_to {
                    prop_assert!(broker.contains(&up_to));
                    broker.retain(|tag| *tag > up_to);
                }
                for tag in plan.single {
                    prop_assert!(broker.remove(&tag));
                }
                prop_assert_eq!(&broker, &expected);
                prop_assert_eq!(&outstanding, &broker);
            }
        }
    }
}
