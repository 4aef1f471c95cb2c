//! TLS: rustls with ring, named outright, so that no process-wide default decides.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::SetupError;

/// PEM texts, as read from the files that the settings name.
#[derive(Clone, Default)]
pub struct TlsMaterial {
    /// Certificates of authorities to trust beside the system's.
    pub extra_roots: Option<Vec<u8>>,
    /// Our own certificate chain and its private key, in one text.
    pub identity: Option<Vec<u8>>,
}

impl fmt::Debug for TlsMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsMaterial")
            .field("extra_roots", &self.extra_roots.is_some())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

/// TLS 1.2 and 1.3, the system's certificate authorities and the extra ones, HTTP/1.1.
///
/// A system without any authority is no error: with `extra_roots`, or plain HTTP to a simulator, none is
/// needed, and elsewhere the handshake says what is missing.
pub(super) fn client_config(material: &TlsMaterial) -> Result<ClientConfig, SetupError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = &material.extra_roots {
        for certificate in certificates("extra root certificates", pem)? {
            roots
                .add(certificate)
                .map_err(|e| pem_error("extra root certificates", &e))?;
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| SetupError::Tls(e.to_string()))?
        .with_root_certificates(roots);
    let mut config = match &material.identity {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let chain = certificates("client certificate", pem)?;
            let key =
                PrivateKeyDer::from_pem_slice(pem).map_err(|e| pem_error("client certificate's key", &e))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|e| SetupError::Tls(e.to_string()))?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(what: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let found = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| pem_error(what, &e))?;
    if found.is_empty() {
        return Err(SetupError::Pem {
            what,
            detail: "it holds no certificate".to_owned(),
        });
    }
    Ok(found)
}

fn pem_error(what: &'static str, error: &dyn fmt::Display) -> SetupError {
    SetupError::Pem {
        what,
        detail: error.to_string(),
    }
}
