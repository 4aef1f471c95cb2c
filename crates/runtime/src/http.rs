//! `/healthz`, `/readyz` and `/metrics` of a service.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::health::Health;
use crate::metrics::{CONTENT_TYPE, Registry};
use crate::settings::HttpSettings;

/// Why the endpoint could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address is taken or not ours; change `http.listen`.
    #[error("cannot listen on {address} (setting http.listen): {source}")]
    Listen {
        /// The address of the settings.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The address file cannot be written; change `http.address_file`.
    #[error("cannot write {} (setting http.address_file): {source}", path.display())]
    AddressFile {
        /// The file of the settings.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// An open endpoint: connections queue from here on, [`Endpoint::serve`] answers them.
#[derive(Debug)]
pub struct Endpoint {
    listener: TcpListener,
    address: SocketAddr,
}

impl Endpoint {
    /// Opens the address of the settings, logs it as `http.listen` and writes the address file.
    ///
    /// # Errors
    /// See [`HttpError`].
    pub async fn bind(settings: &HttpSettings) -> Result<Self, HttpError> {
        let failed = |source| HttpError::Listen {
            address: settings.listen,
            source,
        };
        let listener = TcpListener::bind(settings.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        if let Some(path) = &settings.address_file {
            write_address(path, address).map_err(|source| HttpError::AddressFile {
                path: path.clone(),
                source,
            })?;
        }
        info!(http.listen = %address, "serving health and metrics");
        Ok(Self { listener, address })
    }

    /// The bound address, with its port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers probes and scrapes until dropped; once `stopping` is cancelled, `/readyz` answers 503 so that
    /// no new work is sent here.
    ///
    /// # Errors
    /// When the listening socket fails.
    pub async fn serve(
        self,
        health: Arc<Health>,
        registry: Registry,
        stopping: CancellationToken,
    ) -> io::Result<()> {
        let router = Router::new()
            .route("/healthz", get(async || "alive\n"))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .with_state(Shared {
                health,
                registry,
                stopping,
            });
        axum::serve(self.listener, router).await
    }
}

#[derive(Clone)]
struct Shared {
    health: Arc<Health>,
    registry: Registry,
    stopping: CancellationToken,
}

async fn readyz(State(shared): State<Shared>) -> Response {
    let mut report = shared.health.report().await;
    report.stopping = shared.stopping.is_cancelled();
    report.ready &= !report.stopping;
    let status = if report.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    match serde_json::to_string(&report) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body + "\n").into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn metrics(State(shared): State<Shared>) -> Response {
    match shared.registry.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            warn!(%error, "metrics could not be written");
            (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
        }
    }
}

/// In one step, so that a reader sees all of it or nothing.
fn write_address(path: &Path, address: SocketAddr) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    std::fs::write(&draft, format!("{address}\n"))?;
    std::fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn get(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    #[tokio::test]
    async fn the_three_paths_answer_and_readiness_follows_the_checks() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("address");
        let settings = HttpSettings {
            address_file: Some(file.clone()),
            ..HttpSettings::default()
        };
        let endpoint = Endpoint::bind(&settings).await.expect("bound");
        let address = endpoint.address();
        assert_eq!(
            std::fs::read_to_string(file).expect("written"),
            format!("{address}\n")
        );

        let health = Arc::new(Health::new());
        let stopping = CancellationToken::new();
        let registry = Registry::new().expect("a registry");
        tokio::spawn(endpoint.serve(Arc::clone(&health), registry, stopping.clone()));

        assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 200"));
        assert!(
            get(address, "/metrics")
                .await
                .contains("process_resident_memory_bytes")
        );
        assert!(get(address, "/readyz").await.starts_with("HTTP/1.1 200"));

        health.register("broker", || async { Err("gone".to_owned()) });
        let answer = get(address, "/readyz").await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(
            answer.contains(r#""broker":{"ok":false,"error":"gone"}"#),
            "{answer}"
        );

        health.register("broker", || async { Ok(()) });
        stopping.cancel();
        let answer = get(address, "/readyz").await;
        assert!(
            answer.starts_with("HTTP/1.1 503") && answer.contains(r#""stopping":true"#),
            "{answer}"
        );
        assert!(
            get(address, "/healthz").await.starts_with("HTTP/1.1 200"),
            "alive while stopping"
        );
    }

    #[tokio::test]
    async fn a_taken_address_names_the_setting() {
        let first = Endpoint::bind(&HttpSettings::default()).await.expect("bound");
        let settings = HttpSettings {
            listen: first.address(),
            ..HttpSettings::default()
        };
        let error = Endpoint::bind(&settings).await.expect_err("taken");
        assert!(error.to_string().contains("http.listen"), "{error}");
    }
}
