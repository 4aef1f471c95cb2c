//! `relayctl` against a relay that runs: what scripts rely on.

use relay_testkit::free_port;
use relay_testkit::installation::submission;
use serde_json::Value;

use crate::harness::{Relay, fast};

/// Writes submissions to a file of the installation; gives its path.
fn file(relay: &Relay, submissions: &[Value]) -> String {
    let path = relay.installation.directory().join("submissions.jsonl");
    let lines: Vec<String> = submissions.iter().map(Value::to_string).collect();
    std::fs::write(&path, lines.join("\n")).expect("writing submissions");
    path.to_str().expect("UTF-8").to_owned()
}

#[tokio::test]
async fn exit_codes_say_how_it_went() {
    let relay = Relay::new(&fast()).await;
    let services = relay.start_all().await;
    let ctl = async |arguments: &[&str]| relay.installation.relayctl(arguments).await.expect("relayctl");
    let submissions = relay.submissions("ctl", 4).await;
    let ssin = |n: usize| {
        submissions[n]["retrieveTiGroups"]["ssin"]
            .as_str()
            .expect("an SSIN")
            .to_owned()
    };

    for (encoding, n) in [("json", 0), ("protobuf", 1)] {
        let path = file(&relay, &submissions[n..=n]);
        let done = ctl(&[
            "submit",
            "--file",
            &path,
            "--encoding",
            encoding,
            "--wait",
            "--json",
        ])
        .await;
        assert_eq!(done.code, 0, "{done:?}");
        let event: Value = serde_json::from_str(done.stdout.trim()).expect("one line of JSON");
        assert_eq!(
            (&event["state"], &event["kind"]),
            (&"ok".into(), &"finished".into())
        );
        // The same again: the job is over, and says so at once.
        let again = ctl(&[
            "submit",
            "--file",
            &path,
            "--encoding",
            encoding,
            "--wait",
            "--json",
        ])
        .await;
        assert_eq!(again.code, 0, "{again:?}");
        let job = event["jobId"].as_str().expect("a job");
        assert!(again.stdout.contains(job), "{again:?}");
        let shown = ctl(&["job", "show", job, "--json"]).await;
        let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
        assert_eq!(shown["attempts"].as_array().map(Vec::len), Some(1));
    }
    let refused = serde_json::json!({"type": "http_status", "code": 404});
    relay.simulator().fault_for(&ssin(2), &refused).await;
    let path = file(&relay, &submissions[2..=2]);
    assert_eq!(
        ctl(&["submit", "--file", &path, "--wait"]).await.code,
        1,
        "failed"
    );
    let path = file(&relay, &[submission("wrong", "80010100137")]);
    let wrong = ctl(&["submit", "--file", &path, "--wait"]).await;
    assert!(
        wrong.code == 2 && wrong.stdout.contains("request.retrieveTiGroups.ssin"),
        "{wrong:?}"
    );
    let listed = ctl(&["job", "list", "--state", "failed", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    let nothing = "0190f3a2-5c1e-7000-8000-000000000001";
    assert_eq!(ctl(&["job", "show", nothing]).await.code, 3);
    assert_eq!(ctl(&["job", "show", "no-uuid"]).await.code, 2);
    assert_eq!(
        relay
            .installation
            .relayctl_as("nobody", &["job", "list"])
            .await
            .expect("relayctl")
            .code,
        4
    );

    // Nobody answers: the job goes on, the command does not wait for ever.
    drop(services);
    let path = file(&relay, &submissions[3..=3]);
    assert_eq!(
        ctl(&["submit", "--file", &path, "--wait", "--timeout", "1"])
            .await
            .code,
        6
    );
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_called_that() {
    let relay = Relay::new(&fast()).await;
    let path = file(&relay, &[submission("unsent", "80010100136")]);
    let port = free_port().expect("a port");
    let config = relay.installation.config();
    for (variable, url, arguments) in [
        (
            "CBSS_RELAY__DATABASE__URL",
            format!("postgres://x:x@127.0.0.1:{port}/x"),
            &["job", "list"][..],
        ),
        (
            "CBSS_RELAY__BROKER__URL",
            format!("amqp://x:x@127.0.0.1:{port}/x"),
            &["submit", "--file", &path][..],
        ),
    ] {
        let command = relay_testkit::ServiceCommand::new("relayctl", relay.installation.directory());
        let mut command = command
            .expect("a binary")
            .arg("--config")
            .arg(&config)
            .env(variable, url);
        for argument in arguments {
            command = command.arg(argument);
        }
        let output = command.run().await.expect("relayctl");
        assert_eq!(output.status.code(), Some(5), "{variable}: {output:?}");
    }
}
