//! Whatever is in a record is in its rows: random records, by the official schemas where they are at hand,
//! and by no schema at all everywhere.

use proptest::prelude::*;
use relay_cbss::tx25::{Group, TitleSource};
use relay_cbss::{ParseOptions, Reply, tx25, unknown_parts};
use relay_domain::{Language, Service};

use crate::support::random::Random;
use crate::support::reference_dir;
use crate::support::sample::{Sample, words};
use crate::support::schema::Schema;

/// The schemas of the two generations, with the version of the service that used each.
const SCHEMAS: [(&str, u8); 2] = [
    ("xsd/be/fgov/rrn/ibz/xsd/xm25/xm25.xsd", 2),
    ("xsd/20190612/rn25_Release201411.xsd", 1),
];

/// Reads the sample, and holds it against the list of all that is in it.
fn assert_everything_is_there(sample: &Sample, version: u8, seed: u64) -> Reply {
    let language = Language::ALL[(seed % 4) as usize];
    let reply = tx25::parse(
        sample.reply(version).as_bytes(),
        None,
        &ParseOptions::new(language),
    )
    .unwrap();
    let found: Vec<&str> = reply
        .rows
        .iter()
        .flat_map(|row| &row.fields)
        .map(|field| field.value.as_str())
        .collect();
    let found: Vec<&str> = found.into_iter().filter(|value| !value.is_empty()).collect();
    let same = found
        .iter()
        .zip(&sample.values)
        .take_while(|(found, value)| *found == value)
        .count();
    assert_eq!(
        (found.get(same), found.len()),
        (
            sample.values.get(same).map(String::as_str).as_ref(),
            sample.values.len()
        ),
        "every value, in document order"
    );
    let kinds = reply
        .rows
        .iter()
        .map(|row| (row.group.clone(), row.information_type.clone()));
    assert_eq!(kinds.collect::<Vec<_>>(), sample.rows);
    for row in &reply.rows {
        assert!(!row.title.is_empty(), "{}", row.group);
        let mut paths: Vec<&str> = row.fields.iter().map(|field| field.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(
            paths.len(),
            row.fields.len(),
            "paths tell the fields of {} apart",
            row.group
        );
    }
    reply
}

#[test]
fn records_by_the_schemas_lose_nothing() {
    let Some(folder) = reference_dir("records_by_the_schemas_lose_nothing") else {
        return;
    };
    for (file, version) in SCHEMAS {
        let schema = Schema::read(&std::fs::read_to_string(folder.join(file)).unwrap());
        let containers = schema.containers();
        for seed in 0..100 {
            let mut random = Random(seed);
            let mut sample = Sample::default();
            sample.open_record((version == 2 && random.once_in(2)).then_some("de"));
            // xs:all: any order, each at most once; each alone and all together come up as well.
            let start = random.below(containers.len());
            let count = random.below(containers.len()) + 1;
            for container in containers.iter().cycle().skip(start).take(count) {
                schema.write_container(&mut random, &mut sample, container);
            }
            sample.close_record();
            let reply = assert_everything_is_there(&sample, version, seed);
            let [_, records, _, fields] =
                unknown_parts(Service::RetrieveTiGroups, &reply).map(|(_, count)| count);
            assert_eq!((records, fields), (0, 0), "seed {seed}");
            for row in reply
                .rows
                .iter()
                .filter(|row| row.field("Date").is_some_and(|date| !date.is_empty()))
            {
                assert_eq!(row.since.as_deref(), row.field("Date"), "seed {seed}");
            }
        }
    }
}

#[test]
fn the_table_of_groups_is_that_of_the_schema() {
    let Some(folder) = reference_dir("the_table_of_groups_is_that_of_the_schema") else {
        return;
    };
    let schema = Schema::read(&std::fs::read_to_string(folder.join(SCHEMAS[0].0)).unwrap());
    let containers = schema.containers();
    assert_eq!(containers.len(), Group::all().len());
    for container in &containers {
        let group = tx25::group(&container.name).unwrap();
        assert_eq!(group.number, schema.default_number(container), "{}", group.name);
        assert_eq!(group.single, container.item.is_none(), "{}", group.name);
        let (title, annotation) = (group.title(Language::Fr), schema.annotation(container));
        // What is said to come from the schema does.
        if group.title_source(Language::Fr) == TitleSource::Schema {
            // What it adds to be precise is left out.
            assert!(
                bare(annotation).starts_with(&bare(title)),
                "{}: {annotation}",
                group.name
            );
        }
    }
    let from_schema = |language| {
        let of = |group: &&Group| group.title_source(language) == TitleSource::Schema;
        Group::all().iter().filter(of).count()
    };
    assert_eq!((from_schema(Language::Fr), from_schema(Language::Nl)), (80, 0));
}

/// Small letters without accents, and nothing else.
fn bare(text: &str) -> String {
    let small = text.to_lowercase();
    let letters = small.chars().filter(|letter| letter.is_alphabetic());
    letters
        .map(|letter| match letter {
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'à' | 'â' => 'a',
            'ç' => 'c',
            'î' | 'ï' => 'i',
            'ô' => 'o',
            'û' | 'ù' => 'u',
            other => other,
        })
        .collect()
}

proptest! {
    /// Known groups with contents that no schema has, and groups that nobody knows.
    #[test]
    fn records_by_no_schema_lose_nothing(seed in any::<u64>()) {
        let mut random = Random(seed);
        let mut sample = Sample::default();
        sample.open_record(random.once_in(2).then_some("fr"));
        for _ in 0..=random.below(6) {
            sample.space(&mut random);
            let group = &Group::all()[random.below(Group::all().len())];
            let name = if random.once_in(4) { "BrandNewThings" } else { group.name };
            let group = tx25::group(name);
            let container = group.is_some_and(|group| !group.single);
            let number = group.map(|group| group.number.to_owned());
            if container {
                sample.open(&mut random, name, &[("Language", "2".to_owned())]);
            }
            for _ in 0..=if container { random.below(3) } else { 0 } {
                sample.rows.push((name.to_owned(), number.clone()));
                write_anything(&mut random, &mut sample, if container { "Item" } else { name }, 3);
            }
            if container {
                sample.close(name);
            }
        }
        sample.close_record();
        assert_everything_is_there(&sample, 2, seed);
    }
}

/// An element with attributes, text and elements in any arrangement that reads as one item: text comes
/// first, and a date makes the unknown ones items.
fn write_anything(random: &mut Random, sample: &mut Sample, name: &str, depth: usize) {
    let attributes = [
        ("Structure", words(random)),
        ("xsi_type", words(random)),
        ("Status", String::new()),
    ];
    let used = random.below(attributes.len() + 1);
    sample.open(random, name, &attributes[..used]);
    if random.once_in(3) {
        let text = words(random);
        sample.text(random, &text);
    }
    if depth == 3 {
        sample.open(random, "Date", &[]);
        sample.text(random, "some day");
        sample.close("Date");
    }
    for _ in 0..if depth == 0 { 0 } else { random.below(4) } {
        let names = [
            "Code",
            "Label",
            "Name",
            "NationalNumber",
            "Address",
            "Street",
            "Time",
            "FirstName",
            "Century",
            "Novelty",
        ];
        let child = random.pick(&names);
        write_anything(random, sample, child, depth - 1);
    }
    sample.close(name);
}
