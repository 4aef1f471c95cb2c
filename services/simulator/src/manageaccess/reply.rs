//! The service's own part of a reply.

use std::fmt::Write as _;

use time::Date;

use super::request::Request;
use super::{MANAGE_ACCESS, Style};
use crate::connector::COMMON;
use crate::registrations::{Period, Registration};
use crate::service::AccessAction;
use crate::soap::text_element;

/// The service's own part.
pub(super) fn content(request: &Request, registrations: &[Registration], style: &Style) -> String {
    let mut text = String::with_capacity(1024);
    let out = &mut text;
    let _ = write!(
        out,
        "<m:ManageAccessReply xmlns:m=\"{MANAGE_ACCESS}\" xmlns:c=\"{COMMON}\"><m:OriginalRequest>"
    );
    text_element("m:SSIN", &request.ssin, out);
    // The schema wants a purpose here, though a LIST may have none.
    text_element("m:Purpose", &request.purpose.unwrap_or(0).to_string(), out);
    period(request.period, style, out);
    text_element("m:Action", request.action.word(), out);
    match request.action {
        AccessAction::List => text_element("m:Register", request.query_register.word(), out),
        AccessAction::Register | AccessAction::Unregister => {}
    }
    out.push_str("</m:OriginalRequest>");
    for registration in registrations {
        out.push_str("<m:Registrations>");
        text_element("m:Purpose", &registration.purpose.to_string(), out);
        period(registration.period, style, out);
        text_element("m:OrgUnit", style.org_unit(&registration.cbe_number), out);
        text_element("m:Register", registration.register.word(), out);
        out.push_str("</m:Registrations>");
    }
    out.push_str("</m:ManageAccessReply>");
    text
}

fn period(period: Period, style: &Style, out: &mut String) {
    out.push_str("<m:Period>");
    text_element("c:StartDate", &date(period.start, style), out);
    if let Some(end) = period.end {
        text_element("c:EndDate", &date(end, style), out);
    }
    out.push_str("</m:Period>");
}

fn date(date: Date, style: &Style) -> String {
    let zone = if style.zoned_dates { "+02:00" } else { "" };
    let (year, month, day) = date.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}{zone}", u8::from(month))
}
