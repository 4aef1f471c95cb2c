//! What a reply holds that this version of the protocol does not know. It is kept all the same, generically; that it
//! came is worth a look, for the CBSS has changed something.

mod names;

use relay_domain::Service;

use crate::reply::{Message, Outcome, Reply, Row};

/// What is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnknownPart {
    /// A status that is in no documentation, or none.
    Status,
    /// A record of a kind that no schema has.
    Record,
    /// A value beside status and records that no schema has.
    Value,
    /// A value in a record of a known kind, in an element or attribute of a name that no schema has.
    Field,
}

impl UnknownPart {
    /// The word in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Record => "record",
            Self::Value => "value",
            Self::Field => "field",
        }
    }
}

/// How much of each is not known in a reply of a service. Within records names are looked at, not places: an element that
/// another record has already is not noticed.
#[must_use]
pub fn unknown_parts(service: Service, reply: &Reply) -> [(UnknownPart, usize); 4] {
    let status = usize::from(reply.outcome == Outcome::Unknown);
    let records = match service {
        // The number of its type comes with every kind of record that the schema has.
        Service::RetrieveTiGroups => reply
            .rows
            .iter()
            .filter(|row| row.information_type.is_none())
            .count(),
        Service::ManageAccess
        | Service::IdentifyPerson
        | Service::PerformInvestigation
        | Service::TestConnection
        | Service::Loi65Ab
        | Service::Loi65C
        | Service::Loi65Df
        | Service::HealthCareInsurance
        | Service::UnemploymentData => 0,
    };
    let values = reply
        .messages
        .iter()
        .filter(|message| message.is_remark())
        .flat_map(|message| &message.fields)
        .filter(|field| !is_copy_of_the_request(service, &field.path))
        .count();
    let fields = reply
        .rows
        .iter()
        .filter(|row| service != Service::RetrieveTiGroups || row.information_type.is_some())
        .map(unknown_fields)
        .sum();
    [
        (UnknownPart::Status, status),
        (UnknownPart::Record, records),
        (UnknownPart::Value, values),
        (UnknownPart::Field, fields),
    ]
}

fn unknown_fields(row: &Row) -> usize {
    let is_known = |part: &str| {
        let name = part.trim_start_matches('@');
        let name = name.split_once('[').map_or(name, |(name, _)| name);
        matches!(name, "." | "..") || names::is_known(name)
    };
    row.fields
        .iter()
        .filter(|field| !field.path.split('/').all(is_known))
        .count()
}

/// Whose data follow, or of which file, said back.
fn is_copy_of_the_request(service: Service, path: &str) -> bool {
    match service {
        Service::ManageAccess => path.starts_with("OriginalRequest/"),
        Service::PerformInvestigation => path.ends_with("SocialSecurityUser"),
        Service::Loi65Ab | Service::Loi65C | Service::Loi65Df => path.starts_with("FileIdentification/"),
        Service::HealthCareInsurance => path == "result/ssin",
        // The day is that of the file, not of a break.
        Service::UnemploymentData => path.starts_with("careerBreaks/benifitiaryInformation/"),
        Service::RetrieveTiGroups | Service::IdentifyPerson | Service::TestConnection => false,
    }
}

impl Message {
    fn is_remark(&self) -> bool {
        self.code.is_none() && self.author.is_none() && self.diagnostic.is_none()
    }
}

#[cfg(test)]
mod tests {
    use relay_domain::{Language, Service};

    use super::{UnknownPart, unknown_parts};
    use crate::{ParseOptions, tx25};

    fn of(content: &str) -> Vec<(UnknownPart, usize)> {
        let reply = format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><retrieveTIGroupsResponse>\
             {content}</retrieveTIGroupsResponse></e:Body></e:Envelope>"
        );
        let reply = tx25::parse(reply.as_bytes(), None, &ParseOptions::new(Language::En)).expect("a reply");
        let parts = unknown_parts(Service::RetrieveTiGroups, &reply);
        parts.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    const KNOWN: &str = "<searchInformation><ssin>80010100136</ssin></searchInformation>\
        <status><value>DATA_FOUND</value><code>MSG00000</code></status>";

    #[test]
    fn what_is_known_is_not_counted() {
        let record = "<rrn_it_implicit><Nationalities><Nationality><Nationality><Code>150</Code></Nationality>\
            </Nationality></Nationalities></rrn_it_implicit>";
        assert_eq!(of(&format!("{KNOWN}{record}")), []);
    }

    #[test]
    fn what_is_new_is_counted_by_its_kind() {
        assert_eq!(
            of("<status><value>MAYBE</value><code>MSG00000</code></status>"),
            [(UnknownPart::Status, 1)]
        );
        let record = "<rrn_it_implicit><Hobbies><Hobby><Code>1</Code></Hobby></Hobbies></rrn_it_implicit>";
        assert_eq!(of(&format!("{KNOWN}{record}")), [(UnknownPart::Record, 1)]);
        let field = "<rrn_it_implicit><Nationalities><Nationality><Nationality><Code>150</Code></Nationality>\
            <Certainty level='3'>high</Certainty></Nationality></Nationalities></rrn_it_implicit>";
        assert_eq!(of(&format!("{KNOWN}{field}")), [(UnknownPart::Field, 2)]);
        let value = "<quality level=\"3\">good</quality>";
        assert_eq!(of(&format!("{KNOWN}{value}")), [(UnknownPart::Value, 2)]);
    }
}
