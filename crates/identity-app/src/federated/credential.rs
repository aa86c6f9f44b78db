use std::sync::Arc;

use identity_core::{BoxFuture, Error, Secret, TokenCredential, TokenRequestOptions};
use identity_entra::assertion_source::AssertionSource;
use identity_entra::client_auth::AuthRequest;

use super::exchange_scope;

/// Another credential's word: most of all a managed identity's, which so becomes the proof of an app (a federated identity credential), also
/// in other tenants than its own.
///
/// The app's federated credential has the issuer `https://login.microsoftonline.com/TENANT/v2.0`, with the tenant of the managed identity,
/// and its object id as the subject.
///
/// ```no_run
/// # fn managed_identity() -> identity_core::testing::StaticTokenCredential { identity_core::testing::StaticTokenCredential::new("") }
/// use identity_app::{ClientAssertionCredential, CredentialAssertion};
///
/// // For example a ManagedIdentityCredential, with the client id of a user-assigned identity.
/// let source = CredentialAssertion::new(managed_identity());
/// let credential = ClientAssertionCredential::new("fabrikam.onmicrosoft.com", "my-client-id", source, Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CredentialAssertion {
    credential: Arc<dyn TokenCredential>,
    scope: Option<String>,
}

impl CredentialAssertion {
    /// The tokens of a credential for the exchange of the cloud that the app's authority belongs to: `api://AzureADTokenExchange/.default` in
    /// the public cloud, `api://AzureADTokenExchangeUSGov/.default` and `api://AzureADTokenExchangeChina/.default` in the national ones.
    pub fn new(credential: impl TokenCredential + 'static) -> Self {
        Self { credential: Arc::new(credential), scope: None }
    }

    /// Another scope.
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }
}

impl AssertionSource for CredentialAssertion {
    fn assertion<'a>(&'a self, request: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(async move {
            let scope = self.scope.as_deref().unwrap_or_else(|| exchange_scope(request.client));
            let mut options = TokenRequestOptions::default();
            if request.attempt > 0 {
                // The last token was refused as outdated, whatever the clock here says. Claims, even none, make a credential get another one.
                options = options.with_claims("{}");
            }
            let token = self.credential.get_token(&[scope], &options).await;
            let token = token.map_err(|error| {
                let message = format!("the credential that vouches for the app gave no token: {error}");
                error.with_message(message)
            })?;
            Ok(token.token().clone())
        })
    }
}

#[cfg(test)]
mod tests;
