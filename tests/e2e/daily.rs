//! The daily flow of a centre: REGISTER the person, then ask about them.

use relay_domain::JobState;
use relay_testkit::InstallationOptions;
use relay_testkit::installation::{REQUESTER, submission};

use crate::changes::access;
use crate::harness::{Relay, fast};

#[tokio::test]
async fn who_is_not_registered_is_not_told_of_until_they_are() {
    let relay = Relay::new(&InstallationOptions {
        access: Some(String::new()),
        simulator: vec!["--require-inscription".to_owned()],
        ..fast()
    })
    .await;
    let _services = relay.start_all().await;
    let upstream = relay.upstream().await;
    let ssin = relay.people(1).await.remove(0);
    upstream.submit(&[submission("too-early", &ssin)]).await;
    let refused = upstream.wait_end("too-early").await;
    assert_eq!(
        (refused.state, &refused.codes[..]),
        (Some(JobState::Errors), &["MSG00012".to_owned()][..])
    );
    let job = refused.job_id.expect("a job").to_string();
    for (language, wanted) in [
        ("en", "manageAccess with action REGISTER"),
        ("nl", "actie REGISTER"),
    ] {
        let show = [
            "result",
            "show",
            &job,
            "--reason",
            "file 4711",
            "--lang",
            language,
        ];
        let shown = relay.installation.relayctl_as(REQUESTER, &show).await;
        let shown = shown.expect("relayctl").succeeded().expect("a result");
        assert!(shown.stdout.contains(wanted), "{}", shown.stdout);
    }

    let today = relay_runtime::Clock::system().now().date().to_string();
    let mut register = access("register", &ssin, "REGISTER", &today);
    register["manageAccess"]["period"] = serde_json::json!({ "startDate": today });
    upstream.submit(&[register]).await;
    let registered = upstream.wait_end("register").await;
    assert_eq!(registered.state, Some(JobState::Ok), "{:?}", registered.errors);
    let mut asked = submission("after-it", &ssin);
    asked["afterJob"] = registered.job_id.expect("a job").to_string().into();
    upstream.submit(&[asked]).await;
    let told = upstream.wait_end("after-it").await;
    assert_eq!(
        (told.state, told.outcome.as_deref()),
        (Some(JobState::Ok), Some("data"))
    );
}
