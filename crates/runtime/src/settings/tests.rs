use std::fs;

use serde::Deserialize;
use serde::de::IgnoredAny;
use tempfile::TempDir;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    database: DatabaseSettings,
    #[serde(default)]
    http: HttpSettings,
    #[serde(default)]
    log: LogSettings,
    #[serde(default, rename = "worker")]
    _worker: IgnoredAny,
}

const GOOD: &str = "[database]\nurl = 'postgres://u:p@h/d'\nmax_connections = 5\n[worker]\npermits = 3\n";

fn load_text(text: &str, variables: &[(&str, &str)]) -> Result<Sample, SettingsError> {
    let folder = TempDir::new().expect("a folder");
    load_in(&folder, text, variables)
}

fn load_in(folder: &TempDir, text: &str, variables: &[(&str, &str)]) -> Result<Sample, SettingsError> {
    let path = folder.path().join("relay.toml");
    fs::write(&path, text).expect("a file");
    load_with(
        &path,
        variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
    )
}

fn refusal(text: &str, variables: &[(&str, &str)]) -> String {
    load_text(text, variables)
        .expect_err("must be refused")
        .to_string()
}

#[test]
fn a_file_with_defaults_and_another_services_section_is_read() {
    let sample = load_text(GOOD, &[]).expect("good");
    assert_eq!(sample.database.url.expose(), "postgres://u:p@h/d");
    assert_eq!(sample.database.max_connections, 5);
    assert_eq!(sample.database.statement_timeout_ms, 30_000);
    assert_eq!(sample.http.listen.to_string(), "127.0.0.1:0");
    assert_eq!(sample.log.format, LogFormat::Json);
}

#[test]
fn a_misspelt_key_is_refused_with_file_and_path() {
    let text = refusal("[database]\nurl = 'x'\nmax_conections = 5\n", &[]);
    assert!(text.contains("relay.toml"), "{text}");
    assert!(
        text.contains("`max_conections`") && text.contains("`database`"),
        "{text}"
    );
    let text = refusal(&format!("{GOOD}[databse]\n"), &[]);
    assert!(text.contains("`databse`"), "{text}");
}

#[test]
fn a_missing_key_is_named_with_its_path() {
    let text = refusal("[database]\nmax_connections = 5\n", &[]);
    assert!(text.contains("database.url"), "{text}");
}

#[test]
fn a_wrong_type_is_named_with_its_path() {
    let text = refusal("[database]\nurl = 'x'\nmax_connections = 'many'\n", &[]);
    assert!(text.contains("database.max_connections"), "{text}");
}

#[test]
fn a_missing_file_is_named() {
    let folder = TempDir::new().expect("a folder");
    let error = load_file::<Sample>(&folder.path().join("absent.toml")).expect_err("absent");
    assert!(matches!(error, SettingsError::Unreadable { .. }));
    assert!(error.to_string().contains("absent.toml"), "{error}");
}

#[test]
fn a_syntax_error_gives_the_place_and_quotes_nothing() {
    let text = refusal("[database]\nurl = 'hunter2\n", &[]);
    assert!(text.contains("line 2"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_variable_overrides_the_file_and_takes_the_type_of_its_field() {
    let variables = [
        ("CBSS_RELAY__DATABASE__MAX_CONNECTIONS", "7"),
        ("CBSS_RELAY__HTTP__LISTEN", "127.0.0.1:9001"),
        ("CBSS_RELAY__DATABASE__URL", "0123"),
        ("UNRELATED__DATABASE__URL", "no"),
    ];
    let sample = load_text(GOOD, &variables).expect("good");
    assert_eq!(sample.database.max_connections, 7);
    assert_eq!(sample.http.listen.port(), 9001);
    assert_eq!(
        sample.database.url.expose(),
        "0123",
        "a value of digits stays text"
    );
}

#[test]
fn a_misspelt_variable_is_refused_and_named() {
    let text = refusal(GOOD, &[("CBSS_RELAY__DATABASE__ULR", "x")]);
    assert!(
        text.contains("CBSS_RELAY__DATABASE__ULR") && text.contains("`ulr`"),
        "{text}"
    );
}

#[test]
fn a_log_filter_that_does_not_parse_is_refused() {
    let text = refusal(&format!("{GOOD}[log]\nlevel = 'relay=loud'\n"), &[]);
    assert!(
        text.contains("relay=loud") && text.contains("log.level"),
        "{text}"
    );
}

#[test]
fn a_secret_comes_from_a_file_beside_the_settings() {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("url"), "postgres://secret\n").expect("a file");
    let sample = load_in(&folder, "[database]\nurl = { file = 'url' }\n", &[]).expect("good");
    assert_eq!(sample.database.url.expose(), "postgres://secret");
}

#[test]
fn a_secret_comes_from_the_environment() {
    // Cargo sets this one for every test run.
    let sample = load_text("[database]\nurl = { env = 'CARGO_PKG_NAME' }\n", &[]).expect("good");
    assert_eq!(sample.database.url.expose(), "relay-runtime");
}

#[test]
fn a_secret_that_cannot_be_resolved_is_a_settings_error() {
    let text = refusal("[database]\nurl = { file = 'absent' }\n", &[]);
    assert!(text.contains("absent") && text.contains("database.url"), "{text}");
    let text = refusal("[database]\nurl = { env = 'CBSS_RELAY_NO_SUCH_VARIABLE' }\n", &[]);
    assert!(text.contains("CBSS_RELAY_NO_SUCH_VARIABLE"), "{text}");
    let text = refusal("[database]\nurl = { path = 'x' }\n", &[]);
    assert!(text.contains("`path`"), "{text}");
    let text = refusal("[database]\nurl = 4711\n", &[]);
    assert!(!text.contains("4711") && text.contains("a secret is"), "{text}");
}

#[test]
fn a_secret_is_not_in_debug_output() {
    let sample = load_text(GOOD, &[]).expect("good");
    assert!(!format!("{sample:?}").contains("postgres://"));
}
