//! The credential of an app with a certificate.

use std::path::PathBuf;
use std::sync::Arc;

use identity::{CertificateCredential, ClientCertificate, Error, SecretBytes, TokenCredential, variables};

use super::Credentials;
use super::settings::{CERTIFICATE_PATH, CLIENT_ID, TENANT_ID, missing};
use crate::args::CredentialName;

impl Credentials<'_> {
    pub(super) fn client_certificate(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let class = CredentialName::ClientCertificate.class();
        let certificate = self.certificate().map_err(|error| error.with_credential(class))?;
        match (self.tenant_id(), self.client_id(), certificate) {
            (Some(tenant), Some(client), Some(certificate)) => {
                Ok(Arc::new(CertificateCredential::new(&tenant, &client, certificate, self.entra_options())?))
            }
            (tenant, client, certificate) => Err(missing(
                class,
                [
                    (tenant.is_none(), TENANT_ID),
                    (client.is_none(), CLIENT_ID),
                    (certificate.is_none(), CERTIFICATE_PATH),
                ],
            )),
        }
    }

    /// The certificate that was given, and with the emulator one of its own, if none was.
    pub(super) fn certificate(&self) -> Result<Option<ClientCertificate>, Error> {
        let certificate = match (self.certificate_path(), self.emulated) {
            (Some(path), emulated) => {
                let certificate = ClientCertificate::from_file(path, self.certificate_password())?;
                if let Some(emulated) = emulated {
                    emulated.register(&certificate.certificate());
                }
                certificate
            }
            (None, Some(emulated)) => ClientCertificate::from_data(
                emulated.emulator().client_certificate_pem().as_bytes(),
                self.certificate_password(),
            )?,
            (None, None) => return Ok(None),
        };
        let send_chain = self.args.send_certificate_chain
            || self.env.is_true(variables::AZURE_CLIENT_SEND_CERTIFICATE_CHAIN);
        Ok(Some(certificate.with_send_certificate_chain(send_chain)))
    }

    pub(super) fn certificate_path(&self) -> Option<PathBuf> {
        let variable = || self.env.get_os(variables::AZURE_CLIENT_CERTIFICATE_PATH).map(PathBuf::from);
        self.args.certificate_path.clone().or_else(variable)
    }

    fn certificate_password(&self) -> Option<SecretBytes> {
        if let Some(password) = &self.args.certificate_password {
            return Some(SecretBytes::new(password.secret()));
        }
        let env = if self.args.certificate_path.is_some() { &self.outside } else { &self.env };
        let password = env.get_os(variables::AZURE_CLIENT_CERTIFICATE_PASSWORD)?;
        Some(SecretBytes::new(password.into_encoded_bytes()))
    }
}
