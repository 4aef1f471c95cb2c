//! The service's own part of a reply.

use std::fmt::Write as _;

use super::request::{Form, Request};
use super::{Evaluation, LOI65, LOI65_COMMON, Letters, MOST};
use crate::soap::text_element;

/// A decision for each form.
pub(super) fn content(request: &Request, decided: &[(&Form, Evaluation)]) -> String {
    let letters = request.letters.word();
    let result = match request.letters {
        Letters::Ab => "DecisionResult",
        Letters::C => "DecisionResultC",
        Letters::Df => "DecisionResultDF",
    };
    let mut out = String::with_capacity(512 + 1024 * decided.len());
    let _ = write!(
        out,
        "<l:L65_{letters}_DecisionReply xmlns:l=\"{LOI65}\" xmlns:k=\"{LOI65_COMMON}\"><k:FileIdentification>"
    );
    text_element("k:KBOBCE", &request.file.0, &mut out);
    text_element("k:FileID", &request.file.1, &mut out);
    out.push_str("</k:FileIdentification>");
    for (place, (form, evaluation)) in decided.iter().enumerate() {
        let _ = write!(out, "<l:{result}>");
        match request.letters {
            Letters::C => of_c(place, form, *evaluation, &mut out),
            Letters::Df => of_df(place, form, *evaluation, &mut out),
            Letters::Ab => of_ab(place, form, *evaluation, &mut out),
        }
        let _ = write!(out, "</l:{result}>");
    }
    let _ = write!(out, "</l:L65_{letters}_DecisionReply>");
    out
}

/// Ten characters.
fn reference(place: usize) -> String {
    format!("POD{:07}", place + 1)
}

fn who(place: usize, form: &Form, out: &mut String) {
    text_element("l:UniqueAttestID", &form.attest, out);
    text_element("l:ReferenceSPP_POD", &reference(place), out);
    text_element("l:SSIN", &form.ssin, out);
    text_element("l:Suffix", &form.suffix, out);
}

fn errors(evaluation: Evaluation, out: &mut String) {
    if let Evaluation::Refused((code, text)) = evaluation {
        out.push_str("<l:ErrorsOnForm>");
        text_element("k:Code", code, out);
        text_element("k:Description", text, out);
        out.push_str("</l:ErrorsOnForm>");
    }
}

fn of_ab(place: usize, form: &Form, evaluation: Evaluation, out: &mut String) {
    who(place, form, out);
    text_element("l:EntryDate", &form.when.1, out);
    if evaluation == Evaluation::Accepted {
        text_element("l:Percentage", "10000", out);
    }
    text_element("l:Evaluation", evaluation.word(), out);
    errors(evaluation, out);
    text_element("l:ProvesChecked", "INPROGRESS", out);
    out.push_str("<l:RefundedAids>");
    let accepted = if evaluation == Evaluation::Accepted {
        "true"
    } else {
        "false"
    };
    text_element("l:FinancialAid", accepted, out);
    out.push_str("<l:PrimaryBeneficiary/><l:Partner/></l:RefundedAids>");
}

fn of_c(place: usize, form: &Form, evaluation: Evaluation, out: &mut String) {
    text_element("l:EntryDate", &form.when.1, out);
    who(place, form, out);
    text_element("l:Evaluation", evaluation.word(), out);
    errors(evaluation, out);
}

fn of_df(place: usize, form: &Form, evaluation: Evaluation, out: &mut String) {
    text_element(&format!("l:{}", form.when.0), &form.when.1, out);
    who(place, form, out);
    text_element("l:Evaluation", evaluation.word(), out);
    errors(evaluation, out);
    if let (Some(total), false) = (form.total, matches!(evaluation, Evaluation::Refused(_))) {
        let accepted = total.min(MOST).to_string();
        out.push_str("<l:DecisionOnAmounts><l:FinancialAid>");
        text_element("k:AcceptedAmount", &accepted, out);
        text_element("k:Percentage", "9999", out);
        out.push_str("</l:FinancialAid></l:DecisionOnAmounts>");
        text_element("l:TotalAcceptedAmount", &accepted, out);
    }
}
