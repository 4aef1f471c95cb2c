//! From what the client library tells to what became of each message.

use lapin::Confirmation;
use lapin::message::BasicReturnMessage;

use super::PublishOutcome;
use crate::error::reply;
use crate::message::Outgoing;

/// A message that the broker could not route, with what identifies it in its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Return {
    pub(super) exchange: String,
    pub(super) routing_key: String,
    pub(super) message_id: Option<String>,
    pub(super) code: u16,
    pub(super) text: String,
}

impl From<BasicReturnMessage> for Return {
    fn from(returned: BasicReturnMessage) -> Self {
        Self {
            exchange: returned.exchange.to_string(),
            routing_key: returned.routing_key.to_string(),
            message_id: returned.properties.message_id().as_ref().map(ToString::to_string),
            code: returned.reply_code,
            text: returned.reply_text.to_string(),
        }
    }
}

impl Return {
    fn may_be(&self, message: &Outgoing) -> bool {
        self.exchange == message.exchange
            && self.routing_key == message.routing_key
            && self.message_id == message.properties.message_id
    }
}

/// What the client library said about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing yet.
    Unknown,
    /// Not even sent.
    Refused(String),
    /// The broker's acknowledgement, with a returned message that may be another's.
    Acked(Option<Return>),
    /// The broker's negative acknowledgement, with a returned message that may be another's.
    Nacked(Option<Return>),
    /// The channel or the connection closed; with the text of an AMQP refusal if that was the reason.
    Failed { refusal: Option<String>, text: String },
}

impl Fate {
    /// What a confirm says, or why there is none.
    pub(super) fn told(told: lapin::Result<Confirmation>) -> Self {
        match told {
            Ok(confirmation) => Self::confirmed(confirmation),
            Err(error) => Self::failed(&error),
        }
    }

    fn confirmed(confirmation: Confirmation) -> Self {
        match confirmation {
            Confirmation::Ack(returned) => Self::Acked(returned.map(Return::from)),
            Confirmation::Nack(returned) => Self::Nacked(returned.map(Return::from)),
            Confirmation::NotRequested => Self::Failed {
                refusal: None,
                text: "the channel does not confirm".to_owned(),
            },
        }
    }

    pub(super) fn failed(error: &lapin::Error) -> Self {
        Self::Failed {
            refusal: reply(error).map(|(_, text)| text),
            text: error.to_string(),
        }
    }

    /// The broker's own word.
    pub(super) fn is_confirm(&self) -> bool {
        match self {
            Self::Acked(_) | Self::Nacked(_) => true,
            Self::Unknown | Self::Refused(_) | Self::Failed { .. } => false,
        }
    }

    /// The channel has nothing more to say about it.
    pub(super) fn is_settled(&self) -> bool {
        match self {
            Self::Acked(_) | Self::Nacked(_) | Self::Refused(_) => true,
            Self::Unknown | Self::Failed { .. } => false,
        }
    }
}

/// Gives every returned message to its owner. The client library attaches a return to the next confirm that
/// it processes, which may be another message's; the broker sends the return before the owner's own confirm,
/// so in a batch that is settled each return is attached to some message of the batch. Messages that cannot be
/// told apart count as returned together: sending one again is harmless, taking it for delivered is not.
pub(super) fn resolve(batch: &[Outgoing], fates: Vec<Fate>) -> Vec<PublishOutcome> {
    let complete = fates.iter().all(Fate::is_settled);
    let mut returns = Vec::new();
    let mut outcomes: Vec<_> = fates
        .into_iter()
        .zip(batch)
        .map(|(fate, message)| match fate {
            Fate::Acked(returned) => {
                returns.extend(returned);
                PublishOutcome::Confirmed
            }
            Fate::Nacked(returned) => {
                returns.extend(returned);
                PublishOutcome::Nacked
            }
            Fate::Refused(text) => PublishOutcome::Refused(text),
            Fate::Unknown => PublishOutcome::Lost("no confirm in time".to_owned()),
            Fate::Failed {
                refusal: Some(text), ..
            } if names_exchange(&text, &message.exchange) => PublishOutcome::Refused(text),
            Fate::Failed { text, .. } => PublishOutcome::Lost(text),
        })
        .collect();

    if !complete && !returns.is_empty() {
        // The return of an acknowledged message may still have waited for a confirm that never came.
        for outcome in &mut outcomes {
            if outcome.is_confirmed() {
                *outcome = PublishOutcome::Lost("acknowledged, but perhaps returned".to_owned());
            }
        }
    }
    for returned in &returns {
        for (outcome, message) in outcomes.iter_mut().zip(batch) {
            if returned.may_be(message) {
                *outcome = PublishOutcome::Returned {
                    code: returned.code,
                    text: returned.text.clone(),
                };
            }
        }
    }
    outcomes
}

/// RabbitMQ quotes the exchange that a refusal is about: `no exchange 'x' in vhost '/'`.
fn names_exchange(text: &str, exchange: &str) -> bool {
    let name = if exchange.is_empty() {
        "amq.default"
    } else {
        exchange
    };
    text.contains(&format!("exchange '{name}'"))
}
