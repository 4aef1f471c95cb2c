//! The binary itself.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::common::{PATIENCE, Running, ask, question};
use crate::dialect::Access;

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relay-simulator"));
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn start(folder: &Path, arguments: &[&str]) -> (Child, Running) {
    let file = folder.join("address");
    let child = binary()
        .args(["--listen", "127.0.0.1:0", "--address-file"])
        .arg(&file)
        .args(arguments)
        .spawn()
        .expect("the simulator starts");
    let waiting = async {
        loop {
            if let Ok(address) = std::fs::read_to_string(&file) {
                return address.trim().parse().expect("an address");
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    let address = timeout(PATIENCE, waiting).await.expect("the address in time");
    (child, Running::at(address))
}

async fn terminate(child: &Child) {
    let pid = child.id().expect("it runs").to_string();
    let sent = Command::new("kill").arg(pid).status().await.expect("kill runs");
    assert!(sent.success());
}

#[tokio::test]
async fn it_serves_by_its_options_and_stops_on_sigterm() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(folder.path().join("password"), "secret\n").expect("written");
    std::fs::write(folder.path().join("80010100199.xml"), "<given/>").expect("written");
    let (credential, replies, ledger) = (
        format!("E0212344876:{}", path("password")),
        path(""),
        path("ledger.jsonl"),
    );
    let arguments = [
        "--credential",
        &credential,
        "--replies",
        &replies,
        "--ledger-file",
        &ledger,
        "--population",
        "20",
        "--seed",
        "7",
        "--rows-per-person",
        "44",
        "--reply-bytes",
        "24000",
        "--legal-context",
        "OTHER",
        "--org-unit",
        "0212344876=62063",
        "--zoned-dates",
    ];
    let (child, simulator) = start(folder.path(), &arguments).await;

    let given = question("80010100199", "fr", true);
    assert_eq!(
        ask(&simulator, &given).await.value("code"),
        "MSG00013",
        "only the context of the option is granted"
    );
    assert_eq!(
        ask(&simulator, &given.replace("PCSA:SOCIAL_INQUIRY", "OTHER"))
            .await
            .text(),
        "<given/>"
    );
    let people = simulator.ssins("ordinary", 100).await;
    assert!(people.len() >= 15 && people.len() <= 20);
    let large = question(&people[0], "fr", true).replace("PCSA:SOCIAL_INQUIRY", "OTHER");
    assert!(ask(&simulator, &large).await.body.len() > 23_900);

    let access = Access::of(&people[0], "REGISTER").ask(&simulator).await;
    assert_eq!(
        access.registrations()[0],
        ["2026-01-01+02:00", "2026-01-31+02:00", "62063", "PRIMARY"]
    );

    terminate(&child).await;
    let output = timeout(PATIENCE, child.wait_with_output())
        .await
        .expect("an end in time")
        .expect("an end");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = std::fs::read_to_string(&ledger).expect("the ledger file");
    let statuses: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["status"].to_string())
        .collect();
    assert_eq!(
        statuses,
        [
            "\"NO_RESULT MSG00013\"",
            "\"from the given replies\"",
            "\"DATA_FOUND MSG00000\"",
            "\"YES 0\""
        ]
    );
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(
        people.iter().all(|ssin| !log.contains(ssin)),
        "a number in the log"
    );
}

#[tokio::test]
async fn it_speaks_https() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(path("cert.pem"), pair.cert.pem()).expect("written");
    std::fs::write(path("key.pem"), pair.signing_key.serialize_pem()).expect("written");
    let (certificate, key) = (path("cert.pem"), path("key.pem"));
    let (_child, simulator) = start(folder.path(), &["--tls-cert", &certificate, "--tls-key", &key]).await;

    let mut trusted = RootCertStore::empty();
    trusted.add(pair.cert.der().clone()).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = TcpStream::connect(simulator.address).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = connector.connect(name, stream).await.expect("a handshake");
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .expect("the request goes out");
    let mut reply = String::new();
    // The end of the connection may come without TLS's own goodbye.
    let _ = timeout(PATIENCE, stream.read_to_string(&mut reply))
        .await
        .expect("in time");
    assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");

    let plain = simulator
        .call(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await;
    assert!(plain.is_none(), "plain HTTP gets no answer");
}

#[tokio::test]
async fn bad_options_are_named() {
    for (arguments, part_of_error) in [
        (vec!["--credential", "nobody"], "USER:FILE"),
        (vec!["--credential", "somebody:/absent"], "--credential somebody"),
        (vec!["--replies", "/absent"], "--replies"),
        (vec!["--ledger-file", "/absent/ledger"], "--ledger-file"),
        (vec!["--listen", "192.0.2.1:1"], "--listen"),
        (vec!["--population", "0"], "--population"),
        (vec!["--tls-cert", "/absent"], "--tls-key"),
        (
            vec!["--tls-cert", "/absent", "--tls-key", "/absent"],
            "--tls-cert",
        ),
        (vec!["--org-unit", "212344876=62063"], "CBE=UNIT"),
        (vec!["--unknown"], "--unknown"),
    ] {
        let output = timeout(PATIENCE, binary().args(&arguments).output())
            .await
            .expect("in time")
            .expect("runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && errors.contains(part_of_error),
            "{arguments:?}: {errors}"
        );
    }
}

#[tokio::test]
async fn help_shows_an_example() {
    let output = binary().arg("--help").output().await.expect("runs");
    let help = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && help.contains("Examples:") && help.contains("/_sim/faults"));
}
