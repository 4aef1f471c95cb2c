use std::collections::HashSet;

use super::*;

#[test]
fn check_digits_follow_the_rule_of_the_two_thousands() {
    // 2_850_730_033 mod 97 = 40, counted by hand.
    assert_eq!(
        Ssin::born_after_2000(Day::new(1985, 7, 30), 0, 33).to_string(),
        "85073003357"
    );
    assert_eq!(
        "85073003357".parse::<Ssin>().map(Ssin::number),
        Ok(85_073_003_357)
    );
    // 850_730_033 mod 97 = 69, and 97 - 69 = 28: a birth before 2000.
    assert!("85073003328".parse::<Ssin>().is_ok());
    for wrong in [
        "85073003358",
        "8507300338",
        "850730033570",
        "8507300338x",
        "８5073003357",
        "",
    ] {
        assert_eq!(wrong.parse::<Ssin>(), Err(NotAnSsin), "{wrong}");
    }
}

#[test]
fn debug_output_holds_no_number() {
    let ssin = Ssin::born_after_2000(Day::new(2085, 7, 30), 0, 33);
    assert_eq!(format!("{ssin:?}"), "Ssin(..)");
}

#[test]
fn equal_seeds_make_equal_people_and_others_do_not() {
    let listing =
        |seed| serde_json::to_string(&Population::generate(seed, 300).list(None, 0, 1000)).expect("JSON");
    assert_eq!(listing(5), listing(5));
    assert_ne!(listing(5), listing(6));
}

#[test]
fn the_population_has_the_size_asked_for() {
    for size in [1, 2, 3, 4, 5, 50, 51, 1000] {
        assert_eq!(Population::generate(3, size).people().len(), size);
    }
}

#[test]
fn every_number_is_valid_unique_and_of_the_2080s() {
    let population = Population::generate(11, 3000);
    let mut seen = HashSet::new();
    for listed in population.list(None, 0, usize::MAX) {
        assert!(listed.ssin.starts_with('8'), "{}", listed.ssin);
        assert_eq!(
            listed.ssin.parse::<Ssin>().map(|ssin| ssin.to_string()),
            Ok(listed.ssin.clone())
        );
        let counter: u32 = listed.ssin[6..9].parse().expect("digits");
        if let Some(sex) = listed.sex {
            assert_eq!(counter % 2 == 1, sex == Sex::Male);
        }
        assert!(seen.insert(listed.ssin), "a number was issued twice");
    }
}

#[test]
fn each_standing_exists_and_is_found_under_its_number() {
    let population = Population::generate(2, 200);
    for kind in [
        Standing::Ordinary,
        Standing::Replaced,
        Standing::Cancelled,
        Standing::NotIntegrated,
        Standing::Deceased,
    ] {
        let listed = population
            .list(Some(kind), 0, 1)
            .pop()
            .expect("somebody of that kind");
        let found = population
            .find(listed.ssin.parse().expect("a valid number"))
            .expect("is found");
        match found {
            Found::Cancelled => assert_eq!(kind, Standing::Cancelled),
            Found::Replaced(person) => {
                assert_eq!(kind, Standing::Replaced);
                assert_eq!(listed.new_ssin, Some(person.ssin.to_string()));
            }
            Found::Person(person) => assert_eq!(kind, person.standing),
        }
    }
    assert!(
        population
            .find("85073003357".parse().expect("a valid number"))
            .is_none()
    );
}

#[test]
fn members_of_a_household_stand_together() {
    let population = Population::generate(4, 500);
    for person in population.people() {
        let members = population.members(person);
        assert!(members.iter().any(|member| member.ssin == person.ssin));
        assert!(members.iter().all(|member| member.household == person.household));
        assert_eq!(
            members.iter().filter(|member| member.role == Role::Head).count(),
            1
        );
        assert_eq!(members[0].role, Role::Head);
    }
}

#[test]
fn a_day_without_counters_left_hands_over_to_the_next() {
    let mut numbers = Numbers::default();
    let day = Day::new(2085, 12, 28);
    let issued: Vec<(Ssin, Day)> = (0..500).map(|_| numbers.issue(day, Sex::Female)).collect();
    assert_eq!(issued[498].1, day);
    assert_eq!(&issued[498].0.to_string()[..9], "851228998");
    assert_eq!(issued[499].1, Day::new(2086, 1, 1));
}
