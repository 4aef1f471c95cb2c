//! Loi65, HealthCareInsurance and UnemploymentData end to end.

use relay_domain::JobState;
use relay_proto::EventMessage;
use relay_testkit::installation::{ORGANISATION, REQUESTER, Running, USER_ID};
use relay_testkit::{InstallationOptions, wait_for};
use serde_json::{Value, json};

use crate::harness::upstream::Upstream;
use crate::harness::{LONG, Relay, SHORT_CALLS, fast};

/// Short calls, and looks soon after them.
const LOI65: &str =
    "enabled = true\nhttp_connect_timeout_ms = 500\nhttp_total_timeout_ms = 1500\nsettle_ms = 1000";

/// The same, and what is not answered is sent again.
fn resending() -> String {
    format!("{LOI65}\nresend_same_attest = true")
}

struct Deciding {
    relay: Relay,
    upstream: Upstream,
    services: [Running; 3],
    ssin: String,
}

impl Deciding {
    async fn new(loi65: &str) -> Self {
        Self::with_worker(loi65, &[]).await
    }

    /// With these environment variables of the worker.
    async fn with_worker(loi65: &str, variables: &[(&str, &str)]) -> Self {
        let relay = Relay::new(&InstallationOptions {
            others: [
                ("loi65-ab", loi65),
                ("loi65-c", loi65),
                ("loi65-df", loi65),
                ("health-care-insurance", SHORT_CALLS),
                ("unemployment-data", &format!("enabled = true\n{SHORT_CALLS}")),
            ]
            .map(|(service, lines)| (service.to_owned(), lines.to_owned()))
            .into(),
            ..fast()
        })
        .await;
        let services = relay.start_all_with(variables).await;
        let upstream = relay.upstream().await;
        let ssin = relay.people(1).await.remove(0);
        Self {
            relay,
            upstream,
            services,
            ssin,
        }
    }

    async fn submit(&self, key: &str, field: &str, request: Value) {
        let submission = json!({
            "organisation": ORGANISATION, "idempotencyKey": key, "language": "en",
            "requester": { "userId": USER_ID, "reason": "file 4711" }, field: request,
        });
        self.upstream.submit(&[submission]).await;
    }

    async fn end(&self, key: &str) -> (EventMessage, JobState, String) {
        let end = self.upstream.wait_end(key).await;
        let (state, outcome) = (end.state.expect("a state"), end.outcome.clone());
        (end, state, outcome.unwrap_or_default())
    }

    async fn shown(&self, end: &EventMessage) -> Value {
        let job = end.job_id.expect("a job").to_string();
        let show = ["result", "show", &job, "--reason", "file 4711", "--json"];
        let shown = self.relay.installation.relayctl_as(REQUESTER, &show).await;
        let shown = shown.expect("relayctl").succeeded().expect("a result");
        serde_json::from_str(&shown.stdout).expect("JSON")
    }

    /// How the attempts at a job went.
    async fn attempts(&self, end: &EventMessage) -> String {
        let job = end.job_id.expect("a job");
        let attempts = format!(
            "SELECT string_agg(kind || ':' || class, ' ' ORDER BY number) FROM relay.attempt WHERE job_id = '{job}'"
        );
        self.relay.value(&attempts).await
    }

    /// The next calls go wrong.
    async fn fault(&self, service: &str, times: u64, action: &str) {
        let rule = json!({"match": {"service": service, "times": times}, "action": {"type": action}});
        self.relay.simulator().fault(&rule).await;
    }

    /// The replies to the next calls are lost.
    async fn lose_replies(&self, service: &str, times: u64) {
        self.fault(service, times, "drop_reply").await;
    }

    fn form_c(&self, attest: &str) -> Value {
        json!({"fileId": "FILE0004711", "cancellationFormsC": [{
            "entryDate": "2081-05-01", "uniqueAttestId": attest, "ssin": self.ssin, "suffix": 0,
            "aidCancellation": {"decisionDate": "2081-04-30", "decisionNature": "1", "cancellationReason": "12"},
        }]})
    }
}

fn texts<'r>(result: &'r Value, group: &str) -> Vec<&'r str> {
    let rows = result["rows"].as_array().expect("rows");
    let of_group = rows.iter().filter(|row| row["group"] == group);
    of_group
        .map(|row| row["text"].as_str().expect("a text"))
        .collect()
}

#[tokio::test]
async fn what_insurance_and_office_know_is_stored() {
    let asking = Deciding::new(LOI65).await;
    let people = asking.relay.people(20).await;
    let everything = json!({
        "insuringOrganization": true, "reimbursementRight": true, "ct1ct2": true, "payingThirdParty": true,
        "maximumCharge": true, "medicalHouse": true, "increasedIntervention": true,
        "statusComplementaryInsurance": true, "globalMedicalFile": true, "sfdfL891": true,
    });
    for operation in [
        "getInsuranceOrganizationInformations",
        "consultMAF",
        "consultHolderCode",
    ] {
        let request = json!({"operation": operation, "ssin": asking.ssin, "desiredData": everything});
        asking.submit(operation, "healthCareInsurance", request).await;
        let (end, state, outcome) = asking.end(operation).await;
        assert_eq!((state, outcome.as_str()), (JobState::Ok, "data"));
        let result = asking.shown(&end).await;
        assert_eq!(result["rows"].as_array().map(Vec::len), Some(10), "{result}");
        assert_eq!(texts(&result, "insuringOrganization").len(), 1);
    }
    let period = json!({"beginDate": "2081-01-01", "endDate": "2081-06-30"});
    for (place, ssin) in people.iter().enumerate() {
        let request = json!({"operation": "consultPaidSums", "ssin": ssin, "period": period});
        asking
            .submit(&format!("paid-{place}"), "unemploymentData", request)
            .await;
    }
    let mut known = None;
    for (place, ssin) in people.iter().enumerate() {
        let (end, state, outcome) = asking.end(&format!("paid-{place}")).await;
        assert_eq!(state, JobState::Ok);
        let result = asking.shown(&end).await;
        let sums = texts(&result, "paidSums");
        assert_eq!(sums.len(), if outcome == "data" { 6 } else { 0 }, "{outcome}");
        if outcome == "data" {
            assert!(
                sums[0].starts_with("2081-01, paid ") && sums[0].contains(" EUR"),
                "{sums:?}"
            );
            known = Some(ssin);
        } else {
            assert_eq!(
                (outcome.as_str(), end.codes.as_slice()),
                ("empty", &["MSG00100".to_owned()][..])
            );
        }
    }
    let ssin = known.expect("somebody whom the office knows");
    for (operation, when, group) in [
        ("consultSituation", json!(null), "payment"),
        ("consultPayments", json!({"date": "2081-07-01"}), "payment"),
        (
            "consultScheduledPayment",
            json!({"quarter": {"quarter": 2, "year": 2081}}),
            "monthlyData",
        ),
        (
            "consultActivationPaidSums",
            json!({"quarter": {"quarter": 2, "year": 2081}, "allAllowance": false}),
            "activationAllowances",
        ),
    ] {
        let mut request = json!({"operation": operation, "ssin": ssin});
        for (name, value) in when.as_object().into_iter().flatten() {
            request[name] = value.clone();
        }
        asking.submit(operation, "unemploymentData", request).await;
        let (end, state, _) = asking.end(operation).await;
        assert_eq!(state, JobState::Ok, "{operation}");
        let result = asking.shown(&end).await;
        assert!(!texts(&result, group).is_empty(), "{operation}: {result}");
        let job = end.job_id.expect("a job").to_string();
        let show = [
            "result",
            "show",
            &job,
            "--reason",
            "file 4711",
            "--fields",
            "--lang",
            "nl",
        ];
        let shown = asking.relay.installation.relayctl_as(REQUESTER, &show).await;
        let shown = shown.expect("relayctl").succeeded().expect("a result").stdout;
        let field = &result["rows"][0]["fields"][0]["value"];
        assert!(
            shown.contains(&format!(": {}\n", field.as_str().expect("a value"))),
            "{shown}"
        );
    }
    let sealed = format!("SELECT count(*) FROM relay.result r WHERE r::text LIKE '%{ssin}%'");
    assert_eq!(asking.relay.number(&sealed).await, 0);
    assert!(!asking.relay.logs().contains(ssin.as_str()));
}

#[tokio::test]
async fn decisions_are_stored_and_a_refused_form_is_no_success() {
    let deciding = Deciding::new(LOI65).await;
    deciding
        .submit("c", "loi65C", deciding.form_c("ATTEST000000001"))
        .await;
    let (end, state, outcome) = deciding.end("c").await;
    assert_eq!((state, outcome.as_str()), (JobState::Ok, "data"));
    let result = deciding.shown(&end).await;
    let texts = texts(&result, "DecisionResultC");
    assert!(
        texts.len() == 1 && texts[0].starts_with("accepted, "),
        "{texts:?}"
    );
    // The number of that form, with another content.
    let mut other = deciding.form_c("ATTEST000000001");
    other["cancellationFormsC"][0]["entryDate"] = "2081-06-01".into();
    deciding.submit("again", "loi65C", other.clone()).await;
    let (end, state, outcome) = deciding.end("again").await;
    assert_eq!((state, outcome.as_str()), (JobState::Errors, "refused"));
    assert_eq!(end.codes, ["000002"]);
    let mut second = deciding.form_c("ATTEST000000002")["cancellationFormsC"][0].clone();
    second["suffix"] = 1.into();
    other["cancellationFormsC"]
        .as_array_mut()
        .expect("a list")
        .push(second);
    deciding.submit("both", "loi65C", other).await;
    let (_, state, outcome) = deciding.end("both").await;
    assert_eq!((state, outcome.as_str()), (JobState::Warnings, "partial"));

    let costs = json!({"fileId": "FILE0004711", "refundFormD1": {
        "referenceMonth": "2081-02", "uniqueAttestId": "ATTEST000000003", "ssin": deciding.ssin,
        "deliveredAmounts": {"medicalCostsAmounts": [1200, 3400], "doubleMaximum": false}, "totalAmount": 600_000,
    }});
    deciding.submit("df", "loi65Df", costs).await;
    let (end, state, _) = deciding.end("df").await;
    assert_eq!(state, JobState::Warnings);
    let result = deciding.shown(&end).await;
    assert_eq!(result["rows"][0]["since"], "2081-02-00");

    let help = json!({"fileId": "FILE0004711", "identificationA": {
        "entryDate": "2081-02-01", "uniqueAttestId": "ATTEST000000004", "primaryBeneficiary": {
            "beneficiary": {"ssin": deciding.ssin}, "status": "1", "nationality": 150,
            "address": {"street": "a <b> & c", "postalCode": 4700},
            "integrations": [{"qualityCode": 2, "startDate": "2081-01-01", "endDate": "2081-12-31"}],
        },
    }});
    deciding.submit("ab", "loi65Ab", help).await;
    let (_, state, _) = deciding.end("ab").await;
    assert_eq!(state, JobState::Ok);
    let decisions = deciding.relay.simulator().decisions().await;
    let attests: Vec<&str> = decisions
        .iter()
        .filter_map(|decision| decision["attest"].as_str())
        .collect();
    assert_eq!(
        attests,
        [
            "ATTEST000000001",
            "ATTEST000000002",
            "ATTEST000000003",
            "ATTEST000000004"
        ]
    );
}

#[tokio::test]
async fn a_decision_whose_answer_was_lost_is_left_to_a_person() {
    let deciding = Deciding::new(LOI65).await;
    deciding.lose_replies("loi65-c", 1).await;
    deciding
        .submit("lost", "loi65C", deciding.form_c("ATTEST000000001"))
        .await;
    let standing = "SELECT state FROM relay.job_state";
    deciding.relay.wait_value(standing, "uncertain").await;
    // Nothing sends it again: a job of the same person waits behind it, one of another service is free.
    let period = json!({"beginDate": "2081-01-01", "endDate": "2081-06-30"});
    let request = json!({"operation": "consultPaidSums", "ssin": deciding.ssin, "period": period});
    deciding.submit("other", "unemploymentData", request).await;
    deciding.end("other").await;
    let decisions = deciding.relay.simulator().decisions().await;
    assert_eq!((decisions.len(), &decisions[0]["times"]), (1, &json!(1)));
    assert_eq!(
        deciding
            .relay
            .value("SELECT state FROM relay.job_state WHERE ended_at IS NULL")
            .await,
        "uncertain"
    );
}

#[tokio::test]
async fn a_decision_is_sent_again_with_its_number_where_that_is_wanted() {
    let deciding = Deciding::new(&resending()).await;
    // The first reply is lost, and that to the first repetition.
    deciding.lose_replies("loi65-c", 2).await;
    deciding
        .submit("lost", "loi65C", deciding.form_c("ATTEST000000001"))
        .await;
    let (end, state, outcome) = deciding.end("lost").await;
    assert_eq!((state, outcome.as_str()), (JobState::Ok, "data"));
    assert_eq!(
        deciding.attempts(&end).await,
        "send:no_answer look:no_answer look:ok"
    );
    let decisions = deciding.relay.simulator().decisions().await;
    assert_eq!(
        (decisions.len(), &decisions[0]["times"], &decisions[0]["others"]),
        (1, &json!(3), &json!(0))
    );
    // A fault tells of the repetition only.
    deciding.lose_replies("loi65-c", 1).await;
    deciding.fault("loi65-c", 1, "soap_fault").await;
    deciding
        .submit("refused", "loi65C", deciding.form_c("ATTEST000000002"))
        .await;
    let (end, state, outcome) = deciding.end("refused").await;
    assert_eq!((state, outcome.as_str()), (JobState::Ok, "data"));
    assert_eq!(
        deciding.attempts(&end).await,
        "send:no_answer look:errors look:ok"
    );
    // A repetition that is answered in part ends with warnings.
    deciding.lose_replies("loi65-df", 1).await;
    let costs = json!({"fileId": "FILE0004711", "refundFormD1": {
        "referenceMonth": "2081-02", "uniqueAttestId": "ATTEST000000003", "ssin": deciding.ssin,
        "deliveredAmounts": {"doubleMaximum": false}, "totalAmount": 600_000,
    }});
    deciding.submit("df", "loi65Df", costs).await;
    let (_, state, outcome) = deciding.end("df").await;
    assert_eq!((state, outcome.as_str()), (JobState::Warnings, "partial"));
}

#[tokio::test]
async fn a_decision_that_was_sent_again_is_not_undone_by_a_late_fault() {
    let halt = [("CBSS_RELAY_HALT_AT", "worker.after_answer")];
    let deciding = Deciding::with_worker(&resending(), &halt).await;
    deciding.fault("loi65-c", 1, "soap_fault").await;
    // The first worker stands still with the fault in its hands. The second one sends the decision again, which is made, and
    // hears nothing.
    deciding.lose_replies("loi65-c", 1).await;
    deciding
        .submit("late", "loi65C", deciding.form_c("ATTEST000000001"))
        .await;
    let [_, first, _] = &deciding.services;
    let process = first.service.process();
    wait_for("the halt", LONG, async || process.is_stopped().then_some(())).await;
    let _second = deciding.relay.start_as("relay-worker", "worker-2", &[]).await;
    let repeated = "SELECT count(*) FROM relay.attempt WHERE kind = 'look' AND class = 'no_answer'";
    deciding.relay.wait_value(repeated, "1").await;
    first.service.resume();
    let (end, state, outcome) = deciding.end("late").await;
    assert_eq!((state, outcome.as_str()), (JobState::Ok, "data"));
    assert_eq!(
        deciding.attempts(&end).await,
        "send:errors look:no_answer look:ok"
    );
}

#[tokio::test]
async fn a_decision_is_not_sent_again_once_that_is_not_wanted_any_more() {
    // Time enough to stop the worker before it sends it again.
    let later = resending().replace("settle_ms = 1000", "settle_ms = 3000");
    let mut deciding = Deciding::new(&later).await;
    deciding.lose_replies("loi65-c", 1).await;
    deciding
        .submit("lost", "loi65C", deciding.form_c("ATTEST000000001"))
        .await;
    let standing = "SELECT state FROM relay.job_state";
    deciding.relay.wait_value(standing, "reconciling").await;
    // A worker takes settings up when it starts.
    let [_, worker, _] = &mut deciding.services;
    worker.service.stop(LONG).await.expect("an end");
    deciding.relay.add_organisation(ORGANISATION, |text| {
        text.replace("resend_same_attest = true", "resend_same_attest = false")
    });
    let _worker = deciding.relay.start_as("relay-worker", "worker-2", &[]).await;
    deciding.relay.wait_value(standing, "uncertain").await;
    let decisions = deciding.relay.simulator().decisions().await;
    assert_eq!((decisions.len(), &decisions[0]["times"]), (1, &json!(1)));
}
