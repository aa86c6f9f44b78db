//! Credentials of an app.

use std::sync::Arc;

use identity::{
    AssertionCallback, ClientAssertionCredential, ClientSecretCredential, Error, FileAssertion,
    TokenCredential,
};

use super::Credentials;
use super::settings::{ASSERTION_FILE, CLIENT_ID, CLIENT_SECRET, TENANT_ID, missing};
use crate::args::CredentialName;

impl Credentials<'_> {
    pub(super) fn client_secret(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        match (self.tenant_id(), self.client_id(), self.secret()) {
            (Some(tenant), Some(client), Some(secret)) => {
                Ok(Arc::new(ClientSecretCredential::new(&tenant, &client, secret, self.entra_options())?))
            }
            (tenant, client, secret) => Err(missing(
                CredentialName::ClientSecret.class(),
                [
                    (tenant.is_none(), TENANT_ID),
                    (client.is_none(), CLIENT_ID),
                    (secret.is_none(), CLIENT_SECRET),
                ],
            )),
        }
    }

    pub(super) fn client_assertion(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let (tenant, client) = (self.tenant_id(), self.client_id());
        let file = self.args.assertion_file.as_ref();
        let (Some(tenant), Some(client), true) =
            (&tenant, &client, file.is_some() || self.emulated.is_some())
        else {
            return Err(missing(
                CredentialName::ClientAssertion.class(),
                [
                    (tenant.is_none(), TENANT_ID),
                    (client.is_none(), CLIENT_ID),
                    (file.is_none(), ASSERTION_FILE),
                ],
            ));
        };
        let options = self.entra_options();
        Ok(Arc::new(match (file, self.emulated) {
            (Some(file), _) => {
                ClientAssertionCredential::new(tenant, client, FileAssertion::new(file), options)?
            }
            (None, emulated) => {
                let assertion = emulated.map(|emulated| emulated.emulator().client_assertion());
                let sign = move || match &assertion {
                    Some(assertion) => assertion.sign(),
                    None => Err(std::io::ErrorKind::NotFound.into()),
                };
                ClientAssertionCredential::new(tenant, client, AssertionCallback::new(sign), options)?
            }
        }))
    }
}
