//! The credential of an app that calls on for its caller.

use std::sync::Arc;

use identity::{
    ClientAssertion, ClientAuth, ClientSecret, Error, FileAssertion, OnBehalfOfCredential, Secret,
    TokenCredential,
};

use super::Credentials;
use super::settings::{CLIENT_ID, PROOF, TENANT_ID, USER_ASSERTION_FILE, missing};
use crate::args::CredentialName;

impl Credentials<'_> {
    pub(super) fn on_behalf_of(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let class = CredentialName::OnBehalfOf.class();
        let named = |error: Error| error.with_credential(class);
        let (tenant, client) = (self.tenant_id(), self.client_id());
        let proof = self.proof().map_err(named)?;
        let user = self.user_assertion().map_err(named)?;
        match (tenant, client, proof, user) {
            (Some(tenant), Some(client), Some(proof), Some(user)) => {
                let options = self.entra_options();
                Ok(Arc::new(OnBehalfOfCredential::new(&tenant, &client, proof, user, options)?))
            }
            (tenant, client, proof, user) => Err(missing(
                class,
                [
                    (tenant.is_none(), TENANT_ID),
                    (client.is_none(), CLIENT_ID),
                    (proof.is_none(), PROOF),
                    (user.is_none(), USER_ASSERTION_FILE),
                ],
            )),
        }
    }

    /// The app's proof: the one option that is given, else the variable of a secret, else that of a certificate.
    fn proof(&self) -> Result<Option<Arc<dyn ClientAuth>>, Error> {
        let args = self.args;
        let given =
            [args.client_secret.is_some(), args.certificate_path.is_some(), args.assertion_file.is_some()];
        if given.iter().filter(|given| **given).count() > 1 {
            return Err(Error::invalid_argument(
                "an app proves itself with one of --client-secret, --certificate-path and --assertion-file",
            ));
        }
        let proof = args.assertion_file.as_ref().map(|_| "--assertion-file");
        let proof = proof.or(args.client_secret.as_ref().map(|_| "--client-secret"));
        let of_certificate = [
            ("--certificate-password", args.certificate_password.is_some()),
            ("--send-certificate-chain", args.send_certificate_chain),
        ];
        if let (Some(proof), Some((option, _))) = (proof, of_certificate.iter().find(|(_, given)| *given)) {
            return Err(Error::invalid_argument(format!(
                "{option} means nothing here: the app proves itself with {proof}, not with a certificate"
            )));
        }
        if let Some(file) = &args.assertion_file {
            return Ok(Some(Arc::new(ClientAssertion::new(Arc::new(FileAssertion::new(file))))));
        }
        if let Some(secret) = self.secret().filter(|_| args.certificate_path.is_none()) {
            return Ok(Some(Arc::new(ClientSecret::new(secret)?)));
        }
        Ok(self.certificate()?.map(|certificate| Arc::new(certificate) as Arc<dyn ClientAuth>))
    }

    /// What the user called the app with; with the emulator, what its own user would.
    fn user_assertion(&self) -> Result<Option<Secret>, Error> {
        match (&self.args.user_assertion_file, self.emulated) {
            (Some(file), _) => FileAssertion::new(file).read().map(Some),
            (None, Some(emulated)) => emulated.user_assertion().map(Some),
            (None, None) => Ok(None),
        }
    }
}
