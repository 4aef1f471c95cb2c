//! The reply.

use std::fmt::Write as _;

use super::NAMESPACE;
use super::facts::Facts;
use super::request::{Request, When};
use crate::exchange::Receipt;
use crate::soa::{Verdict, information_cbss};
use crate::soap::{self, text_element};

/// An employer that does not exist.
const EMPLOYER: &str = "0200000043";

pub(super) fn write(request: &Request, receipt: Receipt<'_>, verdict: &Verdict<'_>) -> String {
    soap::enclose(8192, |out| {
        let _ = write!(out, "<v2:{}Response xmlns:v2=\"{NAMESPACE}\">", request.operation);
        request.head.write_customer(out);
        information_cbss(receipt, out);
        text_element("legalContext", &request.head.legal_context, out);
        criteria(request, out);
        verdict.write(out);
        if let Some(person) = verdict.person {
            data(request, &person.ssin.to_string(), &Facts::of(person.ssin), out);
        }
        let _ = write!(out, "</v2:{}Response>", request.operation);
    })
}

fn criteria(request: &Request, out: &mut String) {
    out.push_str("<searchCriteria>");
    text_element("ssin", &request.ssin, out);
    match &request.when {
        When::Day(None) => {}
        When::Day(Some(day)) => text_element("date", &day.to_string(), out),
        When::Period(first, last) => {
            out.push_str("<period>");
            text_element("beginDate", &first.to_string(), out);
            text_element("endDate", &last.to_string(), out);
            out.push_str("</period>");
        }
        When::Quarter(quarter, year) => {
            out.push_str("<quarterCriteria>");
            text_element("quarter", &quarter.to_string(), out);
            text_element("year", &year.to_string(), out);
            out.push_str("</quarterCriteria>");
        }
    }
    if let Some(all) = request.all_allowance {
        text_element("allAllowance", if all { "1" } else { "0" }, out);
    }
    out.push_str("</searchCriteria>");
}

fn data(request: &Request, ssin: &str, facts: &Facts, out: &mut String) {
    match (&request.when, request.operation) {
        (When::Period(first, _), "consultPaidSums") => {
            out.push_str("<paidSums>");
            let months = request.months().unwrap_or_default();
            for month in 0..months {
                let month = first.year() * 12 + i32::from(u8::from(first.month())) - 1 + month;
                paid(month, facts, out);
            }
            out.push_str("</paidSums>");
        }
        (When::Period(first, last), _) => {
            out.push_str("<careerBreaks><benifitiaryInformation>");
            text_element("ssin", ssin, out);
            text_element("creationDate", "2081-01-15", out);
            out.push_str("</benifitiaryInformation>");
            if facts.career_break {
                out.push_str("<careerBreak>");
                text_element("beginDate", &first.to_string(), out);
                text_element("endDate", &last.to_string(), out);
                text_element("complementaryActivityCode", "EMPLOYEE", out);
                text_element("careerBreakCode", "11", out);
                text_element("allowanceAmount", &(facts.daily * 5).to_string(), out);
                out.push_str("</careerBreak>");
            }
            out.push_str("</careerBreaks>");
        }
        (When::Quarter(quarter, year), "consultActivationPaidSums") => {
            out.push_str("<activationAllowances>");
            for month in months_of(*quarter) {
                out.push_str("<activationAllowance>");
                text_element("paymentMonth", &format!("{year:04}-{month:02}"), out);
                text_element("activationAllowanceAmount", &(facts.daily * 3).to_string(), out);
                text_element("activationAllowanceCode", "A1", out);
                out.push_str("</activationAllowance>");
            }
            out.push_str("<employers>");
            text_element("cbeNumber", EMPLOYER, out);
            out.push_str("</employers></activationAllowances>");
        }
        (When::Quarter(quarter, year), _) => {
            out.push_str("<scheduledPayment>");
            for month in months_of(*quarter) {
                out.push_str("<monthlyData>");
                text_element("month", &month.to_string(), out);
                for day in 1..=5 {
                    out.push_str("<dailyData>");
                    text_element("day", &day.to_string(), out);
                    text_element("unemploymentCode", &facts.code.to_string(), out);
                    out.push_str("</dailyData>");
                }
                out.push_str("</monthlyData>");
            }
            out.push_str("<scaleData>");
            text_element("scaleCode", "TA1", out);
            text_element("validityDate", &format!("{year:04}-01-01"), out);
            out.push_str("</scaleData></scheduledPayment>");
        }
        (When::Day(_), "consultSituation") => {
            out.push_str("<situation>");
            payment(facts, out);
            rights(facts, out);
            out.push_str("</situation>");
        }
        (When::Day(_), "consultRights") => rights(facts, out),
        (When::Day(_), _) => payment(facts, out),
    }
}

fn months_of(quarter: u8) -> std::ops::RangeInclusive<u8> {
    3 * quarter - 2..=3 * quarter
}

/// `month` counts from the year 0 on.
fn paid(month: i32, facts: &Facts, out: &mut String) {
    out.push_str("<paidSum>");
    text_element(
        "relatedMonth",
        &format!("{:04}-{:02}", month / 12, month % 12 + 1),
        out,
    );
    let amount = if facts.entitled { facts.daily * 26 } else { 0 };
    text_element("paidAmount", &amount.to_string(), out);
    text_element("dossierStatus", "COMPLETED", out);
    text_element("nbrOfAllowances", if facts.entitled { "26.0" } else { "0" }, out);
    out.push_str("</paidSum>");
}

fn payment(facts: &Facts, out: &mut String) {
    out.push_str("<payment>");
    text_element("paidMonth", "2081-06", out);
    text_element("theoricDailyAllowanceAmount", &facts.daily.to_string(), out);
    text_element("nbrOfAllowances", "12.5", out);
    text_element("unemploymentCode", &facts.code.to_string(), out);
    out.push_str("</payment>");
}

fn rights(facts: &Facts, out: &mut String) {
    out.push_str("<rights>");
    if facts.entitled {
        out.push_str("<right>");
        text_element("theoricDailyAllowanceAmount", &facts.daily.to_string(), out);
        text_element("rightStartingDate", "2081-01-01", out);
        text_element("unemploymentCode", &facts.code.to_string(), out);
        text_element("familyState", facts.family, out);
        text_element("unemployedWorkerStatus", "UNEMPLOYMENT_ALLOCATION", out);
        out.push_str("</right>");
    } else {
        out.push_str("<noRight><sanction>");
        text_element("beginDate", "2081-02-01", out);
        text_element("nbrOfWeeksSanction", "13", out);
        text_element("article", "52", out);
        out.push_str("</sanction></noRight>");
    }
    out.push_str("</rights>");
}
