use http::{HeaderName, HeaderValue};
use identity_core::Error;
use identity_entra::oauth::TokenResponse;
use url::Url;

use super::answer::{token, unreachable};
use super::endpoint::{Parameter, Wire, endpoint, metadata, secret_header, url_for};
use super::{Ask, IDENTITY_ENDPOINT, IDENTITY_HEADER};
use crate::ManagedIdentityCredentialOptions;

pub(super) const HOST: &str = "App Service";
const API_VERSION: &str = "2019-08-01";

/// App Service, Functions, Logic Apps, Container Apps: an endpoint of the app's own, with a secret that only the app knows.
#[derive(Debug)]
pub(crate) struct AppService {
    wire: Wire,
    endpoint: Url,
    secret: HeaderValue,
    identity: Option<Parameter>,
}

impl AppService {
    pub(super) fn new(options: &ManagedIdentityCredentialOptions) -> Result<Self, Error> {
        let env = options.entra_options().env();
        Ok(Self {
            wire: Wire::new(options)?,
            endpoint: endpoint(env, IDENTITY_ENDPOINT)?,
            secret: secret_header(env, IDENTITY_HEADER)?,
            identity: Parameter::of(options, ["client_id", "object_id", "mi_res_id"]),
        })
    }

    pub(super) async fn request_token(&self, ask: &Ask<'_>) -> Result<TokenResponse, Error> {
        let url = url_for(&self.endpoint, API_VERSION, ask.resource, self.identity.as_ref());
        let secret = (HeaderName::from_static("x-identity-header"), self.secret.clone());
        let response = self.wire.get(&url, [secret, metadata()]).await;
        token(HOST, &response.map_err(|error| unreachable(HOST, error))?, ask.requested_at)
    }
}

#[cfg(test)]
mod tests;
