//! The replies of RetrieveTIGroups v2.

use std::fmt::Write as _;

use super::request::{NAMESPACE, Request};
use crate::exchange::Receipt;
use crate::population::Population;
use crate::register::{self, Scale};
use crate::soa::{Verdict, information_cbss};
use crate::soap::{self, text_element};

/// The whole reply.
pub(super) fn write(
    population: &Population,
    request: &Request,
    receipt: Receipt<'_>,
    verdict: &Verdict<'_>,
    scale: Scale,
) -> String {
    let capacity = 2048
        + if verdict.person.is_some() {
            scale.bytes.max(16 * 1024)
        } else {
            0
        };
    soap::enclose(capacity, |out| {
        let _ = write!(out, "<v2:retrieveTIGroupsResponse xmlns:v2=\"{NAMESPACE}\">");
        request.head.write_customer(out);
        information_cbss(receipt, out);
        text_element("legalContext", &request.head.legal_context, out);
        out.push_str("<searchInformation>");
        text_element("ssin", &request.ssin, out);
        text_element("language", request.language.code(), out);
        let _ = write!(out, "<history>{}</history></searchInformation>", request.history);
        verdict.write(out);
        if let Some(person) = verdict.person {
            register::write(
                population,
                person,
                (request.language, request.history),
                scale,
                out,
            );
        }
        out.push_str("</v2:retrieveTIGroupsResponse>");
    })
}
