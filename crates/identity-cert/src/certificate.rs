use std::sync::Arc;

use identity_core::{Error, TokenCredential, TokenFuture, TokenRequestOptions};
use identity_entra::client::{AppClient, EntraClient};
use identity_entra::options::EntraOptions;

use crate::client_certificate::ClientCertificate;

/// An app that proves itself with a certificate: the way for a service principal on machines that no managed identity and no federation reach.
///
/// Tokens are cached in memory, and with `cache_storage` among the options beyond it. Dropping the last clone closes its connections and ends
/// what runs in the background.
///
/// ```no_run
/// # fn credential() -> Result<(), identity_core::Error> {
/// use identity_cert::{CertificateCredential, ClientCertificate};
///
/// let certificate = ClientCertificate::from_file("/etc/app/app.pem", None)?;
/// let credential = CertificateCredential::new("contoso.onmicrosoft.com", "my-client-id", certificate, Default::default())?;
/// # Ok(()) }
/// ```
///
/// A certificate for a first try, made on the spot; register `cert.pem` with the app:
/// ```sh
/// openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=my-app -keyout key.pem -out cert.pem
/// cat key.pem cert.pem > app.pem
/// ```
#[derive(Clone, Debug)]
pub struct CertificateCredential(AppClient);

/// The name that other documentation has for [`CertificateCredential`].
pub type ClientCertificateCredential = CertificateCredential;

const NAME: &str = "CertificateCredential";

impl CertificateCredential {
    /// An app's credential: its tenant (an id or a domain name; `adfs` for AD FS), its client id, and its certificate. Nothing is sent before the
    /// first token is asked for.
    ///
    /// # Errors
    /// `InvalidArgument` for a tenant or client id that can't be one, and for wrong options. A certificate that can't be used is refused
    /// when the [`ClientCertificate`] is made.
    pub fn new(
        tenant_id: &str,
        client_id: &str,
        certificate: impl Into<ClientCertificate>,
        options: EntraOptions,
    ) -> Result<Self, Error> {
        let client = EntraClient::app(NAME, tenant_id, client_id, &options)?;
        Ok(Self(AppClient::new(client, Arc::new(certificate.into()))))
    }
}

impl TokenCredential for CertificateCredential {
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        self.0.get_token(scopes, options)
    }
}

#[cfg(test)]
mod tests;
