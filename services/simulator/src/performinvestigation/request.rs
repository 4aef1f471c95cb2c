//! The service's own part of the document.

use super::PERFORM_INVESTIGATION;
use crate::schema::{Children, Violation, facets};

/// What is asked, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// Of the service, as asked.
    pub(crate) version: String,
    pub(crate) ssin: String,
    pub(crate) groups: Groups,
}

/// What is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Groups {
    pub(crate) family_composition: bool,
    pub(crate) citizen: bool,
    pub(crate) address_history: bool,
    pub(crate) wait_register: bool,
}

const ALL: Groups = Groups {
    family_composition: true,
    citizen: true,
    address_history: true,
    wait_register: true,
};

/// Reads the children of `PerformInvestigationRequest`.
pub(crate) fn read(version: &str, mut parts: Children<'_>) -> Result<Request, Violation> {
    let ssin = parts
        .required("SocialSecurityUser")?
        .value(|text| facets::digits(text, 11))?;
    let groups = match parts.optional("DataGroups")? {
        Some(part) => groups(part.children(PERFORM_INVESTIGATION)?)?,
        None => ALL,
    };
    parts.finish()?;
    Ok(Request {
        version: version.to_owned(),
        ssin,
        groups,
    })
}

fn groups(mut parts: Children<'_>) -> Result<Groups, Violation> {
    let mut group = |name: &str| {
        let part = parts.optional(name)?;
        Ok::<_, Violation>(part.map(|part| part.value(facets::boolean)).transpose()? == Some(true))
    };
    let groups = Groups {
        family_composition: group("FamilyCompositionGroup")?,
        citizen: group("CitizenGroup")?,
        address_history: group("AddressHistoryGroup")?,
        wait_register: group("WaitRegisterGroup")?,
    };
    parts.finish()?;
    let any = groups.family_composition || groups.citizen || groups.address_history || groups.wait_register;
    Ok(if any { groups } else { ALL })
}
