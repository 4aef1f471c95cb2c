//! What the parts of an item are called.

/// In Dutch, French, German, English.
pub(super) type Labels = [&'static str; 4];

/// A part that speaks for itself.
const BARE: Labels = [""; 4];

/// What a part is called.
struct Entry {
    part: &'static str,
    usual: Option<Labels>,
    /// Within elements of these names it is called otherwise.
    within: &'static [(&'static str, Labels)],
}

const fn usual(part: &'static str, labels: Labels) -> Entry {
    Entry {
        part,
        usual: Some(labels),
        within: &[],
    }
}

const fn depends(
    part: &'static str,
    usual: Option<Labels>,
    within: &'static [(&'static str, Labels)],
) -> Entry {
    Entry { part, usual, within }
}

/// The label of a part within its parent, where that has one of its own, else the part's usual label.
pub(super) fn label(parent: &str, part: &str) -> Option<&'static Labels> {
    let found = ENTRIES.binary_search_by(|entry| entry.part.cmp(part)).ok()?;
    let Entry { usual, within, .. } = &ENTRIES[found];
    let own = within
        .iter()
        .find(|(known, _)| *known == parent)
        .map(|(_, labels)| labels);
    own.or(usual.as_ref())
}

/// Sorted by part, byte by byte.
#[rustfmt::skip]
static ENTRIES: [Entry; 186] = [
    usual("AbsenteeVoter", ["volmachtgever", "électeur représenté", "vertretener Wähler", "represented voter"]),
    usual("ActNumber", ["aktenummer", "acte n°", "Urkunde Nr.", "record no."]),
    usual("AdditionTo", ["toevoeging bij", "complément à", "Ergänzung zu", "addition to"]),
    usual("Address", BARE),
    usual("AdviceFromCGVS", ["advies van het CGVS", "avis du CGRA", "Gutachten des GKFS", "opinion of the CGRS"]),
    usual("Appeal", ["beroep", "recours", "Beschwerde", "appeal"]),
    usual("AppealLodged", ["beroep ingesteld", "recours introduit", "Beschwerde eingelegt", "appeal lodged"]),
    usual("ApplicationFiled", ["aanvraag ingediend", "demande introduite", "Antrag eingereicht", "application filed"]),
    usual("ApplicationRenounced", ["afstand van de aanvraag", "renonciation à la demande", "Verzicht auf den Antrag", "application renounced"]),
    usual("BelgianJudgement", ["Belgisch vonnis", "jugement belge", "belgisches Urteil", "Belgian judgment"]),
    usual("BirthDate", ["geboren op", "né(e) le", "geboren am", "born on"]),
    usual("BirthPlace", ["geboorteplaats", "lieu de naissance", "Geburtsort", "place of birth"]),
    usual("Box", ["bus", "boîte", "Briefkasten", "box"]),
    usual("CBENumber", ["ondernemingsnummer", "numéro d'entreprise", "Unternehmensnummer", "enterprise no."]),
    usual("CODNBSC", ["CODNBSC", "CODNBSC", "CODNBSC", "CODNBSC"]),
    usual("Card", ["kaart", "carte", "Karte", "card"]),
    usual("CardNumber", ["kaartnummer", "carte n°", "Kartennummer", "card no."]),
    usual("Categories", ["categorieën", "catégories", "Klassen", "categories"]),
    depends("Category", Some(["categorie", "catégorie", "Kategorie", "category"]), &[("Categories", BARE), ("EECVoter", BARE), ("RetirementCertificate", BARE), ("SocialSecurityCard", BARE)]),
    usual("Certificate", ["bewijsstuk", "justificatif", "Bescheinigung", "certificate"]),
    usual("Certificate1", ["certificaat 1", "certificat 1", "Zertifikat 1", "certificate 1"]),
    usual("Certificate2", ["certificaat 2", "certificat 2", "Zertifikat 2", "certificate 2"]),
    usual("CertificateNumber", ["bewijs nr.", "certificat n°", "Bescheinigung Nr.", "certificate no."]),
    usual("Cessation", ["beëindiging", "cessation", "Beendigung", "cessation"]),
    usual("Child", ["kind", "enfant", "Kind", "child"]),
    usual("ChoiceOfAddress", ["keuze van het adres", "choix de l'adresse", "Wahl der Adresse", "choice of address"]),
    depends("CivilState", Some(BARE), &[("CivilStateToVerify", BARE)]),
    usual("Class", ["lichting", "classe", "Jahrgang", "class"]),
    usual("Code", BARE),
    usual("Comments", ["opmerking", "commentaire", "Bemerkung", "comment"]),
    usual("Contacts", BARE),
    usual("Contract", ["contract", "contrat", "Vertrag", "contract"]),
    depends("Country", Some(["land", "pays", "Land", "country"]), &[("CountryOfOrigin", BARE), ("PartnerBirthPlace", BARE), ("Place1", BARE), ("Place2", BARE), ("Place3", BARE)]),
    usual("CourtName", ["rechtbank", "nom du tribunal", "Name des Gerichts", "name of the court"]),
    usual("Criteria", ["criterium", "critère", "Kriterium", "criterion"]),
    usual("DabsNumber", ["DABS-nummer", "n° BAEC", "DABS-Nummer", "DABS no."]),
    usual("Date", ["datum", "date", "Datum", "date"]),
    usual("DateEntered", ["ingevoerd op", "introduit le", "eingetragen am", "entered on"]),
    usual("DateValidated", ["gevalideerd op", "validé le", "validiert am", "validated on"]),
    depends("Decease", Some(["overlijden", "décès", "Sterbefall", "death"]), &[("Decease", BARE)]),
    depends("Decision", Some(["beslissing", "décision", "Entscheidung", "decision"]), &[("ConvenienceLegalCohabitation", BARE), ("ConvenienceMarriage", BARE), ("Disappearence", BARE)]),
    usual("DecisionCancelled", ["beslissing vernietigd", "décision annulée", "Entscheidung aufgehoben", "decision annulled"]),
    depends("Declaration", Some(["verklaring", "déclaration", "Erklärung", "declaration"]), &[("OrganDonation", BARE)]),
    depends("DeclaredBirthDate", None, &[("DeclaredBirthDate", BARE)]),
    usual("DelDate", ["tot", "jusqu'au", "bis", "until"]),
    usual("DelayLeaveGranted", ["uitstel van vertrek toegestaan", "délai de départ accordé", "Ausreiseaufschub gewährt", "delay of departure granted"]),
    usual("Delivery", ["afgegeven te", "délivré à", "ausgestellt in", "issued in"]),
    usual("DeliveryCountry", ["land van afgifte", "pays de délivrance", "Ausstellungsland", "country of issue"]),
    usual("DestinationPlace", ["naar", "destination", "nach", "to"]),
    usual("DiplomaticPost", ["diplomatieke post", "poste diplomatique", "diplomatische Vertretung", "diplomatic post"]),
    usual("DocumentDate", ["datum van het document", "date du document", "Datum des Dokuments", "date of the document"]),
    usual("Duplicate", ["duplicaat", "duplicata", "Duplikat", "duplicate"]),
    usual("Duration", ["duur", "durée", "Dauer", "duration"]),
    usual("Elections", ["verkiezingen", "élections", "Wahlen", "elections"]),
    usual("ElectoralFunction", ["verkiezingsfunctie", "fonction électorale", "Wahlfunktion", "electoral function"]),
    usual("EmailAddress", ["e-mail", "e-mail", "E-Mail", "e-mail"]),
    usual("EndDate", ["tot", "au", "bis", "to"]),
    usual("Escape", ["verdwenen", "disparu", "entwichen", "absconded"]),
    usual("ExpiryDate", ["geldig tot", "valable jusqu'au", "gültig bis", "valid until"]),
    depends("FamilyRole", None, &[("FamilyMember", ["rol van het gezinslid", "rôle du membre", "Rolle des Mitglieds", "member's role"]), ("HeadOfFamily", ["rol in het gezin", "rôle dans le ménage", "Rolle im Haushalt", "role in the household"])]),
    usual("FaxNumber", ["fax", "fax", "Fax", "fax"]),
    usual("FiliationType", BARE),
    usual("FirstName", ["voornaam", "prénom", "Vorname", "first name"]),
    usual("ForeignJudgement", ["buitenlands vonnis", "jugement étranger", "ausländisches Urteil", "foreign judgment"]),
    usual("ForfeitureDate", ["verval op", "déchéance le", "Entzug am", "forfeited on"]),
    usual("ForfeitureReason", ["reden van verval", "motif de déchéance", "Grund des Entzugs", "reason of forfeiture"]),
    usual("Fusion", ["fusiegemeente", "commune fusionnée", "Fusionsgemeinde", "merged municipality"]),
    usual("GearBox", ["versnellingsbak", "boîte de vitesses", "Getriebe", "gearbox"]),
    usual("Gender", ["geslacht", "sexe", "Geschlecht", "sex"]),
    usual("GeneralInfo", BARE),
    depends("Graphic", Some(BARE), &[("Country", BARE)]),
    depends("Graphic1", Some(BARE), &[("Guardian", ["vertegenwoordiger of bijstandsverlener", "personne qui représente ou assiste", "Person, die vertritt oder unterstützt", "person who represents or assists"])]),
    usual("Graphic2", BARE),
    usual("Graphic3", BARE),
    usual("HouseNumber", ["huisnummer", "numéro", "Hausnummer", "house number"]),
    usual("Housing", ["huisvesting", "logement", "Wohnung", "housing"]),
    usual("IdentificationNumber", ["identificatienummer", "n° d'identification", "Identifizierungsnummer", "identification no."]),
    usual("IdentityCard", ["identiteitskaart", "carte d'identité", "Personalausweis", "identity card"]),
    usual("Initiative", ["initiatief", "initiative", "Initiative", "initiative"]),
    depends("InvestigationResult", Some(["resultaat", "résultat", "Ergebnis", "result"]), &[("AscertainedLegalMainAddress", BARE)]),
    usual("Issuer", ["afgegeven door", "délivré par", "ausgestellt von", "issued by"]),
    depends("Justification", Some(["verantwoording", "justification", "Begründung", "justification"]), &[("Reason", BARE)]),
    usual("Label", ["omschrijving", "libellé", "Bezeichnung", "label"]),
    usual("Language", ["taal", "langue", "Sprache", "language"]),
    usual("LastName", ["naam", "nom", "Name", "last name"]),
    usual("LegalFact", BARE),
    usual("LegalRepresentative", ["wettelijke vertegenwoordiger", "représentant légal", "gesetzlicher Vertreter", "legal representative"]),
    usual("LicenseNumber", ["nr.", "n°", "Nr.", "no."]),
    usual("Lieu", BARE),
    usual("Limosa", ["Limosa", "Limosa", "Limosa", "Limosa"]),
    usual("Medical", ["medische voorwaarde", "condition médicale", "medizinische Auflage", "medical condition"]),
    usual("MobileNumber", ["gsm", "GSM", "Mobiltelefon", "mobile"]),
    usual("ModificationType", BARE),
    usual("Modified", ["gewijzigd", "modifié", "geändert", "modified"]),
    usual("Name", ["naam", "nom", "Name", "name"]),
    usual("NameNotary", ["notaris", "notaire", "Notar", "notary"]),
    usual("NationalNumber", ["rijksregisternummer", "n° national", "Nationalregisternummer", "national number"]),
    depends("Nationality", Some(["nationaliteit", "nationalité", "Staatsangehörigkeit", "nationality"]), &[("MultipleNationality", BARE), ("Nationality", BARE), ("NationalityToVerify", BARE)]),
    usual("NobilityTitle", BARE),
    usual("Notary", ["notaris", "notaire", "Notar", "notary"]),
    usual("Notification", ["betekening", "signification", "Zustellung", "service of notice"]),
    usual("NotificationByDVZ", ["kennisgeving door de DVZ", "notification par l'OE", "Mitteilung des Ausländeramtes", "notice by the Immigration Office"]),
    usual("NotificationByOrg", ["kennisgeving door de instelling", "notification par l'organisme", "Mitteilung der Einrichtung", "notice by the organisation"]),
    usual("NotificationDate", ["kennisgeving op", "notifié le", "mitgeteilt am", "notified on"]),
    depends("Number", Some(["nr.", "n°", "Nr.", "no."]), &[("Certificate1", BARE), ("Certificate2", BARE), ("Renewal", BARE)]),
    usual("NumberFolio", ["folio", "folio", "Folio", "folio"]),
    usual("NumberRegister", ["register", "registre", "Register", "register"]),
    usual("Occupation", BARE),
    usual("OpenClose", ["stand", "état", "Stand", "state"]),
    usual("Organization", ["instelling", "organisme", "Einrichtung", "organisation"]),
    usual("Origin", ["oorsprong", "origine", "Herkunft", "origin"]),
    usual("OriginPlace", ["van", "provenance", "von", "from"]),
    usual("Origine", ["oorsprong", "origine", "Herkunft", "origin"]),
    usual("Parent1", ["ouder 1", "parent 1", "Elternteil 1", "parent 1"]),
    usual("Parent2", ["ouder 2", "parent 2", "Elternteil 2", "parent 2"]),
    usual("Partner", ["partner", "partenaire", "Partner", "partner"]),
    usual("PassportIdent", BARE),
    usual("PassportNumber", ["nr.", "n°", "Nr.", "no."]),
    usual("PassportType", ["soort", "type", "Art", "type"]),
    usual("PermitNumber", ["nr.", "n°", "Nr.", "no."]),
    usual("PhoneNumber", ["telefoon", "téléphone", "Telefon", "telephone"]),
    depends("Place", Some(["plaats", "lieu", "Ort", "place"]), &[("BirthPlaceToVerify", BARE), ("Delivery", BARE), ("Issuer", BARE), ("PartnerBirthPlace", BARE), ("SocialWelfare", BARE), ("TerritoryLeft", BARE)]),
    depends("Place1", Some(["plaats", "lieu", "Ort", "place"]), &[("BirthPlace", BARE)]),
    depends("Place2", Some(["plaats", "lieu", "Ort", "place"]), &[("BirthPlace", BARE)]),
    usual("Place3", ["plaats", "lieu", "Ort", "place"]),
    usual("Post", ["post", "poste", "Vertretung", "post"]),
    usual("PosteDiplomatique", ["diplomatieke post", "poste diplomatique", "diplomatische Vertretung", "diplomatic post"]),
    depends("Presence", Some(["aanwezigheid", "présence", "Vorhandensein", "presence"]), &[("Certificate1", BARE), ("Certificate2", BARE)]),
    usual("Procedure", ["procedure", "procédure", "Verfahren", "procedure"]),
    usual("ProductionDate", ["aangemaakt op", "produit le", "hergestellt am", "produced on"]),
    usual("Protection", ["bescherming", "protection", "Schutz", "protection"]),
    usual("Province", ["provincie", "province", "Provinz", "province"]),
    usual("Proxy", ["gevolmachtigde", "mandataire", "Bevollmächtigter", "proxy"]),
    usual("PseudoNationalNumber", BARE),
    usual("PublicSecurityNumber", BARE),
    usual("Qualification", ["kwalificatie", "qualification", "Qualifikation", "qualification"]),
    usual("Reason", ["reden", "motif", "Grund", "reason"]),
    usual("Reason1", ["reden 1", "motif 1", "Grund 1", "reason 1"]),
    usual("Reason2", ["reden 2", "motif 2", "Grund 2", "reason 2"]),
    usual("Reference", ["referentie", "référence", "Referenz", "reference"]),
    usual("RefugeeCentre", ["opvangcentrum", "centre d'accueil", "Aufnahmezentrum", "reception centre"]),
    usual("RegistrationDate", ["geregistreerd op", "enregistré le", "registriert am", "registered on"]),
    usual("RegistrationRegister", BARE),
    usual("Renewal", ["vernieuwing", "renouvellement", "Erneuerung", "renewal"]),
    usual("RenewalNumber", ["vernieuwing nr.", "renouvellement n°", "Erneuerung Nr.", "renewal no."]),
    usual("ReplacementOf", ["vervanging van", "remplacement de", "Ersatz für", "replacement of"]),
    depends("Residence", Some(["verblijfplaats", "résidence", "Wohnort", "residence"]), &[("ChoosenResidence", BARE), ("Residences", BARE)]),
    usual("Rite", ["ritus", "rite", "Ritus", "rite"]),
    usual("Role", BARE),
    usual("SecondNumber", ["tweede nr.", "second n°", "zweite Nr.", "second no."]),
    usual("SerialNumber", ["serienummer", "n° de série", "Seriennummer", "serial no."]),
    usual("Sex", ["geslacht", "sexe", "Geschlecht", "sex"]),
    depends("Situation", Some(["toestand", "situation", "Lage", "situation"]), &[("ElectoralFunction", BARE), ("MilitaryService", BARE), ("ParentalAuthority", BARE), ("Voter", BARE)]),
    usual("SocialCategory", ["sociale categorie", "catégorie sociale", "Sozialkategorie", "social category"]),
    usual("SocialWelfare", ["OCMW", "CPAS", "ÖSHZ", "social welfare centre"]),
    usual("Spouse", ["echtgenoot", "conjoint", "Ehepartner", "spouse"]),
    usual("StartDate", ["van", "du", "von", "from"]),
    depends("Status", Some(["status", "statut", "Status", "status"]), &[("Guardian", BARE)]),
    usual("Street", BARE),
    usual("StrikingOut", ["schrapping", "radiation", "Streichung", "striking out"]),
    usual("SuppletoryRegister", ["aanvullend register", "registre supplétoire", "Zusatzregister", "supplementary register"]),
    usual("Term", ["termijn", "délai", "Frist", "term"]),
    usual("Territory", ["gebied", "territoire", "Gebiet", "territory"]),
    usual("TerritoryLeft", ["grondgebied verlaten", "territoire quitté", "Staatsgebiet verlassen", "territory left"]),
    usual("Time", ["uur", "heure", "Uhrzeit", "time"]),
    usual("Transcription", ["overschrijving", "transcription", "Übertragung", "transcription"]),
    usual("Tribunal", ["rechtbank", "tribunal", "Gericht", "court"]),
    depends("Type", Some(["soort", "type", "Art", "type"]), &[("Decision", BARE)]),
    usual("TypeOfAbsence", BARE),
    usual("TypeOfBurial", BARE),
    usual("TypeOfCard", BARE),
    usual("TypeOfContract", BARE),
    usual("TypeOfDocument", BARE),
    usual("TypeOfFuneral", BARE),
    usual("TypeOfLicense", BARE),
    usual("TypeOfStudent", BARE),
    usual("TypeOfVoting", BARE),
    usual("UnrestrictedStay", ["onbeperkt verblijf", "séjour illimité", "unbefristeter Aufenthalt", "unrestricted stay"]),
    usual("Validation", ["validatie", "validation", "Validierung", "validation"]),
    usual("ValidityDate", ["geldig vanaf", "valable à partir du", "gültig ab", "valid from"]),
    usual("Volunteer", ["vrijwilliger", "volontaire", "Freiwilliger", "volunteer"]),
    usual("Voter", ["kiezer", "électeur", "Wähler", "voter"]),
    usual("WarTitle", BARE),
    depends("Year", Some(["jaar", "année", "Jahr", "year"]), &[("Class", BARE)]),
    usual("ZipCode", ["postcode", "code postal", "Postleitzahl", "postcode"]),
    depends("person", Some(BARE), &[("AbsenteeVoter", BARE), ("FamilyMember", ["gezinslid", "membre du ménage", "Haushaltsmitglied", "household member"]), ("Guardian", ["vertegenwoordiger of bijstandsverlener", "personne qui représente ou assiste", "Person, die vertritt oder unterstützt", "person who represents or assists"]), ("HeadOfFamily", ["referentiepersoon", "personne de référence", "Bezugsperson", "reference person"]), ("LegalRepresentative", BARE), ("Proxy", BARE)]),
];

#[cfg(test)]
mod tests {
    use super::{ENTRIES, Labels, label};

    #[test]
    fn parts_are_sorted_and_unique() {
        assert!(ENTRIES.windows(2).all(|pair| pair[0].part < pair[1].part));
    }

    #[test]
    fn a_label_is_there_in_all_languages_or_in_none() {
        for entry in &ENTRIES {
            let all: Vec<&Labels> = entry
                .usual
                .iter()
                .chain(entry.within.iter().map(|(_, labels)| labels))
                .collect();
            assert!(!all.is_empty(), "{}", entry.part);
            for labels in all {
                let given = labels.iter().filter(|label| !label.is_empty()).count();
                assert!(given == 0 || given == labels.len(), "{}", entry.part);
            }
        }
    }

    #[test]
    fn the_parent_decides_first() {
        let english = |parent, part| label(parent, part).map(|labels| labels[3]);
        assert_eq!(
            english("Guardian", "Graphic1"),
            Some("person who represents or assists")
        );
        assert_eq!(english("Address", "Graphic1"), Some(""));
        assert_eq!(english("Anything", "NewInvention"), None);
    }
}
