//! Whether, and how, a change of unknown outcome can be looked up.

use std::time::Duration;

use relay_domain::manage_access::ManageAccess;
use relay_domain::reconcile::{Finding, Registration, find};
use relay_domain::{OperationKind, Request};

use crate::organisations::Organisations;

/// How long to wait after the end of its lease before a change is looked up; `None` where nothing can be looked at,
/// or the organisation has not said what its own units are: then a person must decide.
#[must_use]
pub fn settle(organisations: &Organisations, organisation: &str, request: &Request) -> Option<Duration> {
    if request.operation() == OperationKind::Question {
        return None;
    }
    let settings = &organisations.get(organisation)?.settings;
    match request {
        Request::ManageAccess(_) if settings.registration_units.is_empty() => None,
        Request::ManageAccess(_) => settings.service(request.service()).map(|own| own.settle()),
        Request::Form(form) => settings
            .service(form.service())
            .filter(|own| own.resend_same_attest)
            .map(|own| own.settle()),
        Request::RetrieveTiGroups(_)
        | Request::IdentifyPerson(_)
        | Request::PerformInvestigation(_)
        | Request::TestConnection(_) => None,
    }
}

/// The question by which a request of unknown outcome is looked up. Of a decision of Loi65 there is none: where its
/// organisation wants that, the decision itself is sent again, with the same `UniqueAttestID`s.
#[must_use]
pub fn question(request: &Request) -> Request {
    match request {
        Request::ManageAccess(change) => Request::ManageAccess(change.look()),
        Request::RetrieveTiGroups(_)
        | Request::IdentifyPerson(_)
        | Request::PerformInvestigation(_)
        | Request::TestConnection(_)
        | Request::Form(_) => request.clone(),
    }
}

/// What a look found of an organisation's change; `None` where the organisation does not say (any more) what its own units
/// are: nothing would be found, whatever is there.
#[must_use]
pub fn found(
    organisations: &Organisations,
    organisation: &str,
    change: &ManageAccess,
    registrations: &[Registration],
) -> Option<Finding> {
    let settings = &organisations.get(organisation)?.settings;
    let units = &settings.registration_units;
    (!units.is_empty()).then(|| find(change, units, &settings.registration_registers, registrations))
}
