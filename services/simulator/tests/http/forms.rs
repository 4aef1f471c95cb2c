//! Loi65, HealthCareInsurance and UnemploymentData over a real socket.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{CREDENTIALS, Reply, Running, envelope, post};
use crate::schema::{lint_all, reference};
use relay_simulator::{connector, insurance, loi65, unemployment};

const CUSTOMER: &str = "<informationCustomer><ticket>t</ticket><timestampSent>2026-11-23T10:00:00.123Z</timestampSent>\
    <customerIdentification><cbeNumber>0212344876</cbeNumber></customerIdentification></informationCustomer>";

/// A message of a newer service.
fn newer(service: &str, operation: &str, criteria: &str, legal_context: &str) -> Vec<u8> {
    let (path, namespace) = match service {
        "HealthCareInsuranceService" => (insurance::PATH, insurance::NAMESPACE),
        _ => (unemployment::PATH, unemployment::NAMESPACE),
    };
    let body = envelope(&format!(
        "<n:{operation}Request xmlns:n=\"{namespace}\">{CUSTOMER}<legalContext>{legal_context}</legalContext>{criteria}\
         </n:{operation}Request>"
    ));
    let headers = [
        ("authorization", format!("Basic {CREDENTIALS}")),
        ("content-type", "text/xml; charset=utf-8".to_owned()),
        (
            "soapaction",
            format!("\"http://kszbcss.fgov.be/{service}/{operation}\""),
        ),
    ];
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    post(path, &headers, body.as_bytes())
}

async fn call(simulator: &Running, message: &[u8]) -> Reply {
    simulator.call(message).await.expect("a reply")
}

const DATA: [&str; 10] = [
    "insuringOrganization",
    "reimbursementRight",
    "ct1ct2",
    "payingThirdParty",
    "maximumCharge",
    "medicalHouse",
    "increasedIntervention",
    "statusComplementaryInsurance",
    "globalMedicalFile",
    "sfdfL891",
];

fn criterion(ssin: &str, when: &str, desired: &[&str]) -> String {
    let desired: String = DATA
        .iter()
        .map(|name| format!("<{name}>{}</{name}>", desired.contains(name)))
        .collect();
    format!(
        "<criterion><ssin>{ssin}</ssin><temporalCriteria>{when}</temporalCriteria><desiredData>{desired}</desiredData></criterion>"
    )
}

const TODAY: &str = "<today>true</today>";
const GRANTED: &str = "social inquiry and financial help";

fn insure(operation: &str, criteria: &str, legal_context: &str) -> Vec<u8> {
    newer("HealthCareInsuranceService", operation, criteria, legal_context)
}

fn search(operation: &str, ssin: &str, when: &str) -> Vec<u8> {
    let criteria = format!("<searchCriteria><ssin>{ssin}</ssin>{when}</searchCriteria>");
    newer(
        "UnemploymentDataService",
        operation,
        &criteria,
        "SOCIAL_INVESTIGATION_OF_PCSA",
    )
}

const PERIOD: &str = "<period><beginDate>2081-01-01</beginDate><endDate>2081-03-31</endDate></period>";
const QUARTER: &str = "<quarterCriteria><quarter>2</quarter><year>2081</year></quarterCriteria>";

/// Operations with what they are asked.
const OPERATIONS: [(&str, &str); 7] = [
    ("consultPaidSums", PERIOD),
    ("consultSituation", ""),
    ("consultRights", "<date>2081-02-03</date>"),
    ("consultPayments", ""),
    ("consultActivationPaidSums", QUARTER),
    ("consultScheduledPayment", QUARTER),
    ("consultCareerBreak", PERIOD),
];

#[tokio::test]
async fn what_is_wanted_is_told_and_nothing_else() {
    let simulator = Running::start(|_| {}).await;
    let [ssin] = simulator.ssins("ordinary", 1).await.try_into().expect("one");
    for wanted in DATA {
        let message = insure("consultMAF", &criterion(&ssin, TODAY, &[wanted]), GRANTED);
        let reply = call(&simulator, &message).await;
        let text = reply.text();
        let result = text.split("<result>").nth(1).expect("a result");
        let told: Vec<&str> = DATA
            .into_iter()
            .filter(|name| result.contains(&format!("</{name}>")))
            .collect();
        assert!(told.contains(&wanted), "{result}");
        // The status of the insurance repeats some of the others.
        assert!(told.len() == 1 || wanted == "sfdfL891", "{result}");
        assert_eq!(reply.value("value"), "DATA_FOUND");
    }
    for (kind, code) in [
        ("replaced", "MSG00006"),
        ("cancelled", "MSG00007"),
        ("deceased", "MSG00009"),
        ("not_integrated", "MSG00012"),
    ] {
        let [ssin] = simulator.ssins(kind, 1).await.try_into().expect("one");
        let message = insure("consultMAF", &criterion(&ssin, TODAY, &DATA), GRANTED);
        assert_eq!(call(&simulator, &message).await.value("code"), code);
        let message = search("consultRights", &ssin, "");
        assert_eq!(call(&simulator, &message).await.value("code"), code);
    }
}

#[tokio::test]
async fn what_the_schema_does_not_have_is_refused() {
    let simulator = Running::start(|_| {}).await;
    let [ssin] = simulator.ssins("ordinary", 1).await.try_into().expect("one");
    let good = criterion(&ssin, TODAY, &DATA);
    let swapped = good.replace("today>true", "today>false").replacen(
        "<reimbursementRight>true</reimbursementRight>",
        "",
        1,
    );
    for (criteria, context, status) in [
        (good.as_str(), GRANTED, 200),
        (good.as_str(), "query insurance", 200),
        (good.as_str(), "PCSA:SOCIAL_INQUIRY", 500),
        (&criterion(&ssin, "<date>2081-02-30</date>", &DATA), GRANTED, 500),
        (&criterion(&ssin, "", &DATA), GRANTED, 500),
        (&swapped, GRANTED, 500),
    ] {
        let reply = call(&simulator, &insure("consultMAF", criteria, context)).await;
        assert_eq!(reply.status, status, "{context} {criteria}");
        if context == "query insurance" {
            assert_eq!(reply.value("code"), "MSG00013");
        }
    }
    for (operation, when, status) in [
        ("consultPaidSums", "", 500),
        ("consultPaidSums", QUARTER, 500),
        ("consultRights", PERIOD, 500),
        (
            "consultScheduledPayment",
            "<quarterCriteria><quarter>5</quarter><year>2081</year></quarterCriteria>",
            500,
        ),
        (
            "consultPaidSums",
            "<period><beginDate>2081-02-01</beginDate><endDate>2081-01-01</endDate></period>",
            500,
        ),
        (
            "consultScheduledPayment",
            &format!("{QUARTER}<allAllowance>1</allAllowance>"),
            500,
        ),
        (
            "consultPaidSums",
            &format!("{PERIOD}<allAllowance>2</allAllowance>"),
            500,
        ),
        (
            "consultPaidSums",
            &format!("{PERIOD}<allAllowance>1</allAllowance>"),
            200,
        ),
    ] {
        let reply = call(&simulator, &search(operation, &ssin, when)).await;
        assert_eq!(reply.status, status, "{operation} {when}");
    }
    let long = "<period><beginDate>2081-01-01</beginDate><endDate>2085-01-01</endDate></period>";
    let reply = call(&simulator, &search("consultPaidSums", &ssin, long)).await;
    assert_eq!(reply.value("code"), "MSG00008");
    // The action of another operation.
    let other = String::from_utf8(search("consultRights", &ssin, "")).expect("text");
    let other = other.replacen("/consultRights\"", "/consultPayments\"", 1);
    assert_eq!(call(&simulator, other.as_bytes()).await.status, 500);
}

#[tokio::test]
async fn the_office_tells_the_same_each_time() {
    let simulator = Running::start(|_| {}).await;
    let mut found = 0;
    for ssin in simulator.ssins("ordinary", 20).await {
        let first = call(&simulator, &search("consultPaidSums", &ssin, PERIOD)).await;
        let again = call(&simulator, &search("consultPaidSums", &ssin, PERIOD)).await;
        let sums = |reply: &Reply| reply.text().split("<paidSums>").nth(1).map(str::to_owned);
        assert_eq!(sums(&first), sums(&again));
        match first.value("code").as_str() {
            "MSG00000" => {
                found += 1;
                assert_eq!(first.text().matches("<relatedMonth>").count(), 3);
            }
            code => assert_eq!(code, "MSG00100"),
        }
    }
    assert!((1..20).contains(&found), "{found}");
}

fn document(letters: &str, forms: &str, ssin: &str) -> String {
    let forms = forms.replace("SSIN_HERE", ssin);
    format!(
        "<s:SSDNRequest xmlns:s=\"{}\" xmlns:l=\"{}\" xmlns:k=\"{}\" xmlns:c=\"{}\"><s:RequestContext><s:AuthorizedUser>\
         <s:UserID>80010100136</s:UserID><s:Email>a@b</s:Email><s:OrgUnit>0212344876</s:OrgUnit><s:MatrixID>17</s:MatrixID>\
         </s:AuthorizedUser></s:RequestContext><s:ServiceRequest><s:ServiceId>OCMWCPASWet65Loi65{letters}</s:ServiceId>\
         <s:Version>20050930</s:Version><l:L65_{letters}_DecisionRequest><k:FileIdentification><k:KBOBCE>0212344876</k:KBOBCE>\
         <k:FileID>FILE0004711</k:FileID></k:FileIdentification>{forms}</l:L65_{letters}_DecisionRequest></s:ServiceRequest>\
         </s:SSDNRequest>",
        connector::SERVICE,
        loi65::LOI65,
        loi65::LOI65_COMMON,
        connector::COMMON,
    )
}

async fn decide(simulator: &Running, document: &str) -> String {
    let escaped = document
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let body = envelope(&format!(
        "<w:xmlString xmlns:w=\"{}\">{escaped}</w:xmlString>",
        connector::CONNECTOR
    ));
    let headers = [
        ("content-type", "text/xml; charset=utf-8"),
        ("soapaction", connector::SOAP_ACTION),
    ];
    let reply = call(simulator, &post(connector::PATH, &headers, body.as_bytes())).await;
    assert_eq!(reply.status, 200);
    let text = reply.text();
    let (_, rest) = text.split_once("xmlString").expect("a string");
    let inner = rest.split_once('>').expect("a start tag").1;
    let inner = inner.split("</").next().unwrap_or_default();
    inner
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

const FORM_C: &str = "<l:CancellationFormC><l:EntryDate>2081-05-01</l:EntryDate><l:UniqueAttestID>ATTEST000000004</l:UniqueAttestID>\
    <l:SSIN>SSIN_HERE</l:SSIN><l:Suffix>0</l:Suffix><l:AidCancellation><l:DecisionDate>2081-04-30</l:DecisionDate>\
    <l:Decisionnature>1</l:Decisionnature><l:CancellationReason>12</l:CancellationReason></l:AidCancellation></l:CancellationFormC>";
const FORM_A: &str = "<l:IdentificationA><l:EntryDate>2081-02-01</l:EntryDate><l:UniqueAttestID>ATTEST000000001</l:UniqueAttestID>\
    <l:PrimaryBeneficiary><k:BeneficiaryID><k:SSIN>SSIN_HERE</k:SSIN></k:BeneficiaryID><l:Status>1</l:Status><k:Address>\
    <k:Street>x</k:Street><k:PostalCode>4700</k:PostalCode></k:Address><l:Nationality>150</l:Nationality>\
    <l:Integration qualitycode=\"2\"><c:StartDate>2081-01-01</c:StartDate><c:EndDate>2081-12-31</c:EndDate></l:Integration>\
    </l:PrimaryBeneficiary></l:IdentificationA>";
const FORM_D: &str = "<l:RefundformD1><l:ReferenceMonth>2081-02</l:ReferenceMonth><l:UniqueAttestID>ATTEST000000005</l:UniqueAttestID>\
    <l:SSIN>SSIN_HERE</l:SSIN><l:DeliveredAmountsD1><l:DoubleMaximum>false</l:DoubleMaximum></l:DeliveredAmountsD1>\
    <l:TotalAmount>600000</l:TotalAmount></l:RefundformD1>";

fn forms() -> [(&'static str, &'static str); 3] {
    [("AB", FORM_A), ("C", FORM_C), ("DF", FORM_D)]
}

async fn decisions(simulator: &Running) -> Vec<Value> {
    let (status, list) = simulator.control("GET", "/_sim/decisions", "").await;
    assert_eq!(status, 200);
    list.as_array().expect("a list").clone()
}

#[tokio::test]
async fn each_form_is_decided_once() {
    let simulator = Running::start(|_| {}).await;
    let [ssin] = simulator.ssins("ordinary", 1).await.try_into().expect("one");
    for (letters, form) in forms() {
        let asked = document(letters, form, &ssin);
        let reply = decide(&simulator, &asked).await;
        let expected = if letters == "DF" {
            "PARTIALLYACCEPTED"
        } else {
            "ACCEPTED"
        };
        assert!(reply.contains(&format!("<l:Evaluation>{expected}<")), "{reply}");
        // The same form again is the same form.
        assert_eq!(
            decide(&simulator, &asked).await.split("DecisionReply").nth(1),
            reply.split("DecisionReply").nth(1)
        );
        let other = asked
            .replace("EntryDate>2081", "EntryDate>2082")
            .replace("2081-02<", "2082-02<");
        let reply = decide(&simulator, &other).await;
        assert!(
            reply.contains("REFUSED") && reply.contains("<k:Code>000002<"),
            "{reply}"
        );
    }
    let kept = decisions(&simulator).await;
    assert_eq!(kept.len(), 3);
    for decision in &kept {
        assert_eq!(
            (&decision["times"], &decision["others"]),
            (&2.into(), &1.into()),
            "{decision}"
        );
    }
    let [dead] = simulator.ssins("deceased", 1).await.try_into().expect("one");
    let reply = decide(&simulator, &document("C", &FORM_C.replace("04<", "09<"), &dead)).await;
    assert!(reply.contains("<k:Code>000001<"), "{reply}");
    let reply = decide(&simulator, &document("C", FORM_C, "85073003357")).await;
    assert!(
        reply.contains("31001001") && !reply.contains("DecisionReply"),
        "{reply}"
    );
    let entry = simulator.ledger().await.pop().expect("an entry");
    assert_eq!(entry["service"], "loi65-c");
}

#[tokio::test]
async fn what_is_no_form_is_not_decided() {
    let simulator = Running::start(|_| {}).await;
    let [ssin] = simulator.ssins("ordinary", 1).await.try_into().expect("one");
    for (letters, form) in [
        ("C", String::new()),
        ("C", FORM_C.replace("2081-05-01", "2001-05-01")),
        ("C", FORM_C.replace("ATTEST000000004", "ATTEST")),
        ("C", FORM_C.replace("<l:Suffix>0</l:Suffix>", "")),
        ("C", FORM_A.to_owned()),
        ("AB", FORM_A.replace(" qualitycode=\"2\"", "")),
        ("AB", FORM_A.replace("<l:Nationality>150", "<l:Nationality>1500")),
        ("DF", FORM_D.replace("2081-02<", "2081-2<")),
    ] {
        let reply = decide(&simulator, &document(letters, &form, &ssin)).await;
        assert!(
            !reply.contains("DecisionReply") && reply.contains("10000"),
            "{letters} {form}: {reply}"
        );
    }
    assert_eq!(decisions(&simulator).await.len(), 0);
}

/// The part of a reply that a schema describes.
fn between(text: &str, start: &str, end: &str) -> String {
    let from = text.find(start).unwrap_or_else(|| panic!("no {start} in {text}"));
    let to = text.find(end).expect("an end") + end.len();
    text[from..to].to_owned()
}

fn copied(folder: &Path, files: &[&str], into: &Path) -> PathBuf {
    let common = folder.join("xsd/be/fgov/kszbcss/types/common/CommonV3.xsd");
    let nested = into.join("be/fgov/kszbcss/types/common");
    std::fs::create_dir_all(&nested).expect("a folder");
    for place in [into, &nested] {
        std::fs::copy(&common, place.join("CommonV3.xsd")).expect("a schema");
    }
    for file in files {
        let file = folder.join(file);
        std::fs::copy(&file, into.join(file.file_name().expect("a name"))).expect("a schema");
    }
    into.join(Path::new(files[0]).file_name().expect("a name"))
}

#[tokio::test]
async fn replies_fit_the_official_schemas() {
    let Some(folder) = reference() else { return };
    let simulator = Running::start(|setup| setup.population = 400).await;
    let scratch = tempfile::tempdir().expect("a temporary directory");
    let ssins = simulator.ssins("any", 60).await;

    let schema = copied(
        &folder,
        &[
            "xsd/HealthCareInsuranceV1.xsd",
            "xsd/HealthCareInsuranceTypesV1.xsd",
        ],
        scratch.path(),
    );
    let mut documents = Vec::new();
    for (index, ssin) in ssins.iter().enumerate() {
        let operation = [
            "getInsuranceOrganizationInformations",
            "consultMAF",
            "consultHolderCode",
        ][index % 3];
        let message = insure(operation, &criterion(ssin, TODAY, &DATA), GRANTED);
        let text = call(&simulator, &message).await.text();
        documents.push(between(&text, "<v1:", &format!("</v1:{operation}Response>")));
    }
    simulator
        .fault(r#"{"match": {"times": 1}, "action": {"type": "soap_fault"}}"#)
        .await;
    let message = insure("consultMAF", &criterion(&ssins[0], TODAY, &DATA), GRANTED);
    let text = call(&simulator, &message).await.text();
    documents.push(between(&text, "<f:consultMAFFault", "</f:consultMAFFault>"));
    lint_all(&schema, scratch.path(), &documents);

    let schema = copied(
        &folder,
        &[
            "wsdl/UnemploymentData/UnemploymentDataV2.xsd",
            "wsdl/UnemploymentData/UnemploymentDataTypesV2.xsd",
        ],
        scratch.path(),
    );
    let mut documents = Vec::new();
    for ssin in &ssins {
        for (operation, when) in OPERATIONS {
            let text = call(&simulator, &search(operation, ssin, when)).await.text();
            documents.push(between(&text, "<v2:", &format!("</v2:{operation}Response>")));
        }
    }
    lint_all(&schema, scratch.path(), &documents);

    for (letters, form) in forms() {
        let schema = folder.join(format!(
            "xsd/SSDN/OCMW_CPAS/Loi65Wet65/LoiWet65_{letters}_decision_Reply.xsd"
        ));
        let mut documents = Vec::new();
        for (place, ssin) in ssins.iter().enumerate() {
            let form = form.replace("ATTEST0000", &format!("ATTEST{place:04}"));
            let reply = decide(&simulator, &document(letters, &form, ssin)).await;
            if reply.contains("DecisionReply") {
                documents.push(between(
                    &reply,
                    "<l:L65",
                    &format!("</l:L65_{letters}_DecisionReply>"),
                ));
            }
        }
        assert!(documents.len() > 40, "{}", documents.len());
        lint_all(&schema, scratch.path(), &documents);
    }
}
