//! What can go wrong between us and the broker.

use lapin::ErrorKind;

/// Why a connection or a declaration failed. Neither URL nor password is in the text.
#[derive(Debug, thiserror::Error)]
pub enum AmqpError {
    /// The URL does not parse.
    #[error("the broker URL is not usable ({0}); write amqp://user:password@host:port/vhost, or amqps://")]
    Url(String),
    /// Nobody answers, or not as RabbitMQ, or the login is refused.
    #[error("cannot connect to the broker at {address}: {reason}")]
    Connect {
        /// Host and port.
        address: String,
        /// What happened.
        reason: String,
    },
    /// It exists with other arguments than we declare. RabbitMQ cannot change them: the operator decides.
    #[error(
        "{entity} exists on the broker with other arguments: {detail}; drain and delete it there, or \
         set the old arguments here"
    )]
    ArgumentsDiffer {
        /// Kind and name.
        entity: String,
        /// Which argument, in the broker's words.
        detail: String,
    },
    /// The broker refused a declaration.
    #[error("cannot declare {entity}: {detail}")]
    Declare {
        /// Kind and name.
        entity: String,
        /// The broker's words.
        detail: String,
    },
    /// The broker refused something else, or the connection broke meanwhile.
    #[error("{action} failed: {detail}")]
    Protocol {
        /// What was being done.
        action: &'static str,
        /// What happened.
        detail: String,
    },
}

impl AmqpError {
    pub(crate) fn protocol(action: &'static str) -> impl FnOnce(lapin::Error) -> Self {
        move |error| Self::Protocol {
            action,
            detail: error.to_string(),
        }
    }
}

/// Code and text of an answer in the AMQP protocol (404 is "not found"), if the error is one.
pub(crate) fn reply(error: &lapin::Error) -> Option<(u16, String)> {
    if let ErrorKind::ProtocolError(error) = error.kind() {
        Some((error.get_id(), error.get_message().to_string()))
    } else {
        None
    }
}
