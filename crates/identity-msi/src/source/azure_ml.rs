use http::{HeaderName, HeaderValue};
use identity_core::Error;
use identity_entra::oauth::TokenResponse;
use url::Url;

use super::answer::{token, unreachable};
use super::endpoint::{Parameter, Wire, endpoint, secret_header, url_for};
use super::{Ask, MSI_ENDPOINT, MSI_SECRET};
use crate::ManagedIdentityCredentialOptions;

pub(super) const HOST: &str = "Azure ML";
const API_VERSION: &str = "2017-09-01";

/// Azure Machine Learning, and App Service as it was in 2017: they speak the same version of the protocol.
#[derive(Debug)]
pub(crate) struct AzureMl {
    wire: Wire,
    endpoint: Url,
    secret: HeaderValue,
    identity: Option<Parameter>,
}

impl AzureMl {
    pub(super) fn new(options: &ManagedIdentityCredentialOptions) -> Result<Self, Error> {
        let env = options.entra_options().env();
        Ok(Self {
            wire: Wire::new(options)?,
            endpoint: endpoint(env, MSI_ENDPOINT)?,
            secret: secret_header(env, MSI_SECRET)?,
            identity: Parameter::of(options, ["clientid", "object_id", "msi_res_id"]),
        })
    }

    pub(super) async fn request_token(&self, ask: &Ask<'_>) -> Result<TokenResponse, Error> {
        let url = url_for(&self.endpoint, API_VERSION, ask.resource, self.identity.as_ref());
        let secret = (HeaderName::from_static("secret"), self.secret.clone());
        let response = self.wire.get(&url, [secret]).await;
        token(HOST, &response.map_err(|error| unreachable(HOST, error))?, ask.requested_at)
    }
}

#[cfg(test)]
mod tests;
