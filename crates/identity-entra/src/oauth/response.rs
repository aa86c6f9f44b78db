use std::time::{Duration, SystemTime};

use identity_core::{Error, Secret, TokenType};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::expiry::{duration, point_in_time};
use super::server_error::{error_from_response, unexpected_response};
use crate::cache::half_life;
use crate::http::{HttpResponse, MOST_BODY_BYTES};

/// What a token endpoint gives when it gives a token. Managed identity endpoints answer in the same form.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenResponse {
    /// The token.
    pub access_token: Secret,
    /// How it is presented.
    pub token_type: TokenType,
    /// When it ends.
    pub expires_on: SystemTime,
    /// When it should be renewed: as the server says, else at half of a life of two hours or more.
    pub refresh_on: Option<SystemTime>,
    /// Until when it may be served while the server is down, where the server says so.
    pub extended_expires_on: Option<SystemTime>,
    /// What gets the next token without asking the person.
    pub refresh_token: Option<Secret>,
    /// Who signed in.
    pub id_token: Option<Secret>,
    /// Whose account it is in its home tenant, as base64url of JSON.
    pub client_info: Option<String>,
    /// The scopes that the token is good for, where the server says so.
    pub scope: Option<String>,
    /// The family of clients that may use the refresh token.
    pub family_id: Option<String>,
    /// The client id of the managed identity, where its host confirms it.
    pub client_id: Option<String>,
    /// The object id of the managed identity, where its host confirms it.
    pub object_id: Option<String>,
    /// The resource id of the managed identity, where its host confirms it, under either of its names.
    pub resource_id: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default, deserialize_with = "secret")]
    access_token: Option<Secret>,
    #[serde(default, deserialize_with = "secret")]
    refresh_token: Option<Secret>,
    #[serde(default, deserialize_with = "secret")]
    id_token: Option<Secret>,
    error: Option<Value>,
    token_type: Option<Value>,
    expires_in: Option<Value>,
    expires_on: Option<Value>,
    ext_expires_in: Option<Value>,
    refresh_in: Option<Value>,
    client_info: Option<Value>,
    scope: Option<Value>,
    foci: Option<Value>,
    client_id: Option<Value>,
    object_id: Option<Value>,
    msi_res_id: Option<Value>,
    mi_res_id: Option<Value>,
}

impl TokenResponse {
    /// Reads the answer to a request that was sent at `requested_at`. `what` names the request in errors: `the token request`.
    ///
    /// # Errors
    /// `AuthenticationFailed`, with what the server said, for everything but a token: another status, an error in the body of a success, no
    /// access token, a life that can't be read, and a body that is no JSON.
    pub fn parse(
        credential: &'static str,
        what: &str,
        response: &HttpResponse,
        requested_at: SystemTime,
    ) -> Result<Self, Error> {
        Self::read(credential, what, response, requested_at, Life::PointInTime)
    }

    /// The same for a host that says both how long a token lives and when it ends, and whose clock may differ from ours: the length counts.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_by_length(
        credential: &'static str,
        what: &str,
        response: &HttpResponse,
        requested_at: SystemTime,
    ) -> Result<Self, Error> {
        Self::read(credential, what, response, requested_at, Life::Length)
    }

    fn read(
        credential: &'static str,
        what: &str,
        response: &HttpResponse,
        requested_at: SystemTime,
        preferred: Life,
    ) -> Result<Self, Error> {
        if !response.status().is_success() {
            return Err(error_from_response(credential, what, response));
        }
        let body = response.body().strip_prefix(b"\xef\xbb\xbf").unwrap_or(response.body());
        let unexpected = |found: &str| unexpected_response(credential, what, response, found);
        if body.len() > MOST_BODY_BYTES {
            return Err(unexpected("more than anybody reads"));
        }
        let wire = match serde_json::from_slice::<Wire>(body) {
            Ok(Wire { error: Some(_), .. }) => return Err(error_from_response(credential, what, response)),
            Ok(wire) => wire,
            Err(_) => return Err(error_from_response(credential, what, response)),
        };
        let Some(access_token) = wire.access_token.filter(|token| !token.is_empty()) else {
            return Err(unexpected("JSON without an access token"));
        };
        let life = preferred.end(&wire.expires_on, &wire.expires_in, requested_at);
        let expires_on = life.ok_or_else(|| unexpected("an access token whose end can't be read"))?;
        // These two are hints: one that can't be read is as good as none.
        let refresh_on = wire.refresh_in.as_ref().and_then(duration);
        let refresh_on = match refresh_on.and_then(|after| requested_at.checked_add(after)) {
            None => half_life(requested_at, expires_on),
            refresh_on => refresh_on,
        };
        let extended = wire.ext_expires_in.as_ref().and_then(duration);
        Ok(Self {
            access_token,
            token_type: TokenType::from_server(&text(wire.token_type).unwrap_or_default()),
            expires_on,
            refresh_on,
            extended_expires_on: extended.and_then(|after| requested_at.checked_add(after)),
            refresh_token: wire.refresh_token.filter(|token| !token.is_empty()),
            id_token: wire.id_token.filter(|token| !token.is_empty()),
            client_info: text(wire.client_info),
            scope: text(wire.scope),
            family_id: text(wire.foci),
            client_id: text(wire.client_id),
            object_id: text(wire.object_id),
            resource_id: text(wire.msi_res_id).or(text(wire.mi_res_id)),
        })
    }

    /// The scopes that the token is good for, where the server says so.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.iter().flat_map(|scope| scope.split_ascii_whitespace())
    }
}

/// Which of the two counts where an answer says both. A point in time does in the protocol's reference, except on two hosts of managed identity.
#[derive(Clone, Copy)]
enum Life {
    PointInTime,
    Length,
}

impl Life {
    /// Null and an empty text are no answer; a wrong one is an error.
    fn end(
        self,
        expires_on: &Option<Value>,
        expires_in: &Option<Value>,
        requested_at: SystemTime,
    ) -> Option<SystemTime> {
        let given = |value: &&Value| value.as_str() != Some("");
        let after = |length| requested_at.checked_add(length);
        match (self, expires_on.as_ref().filter(given), expires_in.as_ref().filter(given)) {
            (Self::PointInTime, Some(end), _) | (_, Some(end), None) => point_in_time(end),
            (_, _, Some(length)) => after(duration(length)?),
            (_, None, None) => after(UNKNOWN_LIFE),
        }
    }
}

fn secret<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(value)?.map(Secret::new))
}

fn text(value: Option<Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// How long a token is used whose server does not say: RFC 6749 allows that, and Microsoft's libraries take ten minutes.
const UNKNOWN_LIFE: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests;
