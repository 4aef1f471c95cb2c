//! Settling for work that finishes one by one: what waits is carried out together.

use tokio::sync::mpsc;

use crate::session::Token;
use crate::settler::{Decision, Settler};

/// Most decisions carried out together.
const GROUP: usize = 256;

impl Settler {
    /// A queue of at most `capacity` decisions, and the task that carries out at once whatever waits in it: one
    /// batch of publishes, one wait for confirms, few acknowledgements.
    #[must_use]
    pub fn grouped(&self, capacity: usize) -> (GroupedSettler, GroupedSettling) {
        let (sender, receiver) = mpsc::channel(capacity);
        (
            GroupedSettler { sender },
            GroupedSettling {
                settler: self.clone(),
                receiver,
            },
        )
    }
}

/// The entrance of the queue.
#[derive(Clone, Debug)]
pub struct GroupedSettler {
    sender: mpsc::Sender<(Token, Decision)>,
}

impl GroupedSettler {
    /// Hands a decision over; waits while the queue is full. It is carried out soon after. If
    /// [`GroupedSettling::run`] has ended, the delivery goes back to the queue with its connection.
    pub async fn settle(&self, token: Token, decision: Decision) {
        // The only error is that ending.
        let _ = self.sender.send((token, decision)).await;
    }
}

/// The task behind a [`GroupedSettler`].
#[derive(Debug)]
pub struct GroupedSettling {
    settler: Settler,
    receiver: mpsc::Receiver<(Token, Decision)>,
}

impl GroupedSettling {
    /// Ends when every [`GroupedSettler`] is dropped and their decisions are carried out.
    pub async fn run(mut self) {
        loop {
            let mut group = Vec::new();
            if self.receiver.recv_many(&mut group, GROUP).await == 0 {
                return;
            }
            self.settler.settle(group).await;
        }
    }
}
