//! The listener. Under axum's routes it speaks hyper itself, because a scripted fault may have to close a connection
//! without an answer, which a route cannot do.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use relay_runtime::Shutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use crate::simulator::Simulator;
use crate::{connector, control, insurance, testconnection, tigroups, unemployment};

/// How long to wait when no connection can be taken (all file descriptors in use).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a client may take for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Marks a response that is not sent: the connection is closed instead.
#[derive(Clone, Copy, Debug)]
pub struct CutConnection;

impl CutConnection {
    pub(crate) fn response() -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(Self);
        response
    }
}

/// The connection is closed on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut by a fault rule")]
struct Cut;

/// A listener that is bound and not serving yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    simulator: Arc<Simulator>,
}

impl Server {
    /// Listens on `address`; port 0 takes a free one. Speaks HTTPS with `tls`, HTTP without.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn bind(
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        simulator: Arc<Simulator>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            tls,
            simulator,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the soft stop, then finishes what is open, until the hard stop.
    pub async fn serve(self, shutdown: Shutdown) {
        let router = tigroups::routes()
            .merge(connector::routes())
            .merge(testconnection::routes())
            .merge(insurance::routes())
            .merge(unemployment::routes())
            .merge(control::routes())
            .with_state(self.simulator);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = shutdown.soft().cancelled() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(greet(stream, self.tls.clone(), router.clone(), shutdown.clone()));
                    }
                    Err(error) => {
                        warn!(%error, "cannot take a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(self.listener);
        tokio::select! {
            () = async { while connections.join_next().await.is_some() {} } => {}
            () = shutdown.hard().cancelled() => {}
        }
    }
}

/// Prepares one connection and serves it to its end.
async fn greet(stream: TcpStream, tls: Option<TlsAcceptor>, router: Router, shutdown: Shutdown) {
    // Small answers must not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    match tls {
        None => converse(stream, router, shutdown).await,
        Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => converse(stream, router, shutdown).await,
            Ok(Err(error)) => debug!(%error, "TLS handshake failed"),
            Err(_) => debug!("TLS handshake took too long"),
        },
    }
}

async fn converse<S>(stream: S, router: Router, shutdown: Shutdown)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let routes = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = routes.call(request);
        async move {
            match answer.await {
                Ok(response) if response.extensions().get::<CutConnection>().is_some() => Err(Cut),
                Ok(response) => Ok(response),
                Err(never) => match never {},
            }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.soft().cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "connection ended");
    }
}
