//! UnemploymentData, version 2: what the unemployment office knows of a person (UnemploymentDataV2.xsd). The CBSS has a
//! version 3 by now, whose schema is not public.
//!
//! Seven operations: sums that were paid, situation, rights, payments, activation allowances, the days of a quarter,
//! career breaks.

mod kinds;

use relay_domain::{Form, Service};

use crate::reply::Reply;
use crate::soap::{BuildError, CallContext, PreparedCall, Response, read_response};
use crate::xml::ParseError;
use crate::{ParseOptions, form};

const NAMESPACE: &str = "http://kszbcss.fgov.be/intf/UnemploymentDataService/v2";

/// Element and SOAPAction of each operation.
const OPERATIONS: [(&str, &str, &str); 7] = [
    (
        "consultPaidSums",
        "svc:consultPaidSumsRequest",
        "http://kszbcss.fgov.be/UnemploymentDataService/consultPaidSums",
    ),
    (
        "consultSituation",
        "svc:consultSituationRequest",
        "http://kszbcss.fgov.be/UnemploymentDataService/consultSituation",
    ),
    (
        "consultRights",
        "svc:consultRightsRequest",
        "http://kszbcss.fgov.be/UnemploymentDataService/consultRights",
    ),
    (
        "consultPayments",
        "svc:consultPaymentsRequest",
        "http://kszbcss.fgov.be/UnemploymentDataService/consultPayments",
    ),
    (
        "consultActivationPaidSums",
        "svc:consultActivationPaidSumsRequest",
        "http://kszbcss.fgov.be/UnemploymentDataService/consultActivationPaidSums",
    ),
    (
        "consultScheduledPayment",
        "svc:consultScheduledPaymentRequest",
        "http://kszbcss.fgov.be/UnemploymentDataService/consultScheduledPayment",
    ),
    (
        "consultCareerBreak",
        "svc:consultCareerBreakRequest",
        "http://kszbcss.fgov.be/UnemploymentDataService/consultCareerBreak",
    ),
];

/// Builds the request of the form's operation, valid by UnemploymentDataV2.xsd (for the one exception see
/// [`crate::tx25::ssin_fits_schema`]).
pub fn build(form: &Form, context: &CallContext<'_>) -> Result<PreparedCall, BuildError> {
    form::build(form, Service::UnemploymentData, NAMESPACE, &OPERATIONS, context)
}

/// All that keeps a form from being built.
#[must_use]
pub fn problems(form: &Form) -> Vec<BuildError> {
    form::problems(form, Service::UnemploymentData)
}

/// Reads a reply of the service, or a SOAP fault in its place: a row for each sum, right, payment, allowance, month, scale
/// and career break. `content_type` is the header of that name, as for [`crate::tx25::parse()`].
pub fn parse(body: &[u8], content_type: Option<&str>, options: &ParseOptions) -> Result<Reply, ParseError> {
    static RESPONSE: Response = Response {
        names: &[
            "consultPaidSumsResponse",
            "consultSituationResponse",
            "consultRightsResponse",
            "consultPaymentsResponse",
            "consultActivationPaidSumsResponse",
            "consultScheduledPaymentResponse",
            "consultCareerBreakResponse",
        ],
        said_back: &["searchCriteria"],
        kinds: &kinds::KINDS,
    };
    read_response(body, content_type, options, &RESPONSE)
}
