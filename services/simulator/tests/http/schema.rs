//! Replies against the official schema, where the reference material and `xmllint` are at hand.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Running, ask, question};
use crate::dialect::Access;
use crate::identify;
use relay_simulator::connector::SERVICE;
use relay_simulator::identifyperson::IDENTIFY_PERSON;
use relay_simulator::manageaccess::MANAGE_ACCESS;

const RESPONSE: &str = "http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2";

/// The folder of schemas, or `None` with a loud line.
pub(crate) fn reference() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cbss");
    let folder = std::env::var_os("CBSS_REFERENCE_DIR").map_or_else(beside, PathBuf::from);
    let schema = folder.join("xsd/be/fgov/kszbcss/types/RetrieveTIGroups/RetrieveTIGroupsV2.xsd");
    let linter = Command::new("xmllint")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    match (schema.exists(), linter) {
        (true, true) => Some(folder),
        (schema, linter) => {
            // Straight to the file descriptor: the test harness would swallow a print.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: replies against the official schema (schema there: {schema}, xmllint there: {linter})"
            );
            None
        }
    }
}

/// A schema of the messages, which the WSDL holds otherwise.
fn wrapper(folder: &Path, into: &Path) -> PathBuf {
    let types = folder
        .join("xsd/be/fgov/kszbcss/types")
        .canonicalize()
        .expect("the folder of schemas");
    let types = types.display();
    let schema = format!(
        r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:c="http://kszbcss.fgov.be/types/common/v3"
  xmlns:t="http://kszbcss.fgov.be/types/RetrieveTIGroups/v2" targetNamespace="{RESPONSE}">
  <xs:import namespace="http://kszbcss.fgov.be/types/RetrieveTIGroups/v2"
    schemaLocation="{types}/RetrieveTIGroups/RetrieveTIGroupsV2.xsd"/>
  <xs:import namespace="http://kszbcss.fgov.be/types/common/v3" schemaLocation="{types}/common/CommonV3.xsd"/>
  <xs:element name="retrieveTIGroupsResponse" type="t:RetrieveTIGroupsResponseType"/>
  <xs:element name="retrieveTIGroupsFault" type="c:CBSSFaultType"/>
</xs:schema>"#
    );
    let path = into.join("messages.xsd");
    std::fs::write(&path, schema).expect("the wrapper can be written");
    path
}

/// What stands between `start` and the end tag of the same name, both included.
fn element<'x>(reply: &'x str, name: &str) -> &'x str {
    let start = reply.find(&format!("<{name}")).expect("the element starts");
    let end_tag = format!("</{name}>");
    let end = reply.find(&end_tag).expect("the element ends") + end_tag.len();
    &reply[start..end]
}

pub(crate) fn lint(schema: &Path, files: &[PathBuf]) {
    let output = Command::new("xmllint")
        .arg("--noout")
        .arg("--schema")
        .arg(schema)
        .args(files)
        .output();
    let output = output.expect("xmllint runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    let failed: String = errors
        .lines()
        .filter(|line| !line.ends_with("validates"))
        .take(10)
        .fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{line}");
            text
        });
    assert!(output.status.success(), "{failed}");
}

#[tokio::test]
async fn replies_of_a_population_fit_the_official_schema() {
    let Some(folder) = reference() else { return };
    let simulator = Running::start(|setup| {
        setup.population = 1500;
        setup.scale.rows = 44;
        setup.scale.bytes = 24_000;
    })
    .await;
    let scratch = tempfile::tempdir().expect("a temporary directory");
    let schema = wrapper(&folder, scratch.path());
    let mut files = Vec::new();
    for (index, ssin) in simulator.ssins("any", 2000).await.into_iter().enumerate() {
        let language = ["nl", "fr", "de"][index % 3];
        let reply = ask(&simulator, &question(&ssin, language, index % 4 != 0)).await;
        assert_eq!(reply.status, 200);
        let path = scratch.path().join(format!("{index}.xml"));
        std::fs::write(&path, element(&reply.text(), "v2:retrieveTIGroupsResponse"))
            .expect("a reply can be written");
        files.push(path);
    }
    lint(&schema, &files);
}

#[tokio::test]
async fn faults_fit_the_official_schema() {
    let Some(folder) = reference() else { return };
    let simulator = Running::start(|_| {}).await;
    let scratch = tempfile::tempdir().expect("a temporary directory");
    let schema = wrapper(&folder, scratch.path());
    simulator.fault(r#"{"action": {"type": "soap_fault"}}"#).await;
    let scripted = ask(&simulator, &question("80010100156", "fr", false)).await;
    let refused = ask(&simulator, "<not-soap/>").await;
    let mut files = Vec::new();
    for (name, reply) in [("scripted", scripted), ("refused", refused)] {
        assert_eq!(reply.status, 500);
        let path = scratch.path().join(name);
        std::fs::write(&path, element(&reply.text(), "f:retrieveTIGroupsFault"))
            .expect("a fault can be written");
        files.push(path);
    }
    lint(&schema, &files);
}

/// A schema of the messages of the older dialect with the services' own parts.
fn ssdn_wrapper(folder: &Path, into: &Path) -> PathBuf {
    let ssdn = folder
        .join("xsd/SSDN")
        .canonicalize()
        .expect("the folder of schemas");
    let ssdn = ssdn.display();
    let schema = format!(
        r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:import namespace="{SERVICE}" schemaLocation="{ssdn}/Service/NamespaceRoot.xsd"/>
  <xs:import namespace="{MANAGE_ACCESS}" schemaLocation="{ssdn}/OCMW_CPAS/ManageAccess/NamespaceRoot.xsd"/>
  <xs:import namespace="{IDENTIFY_PERSON}" schemaLocation="{ssdn}/OCMW_CPAS/IdentifyPerson/NamespaceRoot.xsd"/>
</xs:schema>"#
    );
    let path = into.join("ssdn.xsd");
    std::fs::write(&path, schema).expect("the wrapper can be written");
    path
}

#[tokio::test]
async fn messages_of_manage_access_fit_the_official_schema() {
    let Some(folder) = reference() else { return };
    let scratch = tempfile::tempdir().expect("a temporary directory");
    let schema = ssdn_wrapper(&folder, scratch.path());
    let mut documents = Vec::new();
    for zoned_dates in [false, true] {
        let simulator = Running::start(|setup| setup.style.zoned_dates = zoned_dates).await;
        let ssin = simulator.anybody().await;
        let open = Access {
            end: None,
            ..Access::of(&ssin, "REGISTER")
        };
        let list = Access {
            purpose: None,
            ..Access::of(&ssin, "LIST")
        };
        let unregister = Access::of(&ssin, "UNREGISTER");
        let unknown = Access::of("85073003357", "REGISTER");
        let rejected = Access {
            end: Some("2025-01-01"),
            ..open.clone()
        };
        for access in [&open, &list, &unregister, &list, &unknown, &rejected] {
            documents.push(access.document());
            documents.push(access.ask(&simulator).await.0);
        }
        for value in ["INFORMATION", "WARNING", "ERROR"] {
            let rule = format!(
                r#"{{"match": {{"times": 1}}, "action": {{"type": "status", "value": "{value}", "code": "1", "with_data": true}}}}"#
            );
            simulator.fault(&rule).await;
            documents.push(list.ask(&simulator).await.0);
        }
    }
    lint_all(&schema, scratch.path(), &documents);
}

pub(crate) fn lint_all(schema: &Path, scratch: &Path, documents: &[String]) {
    let files: Vec<PathBuf> = (0..documents.len())
        .map(|index| scratch.join(format!("{index}.xml")))
        .collect();
    for (file, document) in files.iter().zip(documents) {
        std::fs::write(file, document).expect("a document can be written");
    }
    lint(schema, &files);
}

#[tokio::test]
async fn messages_of_identify_person_fit_the_official_schema() {
    let Some(folder) = reference() else { return };
    let scratch = tempfile::tempdir().expect("a temporary directory");
    let schema = ssdn_wrapper(&folder, scratch.path());
    let simulator = Running::start(|setup| setup.population = 1_000).await;
    let mut documents = Vec::new();
    // A card tells everything.
    let card = "<i:VerificationData><i:SISCardNumber>0123456789</i:SISCardNumber></i:VerificationData>";
    for ssin in simulator.ssins("any", 1_100).await {
        let asked = identify::document(&identify::number(&ssin), card);
        documents.push(identify::ask(&simulator, &asked).await.0);
    }
    let [ssin, last_name, born] = identify::somebody(&simulator).await;
    let wide = "<i:Gender>0</i:Gender><i:Tolerance>9999</i:Tolerance><i:Maximum>80</i:Maximum>";
    for (criteria, more) in [
        (identify::number(&ssin), identify::verified("Nobody", &born)),
        (identify::name(&last_name, &born, wide), String::new()),
        (identify::name("Zzyzx", &born, ""), String::new()),
        (identify::name(&last_name, "2080-00-00", ""), String::new()),
        (String::new(), String::new()),
        ("<i:Nonsense/>".to_owned(), String::new()),
    ] {
        let asked = identify::document(&criteria, &more);
        documents.push(identify::ask(&simulator, &asked).await.0);
        if !criteria.contains("Nonsense") {
            documents.push(asked);
        }
    }
    lint_all(&schema, scratch.path(), &documents);
}
