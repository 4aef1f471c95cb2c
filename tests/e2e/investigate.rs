//! PerformInvestigation end to end: what is told agrees with what the other services tell.

use relay_domain::JobState;
use relay_testkit::InstallationOptions;
use relay_testkit::installation::{ORGANISATION, REQUESTER, USER_ID, submission};
use serde_json::{Value, json};

use crate::harness::{Relay, SHORT_CALLS, fast};

fn investigation(key: &str, request: &Value) -> Value {
    json!({
        "organisation": ORGANISATION, "idempotencyKey": key, "language": "en",
        "requester": { "userId": USER_ID, "reason": "file 4711" },
        "performInvestigation": request,
    })
}

async fn shown(relay: &Relay, job: &str) -> Value {
    let show = ["result", "show", job, "--reason", "file 4711", "--json"];
    let shown = relay.installation.relayctl_as(REQUESTER, &show).await;
    serde_json::from_str(&shown.expect("relayctl").succeeded().expect("a result").stdout).expect("JSON")
}

fn rows<'r>(result: &'r Value, group: &str) -> Vec<&'r Value> {
    let rows = result["rows"].as_array().expect("rows");
    rows.iter().filter(|row| row["group"] == group).collect()
}

fn field<'r>(row: &'r Value, path: &str) -> &'r str {
    let fields = row["fields"].as_array().expect("fields");
    let field = fields.iter().find(|field| field["path"] == path);
    field
        .and_then(|field| field["value"].as_str())
        .unwrap_or_default()
}

#[tokio::test]
async fn a_family_is_told_of_as_the_register_has_it() {
    let relay = Relay::new(&InstallationOptions {
        investigation: Some(format!("{SHORT_CALLS}\nversion = \"20090409\"")),
        ..fast()
    })
    .await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    upstream
        .submit(&[
            investigation("all", &json!({ "ssin": ssin })),
            investigation(
                "waits",
                &json!({ "ssin": ssin, "dataGroups": { "waitRegister": true } }),
            ),
            investigation("nothing", &json!({ "ssin": ssin, "dataGroups": {} })),
            investigation("nobody", &json!({ "ssin": "85073003357" })),
            submission("register", &ssin),
        ])
        .await;
    let told = upstream.wait_end("all").await;
    assert_eq!(
        (told.state, told.outcome.as_deref()),
        (Some(JobState::Ok), Some("data"))
    );
    let result = shown(&relay, &told.job_id.expect("a job").to_string()).await;
    let family = rows(&result, "FamilyComposition");
    assert!(
        family
            .iter()
            .any(|member| field(member, "SocialSecurityUser") == ssin)
    );
    let citizens = rows(&result, "CitizenGroup");
    assert_eq!(family.len(), citizens.len());

    let register = upstream.wait_end("register").await;
    assert_eq!(register.state, Some(JobState::Ok));
    let register = shown(&relay, &register.job_id.expect("a job").to_string()).await;
    let names = rows(&register, "Names");
    assert_eq!(
        field(names[0], "Name/LastName/Label"),
        field(citizens[0], "LegalData/Name/LastName")
    );
    let own: Vec<_> = rows(&result, "LegalAddresses")
        .into_iter()
        .filter(|row| field(row, "../../SocialSecurityUser") == ssin)
        .collect();
    let known = rows(&register, "LegalMainAddresses");
    assert_eq!(
        own.first().map(|row| &row["since"]),
        known.first().map(|row| &row["since"])
    );

    let waits = upstream.wait_end("waits").await;
    assert_eq!(waits.state, Some(JobState::Ok));
    let nothing = upstream.wait_end("nothing").await;
    assert_eq!(nothing.errors[0].path, "request.performInvestigation.dataGroups");
    let nobody = upstream.wait_end("nobody").await;
    assert_eq!(
        (nobody.state, nobody.outcome.as_deref()),
        (Some(JobState::Errors), Some("refused"))
    );
    assert_eq!(relay.simulator().calls().await.len(), 4);
    let attempts = "SELECT count(*) FROM relay.attempt JOIN relay.job USING (job_id)
        WHERE service = 'perform-investigation'";
    assert_eq!(relay.number(attempts).await, 3);
}
