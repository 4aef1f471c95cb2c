//! What becomes of a delivery, as far as the message itself tells: pure but for the ids and times it gives.

use relay_amqp::{Delivery, Properties};
use relay_domain::organisation::UpstreamUser;
use relay_domain::submission::IdempotencyKey;
use relay_domain::{FieldError, OrganisationId};
use relay_proto::{
    Cancel, CheckContext, DecodeError, Encoding, decode_cancel, decode_submission, message_type,
};
use relay_runtime::{Clock, Entropy};
use relay_service::announce::{Addressee, Announcer};
use relay_service::{Organisation, Organisations};
use relay_store::NewJob;

use crate::purposes::Purposes;

/// Looks at deliveries.
#[derive(Clone)]
pub(crate) struct Triage {
    pub(crate) organisations: Organisations,
    pub(crate) announcer: Announcer,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) max_bytes: usize,
    pub(crate) purposes: Purposes,
}

/// What a delivery is.
pub(crate) enum Finding {
    /// A submission without fault: a job, if its key is new.
    Job(Box<NewJob>, Addressee),
    /// A cancellation without fault, and the broker's user that sent it.
    Cancel(Box<Cancel>, String, Addressee),
    /// Something wrong with it, and somebody who may be told.
    Rejected(Addressee, Vec<FieldError>),
    /// No message, or nobody who may be told.
    Quarantined {
        /// Why, in a word.
        cause: &'static str,
        /// Where decoding stopped.
        position: Option<usize>,
        /// Whose it is, where that is certain.
        organisation: Option<OrganisationId>,
    },
}

impl Finding {
    fn quarantined(cause: &'static str) -> Self {
        Self::Quarantined {
            cause,
            position: None,
            organisation: None,
        }
    }

    fn undecodable(error: DecodeError) -> Self {
        Self::Quarantined {
            cause: error.cause.code(),
            position: error.position,
            organisation: None,
        }
    }
}

/// The sender of a delivery, after the broker's word was held against the settings.
struct Sender<'a> {
    id: OrganisationId,
    organisation: &'a Organisation,
    user: &'a UpstreamUser,
}

impl Triage {
    /// Looks at one delivery.
    pub(crate) fn look(&self, delivery: &Delivery) -> Finding {
        let properties = &delivery.properties;
        // The broker lets nobody set another's name, so a name that is set is true (RabbitMQ, "Validated User-ID").
        let Some(user) = properties.user_id.as_deref() else {
            return Finding::quarantined("unauthenticated");
        };
        if delivery.body.len() > self.max_bytes {
            return Finding::quarantined("too_large");
        }
        let Some(encoding) = properties
            .content_type
            .as_deref()
            .and_then(Encoding::from_content_type)
        else {
            return Finding::quarantined("unknown_content_type");
        };
        match properties.message_type.as_deref() {
            Some(message_type::SUBMISSION) => self.submission(encoding, user, delivery),
            Some(message_type::CANCEL) => self.cancel(encoding, user, delivery),
            _ => Finding::quarantined("unknown_type"),
        }
    }

    fn submission(&self, encoding: Encoding, user: &str, delivery: &Delivery) -> Finding {
        let raw = match decode_submission(encoding, &delivery.body) {
            Ok(raw) => raw,
            Err(error) => return Finding::undecodable(error),
        };
        let Some(sender) = self.sender(raw.organisation(), user) else {
            return Finding::quarantined("unauthorised");
        };
        let service = raw.service_name().map(str::to_owned);
        let (addressee, foreign) = addressee(&sender, service, raw.idempotency_key(), &delivery.properties);
        let settings = &sender.organisation.settings;
        let checked = raw.check(&CheckContext {
            ssin_check: settings.ssin_check,
            default_language: settings.default_language,
            now: self.clock.now(),
            entitled: &|service| settings.service(service).is_some(),
            has_purpose: &|sector, purpose| self.purposes.has(sector.unwrap_or(settings.sector), purpose),
        });
        let submission = match (checked, foreign) {
            (Ok(submission), None) => submission,
            (checked, foreign) => {
                let errors = checked.err().into_iter().flatten().chain(foreign).collect();
                return Finding::Rejected(addressee, errors);
            }
        };
        let job_id = self.entropy.uuid_v7(&self.clock);
        let accepted = self.announcer.accepted(&addressee, job_id);
        let job = NewJob {
            job_id,
            environment: settings.environment,
            submission,
            upstream_user: sender.user.name.clone(),
            reply_to: addressee.reply_to.clone(),
            correlation_id: addressee.correlation_id.clone(),
            accepted,
        };
        Finding::Job(Box::new(job), addressee)
    }

    fn cancel(&self, encoding: Encoding, user: &str, delivery: &Delivery) -> Finding {
        let raw = match decode_cancel(encoding, &delivery.body) {
            Ok(raw) => raw,
            Err(error) => return Finding::undecodable(error),
        };
        let Some(sender) = self.sender(raw.organisation(), user) else {
            return Finding::quarantined("unauthorised");
        };
        let (addressee, foreign) = addressee(&sender, None, raw.idempotency_key(), &delivery.properties);
        match (raw.check(), foreign) {
            (Ok(cancel), None) => Finding::Cancel(Box::new(cancel), user.to_owned(), addressee),
            (checked, foreign) => {
                let errors = checked.err().into_iter().flatten().chain(foreign).collect();
                Finding::Rejected(addressee, errors)
            }
        }
    }

    fn sender(&self, id: Option<OrganisationId>, user: &str) -> Option<Sender<'_>> {
        let id = id?;
        let organisation = self.organisations.get(id.as_str())?;
        let user = organisation.settings.upstream_user(user)?;
        Some(Sender {
            id,
            organisation,
            user,
        })
    }
}

/// Whom to answer. The reply queue is taken if it is the sender's own; else it is left out, and comes with what is
/// wrong with it.
fn addressee(
    sender: &Sender<'_>,
    service: Option<String>,
    idempotency_key: Option<IdempotencyKey>,
    properties: &Properties,
) -> (Addressee, Option<FieldError>) {
    let prefix = sender.user.reply_prefix();
    let own = |queue: &&String| queue.strip_prefix(&prefix).is_some_and(|rest| !rest.is_empty());
    let reply_to = properties.reply_to.as_ref().filter(own).cloned();
    let foreign = (reply_to.is_none() && properties.reply_to.is_some()).then(|| {
        let text = format!("the property reply_to must name a queue that begins with `{prefix}`");
        FieldError::new("reply_to", "foreign_reply_to", text)
    });
    let addressee = Addressee {
        organisation: sender.id.clone(),
        service,
        idempotency_key,
        reply_to,
        correlation_id: properties.correlation_id.clone(),
    };
    (addressee, foreign)
}
