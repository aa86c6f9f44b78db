use std::path::PathBuf;
use std::sync::Arc;

use identity_core::variables::{
    AZURE_CLIENT_CERTIFICATE_PASSWORD, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_SEND_CERTIFICATE_CHAIN,
};
use identity_core::{BoxFuture, Env, Error, Result, SecretBytes, ServerError, TenantId};
use identity_entra::client_auth::{AuthRequest, ClientAuth, assertion_form};
use identity_entra::oauth::Form;

use crate::assertion::Claims;
use crate::rotation::Rotation;
use crate::signer::SigningAlgorithm;
use crate::x509::Certificate;

/// Proof of who an app is by a certificate that is registered with it: what [`CertificateCredential`](crate::CertificateCredential) is made with, and
/// on-behalf-of and authorization code where the app has a certificate and no secret.
///
/// It signs a short statement for each token endpoint and uses it until a minute before its end. The private key stays where it is.
///
/// ```no_run
/// # fn proof() -> Result<(), identity_core::Error> {
/// use identity_cert::ClientCertificate;
/// use identity_core::SecretBytes;
///
/// let plain = ClientCertificate::from_file("/etc/app/app.pem", None)?;
/// let with_password = ClientCertificate::from_file("/etc/app/app.pfx", Some(SecretBytes::new("the-password")))?
///     .with_send_certificate_chain(true);
/// # Ok(()) }
/// ```
///
/// There is one certificate, from one place:
/// ```compile_fail
/// # fn proof(path: &str, data: &[u8]) -> Result<(), identity_core::Error> {
/// // S067
/// let both = identity_cert::ClientCertificate::from_file(path, data, None)?;
/// # Ok(()) }
/// ```
/// ```compile_fail
/// // S067
/// let neither = identity_cert::ClientCertificate::default();
/// ```
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    rotation: Arc<Rotation>,
    send_chain: bool,
    algorithm: Option<SigningAlgorithm>,
}

const NAME: &str = "ClientCertificate";

impl ClientCertificate {
    /// Proof by a certificate that is at hand, or one whose key signs elsewhere.
    pub fn new(certificate: Certificate) -> Self {
        Self::of(Rotation::fixed(certificate))
    }

    /// Proof by the certificate in a PEM or PKCS#12 file with its private key; see [`Certificate::from_file`].
    ///
    /// The file is looked at again whenever a token is asked for over the network, so a renewed certificate needs no restart. One that can't be
    /// loaded leaves the one before in use. While Microsoft Entra ID does not know the new certificate yet (AADSTS700027), the one before is
    /// used as long as it is valid.
    ///
    /// # Errors
    /// `InvalidArgument` naming the file and the cause, as [`Certificate::from_file`].
    pub fn from_file(path: impl Into<PathBuf>, password: Option<SecretBytes>) -> Result<Self> {
        let rotation =
            Rotation::of_file(path.into(), password).map_err(|error| error.with_credential(NAME))?;
        Ok(Self::of(rotation))
    }

    /// Proof by the certificate and the private key in these bytes, which are what such a file holds.
    ///
    /// # Errors
    /// `InvalidArgument` with the cause, as [`Certificate::from_data`].
    pub fn from_data(data: &[u8], password: Option<SecretBytes>) -> Result<Self> {
        let certificate = Certificate::from_data(data, password.as_ref());
        Ok(Self::new(certificate.map_err(|error| error.with_credential(NAME))?))
    }

    /// The certificate that the environment names: the file `AZURE_CLIENT_CERTIFICATE_PATH` with the password
    /// `AZURE_CLIENT_CERTIFICATE_PASSWORD`; its chain is sent if `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN` is `1` or `true`. None if no file is named.
    ///
    /// # Errors
    /// `InvalidArgument` naming the variables, the file and the cause.
    pub fn from_env(env: &Env) -> Result<Option<Self>> {
        let Some(path) = env.get_os(AZURE_CLIENT_CERTIFICATE_PATH) else { return Ok(None) };
        let password = env.get_os(AZURE_CLIENT_CERTIFICATE_PASSWORD);
        let password = password.map(|password| SecretBytes::new(password.into_encoded_bytes()));
        let variables = match &password {
            None => AZURE_CLIENT_CERTIFICATE_PATH.to_owned(),
            Some(_) => format!("{AZURE_CLIENT_CERTIFICATE_PATH} and {AZURE_CLIENT_CERTIFICATE_PASSWORD}"),
        };
        let certificate = Self::from_file(path, password).map_err(|error| {
            let message = format!("{} (from {variables})", error.message());
            error.with_message(message)
        })?;
        Ok(Some(certificate.with_send_certificate_chain(env.is_true(AZURE_CLIENT_SEND_CERTIFICATE_CHAIN))))
    }

    /// Sends the certificate and its issuers' along (`x5c`), for apps that trust a subject name and issuer in place of a registered certificate.
    /// Default: no.
    pub fn with_send_certificate_chain(mut self, send: bool) -> Self {
        self.send_chain = send;
        self
    }

    /// How to sign. Default: [`Ps256`](SigningAlgorithm::Ps256), and [`Rs256`](SigningAlgorithm::Rs256) for AD FS (the tenant `adfs`). Some keys in hardware
    /// can't do the former.
    pub fn with_signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// The certificate in use.
    pub fn certificate(&self) -> Certificate {
        self.rotation.certificate()
    }

    fn of(rotation: Rotation) -> Self {
        Self { rotation: Arc::new(rotation), send_chain: false, algorithm: None }
    }

    async fn proof(&self, request: &AuthRequest<'_>) -> Result<Form, Error> {
        let usual = match request.tenant_id {
            tenant if tenant.eq_ignore_ascii_case(TenantId::ADFS) => SigningAlgorithm::Rs256,
            _ => SigningAlgorithm::Ps256,
        };
        let claims = Claims {
            audience: request.token_endpoint.as_str(),
            client_id: request.client.client_id(),
            algorithm: self.algorithm.unwrap_or(usual),
            send_chain: self.send_chain,
        };
        let now = request.client.clock().now();
        Ok(assertion_form(self.rotation.pick(now).get(&claims, now).await?))
    }
}

impl From<Certificate> for ClientCertificate {
    fn from(certificate: Certificate) -> Self {
        Self::new(certificate)
    }
}

impl ClientAuth for ClientCertificate {
    fn authenticate<'a>(&'a self, request: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Form, Error>> {
        Box::pin(self.proof(request))
    }

    fn has_another(&self, refusal: &ServerError) -> bool {
        refusal.error_codes.contains(&KEY_NOT_KNOWN) && self.rotation.refused(refusal)
    }
}

/// AADSTS700027: no key of the app fits the assertion.
const KEY_NOT_KNOWN: u32 = 700_027;

#[cfg(test)]
mod tests;
