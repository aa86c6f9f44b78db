use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::Secret;

/// What a credential gives: a token to send with requests, and how long it is good for.
///
/// Cloning is cheap and copies no text. `Debug` shows everything but the token itself.
#[derive(Clone)]
pub struct AccessToken {
    data: Arc<Data>,
    credential: &'static str,
}

#[derive(Clone)]
struct Data {
    token: Secret,
    expires_on: SystemTime,
    refresh_on: Option<SystemTime>,
    token_type: TokenType,
    tenant_id: Option<Arc<str>>,
    /// Makes the allocation 128 bytes with its counts, so that the counts of two handles never share a cache line (see
    /// [`AccessToken::restripe`]). Aligning it would cost a second 128 bytes.
    _apart: [u64; 5],
}

impl AccessToken {
    /// A bearer token that is good until `expires_on`.
    pub fn new(token: impl Into<Secret>, expires_on: SystemTime) -> Self {
        let data = Data {
            token: token.into(),
            expires_on,
            refresh_on: None,
            token_type: TokenType::Bearer,
            tenant_id: None,
            _apart: [0; 5],
        };
        Self { data: Arc::new(data), credential: "" }
    }

    /// Sets when a new token should be asked for although this one is still good.
    pub fn with_refresh_on(mut self, refresh_on: impl Into<Option<SystemTime>>) -> Self {
        self.change().refresh_on = refresh_on.into();
        self
    }

    /// Sets the type, as the server named it.
    pub fn with_token_type(mut self, token_type: TokenType) -> Self {
        self.change().token_type = token_type;
        self
    }

    /// Sets the tenant that the token was asked from.
    pub fn with_tenant_id(mut self, tenant_id: impl Into<Option<Arc<str>>>) -> Self {
        self.change().tenant_id = tenant_id.into();
        self
    }

    /// Sets the name of the class that got the token.
    pub fn with_credential(mut self, credential: &'static str) -> Self {
        self.credential = credential;
        self
    }

    /// The token, as it goes into an `Authorization` header after the [type](Self::token_type).
    #[inline]
    pub fn token(&self) -> &Secret {
        &self.data.token
    }

    /// When the token stops being accepted.
    #[inline]
    pub fn expires_on(&self) -> SystemTime {
        self.data.expires_on
    }

    /// [`expires_on`](Self::expires_on) as whole seconds since 1970 in UTC, as the other SDKs give it.
    pub fn expires_on_unix(&self) -> u64 {
        unix_seconds(self.data.expires_on)
    }

    /// When a new token should be asked for, where the server or the token's life says so.
    #[inline]
    pub fn refresh_on(&self) -> Option<SystemTime> {
        self.data.refresh_on
    }

    /// [`refresh_on`](Self::refresh_on) as whole seconds since 1970 in UTC.
    pub fn refresh_on_unix(&self) -> Option<u64> {
        self.data.refresh_on.map(unix_seconds)
    }

    /// The token's type: nearly always [`TokenType::Bearer`].
    pub fn token_type(&self) -> &TokenType {
        &self.data.token_type
    }

    /// The tenant the token was asked from, where the credential knows it.
    pub fn tenant_id(&self) -> Option<&str> {
        self.data.tenant_id.as_deref()
    }

    /// The class that got the token, such as `ClientSecretCredential`; in a chain, the chain's direct member. Empty for a token that no
    /// credential of this family made.
    #[inline]
    pub fn credential(&self) -> &'static str {
        self.credential
    }

    /// A handle of the same token with a reference count of its own, for caches that serve many threads.
    #[doc(hidden)]
    pub fn restripe(&self) -> Self {
        Self { data: Arc::new(Data::clone(&self.data)), credential: self.credential }
    }

    fn change(&mut self) -> &mut Data {
        Arc::make_mut(&mut self.data)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("token", &self.data.token)
            .field("expires_on", &self.expires_on_unix())
            .field("refresh_on", &self.refresh_on_unix())
            .field("token_type", &self.data.token_type)
            .field("tenant_id", &self.data.tenant_id)
            .field("credential", &self.credential)
            .finish()
    }
}

/// How a token is presented. `Display` gives the word that goes before the token in an `Authorization` header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenType {
    /// Whoever holds the token may use it (RFC 6750).
    #[default]
    Bearer,
    /// Any other type, as the server named it, for example `pop`.
    Other(Arc<str>),
}

impl TokenType {
    /// The type that a server's `token_type` names; RFC 6749 makes its case insignificant, and an empty one means bearer.
    pub fn from_server(name: &str) -> Self {
        if name.is_empty() || name.eq_ignore_ascii_case("bearer") {
            Self::Bearer
        } else {
            Self::Other(name.into())
        }
    }
}

impl fmt::Display for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer => "Bearer",
            Self::Other(name) => name,
        })
    }
}

fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

#[cfg(test)]
mod tests;
