//! PerformInvestigation: the family, the legal data, the addresses and the waiting register of a person.
//!
//! It is reached through [`crate::connector`], which says what refuses a message. Without `DataGroups`, or with none of them
//! true, all groups are told. With the family, the other groups are told of each member, the person first. What is told
//! agrees with the files in [`crate::register`]: addresses are those of IT020, the newest first, and who has been a refugee
//! (IT205, IT206) is in the waiting register. Of somebody who is not, that group is missing, and a detail of severity
//! `INFORMATION` says so. In a result of severity `ERROR` the service's own part is missing: the codes for numbers that are
//! not in force, which are those of [`crate::manageaccess`].
//!
//! Made up: the code of that detail, both versions, the codes of relationships (those of the register's households), since
//! when somebody belongs to the family (since it lives where it lives).

mod reply;
pub(crate) mod request;

use self::request::Request;
use crate::connector::{Finding, Outcome, Severity, in_force};
use crate::exchange::Context;
use crate::population::{Person, Population};
use crate::register::Facts;

/// Namespace of this service's own part.
pub const PERFORM_INVESTIGATION: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/PerformInvestigation";
/// Namespace of what is said of a person.
const PERSON: &str = "http://www.ksz-bcss.fgov.be/XSD/SSDN/Person";

/// `ServiceId`.
pub const SERVICE_ID: &str = "OCMWCPASPerformInvestigation";
/// `Version`: both have been seen.
pub const VERSIONS: [&str; 2] = ["20080604", "20090409"];

const NOT_WAITING: &str = "11009001";

/// Tells what is asked.
pub(crate) fn answer(request: &Request, context: &Context) -> Outcome {
    context.call.execute();
    match investigate(&context.simulator.population, request) {
        Ok((content, findings)) => Outcome {
            findings,
            content: Some(content),
        },
        Err(error) => Outcome {
            findings: vec![error],
            content: None,
        },
    }
}

fn investigate(population: &Population, request: &Request) -> Result<(String, Vec<Finding>), Finding> {
    let person = in_force(population, &request.ssin)?;
    let groups = request.groups;
    let mut people: Vec<&Person> = vec![person];
    if groups.family_composition {
        let others = population.members(person).iter();
        people.extend(others.filter(|other| other.ssin != person.ssin));
    }
    let told: Vec<(&Person, Facts)> = people
        .into_iter()
        .map(|person| (person, Facts::of(population, person)))
        .collect();
    let waits = told.iter().any(|(_, facts)| facts.refugee.is_some());
    let mut findings = Vec::new();
    if groups.wait_register && !waits {
        findings.push(Finding::new(
            Severity::Information,
            NOT_WAITING,
            "The person is not in the waiting register.",
            vec![("SSIN", request.ssin.clone())],
        ));
    }
    Ok((reply::content(population, request, &told), findings))
}

#[cfg(test)]
mod tests;
