//! The simple types of requests, as XML Schema defines them. `\d` and `\p{N}` are read as an ASCII digit.

use time::Date;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Takes characters from the front of a text.
struct Scan<'t>(&'t str);

impl Scan<'_> {
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        if !all_digits(digits) {
            return None;
        }
        self.0 = rest;
        digits.parse().ok()
    }

    fn literal(&mut self, literal: char) -> Option<()> {
        self.0 = self.0.strip_prefix(literal)?;
        Some(())
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// White space removed at both ends, as `whiteSpace="collapse"` does for texts without inner spaces.
pub(crate) fn collapse(text: &str) -> &str {
    text.trim_matches(crate::soap::is_space)
}

/// `SsinType`: the three patterns of numbers of the National Register and of the CBSS's own register.
pub(crate) fn is_ssin(text: &str) -> bool {
    fn parts(text: &str) -> Option<(u32, u32, u32, u32)> {
        let mut scan = Scan(text);
        scan.digits(2)?;
        let parts = (scan.digits(2)?, scan.digits(2)?, scan.digits(3)?, scan.digits(2)?);
        scan.0.is_empty().then_some(parts)
    }
    let Some((month, day, counter, check)) = parts(text) else {
        return false;
    };
    let national = month <= 12 && counter != 0;
    let own_register = matches!(month, 20..=32 | 40..=52);
    day <= 31 && check <= 97 && (national || own_register)
}

/// `CbeNumberType`: ten digits.
pub(crate) fn is_cbe_number(text: &str) -> bool {
    text.len() == 10 && all_digits(text)
}

/// `UUIDType`: 8, 4, 4, 4 and 12 hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    groups.len() == lengths.len()
        && groups.iter().zip(lengths).all(|(group, length)| {
            group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

/// At most that many characters.
pub(crate) fn fits(text: &str, length: usize) -> bool {
    text.chars().count() <= length
}

/// An `unsignedShort` of at most 999.
pub(crate) fn is_up_to_999(text: &str) -> bool {
    let text = collapse(text);
    let digits = text.strip_prefix('+').unwrap_or(text);
    !digits.is_empty() && all_digits(digits) && digits.trim_start_matches('0').len() <= 3
}

/// `boolean`: `true`, `1`, `false` or `0`.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match collapse(text) {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// `dateTime`: `YYYY-MM-DDThh:mm:ss`, then a fraction and a zone, if any.
pub(crate) fn is_date_time(text: &str) -> bool {
    date_time(collapse(text)).is_some()
}

fn date_time(text: &str) -> Option<()> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (year, rest) = text.split_once('-')?;
    let padded = year.len() > 4 && year.starts_with('0');
    if year.len() < 4 || padded || !all_digits(year) || year == "0000" {
        return None;
    }
    // Leap years repeat every 400 years, so the last digits decide.
    let year: u32 = year.get(year.len() - 4..)?.parse().ok()?;
    let mut scan = Scan(rest);
    let month = scan.digits(2)?;
    scan.literal('-')?;
    let day = scan.digits(2)?;
    scan.literal('T')?;
    let hours = scan.digits(2)?;
    scan.literal(':')?;
    let minutes = scan.digits(2)?;
    scan.literal(':')?;
    let seconds = scan.digits(2)?;
    let rest = scan.0;
    let fraction = rest
        .strip_prefix('.')
        .map(|rest| rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    let zone = match fraction {
        Some(0) => return None,
        Some(length) => &rest[1 + length..],
        None => rest,
    };
    let midnight = hours == 24 && minutes == 0 && seconds == 0;
    let in_day = (hours < 24 && minutes < 60 && seconds < 60) || midnight;
    let in_month = day >= 1 && day <= days_in(month, year)?;
    (in_day && in_month && is_zone(zone)).then_some(())
}

/// How many days the month has; `None` when there is no such month.
fn days_in(month: u32, year: u32) -> Option<u32> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if leap => Some(29),
        2 => Some(28),
        _ => None,
    }
}

fn is_zone(text: &str) -> bool {
    if text.is_empty() || text == "Z" {
        return true;
    }
    fn offset(text: &str) -> Option<(u32, u32)> {
        let mut scan = Scan(text.strip_prefix(['+', '-'])?);
        let hours = scan.digits(2)?;
        scan.literal(':')?;
        let minutes = scan.digits(2)?;
        scan.0.is_empty().then_some((hours, minutes))
    }
    offset(text).is_some_and(|(hours, minutes)| minutes < 60 && (hours < 14 || (hours == 14 && minutes == 0)))
}

/// Exactly that many digits, white space around them collapsed.
pub(crate) fn digits(text: &str, count: usize) -> Option<String> {
    let text = collapse(text);
    (text.len() == count && all_digits(text)).then(|| text.to_owned())
}

/// `integer`, of 18 digits at most.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let text = collapse(text);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let fits = !digits.is_empty() && digits.len() <= 18 && all_digits(digits);
    fits.then(|| text.parse().ok()).flatten()
}

/// `date`, of the years 0001 to 9999; its zone, if any, is checked and dropped.
pub(crate) fn date(text: &str) -> Option<Date> {
    let (day, zone) = collapse(text).split_at_checked(10)?;
    let (year, _) = day.split_at_checked(4)?;
    let plain = all_digits(year) && year != "0000" && is_zone(zone);
    plain.then(|| Date::parse(day, DAY).ok()).flatten()
}

/// `t_IncompleteDate` of the SSDN: `YYYY-MM-DD`, where 00 stands for what is unknown. Neither month nor day is held
/// against a calendar.
pub(crate) fn incomplete_date(text: &str) -> Option<String> {
    let text = collapse(text);
    shaped(text, "2999-19-39").then(|| text.to_owned())
}

/// `t_DateTimeUTC` of the SSDN: `yyyyMMddThhmmss`.
pub(crate) fn is_compact_date_time(text: &str) -> bool {
    shaped(text, "29991939T295959")
}

/// `t_EmailAddress` of the SSDN: something, an at sign, something, and 100 characters at most.
pub(crate) fn email(text: &str) -> Option<String> {
    let text = text.split(crate::soap::is_space).filter(|word| !word.is_empty());
    let text = text.collect::<Vec<_>>().join(" ");
    let inside = text
        .char_indices()
        .skip(1)
        .any(|(at, c)| c == '@' && at + 1 < text.len());
    (inside && fits(&text, 100)).then_some(text)
}

/// Whether `text` has the shape of `highest`: each digit there is the highest at its place (a first 2 means 1 or 2),
/// anything else stands for itself.
fn shaped(text: &str, highest: &str) -> bool {
    text.len() == highest.len()
        && !text.starts_with('0')
        && text.bytes().zip(highest.bytes()).all(|(byte, most)| {
            if most.is_ascii_digit() {
                byte.is_ascii_digit() && byte <= most
            } else {
                byte == most
            }
        })
}
