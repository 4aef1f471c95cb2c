//! Where messages go: the names that the broker knows. They are fixed; see `asyncapi.json`.

use relay_domain::OrganisationId;

use crate::event::EventKind;

/// The queue that upstream systems publish to.
pub const INTAKE: &str = "cbss.intake";
/// The queue of work items, from the producer to the workers.
pub const WORK: &str = "cbss.work";
/// The queue of answered attempts, from the workers to results.
pub const RESPONSES: &str = "cbss.responses";
/// The queue for what could not be handled: a net that the relay drains.
pub const DEAD: &str = "cbss.dead";
/// The topic exchange of events.
pub const EVENTS: &str = "cbss.events";
/// Stands for the service in the routing key of an event whose submission named none.
pub const UNKNOWN_SERVICE: &str = "unknown";

/// The durable queue of an organisation's events.
#[must_use]
pub fn events_queue(organisation: &OrganisationId) -> String {
    format!("{EVENTS}.{organisation}")
}

/// What binds an organisation's queue to the exchange: all of its events.
#[must_use]
pub fn events_binding(organisation: &OrganisationId) -> String {
    format!("{organisation}.#")
}

/// The routing key of an event: `<organisation>.<service>.<kind>`.
#[must_use]
pub fn routing_key(organisation: &OrganisationId, service: Option<&str>, kind: EventKind) -> String {
    format!(
        "{organisation}.{}.{}",
        service.unwrap_or(UNKNOWN_SERVICE),
        kind.as_str()
    )
}
