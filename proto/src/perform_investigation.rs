//! The request of PerformInvestigation: its checks, and how it is written.

use relay_domain::perform_investigation::{DataGroups, PerformInvestigation};
use relay_domain::{Language, SsinCheck};

use crate::check;
use crate::codes;
use crate::read::Findings;
use crate::wire;
use crate::wire::perform_investigation as part;

const SSIN: &str = "request.performInvestigation.ssin";
const DATA_GROUPS: &str = "request.performInvestigation.dataGroups";
const LANGUAGE: &str = "request.performInvestigation.language";

/// Checks everything.
pub(crate) fn checked(
    request: &wire::PerformInvestigation,
    language: Language,
    ssin_check: SsinCheck,
    findings: &mut Findings,
) -> Option<PerformInvestigation> {
    let language = check::language(LANGUAGE, &request.language, language, findings);
    let data_groups = request.data_groups.as_ref().map(|groups| DataGroups {
        family_composition: groups.family_composition,
        citizen: groups.citizen,
        address_history: groups.address_history,
        wait_register: groups.wait_register,
    });
    if data_groups.is_some_and(|groups| !groups.any()) {
        findings.report(
            DATA_GROUPS,
            codes::REQUIRED,
            "at least one group is needed; leave this out for all of them",
        );
    }
    let ssin = check::ssin(SSIN, &request.ssin, ssin_check, findings)?;
    Some(PerformInvestigation {
        ssin,
        data_groups,
        language,
    })
}

/// Writes the request, for those who submit.
pub(crate) fn to_wire(request: &PerformInvestigation) -> wire::PerformInvestigation {
    wire::PerformInvestigation {
        ssin: request.ssin.digits().to_owned(),
        data_groups: request.data_groups.map(|groups| part::DataGroups {
            family_composition: groups.family_composition,
            citizen: groups.citizen,
            address_history: groups.address_history,
            wait_register: groups.wait_register,
        }),
        language: request.language.as_str().to_owned(),
    }
}
