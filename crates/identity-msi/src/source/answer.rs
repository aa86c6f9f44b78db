//! What the hosts' answers mean, as far as they agree.

use std::time::SystemTime;

use identity_core::{Error, ErrorKind, ServerError};
use identity_entra::http::{HttpResponse, TransportErrorKind, clean};
use identity_entra::oauth::{TokenResponse, server_error};

use super::endpoint::transport;
use crate::managed_identity::NAME;

const WHAT: &str = "the managed identity request";

/// Reads the answer of a host that says when a token ends.
///
/// # Errors
/// `CredentialUnavailable` for a refusal, `AuthenticationFailed` for a success without a token.
pub(super) fn token(
    host: &str,
    response: &HttpResponse,
    requested_at: SystemTime,
) -> Result<TokenResponse, Error> {
    if !response.status().is_success() {
        return Err(refused(host, server_error(response)));
    }
    TokenResponse::parse(NAME, WHAT, response, requested_at).map_err(|error| no_token(host, error))
}

/// The same for a host that says how long a token lives.
///
/// # Errors
/// As [`token`].
pub(super) fn token_by_length(
    host: &str,
    response: &HttpResponse,
    requested_at: SystemTime,
) -> Result<TokenResponse, Error> {
    if !response.status().is_success() {
        return Err(refused(host, server_error(response)));
    }
    TokenResponse::parse_by_length(NAME, WHAT, response, requested_at).map_err(|error| no_token(host, error))
}

/// The host has an endpoint, but no token for this identity.
pub(super) fn refused(host: &str, server: ServerError) -> Error {
    let message = format!(
        "{host} managed identity is not available here. Token request error: {}. Check that an identity is assigned, and that it is the one \
         asked for",
        words(&server)
    );
    Error::unavailable(message).with_server(server)
}

/// `(invalid_client) no such identity, HTTP 400`.
pub(super) fn words(server: &ServerError) -> String {
    let code = server.error.iter().map(|code| format!("({code}) "));
    let words =
        server.description.as_deref().map(|words| words.trim_end_matches('.')).unwrap_or("no details");
    format!("{}{words}, HTTP {}", code.collect::<String>(), server.status.unwrap_or_default())
}

/// A success that is none.
fn no_token(host: &str, error: Error) -> Error {
    let Some(server) = error.server() else { return error };
    if server.error.is_some() {
        return refused(host, server.clone());
    }
    let found = if server.body.is_empty() {
        "it is empty".to_owned()
    } else {
        format!("it says \"{}\"", shown(&server.body))
    };
    let message = format!(
        "the answer of the {host} managed identity endpoint holds no usable token (HTTP {}): {found}. Check what listens at the endpoint",
        server.status.unwrap_or_default(),
    );
    error.with_message(message)
}

/// The beginning of what a server said, for a message.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 200;
    let text = clean(text);
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// A request that got no answer: nobody is there, unless what came was too large to be one.
pub(super) fn unreachable(host: &str, error: Error) -> Error {
    let Some(cause) = transport(&error) else { return error };
    let message = match cause.kind() {
        _ if error.kind() == ErrorKind::InvalidArgument => return error,
        TransportErrorKind::TooLarge => {
            let message =
                format!("the answer of the {host} managed identity endpoint is too large to be one: {cause}");
            return error.with_message(message);
        }
        _ => format!("no response from the {host} endpoint: {}", clean(&cause.to_string())),
    };
    error.with_kind(ErrorKind::CredentialUnavailable).with_message(message)
}

#[cfg(test)]
mod tests;
