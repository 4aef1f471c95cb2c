//! What is asked of the CBSS, checked and normalised.

use serde::{Deserialize, Serialize};

use crate::form::Form;
use crate::identify_person::IdentifyPerson;
use crate::language::Language;
use crate::manage_access::ManageAccess;
use crate::perform_investigation::PerformInvestigation;
use crate::service::{OperationKind, Service};
use crate::ssin::Ssin;
use crate::test_connection::TestConnection;

/// One request to one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Request {
    /// What the national register knows of a person.
    RetrieveTiGroups(RetrieveTiGroups),
    /// That a centre keeps a file on a person: to register, to take back, to list.
    ManageAccess(ManageAccess),
    /// Who somebody is.
    IdentifyPerson(IdentifyPerson),
    /// A person's family, legal data, addresses and stay in the waiting register.
    PerformInvestigation(PerformInvestigation),
    /// Whether the CBSS can be reached.
    TestConnection(TestConnection),
    /// What a service with a table is asked: Loi65, HealthCareInsurance, UnemploymentData.
    Form(Form),
}

/// RetrieveTIGroups ("Tx25"): RetrieveTIGroupsV2.xsd, `SearchInformationType`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetrieveTiGroups {
    /// Of whom.
    pub ssin: Ssin,
    /// The language of the answer's labels.
    #[serde(default)]
    pub language: Language,
    /// Earlier entries too? The schema's default, and ours, is no.
    #[serde(default)]
    pub history: bool,
}

impl Request {
    /// The service that takes this request.
    #[must_use]
    pub fn service(&self) -> Service {
        match self {
            Self::RetrieveTiGroups(_) => Service::RetrieveTiGroups,
            Self::ManageAccess(_) => Service::ManageAccess,
            Self::IdentifyPerson(_) => Service::IdentifyPerson,
            Self::PerformInvestigation(_) => Service::PerformInvestigation,
            Self::TestConnection(_) => Service::TestConnection,
            Self::Form(form) => form.service(),
        }
    }

    /// Does it read or write?
    #[must_use]
    pub fn operation(&self) -> OperationKind {
        match self {
            Self::RetrieveTiGroups(_)
            | Self::IdentifyPerson(_)
            | Self::PerformInvestigation(_)
            | Self::TestConnection(_) => OperationKind::Question,
            Self::ManageAccess(request) => request.action.operation(),
            Self::Form(form) if form.service().is_loi65() => OperationKind::Change,
            Self::Form(_) => OperationKind::Question,
        }
    }

    /// The person it is about, where there is one number to name: a search by name and a test have none.
    #[must_use]
    pub fn ssin(&self) -> Option<&Ssin> {
        match self {
            Self::RetrieveTiGroups(request) => Some(&request.ssin),
            Self::ManageAccess(request) => Some(&request.ssin),
            Self::IdentifyPerson(request) => request.ssin(),
            Self::PerformInvestigation(request) => Some(&request.ssin),
            Self::TestConnection(_) => None,
            Self::Form(form) => form.person(),
        }
    }

    /// The language for the answer's labels and for the text that a person reads.
    #[must_use]
    pub fn language(&self) -> Language {
        match self {
            Self::RetrieveTiGroups(request) => request.language,
            Self::ManageAccess(request) => request.language,
            Self::IdentifyPerson(request) => request.language,
            Self::PerformInvestigation(request) => request.language,
            Self::TestConnection(request) => request.language,
            Self::Form(form) => form.language(),
        }
    }
}
