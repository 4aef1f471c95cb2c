//! The request.

use relay_domain::PerformInvestigation;

use super::SERVICE_ID;
use crate::soap::{BuildError, PreparedCall, Writer, check_digits};
use crate::ssdn::{self, ClassicContext, ServiceName};

const NAMESPACE: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/PerformInvestigation";

/// Builds the call: a `PerformInvestigationRequest` in its `SSDNRequest` in the string of `sendXML`, valid by the schemas
/// of all three. `version` is that of the service, at most eight characters.
pub fn build(
    request: &PerformInvestigation,
    version: &str,
    context: &ClassicContext<'_>,
) -> Result<PreparedCall, BuildError> {
    ssdn::wrap(&build_inner(request, version, context)?)
}

/// Builds the document inside the string. Without groups, none is named, which asks for all.
pub fn build_inner(
    request: &PerformInvestigation,
    version: &str,
    context: &ClassicContext<'_>,
) -> Result<String, BuildError> {
    check_digits("Version", version, 8, "eight digits")?;
    if request.data_groups.is_some_and(|groups| !groups.any()) {
        return Err(BuildError::Facet {
            field: "DataGroups",
            expected: "at least one group, or none of them for all",
        });
    }
    let service = ServiceName {
        id: SERVICE_ID,
        version,
    };
    ssdn::build_inner(context, &service, |writer| write(request, writer))
}

fn write(request: &PerformInvestigation, writer: &mut Writer) -> Result<(), BuildError> {
    writer.open_with(
        "investigate:PerformInvestigationRequest",
        &[("investigate", NAMESPACE)],
    );
    writer.leaf("investigate:SocialSecurityUser", request.ssin.digits())?;
    if let Some(groups) = request.data_groups {
        writer.open("investigate:DataGroups");
        for (name, wanted) in [
            ("investigate:FamilyCompositionGroup", groups.family_composition),
            ("investigate:CitizenGroup", groups.citizen),
            ("investigate:AddressHistoryGroup", groups.address_history),
            ("investigate:WaitRegisterGroup", groups.wait_register),
        ] {
            writer.leaf(name, if wanted { "true" } else { "false" })?;
        }
        writer.close();
    }
    writer.close();
    Ok(())
}
