//! The request message of PerformInvestigation.

use relay_cbss::{BuildError, ClassicContext, PreparedCall, perform_investigation};
use relay_domain::perform_investigation::{DataGroups, PerformInvestigation};
use relay_domain::{Language, Ssin, SsinCheck};
use serde::Deserialize;

use super::classic::{Errors, Message};

/// The JSON of the request message, SSIN unchecked as yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RequestJson {
    ssin: String,
    data_groups: Option<DataGroups>,
    language: Option<Language>,
}

impl Message for RequestJson {
    type Request = PerformInvestigation;

    fn check(
        self,
        check: SsinCheck,
        default_language: Language,
        errors: &mut Errors,
    ) -> PerformInvestigation {
        if self.data_groups.is_some_and(|groups| !groups.any()) {
            errors.push("dataGroups", "at least one group, or leave this out for all");
        }
        PerformInvestigation {
            ssin: errors.ssin(&self.ssin, check),
            data_groups: self.data_groups,
            language: self.language.unwrap_or(default_language),
        }
    }

    fn ssin(request: &PerformInvestigation) -> Option<&Ssin> {
        Some(&request.ssin)
    }

    fn inner(
        request: &PerformInvestigation,
        version: &str,
        context: &ClassicContext<'_>,
    ) -> Result<String, BuildError> {
        perform_investigation::build_inner(request, version, context)
    }

    fn call(
        request: &PerformInvestigation,
        version: &str,
        context: &ClassicContext<'_>,
    ) -> Result<PreparedCall, BuildError> {
        perform_investigation::build(request, version, context)
    }
}
