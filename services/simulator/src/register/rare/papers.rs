//! Certificates, cards, permits, votes, service.

use super::{Kind, code, kind};
use crate::register::codes::COUNTRIES;
use crate::register::documents::some_place;
use crate::register::{Day, Node};

const EXPIRY: Day = Day::new(2099, 5, 0);

pub(super) const KINDS: &[Kind] = &[
    kind(
        "RetirementCertificates",
        "RetirementCertificate",
        "073",
        |subject| {
            let category = code!(
                "Category",
                "01",
                "Rustpensioen",
                "Pension de retraite",
                "Ruhestandspension"
            );
            Some(vec![
                category,
                Node::text("CertificateNumber", subject.dice.digits(8)),
            ])
        },
    ),
    kind(
        "SpecialRetirementCertificates",
        "SpecialRetirementCertificate",
        "074",
        |subject| {
            let number = Node::text("IdentificationNumber", subject.dice.digits(9));
            Some(vec![Node::text("SerialNumber", subject.dice.digits(4)), number])
        },
    ),
    kind("Elections", "Election", "130", |subject| {
        if subject.dice.chance(50) {
            let situation = code!("Situation", "1", "Kiezer", "Électeur", "Wähler");
            return Some(vec![Node::Group(
                "Voter",
                vec![situation, Node::Day("ExpiryDate", EXPIRY)],
            )]);
        }
        let function = vec![
            code!("Situation", "2", "Bijzitter", "Assesseur", "Beisitzer"),
            code!("Category", "A", "Magistraat", "Magistrat", "Magistrat"),
            Node::text("Modified", "0"),
            code!("Volunteer", "1", "Vrijwilliger", "Volontaire", "Freiwillig"),
            some_place("Place", &mut subject.dice),
        ];
        Some(vec![Node::Group("ElectoralFunction", function)])
    }),
    kind("EECVoters", "EECVoter", "131", |subject| {
        let category = code!(
            "Category",
            "1",
            "Europese verkiezing",
            "Élection européenne",
            "Europawahl"
        );
        let country = Node::Coded("Country", subject.dice.pick(&COUNTRIES[1..6]));
        Some(vec![
            category,
            some_place("Place", &mut subject.dice),
            country,
            Node::text("Graphic", "Liste n° 2"),
        ])
    }),
    kind("BelgianVotersAbroad", "BelgianVoterAbroad", "132", |subject| {
        let post = vec![
            code!("DiplomaticPost", "1418", "Tallinn", "Tallinn", "Tallinn"),
            code!("Territory", "136", "Estland", "Estonie", "Estland"),
        ];
        let mut body = vec![
            code!(
                "TypeOfVoting",
                "3",
                "Bij volmacht",
                "Par procuration",
                "Durch Vollmacht"
            ),
            some_place("Place", &mut subject.dice),
            code!(
                "Criteria",
                "1",
                "Laatste woonplaats",
                "Dernier domicile",
                "Letzter Wohnsitz"
            ),
            Node::Group("Post", post),
            Node::Group("ChoiceOfAddress", vec![Node::text("Code", "2")]),
        ];
        body.extend(
            subject
                .relative()
                .map(|proxy| Node::Group("Proxy", vec![Node::Number(proxy)])),
        );
        body.push(Node::Day("ValidityDate", EXPIRY));
        body.push(Node::Group(
            "Elections",
            vec![Node::text("Code", "1"), Node::text("Code", "4")],
        ));
        Some(body)
    }),
    kind("MilitaryServices", "MilitaryService", "160", |subject| {
        let situation = code!("Situation", "7", "Vrijgesteld", "Exempté", "Befreit");
        let class = vec![Node::text("Year", "2098"), Node::text("Qualification", "B")];
        Some(vec![
            situation,
            some_place("Place", &mut subject.dice),
            Node::Group("Class", class),
        ])
    }),
    kind("AcknowledgedWarTitles", "AcknowledgedWarTitle", "190", |_| {
        let title = code!("WarTitle", "04", "Weerstander", "Résistant", "Widerstandskämpfer");
        Some(vec![
            title,
            Node::text("Graphic1", "AR 11/05/2095"),
            Node::text("Graphic2", "n° 17 & 18 <bis>"),
        ])
    }),
    kind("HawkersCards", "HawkersCard", "193", |subject| {
        let card = vec![
            Node::text("CardNumber", subject.dice.digits(8)),
            Node::text("SerialNumber", subject.dice.digits(3)),
        ];
        let categories = vec![
            Node::text("Code", "2"),
            Node::text("Category", "Bloemen"),
            Node::text("Category", "Fruit"),
        ];
        let place = some_place("Place", &mut subject.dice);
        let expiry = Node::Day("ExpiryDate", EXPIRY);
        Some(vec![
            Node::Group("Card", card),
            Node::Group("Categories", categories),
            place,
            expiry,
        ])
    }),
    kind("SocialSecurityCards", "SocialSecurityCard", "196", |subject| {
        let category = code!("Category", "1", "SIS-kaart", "Carte SIS", "SIS-Karte");
        Some(vec![category, Node::text("CardNumber", subject.dice.digits(10))])
    }),
    kind("EmploymentCards", "EmploymentCard", "197", |subject| {
        Some(vec![
            Node::text("CardNumber", subject.dice.digits(8)),
            Node::Day("ExpiryDate", EXPIRY),
        ])
    }),
    kind("WorkPermits", "WorkPermit", "198", |subject| {
        Some(vec![
            Node::text("PermitNumber", subject.dice.digits(9)),
            Node::Day("ExpiryDate", EXPIRY),
        ])
    }),
    kind(
        "PublicSecurityNumbers",
        "PublicSecurityNumber",
        "200",
        |subject| Some(vec![Node::text("PublicSecurityNumber", subject.dice.digits(7))]),
    ),
    kind("SpecialInfos", "SpecialInfo", "202", |subject| {
        let mut limosa = vec![code!("Reason1", "1", "Detachering", "Détachement", "Entsendung")];
        limosa.extend(subject.relative().map(Node::Number));
        Some(vec![
            Node::text("Graphic1", "Dossier en attente"),
            Node::Group("Limosa", limosa),
        ])
    }),
    kind("LocalRegisters", "LocalRegister", "240", |subject| {
        let folio = Node::text("NumberFolio", subject.dice.digits(3));
        Some(vec![Node::text("NumberRegister", subject.dice.digits(4)), folio])
    }),
];
