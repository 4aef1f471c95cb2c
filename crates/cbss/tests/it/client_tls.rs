//! The client and TLS: whom it trusts, how it proves who it is, and where a failure is counted.

use std::process::Command;
use std::sync::Arc;

use crate::support::server::{self, Server};
use crate::support::{prepared_call, settings};
use relay_cbss::client::{
    CbssClient, ClientSettings, ConnectStage, Endpoint, HttpAnswer, SendCause, SendError, TlsMaterial,
};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

/// A certificate for 127.0.0.1 that vouches for itself, and its key: PEM.
struct Identity {
    certificate: String,
    key: String,
}

impl Identity {
    fn generate() -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        Self {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
        }
    }

    fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap()
    }
}

/// A server with TLS that answers every request; with `clients`, only to holders of that certificate.
async fn tls_server(identity: &Identity, clients: Option<&Identity>) -> Server {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(clients.der()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let config = builder.with_single_cert(vec![identity.der()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::start(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            if !server::read_request(&mut stream).await.is_empty() {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                    .await
                    .unwrap();
                stream.shutdown().await.unwrap_or_default();
            }
        }
    })
    .await
}

async fn send(server: &Server, tls: TlsMaterial) -> Result<HttpAnswer, SendError> {
    let client = CbssClient::new(&ClientSettings { tls, ..settings() }).unwrap();
    let url = server.url("/").replace("http:", "https:");
    client
        .send(&prepared_call(), &Endpoint::new(&url, None).unwrap(), None)
        .await
}

fn trusting(identity: &Identity) -> TlsMaterial {
    TlsMaterial {
        extra_roots: Some(identity.certificate.clone().into_bytes()),
        identity: None,
    }
}

#[tokio::test]
async fn an_extra_root_is_trusted() {
    let identity = Identity::generate();
    let server = tls_server(&identity, None).await;
    assert_eq!(send(&server, trusting(&identity)).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_stranger_is_not_sent_to() {
    let server = tls_server(&Identity::generate(), None).await;
    for tls in [TlsMaterial::default(), trusting(&Identity::generate())] {
        let error = send(&server, tls).await.unwrap_err();
        let expected = (ConnectStage::Tls, SendCause::Protocol);
        assert!(
            matches!(error, SendError::NotSent { stage, cause, .. } if (stage, cause) == expected),
            "{error}"
        );
    }
    assert!(server.requests().await.is_empty());
}

#[tokio::test]
async fn a_client_certificate_opens_the_door() {
    let (identity, client) = (Identity::generate(), Identity::generate());
    let server = tls_server(&identity, Some(&client)).await;
    let mut tls = trusting(&identity);
    tls.identity = Some(format!("{}{}", client.certificate, client.key).into_bytes());

    assert_eq!(send(&server, tls).await.unwrap().status, 200);

    // With TLS 1.3 a client learns only after the handshake, when its request may be on the way, that the
    // server wanted a certificate: nobody can call that "not sent".
    let error = send(&server, trusting(&identity)).await.unwrap_err();
    assert!(error.may_have_arrived(), "{error}");
    assert_eq!(server.requests().await.len(), 1);
}

#[test]
fn a_proxy_of_the_environment_is_ignored() {
    // The environment of a process cannot be changed safely while it runs: another run of this binary gets
    // one in which every proxy is a closed port.
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "client_tls::an_extra_root_is_trusted"])
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    for variable in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        child.env(variable, "http://127.0.0.1:1/");
    }
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
