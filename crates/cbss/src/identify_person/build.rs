//! The request.

use relay_domain::IncompleteDate;
use relay_domain::identify_person::{
    ByNumber, IdentifyPerson, PersonData, PhoneticCriteria, Search, Verification,
};

use super::SERVICE_ID;
use crate::soap::{BuildError, PreparedCall, Writer};
use crate::ssdn::person::{check_birth_date, check_cards, check_name, collapsed};
use crate::ssdn::{self, ClassicContext, ServiceName};

const NAMESPACE: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/IdentifyPerson";

const SERVICE: ServiceName<'static> = ServiceName {
    id: SERVICE_ID,
    version: "20050930",
};

/// Builds the call: an `IdentifyPersonRequest` in its `SSDNRequest` in the string of `sendXML`, valid by the
/// schemas of all three.
///
/// ```
/// use relay_cbss::{ClassicContext, identify_person};
/// use relay_domain::identify_person::{PhoneticCriteria, Search};
/// use relay_domain::{IdentifyPerson, IncompleteDate, Language};
///
/// let request = IdentifyPerson {
///     search: Search::Phonetic(PhoneticCriteria {
///         last_name: "Musterfrau & Söhne".to_owned(),
///         first_name: None,
///         middle_name: None,
///         // The day is not known, so a tolerance (here of months) is needed.
///         birth_date: IncompleteDate::new(2080, 1, 0),
///         gender: None,
///         tolerance: Some(1),
///         maximum: Some(50),
///     }),
///     language: Language::Fr,
/// };
/// let context = ClassicContext {
///     cbe_number: "0200000043",
///     sector: 17,
///     subsector: 1,
///     user_id: "80020200113",
///     email: "relay@centre.example",
///     reference: "0195b5ac-7b1e-7000-8000-00805f9b34fb",
///     sent_at: time::macros::datetime!(2026-11-23 17:05:09 UTC),
/// };
/// assert!(identify_person::problems(&request).is_empty());
/// let inner = identify_person::build_inner(&request, &context)?;
/// assert!(inner.contains("<identify:LastName>Musterfrau &amp; Söhne</identify:LastName>"));
/// let call = identify_person::build(&request, &context)?;
/// assert!(std::str::from_utf8(&call.body)?.contains("Musterfrau &amp;amp; Söhne"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn build(request: &IdentifyPerson, context: &ClassicContext<'_>) -> Result<PreparedCall, BuildError> {
    ssdn::wrap(&build_inner(request, context)?)
}

/// Builds the document inside the string.
///
/// Either `SSIN`, perhaps with `VerificationData`, or `PhoneticCriteria`: the CBSS passes over what stands beside.
/// What is not known is left out, never sent empty. White space in names is collapsed, which is what the schema has
/// the receiver do.
pub fn build_inner(request: &IdentifyPerson, context: &ClassicContext<'_>) -> Result<String, BuildError> {
    if let Some(first) = problems(request).into_iter().next() {
        return Err(first);
    }
    ssdn::build_inner(context, &SERVICE, |writer| write(request, writer))
}

fn write(request: &IdentifyPerson, writer: &mut Writer) -> Result<(), BuildError> {
    writer.open_with("identify:IdentifyPersonRequest", &[("identify", NAMESPACE)]);
    writer.open("identify:SearchCriteria");
    match &request.search {
        Search::Number(ByNumber { ssin, verification }) => {
            writer.leaf("identify:SSIN", ssin.digits())?;
            writer.close();
            if let Some(verification) = verification {
                write_verification(verification, writer)?;
            }
        }
        Search::Phonetic(criteria) => {
            write_criteria(criteria, writer)?;
            writer.close();
        }
    }
    writer.close();
    Ok(())
}

fn write_criteria(criteria: &PhoneticCriteria, writer: &mut Writer) -> Result<(), BuildError> {
    writer.open("identify:PhoneticCriteria");
    let names = Names {
        last: &criteria.last_name,
        first: criteria.first_name.as_deref(),
        middle: criteria.middle_name.as_deref(),
    };
    write_name(&names, criteria.birth_date, writer)?;
    if let Some(gender) = criteria.gender {
        writer.leaf("identify:Gender", &gender.code().to_string())?;
    }
    if let Some(tolerance) = criteria.tolerance {
        writer.leaf("identify:Tolerance", &tolerance.to_string())?;
    }
    if let Some(maximum) = criteria.maximum {
        writer.leaf("identify:Maximum", &maximum.to_string())?;
    }
    writer.close();
    Ok(())
}

fn write_verification(verification: &Verification, writer: &mut Writer) -> Result<(), BuildError> {
    writer.open("identify:VerificationData");
    if let Some(number) = &verification.sis_card_number {
        writer.leaf("identify:SISCardNumber", number)?;
    }
    if let Some(number) = &verification.identity_card_number {
        writer.leaf("identify:IdentityCardNumber", number)?;
    }
    if let Some(person) = &verification.person_data {
        writer.open("identify:PersonData");
        write_name(&Names::of(person), person.birth_date, writer)?;
        writer.close();
    }
    writer.close();
    Ok(())
}

/// The names that criteria and verification have in common.
struct Names<'a> {
    last: &'a str,
    first: Option<&'a str>,
    middle: Option<&'a str>,
}

impl<'a> Names<'a> {
    fn of(person: &'a PersonData) -> Self {
        Self {
            last: &person.last_name,
            first: person.first_name.as_deref(),
            middle: person.middle_name.as_deref(),
        }
    }

    fn problems(&self) -> impl Iterator<Item = BuildError> {
        let parts = [
            ("LastName", Some(self.last)),
            ("FirstName", self.first),
            ("MiddleName", self.middle),
        ];
        let checks = parts.map(|(field, name)| name.map(|name| check_name(field, name)));
        checks.into_iter().flatten().filter_map(Result::err)
    }
}

/// `FirstName` goes before `MiddleName`: in `NameType` of SSDN/Person it is the other way round.
fn write_name(names: &Names<'_>, birth_date: IncompleteDate, writer: &mut Writer) -> Result<(), BuildError> {
    writer.leaf("identify:LastName", &collapsed(names.last))?;
    if let Some(first) = names.first {
        writer.leaf("identify:FirstName", &collapsed(first))?;
    }
    if let Some(middle) = names.middle {
        writer.leaf("identify:MiddleName", &collapsed(middle))?;
    }
    writer.leaf("identify:BirthDate", &birth_date.to_string())
}

/// What the schema, its comments or XML forbid in a request: all of it, in the order in which it would be written.
#[must_use]
pub fn problems(request: &IdentifyPerson) -> Vec<BuildError> {
    match &request.search {
        Search::Number(ByNumber { verification, .. }) => verification
            .as_ref()
            .map(problems_of_verification)
            .unwrap_or_default(),
        Search::Phonetic(criteria) => problems_of_criteria(criteria),
    }
}

fn problems_of_verification(verification: &Verification) -> Vec<BuildError> {
    let mut problems = Vec::new();
    if !verification.is_given() {
        problems.push(BuildError::Facet {
            field: "VerificationData",
            expected: "at least one of SISCardNumber, IdentityCardNumber, PersonData",
        });
    }
    problems.extend(check_cards(
        verification.sis_card_number.as_deref(),
        verification.identity_card_number.as_deref(),
    ));
    if let Some(person) = &verification.person_data {
        problems.extend(Names::of(person).problems());
        problems.extend(check_birth_date(person.birth_date).err());
    }
    problems
}

fn problems_of_criteria(criteria: &PhoneticCriteria) -> Vec<BuildError> {
    let names = Names {
        last: &criteria.last_name,
        first: criteria.first_name.as_deref(),
        middle: criteria.middle_name.as_deref(),
    };
    let mut problems: Vec<BuildError> = names.problems().collect();
    problems.extend(check_birth_date(criteria.birth_date).err());
    if criteria.lacks_tolerance() {
        problems.push(BuildError::Facet {
            field: "Tolerance",
            expected: "a tolerance, for an incomplete birth date",
        });
    }
    let most = PhoneticCriteria::MOST;
    if criteria
        .maximum
        .is_some_and(|maximum| !(1..=most).contains(&maximum))
    {
        problems.push(BuildError::Facet {
            field: "Maximum",
            expected: "1 to 80",
        });
    }
    problems
}
