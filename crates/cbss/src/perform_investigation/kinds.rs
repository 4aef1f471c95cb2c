//! The kinds of records in a reply: where they stand, what they are called, since when they are valid, and what a person
//! reads of them. One table; what no kind has is kept beside the records.
//!
//! Titles: the register's usual terms; those of the waiting register after the schema's own remarks (French), translated
//! here. What codes of relationships, situations and documents mean is not public, so that they are shown as codes.

/// In Dutch, French, German, English.
pub(super) type Names = [&'static str; 4];

/// One kind of record.
pub(super) struct Kind {
    /// From the reply to the record, name by name.
    pub(super) path: &'static [&'static str],
    /// The element that holds the records.
    pub(super) group: &'static str,
    pub(super) titles: Names,
    /// Where it says since when, and until when, it is valid.
    pub(super) since: Option<&'static str>,
    pub(super) until: Option<&'static str>,
    /// What a person reads, in this order.
    pub(super) parts: &'static [Part],
}

/// A value for people.
pub(super) struct Part {
    /// Names separated by `/`; `@` before an attribute.
    pub(super) path: &'static str,
    /// What stands before it where something is there already.
    pub(super) before: &'static str,
    /// What it is called; empty where that goes without saying.
    pub(super) label: Names,
    pub(super) show: Show,
}

/// How a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// As it came.
    Value,
    /// As a date of the language.
    Date,
    /// `LocationType`: its description, else its code.
    Place,
    /// 1 and 2; 0 is not known and not shown.
    Gender,
    /// `t_CivilStateCode`.
    CivilState,
}

const NONE: Names = ["", "", "", ""];

const fn part(path: &'static str, before: &'static str, show: Show) -> Part {
    Part {
        path,
        before,
        label: NONE,
        show,
    }
}

const fn called(path: &'static str, show: Show, label: Names) -> Part {
    Part {
        path,
        before: ", ",
        label,
        show,
    }
}

/// `StandardAddressType`.
const ADDRESS: &[Part] = &[
    part("Street", "", Show::Place),
    part("HouseNumber", " ", Show::Value),
    Part {
        path: "Box",
        before: " ",
        label: ["bus", "bte", "Bk.", "box"],
        show: Show::Value,
    },
    part("Municipality/PostalCode", ", ", Show::Value),
    part("Municipality", " ", Show::Place),
    part("Country", ", ", Show::Place),
];

const BORN: Names = ["geboren", "né(e)", "geboren", "born"];
const CODE: Names = ["code", "code", "Code", "code"];
const UNTIL: Names = ["tot", "jusqu'au", "bis", "until"];

pub(super) static KINDS: [Kind; 11] = [
    Kind {
        path: &[
            "DataGroups",
            "FamilyCompositionGroup",
            "FamilyComposition",
            "FamilyMember",
        ],
        group: "FamilyComposition",
        titles: [
            "Gezinssamenstelling",
            "Composition du ménage",
            "Haushaltszusammensetzung",
            "Family composition",
        ],
        since: Some("EntryDate"),
        until: None,
        parts: &[
            part("SocialSecurityUser", "", Show::Value),
            called(
                "RelationShip",
                Show::Value,
                ["verwantschap", "lien", "Verwandtschaft", "relationship"],
            ),
        ],
    },
    Kind {
        path: &["DataGroups", "CitizenGroup", "Citizen"],
        group: "CitizenGroup",
        titles: [
            "Wettelijke gegevens",
            "Données légales",
            "Gesetzliche Angaben",
            "Legal data",
        ],
        since: None,
        until: None,
        parts: &[
            part("LegalData/Name/LastName", "", Show::Value),
            part("LegalData/Name/FirstName", ", ", Show::Value),
            part("LegalData/Name/MiddleName", " ", Show::Value),
            part("SocialSecurityUser", ", ", Show::Value),
            part("LegalData/Gender", ", ", Show::Gender),
            called("LegalData/Birth/Date", Show::Date, BORN),
            called("LegalData/Birth/Location", Show::Place, ["te", "à", "in", "in"]),
            part("LegalData/CivilState/Code", ", ", Show::CivilState),
            called(
                "LegalData/CivilState/Partner/SocialSecurityUser",
                Show::Value,
                ["partner", "partenaire", "Partner", "partner"],
            ),
            called(
                "LegalData/CivilState/Partner/Name/LastName",
                Show::Value,
                ["partner", "partenaire", "Partner", "partner"],
            ),
            called(
                "LegalData/Decease/Date",
                Show::Date,
                ["overleden op", "décédé(e) le", "verstorben am", "died on"],
            ),
            called(
                "LegalData/Nationality",
                Show::Place,
                [
                    "nationaliteit",
                    "nationalité",
                    "Staatsangehörigkeit",
                    "nationality",
                ],
            ),
            part(
                "LegalData/AddressInformation/LegalAddress/StandardAddress/Street",
                ", ",
                Show::Place,
            ),
            part(
                "LegalData/AddressInformation/LegalAddress/StandardAddress/HouseNumber",
                " ",
                Show::Value,
            ),
            part(
                "LegalData/AddressInformation/LegalAddress/StandardAddress/Box",
                " / ",
                Show::Value,
            ),
            part(
                "LegalData/AddressInformation/LegalAddress/StandardAddress/Municipality/PostalCode",
                ", ",
                Show::Value,
            ),
            part(
                "LegalData/AddressInformation/LegalAddress/StandardAddress/Municipality",
                " ",
                Show::Place,
            ),
            part(
                "LegalData/AddressInformation/LegalAddress/StandardAddress/Country",
                ", ",
                Show::Place,
            ),
            part(
                "LegalData/AddressInformation/LegalAddress/DiplomaticPostAddress/Address",
                ", ",
                Show::Value,
            ),
            part(
                "LegalData/AddressInformation/LegalAddress/DiplomaticPostAddress/Country",
                ", ",
                Show::Place,
            ),
        ],
    },
    Kind {
        path: &[
            "DataGroups",
            "AddressHistoryGroup",
            "AddressHistory",
            "ManagerLocations",
            "ManagerLocation",
        ],
        group: "ManagerLocations",
        titles: [
            "Beheersgemeenten",
            "Communes de gestion",
            "Verwaltende Gemeinden",
            "Managing municipalities",
        ],
        since: Some("@modificationDate"),
        until: None,
        parts: &[
            part(".", "", Show::Place),
            called(
                "LinguisticRegime",
                Show::Value,
                [
                    "taalregime",
                    "régime linguistique",
                    "Sprachregime",
                    "linguistic regime",
                ],
            ),
        ],
    },
    Kind {
        path: &[
            "DataGroups",
            "AddressHistoryGroup",
            "AddressHistory",
            "LegalAddresses",
            "StandardAddress",
        ],
        group: "LegalAddresses",
        titles: [
            "Wettelijke adressen",
            "Adresses légales",
            "Gesetzliche Adressen",
            "Legal addresses",
        ],
        since: Some("@modificationDate"),
        until: None,
        parts: ADDRESS,
    },
    Kind {
        path: &[
            "DataGroups",
            "AddressHistoryGroup",
            "AddressHistory",
            "DeclaredAddresses",
            "StandardAddress",
        ],
        group: "DeclaredAddresses",
        titles: [
            "Aangegeven adressen",
            "Adresses déclarées",
            "Erklärte Adressen",
            "Declared addresses",
        ],
        since: Some("@modificationDate"),
        until: None,
        parts: ADDRESS,
    },
    Kind {
        path: &[
            "DataGroups",
            "WaitRegisterGroup",
            "WaitRegister",
            "RefugeeSituationH205",
            "RefugeeSituation",
        ],
        group: "RefugeeSituationH205",
        titles: [
            "Asielaanvraag",
            "Demande d'asile",
            "Asylantrag",
            "Request for asylum",
        ],
        since: Some("demandDate"),
        until: None,
        parts: &[called(
            "qualityCode",
            Show::Value,
            ["hoedanigheid", "qualité", "Eigenschaft", "quality"],
        )],
    },
    Kind {
        path: &[
            "DataGroups",
            "WaitRegisterGroup",
            "WaitRegister",
            "RefugeeAdministriveFileH206",
            "RefugeeAdministrativeFile",
        ],
        group: "RefugeeAdministriveFileH206",
        titles: [
            "Administratieve toestand",
            "Situation administrative",
            "Administrative Lage",
            "Administrative situation",
        ],
        since: Some("administrativeSituationDate"),
        until: None,
        parts: &[
            called(
                "administrativeSituationCode",
                Show::Value,
                ["toestand", "situation", "Lage", "situation"],
            ),
            called(
                "organism",
                Show::Value,
                ["instelling", "organisme", "Einrichtung", "organisation"],
            ),
            called(
                "municipalityDescription",
                Show::Value,
                [
                    "gemeente of centrum",
                    "commune ou centre",
                    "Gemeinde oder Zentrum",
                    "municipality or centre",
                ],
            ),
            called(
                "reference",
                Show::Value,
                ["kenmerk", "référence", "Zeichen", "reference"],
            ),
            called("comment", Show::Value, NONE),
            called("numberOfDays", Show::Value, ["dagen", "jours", "Tage", "days"]),
            called(
                "declarationDate",
                Show::Date,
                ["verklaring", "déclaration", "Erklärung", "declaration"],
            ),
            called(
                "certificateDate",
                Show::Date,
                ["attest", "attestation", "Bescheinigung", "certificate"],
            ),
            called("delayDate", Show::Date, ["uitstel", "délai", "Aufschub", "delay"]),
        ],
    },
    Kind {
        path: &[
            "DataGroups",
            "WaitRegisterGroup",
            "WaitRegister",
            "RefugeeInstitutionH207",
            "RefugeeInstitution",
        ],
        group: "RefugeeInstitutionH207",
        titles: ["Instellingen", "Institutions", "Einrichtungen", "Institutions"],
        since: Some("inscriptionDate"),
        until: Some("removeDate"),
        parts: &[
            part("municipalityDescription", "", Show::Value),
            called("cpasCode", Show::Value, ["OCMW", "CPAS", "ÖSHZ", "centre"]),
            called(
                "typeOfAid",
                Show::Value,
                ["soort hulp", "type d'aide", "Art der Hilfe", "type of aid"],
            ),
            called("removeDate", Show::Date, UNTIL),
        ],
    },
    Kind {
        path: &[
            "DataGroups",
            "WaitRegisterGroup",
            "WaitRegister",
            "RefugeeDocumentH211",
            "RefugeeDocument",
        ],
        group: "RefugeeDocumentH211",
        titles: [
            "Voorgelegde documenten",
            "Documents présentés",
            "Vorgelegte Dokumente",
            "Documents presented",
        ],
        since: Some("InscriptionDate"),
        until: None,
        parts: &[called("documentTypeCode", Show::Value, CODE)],
    },
    Kind {
        path: &[
            "DataGroups",
            "WaitRegisterGroup",
            "WaitRegister",
            "RefugeeLocationH212",
            "RefugeeLocation",
        ],
        group: "RefugeeLocationH212",
        titles: [
            "Verblijfplaats",
            "Lieu de séjour",
            "Aufenthaltsort",
            "Place of stay",
        ],
        since: Some("inscriptionDate"),
        until: None,
        parts: &[
            part("description", "", Show::Value),
            called("code", Show::Value, CODE),
        ],
    },
    Kind {
        path: &[
            "DataGroups",
            "WaitRegisterGroup",
            "WaitRegister",
            "RefugeeDataH213",
            "RefugeeDataBlockH213",
        ],
        group: "RefugeeDataH213",
        titles: ["Alias", "Alias", "Alias", "Alias"],
        since: Some("date"),
        until: None,
        parts: &[
            part("lastName", "", Show::Value),
            part("firstName", ", ", Show::Value),
            called("birthDate", Show::Date, BORN),
            called("birthPlace", Show::Value, ["te", "à", "in", "in"]),
            called(
                "nationalityCode",
                Show::Value,
                [
                    "nationaliteit",
                    "nationalité",
                    "Staatsangehörigkeit",
                    "nationality",
                ],
            ),
            called("aliasTypeCode", Show::Value, CODE),
        ],
    },
];
