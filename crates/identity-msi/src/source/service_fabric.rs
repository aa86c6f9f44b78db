use http::{HeaderName, HeaderValue};
use identity_core::{AccessToken, Error, ErrorKind, ServerError};
use identity_entra::http::{RetryPolicy, TransportErrorKind};
use identity_entra::oauth::{TokenResponse, server_error};
use sha2::{Digest, Sha256};
use url::Url;

use super::answer::{refused, token, unreachable};
use super::endpoint::{Wire, endpoint, secret_header, text, transport, url_for};
use super::{Ask, IDENTITY_ENDPOINT, IDENTITY_HEADER, IDENTITY_SERVER_THUMBPRINT};
use crate::ManagedIdentityCredentialOptions;

pub(super) const HOST: &str = "Service Fabric";
const API_VERSION: &str = "2019-07-01-preview";

/// A Service Fabric cluster, whose endpoint has a certificate that nobody vouches for: its thumbprint says that it is the right one.
#[derive(Debug)]
pub(crate) struct ServiceFabric {
    wire: Wire,
    endpoint: Url,
    secret: HeaderValue,
}

impl ServiceFabric {
    pub(super) fn new(options: &ManagedIdentityCredentialOptions) -> Result<Self, Error> {
        if let Some(id) = options.identity() {
            return Err(Error::failed(format!(
                "specifying a user-assigned identity ({id}) is not supported by the Service Fabric managed identity: the application's \
                 manifest says which one it has; leave the id out"
            )));
        }
        let env = options.entra_options().env();
        let endpoint = endpoint(env, IDENTITY_ENDPOINT)?;
        if endpoint.scheme() != "https" {
            return Err(Error::invalid_argument(
                "the value of IDENTITY_ENDPOINT is not https, as the endpoint of Service Fabric must be (IDENTITY_SERVER_THUMBPRINT is set)",
            ));
        }
        let mut wire = Wire::new(options)?;
        wire.profile.pinned_thumbprint = Some(thumbprint(&text(env, IDENTITY_SERVER_THUMBPRINT)?)?);
        wire.retry = RetryPolicy::none().with_total_time(options.entra_options().retry().total_time());
        Ok(Self { wire, endpoint, secret: secret_header(env, IDENTITY_HEADER)? })
    }

    pub(super) async fn request_token(&self, ask: &Ask<'_>) -> Result<TokenResponse, Error> {
        let mut url = url_for(&self.endpoint, API_VERSION, ask.resource, None);
        if let Some(token) = ask.refused {
            url.query_pairs_mut().append_pair("token_sha256_to_refresh", &digest(token));
        }
        let secret = (HeaderName::from_static("secret"), self.secret.clone());
        let response = self.wire.get(&url, [secret]).await.map_err(not_trusted)?;
        if !response.status().is_success() {
            return Err(refused(HOST, in_words_of_oauth(server_error(&response))));
        }
        token(HOST, &response, ask.requested_at)
    }
}

/// A server that has another certificate is not one to go on from; one that is not there is.
fn not_trusted(error: Error) -> Error {
    let is_about_trust = transport(&error).is_some_and(|cause| {
        cause.kind() == TransportErrorKind::Connect && cause.to_string().contains("certificate")
    });
    if !is_about_trust {
        return unreachable(HOST, error);
    }
    error.with_kind(ErrorKind::AuthenticationFailed).with_message(
        "the certificate of the Service Fabric managed identity endpoint is not the one that IDENTITY_SERVER_THUMBPRINT names, so nothing was \
         sent; restart the application if the cluster's certificate was renewed",
    )
}

/// The errors of Service Fabric that have a name in OAuth.
fn in_words_of_oauth(mut server: ServerError) -> ServerError {
    let name = match server.error.as_deref() {
        Some("SecretHeaderNotFound") => "unauthorized_client",
        Some("ManagedIdentityNotFound") => "invalid_client",
        Some("ArgumentNullOrEmpty") => "invalid_scope",
        _ => return server,
    };
    server.error = Some(name.to_owned());
    server
}

/// 40 hex digits, between which people and tools put spaces and colons.
fn thumbprint(text: &str) -> Result<[u8; 20], Error> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !matches!(c, ' ' | ':'))
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()
        .filter(|digits: &Vec<u8>| digits.len() == 40)
        .ok_or_else(|| {
            Error::invalid_argument("the value of IDENTITY_SERVER_THUMBPRINT is no SHA-1 thumbprint, which has 40 hexadecimal digits")
        })?;
    let mut bytes = [0; 20];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
    }
    Ok(bytes)
}

fn digest(token: &AccessToken) -> String {
    Sha256::digest(token.token().secret()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
