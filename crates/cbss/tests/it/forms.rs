//! The services with a table (Loi65, HealthCareInsurance, UnemploymentData): every request by the official schemas,
//! replies with all that is in them.

use std::path::{Path, PathBuf};

use relay_cbss::{
    BuildError, CallContext, Outcome, ParseOptions, Reply, StatusKind, health_care_insurance, loi65,
    unemployment_data, unknown_parts,
};
use relay_domain::form::{Form, Given, GivenValue, operations, sample};
use relay_domain::{Language, Service};

use crate::support::random::Random;
use crate::support::xsd::{Written, Xsd};
use crate::support::{
    SSIN, assert_xmllint, classic_context, context, in_cdata, in_string, reference_dir, values,
    xmllint_is_there,
};

const LOI65: [Service; 3] = [Service::Loi65Ab, Service::Loi65C, Service::Loi65Df];
const NEWER: [Service; 2] = [Service::HealthCareInsurance, Service::UnemploymentData];

fn any(service: Service, random: &mut Random) -> Form {
    sample::any(service, &mut |below| random.below(below as usize) as u32).unwrap()
}

fn inner(form: &Form) -> Result<String, BuildError> {
    let id = form.service().classic_id().unwrap();
    loi65::build_inner(form, id, "20050930", &classic_context())
}

/// The service's own element, which is what its schema describes.
fn own(document: &str) -> &str {
    let from = document.find("<l:L65").unwrap();
    let to = document.find("</ssdn:ServiceRequest>").unwrap();
    &document[from..to]
}

fn insurance_context() -> CallContext<'static> {
    CallContext {
        legal_context: "social inquiry and financial help",
        ..context()
    }
}

/// The request in the SOAP body.
fn body_of(form: &Form) -> Result<String, BuildError> {
    let call = match form.service().as_str() {
        "health-care-insurance" => health_care_insurance::build(form, &insurance_context())?,
        _ => unemployment_data::build(form, &context())?,
    };
    let text = String::from_utf8(call.body.to_vec()).unwrap();
    let from = text.find("<svc:").unwrap();
    let to = text.find("</soapenv:Body>").unwrap();
    Ok(text[from..to].to_owned())
}

fn given(name: &str, text: &str) -> Given {
    Given {
        name: name.to_owned(),
        value: GivenValue::Text(text.to_owned()),
    }
}

fn parts(name: &str, parts: Vec<Given>) -> Given {
    Given {
        name: name.to_owned(),
        value: GivenValue::Parts(parts),
    }
}

/// The schemas of a newer service in one folder, so that they find each other.
fn schemas_of(service: Service, reference: &Path, place: &Path) -> PathBuf {
    let common = reference.join("xsd/be/fgov/kszbcss/types/common/CommonV3.xsd");
    let (root, files): (_, &[_]) = match service.as_str() {
        "health-care-insurance" => (
            "HealthCareInsuranceV1.xsd",
            &[
                "xsd/HealthCareInsuranceV1.xsd",
                "xsd/HealthCareInsuranceTypesV1.xsd",
            ],
        ),
        _ => (
            "UnemploymentDataV2.xsd",
            &[
                "wsdl/UnemploymentData/UnemploymentDataV2.xsd",
                "wsdl/UnemploymentData/UnemploymentDataTypesV2.xsd",
            ],
        ),
    };
    for file in files {
        let file = reference.join(file);
        std::fs::copy(&file, place.join(file.file_name().unwrap())).unwrap();
    }
    let nested = place.join("be/fgov/kszbcss/types/common");
    std::fs::create_dir_all(&nested).unwrap();
    std::fs::copy(&common, nested.join("CommonV3.xsd")).unwrap();
    std::fs::copy(&common, place.join("CommonV3.xsd")).unwrap();
    place.join(root)
}

#[test]
fn every_request_is_valid() {
    let test = "every_request_is_valid";
    let Some(folder) = reference_dir(test).filter(|_| xmllint_is_there(test)) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("request.xml");
    let mut random = Random(20_261_127);
    for (service, schema) in LOI65.into_iter().zip(["AB", "C", "DF"]) {
        let schema = folder.join(format!(
            "xsd/SSDN/OCMW_CPAS/Loi65Wet65/LoiWet65_{schema}_decision_Request.xsd"
        ));
        for _ in 0..40 {
            let document = inner(&any(service, &mut random)).unwrap();
            assert_xmllint(&schema, &file, own(&document), true);
        }
        let envelope = folder.join("xsd/SSDN/Service/SSDNRequest.xsd");
        assert_xmllint(
            &envelope,
            &file,
            &inner(&any(service, &mut random)).unwrap(),
            true,
        );
    }
    for service in NEWER {
        let schema = schemas_of(service, &folder, place.path());
        let mut asked = Vec::new();
        while asked.len() < operations(service).unwrap().len() {
            for _ in 0..20 {
                let form = any(service, &mut random);
                assert_xmllint(&schema, &file, &body_of(&form).unwrap(), true);
                asked.push(form.operation().to_owned());
            }
            asked.sort_unstable();
            asked.dedup();
        }
    }
}

/// Our own checks, which are there also where the schemas are not.
#[test]
fn what_no_table_has_is_refused() {
    let mut random = Random(7);
    for service in LOI65.into_iter().chain(NEWER) {
        let problems = |form: &Form| match service.as_str() {
            "health-care-insurance" => health_care_insurance::problems(form),
            "unemployment-data" => unemployment_data::problems(form),
            _ => loi65::problems(form),
        };
        for _ in 0..200 {
            let form = any(service, &mut random);
            assert_eq!(problems(&form), [], "{form:?}");
            let with = |extra: Given| {
                let mut parts = form.parts().to_vec();
                parts.push(extra);
                Form::new(service, form.operation(), parts, Language::En)
            };
            assert!(!problems(&with(given("nobodyKnows", "1"))).is_empty());
            // Twice what may be there once.
            let again = form
                .parts()
                .iter()
                .find(|given| matches!(given.value, GivenValue::Text(_)));
            if let Some(again) = again {
                assert!(!problems(&with(again.clone())).is_empty());
            }
            // Each part in turn is something else.
            for place in 0..form.parts().len() {
                let mut parts = form.parts().to_vec();
                parts[place].value = match parts[place].value {
                    GivenValue::Text(_) => GivenValue::Text("\u{7}".to_owned()),
                    GivenValue::Parts(_) => GivenValue::Text("x".to_owned()),
                };
                let broken = Form::new(service, form.operation(), parts, Language::En);
                assert!(!problems(&broken).is_empty(), "{:?}", form.parts()[place]);
            }
            let other = Form::new(service, "consultNothing", form.parts().to_vec(), Language::En);
            assert!(!problems(&other).is_empty());
        }
    }
}

#[test]
fn the_bytes_of_a_decision_are_these() {
    let duration = parts("duration", vec![given("months", "3")]);
    let decision = parts("decision", vec![given("decisionDate", "2081-02-03"), duration]);
    let period = parts(
        "integrations",
        vec![
            given("qualityCode", "1"),
            given("startDate", "2081-01-01"),
            given("endDate", "2081-12-31"),
        ],
    );
    let form = parts(
        "individualDecisionsB2",
        vec![
            given("entryDate", "2081-02-04"),
            given("uniqueAttestId", "123456789012345"),
            given("ssin", SSIN),
            given("suffix", "1"),
            decision,
            period,
        ],
    );
    let form = Form::new(
        Service::Loi65Ab,
        "",
        vec![given("fileId", "FILE <1> &2"), form],
        Language::En,
    );
    // Eleven characters, with what XML must escape.
    let document = inner(&form).unwrap();
    assert_eq!(
        own(&document),
        format!(
            "<l:L65_AB_DecisionRequest xmlns:l=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/LoiWet65\" \
             xmlns:k=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/LoiWet65Common\" \
             xmlns:c=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/Common\">\
             <k:FileIdentification><k:KBOBCE>0200000000</k:KBOBCE><k:FileID>FILE &lt;1&gt; &amp;2</k:FileID></k:FileIdentification>\
             <l:IndividualDecisionsB2><l:EntryDate>2081-02-04</l:EntryDate><l:UniqueAttestID>123456789012345</l:UniqueAttestID>\
             <l:SSIN>{SSIN}</l:SSIN><l:Suffix>1</l:Suffix><l:DecisionB2><k:DecisionDate>2081-02-03</k:DecisionDate>\
             <k:Duration><k:Months>3</k:Months></k:Duration></l:DecisionB2><l:Integration qualitycode=\"1\">\
             <c:StartDate>2081-01-01</c:StartDate><c:EndDate>2081-12-31</c:EndDate></l:Integration></l:IndividualDecisionsB2>\
             </l:L65_AB_DecisionRequest>"
        )
    );
    assert!(
        document.contains("<ssdn:ServiceId>OCMWCPASWet65Loi65AB</ssdn:ServiceId><ssdn:Version>20050930<")
    );
    let renamed = loi65::build_inner(&form, "Loi65AB", "20091231", &classic_context()).unwrap();
    assert!(renamed.contains("<ssdn:ServiceId>Loi65AB</ssdn:ServiceId><ssdn:Version>20091231<"));
    assert!(loi65::build_inner(&form, "", "20091231", &classic_context()).is_err());
    assert!(loi65::build_inner(&form, "Loi65AB", "1", &classic_context()).is_err());
}

#[test]
fn the_bytes_of_a_question_are_these() {
    let form = Form::new(
        Service::UnemploymentData,
        "consultPaidSums",
        vec![
            given("ssin", SSIN),
            parts(
                "period",
                vec![given("beginDate", "2081-01-01"), given("endDate", "2081-12-31")],
            ),
            given("allAllowance", "true"),
        ],
        Language::En,
    );
    assert!(body_of(&form).unwrap().ends_with(&format!(
        "<legalContext>PCSA:SOCIAL_INQUIRY</legalContext><searchCriteria><ssin>{SSIN}</ssin><period>\
         <beginDate>2081-01-01</beginDate><endDate>2081-12-31</endDate></period><allAllowance>1</allAllowance>\
         </searchCriteria></svc:consultPaidSumsRequest>"
    )));
    let desired = [
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
    let desired = desired.map(|name| given(name, if name == "maximumCharge" { "true" } else { "false" }));
    let insurance = |day: Option<&str>| {
        let mut given = vec![given("ssin", SSIN), parts("desiredData", desired.to_vec())];
        given.extend(day.map(|day| self::given("date", day)));
        Form::new(Service::HealthCareInsurance, "consultMAF", given, Language::En)
    };
    let today = body_of(&insurance(None)).unwrap();
    assert!(today.contains(&format!(
        "<criterion><ssin>{SSIN}</ssin><temporalCriteria><today>true</today></temporalCriteria><desiredData>\
         <insuringOrganization>false</insuringOrganization>"
    )));
    let then = body_of(&insurance(Some("2081-02-03"))).unwrap();
    assert!(then.contains("<temporalCriteria><date>2081-02-03</date></temporalCriteria>"));
    // A legal context that the schema does not have.
    let refused = health_care_insurance::build(&insurance(None), &context()).unwrap_err();
    assert!(refused.to_string().starts_with("legalContext"), "{refused}");
}

fn read(service: Service, body: &[u8], language: Language) -> Reply {
    relay_cbss::parse(service, body, None, &ParseOptions::new(language)).unwrap()
}

/// Every value of the document is in a row or a message, as often as it came.
fn assert_complete(reply: &Reply, document: &Written) {
    let mut found = values(reply);
    for value in &document.values {
        let place = found.iter().position(|candidate| candidate == value);
        let place = place.unwrap_or_else(|| panic!("{value:?} of {}", document.xml));
        found.swap_remove(place);
    }
}

const OPERATIONS: [&str; 7] = [
    "consultPaidSums",
    "consultSituation",
    "consultRights",
    "consultPayments",
    "consultActivationPaidSums",
    "consultScheduledPayment",
    "consultCareerBreak",
];

#[test]
fn every_reply_is_read_completely() {
    let test = "every_reply_is_read_completely";
    let Some(folder) = reference_dir(test) else {
        return;
    };
    let judged = xmllint_is_there(test);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("reply.xml");
    let text = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    let mut random = Random(4_711);
    let common = "xsd/be/fgov/kszbcss/types/common/CommonV3.xsd";
    let silent = [
        "informationCustomer",
        "informationCBSS",
        "legalContext",
        "status",
        "criterion",
        "searchCriteria",
    ];
    for service in NEWER {
        let (root, types, names) = match service.as_str() {
            "health-care-insurance" => (
                "xsd/HealthCareInsuranceV1.xsd",
                "xsd/HealthCareInsuranceTypesV1.xsd",
                &[
                    "getInsuranceOrganizationInformations",
                    "consultMAF",
                    "consultHolderCode",
                ][..],
            ),
            _ => (
                "wsdl/UnemploymentData/UnemploymentDataV2.xsd",
                "wsdl/UnemploymentData/UnemploymentDataTypesV2.xsd",
                &OPERATIONS[..],
            ),
        };
        let schemas = vec![
            ("root", text(root)),
            ("puo", text(types)),
            ("common", text(common)),
        ];
        let xsd = Xsd::new(schemas, vec![None, None, None]);
        let schema = schemas_of(service, &folder, place.path());
        for name in names {
            for round in 0..60 {
                let document = xsd.document(&format!("{name}Response"), &silent, &mut random);
                if judged && round < 4 {
                    assert_xmllint(&schema, &file, &document.xml, true);
                }
                let body = in_envelope(&document.xml);
                for language in Language::ALL {
                    let reply = read(service, body.as_bytes(), language);
                    assert_complete(&reply, &document);
                    assert_eq!(reply.ticket.is_some(), document.xml.contains("<ticketCBSS>"));
                    let values = unknown_parts(service, &reply).map(|(_, count)| count);
                    assert_eq!(values[1..], [0, 0, 0], "{}", document.xml);
                    for row in &reply.rows {
                        assert!(!row.title.is_empty() && !row.text.is_empty(), "{}", document.xml);
                    }
                }
            }
        }
    }
    let common = "xsd/SSDN/Common/CommonDataTypes.xsd";
    let own = "xsd/SSDN/OCMW_CPAS/Loi65Wet65";
    for (service, letters) in LOI65.into_iter().zip(["AB", "C", "DF"]) {
        let schema = format!("{own}/LoiWet65_{letters}_decision_Reply.xsd");
        let schemas = vec![
            ("root", text(&schema)),
            ("Common65", text(&format!("{own}/LoiWet65_Common.xsd"))),
            ("common", text(common)),
        ];
        let namespaces = vec![
            Some(("l", "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/LoiWet65")),
            Some((
                "k",
                "http://www.ksz-bcss.fgov.be/XSD/SSDN/OCMW_CPAS/LoiWet65Common",
            )),
            Some(("c", "http://www.ksz-bcss.fgov.be/XSD/SSDN/Common")),
        ];
        let xsd = Xsd::new(schemas, namespaces);
        for round in 0..100 {
            let document = xsd.document(&format!("L65_{letters}_DecisionReply"), &[], &mut random);
            if judged && round < 8 {
                assert_xmllint(&folder.join(&schema), &file, &document.xml, true);
            }
            for whole in [
                in_string(&classic(&document.xml)),
                in_cdata(&classic(&document.xml)),
            ] {
                let reply = read(service, whole.as_bytes(), Language::Nl);
                assert_complete(&reply, &document);
                let values = unknown_parts(service, &reply).map(|(_, count)| count);
                assert_eq!(values[1..], [0, 0, 0], "{}", document.xml);
            }
        }
    }
}

fn in_envelope(content: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header/><s:Body>{content}</s:Body></s:Envelope>"
    )
}

/// A classic reply in which all went well.
fn classic(content: &str) -> String {
    format!(
        "<s:SSDNReply xmlns:s=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/Service\" xmlns:c=\"http://www.ksz-bcss.fgov.be/XSD/SSDN/Common\">\
         <s:ReplyContext><c:ResultSummary ok=\"YES\"><c:ReturnCode>0</c:ReturnCode></c:ResultSummary><s:Message>\
         <s:Ticket>THTTMHHP49DGQ9V</s:Ticket></s:Message></s:ReplyContext><s:ServiceReply><c:ResultSummary ok=\"YES\">\
         <c:ReturnCode>0</c:ReturnCode></c:ResultSummary><s:ServiceId>anything</s:ServiceId><s:Version>20050930</s:Version>\
         {content}</s:ServiceReply></s:SSDNReply>"
    )
}

fn decision(evaluation: &str, errors: &str) -> String {
    format!(
        "<DecisionResultC><EntryDate>2081-02-03</EntryDate><UniqueAttestID>123456789012345</UniqueAttestID>\
         <ReferenceSPP_POD>0123456789</ReferenceSPP_POD><SSIN>{SSIN}</SSIN><Suffix>1</Suffix>\
         <Evaluation>{evaluation}</Evaluation>{errors}</DecisionResultC>"
    )
}

#[test]
fn a_refused_form_is_no_success() {
    let with = |decisions: &[&str]| {
        let content: String = decisions
            .iter()
            .map(|evaluation| decision(evaluation, ""))
            .collect();
        let reply = classic(&format!("<L65_C_DecisionReply>{content}</L65_C_DecisionReply>"));
        let reply = read(Service::Loi65C, in_string(&reply).as_bytes(), Language::En);
        (reply.status, reply.outcome)
    };
    use Outcome::{Data, Partial, Refused, Unknown};
    use StatusKind::{Errors, Ok, Warnings};
    assert_eq!(with(&["ACCEPTED", "ACCEPTED"]), (Ok, Data));
    assert_eq!(with(&["ACCEPTED", "REFUSED"]), (Warnings, Partial));
    assert_eq!(with(&["PARTIALLYACCEPTED"]), (Warnings, Partial));
    assert_eq!(with(&["REFUSED", "REFUSED"]), (Errors, Refused));
    assert_eq!(with(&["ACCEPTED", "POSTPONED"]), (Warnings, Unknown));
    assert_eq!(with(&[]), (Ok, Outcome::Empty));

    let errors = "<ErrorsOnForm><Code>012345</Code><Description lang=\"nl\">datum</Description></ErrorsOnForm>\
        <ErrorsOnForm><Code>543210</Code><Description>bedrag</Description></ErrorsOnForm>";
    let reply = classic(&format!(
        "<L65_C_DecisionReply>{}</L65_C_DecisionReply>",
        decision("REFUSED", errors)
    ));
    let reply = read(Service::Loi65C, in_string(&reply).as_bytes(), Language::En);
    assert_eq!(reply.codes, ["012345", "543210"]);
    assert_eq!(reply.messages[0].severity, "ERROR");
    assert_eq!(reply.messages[1].diagnostic.as_deref(), Some("bedrag"));
    assert_eq!(reply.rows[0].since.as_deref(), Some("2081-02-03"));
    assert_eq!(
        reply.rows[0].text,
        format!(
            "refused, {SSIN}, form 123456789012345, reference of the State 0123456789, errors 012345:datum, 543210:bedrag"
        )
    );
}

#[test]
fn what_a_person_reads_is_in_their_language() {
    let status = "<status><value>DATA_FOUND</value><code>MSG00000</code></status>";
    let sums = format!(
        "<consultPaidSumsResponse>{status}<paidSums><paidSum><relatedMonth>2081-03</relatedMonth>\
         <paidAmount>123405</paidAmount><dossierStatus>PROVISIONAL</dossierStatus><nbrOfAllowances>12.5</nbrOfAllowances>\
         </paidSum></paidSums></consultPaidSumsResponse>"
    );
    let row = |language| {
        let mut reply = read(Service::UnemploymentData, in_envelope(&sums).as_bytes(), language);
        reply.rows.remove(0)
    };
    let english = row(Language::En);
    assert_eq!(
        (
            english.group.as_str(),
            english.since.as_deref(),
            english.title.as_str()
        ),
        ("paidSums", Some("2081-03-00"), "Sums paid")
    );
    assert_eq!(
        english.text,
        "2081-03, paid 1234.05 EUR, allowances 12.5, provisional"
    );
    assert_eq!(
        row(Language::De).text,
        "03.2081, gezahlt 1234,05 EUR, Leistungen 12.5, vorläufig"
    );
    let insurance = format!(
        "<consultMAFResponse>{status}<result><ssin>{SSIN}</ssin><maximumCharge><year insuringOrganization=\"101\">2080</year>\
         <year insuringOrganization=\"102\">2081</year></maximumCharge><increasedIntervention><noRight>true</noRight>\
         </increasedIntervention></result></consultMAFResponse>"
    );
    let reply = read(
        Service::HealthCareInsurance,
        in_envelope(&insurance).as_bytes(),
        Language::Fr,
    );
    let texts: Vec<&str> = reply.rows.iter().map(|row| row.text.as_str()).collect();
    assert_eq!(texts, ["années 2080, 2081", "pas de droit"]);
    assert_eq!(reply.rows[0].field("../ssin"), Some(SSIN));
    assert_eq!(reply.rows[0].field("year[2]/@insuringOrganization"), Some("102"));
}

#[test]
fn what_is_new_is_kept_and_counted() {
    let status = "<status><value>DATA_FOUND</value><code>MSG00000</code></status>";
    let content =
        format!("<consultMAFResponse>{status}<result><dental>yes</dental></result></consultMAFResponse>");
    let reply = read(
        Service::HealthCareInsurance,
        in_envelope(&content).as_bytes(),
        Language::En,
    );
    assert_eq!(reply.messages[0].fields[0].value, "yes");
    let parts = unknown_parts(Service::HealthCareInsurance, &reply);
    assert_eq!(parts.map(|(_, count)| count), [0, 0, 1, 0]);
}

#[test]
fn a_fault_in_its_place_is_one() {
    let fault = "<s:Fault xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><faultcode>s:Server</faultcode>\
        <faultstring>An error</faultstring><detail><f:consultMAFFault xmlns:f=\"x\"><informationCBSS><ticketCBSS>\
        0195b5ac-7b1e-7000-8000-00805f9b34fb</ticketCBSS></informationCBSS><detail><severity>FATAL</severity>\
        <reasonCode>MSG00003</reasonCode></detail></f:consultMAFFault></detail></s:Fault>";
    for service in [Service::HealthCareInsurance, Service::UnemploymentData] {
        let reply = read(service, in_envelope(fault).as_bytes(), Language::En);
        assert_eq!(
            (reply.outcome, reply.codes.as_slice()),
            (Outcome::Fault, &["MSG00003".to_owned()][..])
        );
        assert!(reply.ticket.is_some());
        let options = ParseOptions::new(Language::En);
        let other = in_envelope("<retrieveTIGroupsResponse/>");
        assert!(unemployment_data::parse(other.as_bytes(), None, &options).is_err());
    }
}
