use std::sync::Arc;

use identity_core::{Error, Secret, TokenCredential, TokenFuture, TokenRequestOptions};
use identity_entra::client::{AppClient, EntraClient};
use identity_entra::client_auth::ClientSecret;
use identity_entra::options::EntraOptions;

/// An app that proves itself with a secret (RFC 6749, section 4.4).
///
/// Tokens are cached in memory, and with `cache_storage` among the options beyond it. Dropping the last clone closes its connections and ends
/// what runs in the background.
///
/// ```no_run
/// # use identity_app::ClientSecretCredential;
/// let credential = ClientSecretCredential::new("contoso.onmicrosoft.com", "my-client-id", "the-secret", Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientSecretCredential(AppClient);

const NAME: &str = "ClientSecretCredential";

impl ClientSecretCredential {
    /// An app's credential: its tenant (an id or a domain name), its client id, and a secret that was made for it in Entra ID. Nothing is sent
    /// before the first token is asked for.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty secret, a tenant or client id that can't be one, and for wrong options.
    pub fn new(
        tenant_id: &str,
        client_id: &str,
        client_secret: impl Into<Secret>,
        options: EntraOptions,
    ) -> Result<Self, Error> {
        let secret = ClientSecret::new(client_secret).map_err(|error| error.with_credential(NAME))?;
        let client = EntraClient::app(NAME, tenant_id, client_id, &options)?;
        Ok(Self(AppClient::new(client, Arc::new(secret))))
    }
}

impl TokenCredential for ClientSecretCredential {
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        self.0.get_token(scopes, options)
    }
}

#[cfg(test)]
mod tests;
