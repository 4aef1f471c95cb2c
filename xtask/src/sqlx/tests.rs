use super::{Files, differences, read, write};

fn files(entries: &[(&str, &str)]) -> Files {
    entries
        .iter()
        .map(|(name, content)| ((*name).into(), content.as_bytes().to_vec()))
        .collect()
}

#[test]
fn every_kind_of_difference_is_told() {
    let wanted = files(&[("same", "1"), ("new", "2"), ("other", "3")]);
    let found = files(&[("same", "1"), ("other", "x"), ("gone", "4")]);
    assert_eq!(
        differences(&wanted, &found),
        ["missing: new", "changed: other", "stale: gone"]
    );
    assert!(differences(&wanted, &wanted).is_empty());
}

#[test]
fn writing_leaves_exactly_what_is_wanted() {
    let directory = tempfile::tempdir().expect("creates");
    let path = directory.path().join("new");
    let first = files(&[("a", "1"), ("b", "2")]);
    write(&path, &first, &read(&path).expect("nothing yet")).expect("writes");
    let second = files(&[("b", "3"), ("c", "4")]);
    write(&path, &second, &read(&path).expect("reads")).expect("writes");
    assert_eq!(read(&path).expect("reads"), second);
}
