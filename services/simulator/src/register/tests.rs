use std::collections::BTreeSet;

use super::*;
use crate::population::{Role, Ssin};

const NO_SCALE: Scale = Scale { rows: 0, bytes: 0 };

/// Every container of the schema, xm25 version 25.2019.1.0.
const CONTAINERS: [&str; 88] = [
    "AcknowledgedWarTitles",
    "AddressChangeDeclaration",
    "AddressChangeIntention",
    "AddressDeclarationAbroad",
    "AddressReferences",
    "AddressesToVerify",
    "Aliases",
    "AscertainedLegalMainAddresses",
    "BelgianVotersAbroad",
    "BirthPlace",
    "BirthPlacesToVerify",
    "BurialModes",
    "ChoosenResidences",
    "CivilStates",
    "CivilStatesToVerify",
    "ContactsData",
    "ConvenienceLegalCohabitations",
    "ConvenienceMarriages",
    "CountriesOfOrigin",
    "CreationDate",
    "Deceases",
    "DeceasesToVerify",
    "DeclaredBirthDate",
    "DescendentFiliations",
    "Disappearences",
    "DocumentTypes",
    "DrivingLicenses",
    "DrivingLicensesOldModel",
    "EECVoters",
    "EIDCertificates",
    "Elections",
    "EmploymentCards",
    "FamilyMembers",
    "FileOwner",
    "FileReference",
    "FileReferences",
    "Filiations",
    "Funeral",
    "GendersToVerify",
    "Guardians",
    "HawkersCards",
    "HeadOfFamily",
    "IdentityCards",
    "LastUpdateDate",
    "LegalCohabitations",
    "LegalMainAddresses",
    "LegalResidences",
    "LocalRegisters",
    "ManagersInfo",
    "MarriageContracts",
    "MilitaryServices",
    "MultipleNationalities",
    "NameModifications",
    "Names",
    "NamesToVerify",
    "NationalNumber",
    "Nationalities",
    "NationalitiesToVerify",
    "NewGender",
    "NobilityTitles",
    "NotCommunicable",
    "Occupations",
    "OrganDonations",
    "OrganizationsInCharge",
    "ParentalAuthorities",
    "PartnerBirthPlaces",
    "Passports",
    "PostalAddressAbroad",
    "PseudoNationalNumbers",
    "Pseudonyms",
    "PublicSecurityNumbers",
    "ReferencedFiles",
    "RefugeeTypes",
    "RegistrationRegisters",
    "ResidenceAbroad",
    "ResidenceUpdateDates",
    "RetirementCertificates",
    "ReturnPermissions",
    "SharedHostings",
    "SocialSecurityCards",
    "SpecialInfos",
    "SpecialRetirementCertificates",
    "StatedAddresses",
    "StatusOfRefugee",
    "TemporaryAbsences",
    "TemporaryRegistrations",
    "TemporaryStudyPresences",
    "WorkPermits",
];

fn population() -> Population {
    Population::generate(1, 1000)
}

/// The numbers that a node names, however deep.
fn numbers(nodes: &[Node<'_>], into: &mut Vec<Ssin>) {
    for node in nodes {
        match node {
            Node::Number(person) => into.push(person.ssin),
            Node::Group(_, nodes) => numbers(nodes, into),
            Node::Text(..) | Node::Coded(..) | Node::Day(..) | Node::Name { .. } => {}
        }
    }
}

/// Whom the items of one type name.
fn named(items: &[Item<'_>], it: &str) -> Vec<Ssin> {
    let mut found = Vec::new();
    items
        .iter()
        .filter(|item| item.it == it)
        .for_each(|item| numbers(&item.body, &mut found));
    found
}

#[test]
fn a_thousand_files_use_every_container_of_the_schema() {
    let population = population();
    let used: BTreeSet<&str> = population
        .people()
        .iter()
        .flat_map(|person| file(&population, person, NO_SCALE))
        .map(|item| item.container)
        .collect();
    let known = BTreeSet::from(CONTAINERS);
    assert_eq!(
        known.difference(&used).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "not used"
    );
    assert_eq!(
        used.difference(&known).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "not in the schema"
    );
}

#[test]
fn a_container_stands_only_once_in_a_file() {
    let population = population();
    for person in population.people() {
        let mut items = file(&population, person, NO_SCALE);
        items.dedup_by_key(|item| item.container);
        let distinct: BTreeSet<&str> = items.iter().map(|item| item.container).collect();
        assert_eq!(items.len(), distinct.len());
    }
}

#[test]
fn relatives_name_each_other() {
    let population = population();
    let file_of = |person: &Person| {
        let same = population
            .people()
            .iter()
            .find(|other| other.ssin == person.ssin)
            .expect("is there");
        file(&population, same, NO_SCALE)
    };
    let mut couples = 0;
    for person in population.people() {
        let own = file(&population, person, NO_SCALE);
        for other in population.members(person) {
            let theirs = file_of(other);
            let mutual = |here: &str, there: &str| {
                let here = named(&own, here).contains(&other.ssin);
                let there = named(&theirs, there).contains(&person.ssin);
                assert_eq!(here, there, "one side only");
                here
            };
            couples += usize::from(mutual("120", "120"));
            mutual("123", "123");
            let is_parent = mutual("114", "110");
            assert_eq!(is_parent, person.role != Role::Child && other.role == Role::Child);
            let is_head_of = mutual("140", "141");
            assert_eq!(is_head_of, person.role == Role::Head && other.role != Role::Head);
        }
    }
    assert!(couples > 100, "too few couples to mean anything: {couples}");
}

#[test]
fn without_history_only_what_is_valid_today_is_written() {
    let population = population();
    for person in &population.people()[..100] {
        let (mut today, mut always) = (String::new(), String::new());
        write(&population, person, (Language::Fr, false), NO_SCALE, &mut today);
        write(&population, person, (Language::Fr, true), NO_SCALE, &mut always);
        assert!(!today.contains("<r:DelDate>"));
        assert!(always.contains("<r:DelDate>"));
    }
}

#[test]
fn labels_come_in_the_language_asked_for() {
    let population = population();
    let person = &population.people()[0];
    for (language, label) in [
        (Language::Nl, "Werkelijk verblijf"),
        (Language::Fr, "Résidence effective"),
        (Language::De, "Tatsächlicher Wohnort"),
    ] {
        let mut out = String::new();
        write(&population, person, (language, true), NO_SCALE, &mut out);
        assert!(out.contains(&format!("<r:Label>{label}</r:Label>")), "{label}");
    }
}

#[test]
fn replies_grow_to_the_rows_and_bytes_asked_for() {
    let population = population();
    let scale = Scale {
        rows: 44,
        bytes: 24_000,
    };
    for person in &population.people()[..100] {
        // One row is left for the remark, which is not needed where the rows are long enough by themselves.
        let rows = file(&population, person, scale).len();
        let mut out = String::new();
        write(&population, person, (Language::Nl, true), scale, &mut out);
        assert_eq!(rows, 43);
        assert!((23_900..27_000).contains(&out.len()), "{} bytes", out.len());
        assert!(out.matches("<r:LegalResidences ").count() <= 1);
    }
}

#[test]
fn nothing_begins_before_birth_or_ends_after_2099() {
    let population = population();
    for person in population.people() {
        for item in file(&population, person, Scale { rows: 44, bytes: 0 }) {
            let births = matches!(item.it, "110" | "100" | "114");
            assert!(
                births || item.since.is_none_or(|since| since >= person.born),
                "IT{}",
                item.it
            );
            assert!(
                item.until
                    .is_none_or(|until| until.year <= 2099 && Some(until) > item.since),
                "IT{}",
                item.it
            );
        }
    }
}
