//! What several requests say of a person: cards, names, birth dates.

use relay_domain::IncompleteDate;

use crate::codes;
use crate::read::Findings;

const LONGEST_NAME: usize = 100;

/// Digits without their separators; an empty text is none.
pub(crate) fn card_number(path: &str, text: &str, length: usize, findings: &mut Findings) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let digits = text.replace([' ', '.', '-'], "");
    if digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(digits);
    }
    findings.report(
        path,
        codes::INVALID,
        format!(
            "this number has {length} digits; only the separators space, '.' and '-' may stand between them"
        ),
    );
    None
}

/// A name; an empty text is none.
pub(crate) fn name(path: &str, text: &str, findings: &mut Findings) -> Option<String> {
    // XML 1.0 has no way to write the last two, nor most control characters.
    let forbidden = |character: char| character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}');
    if text.is_empty() {
        return None;
    }
    if text.trim().is_empty() {
        findings.report(path, codes::INVALID, "a name is more than white space");
    } else if text.chars().count() > LONGEST_NAME {
        findings.report(
            path,
            codes::TOO_LONG,
            format!("a name has at most {LONGEST_NAME} characters"),
        );
    } else if text.chars().any(forbidden) {
        findings.report(
            path,
            codes::INVALID,
            "control characters (line breaks and tabs too) are not allowed here",
        );
    } else {
        return Some(text.to_owned());
    }
    None
}

/// `t_IncompleteDate` of SSDN (`[12]ddd-[01]d-[0-3]d`), less the months and days that no calendar has and days of
/// unknown months. Whether the day exists is not asked: a proof has to repeat what the register says.
pub(crate) fn birth_date(path: &str, text: &str, findings: &mut Findings) -> Option<IncompleteDate> {
    let fits = |date: &IncompleteDate| {
        let (month, day) = (date.month().unwrap_or(0), date.day().unwrap_or(0));
        (1000..=2999).contains(&date.year()) && month <= 12 && day <= 31 && (month > 0 || day == 0)
    };
    let date = text.parse().ok().filter(fits);
    if text.is_empty() {
        findings.report(path, codes::REQUIRED, "the birth date is missing");
    } else if date.is_none() {
        findings.report(
            path,
            codes::INVALID,
            "a birth date is written YYYY-MM-DD, with 00 for a day or month that is not known, in the years 1000 to \
             2999",
        );
    }
    date
}
