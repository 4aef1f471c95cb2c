//! The reply.

use relay_domain::Language;

use super::SERVICE_ID;
use super::kinds::KINDS;
use crate::reply::{Message, Reply, StatusKind};
use crate::ssdn::{self, Content};
use crate::xml::{Element, ParseError, Scanner};
use crate::{ParseOptions, kinds};

/// Reads a reply of the service, or a SOAP fault in its place: a row for each member of the family, person, address and
/// entry of the waiting register.
///
/// Of whom an address or an entry is stands in the row as well, as a field of the elements around it
/// (`../../SocialSecurityUser`). What else the reply holds is in a message of severity `INFORMATION` without code behind the
/// others. `content_type` is the header of that name, as for [`crate::tx25::parse()`].
pub fn parse(body: &[u8], content_type: Option<&str>, options: &ParseOptions) -> Result<Reply, ParseError> {
    let service = Some((SERVICE_ID, "PerformInvestigationReply"));
    ssdn::read(body, content_type, options.limits, service, |reply, scanner| {
        read_content(reply, scanner, options.language)
    })
}

fn read_content(
    reply: Element<'_, '_>,
    scanner: &mut Scanner<'_>,
    language: Language,
) -> Result<Content, ParseError> {
    let records = kinds::read(&KINDS, &[], reply, scanner, language)?;
    Ok(Content {
        outcome: records.outcome(),
        rows: records.rows,
        remarks: Message::remark(records.around).into_iter().collect(),
        status: StatusKind::Ok,
    })
}
