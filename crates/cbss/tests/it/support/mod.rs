//! What several tests share.

pub(crate) mod dom;
pub(crate) mod random;
pub(crate) mod sample;
pub(crate) mod schema;
pub(crate) mod server;
pub(crate) mod xsd;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use relay_cbss::client::{ClientSettings, Timeouts, TlsMaterial};
use relay_cbss::{CallContext, ClassicContext, PreparedCall, Reply, tx25};
use relay_domain::identify_person::{
    self, ByNumber, Gender, IdentifyPerson, PhoneticCriteria, Search, Verification,
};
use relay_domain::manage_access::{AccessAction, PersonData, Proof};
use relay_domain::{IncompleteDate, Language, ManageAccess, RetrieveTiGroups, Ssin, SsinCheck};
use time::macros::datetime;

/// A number with a valid checksum that belongs to nobody: born in 2080.
pub(crate) const SSIN: &str = "80010100136";

/// Every value that a reply keeps, of rows and then of messages.
pub(crate) fn values(reply: &Reply) -> Vec<&str> {
    let of_rows = reply.rows.iter().flat_map(|row| &row.fields);
    let of_messages = reply.messages.iter().flat_map(|message| &message.fields);
    of_rows
        .chain(of_messages)
        .map(|field| field.value.as_str())
        .collect()
}

/// The folder with the official schemas and samples, or a line that says that `test` was skipped.
pub(crate) fn reference_dir(test: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cbss");
    let folder = std::env::var_os("CBSS_REFERENCE_DIR").map_or_else(beside, PathBuf::from);
    if folder.join("xsd").is_dir() {
        return Some(folder);
    }
    // Straight to the file descriptor: the test harness would swallow a print.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED {test}: no schemas and samples of the CBSS in {} (CBSS_REFERENCE_DIR)",
        folder.display()
    );
    None
}

/// A request.
pub(crate) fn request(language: Language, history: bool) -> RetrieveTiGroups {
    RetrieveTiGroups {
        ssin: Ssin::parse(SSIN, SsinCheck::Warn).unwrap(),
        language,
        history,
    }
}

/// Its caller.
pub(crate) fn context() -> CallContext<'static> {
    CallContext {
        cbe_number: "0200000000",
        legal_context: "PCSA:SOCIAL_INQUIRY",
        ticket: "0195b5ac-7b1e-7000-8000-00805f9b34fb",
        sent_at: datetime!(2026-11-23 17:05:09.123456 +1),
    }
}

/// A request that is ready to be sent.
pub(crate) fn prepared_call() -> PreparedCall {
    tx25::build(&request(Language::De, false), &context()).unwrap()
}

/// A request to ManageAccess that is proved by name and birth date.
pub(crate) fn access(action: AccessAction) -> ManageAccess {
    ManageAccess {
        ssin: Ssin::parse(SSIN, SsinCheck::Warn).unwrap(),
        action,
        purpose: Some(1),
        start_date: IncompleteDate::new(2081, 2, 3),
        end_date: Some(IncompleteDate::new(2081, 4, 5)),
        sector: None,
        query_register: None,
        proof: Proof {
            person_data: Some(PersonData {
                last_name: "Muster".to_owned(),
                first_name: Some("Anna".to_owned()),
                birth_date: IncompleteDate::new(2080, 1, 1),
            }),
            ..Proof::default()
        },
        language: Language::De,
    }
}

/// A request to IdentifyPerson for the person of a number, with everything to verify that there is.
pub(crate) fn by_number() -> IdentifyPerson {
    IdentifyPerson {
        search: Search::Number(ByNumber {
            ssin: Ssin::parse(SSIN, SsinCheck::Warn).unwrap(),
            verification: Some(Verification {
                sis_card_number: Some("1234567890".to_owned()),
                identity_card_number: Some("123456789012".to_owned()),
                person_data: Some(identify_person::PersonData {
                    last_name: "Muster".to_owned(),
                    first_name: Some("Anna".to_owned()),
                    middle_name: Some("Berta".to_owned()),
                    birth_date: IncompleteDate::new(2080, 1, 0),
                }),
            }),
        }),
        language: Language::De,
    }
}

/// Criteria with everything that they may have.
pub(crate) fn criteria() -> PhoneticCriteria {
    PhoneticCriteria {
        last_name: "Muster".to_owned(),
        first_name: Some("Anna".to_owned()),
        middle_name: Some("Berta".to_owned()),
        birth_date: IncompleteDate::new(2080, 1, 0),
        gender: Some(Gender::Female),
        tolerance: Some(3),
        maximum: Some(80),
    }
}

/// A request to IdentifyPerson for everybody whom criteria fit.
pub(crate) fn by_name(criteria: PhoneticCriteria) -> IdentifyPerson {
    IdentifyPerson {
        search: Search::Phonetic(criteria),
        language: Language::De,
    }
}

/// Its caller.
pub(crate) fn classic_context() -> ClassicContext<'static> {
    ClassicContext {
        cbe_number: "0200000000",
        sector: 17,
        subsector: 1,
        user_id: "80020200113",
        email: "relay@centre.example",
        reference: "0195b5ac-7b1e-7000-8000-00805f9b34fb",
        sent_at: datetime!(2026-11-23 17:05:09.123456 +1),
    }
}

/// Runs xmllint, if it is there.
pub(crate) fn xmllint_is_there(test: &str) -> bool {
    let there = Command::new("xmllint").arg("--version").output().is_ok();
    if !there {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED {test}: xmllint is not installed (Debian: libxml2-utils)"
        );
    }
    there
}

/// Has xmllint judge a document.
pub(crate) fn assert_xmllint(schema: &Path, file: &Path, document: &str, valid: bool) {
    std::fs::write(file, document).unwrap();
    let output = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(schema)
        .arg(file)
        .output()
        .unwrap();
    assert_eq!(
        output.status.success(),
        valid,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A client's settings with time to spare: tests of time-outs set their own.
pub(crate) fn settings() -> ClientSettings {
    ClientSettings {
        timeouts: Timeouts {
            connect: Duration::from_secs(20),
            total: Duration::from_secs(40),
        },
        max_response_bytes: 64 * 1024,
        pool_idle_timeout: Duration::from_secs(60),
        tls: TlsMaterial::default(),
    }
}

/// A classic reply: the document as the connector's string, escaped.
pub(crate) fn in_string(document: &str) -> String {
    let escaped = document
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    connector_reply(&escaped)
}

/// The same with CDATA.
pub(crate) fn in_cdata(document: &str) -> String {
    connector_reply(&format!(
        "\n<![CDATA[{}]]>",
        document.replace("]]>", "]]]]><![CDATA[>")
    ))
}

/// An answer of the connector with that content.
pub(crate) fn connector_reply(content: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header/><s:Body><w:xmlString \
         xmlns:w=\"http://ksz-bcss.fgov.be/connectors/WebServiceConnector\">{content}</w:xmlString></s:Body></s:Envelope>"
    )
}
