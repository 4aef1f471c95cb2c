//! Addresses elsewhere, absences, origins, contacts.

use super::{Kind, code, kind};
use crate::population::Dice;
use crate::register::codes::{COUNTRIES, MUNICIPALITIES};
use crate::register::documents::some_place;
use crate::register::identity::place_to_live;
use crate::register::{Day, Node};

/// An address in another country.
fn abroad<'a>(dice: &mut Dice) -> Node<'a> {
    let lines = vec![
        Node::Coded("Country", dice.pick(&COUNTRIES[1..])),
        Node::text("Graphic1", "Kase 12–3"),
        Node::text("Graphic2", "10115 Õismäe"),
    ];
    Node::Group("Address", lines)
}

pub(super) const KINDS: &[Kind] = &[
    kind("CountriesOfOrigin", "CountryOfOrigin", "006", |subject| {
        let country = Node::Coded("Country", subject.dice.pick(&COUNTRIES[1..]));
        Some(vec![country, Node::text("Graphic", "Kuressaare")])
    }),
    kind("AddressChangeIntention", "Address", "005", |subject| {
        let element = if subject.dice.chance(50) {
            "OriginPlace"
        } else {
            "DestinationPlace"
        };
        Some(vec![some_place(element, &mut subject.dice)])
    }),
    kind("TemporaryStudyPresences", "TemporaryStudyPresence", "007", |_| {
        let student = code!("TypeOfStudent", "1", "Voltijds", "À temps plein", "Vollzeit");
        Some(vec![student, Node::Day("ExpiryDate", Day::new(2098, 9, 14))])
    }),
    kind("ReturnPermissions", "ReturnPermission", "008", |_| {
        Some(vec![Node::Day("ExpiryDate", Day::new(2098, 12, 0))])
    }),
    kind("AddressDeclarationAbroad", "Address", "018", |subject| {
        Some(vec![abroad(&mut subject.dice)])
    }),
    kind("AddressChangeDeclaration", "", "019", |_| {
        Some(vec![Node::Group(
            "Address",
            vec![Node::text("Graphic", "Hütte 79/3, 4700 Eupen")],
        )])
    }),
    kind("ResidenceAbroad", "ResidenceAbroad", "022", |subject| {
        let address = vec![
            code!("PosteDiplomatique", "1418", "Tallinn", "Tallinn", "Tallinn"),
            code!("Territory", "136", "Estland", "Estonie", "Estland"),
            abroad(&mut subject.dice),
        ];
        Some(vec![Node::Group("Address", address)])
    }),
    kind("PostalAddressAbroad", "PostalAddressAbroad", "023", |subject| {
        Some(vec![abroad(&mut subject.dice)])
    }),
    kind("AddressReferences", "AddressReference", "024", |_| {
        Some(Vec::new())
    }),
    kind("TemporaryAbsences", "TemporaryAbsence", "026", |_| {
        let absence = code!("TypeOfAbsence", "3", "Studie", "Études", "Studium");
        Some(vec![absence, Node::text("Graphic1", "Université de Tartu")])
    }),
    kind("LegalResidences", "LegalResidence", "027", |_| {
        Some(vec![Node::text("Graphic", "p/a Coupure Links 3, 9000 Gent")])
    }),
    kind("TemporaryRegistrations", "TemporaryRegistration", "028", |_| {
        let fact = code!(
            "LegalFact",
            "01",
            "Voorlopig ingeschreven",
            "Inscrit provisoirement",
            "Vorläufig"
        );
        Some(vec![
            fact,
            Node::text("Graphic", "3 jaar"),
            Node::Day("ExpiryDate", Day::new(2098, 0, 0)),
        ])
    }),
    kind("ChoosenResidences", "ChoosenResidence", "212", |subject| {
        Some(vec![if subject.dice.chance(50) {
            code!("Residence", "1", "Commissariaat", "Commissariat", "Kommissariat")
        } else {
            Node::text("Graphic", "Kabinet van Mtr. Zomerlinde")
        }])
    }),
    kind("StatedAddresses", "StatedAddress", "214", |subject| {
        let organization = code!("Organization", "12", "OCMW", "CPAS", "ÖSHZ");
        let address = place_to_live(&MUNICIPALITIES[6], &mut subject.dice);
        Some(vec![organization, Node::Group("Address", address)])
    }),
    kind("ManagersInfo", "ManagerInfo", "246", |_| {
        let contacts = vec![Node::text("EmailAddress", "bevolking@example.invalid")];
        Some(vec![
            Node::text("Graphic1", "Loket 4"),
            Node::Group("Contacts", contacts),
        ])
    }),
    kind("ContactsData", "ContactData", "247", |subject| {
        let contacts = vec![
            Node::text("EmailAddress", "niemand@example.invalid"),
            Node::text("MobileNumber", format!("+32 400 {}", subject.dice.digits(6))),
            Node::text("FaxNumber", "+32 2 000 00 00"),
        ];
        Some(vec![Node::Group("Contacts", contacts)])
    }),
    kind("NotCommunicable", "", "252", |_| {
        Some(vec![
            Node::Day("StartDate", Day::new(2097, 1, 1)),
            Node::Day("EndDate", Day::new(2097, 6, 30)),
        ])
    }),
];
