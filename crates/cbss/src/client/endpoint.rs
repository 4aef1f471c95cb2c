//! Where a call goes, and as whom.

use std::fmt;

use reqwest::Url;
use thiserror::Error;

/// The address of a service, with the credentials that it asks for.
#[derive(Clone, Debug)]
pub struct Endpoint {
    url: Url,
    credentials: Option<Credentials>,
}

/// HTTP basic authentication. `Debug` hides the password.
#[derive(Clone)]
pub struct Credentials {
    username: String,
    password: String,
}

/// Why an address is refused. Does not quote it: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// Not an absolute URL with a host.
    #[error("the endpoint is not a URL with a host")]
    NotAUrl,
    /// A scheme other than `https` and `http`.
    #[error("the endpoint's scheme is neither https nor http")]
    Scheme,
    /// User or password within the URL.
    #[error("the endpoint has a user or password in its URL; credentials have settings of their own")]
    Credentials,
}

impl Endpoint {
    /// Checks the address.
    pub fn new(url: &str, credentials: Option<Credentials>) -> Result<Self, EndpointError> {
        let url = Url::parse(url).map_err(|_| EndpointError::NotAUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(EndpointError::Scheme);
        }
        if !url.has_host() {
            return Err(EndpointError::NotAUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Credentials);
        }
        Ok(Self { url, credentials })
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }
}

impl Credentials {
    /// As the organisation has them from the CBSS.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            username: username.into(),
            password: password.into(),
        }
    }

    pub(super) fn username(&self) -> &str {
        &self.username
    }

    pub(super) fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Credentials, Endpoint, EndpointError};

    #[test]
    fn addresses_are_checked() {
        assert!(Endpoint::new("https://cbss.example/v2/retrieveTI", None).is_ok());
        let error = |url| Endpoint::new(url, None).map(|_| ()).unwrap_err();
        assert_eq!(error("cbss.example"), EndpointError::NotAUrl);
        assert_eq!(error("ftp://cbss.example/"), EndpointError::Scheme);
        assert_eq!(
            error("https://user:secret@cbss.example/"),
            EndpointError::Credentials
        );
    }

    #[test]
    fn debug_hides_the_password() {
        let endpoint = Endpoint::new(
            "https://cbss.example/",
            Some(Credentials::new("E0123456789", "secret")),
        );
        assert!(!format!("{endpoint:?}").contains("secret"));
    }
}
