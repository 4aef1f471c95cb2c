//! HTTP basic authentication.

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Who may call. Has no `Debug`: it holds passwords.
#[derive(Default)]
pub struct Access {
    passwords: HashMap<String, String>,
}

impl Access {
    /// Lets these users in, and nobody else; without any, every user with any password is let in.
    #[must_use]
    pub fn for_users(users: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            passwords: users.into_iter().collect(),
        }
    }

    /// The user of a request; `None` is answered with 401.
    #[must_use]
    pub fn user(&self, headers: &HeaderMap) -> Option<String> {
        let (scheme, encoded) = headers
            .get(header::AUTHORIZATION)?
            .to_str()
            .ok()?
            .split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (user, password) = decoded.split_once(':')?;
        let known = self
            .passwords
            .get(user)
            .is_some_and(|expected| expected == password);
        (known || self.passwords.is_empty()).then(|| user.to_owned())
    }
}
