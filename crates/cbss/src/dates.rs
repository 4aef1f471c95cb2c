//! Dates as a person reads them.

use relay_domain::Language;

/// A date `YYYY-MM-DD` as it is written in the language, unknown parts left out. What has another shape
/// stays as it came.
pub(crate) fn push_date(text: &mut String, date: &str, language: Language) {
    let parts: Vec<&str> = date.split('-').collect();
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let [year, month, day] = parts[..] else {
        return text.push_str(date);
    };
    let regular = digits(year, 4) && digits(month, 2) && digits(day, 2);
    // A day without its month is no date that could be shortened.
    if !regular || year == "0000" || (month == "00" && day != "00") {
        return text.push_str(date);
    }
    let known: &[&str] = match (month, day) {
        ("00", _) => &[year],
        (_, "00") => &[year, month],
        _ => &[year, month, day],
    };
    let mut push = |index: usize, part: &str, between: char| {
        if index > 0 {
            text.push(between);
        }
        text.push_str(part);
    };
    let day_first = match language {
        Language::Nl | Language::Fr => Some('/'),
        Language::De => Some('.'),
        // As it is written on the wire.
        Language::En => None,
    };
    match day_first {
        None => known
            .iter()
            .enumerate()
            .for_each(|(index, part)| push(index, part, '-')),
        Some(between) => {
            known
                .iter()
                .rev()
                .enumerate()
                .for_each(|(index, part)| push(index, part, between));
        }
    }
}

/// The day in an `xs:date`, whose zone (`2080-05-24+02:00`) says nothing here: `YYYY-MM-DD`, or none for
/// what is no date.
pub(crate) fn day_of(date: &str) -> Option<&str> {
    let (day, rest) = date.split_at_checked(10)?;
    let is_date = day.parse::<relay_domain::date::IncompleteDate>().is_ok();
    (is_date && (rest.is_empty() || rest.starts_with(['Z', '+', '-', 'T']))).then_some(day)
}
