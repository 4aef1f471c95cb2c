//! The waiting register: who asked for asylum, and what became of it.

use super::{Kind, code, kind};
use crate::population::Dice;
use crate::register::codes::COUNTRIES;
use crate::register::documents::some_place;
use crate::register::{Day, Node};

const DECIDED: Day = Day::new(2097, 3, 18);

/// How many kinds of step the schema knows.
const STEPS: u64 = 15;

/// One step of a procedure.
fn step<'a>(dice: &mut Dice) -> Node<'a> {
    let reference = Node::text("Reference", dice.digits(7));
    let open = || code!("OpenClose", "1", "Open", "Ouvert", "Offen");
    match dice.between(1, STEPS) {
        1 => {
            let origin = code!("Origine", "1", "DVZ", "OE", "Ausländeramt");
            let appeal = code!("Appeal", "2", "Beroep", "Recours", "Einspruch");
            Node::Group(
                "Procedure",
                vec![origin, reference, appeal, Node::Day("Date", DECIDED)],
            )
        }
        2 => {
            let status = code!("Status", "5", "Afgevoerd", "Radié", "Gestrichen");
            Node::Group("StrikingOut", vec![reference, status, open()])
        }
        3 => Node::Group("DecisionCancelled", vec![Node::Day("Date", DECIDED), reference]),
        4 => {
            let code = vec![
                Node::text("Code", "1"),
                Node::text("Label", "Subsidiair"),
                reference,
            ];
            Node::Group("Protection", code)
        }
        5 => Node::Group("DelayLeaveGranted", vec![Node::Day("Date", DECIDED)]),
        6 => Node::Group("Escape", Vec::new()),
        7 => Node::Group("UnrestrictedStay", Vec::new()),
        8 => Node::Group("ApplicationRenounced", Vec::new()),
        9 => code!("TerritoryLeft", "1", "Vrijwillig", "Volontaire", "Freiwillig"),
        10 => Node::Group("AdviceFromCGVS", vec![Node::text("Code", "2"), reference]),
        11 => {
            let decision = vec![
                Node::text("Code", "30"),
                reference,
                open(),
                Node::text("Term", "30"),
            ];
            Node::Group("Decision", decision)
        }
        12 => Node::Group(
            "ApplicationFiled",
            vec![Node::text("Code", "1"), some_place("Place", dice)],
        ),
        13 => Node::Group("NotificationByDVZ", vec![reference]),
        14 => Node::Group("NotificationByOrg", vec![some_place("Place", dice), reference]),
        _ => Node::Group("AppealLodged", vec![reference]),
    }
}

pub(super) const KINDS: &[Kind] = &[
    kind("RefugeeTypes", "RefugeeType", "205", |_| {
        Some(vec![
            Node::text("Code", "01"),
            Node::text("Label", "Kandidaat-vluchteling"),
        ])
    }),
    kind("StatusOfRefugee", "StatusOfRefugee", "206", |subject| {
        let organization = code!("Organization", "3", "CGVS", "CGRA", "GKFS");
        let general = vec![
            Node::text("Code", "7"),
            Node::text("Label", "Dossier"),
            organization,
        ];
        let step = step(&mut subject.dice);
        Some(if subject.dice.chance(50) {
            vec![Node::Group("GeneralInfo", general), step]
        } else {
            vec![step]
        })
    }),
    kind(
        "OrganizationsInCharge",
        "OrganizationInCharge",
        "207",
        |subject| {
            Some(vec![if subject.dice.chance(50) {
                let initiative = code!("Initiative", "1", "LOI", "ILA", "LAI");
                Node::Group(
                    "SocialWelfare",
                    vec![some_place("Place", &mut subject.dice), initiative],
                )
            } else {
                code!(
                    "RefugeeCentre",
                    "014",
                    "Opvangcentrum",
                    "Centre d'accueil",
                    "Aufnahmezentrum"
                )
            }])
        },
    ),
    kind("DocumentTypes", "DocumentType", "211", |_| {
        Some(vec![code!(
            "TypeOfDocument",
            "02",
            "Nationaal paspoort",
            "Passeport national",
            "Nationalpass"
        )])
    }),
    kind("Aliases", "Alias", "213", |subject| {
        let name = Node::Name {
            last: "Nemo",
            first: std::borrow::Cow::Borrowed(&["Ödön", "Zsófia"]),
            used: false,
        };
        Some(vec![
            Node::text("Type", "1"),
            Node::Day("BirthDate", Day::new(2080, 0, 0)),
            Node::Coded("Nationality", subject.dice.pick(&COUNTRIES[1..])),
            name,
            Node::text("BirthPlace", "Õismäe"),
        ])
    }),
];
