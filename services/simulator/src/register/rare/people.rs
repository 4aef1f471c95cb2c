//! Names, sex, guardians, unions, deaths.

use std::borrow::Cow;

use super::{Kind, code, kind};
use crate::population::Person;
use crate::register::codes::{COUNTRIES, MUNICIPALITIES};
use crate::register::documents::some_place;
use crate::register::family::known;
use crate::register::{Day, Node};

fn name<'a>(last: &'static str, first: &'static [&'static str]) -> Node<'a> {
    Node::Name {
        last,
        first: Cow::Borrowed(first),
        used: false,
    }
}

/// A union that was found to be a sham, with somebody else of the household.
fn sham<'a>(decision: Node<'a>, partner: Option<&'a Person>) -> Option<Vec<Node<'a>>> {
    let place = Node::Coded("Place", &MUNICIPALITIES[4].place);
    Some(vec![
        decision,
        place,
        known("Partner", partner?),
        Node::Day("NotificationDate", Day::new(2098, 2, 3)),
    ])
}

pub(super) const KINDS: &[Kind] = &[
    kind("NewGender", "", "004", |subject| {
        Some(vec![
            Node::text("Sex", subject.person.sex.digit()),
            Node::text("Graphic", "Akte 0042/2096"),
        ])
    }),
    kind("Pseudonyms", "Pseudonym", "011", |_| {
        Some(vec![name("Nachtegaal", &["Étoile"])])
    }),
    kind("NobilityTitles", "NobilityTitle", "012", |_| {
        Some(vec![code!("NobilityTitle", "05", "Jonkheer", "Écuyer", "Junker")])
    }),
    kind("NameModifications", "NameModification", "013", |_| {
        let modification = code!(
            "ModificationType",
            "02",
            "Naamsverandering",
            "Changement de nom",
            "Namensänderung"
        );
        Some(vec![modification, Node::text("Graphic", "K.B. 14/03/2096")])
    }),
    kind("MarriageContracts", "MarriageContract", "122", |subject| {
        let contract = code!(
            "TypeOfContract",
            "03",
            "Scheiding van goederen",
            "Séparation de biens",
            "Gütertrennung"
        );
        Some(vec![
            contract,
            some_place("Place", &mut subject.dice),
            Node::text("Graphic", "Not. Zomerlinde"),
        ])
    }),
    kind("PartnerBirthPlaces", "PartnerBirthPlace", "121", |subject| {
        let place = if subject.dice.chance(50) {
            some_place("Place", &mut subject.dice)
        } else {
            Node::Coded("Country", subject.dice.pick(&COUNTRIES[1..]))
        };
        Some(vec![place, Node::text("Graphic", "Kuressaare")])
    }),
    kind("ConvenienceMarriages", "ConvenienceMarriage", "124", |subject| {
        let decision = code!("Decision", "1", "Nietigverklaring", "Annulation", "Nichtigkeit");
        sham(decision, subject.relative())
    }),
    kind(
        "ConvenienceLegalCohabitations",
        "ConvenienceLegalCohabitation",
        "125",
        |subject| {
            let decision = code!("Decision", "2", "Weigering", "Refus", "Verweigerung");
            sham(decision, subject.relative())
        },
    ),
    kind("ParentalAuthorities", "ParentalAuthority", "111", |_| {
        let situation = code!(
            "Situation",
            "21",
            "Onder bewindvoering",
            "Sous administration",
            "Unter Betreuung"
        );
        let justification = code!("Justification", "3", "Vonnis", "Jugement", "Urteil");
        Some(vec![
            situation,
            justification,
            Node::text("Graphic", "Vredegerecht Coupure"),
        ])
    }),
    kind("Guardians", "Guardian", "113", |subject| {
        let status = code!("Status", "11", "Bewindvoerder", "Administrateur", "Betreuer");
        let justification = code!("Justification", "3", "Vonnis", "Jugement", "Urteil");
        let guardian = subject
            .relative()
            .map_or_else(|| Node::text("Graphic1", "Mtr. Zomerlinde"), Node::Number);
        Some(vec![
            status,
            justification,
            guardian,
            Node::text("Graphic2", "Goederen en persoon"),
        ])
    }),
    kind("SharedHostings", "SharedHosting", "021", |subject| {
        let role = code!("Role", "1", "Gastgezin", "Hébergeant", "Gastgeber");
        let host = subject.relative()?;
        Some(vec![
            role,
            Node::Number(host),
            name("Sommerlinde", &["Käthe", "Anna"]),
        ])
    }),
    kind("FileReferences", "FileReference", "002", |subject| {
        let justification = code!(
            "Justification",
            "4",
            "Zelfde persoon",
            "Même personne",
            "Dieselbe Person"
        );
        Some(vec![Node::Number(subject.relative()?), justification])
    }),
    kind("FileReference", "", "002", |subject| {
        Some(vec![Node::Number(subject.relative()?)])
    }),
    kind("ReferencedFiles", "ReferencedFile", "250", |subject| {
        Some(vec![Node::Number(subject.relative()?)])
    }),
    kind(
        "PseudoNationalNumbers",
        "PseudoNationalNumber",
        "208",
        |subject| Some(vec![Node::text("PseudoNationalNumber", subject.dice.digits(11))]),
    ),
    kind("DeclaredBirthDate", "", "101", |subject| {
        let certificate = code!(
            "Certificate",
            "2",
            "Akte van bekendheid",
            "Acte de notoriété",
            "Notorietätsakte"
        );
        let day = Day {
            day: 0,
            ..subject.person.born
        };
        Some(vec![Node::Day("DeclaredBirthDate", day), certificate])
    }),
    kind("Deceases", "Decease", "150", |subject| {
        if subject.dice.chance(60) {
            let place = Node::Group("Place2", vec![Node::Coded("Country", &COUNTRIES[1])]);
            let origin = code!("Origin", "1", "Gemeente", "Commune", "Gemeinde");
            return Some(vec![Node::Group(
                "Decease",
                vec![Node::text("ActNumber", "00417"), place, origin],
            )]);
        }
        let transcription = vec![
            Node::Day("Date", Day::new(2098, 0, 0)),
            some_place("Place", &mut subject.dice),
        ];
        let decision = vec![
            code!(
                "Type",
                "2",
                "Rechterlijke verklaring",
                "Déclaration judiciaire",
                "Gerichtliche Erklärung"
            ),
            Node::Group("Transcription", transcription),
        ];
        Some(vec![Node::Group("Decision", decision)])
    }),
    kind("Disappearences", "Disappearence", "151", |_| {
        let decision = code!(
            "Decision",
            "1",
            "Afwezig verklaard",
            "Déclaré absent",
            "Für abwesend erklärt"
        );
        Some(vec![decision, Node::text("Graphic", "Noordzee")])
    }),
    kind("BurialModes", "BurialMode", "152", |subject| {
        let burial = code!("TypeOfBurial", "3", "Crematie", "Crémation", "Einäscherung");
        let representative = subject
            .relative()
            .map_or_else(|| Node::text("Graphic", "Geen"), Node::Number);
        Some(vec![
            burial,
            Node::Group("LegalRepresentative", vec![representative]),
        ])
    }),
    kind("Funeral", "Funeral", "153", |subject| {
        let contract = vec![
            code!("Situation", "1", "Gesloten", "Conclu", "Abgeschlossen"),
            Node::Day("Date", Day::new(2096, 1, 9)),
            Node::text("Number", subject.dice.digits(6)),
        ];
        Some(vec![
            code!("TypeOfFuneral", "1", "Begraving", "Inhumation", "Beerdigung"),
            code!("Rite", "0", "Neutraal", "Neutre", "Neutral"),
            some_place("Place", &mut subject.dice),
            Node::Day("DocumentDate", Day::new(2096, 1, 10)),
            Node::Group("Contract", contract),
            some_place("Place2", &mut subject.dice),
        ])
    }),
    kind("MultipleNationalities", "MultipleNationality", "032", |subject| {
        Some(vec![
            Node::Coded("Nationality", subject.dice.pick(&COUNTRIES)),
            Node::text("Graphic", "Dubbel"),
        ])
    }),
];
