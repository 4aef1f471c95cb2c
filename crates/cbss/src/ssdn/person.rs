//! What several classic services say of a person, in the types of SSDN/Common: cards, names, birth dates.

use std::borrow::Cow;

use relay_domain::IncompleteDate;

use crate::soap::{BuildError, check_characters, check_digits, within};
use crate::xml::collapse;

/// `t_SISCardNumber` and `t_IdentityCardNumber`, as far as they are given.
pub(crate) fn check_cards(sis: Option<&str>, identity: Option<&str>) -> impl Iterator<Item = BuildError> {
    let sis = sis.map(|number| check_digits("SISCardNumber", number, 10, "ten digits"));
    let identity = identity.map(|number| check_digits("IdentityCardNumber", number, 12, "twelve digits"));
    [sis, identity].into_iter().flatten().filter_map(Result::err)
}

/// A name that says something, in characters that XML can carry.
pub(crate) fn check_name(field: &'static str, name: &str) -> Result<(), BuildError> {
    within(field, name, usize::MAX, "a name")?;
    check_characters(field, name)
}

/// `t_IncompleteDate`. Whether the day exists is not asked: what the register says has to be repeated.
pub(crate) fn check_birth_date(date: IncompleteDate) -> Result<(), BuildError> {
    let (month, day) = (date.month().unwrap_or(0), date.day().unwrap_or(0));
    let fits = (1000..=2999).contains(&date.year()) && month <= 12 && day <= 31 && (month > 0 || day == 0);
    fits.then_some(()).ok_or(BuildError::Facet {
        field: "BirthDate",
        expected: "YYYY-MM-DD, YYYY-MM-00 or YYYY-00-00, in the years 1000 to 2999",
    })
}

/// A name as the schema has the receiver read it.
pub(crate) fn collapsed(text: &str) -> Cow<'_, str> {
    collapse(Cow::Borrowed(text))
}
