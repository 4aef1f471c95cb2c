//! HealthCareInsurance, version 1: what the health insurance funds know of a person (HealthCareInsuranceV1.xsd).
//!
//! Three operations with the same question and the same answer; which of the ten kinds of data are wanted is part of the
//! question.

mod kinds;

use relay_domain::form::INSURANCE_LEGAL_CONTEXTS;
use relay_domain::{Form, Service};

use crate::reply::Reply;
use crate::soap::{BuildError, CallContext, PreparedCall, Response, read_response};
use crate::xml::ParseError;
use crate::{ParseOptions, form};

const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/HealthCareInsuranceService/v1";

/// Element and SOAPAction of each operation.
const OPERATIONS: [(&str, &str, &str); 3] = [
    (
        "getInsuranceOrganizationInformations",
        "svc:getInsuranceOrganizationInformationsRequest",
        "http://kszbcss.fgov.be/HealthCareInsuranceService/getInsuranceOrganizationInformations",
    ),
    (
        "consultMAF",
        "svc:consultMAFRequest",
        "http://kszbcss.fgov.be/HealthCareInsuranceService/consultMAF",
    ),
    (
        "consultHolderCode",
        "svc:consultHolderCodeRequest",
        "http://kszbcss.fgov.be/HealthCareInsuranceService/consultHolderCode",
    ),
];

/// Builds the request of the form's operation, valid by HealthCareInsuranceV1.xsd (for the one exception see
/// [`crate::tx25::ssin_fits_schema`]). The legal context is one of ten.
pub fn build(form: &Form, context: &CallContext<'_>) -> Result<PreparedCall, BuildError> {
    if !INSURANCE_LEGAL_CONTEXTS.contains(&context.legal_context) {
        return Err(BuildError::Facet {
            field: "legalContext",
            expected: "one of the ten of InsuranceLegalContextType",
        });
    }
    form::build(
        form,
        Service::HealthCareInsurance,
        NAMESPACE,
        &OPERATIONS,
        context,
    )
}

/// All that keeps a form from being built.
#[must_use]
pub fn problems(form: &Form) -> Vec<BuildError> {
    form::problems(form, Service::HealthCareInsurance)
}

/// Reads a reply of the service, or a SOAP fault in its place: a row for each kind of data. `content_type` is the header of
/// that name, as for [`crate::tx25::parse()`].
pub fn parse(body: &[u8], content_type: Option<&str>, options: &ParseOptions) -> Result<Reply, ParseError> {
    static RESPONSE: Response = Response {
        names: &[
            "getInsuranceOrganizationInformationsResponse",
            "consultMAFResponse",
            "consultHolderCodeResponse",
        ],
        said_back: &["criterion"],
        kinds: &kinds::KINDS,
    };
    read_response(body, content_type, options, &RESPONSE)
}
