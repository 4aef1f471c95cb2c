//! Events: what is said to upstream systems.

use relay_vault::{Context, Vault};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::StoreError;
use crate::pack::{pack, unpack};

/// An event that is written together with what it reports.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id, stable over all deliveries.
    pub event_id: Uuid,
    /// Its place among the job's events; a rejection has 0.
    pub sequence: i32,
    /// `accepted`, `rejected`, `parked`, `reopened` or `finished`.
    pub kind: &'static str,
    /// The organisation whose events it belongs to.
    pub organisation: String,
    /// The service's name, or `unknown` where a rejected submission named none.
    pub service: String,
    /// How the body is encoded.
    pub content_type: &'static str,
    /// The encoded message.
    pub body: Vec<u8>,
    /// The queue that wants answers, beside the organisation's events.
    pub reply_to: Option<String>,
    /// The sender's correlation id.
    pub correlation_id: Option<String>,
}

/// Where an event is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The topic exchange.
    Events,
    /// The reply queue that the submission named.
    Reply,
}

/// What is sealed in `event.envelope`.
pub(crate) struct Envelope {
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    pub(crate) reply_to: Option<String>,
    pub(crate) correlation_id: Option<String>,
}

impl NewEvent {
    pub(crate) fn seal(&self, vault: &Vault) -> Vec<u8> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default().into_bytes();
        let packed = Zeroizing::new(pack(&[
            self.content_type.as_bytes(),
            &self.body,
            &text(&self.reply_to),
            &text(&self.correlation_id),
        ]));
        vault.seal(context(&self.event_id), &packed)
    }
}

impl Envelope {
    pub(crate) fn open(vault: &Vault, event_id: &Uuid, sealed: &[u8]) -> Result<Self, StoreError> {
        let shape = || StoreError::Shape {
            place: "event.envelope",
        };
        let packed = vault.open(context(event_id), sealed)?;
        let [content_type, body, reply_to, correlation_id] = unpack::<4>(&packed).ok_or_else(shape)?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| shape());
        let optional = |bytes: &[u8]| {
            if bytes.is_empty() {
                Ok(None)
            } else {
                text(bytes).map(Some)
            }
        };
        Ok(Self {
            content_type: text(content_type)?,
            body: body.to_vec(),
            reply_to: optional(reply_to)?,
            correlation_id: optional(correlation_id)?,
        })
    }
}

fn context(event_id: &Uuid) -> Context<'_> {
    Context {
        place: "event.envelope",
        row: event_id.as_bytes(),
    }
}

/// The columns of many events, for one statement.
#[derive(Default)]
pub(crate) struct EventColumns {
    pub(crate) event_id: Vec<Option<Uuid>>,
    pub(crate) sequence: Vec<Option<i32>>,
    pub(crate) kind: Vec<Option<String>>,
    pub(crate) organisation: Vec<Option<String>>,
    pub(crate) service: Vec<Option<String>>,
    pub(crate) wants_reply: Vec<bool>,
    pub(crate) envelope: Vec<Option<Vec<u8>>>,
}

impl EventColumns {
    pub(crate) fn push(&mut self, vault: &Vault, event: Option<&NewEvent>) {
        self.event_id.push(event.map(|event| event.event_id));
        self.sequence.push(event.map(|event| event.sequence));
        self.kind.push(event.map(|event| event.kind.to_owned()));
        self.organisation
            .push(event.map(|event| event.organisation.clone()));
        self.service.push(event.map(|event| event.service.clone()));
        self.wants_reply
            .push(event.is_some_and(|event| event.reply_to.is_some()));
        self.envelope.push(event.map(|event| event.seal(vault)));
    }
}
