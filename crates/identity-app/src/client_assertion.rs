use std::sync::Arc;

use identity_core::{Error, TokenCredential, TokenFuture, TokenRequestOptions};
use identity_entra::assertion_source::AssertionSource;
use identity_entra::client::{AppClient, EntraClient};
use identity_entra::client_auth::ClientAssertion;
use identity_entra::options::EntraOptions;

/// An app for which somebody vouches whom Entra ID trusts: it proves itself with a signed assertion (RFC 7523, section 2.2).
///
/// **For advanced use.** An app with a certificate is better served by `CertificateCredential`, which makes and signs its assertions itself.
///
/// The source of assertions is asked for each new token and never for a cached one. Any [`AssertionSource`] will do; a closure becomes one
/// with [`AssertionCallback`](identity_entra::assertion_source::AssertionCallback):
///
/// ```no_run
/// # use identity_app::ClientAssertionCredential;
/// use identity_entra::assertion_source::AssertionCallback;
///
/// let source = AssertionCallback::new(|| std::fs::read_to_string("/run/secrets/assertion"));
/// let credential = ClientAssertionCredential::new("contoso.onmicrosoft.com", "my-client-id", source, Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientAssertionCredential(AppClient);

const NAME: &str = "ClientAssertionCredential";

impl ClientAssertionCredential {
    /// An app's credential: its tenant (an id or a domain name), its client id, and where its assertions come from. Nothing is sent or asked for
    /// before the first token is.
    ///
    /// # Errors
    /// `InvalidArgument` for a tenant or client id that can't be one, and for wrong options.
    pub fn new(
        tenant_id: &str,
        client_id: &str,
        source: impl AssertionSource + 'static,
        options: EntraOptions,
    ) -> Result<Self, Error> {
        let client = EntraClient::app(NAME, tenant_id, client_id, &options)?;
        Ok(Self(AppClient::new(client, Arc::new(ClientAssertion::new(Arc::new(source))))))
    }
}

impl TokenCredential for ClientAssertionCredential {
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        self.0.get_token(scopes, options)
    }
}

#[cfg(test)]
mod tests;
