//! The kinds of records in a reply.
//!
//! Titles: the register's usual terms; those of the waiting register after the schema's own remarks (French), translated
//! here. What codes of relationships, situations and documents mean is not public, so that they are shown as codes.

use crate::kinds::{Kind, NONE, Names, Part, Show, called, part};

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
        since: &["EntryDate"],
        until: &[],
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
        since: &[],
        until: &[],
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
        since: &["@modificationDate"],
        until: &[],
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
        since: &["@modificationDate"],
        until: &[],
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
        since: &["@modificationDate"],
        until: &[],
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
        since: &["demandDate"],
        until: &[],
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
        since: &["administrativeSituationDate"],
        until: &[],
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
        since: &["inscriptionDate"],
        until: &["removeDate"],
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
        since: &["InscriptionDate"],
        until: &[],
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
        since: &["inscriptionDate"],
        until: &[],
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
        since: &["date"],
        until: &[],
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
