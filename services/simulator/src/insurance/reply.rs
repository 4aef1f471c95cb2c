//! The reply.

use std::fmt::Write as _;

use super::NAMESPACE;
use super::facts::Facts;
use super::request::{DATA, Request};
use crate::exchange::Receipt;
use crate::soa::{Verdict, information_cbss};
use crate::soap::{self, text_element};

const NO_RIGHT: &str = "<noRight>true</noRight>";

pub(super) fn write(request: &Request, receipt: Receipt<'_>, verdict: &Verdict<'_>) -> String {
    soap::enclose(4096, |out| {
        let _ = write!(out, "<v1:{}Response xmlns:v1=\"{NAMESPACE}\">", request.operation);
        request.head.write_customer(out);
        information_cbss(receipt, out);
        text_element("legalContext", &request.head.legal_context, out);
        out.push_str("<criterion>");
        text_element("ssin", &request.ssin, out);
        out.push_str("<temporalCriteria>");
        match request.day {
            Some(day) => text_element("date", &day.to_string(), out),
            None => text_element("today", "true", out),
        }
        out.push_str("</temporalCriteria><desiredData>");
        for (name, desired) in DATA.iter().zip(request.desired) {
            text_element(name, if desired { "true" } else { "false" }, out);
        }
        out.push_str("</desiredData></criterion>");
        verdict.write(out);
        if let Some(person) = verdict.person {
            out.push_str("<result>");
            text_element("ssin", &person.ssin.to_string(), out);
            let facts = Facts::of(person.ssin);
            for (name, _) in DATA.iter().zip(request.desired).filter(|(_, desired)| *desired) {
                datum(name, &facts, out);
            }
            out.push_str("</result>");
        }
        let _ = write!(out, "</v1:{}Response>", request.operation);
    })
}

fn datum(name: &str, facts: &Facts, out: &mut String) {
    let fund = &facts.fund;
    let of_fund = matches!(
        name,
        "insuringOrganization"
            | "reimbursementRight"
            | "payingThirdParty"
            | "medicalHouse"
            | "statusComplementaryInsurance"
            | "globalMedicalFile"
    );
    if of_fund {
        let _ = write!(out, "<{name} insuringOrganization=\"{fund}\">");
    } else {
        let _ = write!(out, "<{name}>");
    }
    let flag =
        |out: &mut String, value: bool| text_element("value", if value { "true" } else { "false" }, out);
    match name {
        "reimbursementRight" => flag(out, facts.insured),
        "payingThirdParty" => flag(out, facts.insured && facts.increased),
        "statusComplementaryInsurance" => flag(out, facts.insured && !facts.increased),
        "sfdfL891" if !facts.insured => {
            let _ = write!(
                out,
                "<noReimbursementRight insuringOrganization=\"{fund}\" mutuality=\"{fund}\">true</noReimbursementRight>"
            );
        }
        "sfdfL891" => {
            out.push_str("<insurance>");
            text_element(
                "payingThirdParty",
                if facts.increased { "true" } else { "false" },
                out,
            );
            datum("maximumCharge", facts, out);
            datum("increasedIntervention", facts, out);
            datum("ct1ct2", facts, out);
            out.push_str("</insurance>");
        }
        _ if !facts.insured => out.push_str(NO_RIGHT),
        "insuringOrganization" => text_element("mutuality", fund, out),
        "ct1ct2" => {
            text_element("mutuality", fund, out);
            text_element("ct1", "110", out);
            text_element("ct2", if facts.increased { "111" } else { "110" }, out);
            period("2081-01-01", "2081-12-31", out);
        }
        "maximumCharge" if facts.maximum_charge.is_empty() => out.push_str(NO_RIGHT),
        "maximumCharge" => {
            for year in &facts.maximum_charge {
                let _ = write!(out, "<year insuringOrganization=\"{fund}\">{year}</year>");
            }
        }
        "medicalHouse" if !facts.medical_house => out.push_str(NO_RIGHT),
        "medicalHouse" => {
            out.push_str("<doctor>true</doctor><kine>false</kine><nurse>true</nurse>");
            // The contract may have no end.
            out.push_str("<period><startDate>2081-03-01</startDate></period>");
        }
        "increasedIntervention" if !facts.increased => out.push_str(NO_RIGHT),
        "increasedIntervention" => period("2081-01-01", "2082-12-31", out),
        _ => match &facts.provider {
            Some(provider) => text_element("healthCareProvider", provider, out),
            None => out.push_str(NO_RIGHT),
        },
    }
    let _ = write!(out, "</{name}>");
}

fn period(start: &str, end: &str, out: &mut String) {
    out.push_str("<period>");
    text_element("startDate", start, out);
    text_element("endDate", end, out);
    out.push_str("</period>");
}
